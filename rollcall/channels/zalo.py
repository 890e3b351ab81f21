"""Messages of the Official Account on Zalo to people who follow it: customer-care messages of its API, version 3.

Sources: developers.zalo.me/docs/official-account (tin-nhan/tin-tu-van, phu-luc/ma-loi, bat-dau/xac-thuc-va-uy-quyen-cho-ung-dung-new),
read in the copies that public repositories keep of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import urllib3

from monitor.words import N_
from rollcall.channels import AddressGone, ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.at_once import AGAIN, BEFORE_SENDING, AtOnce, asked_to_wait
from rollcall.channels.zalo_tokens import ZaloTokens

# Zalo counts calls by the minute: "reached limit call api".
LIMIT_REACHED = -32
LIMIT_SECONDS = 60.0
_TOKEN = {-216, -220}  # not valid; expired or removed
_AGAIN = {-200}  # "send message failed"
# A follower no more, or somebody who blocked the account: nothing reaches them until they follow again.
_GONE = {-213, -227}
_BETWEEN = {502, 504}


class Zalo:
    """`to` is the follower's user id. Zalo knows no idempotency key: what was handed over without an answer is uncertain."""

    name = "zalo"
    idempotent = False

    def __init__(self, tokens: ZaloTokens, *, base: str, seconds: float = 10.0) -> None:
        """base: the address of Zalo's API."""
        self._tokens = tokens
        self._url = f"{base.rstrip('/')}/v3.0/oa/message/cs"
        self._line = AtOnce(self._hand_over, seconds=seconds)

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once. Raises ChannelProblem where there is no token."""
        self._tokens.access()
        yield from self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()
        self._tokens.close()

    def _hand_over(self, message: Message) -> Outcome:
        refused = ""
        for _ in range(2):
            try:
                token = self._tokens.access(refused)
            except ChannelProblem as problem:
                return problem
            outcome = self._ask(message, token)
            if outcome is not None:
                return outcome
            # Taken back before its time: once more with a new one.
            refused = token
        return ChannelProblem(N_("Zalo takes no token of ours."), permanent=False)

    def _ask(self, message: Message, token: str) -> Outcome | None:
        """What came of it; None: the token is no longer good."""
        body = {"recipient": {"user_id": message.to}, "message": {"text": message.text}}
        try:
            answer = self._line.connections.request(
                "POST",
                self._url,
                body=json.dumps(body),
                headers={"Content-Type": "application/json", "access_token": token},
                redirect=False,
            )
        except BEFORE_SENDING as error:
            return ChannelProblem(N_("Zalo cannot be reached (%(why)s)."), permanent=False, why=type(error).__name__)
        except urllib3.exceptions.HTTPError:
            return Uncertain()
        return _judge(answer)


def _judge(answer: urllib3.BaseHTTPResponse) -> Outcome | None:
    """Zalo answers 200 with an error inside."""
    try:
        content: Any = answer.json()
    except ValueError:
        content = None
    code = content.get("error") if isinstance(content, dict) else None
    if code == 0:
        data = content.get("data")
        name = data.get("message_id") if isinstance(data, dict) else None
        return Sent(str(name)) if name else Uncertain()
    if code in _TOKEN:
        return None
    if code in _GONE:
        return AddressGone(N_("This person does not follow the Official Account on Zalo any more."))
    if code == LIMIT_REACHED:
        return _refused(code, permanent=False, wait=asked_to_wait(answer.headers) or LIMIT_SECONDS)
    if isinstance(code, int):
        # Among them -230: nobody may be written to who has not used the account for seven days. The next channel follows.
        return _refused(code, permanent=code not in _AGAIN)
    if 200 <= answer.status < 300 or answer.status in _BETWEEN:
        return Uncertain()
    permanent = answer.status < 500 and answer.status not in AGAIN
    return _refused(answer.status, permanent=permanent, wait=None if permanent else asked_to_wait(answer.headers))


def _refused(code: int, *, permanent: bool, wait: float | None = None) -> ChannelProblem:
    return ChannelProblem(N_("Zalo refused the message (error %(code)s)."), permanent=permanent, wait=wait, code=code)
