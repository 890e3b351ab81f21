"""The words of messages: built in, or of a province or a zone; their places checked when they are written, and filled in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.messages import MessageKind, MessageText
from monitor.models.rollcalls.prompts import PromptKind
from monitor.problems import BadInput
from monitor.words import LANGUAGES, N_, translator
from rollcall.channels.message_length import without_accents
from rollcall.texts.built_in import GUARDIAN, SHARED, TEXTS

PLACES = ("link", "due", "name", "service")
LONGEST = 600
_PLACE = re.compile(r"\{([^{}]*)\}")
_BUILT_IN_PLACE = re.compile(r"%\((\w+)\)s")
_SHARED_KINDS = {PromptKind.FIRST: MessageKind.SHARED_FIRST, PromptKind.REMINDER: MessageKind.SHARED_REMINDER}
_GUARDIAN_KINDS = {
    PromptKind.FIRST: MessageKind.GUARDIAN_FIRST,
    PromptKind.REMINDER: MessageKind.GUARDIAN_REMINDER,
    PromptKind.VOICE: MessageKind.GUARDIAN_VOICE,
}
CALLS = (MessageKind.VOICE, MessageKind.GUARDIAN_VOICE)
"""Texts that are read out."""
_TEMPLATES = {
    **{MessageKind(kind.value): text for kind, text in TEXTS.items()},
    **{_SHARED_KINDS[kind]: text for kind, text in SHARED.items()},
    **{_GUARDIAN_KINDS[kind]: text for kind, text in GUARDIAN.items()},
}


@dataclass(frozen=True)
class InForce:
    """The words that hold. text_id, zone_id: None for the built-in ones; zone_id also for those of the whole province."""

    text: str
    without_accents: bool
    text_id: int | None = None
    zone_id: int | None = None

    def fill(self, values: Mapping[str, str], channel: str) -> str:
        """The message. values: of the places. Only text messages leave without accents."""
        text = _PLACE.sub(lambda place: values.get(place[1].strip(), place[0]), self.text)
        return without_accents(text) if self.without_accents and channel == ChannelName.SMS else text


def kind_of(kind: PromptKind, channel: str, *, shared: bool, ward: bool) -> MessageKind:
    """Which words a prompt needs; a call has its own, whatever it is about. ward: somebody answers for the person."""
    if channel == ChannelName.VOICE:
        kind = PromptKind.VOICE
    if shared and kind in _SHARED_KINDS:
        return _SHARED_KINDS[kind]
    return _GUARDIAN_KINDS[kind] if ward and not shared and kind in _GUARDIAN_KINDS else MessageKind(kind.value)


@lru_cache
def built_in(kind: MessageKind, language: str, *, plain: bool = False) -> InForce:
    """The built-in words. plain: without accents."""
    text = translator(language)(_TEMPLATES[kind])
    return InForce(_BUILT_IN_PLACE.sub(r"{\1}", text).replace("%%", "%"), plain)


class Texts:
    """The newest words of some zones and of the whole province, as they are now."""

    def __init__(self, session: Session, zones: Collection[int], *, plain: bool) -> None:
        """plain: built-in words leave without accents."""
        newest = (
            select(func.max(MessageText.id))
            .where(or_(MessageText.zone_id.is_(None), MessageText.zone_id.in_(zones)))
            .group_by(MessageText.zone_id, MessageText.kind, MessageText.language)
        )
        rows = session.scalars(select(MessageText).where(MessageText.id.in_(newest), MessageText.text != ""))
        self._rows = {(row.zone_id, row.kind, row.language): row for row in rows}
        self._plain = plain

    def of(self, zone_id: int | None, kind: MessageKind, language: str) -> InForce:
        """A zone's own words, else the province's, else the built-in ones. zone_id: None for the province."""
        row = self._rows.get((zone_id, kind, language)) or self._rows.get((None, kind, language))
        return in_words_of(row) if row else built_in(kind, language, plain=self._plain)


def in_words_of(row: MessageText) -> InForce:
    """A stored version as words."""
    return InForce(row.text, row.without_accents, row.id, row.zone_id)


def check_text(kind: MessageKind, text: str) -> str:
    """A text as it is stored. Raises BadInput, which says what to change."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise BadInput(
            N_("The template has %(count)s characters; the limit is %(most)s."), count=len(text), most=LONGEST, field="text"
        )
    places = [place.strip() for place in _PLACE.findall(text)]
    for place in places:
        if place not in PLACES:
            raise BadInput(
                N_("There is no placeholder {%(name)s}. Use only {link}, {due}, {name} and {service}."),
                name=place,
                field="text",
            )
    if "{" in _PLACE.sub("", text) or "}" in _PLACE.sub("", text):
        raise BadInput(N_("A brace has no partner. A placeholder looks like this: {link}"), field="text")
    if kind in CALLS and "link" in places:
        raise BadInput(N_("A call cannot read out a link. Please remove {link} from this template."), field="text")
    if kind not in CALLS and "link" not in places:
        raise BadInput(N_("Without {link} nobody can answer. Please add it where the link belongs."), field="text")
    return text


def save_text(
    session: Session,
    zone_id: int | None,
    kind: MessageKind,
    language: str,
    text: str,
    *,
    plain: bool,
    account_id: int,
    now: datetime,
) -> MessageText:
    """Store a new version, in the caller's write transaction; an empty text gives the wider one its place back. Raises BadInput."""
    if language not in LANGUAGES:
        raise BadInput(N_("Messages are in Vietnamese or English."), field="language")
    checked = check_text(kind, text) if text.strip() else ""
    row = MessageText(
        zone_id=zone_id,
        kind=kind,
        language=language,
        text=checked,
        without_accents=plain,
        created_at=now,
        created_by=account_id,
    )
    session.add(row)
    session.flush()
    return row
