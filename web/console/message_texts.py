"""The words of messages: what holds in the province and in each zone, changed with a preview of length and price."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.clock import local_clock
from monitor.database import Database
from monitor.models import Account, MessageKind, MessageText, Resident, Zone
from monitor.problems import BadInput, NotFound
from monitor.settings import Settings
from monitor.words import LANGUAGES, N_, Words
from rollcall.ladder import TEXT, VOICE
from rollcall.links import make_household_link, make_link
from rollcall.message_length import Length, measure, without_accents
from rollcall.message_texts import CALLS, LONGEST, InForce, Texts, check_text, save_text
from rollcall.prices import Prices, prices_of
from web.common import now
from web.console.overview import quarantined, zones_of
from web.guard import guarded, note_view, require_zone, the_reader

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
        self._secret = settings.secret("secret_key")
        self._address = settings.residents_address
        self._prices = prices

    def show(self, kind: MessageKind, words: InForce, name: str, due: str) -> Shown:
        make = make_household_link if kind in (MessageKind.SHARED_FIRST, MessageKind.SHARED_REMINDER) else make_link
        # As long as a real one; no check-in has this nonce.
        values = {"link": make(self._secret, self._address, 100000, secrets.token_urlsafe(12)), "due": due, "name": name}
        channel = VOICE if kind in CALLS else TEXT
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
        raise NotFound(N_("There is no such page."))
    return MessageKind(kind), language


def message_text_pages(settings: Settings, database: Database) -> Blueprint:
    """The list, and the page that changes one text."""
    pages = Blueprint("message_texts", __name__)
    preview = _Preview(settings, prices_of(settings))

    def due_in(zone: Zone | None) -> str:
        return local_clock(now() + _LONG, zone.timezone if zone else settings.timezone)

    @pages.get("/messages/texts", defaults={"zone_id": PROVINCE})
    @pages.get("/zones/<int:zone_id>/texts")
    @guarded(Permission.MANAGE_MESSAGES, audit=None)
    def text_list(zone_id: int) -> str:
        with database.read() as session:
            zone = _zone_of(session, zone_id)
            texts = Texts(session, [zone_id], plain=settings.sms_without_accents)
            zones = zones_of(session, the_reader())
        lines = []
        for kind in MessageKind:
            for language in LANGUAGES:
                words = texts.of(zone.id if zone else None, kind, language)
                lines.append(Line(kind, language, words, preview.show(kind, words, _EXAMPLE, due_in(zone))))
        return render_template(
            "console/message_texts.html",
            calls=CALLS,
            zone=zone,
            zones=zones,
            lines=lines,
            may_change=_may_change(zone_id),
            province=PROVINCE,
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
        texts = Texts(session, [zone_id], plain=settings.sms_without_accents)
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
            "console/message_text.html",
            zone=zone,
            zone_id=zone_id,
            kind=kind,
            language_of=language,
            words=words,
            holds=holds,
            shown=None if problem else preview.show(kind, words, person.full_name if person else _EXAMPLE, due_in(zone)),
            problem=problem,
            people=people,
            person=person,
            example=_EXAMPLE,
            versions=versions,
            timezone=zone.timezone if zone else settings.timezone,
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
            .order_by(Resident.full_name)
            .limit(MOST_PEOPLE)
        )
        return list(session.scalars(query))

    @pages.get("/messages/texts/<kind>/<language>", defaults={"zone_id": PROVINCE})
    @pages.get("/zones/<int:zone_id>/texts/<kind>/<language>")
    @guarded(Permission.MANAGE_MESSAGES, audit=None)
    def text_page(zone_id: int, kind: str, language: str) -> str:
        with database.read() as session:
            _zone_of(session, zone_id)
            return page(session, zone_id, *_read(kind, language))

    @pages.post("/messages/texts/<kind>/<language>", defaults={"zone_id": PROVINCE})
    @pages.post("/zones/<int:zone_id>/texts/<kind>/<language>")
    @guarded(Permission.MANAGE_MESSAGES, audit="message-text-changed")
    def change(zone_id: int, kind: str, language: str) -> Response | str | tuple[str, int]:
        reader, form = the_reader(), request.form
        text, plain = form.get("text", ""), "without_accents" in form
        written = InForce(text, plain)
        with database.read() as session:
            _zone_of(session, zone_id)
            wanted = _read(kind, language)
            if form.get("do") == "preview":
                try:
                    written = InForce(check_text(wanted[0], text), plain)
                except BadInput as problem:
                    return page(session, zone_id, *wanted, written, problem.words), problem.status
                return page(session, zone_id, *wanted, written)
        if not _may_change(zone_id):
            raise NotFound(N_("Your account works in some zones only; it cannot change the words of all of them."))
        try:
            with database.write() as session:
                own = None if zone_id == PROVINCE else zone_id
                given = "" if form.get("do") == "back" else text
                if form.get("do") != "back" and not given.strip():
                    raise BadInput(N_("Please write the text."), field="text")
                row = save_text(session, own, *wanted, given, plain=plain, account_id=reader.account_id, now=now())
                note_view(session, zone_id=own, kind=kind, language=language, version=row.id)
        except BadInput as problem:
            with database.read() as session:
                return page(session, zone_id, *wanted, written, problem.words), problem.status
        flash(_("From now on messages leave with these words. Those that are on their way keep theirs."))
        if zone_id == PROVINCE:
            return redirect(url_for("message_texts.text_list"), 303)
        return redirect(url_for("message_texts.text_list", zone_id=zone_id), 303)

    return pages
