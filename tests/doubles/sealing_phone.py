"""Seals an answer as the phone's page does, see web/static/residents/sealing.js."""

from __future__ import annotations

import base64
import json
import os

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def seal(public: str, token: str, fields: list[list[str]] | bytes, photo: bytes = b"") -> bytes:
    """fields: pairs, or the JSON itself, whatever that is."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(public))
    ours = ec.generate_private_key(ec.SECP256R1())
    point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    key = HKDF(SHA256(), 32, salt=point, info=b"quarantine answer").derive(ours.exchange(ec.ECDH(), theirs))
    said, nonce = fields if isinstance(fields, bytes) else json.dumps(fields).encode(), os.urandom(12)
    plain = len(said).to_bytes(4) + said + photo
    return b"\x01" + point + nonce + AESGCM(key).encrypt(nonce, plain, token.encode())
