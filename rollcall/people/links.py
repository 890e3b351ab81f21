"""The link in a prompt: 26 signs that only we can make, good for one check-in until it is withdrawn; nothing of it is stored.

A token is one block of AES under a key made from the secret: to whoever has no key, 128 random bits. In it stand the check-in, whether
the link is of all who share a phone, four bytes of nought, and a proof: a hash of the check-in's nonce and of when links were last
withdrawn. The noughts tell a token of ours from any other without a look at the database; the proof must still fit the rows. So a
stolen database makes no link for want of the key, a stolen key none for want of the nonces, and nothing is written for a round's links.

It is written in Crockford's 32 signs, in which capitals do not matter and o, i and l can be taken for 0 and 1.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from monitor.problems import NotFound, Problem
from monitor.words import N_

SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 26
# 26 signs hold two bits more than a block: the first sign tells, before anything is opened, which kind of page a link leads to.
FIRST_OF_OWN, FIRST_OF_SHARED = SIGNS[:8], SIGNS[8:16]
_BLOCK = 16  # bytes
_NOUGHTS = bytes(4)
_PROOF = 8  # bytes
_MISREAD = str.maketrans("oil", "011")
_DIGITS = str.maketrans(SIGNS, "0123456789abcdefghijklmnopqrstuv")
_WHOLE = re.compile(rf"[{FIRST_OF_OWN}{FIRST_OF_SHARED}][{SIGNS}]{{{LENGTH - 1}}}")
_BEGINNING = re.compile(rf"[{SIGNS}]{{0,{LENGTH - 1}}}")
_BEGINNING_OF_EARLIER = re.compile(r"W[\w-]*(\.[\w-]{0,26})?", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LinkForged(NotFound):
    """The link was not made by us, or was changed on its way."""


class LinkCut(LinkForged):
    """The link's end is missing."""


class LinkWithdrawn(Problem):
    """The link was made by us, and is withdrawn."""

    status = 410


@dataclass(frozen=True)
class LinkContent:
    """What a link says: which check-in, whether it is of all who share a phone, and what the rows must still bear out."""

    check_in_id: int
    shared: bool
    proof: bytes

    def require(self, nonce: str, withdrawn_at: datetime | None) -> None:
        """Raises LinkWithdrawn where the check-in's nonce, or when its resident's links were last withdrawn, is not what it was."""
        if not hmac.compare_digest(self.proof, _proof(nonce, withdrawn_at)):
            raise LinkWithdrawn(
                N_(
                    "This link was withdrawn by health staff, for example because a phone was lost. Please open the link in your"
                    " newest message, or call 1022."
                )
            )


def make_token(
    secret: bytes, check_in_id: int, nonce: str, withdrawn_at: datetime | None = None, *, shared: bool = False
) -> str:
    """The token of a check-in's link; the same each time. withdrawn_at: when its resident's links were last withdrawn.

    shared: the link is of all who answer with one phone; they are known by the check-in that leads them.
    """
    plain = (check_in_id << 1 | shared).to_bytes(4) + _NOUGHTS + _proof(nonce, withdrawn_at)
    number = int.from_bytes(_cipher(secret).encryptor().update(plain)) | shared << 8 * _BLOCK
    return "".join(SIGNS[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def make_link(secret: bytes, base: str, check_in_id: int, nonce: str, withdrawn_at: datetime | None = None) -> str:
    """The address of a check-in's page. base: the residents' address without a slash at the end; the rest as for `make_token`."""
    return f"{base}/{make_token(secret, check_in_id, nonce, withdrawn_at)}"


def make_household_link(secret: bytes, base: str, check_in_id: int, nonce: str, withdrawn_at: datetime | None = None) -> str:
    """The address of the page of all who answer with one phone; the same of the check-in that leads them."""
    return f"{base}/{make_token(secret, check_in_id, nonce, withdrawn_at, shared=True)}"


def as_written(token: str) -> str:
    """A token as we write it: small, and without signs that are read for others."""
    return token.lower().translate(_MISREAD)


def read_token(secret: bytes, token: str, *, shared: bool = False) -> LinkContent:
    """What a link's token says, without a look at the database. Raises LinkForged, LinkCut."""
    content = open_token(secret, token)
    if content is not None and content.shared == shared:
        return content
    if _BEGINNING.fullmatch(as_written(token)) or _BEGINNING_OF_EARLIER.fullmatch(token):
        raise LinkCut(
            N_(
                "The end of this link is missing. Please open the message again and tap the whole link, or copy all of it."
                " You can also call 1022."
            )
        )
    raise LinkForged(N_("This link is incomplete, or not from us. Please open it again from the message, or call 1022."))


def open_token(secret: bytes, token: str) -> LinkContent | None:
    """What a link's token says; None when it is none of ours."""
    written = as_written(token)
    if not _WHOLE.fullmatch(written):
        return None
    number = int(written.translate(_DIGITS), 32)
    plain = _cipher(secret).decryptor().update((number & (1 << 8 * _BLOCK) - 1).to_bytes(_BLOCK))
    named = int.from_bytes(plain[:4])
    if plain[4:8] != _NOUGHTS or named & 1 != number >> 8 * _BLOCK:
        return None
    return LinkContent(named >> 1, bool(named & 1), plain[8:])


def _proof(nonce: str, withdrawn_at: datetime | None) -> bytes:
    since = (withdrawn_at - _EPOCH) // timedelta(milliseconds=1) if withdrawn_at else 0
    return hashlib.sha256(f"link {nonce} {since}".encode()).digest()[:_PROOF]


@lru_cache
def _cipher(secret: bytes) -> Cipher[Any]:
    # One block alone, in which no two are the same: there is nothing that a mode could hide better.
    return Cipher(algorithms.AES(hmac.digest(secret, b"links", hashlib.sha256)), modes.ECB())  # noqa: S305
