"""Personal codes: random keys that somebody shows and others scan. What a code opens is decided by the role of who scans it."""

from __future__ import annotations

import base64
import re
import secrets

from monitor.problems import NotFound
from monitor.words import N_

BYTES = 15
"""120 bits, so that nobody finds one by trying; 24 letters."""
LETTERS = 24
_WITHIN = re.compile(rf"(?:^|[#/ ])([A-Z2-7]{{{LETTERS}}})$")


class CodeUnknown(NotFound):
    """No code of ours, or one whose person was deleted by rule."""

    def __init__(self) -> None:
        super().__init__(
            N_("This code is not known here. Scan it once more, or look the person up by card or telephone number.")
        )


class CodeReplaced(NotFound):
    """A code that its person replaced by a newer one."""

    status = 410

    def __init__(self) -> None:
        super().__init__(N_("This code was replaced by a newer one. Ask for the new code, or look the person up by card."))


def new_code() -> str:
    """A personal code: letters and digits that nobody confuses, in capitals, so that a scanner that types brings it whole."""
    return base64.b32encode(secrets.token_bytes(BYTES)).decode()


def address_of_code(public_address: str, code: str) -> str:
    """What stands in the picture of a personal code: an address that any phone's camera opens. The code is in its fragment, which
    no browser sends and no log keeps. public_address: without a slash at the end."""
    return f"{public_address}/c#{code}"


def code_in(scanned: str) -> str | None:
    """The code in what was scanned or typed: the whole address, or the letters alone, in groups too. None: there is none."""
    text = scanned.strip()
    bare = re.sub(r"[\s\-]", "", text).upper()
    found = _WITHIN.search(bare)
    return found[1] if found else None


def grouped(code: str) -> str:
    """ABCD EFGH …: as people read it out."""
    return " ".join(code[at : at + 4] for at in range(0, len(code), 4))
