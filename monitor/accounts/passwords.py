"""Passwords, and other secrets short enough to be guessed: which are good enough, and how they are kept (Argon2)."""

from __future__ import annotations

import re
import secrets
from itertools import pairwise

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.problems import BadInput
from monitor.words import N_

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 1000
SHORTEST_PIN, LONGEST_PIN = 6, 12
# The well-known ones that are long enough, without what stands behind them; each is tried first by whoever guesses.
_KNOWN = re.compile(
    r"(password|passw0rd|matkhau|matkhaucuatoi|qwertyuiop|qwerty|azertyuiop|asdfghjkl|iloveyou|anhyeuem|emyeuanh|administrator|admin"
    r"|1q2w3e4r5t6y|1q2w3e4r5t|1q2w3e4r|q1w2e3r4t5|q1w2e3r4|1qaz2wsx3edc|1qaz2wsx|zaq12wsx|qazwsxedc|qazwsx|zxcvbnm|abcdef|abcd|abc"
    r"|princess|monkey|dragon|michael|liverpool|chelsea|manchester|barcelona|basketball|computer|internet|starwars|superman|batman"
    r"|letmein|welcome|quarantine|cachly|diemdanh|vietnam|changeme|trustno1|sunshine|football)*[0-9!@#$._-]{0,12}",
    re.IGNORECASE,
)
_hasher = PasswordHasher()
# Of codes drawn at random; ten are made at once.
_hasher_of_codes = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# Verified where there is no password, so that the time taken does not tell which names exist.
_nobody = _hasher.hash(secrets.token_hex(16))


def _runs(text: str) -> bool:
    """Whether each letter is as far from the one before as the next: 111111, 123456, 987654."""
    steps = {ord(after) - ord(before) for before, after in pairwise(text)}
    return len(steps) == 1 and steps <= {-1, 0, 1}


def check_password(password: str, username: str) -> None:
    """Raises BadInput where it is too short, or among the first that somebody would try."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(N_("A password has at least %(length)s characters."), field="password", length=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(N_("A password has at most %(length)s characters."), field="password", length=LONGEST_PASSWORD)
    bare, named = (re.sub(r"[0-9\W_]", "", each.lower()) for each in (password, username))
    if _KNOWN.fullmatch(password) or _runs(password) or len(set(password)) < 4 or (named and bare == named):
        raise BadInput(
            N_("This password is easy to guess. Choose several words that only you would put together."), field="password"
        )


def check_pin(pin: str) -> None:
    """Raises BadInput."""
    if not re.fullmatch(rf"[0-9]{{{SHORTEST_PIN},{LONGEST_PIN}}}", pin):
        raise BadInput(
            N_("A PIN has from %(low)s to %(high)s digits and nothing else."), field="pin", low=SHORTEST_PIN, high=LONGEST_PIN
        )
    if _runs(pin) or len(set(pin)) < 3:
        raise BadInput(N_("This PIN is easy to guess. Choose digits that do not follow one another."), field="pin")


def hashed(secret: str) -> str:
    """A password or PIN as it is stored."""
    return _hasher.hash(secret)


def hashed_code(code: str) -> str:
    """A code of ours as it is stored."""
    return _hasher_of_codes.hash(code)


def is_right(stored: str | None, secret: str) -> bool:
    """Whether it is the secret that is stored; takes as long where nothing is stored, and is false then."""
    return _verified(_hasher, stored or _nobody, secret) and bool(stored)


def is_right_code(stored: str | None, code: str) -> bool:
    """The same of a code of ours."""
    return stored is not None and _verified(_hasher_of_codes, stored, code)


def _verified(hasher: PasswordHasher, stored: str, secret: str) -> bool:
    try:
        return hasher.verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False
