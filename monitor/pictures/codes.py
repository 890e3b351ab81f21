"""QR codes and bar codes in a photo from a stranger, read by a child process with limits: a decoder's fault ends the child alone."""

from __future__ import annotations

import json
import subprocess
import sys

from monitor.pictures.pictures import normalise_upload
from monitor.problems import Problem
from monitor.words import N_

# Pixels: below three of them a module nothing reads, and a card fills half of a photo.
LONG_SIDE = 2400
SECONDS = 15.0


class CodesNotRead(Problem):
    """The reader did not end well; another photo, or typing, is the way."""

    status = 422


def codes_in(photo: bytes, *, max_bytes: int) -> list[str]:
    """The texts of the codes in it, the largest first; empty where none is found.

    Raises PictureTooLarge, NotAPicture and CodesNotRead.
    """
    # The child decodes what we encoded, never what a stranger did.
    picture = normalise_upload(photo, max_bytes=max_bytes, long_side=LONG_SIDE)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "monitor.pictures.code_reader"],
            input=picture,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
        return [str(text) for text in json.loads(done.stdout)]
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise CodesNotRead(
            N_("The code could not be read from this photo. Take it again, closer and in better light, or type.")
        ) from error
