"""Answer an RTSP server's question for a login: Digest with MD5 or SHA-256, else Basic (RFC 2326, RFC 7616, RFC 7617)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

_FIELD = re.compile(r'(\w[\w-]*)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES = {"": hashlib.md5, "md5": hashlib.md5, "sha-256": hashlib.sha256}
# In one connection's life: nonces go stale every few minutes at most, and a server that asks for ever must not be answered for ever.
_MOST_REFUSALS = 50


@dataclass
class Login:
    """A user name and password, and what the server last asked; one for each connection."""

    username: str
    password: str = field(repr=False)
    _scheme: str = ""
    _fields: dict[str, str] = field(default_factory=dict)
    _count: int = 0
    _refusals: int = 0

    def challenged(self, headers: Sequence[str]) -> bool:
        """Take the WWW-Authenticate headers of a 401. Returns whether asking again makes sense: not when the same was just refused."""
        self._refusals += 1
        if not self.username or self._refusals > _MOST_REFUSALS:
            return False
        offers = [(scheme.lower(), _fields(rest)) for scheme, _, rest in (each.strip().partition(" ") for each in headers)]
        digests = [each for kind, each in offers if kind == "digest" and each.get("algorithm", "").lower() in _HASHES]
        # The stronger one first, where both are offered.
        digests.sort(key=lambda each: each.get("algorithm", "").lower() != "sha-256")
        if digests:
            chosen = digests[0]
            stale = chosen.get("stale", "").lower() == "true"
            again = self._scheme != "digest" or stale or chosen.get("nonce") != self._fields.get("nonce")
            # A new nonce after a fresh answer is how most servers say no: one attempt for each connection's first challenge.
            fresh = self._scheme == "" or stale or self._count > 1
            self._scheme, self._fields, self._count = "digest", chosen, 0
            return again and fresh
        if any(kind == "basic" for kind, _ in offers) and self._scheme == "":
            self._scheme = "basic"
            return True
        return False

    def header(self, method: str, uri: str) -> str:
        """The value of an Authorization header; empty while the server has not asked."""
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        if self._scheme != "digest":
            return ""
        self._count += 1
        realm, nonce, named = self._fields.get("realm", ""), self._fields.get("nonce", ""), self._fields.get("algorithm", "")
        algorithm = _HASHES[named.lower()]

        def digest(text: str) -> str:
            return algorithm(text.encode()).hexdigest()

        secret, asked = digest(f"{self.username}:{realm}:{self.password}"), digest(f"{method}:{uri}")
        parts = {"username": self.username, "realm": realm, "nonce": nonce, "uri": uri}
        extra = ""
        if "auth" in [each.strip() for each in self._fields.get("qop", "").split(",")]:
            cnonce, count = secrets.token_hex(8), f"{self._count:08x}"
            response = digest(f"{secret}:{nonce}:{count}:{cnonce}:auth:{asked}")
            extra = f', qop=auth, nc={count}, cnonce="{cnonce}"'
        else:
            response = digest(f"{secret}:{nonce}:{asked}")
        if "opaque" in self._fields:
            parts["opaque"] = self._fields["opaque"]
        if named:
            extra += f", algorithm={named}"
        quoted = ", ".join(f'{name}="{value}"' for name, value in (parts | {"response": response}).items())
        return f"Digest {quoted}{extra}"


def _fields(text: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(text)}
