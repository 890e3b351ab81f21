"""The key pair that notifications are signed with (VAPID, RFC 8292): made once, its public half given to browsers."""

from __future__ import annotations

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from monitor.settings import Settings
from rollcall.answers.sealing import key_of


def private_key(settings: Settings) -> ec.EllipticCurvePrivateKey:
    """The private half, from the setting or the file that was made once."""
    return key_of(bytes.fromhex(settings.secret("push_key").decode()))


def public_key(settings: Settings) -> str:
    """The public half in base64url, as browsers take it; empty where no notifications are sent."""
    if not settings.push_contact:
        return ""
    point = private_key(settings).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()
