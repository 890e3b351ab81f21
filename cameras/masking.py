"""Addresses for whoever reads them: passwords stand anywhere in them, and are shown to nobody. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit, urlunsplit

MASK = "•••"
# As recorders and cameras write a login into a path or a query: user=admin_password=…_channel=1, ?usr=…&pwd=…, /auth=…
_NAMED = re.compile(
    r"((?:^|[^A-Za-z])(?:user(?:name)?|usr|login|pass(?:word|wd)?|pwd|psw|auth|token|key|secret)=)(.*?)(?=[&;/?#]|_[A-Za-z]+=|$)",
    re.IGNORECASE,
)


def masked(address: str, password: str = "") -> str:
    """An address with each login in it hidden. password: one that is known, hidden wherever it stands."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return MASK
    hidden = parts._replace(
        netloc=parts.netloc.rpartition("@")[2],
        path=_NAMED.sub(rf"\1{MASK}", parts.path),
        query=_NAMED.sub(rf"\1{MASK}", parts.query),
    )
    text = urlunsplit(hidden)
    for each in {password, quote(password, safe="")} - {""}:
        text = text.replace(each, MASK)
    return text


def place_shown(address: str) -> str:
    """Scheme, host and port of an address that a device named, for a sentence; ? where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "?"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"[:120] if parts.netloc else "?"
