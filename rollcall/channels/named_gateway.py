"""Text messages through one of the gateways that are known by name; everything particular about it is in its file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from monitor.calls_out.http import Answer, Unreachable
from monitor.models.rollcalls.channels import ChannelName
from monitor.settings import SettingsProblem
from monitor.words import N_
from rollcall.channels.at_once import AGAIN, AtOnce, asked_to_wait
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.gateway_files import GatewayFile, fill, look_up, numbered
from rollcall.channels.message_length import is_gsm

# Somebody between us and the gateway answered in its place: it may have the message.
_BETWEEN = frozenset({502, 504})
LONGEST_CODE = 60


class NamedGateway:
    """Hands over one message a request. Where the gateway knows no references, what may have gone out is uncertain."""

    name = ChannelName.SMS

    def __init__(
        self, known: GatewayFile, *, key: str, secret: str, sender: str, callback: str, base: str = "", seconds: float = 10.0
    ) -> None:
        """callback: where receipts are to come. base: in place of the file's address. Raises SettingsProblem."""
        if len(callback) > known.longest_callback:
            raise SettingsProblem(
                N_(
                    "%(name)s accepts a receipt address of at most %(most)s characters; ours has %(count)s. Shorten"
                    " residents_url."
                ),
                name=known.name,
                most=known.longest_callback,
                count=len(callback),
            )
        self.idempotent = known.idempotent
        self._known = known
        self._values = {"key": key, "secret": secret, "sender": sender, "callback": callback}
        self._url = (base or known.request.base).rstrip("/") + fill(known.request.path, {"key": quote(key, safe="")})
        self._headers = dict(fill(known.request.headers, self._values))
        if known.request.basic:
            pair = ":".join(fill(list(known.request.basic), self._values))
            self._headers |= urllib3.make_headers(basic_auth=pair)
        kind = "application/json" if known.request.format == "json" else "application/x-www-form-urlencoded"
        self._headers["Content-Type"] = kind
        self._line = AtOnce(self._hand_over, seconds=seconds)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once."""
        return self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def _hand_over(self, message: Message) -> Outcome:
        known = self._known
        values = self._values | {
            "to": numbered(message.to, known.number),
            "text": message.text,
            "reference": message.reference,
            "unicode": known.unicode[0 if is_gsm(message.text) else 1],
        }
        body = fill(known.request.body, values)
        text = json.dumps(body) if known.request.format == "json" else urlencode(body)
        try:
            answer = await self._line.post(self._url, text, self._headers)
        except Unreachable as error:
            if error.left and not self.idempotent:
                return Uncertain()
            return ChannelProblem(
                N_("The message gateway cannot be reached (%(why)s)."), permanent=False, left=error.left, why=str(error)
            )
        return self._judge(answer, answer.json(), message)

    def _judge(self, answer: Answer, content: Any, message: Message) -> Outcome:
        says, taken = self._known.answer, 200 <= answer.status < 300
        code = look_up(content, says.status) if taken or not says.problem else look_up(content, says.problem)
        codes = [str(each) for each in (code if isinstance(code, list) else [code]) if each is not None]
        accepted = [each in says.accepted for each in codes] if says.status else [taken]
        if taken and accepted and all(accepted):
            name = look_up(content, says.id)
            if isinstance(name, str | int) and str(name):
                return Sent(str(name))
            return self._nobody_knows()
        if taken and any(accepted):
            # Some parts are out: repeating them all would make the phone ring twice.
            return Uncertain()
        if codes and all(each in says.same for each in codes):
            return Sent(message.reference)
        if codes and any(each in says.permanent for each in codes):
            return self._refused(codes[0], permanent=True)
        if (codes and any(each in says.again for each in codes)) or answer.status in AGAIN:
            wait = asked_to_wait(answer.headers, self._known.wait_header)
            return self._refused(codes[0] if codes else str(answer.status), permanent=False, wait=wait)
        if taken or answer.status in _BETWEEN:
            return self._nobody_knows()
        wait = None if answer.status < 500 else asked_to_wait(answer.headers)
        return self._refused(str(answer.status), permanent=answer.status < 500, wait=wait)

    def _nobody_knows(self) -> Outcome:
        if self.idempotent:
            return ChannelProblem(N_("The gateway returned no message number."), permanent=False, left=True)
        return Uncertain()

    def _refused(self, status: str, *, permanent: bool, wait: float | None = None) -> ChannelProblem:
        return ChannelProblem(
            N_("The message gateway refused the message (status %(status)s)."),
            permanent=permanent,
            wait=wait,
            status=status[:LONGEST_CODE],
        )
