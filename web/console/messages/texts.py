"""The words of messages: what holds in the province and in each zone, changed with a preview of length and price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.clock import local_clock
from monitor.models.accounts import Account
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.messages import MessageKind, MessageText
from monitor.people.orders import quarantined
from monitor.problems import BadInput, NotFound
from monitor.settings import Settings
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_, Words
from rollcall.channels.message_length import Length, measure, without_accents
from rollcall.texts.lengths import address_too_long, link_at, parts_of_words
from rollcall.texts.own_words import CALLS, LONGEST, InForce, Texts, check_text, save_text
from rollcall.texts.prices import Prices, prices_of
from rollcall.texts.writing import places
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

# The whole province, where a zone's number would stand.
PROVINCE = 0
MOST_PEOPLE = 300
MOST_VERSIONS = 30
_EXAMPLE = "Nguyễn Thị Minh Khai"
_LONG = timedelta(minutes=50)


@dataclass(frozen=True)
class Shown:
    """A message as it would leave, and the same without accents. cost: of each, in đồng, over text message or call."""

    text: str
    length: Length
    cost: int
    plain: str
    plain_length: Length
    plain_cost: int


@dataclass(frozen=True)
class Line:
    """One text of the list."""

    kind: MessageKind
    language: str
    words: InForce
    shown: Shown


class _Preview:
    """Fills in what a message would hold, with a link that opens nothing."""

    def __init__(self, settings: Settings, prices: Prices) -> None:
        self._address = settings.residents_address
        self._prices = prices
        self._authority = settings.speaker

    def show(self, kind: MessageKind, language: str, words: InForce, name: str, due: str) -> Shown:
        channel = ChannelName.VOICE if kind in CALLS else ChannelName.SMS
        values = places(self._authority, language, channel, link=link_at(self._address), due=due, name=name)
        text = words.fill(values, channel)
        plain = without_accents(text)
        length, shorter = measure(text), measure(plain)
        return Shown(
            text,
            length,
            self._prices.of(channel, length.parts),
            plain,
            shorter,
            self._prices.of(channel, shorter.parts),
        )


def _zone_of(session: Session, zone_id: int) -> Zone | None:
    """The zone (None: the province) whose texts the reader may see."""
    if zone_id == PROVINCE:
        return None
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    return zone


def _may_change(zone_id: int) -> bool:
    return zone_id != PROVINCE or the_reader().zones is None


def _read(kind: str, language: str) -> tuple[MessageKind, str]:
    if kind not in [each.value for each in MessageKind] or language not in LANGUAGES:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return MessageKind(kind), language


pages = Blueprint("message_texts", __name__)


def _preview() -> _Preview:
    return _Preview(parts().settings, prices_of(parts().settings))


def due_in(zone: Zone | None) -> str:
    return local_clock(now() + _LONG, zone.timezone if zone else str(parts().settings.zone))


@pages.get("/messages/texts", defaults={"zone_id": PROVINCE})
@pages.get("/zones/<int:zone_id>/texts")
@guarded(Permission.MANAGE_MESSAGES, audit=None)
def text_list(zone_id: int) -> str:
    with parts().database.read() as session:
        zone = _zone_of(session, zone_id)
        texts = Texts(session, [zone_id], plain=parts().settings.sms_without_accents)
        zones = zones_of(session, the_reader())
    lines = []
    for kind in MessageKind:
        for language in LANGUAGES:
            words = texts.of(zone.id if zone else None, kind, language)
            lines.append(Line(kind, language, words, _preview().show(kind, language, words, _EXAMPLE, due_in(zone))))
    return render_template(
        "console/messages/message_texts.html",
        calls=CALLS,
        zone=zone,
        zones=zones,
        lines=lines,
        may_change=_may_change(zone_id),
        province=PROVINCE,
        dear=address_too_long(parts().settings.residents_address, parts().settings.speaker),
    )


def page(
    session: Session,
    zone_id: int,
    kind: MessageKind,
    language: str,
    written: InForce | None = None,
    problem: Words | None = None,
) -> str:
    zone = _zone_of(session, zone_id)
    own = zone.id if zone else None
    texts = Texts(session, [zone_id], plain=parts().settings.sms_without_accents)
    holds = texts.of(own, kind, language)
    versions = session.execute(
        select(MessageText, Account.username)
        .outerjoin(Account, Account.id == MessageText.created_by)
        .where(
            MessageText.zone_id.is_(None) if own is None else MessageText.zone_id == own,
            MessageText.kind == kind,
            MessageText.language == language,
        )
        .order_by(MessageText.id.desc())
        .limit(MOST_VERSIONS)
    ).all()
    people = _people(session, own)
    chosen = request.form.get("resident", "")
    person = next((each for each in people if str(each.id) == chosen), None)
    words = written or holds
    return render_template(
        "console/messages/message_text.html",
        zone=zone,
        zone_id=zone_id,
        kind=kind,
        language_of=language,
        words=words,
        holds=holds,
        shown=None
        if problem
        else _preview().show(kind, language, words, person.full_name if person else _EXAMPLE, due_in(zone)),
        problem=problem,
        people=people,
        person=person,
        example=_EXAMPLE,
        versions=versions,
        timezone=zone.timezone if zone else str(parts().settings.zone),
        may_change=_may_change(zone_id),
        longest=LONGEST,
        voice=kind in CALLS,
    )


def _people(session: Session, zone_id: int | None) -> list[Resident]:
    """Whom a preview can be filled in for; nobody for readers who may see no resident."""
    reader = the_reader()
    if zone_id is None or not reader.may(Permission.SEE_RESIDENT, zone_id):
        return []
    query = (
        select(Resident)
        .where(Resident.zone_id == zone_id, quarantined(now()))
        .order_by(Resident.sort_key, Resident.id)
        .limit(MOST_PEOPLE)
    )
    return list(session.scalars(query))


@pages.get("/messages/texts/<kind>/<language>", defaults={"zone_id": PROVINCE})
@pages.get("/zones/<int:zone_id>/texts/<kind>/<language>")
@guarded(Permission.MANAGE_MESSAGES, audit=None)
def text_page(zone_id: int, kind: str, language: str) -> str:
    with parts().database.read() as session:
        _zone_of(session, zone_id)
        return page(session, zone_id, *_read(kind, language))


@pages.post("/messages/texts/<kind>/<language>", defaults={"zone_id": PROVINCE})
@pages.post("/zones/<int:zone_id>/texts/<kind>/<language>")
@guarded(Permission.MANAGE_MESSAGES, audit=Action.MESSAGE_TEXT_CHANGED)
def change(zone_id: int, kind: str, language: str) -> Response | str | tuple[str, int]:
    reader, form = the_reader(), request.form
    text, plain = form.get("text", ""), "without_accents" in form
    written = InForce(text, plain)
    with parts().database.read() as session:
        _zone_of(session, zone_id)
        wanted = _read(kind, language)
        if form.get("do") == "preview":
            try:
                written = InForce(check_text(wanted[0], text), plain)
            except BadInput as problem:
                return page(session, zone_id, *wanted, written, problem.words), problem.status
            return page(session, zone_id, *wanted, written)
    if not _may_change(zone_id):
        raise NotFound(N_("Your account covers some zones only, so it cannot change the province’s templates."))
    try:
        with parts().database.write() as session:
            own = None if zone_id == PROVINCE else zone_id
            given = "" if form.get("do") == "back" else text
            if form.get("do") != "back" and not given.strip():
                raise BadInput(N_("Please enter the template."), field="text")
            row = save_text(session, own, *wanted, given, plain=plain, account_id=reader.account_id, now=now())
            note_view(session, zone_id=own, kind=kind, language=language, version=row.id)
            saved = Texts(session, [zone_id], plain=parts().settings.sms_without_accents).of(own, *wanted)
    except BadInput as problem:
        with parts().database.read() as session:
            return page(session, zone_id, *wanted, written, problem.words), problem.status
    flash(_("New messages use this template. Messages already on their way keep theirs."))
    if wanted[0] not in CALLS:
        longest = parts_of_words(saved, wanted[1], parts().settings.residents_address, parts().settings.speaker)
        flash(
            ngettext(
                "With the longest name it takes %(num)s part as a text message (%(plain)s without accents).",
                "With the longest name it takes %(num)s parts as a text message (%(plain)s without accents).",
                longest.written,
                plain=longest.plain,
            )
        )
    if zone_id == PROVINCE:
        return redirect(url_for("message_texts.text_list"), 303)
    return redirect(url_for("message_texts.text_list", zone_id=zone_id), 303)
