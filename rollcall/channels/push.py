"""Prompts as notifications of the browser: Web Push (RFC 8030), signed with VAPID, readable by that browser only."""

from __future__ import annotations

import json
from collections.abc import Iterator

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02, VapidException
from pywebpush import WebPushException, webpush

from monitor.words import N_
from rollcall.channels import AddressGone, ChannelProblem, Message, Outcome, Sent

_SECONDS = 10.0
# A notification that comes later than the round lasts says nothing any more.
_KEPT_SECONDS = 3600
# 408, 425 and 429 are refusals of this moment, not of this message.
_AGAIN = {408, 425, 429}


class WebPush:
    """A push service keeps one message of a topic: one that is handed over twice replaces the first. So a repeat is harmless."""

    name = "push"
    idempotent = True

    def __init__(self, key: ec.EllipticCurvePrivateKey, contact: str) -> None:
        """contact: "mailto:…", whom a push service asks when something is wrong."""
        self._vapid = Vapid02(private_key=key)
        self._contact = contact
        self._connections = requests.Session()

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, each to the push service of its browser. `to` is the subscription as JSON."""
        for message in messages:
            yield message, self._hand_over(message)

    def close(self) -> None:
        """Hang up."""
        self._connections.close()

    def _hand_over(self, message: Message) -> Outcome:
        payload = {"title": message.title, "body": message.text, "link": message.link, "reference": message.reference}
        try:
            webpush(
                json.loads(message.to),
                json.dumps(payload),
                vapid_private_key=self._vapid,
                # A new one each time: the library writes the push service's address into it.
                vapid_claims={"sub": self._contact},
                ttl=_KEPT_SECONDS,
                timeout=_SECONDS,
                # A topic has at most 32 characters of base64url.
                headers={"Content-Type": "application/octet-stream", "Urgency": "high", "Topic": message.reference[:32]},
                requests_session=self._connections,
            )
        except WebPushException as error:
            status = error.response.status_code if error.response is not None else 0
            if status in (404, 410):
                return AddressGone(N_("This browser takes no notifications any more."))
            permanent = 400 <= status < 500 and status not in _AGAIN
            return ChannelProblem(
                N_("The push service refused the notification (status %(status)s)."), permanent=permanent, status=status
            )
        except (requests.RequestException, OSError) as error:
            return ChannelProblem(
                N_("The push service cannot be reached (%(why)s)."), permanent=False, why=type(error).__name__
            )
        except (ValueError, VapidException):
            return ChannelProblem(N_("The browser's address for notifications cannot be used."), permanent=True)
        return Sent(message.reference)
