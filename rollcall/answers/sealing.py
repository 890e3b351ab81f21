"""Opens answers that a phone sealed while it had no line: only we can read them, whoever finds the phone."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from monitor.problems import BadInput
from monitor.words import N_

_CURVE = ec.SECP256R1()
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256 (SP 800-186, 3.2.1.3)
_VERSION = b"\x01"
_POINT, _NONCE, _LENGTH = 65, 12, 4  # bytes
_INFO = b"quarantine answer"
MOST_FIELDS = 64 * 1024  # bytes of JSON


def key_of(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key on P-256 that 32 random bytes stand for."""
    return ec.derive_private_key(int.from_bytes(secret) % (_ORDER - 1) + 1, _CURVE)


class SealBroken(BadInput):
    """What was sealed for another service, for another link, or was damaged."""


@dataclass(frozen=True)
class Sealed:
    """What was in it: the form's fields as pairs, and the picture if there was one."""

    fields: list[tuple[str, str]]
    photo: bytes | None


class AnswerKey:
    """Our key pair. The page carries the public half, `web/static/residents/sealing.js` seals with it.

    Sealed are: 1 byte version, 65 bytes the phone's point made for this once, 12 bytes nonce, then AES-256-GCM under the HKDF-SHA256
    of the shared point, bound to the link's token. Inside are: 4 bytes length, so many bytes of JSON [[name, value], …], the picture.
    """

    def __init__(self, secret: bytes) -> None:
        """secret: 32 random bytes."""
        # The remainder's bias is 2^-32 of nothing: the curve's order lies that close to 2^256.
        self._private = key_of(secret)
        point = self._private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.b64encode(point).decode()
        """Base64 of the uncompressed point."""

    def open(self, sealed: bytes, token: str) -> Sealed:
        """What a phone sealed for the link with this token. Raises SealBroken."""
        point, rest = sealed[1 : 1 + _POINT], sealed[1 + _POINT :]
        try:
            if sealed[:1] != _VERSION:
                raise ValueError
            shared = self._private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, point))
            key = HKDF(SHA256(), 32, salt=point, info=_INFO).derive(shared)
            plain = AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], token.encode())
            size = int.from_bytes(plain[:_LENGTH])
            if size > MOST_FIELDS:
                raise ValueError
            fields = [(str(name), str(value)) for name, value in json.loads(plain[_LENGTH : _LENGTH + size])]
        except (InvalidTag, ValueError, TypeError, RecursionError):
            raise SealBroken(
                N_("The answer saved on this phone can no longer be opened. Please reload the page and answer again."),
                field="sealed",
            ) from None
        return Sealed(fields, plain[_LENGTH + size :] or None)
