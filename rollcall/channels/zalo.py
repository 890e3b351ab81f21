"""Messages of the Official Account on Zalo to people who follow it: customer-care messages of its API, version 3.

Sources: developers.zalo.me/docs/official-account (tin-nhan/tin-tu-van, phu-luc/ma-loi, bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new),
read in the copies that public repositories keep of them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Protocol

from monitor.calls_out.http import Answer, Unreachable
from monitor.models.rollcalls.channels import ChannelName
from monitor.words import N_
from rollcall.channels.at_once import AGAIN, AtOnce, asked_to_wait
from rollcall.channels.channel import AddressGone, ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.zalo_tokens import ZaloTokens

# Zalo counts calls by the minute: "reached limit call api".
LIMIT_REACHED = -32
LIMIT_SECONDS = 60.0
_TOKEN = {-124, -216, -220}  # not valid; expired or removed
_AGAIN = {-200}  # "send message failed"
# A follower no more, or somebody who blocked the account: nothing reaches them until they follow again.
_GONE = {-213, -227}
_BETWEEN = {502, 504}


class Ask(Protocol):
    """Asks for one message with a token; None: the token is no longer good."""

    async def __call__(self, message: Message, token: str, /) -> Outcome | None:
        """What came of it."""


class TokenLine:
    """What the kinds of Zalo's messages share: an address, a token that may be taken back, answers of 200 with an error inside."""

    def __init__(self, tokens: ZaloTokens, url: str, ask: Ask, *, seconds: float) -> None:
        self._tokens = tokens
        self._url = url
        self._ask = ask
        self._line = AtOnce(self._hand_over, seconds=seconds)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once. Raises ChannelProblem where there is no token."""
        self._tokens.access()
        yield from self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def post(self, body: Mapping[str, Any], token: str) -> Answer | ChannelProblem | Uncertain:
        """Hand one body over."""
        try:
            return await self._line.post(
                self._url, json.dumps(body), {"Content-Type": "application/json", "access_token": token}
            )
        except Unreachable as error:
            if error.left:
                return Uncertain()
            return ChannelProblem(N_("Zalo cannot be reached (%(why)s)."), permanent=False, why=str(error))

    @staticmethod
    def read(answer: Answer) -> tuple[Mapping[str, Any], int | None]:
        """An answer's content and the error in it: 0 for none, None where it says nothing of that."""
        content = answer.json()
        if not isinstance(content, dict):
            return {}, None
        code = content.get("error")
        return content, code if isinstance(code, int) else None

    @staticmethod
    def refusal(answer: Answer, code: int | None, *, again: Collection[int]) -> Outcome | None:
        """What any other answer means. None: the token is no longer good. again: errors after which trying again makes sense."""
        if code in _TOKEN:
            return None
        if code == LIMIT_REACHED:
            return _refused(code, permanent=False, wait=asked_to_wait(answer.headers) or LIMIT_SECONDS)
        if code is not None:
            return _refused(code, permanent=code not in again)
        if 200 <= answer.status < 300 or answer.status in _BETWEEN:
            return Uncertain()
        permanent = answer.status < 500 and answer.status not in AGAIN
        return _refused(answer.status, permanent=permanent, wait=None if permanent else asked_to_wait(answer.headers))

    async def _hand_over(self, message: Message) -> Outcome:
        refused = ""
        for _ in range(2):
            try:
                # It may ask the database, and Zalo.
                token = await asyncio.to_thread(self._tokens.access, refused)
            except ChannelProblem as problem:
                return problem
            outcome = await self._ask(message, token)
            if outcome is not None:
                return outcome
            # Taken back before its time: once more with a new one.
            refused = token
        return ChannelProblem(N_("Zalo does not accept our token."), permanent=False)


class Zalo:
    """`to` is the follower's user id. Zalo knows no idempotency key: what was handed over without an answer is uncertain."""

    name = ChannelName.ZALO
    idempotent = False

    def __init__(self, tokens: ZaloTokens, *, base: str, seconds: float = 10.0) -> None:
        """base: the address of Zalo's API."""
        self._line = TokenLine(tokens, f"{base.rstrip('/')}/v3.0/oa/message/cs", self._ask, seconds=seconds)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once. Raises ChannelProblem where there is no token."""
        return self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def _ask(self, message: Message, token: str) -> Outcome | None:
        answer = await self._line.post({"recipient": {"user_id": message.to}, "message": {"text": message.text}}, token)
        if isinstance(answer, ChannelProblem | Uncertain):
            return answer
        content, code = self._line.read(answer)
        if code == 0:
            data = content.get("data")
            name = data.get("message_id") if isinstance(data, dict) else None
            return Sent(str(name)) if name else Uncertain()
        if code in _GONE:
            return AddressGone(N_("This person no longer follows the Official Account on Zalo."))
        # Among them -230: nobody may be written to who has not used the account for seven days. The next channel follows.
        return self._line.refusal(answer, code, again=_AGAIN)


def _refused(code: int, *, permanent: bool, wait: float | None = None) -> ChannelProblem:
    return ChannelProblem(N_("Zalo refused the message (error %(code)s)."), permanent=permanent, wait=wait, code=code)
