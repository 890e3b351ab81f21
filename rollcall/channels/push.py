"""Prompts as notifications of the browser: Web Push (RFC 8030), signed with VAPID, readable by that browser only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from http_ece import ECEException
from py_vapid import Vapid02, VapidException
from pywebpush import WebPusher, WebPushException

from monitor.calls_out.allowed import NOTHING_ELSE, Allowed
from monitor.calls_out.http import NotAllowed, Unreachable
from monitor.clock import utc_now
from monitor.models.rollcalls.channels import ChannelName
from monitor.words import N_
from rollcall.channels.at_once import AGAIN, AtOnce
from rollcall.channels.channel import AddressGone, ChannelProblem, Message, Outcome, Sent

_SECONDS = 6.0
# Any browser may name any server: those that are slow hold nobody up, and that they ask to be left alone is nobody else's matter.
_AT_ONCE, _PATIENCE, _MOST = 32, 0.5, 256
# A notification that comes later than the round lasts says nothing any more.
_KEPT_SECONDS = 3600
# RFC 8292 allows a day; clocks differ.
_SIGNED_SECONDS = 12 * 3600


class WebPush:
    """A push service keeps one message of a topic: one that is handed over twice replaces the first. So a repeat is harmless."""

    name = ChannelName.PUSH
    idempotent = True

    def __init__(
        self, key: ec.EllipticCurvePrivateKey, contact: str, allowed: Allowed = NOTHING_ELSE, *, seconds: float = _SECONDS
    ) -> None:
        """contact: "mailto:…", whom a push service asks when something is wrong. allowed: where push services may be, beside public
        addresses. seconds: for one message.
        """
        self._vapid = Vapid02(private_key=key)
        self._contact = contact
        self._line = AtOnce(self._hand_over, seconds=seconds, at_once=_AT_ONCE, patience=_PATIENCE, most=_MOST, allowed=allowed)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, each to the push service of its browser. `to` is the subscription as JSON."""
        return self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def _hand_over(self, message: Message) -> Outcome:
        try:
            endpoint, body, headers = self._sealed(message)
        except (AttributeError, KeyError, TypeError, ValueError, ECEException, WebPushException, VapidException):
            return ChannelProblem(N_("The browser’s address for notifications cannot be used."), permanent=True)
        try:
            answer = await self._line.post(endpoint, body, headers)
        except NotAllowed:
            return ChannelProblem(
                N_("The browser’s address for notifications lies in a network that this service may not call."), permanent=True
            )
        except Unreachable as error:
            return ChannelProblem(
                N_("The push service cannot be reached (%(why)s)."), permanent=False, left=error.left, why=str(error)
            )
        if 200 <= answer.status < 300:
            return Sent(message.reference)
        if answer.status in (404, 410):
            return AddressGone(N_("This browser no longer accepts notifications."))
        # Push services send nobody elsewhere.
        permanent = answer.status < 500 and answer.status not in AGAIN
        return ChannelProblem(
            N_("The push service refused the notification (status %(status)s)."), permanent=permanent, status=answer.status
        )

    def _sealed(self, message: Message) -> tuple[str, bytes, Mapping[str, str]]:
        """Where a notification goes, encrypted for its browser, and the headers that say who sends it."""
        subscription = json.loads(message.to)
        endpoint = str(subscription["endpoint"])
        content = {"title": message.title, "body": message.text, "link": message.link, "reference": message.reference}
        parts = urlsplit(endpoint)
        claims = {
            "sub": self._contact,
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int(utc_now().timestamp()) + _SIGNED_SECONDS,
        }
        signed = self._vapid.sign(claims)
        body: bytes = WebPusher(subscription).encode(json.dumps(content).encode())["body"]
        return (
            endpoint,
            body,
            {
                **signed,
                "Content-Type": "application/octet-stream",
                "Content-Encoding": "aes128gcm",
                "TTL": str(_KEPT_SECONDS),
                "Urgency": "high",
                # A topic has at most 32 characters of base64url.
                "Topic": message.reference[:32],
            },
        )
