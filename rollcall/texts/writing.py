"""Writes messages: in whose words, with which link and title, in how many parts and at which price."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.authority import Authority
from monitor.database.many_rows import one_of
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.messages import MessageKind, MessageText
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import translator
from rollcall.answers.shared_phone import members_of
from rollcall.channels.channel import Message
from rollcall.channels.message_length import measure, without_accents
from rollcall.texts.built_in import TITLE, fitting, request_answered, without_picture
from rollcall.texts.occasion import Occasion, occasion_of
from rollcall.texts.own_words import InForce, Texts, built_in, in_words_of, kind_of
from rollcall.texts.replies import short_text
from rollcall.texts.style import Style
from rollcall.verdicts.without_face import FACES


@dataclass(frozen=True)
class Written:
    """A message; text_id: in whose words, None for the built-in ones; parts: as its gateway counts them; cost: in đồng."""

    message: Message
    text_id: int | None
    parts: int
    cost: int


def spoken(
    session: Session,
    prompt: Prompt,
    check_in: CheckIn,
    resident: Resident,
    plan: Plan,
    due: str,
    *,
    ward: bool,
    authority: Authority,
) -> str:
    """What a call says that takes keys: own words of the zone or the province, else the built-in ones. due: on the zone's clock.

    ward: somebody answers for the resident. authority: who speaks.
    """
    kind = kind_of(prompt.kind, prompt.channel, shared=check_in.lead_id is not None, ward=ward)
    own = Texts(session, {check_in.zone_id}, plain=False).of(check_in.zone_id, kind, resident.language)
    short = None
    if own.text_id is None:
        members = tuple(members_of(session, check_in.lead_id)) if check_in.lead_id else ()
        occasion = occasion_of(prompt, check_in, resident, plan, due, ward=ward, members=members)
        short = short_text(occasion, Style(authority=authority))
    return short or own.fill(
        places(authority, resident.language, prompt.channel, due=due, name=resident.full_name), prompt.channel
    )


def places(authority: Authority, language: str, channel: str, **more: str) -> dict[str, str]:
    """What is filled into the words of a message. more: `due`, `name` and, where there is one, `link`."""
    return fitting({"service": authority.named(language), **more}, language, channel)


class Wording:
    """The words that some zones have now, and those that messages had when they were tried before: read once, written from often."""

    def __init__(self, session: Session, zones: Collection[int], style: Style, texts_before: Collection[int] = ()) -> None:
        """texts_before: the words of messages that were tried before."""
        self._style = style
        self._texts = Texts(session, zones, plain=style.plain)
        before = session.scalars(select(MessageText).where(one_of(MessageText.id, texts_before))) if texts_before else ()
        self._before = {row.id: in_words_of(row) for row in before}

    def write(self, occasion: Occasion, to: str, reference: str, link: str) -> Written:
        """The message of an occasion. to: the address; reference: its idempotency key; link: to the page it is answered on."""
        channel, language = occasion.channel, occasion.language
        # Short words name no link, so they come before the zone's own ones, of which a link is a part; own words of a call name none, so
        # they stand. Replies have words of their own, which nobody sets.
        short = self._short(occasion, link)
        kind = None if occasion.kind in REPLIES else kind_of(occasion.kind, channel, shared=occasion.shared, ward=occasion.ward)
        words = self._words(occasion, kind) if kind is not None and (short is None or channel == ChannelName.VOICE) else None
        filled = places(self._style.authority, language, channel, link=link, due=occasion.due, name=occasion.full_name)
        if short is not None and (words is None or words.text_id is None):
            text_id, text = None, without_accents(short) if self._style.plain and channel == ChannelName.SMS else short
        else:
            assert words is not None
            text_id, text = words.text_id, words.fill(filled, channel)
        parts = measure(text).parts if channel == ChannelName.SMS else 1
        title = translator(language)(TITLE)
        message = Message(to, text, reference, title, link, language, kind.value if kind else "", filled)
        return Written(message, text_id, parts, self._style.prices.of(channel, parts))

    def _short(self, occasion: Occasion, link: str) -> str | None:
        """What it says to whoever needs other words than the usual ones; None for everybody else."""
        if occasion.kind in (PromptKind.EMERGENCY, PromptKind.NOTICE):
            return f"{self._style.authority.headed(occasion.language)}: {occasion.emergency}"
        if occasion.kind is PromptKind.REQUEST_ANSWERED:
            return request_answered(occasion.language, link=None if occasion.without_smartphone else link)
        short = short_text(occasion, self._style)
        if short is None and not occasion.shared and not occasion.ward and _wants_no_picture(occasion):
            return without_picture(occasion.language, link=link, due=occasion.due)
        return short

    def _words(self, occasion: Occasion, kind: MessageKind) -> InForce:
        if occasion.written_before:
            before = self._before.get(occasion.text_id) if occasion.text_id else None
            return before or built_in(kind, occasion.language, plain=self._style.plain)
        return self._texts.of(occasion.zone_id, kind, occasion.language)


def _wants_no_picture(occasion: Occasion) -> bool:
    """Whether the usual first message would ask for a selfie that nobody wants of this person."""
    first = occasion.kind is PromptKind.FIRST and occasion.channel != ChannelName.VOICE
    return first and occasion.without_face and occasion.evidence in FACES
