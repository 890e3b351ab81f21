"""Answer a server's question for a login: Digest as cameras offer it, else Basic (RFC 2326, RFC 2617, RFC 7616, RFC 7617)."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

_TOKEN = re.compile(r'[\s,]*([\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+)))?')
# By the name of the algorithm; the same with "-sess" behind it. The strongest first.
_HASHES = {"sha-512-256": "sha512_256", "sha-256": "sha256", "md5": "md5"}
_SESSION = "-sess"
# A server that asks for ever must not be answered for ever.
_MOST_REFUSALS = 50


@dataclass
class Login:
    """A user name and password, and what the server last asked; one for each connection. secure: nobody reads what is sent.

    refused_basic: it offered Digest in a way that is not known here, and besides that only Basic, which anybody could read.
    """

    username: str
    password: str = field(repr=False)
    secure: bool = False
    refused_basic: bool = False
    _scheme: str = ""
    _fields: dict[str, str] = field(default_factory=dict)
    _cnonce: str = ""
    _count: int = 0
    _refusals: int = 0

    def challenged(self, headers: Sequence[str]) -> bool:
        """Take the WWW-Authenticate headers of a 401. Returns whether asking again makes sense: not when the same was just refused."""
        self._refusals += 1
        if not self.username or self._refusals > _MOST_REFUSALS:
            return False
        offers = [each for header in headers for each in challenges(header)]
        digests = [fields for scheme, fields in offers if scheme == "digest"]
        known = [each for each in digests if _hash_of(each) is not None]
        if known:
            chosen = min(known, key=_weakness)
            stale = chosen.get("stale", "").lower() == "true"
            again = self._scheme != "digest" or stale or chosen.get("nonce") != self._fields.get("nonce")
            # A new nonce after a fresh answer is how most servers say no: one attempt for each connection's first challenge.
            fresh = self._scheme == "" or stale or self._count > 1
            self._scheme, self._fields, self._count, self._cnonce = "digest", chosen, 0, secrets.token_hex(8)
            return again and fresh
        if any(scheme == "basic" for scheme, _ in offers) and self._scheme == "":
            if digests and not self.secure:
                self.refused_basic = True
                return False
            self._scheme = "basic"
            return True
        return False

    def accepted(self) -> None:
        """The server took an answer: what it asks from now on is asked anew, as when its nonce has gone stale after minutes."""
        self._refusals = 0

    def header(self, method: str, uri: str, body: bytes = b"") -> str:
        """The value of an Authorization header; empty while the server has not asked."""
        if self._scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        hash_of = _hash_of(self._fields) if self._scheme == "digest" else None
        if hash_of is None:
            return ""
        self._count += 1
        realm, nonce, named = self._fields.get("realm", ""), self._fields.get("nonce", ""), self._fields.get("algorithm", "")
        secret = hash_of(f"{self.username}:{realm}:{self.password}".encode())
        if named.lower().endswith(_SESSION):
            secret = hash_of(f"{secret}:{nonce}:{self._cnonce}".encode())
        offered = [each.strip().lower() for each in self._fields.get("qop", "").split(",")]
        protection = next((each for each in ("auth", "auth-int") if each in offered), "")
        whole = f":{hash_of(body)}" if protection == "auth-int" else ""
        asked = hash_of(f"{method}:{uri}{whole}".encode())
        parts = {"username": self.username, "realm": realm, "nonce": nonce, "uri": uri}
        extra = ""
        if protection:
            count = f"{self._count:08x}"
            response = hash_of(f"{secret}:{nonce}:{count}:{self._cnonce}:{protection}:{asked}".encode())
            extra = f', qop={protection}, nc={count}, cnonce="{self._cnonce}"'
        else:
            response = hash_of(f"{secret}:{nonce}:{asked}".encode())
            if named.lower().endswith(_SESSION):
                extra = f', cnonce="{self._cnonce}"'
        if "opaque" in self._fields:
            parts["opaque"] = self._fields["opaque"]
        if named:
            extra += f", algorithm={named}"
        quoted = ", ".join(f'{name}="{_quoted(value)}"' for name, value in (parts | {"response": response}).items())
        return f"Digest {quoted}{extra}"


def challenges(header: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The schemes that one WWW-Authenticate header offers, small, each with its fields: cameras put several on one line, or one on each."""
    scheme, fields = "", dict[str, str]()
    for found in _TOKEN.finditer(header):
        name, quoted, plain = found.groups()
        if quoted is None and plain is None:
            if scheme:
                yield scheme, fields
            scheme, fields = name.lower(), {}
        else:
            fields[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
    if scheme:
        yield scheme, fields


def _weakness(fields: dict[str, str]) -> int:
    return list(_HASHES).index(_plain_name(fields))


def _plain_name(fields: dict[str, str]) -> str:
    return fields.get("algorithm", "md5").lower().removesuffix(_SESSION)


def _hash_of(fields: dict[str, str]) -> Callable[[bytes], str] | None:
    """What hashes for a challenge; None where its algorithm is not known here, or not to this machine's library."""
    name = _HASHES.get(_plain_name(fields), "")
    if name not in hashlib.algorithms_available:
        return None

    def hash_of(data: bytes) -> str:
        return hashlib.new(name, data, usedforsecurity=False).hexdigest()

    return hash_of


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
