"""Place codes: an address whose fragment carries place, point, key and a signature, checked without a line. Pure decisions.

    https://khaibao.tinh.example/v#1.17.42.k7c2f0a91.1796000000.<86 signs of base64url>

Format, place, point, key and moment of issue (seconds since 1970, UTC) are divided by full stops; the signature is Ed25519 (RFC 8032) over
the text before it with `SIGNED_FOR` in front. What follows # never reaches a server by itself, so whoever opens the address is not in its
log. `web/static/public/place-code.js` reads the same.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from monitor.people.pasted import plain
from monitor.words import N_

FORMAT = "1"
SIGNED_FOR = b"quarantine place code "
PATH = "/v"
NTAG215_BYTES = 504
"""Of user memory (NXP NTAG213/215/216 data sheet, table 1)."""
_NDEF_AROUND = 2 + 4 + 1 + 1
"""Bytes around the address in a tag: TLV head (NFC Forum Type 2 Tag), record head with type U, prefix code, terminator; short forms."""
_LONG_FORM = 2 + 3
_URI_PREFIXES = ("https://", "http://")
"""That an NDEF record of the type U writes as one byte."""
_NUMBER = r"[1-9][0-9]{0,9}"
_SHAPE = re.compile(rf"({_NUMBER})\.({_NUMBER})\.(k[0-9a-f]{{8}})\.({_NUMBER})\.([A-Za-z0-9_-]{{86}})")


class Refusal(StrEnum):
    """Why a place code is not taken."""

    NO_CODE = "no_code"
    NEWER = "newer"
    OTHER_SERVICE = "other_service"
    UNKNOWN_KEY = "unknown_key"
    FORGED = "forged"
    KEY_WITHDRAWN = "key_withdrawn"
    CODE_WITHDRAWN = "code_withdrawn"
    CLOSED = "closed"


SAID: Mapping[Refusal, str] = {
    Refusal.NO_CODE: N_("This is not the code of a control point. Scan the code on the poster."),
    Refusal.NEWER: N_("This code is of a newer kind than this page knows. Reload the page and scan again."),
    Refusal.OTHER_SERVICE: N_("This code belongs to another province’s service. Scan the poster of this place."),
    Refusal.UNKNOWN_KEY: N_("This code was not made by this service. Do not use it, and tell who runs the place."),
    Refusal.FORGED: N_("This code is not genuine: it was changed or copied wrongly. Tell who runs the place."),
    Refusal.KEY_WITHDRAWN: N_(
        "This poster is no longer good: its key was withdrawn. Ask who runs the place for the new poster."
    ),
    Refusal.CODE_WITHDRAWN: N_("This poster is no longer good: it was replaced. Ask who runs the place for the new poster."),
    Refusal.CLOSED: N_("This control point is closed. Ask who runs the place where to scan."),
}


@dataclass(frozen=True)
class PlaceCode:
    """What a code says. place, point: their numbers in this installation. key: as `key_id` names it. issued: whole seconds."""

    place: int
    point: int
    key: str
    issued: datetime

    def text(self) -> str:
        """What is signed, and stands in front of the signature."""
        return f"{FORMAT}.{self.place}.{self.point}.{self.key}.{int(self.issued.timestamp())}"


@dataclass(frozen=True)
class KnownKey:
    """public: 32 bytes."""

    public: bytes
    withdrawn: bool = False


def key_id(public: bytes) -> str:
    """How a public key of 32 bytes is named in codes."""
    return "k" + hashlib.sha256(public).hexdigest()[:8]


def fragment_of(code: PlaceCode, private: Ed25519PrivateKey) -> str:
    """What stands behind # in the address."""
    text = code.text()
    signature = private.sign(SIGNED_FOR + text.encode())
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def address_of(service: str, fragment: str) -> str:
    """The address on the poster and in the NFC tag. service: of the public pages, without a slash at the end."""
    return f"{service}{PATH}#{fragment}"


def tag_bytes(address: str) -> int:
    """How many bytes of an NFC tag an address takes as one NDEF record of the type U."""
    short = next((len(prefix) for prefix in _URI_PREFIXES if address.startswith(prefix)), 0)
    payload = len(address.encode()) - short
    return payload + _NDEF_AROUND + (_LONG_FORM if payload + 1 > 255 - 5 else 0)


def read_code(text: str, services: tuple[str, ...], keys: Mapping[str, KnownKey]) -> PlaceCode | Refusal:
    """What a scanned address, or its fragment alone, says, once its signature was checked.

    services: our own addresses; the host of another one is another service. keys: by their names. Whether the point is still there and
    its code still good is for `refusal_of`.
    """
    given = plain(text)
    before, sharp, fragment = given.partition("#")
    if not sharp:
        before, fragment = "", given
    shape = fragment.split(".", 1)
    if before and before.rstrip("/") not in {f"{each}{PATH}" for each in services}:
        ours = {urlsplit(each).netloc for each in services}
        other = urlsplit(before).netloc not in ours and len(shape) == 2 and shape[0].isdecimal()
        return Refusal.OTHER_SERVICE if other else Refusal.NO_CODE
    if len(shape) != 2 or not shape[0].isascii() or not shape[0].isdecimal():
        return Refusal.NO_CODE
    if shape[0] != FORMAT:
        return Refusal.NEWER
    found = _SHAPE.fullmatch(shape[1])
    if found is None:
        return Refusal.FORGED
    place, point, key, issued, written = found.groups()
    known = keys.get(key)
    if known is None:
        return Refusal.UNKNOWN_KEY
    code = PlaceCode(int(place), int(point), key, datetime.fromtimestamp(int(issued), UTC))
    if not _is_signed(known.public, code.text(), written):
        return Refusal.FORGED
    return Refusal.KEY_WITHDRAWN if known.withdrawn else code


def refusal_of(code: PlaceCode, *, open_there: bool, codes_from: datetime) -> Refusal | None:
    """Why a genuine code is not taken. open_there: the point and its place take people. codes_from: earlier codes were replaced."""
    if not open_there:
        return Refusal.CLOSED
    return Refusal.CODE_WITHDRAWN if code.issued < codes_from.replace(microsecond=0) else None


@lru_cache(4096)
def _is_signed(public: bytes, text: str, written: str) -> bool:
    # The same poster is scanned thousands of times a day.
    signature = base64.urlsafe_b64decode(written + "==")
    # Four bits of the last sign say nothing: one text for one code.
    if base64.urlsafe_b64encode(signature).decode().rstrip("=") != written:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, SIGNED_FOR + text.encode())
    except InvalidSignature:
        return False
    return True
