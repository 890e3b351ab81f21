"""The frames of head movements as a phone sends them and as they are kept, in one file; what a phone sends is made anew frame by frame.

The format: 4 bytes length (big-endian), so many bytes of JSON [[milliseconds, bytes], …], then the pictures one behind the other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageOps

from monitor.challenge import LONGEST_BURST, LONGEST_FRAME, MOST_FRAMES
from monitor.pictures.pictures import NotAPicture, PictureTooLarge, normalise_upload
from monitor.problems import BadInput
from monitor.words import N_

_LENGTH = 4
_MOST_SAID = 8192  # bytes of JSON
LONG_SIDE = 480
MOST_PIXELS = 2_000_000
SHEET, SHEET_FRAME = 8, (180, 240)
CONTENT_TYPE = "application/x-frames"
Shot = tuple[float, bytes]
"""Milliseconds since the first frame, and a picture."""


def unpack(packed: bytes) -> list[Shot]:
    """The frames, not looked into. Raises BadInput for anything that is no such file or too much of one."""
    try:
        size = int.from_bytes(packed[:_LENGTH])
        if len(packed) > LONGEST_BURST or size > _MOST_SAID:
            raise ValueError
        said = json.loads(packed[_LENGTH : _LENGTH + size])
        shots, at = [], _LENGTH + size
        for moment, length in said:
            if not (isinstance(length, int) and 0 < length <= LONGEST_FRAME and math.isfinite(float(moment))):
                raise ValueError
            shots.append((float(moment), packed[at : at + length]))
            at += length
        if at != len(packed) or not 0 < len(shots) <= MOST_FRAMES:
            raise ValueError
    except (ValueError, TypeError, UnicodeDecodeError, RecursionError):
        raise _unusable() from None
    return shots


def pack(shots: Sequence[Shot]) -> bytes:
    """Frames in one file."""
    said = json.dumps([[round(at, 1), len(picture)] for at, picture in shots]).encode()
    return len(said).to_bytes(_LENGTH) + said + b"".join(picture for _, picture in shots)


def normalise_burst(packed: bytes) -> bytes:
    """The same with each frame made anew: upright, small, without metadata. Raises BadInput."""
    try:
        return pack(
            [
                (at, normalise_upload(picture, max_bytes=LONGEST_FRAME, max_pixels=MOST_PIXELS, long_side=LONG_SIDE))
                for at, picture in unpack(packed)
            ]
        )
    except (NotAPicture, PictureTooLarge):
        raise _unusable() from None


def contact_sheet(packed: bytes) -> bytes:
    """Eight of the frames beside each other, as one JPEG: two rows, in their order."""
    shots = unpack(packed)
    chosen = [shots[round(number * (len(shots) - 1) / (SHEET - 1))][1] for number in range(SHEET)]
    sheet = Image.new("RGB", (4 * SHEET_FRAME[0], SHEET // 4 * SHEET_FRAME[1]))
    for number, picture in enumerate(chosen):
        with Image.open(BytesIO(picture), formats=("JPEG",)) as frame:
            small = ImageOps.pad(frame.convert("RGB"), SHEET_FRAME)
        sheet.paste(small, (number % 4 * SHEET_FRAME[0], number // 4 * SHEET_FRAME[1]))
    encoded = BytesIO()
    sheet.save(encoded, "JPEG", quality=85)
    return encoded.getvalue()


def _unusable() -> BadInput:
    return BadInput(N_("The frames of the head movements arrived damaged. Please take the photo again."), field="burst")
