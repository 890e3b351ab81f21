"""The register of disclosures: read, narrowed, saved as a file, and written by hand where something was handed out otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, select, tuple_
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission, Reader
from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.models.accounts import Account
from monitor.models.legal import Disclosure, DisclosureAbout, RecipientKind
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.personal_data.disclosures import LONGEST_BASIS, LONGEST_RECIPIENT, LONGEST_WHAT, HandedOut, hand_out, typed
from monitor.problems import BadInput
from monitor.sheets import FileKind, written_table
from monitor.trail.actions import Action
from monitor.words import N_, Words, translator, words
from web.console.paging import after_key, read_key
from web.console.records.trail_words import CUT_OFF
from web.shared.common import language, now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.labels import label
from web.shared.parts import parts

PAGE, MOST_NAMED, PIECE, MOST_SAVED = 40, 5, 1000, 50_000
COLUMNS = (
    N_("When"),
    N_("Recipient"),
    N_("Name"),
    N_("Content"),
    N_("Legal basis"),
    N_("People"),
    N_("Zone"),
    N_("Done by"),
)


@dataclass(frozen=True)
class Narrowed:
    """What of the register is wanted. since, until: days, both included."""

    kind: RecipientKind | None = None
    text: str = ""
    since: date | None = None
    until: date | None = None


def _narrowed(given: Mapping[str, str]) -> Narrowed:
    """Raises BadInput."""

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(given[name]) if given.get(name) else None
        except ValueError:
            raise BadInput(N_("Please enter a day."), field=name) from None

    kind = RecipientKind(given["kind"]) if given.get("kind") in list(RecipientKind) else None
    return Narrowed(kind, given.get("q", "").strip()[:LONGEST_RECIPIENT], day("since"), day("until"))


def _query(reader: Reader, wanted: Narrowed) -> Select[Disclosure, str, str, str]:
    query = (
        select(Disclosure, Account.username, Zone.name, Zone.timezone)
        .outerjoin(Account, Account.id == Disclosure.account_id)
        .outerjoin(Zone, Zone.id == Disclosure.zone_id)
        .order_by(Disclosure.at.desc(), Disclosure.id.desc())
    )
    if reader.zones is not None:
        query = query.where(Disclosure.zone_id.in_(reader.zones))
    if wanted.kind is not None:
        query = query.where(Disclosure.kind == wanted.kind)
    if wanted.text:
        query = query.where(Disclosure.recipient.icontains(wanted.text, autoescape=True))
    if wanted.since is not None:
        query = query.where(Disclosure.at >= _midnight(wanted.since))
    if wanted.until is not None:
        query = query.where(Disclosure.at < _midnight(wanted.until + timedelta(days=1)))
    return query


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), parts().settings.zone).astimezone(UTC)


def _names(session: Session, reader: Reader, numbers: list[int]) -> dict[int, list[tuple[int, str]]]:
    """The first people each is about, for whoever may see residents."""
    if not reader.may(Permission.SEE_RESIDENT):
        return {}
    found: dict[int, list[tuple[int, str]]] = {}
    few = select(Disclosure.id).where(one_of(Disclosure.id, numbers), Disclosure.people <= MOST_NAMED)
    query = (
        select(DisclosureAbout.disclosure_id, Resident.id, Resident.full_name, Resident.zone_id)
        .join(Resident, Resident.id == DisclosureAbout.resident_id)
        .where(DisclosureAbout.disclosure_id.in_(few))
    )
    for number, resident_id, name, zone_id in session.execute(query):
        if reader.among({zone_id}):
            found.setdefault(number, []).append((resident_id, name))
    return found


pages = Blueprint("disclosures", __name__)


@pages.get("/disclosures")
@guarded(Permission.SEE_AUDIT, audit=None)
def listed() -> str:
    reader, wanted, after = the_reader(), _narrowed(request.args), read_key(request.args.get("after"))
    query = _query(reader, wanted).limit(PAGE + 1)
    if after is not None:
        query = query.where(tuple_(Disclosure.at, Disclosure.id) < tuple_(after[0], after[2]))
    with parts().database.read() as session:
        rows = list(session.execute(query))
        people = _names(session, reader, [row[0].id for row in rows])
    following = after_key(rows[PAGE - 1][0].at, rows[PAGE - 1][0].id) if len(rows) > PAGE else None
    return render_template(
        "console/records/disclosures.html",
        rows=rows[:PAGE],
        people=people,
        following=following,
        first=after is None,
        kinds=list(RecipientKind),
        given={name: value for name, value in request.args.items() if name != "after" and value},
        timezone=str(parts().settings.zone),
        Words=Words,
    )


@pages.get("/disclosures.<any(csv, xlsx):file_kind>")
@guarded(Permission.SEE_AUDIT, audit=Action.DISCLOSURES_EXPORTED)
def as_file(file_kind: str) -> Response:
    query, spoken, database, as_kind = (
        _query(the_reader(), _narrowed(request.args)),
        language(),
        parts().database,
        FileKind(file_kind),
    )
    say = translator(spoken)
    with database.write() as session:
        note_view(session, zone_id=None, kind=file_kind)
    lines = _lines(database, query, str(parts().settings.zone), say)
    headers = {"Content-Disposition": f"attachment; filename=disclosures-{now():%Y-%m-%d}.{file_kind}"}
    return Response(
        written_table([say(each) for each in COLUMNS], lines, as_kind), content_type=as_kind.content_type, headers=headers
    )


def _lines(
    database: Database, query: Select[Disclosure, str, str, str], usual_zone: str, say: Callable[[str], str]
) -> Iterator[list[str]]:
    """Piece by piece, each by itself: nobody waits for a file that somebody's line takes minutes to carry."""
    place, count = None, 0
    while True:
        piece = query if place is None else query.where(tuple_(Disclosure.at, Disclosure.id) < place)
        with database.read() as session:
            rows = session.execute(piece.limit(PIECE)).all()
        for disclosure, account, zone, timezone in rows:
            yield [
                f"{disclosure.at.astimezone(ZoneInfo(timezone or usual_zone)):%Y-%m-%d %H:%M}",
                label(disclosure.kind).words.say(say),
                disclosure.recipient,
                Words.load(disclosure.what).say(say),
                disclosure.legal_basis,
                str(disclosure.people),
                zone or "",
                account or "",
            ]
        count += len(rows)
        if len(rows) < PIECE:
            return
        if count >= MOST_SAVED:
            yield [words(CUT_OFF, count=MOST_SAVED).say(say)]
            return
        place = (rows[-1][0].at, rows[-1][0].id)


