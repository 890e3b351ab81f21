"""HTTP Digest login, as cameras ask for it over HTTP and RTSP (RFC 2617 and RFC 7616, MD5)."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import time

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,]+))')


def _hash(text: str) -> str:
    # Cameras speak MD5 here, and so must whoever reads them; it guards a picture of a drawn room.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class DigestLogin:
    """Challenges of one camera and the check of their answers; challenges expire, so that an overheard one is of little use."""

    def __init__(self, realm: str, username: str, password: str, lasts_s: float = 300.0) -> None:
        self._realm, self._username, self._lasts_s = realm, username, lasts_s
        self._secret = _hash(f"{username}:{realm}:{password}")
        self._key = secrets.token_bytes(16)

    def challenge(self) -> str:
        """The value of a WWW-Authenticate header."""
        return f'Digest realm="{self._realm}", nonce="{self._nonce(int(time.time()))}", qop="auth", algorithm=MD5'

    def allows(self, header: str, method: str) -> bool:
        """Whether an Authorization header proves the password for this method."""
        if not header.startswith("Digest "):
            return False
        fields = {name.lower(): quoted or plain for name, quoted, plain in _FIELD.findall(header)}
        nonce = fields.get("nonce", "")
        made, _, _ = nonce.partition("-")
        if not made.isdigit() or not hmac.compare_digest(nonce, self._nonce(int(made))):
            return False
        if not 0 <= time.time() - int(made) <= self._lasts_s or fields.get("username") != self._username:
            return False
        middle = f"{nonce}:{fields.get('nc', '')}:{fields.get('cnonce', '')}:auth" if fields.get("qop") else nonce
        expected = _hash(f"{self._secret}:{middle}:{_hash(method + ':' + fields.get('uri', ''))}")
        return hmac.compare_digest(expected.encode(), fields.get("response", "").encode())

    def _nonce(self, made: int) -> str:
        return f"{made}-{hmac.digest(self._key, str(made).encode(), 'sha256').hex()[:24]}"
