"""The code that confirms a telephone number: what it is, how long it is good, how often it may be sent and typed. Pure decisions."""

from __future__ import annotations

import hmac
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.words import N_, Words, words

DIGITS = 6
LASTS = timedelta(minutes=10)
MOST_TRIES = 5
PAUSE = timedelta(seconds=45)
MOST_AN_HOUR, MOST_A_DAY = 3, 6
"""Codes to one number."""
MOST_BY_ACCOUNT = 60
"""Codes in an hour that one account asks for: a busy gate enrols one person a minute."""
MOST_BY_PUBLIC = 3000
"""Codes in an hour that the public pages ask for, all together: whoever makes a machine ask for them costs the province so much at most."""


_ENOUGH = N_("Several codes went to this number already. Mark it as not confirmed, and confirm it later.")


class Judgement(StrEnum):
    """What a typed code is."""

    RIGHT = "right"
    WRONG = "wrong"
    TOO_LATE = "too_late"
    TOO_OFTEN = "too_often"


def code_of(secret: bytes, nonce: str, number: str) -> str:
    """Six digits. Whoever has the database alone cannot tell them: secret is a key outside of it."""
    made = hmac.digest(secret, f"confirms a telephone number: {nonce} {number}".encode(), "sha256")
    return f"{int.from_bytes(made[:8]) % 10**DIGITS:0{DIGITS}}"


def judge(typed: str, code: str, *, tries: int, expires_at: datetime, now: datetime) -> Judgement:
    """tries: wrong ones before this one. The right code counts for nothing after too many wrong ones."""
    if tries >= MOST_TRIES:
        return Judgement.TOO_OFTEN
    if now >= expires_at:
        return Judgement.TOO_LATE
    digits = re.sub(r"[\s.\-]", "", typed)
    return Judgement.RIGHT if hmac.compare_digest(digits.encode(), code.encode()) else Judgement.WRONG


def why_not_to_public(to_number: Sequence[datetime], by_public: int, now: datetime) -> Words | None:
    """The same where somebody asks on a public page. by_public: codes of all public pages within an hour."""
    why_not = why_not_again(to_number, 0, now)
    if why_not is None and by_public >= MOST_BY_PUBLIC:
        return words(N_("Very many codes were asked for. Please try again in an hour, or go to the health station."))
    if why_not is not None and why_not.template == _ENOUGH:
        return words(N_("Several codes went to this number already. Please try again tomorrow, or go to the health station."))
    return why_not


def why_not_again(to_number: Sequence[datetime], by_account: int, now: datetime) -> Words | None:
    """Why no further code may be sent now; None where one may. to_number: when codes went there within a day; by_account: within an hour."""
    newest = max(to_number, default=None)
    if newest is not None and now - newest < PAUSE:
        seconds = int((PAUSE - (now - newest)).total_seconds()) + 1
        return words(N_("A code is on its way. Another one can be sent in %(seconds)s seconds."), seconds=seconds)
    within_hour = sum(now - each < timedelta(hours=1) for each in to_number)
    if within_hour >= MOST_AN_HOUR or len(to_number) >= MOST_A_DAY:
        return words(_ENOUGH)
    if by_account >= MOST_BY_ACCOUNT:
        return words(N_("You have asked for %(count)s codes within an hour. Confirm numbers later."), count=by_account)
    return None
