"""A passkey's device, in software: makes keys and signs challenges as WebAuthn describes, and lies where a test wants it to."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, HAS_KEY = 0x01, 0x04, 0x40


@dataclass
class Authenticator:
    """One key. origin: what its browser says the page is. verifies: whether it makes sure who holds it. counts: whether it counts uses."""

    origin: str
    rp_id: str
    verifies: bool = True
    counts: bool = True
    uses: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.create answers, as the console's script sends it."""
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        statement = {"fmt": "none", "attStmt": {}, "authData": self._data(HAS_KEY) + attested}
        told = {"attestationObject": bytes_to_base64url(cbor2.dumps(statement))}
        return self._credential({**told, "clientDataJSON": self._client("create", options["challenge"])})

    def get(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.get answers."""
        client, data = self._client("get", options["challenge"]), self._data(0)
        hashed = hashlib.sha256(json.dumps(self._told("get", options["challenge"])).encode()).digest()
        signature = self.key.sign(data + hashed, ec.ECDSA(SHA256()))
        return self._credential(
            {
                "clientDataJSON": client,
                "authenticatorData": bytes_to_base64url(data),
                "signature": bytes_to_base64url(signature),
                "userHandle": None,
            }
        )

    def _data(self, flags: int) -> bytes:
        self.uses += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.uses.to_bytes(4, "big")

    def _told(self, kind: str, challenge: str) -> dict[str, str]:
        return {"type": f"webauthn.{kind}", "challenge": challenge, "origin": self.origin}

    def _client(self, kind: str, challenge: str) -> str:
        return bytes_to_base64url(json.dumps(self._told(kind, challenge)).encode())

    def _credential(self, response: dict[str, Any]) -> str:
        name = bytes_to_base64url(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
