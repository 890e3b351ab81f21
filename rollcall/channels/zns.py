"""Template messages of Zalo (ZNS) to a telephone number: its owner need not follow the Official Account.

Source: developers.zalo.me/docs/zalo-notification-service (gui-tin-zns/gui-zns, phu-luc/bang-ma-loi), read in the copies that public
repositories keep of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from monitor.calls_out.http import Answer
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.messages import MessageKind
from monitor.settings import Settings, SettingsProblem
from monitor.words import LANGUAGES, N_
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.gateway_files import numbered
from rollcall.channels.zalo import TokenLine
from rollcall.channels.zalo_tokens import ZaloTokens

# What a parameter of a template for names may hold at most.
LONGEST_NAME = 30
PLACES = ("name", "due", "link", "path")
_PLACE = re.compile(r"\{(\w+)\}")
# "Unknown error, please try again later"; the key cannot be made now.
_AGAIN = {-100, -129}
# No such number or account; it takes none, none of this kind, or none of this Official Account; an old version of Zalo.
_PERSON = {-108, -110, -114, -118, -119, -134, -139, -140, -141}
# No balance; the quota of the day, of the month, or of the template is used up.
_QUOTA = {-115, -126, -137, -144, -1441, -147, -1471}


def read_templates(settings: Settings) -> dict[tuple[str, str], str]:
    """Template by kind of message and language, from the setting. Raises SettingsProblem."""
    kinds = {each.value for each in MessageKind}
    found: dict[tuple[str, str], str] = {}
    for each in settings.zns_templates.split():
        named, _, template = each.partition("=")
        kind, _, language = named.partition(".")
        if kind not in kinds or language not in ("", *LANGUAGES) or not template.isalnum():
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                name="zns_templates",
                value=repr(each),
                kind="first=123456 reminder.en=123457",
            )
        for spoken in (language,) if language else LANGUAGES:
            if language or (kind, spoken) not in found:
                found[kind, spoken] = template
    return found


def read_parameters(settings: Settings) -> dict[str, str]:
    """Parameters of the templates with what fills them, from the setting. Raises SettingsProblem."""
    found = dict(each.partition("=")[::2] for each in settings.zns_parameters.split())
    for name, pattern in found.items():
        places = _PLACE.findall(pattern)
        if not name or not places or not set(places) <= set(PLACES):
            raise SettingsProblem(
                N_("Setting %(name)s cannot be %(value)s; it must be %(kind)s."),
                name="zns_parameters",
                value=repr(f"{name}={pattern}"),
                kind=" ".join(f"x={{{each}}}" for each in PLACES),
            )
    return found


class Zns:
    """`to` is the telephone number. Zalo knows no idempotency key: what was handed over without an answer is uncertain."""

    name = ChannelName.ZNS
    idempotent = False

    def __init__(
        self,
        tokens: ZaloTokens,
        *,
        base: str,
        templates: Mapping[tuple[str, str], str],
        parameters: Mapping[str, str],
        seconds: float = 10.0,
    ) -> None:
        """base: the address of Zalo's API. templates: by kind of message and language. parameters: see `read_parameters`."""
        self._line = TokenLine(tokens, f"{base.rstrip('/')}/message/template", self._ask, seconds=seconds)
        self._templates = templates
        self._parameters = parameters

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, several at once. Raises ChannelProblem where there is no token."""
        return self._line.send(messages)

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    async def _ask(self, message: Message, token: str) -> Outcome | None:
        template = self._templates.get((message.kind, message.language))
        if template is None:
            # The plan's next channel follows at once.
            return ChannelProblem(N_("Zalo has no template of ours for this kind of message."), permanent=True)
        values = {
            "name": message.places.get("name", "")[:LONGEST_NAME],
            "due": message.places.get("due", ""),
            "link": message.link,
            # A template's button has a fixed address with an end that is filled in.
            "path": message.link.split("/", 3)[-1],
        }
        body = {
            "phone": numbered(message.to, "international"),
            "template_id": template,
            "template_data": {
                name: _PLACE.sub(lambda found: values[found[1]], pattern) for name, pattern in self._parameters.items()
            },
            "tracking_id": message.reference,
        }
        answer = await self._line.post(body, token)
        return answer if isinstance(answer, ChannelProblem | Uncertain) else _judge(answer, self._line)


def _judge(answer: Answer, line: TokenLine) -> Outcome | None:
    content, code = line.read(answer)
    if code == 0:
        data: Any = content.get("data")
        name = data.get("msg_id") if isinstance(data, dict) else None
        return Sent(str(name)) if name else Uncertain()
    if code in _PERSON:
        return ChannelProblem(
            N_("Nobody at this number receives such messages on Zalo (error %(code)s)."), permanent=True, code=code
        )
    if code in _QUOTA:
        return ChannelProblem(
            N_("Zalo accepts no more messages from us: quota or balance is used up (error %(code)s)."),
            permanent=True,
            code=code,
        )
    # Among them -133: some templates may not be sent from 22:00 to 6:00. The next channel follows.
    return line.refusal(answer, code, again=_AGAIN)