def _form(resident_id: int, given: Mapping[str, str], wrong: Mapping[str, Words]) -> str:
    with parts().database.read() as session:
        resident = _resident(session, resident_id)
    return render_template(
        "console/records/disclosure_form.html",
        resident=resident,
        given=given,
        wrong=wrong,
        kinds=[each for each in RecipientKind if each not in (RecipientKind.FILE, RecipientKind.POLICE)],
        longest={"recipient": LONGEST_RECIPIENT, "what": LONGEST_WHAT, "legal_basis": LONGEST_BASIS},
    )


def _resident(session: Session, resident_id: int) -> Resident:
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


@pages.get("/residents/<int:resident_id>/disclose")
@guarded(Permission.EXPORT_RESIDENT, audit=None)
def form(resident_id: int) -> str:
    return _form(resident_id, MultiDict(), {})


@pages.post("/residents/<int:resident_id>/disclose")
@guarded(Permission.EXPORT_RESIDENT, audit=Action.DISCLOSURE_NOTED)
def note(resident_id: int) -> AnyResponse | tuple[str, int]:
    given = request.form
    try:
        kind, recipient, what, basis = typed(*(given.get(name, "") for name in ("kind", "recipient", "what", "legal_basis")))
    except BadInput as problem:
        return _form(resident_id, given, {problem.field or "": problem.words}), problem.status
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        by, text = the_reader().account_id, words("%(text)s", text=what)
        hand_out(session, HandedOut(kind, text, resident.zone_id, by, recipient, basis), [resident_id], now())
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, kind=kind.value)
    flash(_("The disclosure was recorded."))
    return redirect(url_for("disclosures.listed"), 303)
