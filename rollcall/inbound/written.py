"""What a gateway's request says of a text beside its words: whether it is a part, and whether its time can be. Pure decisions."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from monitor.models.rollcalls.inbound import InboundDoubt
from rollcall.channels.deliveries import concatenation

CLOCKS_DIFFER = timedelta(minutes=5)
"""So much a gateway's clock may be ahead of ours."""
LONGEST_ON_THE_WAY = timedelta(days=7)
"""No network holds a text longer: what is said to be older was not read as it was meant."""
MOST_PARTS = 255
_YES = ("1", "true", "yes")


class BrokenPart(Exception):
    """It is said to be a part, and not of what."""


def doubt_of(said: str, said_at: datetime | None, received_at: datetime) -> InboundDoubt | None:
    """Whether it can be told when a text was written. said: as the gateway wrote it, empty for nothing; said_at: as that was read."""
    if said_at is None:
        return InboundDoubt.TIME_UNREADABLE if said.strip() else None
    if not received_at - LONGEST_ON_THE_WAY <= said_at <= received_at + CLOCKS_DIFFER:
        return InboundDoubt.TIME_IMPOSSIBLE
    return None


def part_of(fields: Mapping[str, str]) -> tuple[str, int, int] | None:
    """Reference, total and number of a part that came over HTTP; None of a whole text. Raises BrokenPart.

    fields, empty where the gateway has none: `part_of` (what the parts of one text have in common), `parts`, `part`, `concat` (whether
    it is one), `udh` (the user data header in hexadecimal digits, where the gateway hands that over as it came).
    """
    header = re.sub(r"[^0-9a-fA-F]", "", fields["udh"])
    if header and len(header) % 2 == 0:
        content = bytes.fromhex(header)
        found = concatenation(content[1:] if content[0] == len(content) - 1 else content)
        if found is not None:
            return found
    # A gateway that says how many parts a text had, and nothing else, has joined them.
    is_part = fields["part"] or fields["part_of"] or fields["concat"].lower() in _YES
    if not is_part or fields["concat"].lower() in ("0", "false", "no"):
        return None
    total, number = _whole(fields["parts"]), _whole(fields["part"])
    if total == 1 or (total is None and not fields["part"] and not fields["concat"]):
        return None
    if total is None or number is None or not (2 <= total <= MOST_PARTS and number <= total):
        raise BrokenPart
    return f"http {_short(fields['part_of'])}", total, number


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None


def _short(reference: str) -> str:
    return reference if len(reference) <= 10 else hashlib.sha256(reference.encode()).hexdigest()[:10]
