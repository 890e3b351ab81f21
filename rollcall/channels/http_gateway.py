"""Text messages through an HTTP gateway: POST JSON (to, text, reference), answer JSON (id)."""

from __future__ import annotations

import httpx

from monitor.words import N_
from rollcall.channels import ChannelProblem, Message, Sent

# 408 and 429 are refusals of this moment, not of this message.
_AGAIN = {408, 425, 429}


class HttpGateway:
    """Honours the reference as idempotency key: a message handed over twice is sent once."""

    name = "sms"

    def __init__(self, url: str, token: str, *, seconds: float = 5.0) -> None:
        self._url = url
        self._client = httpx.Client(timeout=seconds, headers={"Authorization": f"Bearer {token}"})

    def send(self, message: Message) -> Sent:
        """Hand a message over; raises ChannelProblem."""
        try:
            answer = self._client.post(
                self._url,
                json={"to": message.to, "text": message.text, "reference": message.reference},
                headers={"Idempotency-Key": message.reference},
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ChannelProblem(
                N_("The message gateway cannot be reached (%(why)s)."), permanent=False, why=type(error).__name__
            ) from None
        if answer.is_success:
            try:
                reference = answer.json()["id"]
            except (ValueError, KeyError, TypeError):
                reference = None
            # Receipts come under it: one that stands for no message, or for many, would move somebody else's window.
            if not isinstance(reference, str | int) or not str(reference):
                raise ChannelProblem(N_("The message gateway gave no number for the message."), permanent=False)
            return Sent(str(reference))
        permanent = answer.is_client_error and answer.status_code not in _AGAIN
        raise ChannelProblem(
            N_("The message gateway refused the message (status %(status)s)."), permanent=permanent, status=answer.status_code
        )
