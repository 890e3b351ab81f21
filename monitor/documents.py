"""Numbers of identity cards and passports, as people type them and as they are stored."""

from __future__ import annotations

import re

from monitor.problems import BadInput
from monitor.words import N_

_NUMBER = re.compile(r"[0-9A-Z]{6,20}")


def read_document(typed: str) -> str:
    """A number without spaces, dots and dashes, in capitals; empty stays empty. Raises BadInput."""
    number = re.sub(r"[\s.\-]", "", typed).upper()
    if number and not _NUMBER.fullmatch(number):
        raise BadInput(
            N_("A document number has 6 to 20 letters and digits, for example 079085001234 or B1234567."), field="document"
        )
    return number
