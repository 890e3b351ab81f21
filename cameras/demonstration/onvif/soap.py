"""Read ONVIF's SOAP requests, check who sends them (WS-Security UsernameToken), and wrap the answers."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
NOTIFICATION = "http://docs.oasis-open.org/wsn/b-2"
SCHEMA = "http://www.onvif.org/ver10/schema"
ERRORS = "http://www.onvif.org/ver10/error"
_ADDRESSING = "http://www.w3.org/2005/08/addressing"
_TOPICS = "http://www.onvif.org/ver10/topics"
# The prefix of each service's answers.
PREFIXES = {DEVICE: "tds", MEDIA: "trt", MEDIA2: "tr2", PTZ: "tptz", EVENTS: "tev", NOTIFICATION: "wsnt"}
_SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
# WS-Security UsernameToken Profile 1.1, section 3.1, recommends to refuse what is older than five minutes.
_FRESH = timedelta(minutes=5)


class Fault(Exception):
    """A SOAP fault: ONVIF's subcodes, outermost first, and a reason."""

    def __init__(self, subcodes: tuple[str, ...], reason: str, *, ours: bool = False) -> None:
        super().__init__(reason)
        self.subcodes, self.reason, self.ours = subcodes, reason, ours

    def envelope(self) -> bytes:
        """The answer that carries the fault."""
        inner = ""
        for subcode in reversed(self.subcodes):
            inner = f"<s:Subcode><s:Value>ter:{subcode}</s:Value>{inner}</s:Subcode>"
        code = "s:Receiver" if self.ours else "s:Sender"
        reason = f'<s:Reason><s:Text xml:lang="en">{escape(self.reason)}</s:Text></s:Reason>'
        return wrap(f"<s:Fault><s:Code><s:Value>{code}</s:Value>{inner}</s:Code>{reason}</s:Fault>")


@dataclass(frozen=True)
class Call:
    """One request: the operation's namespace and name, its body element, the header, if there is one, and the path it was sent to."""

    namespace: str
    operation: str
    body: Element
    header: Element | None
    path: str = ""

    def text(self, name: str) -> str:
        """The text of the first element of that local name in the body, or nothing."""
        return next((part.text or "" for part in self.body.iter() if part.tag.rpartition("}")[2] == name), "").strip()


def read(text: bytes, path: str = "") -> Call:
    """Read an envelope; raises Fault when it is none."""
    # A document type could define entities that grow without end; SOAP 1.2 forbids it anyway.
    if b"<!DOCTYPE" in text or b"\0" in text:
        raise Fault(("WellFormed",), "A document type is not allowed.")
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - see above; and expat caps the growth of entities
    except ElementTree.ParseError:
        raise Fault(("WellFormed",), "The request is no well-formed XML.") from None
    body = root.find(f"{{{ENVELOPE}}}Body")
    if body is None or len(body) == 0:
        raise Fault(("WellFormed",), "The request has no SOAP 1.2 body.")
    namespace, _, operation = body[0].tag.lstrip("{").rpartition("}")
    return Call(namespace, operation, body[0], root.find(f"{{{ENVELOPE}}}Header"), path)


def wrap(body: str) -> bytes:
    """An envelope around a body."""
    spaces = {**PREFIXES, ENVELOPE: "s", SCHEMA: "tt", ERRORS: "ter", _ADDRESSING: "wsa5", _TOPICS: "tns1"}
    names = " ".join(f'xmlns:{prefix}="{space}"' for space, prefix in spaces.items())
    return f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope {names}><s:Body>{body}</s:Body></s:Envelope>'.encode()


class TokenCheck:
    """Checks UsernameTokens against one account by the camera's own clock, and refuses one that was seen before."""

    def __init__(self, username: str, password: str, clock: Callable[[], datetime]) -> None:
        self._username, self._password, self._clock = username, password, clock
        self._seen: dict[str, datetime] = {}

    def check(self, header: Element | None) -> None:
        """Pass, or raise the fault ter:NotAuthorized."""
        token = header.find(f".//{{{_SECURITY}}}UsernameToken") if header is not None else None
        if token is None or not self._proves(token):
            raise Fault(("NotAuthorized",), "Sender not authorized")

    def _proves(self, token: Element) -> bool:
        def text(space: str, name: str) -> str:
            return (token.findtext(f"{{{space}}}{name}") or "").strip()

        password = token.find(f"{{{_SECURITY}}}Password")
        nonce, created, now = text(_SECURITY, "Nonce"), text(_UTILITY, "Created"), self._clock()
        if password is None or not password.get("Type", "").endswith("#PasswordDigest"):
            return False
        try:
            made = datetime.fromisoformat(created)
            secret = base64.b64decode(nonce, validate=True) + created.encode() + self._password.encode()
        except (ValueError, binascii.Error):
            return False
        made = made if made.tzinfo else made.replace(tzinfo=UTC)
        expected = base64.b64encode(hashlib.sha1(secret, usedforsecurity=False).digest())
        if not hmac.compare_digest(expected, (password.text or "").strip().encode()):
            return False
        if text(_SECURITY, "Username") != self._username or abs(made - now) > _FRESH:
            return False
        self._seen = {old: when for old, when in self._seen.items() if when > now - 2 * _FRESH}
        if nonce in self._seen:
            return False
        self._seen[nonce] = now
        return True
