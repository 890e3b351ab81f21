"""When an answer was made, judged so that a phone's clock cannot widen the time to answer.

The page carries a stamp that we signed: the check-in, its nonce and our time when the page was handed out. The phone sends it back
with the answer's age, the seconds that passed between making and sending it. The answer was made at its arrival less that age, but
never before its page was handed out, and never after it arrived. Without a stamp that holds it was made when it arrived.

What a forger can gain: who opened the page in the window, and sends later from a changed page or clock, can have the answer taken as
made at any moment since the page was handed out, so that it counts as any that came in time: by its own verdict, and no miss. What a
forger cannot gain: a moment before that; the window of a page that was opened only afterwards; another check-in's stamp; more than
GRACE after the deadline; and silence about it, because both times are kept, shown to staff, and noted as a correction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

_PURPOSE = "page-stamp"
GRACE = timedelta(hours=12)
"""How long after the deadline an answer may arrive and still be taken as made in the window."""


@dataclass(frozen=True)
class Stamp:
    """What we signed into a page."""

    check_in_id: int
    nonce: str
    handed_out_at: datetime


def make_stamp(secret: bytes, check_in_id: int, nonce: str, now: datetime) -> str:
    """The stamp of a page that is handed out now."""
    content = [check_in_id, nonce, int(now.timestamp() * 1000)]
    return str(URLSafeSerializer(secret, salt=_PURPOSE).dumps(content))


def read_stamp(secret: bytes, given: str, check_in_id: int, nonce: str) -> Stamp | None:
    """The stamp of a page of this check-in; None when it is missing, forged or another's."""
    try:
        of, its, at = URLSafeSerializer(secret, salt=_PURPOSE).loads(given)
    except (BadData, ValueError, TypeError):
        return None
    if (of, its) != (check_in_id, nonce):
        return None
    return Stamp(of, its, datetime.fromtimestamp(at / 1000, UTC))


def judged_at(stamp: Stamp | None, age: float | None, received_at: datetime) -> datetime:
    """When an answer was made. age: seconds, as the phone says."""
    if stamp is None or age is None or not math.isfinite(age) or age <= 0:
        return received_at
    # Compared as seconds: an age of a million years is no timedelta.
    oldest = max((received_at - stamp.handed_out_at).total_seconds(), 0.0)
    return stamp.handed_out_at if 0 < oldest <= age else received_at - timedelta(seconds=min(age, oldest))


def made_in_window(taken_at: datetime, received_at: datetime, deadline: datetime) -> bool:
    """Whether an answer that arrived after its window was closed is taken as made while it was open."""
    return taken_at <= deadline and received_at <= deadline + GRACE
