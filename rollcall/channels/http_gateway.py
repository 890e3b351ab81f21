"""Text messages and voice calls through an HTTP gateway: POST JSON (to, text, language, reference), answer JSON (id)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from monitor.calls_out.http import Unreachable
from monitor.models.rollcalls.channels import ChannelName
from monitor.words import N_
from rollcall.channels.at_once import AGAIN, AtOnce, asked_to_wait
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent


class HttpGateway:
    """Honours the reference as idempotency key: a message handed over twice is sent once."""

    idempotent = True

    def __init__(
        self,
        url: str,
        token: str,
        *,
        name: ChannelName = ChannelName.SMS,
        keys: str = "",
        seconds: float = 10.0,
        at_once: int = 16,
    ) -> None:
        """name: the channel's. keys: that a person may press in a call, handed over with it. seconds: for a whole request. at_once:
        messages on their way at one time, and so connections kept open.
        """
        self._more = {"keys": keys} if keys else {}
        self.name = name
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self._line = AtOnce(self._hand_over, seconds=seconds, at_once=at_once)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once."""
        return self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def _hand_over(self, message: Message) -> Outcome:
        asked = {"to": message.to, "text": message.text, "language": message.language, "reference": message.reference}
        try:
            answer = await self._line.post(
                self._url, json.dumps(asked | self._more), self._headers | {"Idempotency-Key": message.reference}
            )
        except Unreachable as error:
            return ChannelProblem(
                N_("The message gateway cannot be reached (%(why)s)."), permanent=False, left=error.left, why=str(error)
            )
        if 200 <= answer.status < 300:
            content = answer.json()
            reference = content.get("id") if isinstance(content, dict) else None
            # Receipts come under it: one that stands for no message, or for many, would move somebody else's window.
            if not isinstance(reference, str | int) or not str(reference):
                return ChannelProblem(N_("The gateway returned no message number."), permanent=False, left=True)
            return Sent(str(reference))
        permanent = 400 <= answer.status < 500 and answer.status not in AGAIN
        return ChannelProblem(
            N_("The message gateway refused the message (status %(status)s)."),
            permanent=permanent,
            wait=None if permanent else asked_to_wait(answer.headers),
            status=answer.status,
        )
