"""The code of a letter: 128 random bits in a QR code, of which only a digest is kept, and the page that it leads to. Pure but for chance."""

from __future__ import annotations

import hashlib
import io
import re
import secrets

import segno

from monitor.letters.content import Code

_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")


def new_token() -> str:
    """128 random bits, as addresses carry them."""
    return secrets.token_urlsafe(16)


def hash_of(token: str) -> str | None:
    """What is kept of a token; None for what never was one."""
    return hashlib.sha256(b"letter/" + token.encode()).hexdigest() if _TOKEN.fullmatch(token) else None


def short_code(code_hash: str) -> str:
    """To be compared by eye, printed and on the page: 3F2A-9C01-77BD. A page that says the same knows the same code."""
    head = code_hash[:12].upper()
    return "-".join(head[start : start + 4] for start in range(0, 12, 4))


def code_for(residents_address: str, token: str) -> Code:
    """The QR code that leads to the page of a token. residents_address: without a slash at the end. Raises ValueError."""
    known = hash_of(token)
    if known is None:
        raise ValueError("no token")
    drawn = segno.make(f"{residents_address}/l/{token}", error="m", micro=False)
    svg = io.BytesIO()
    drawn.save(svg, kind="svg", border=2, xmldecl=False)
    return Code(svg.getvalue().decode(), short_code(known))
