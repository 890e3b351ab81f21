"""The audit trail: who did what, narrowed to a person, days and actions; and as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.clock import read_day
from monitor.models.accounts import Account, AuditEntry
from monitor.problems import BadInput
from monitor.register.criteria import Criteria, Standing
from monitor.register.listing import page_of as people_of
from monitor.sheets import FileKind, written_table
from monitor.trail.actions import Action
from monitor.trail.audit import first_broken
from monitor.trail.reading import Wanted, page_of
from monitor.words import N_, translator, words
from web.console.paging import after_key, read_key
from web.console.records.trail_words import COLUMNS, CUT_OFF, Teller, names_for
from web.shared.common import language, now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.label_tables.trail import ACTIONS
from web.shared.parts import parts

PAGE = 60
PIECE = 1000
MOST_EXPORTED = 100_000
MOST_NAMED = 20
# Reading the whole chain costs a second for each 50,000 entries or so: longer ones are checked when somebody asks.
CHECKED_AT_ONCE = 10_000


@dataclass(frozen=True)
class Typed:
    """The filters as they were typed; empty: none."""

    who: str = ""
    resident: str = ""
    action: str = ""
    since: str = ""
    until: str = ""

    def arguments(self) -> dict[str, str]:
        """As an address has them."""
        return {name: value for name, value in vars(self).items() if value}


def _typed(given: MultiDict[str, str]) -> Typed:
    return Typed(**{name: given.get(name, "").strip()[:120] for name in vars(Typed())})


def _wanted(session: Session, reader: Reader, typed: Typed) -> Wanted:
    """What the filters ask for, within what the reader may see. Raises BadInput for days that are none."""
    wanted = Wanted(zones=reader.zones, action=typed.action or None)
    since, until = _day(typed.since, "since"), _day(typed.until, "until")
    if since is not None:
        wanted = replace(wanted, since=_midnight(since))
    if until is not None:
        wanted = replace(wanted, until=_midnight(until + timedelta(days=1)))
    if typed.who:
        by = select(Account.id).where(func.lower(Account.username) == typed.who.lower())
        wanted = replace(wanted, account_id=session.scalar(by) or 0)
    if typed.resident:
        wanted = replace(wanted, residents=_residents(session, reader, typed.resident))
    return wanted


def _residents(session: Session, reader: Reader, typed: str) -> list[int]:
    """A number, or a name where the reader may see residents."""
    if typed.isascii() and typed.isdecimal() and len(typed) < 10:
        return [int(typed)]
    if not reader.may(Permission.SEE_RESIDENT):
        return []
    zones = None if reader.zones is None else sorted(reader.zones)
    page = people_of(session, Criteria(typed=typed, standing=Standing.ALL), zones, now(), size=MOST_NAMED)
    return [each.resident.id for each in page.entries]


def _day(typed: str, name: str) -> date | None:
    try:
        return read_day(typed) if typed else None
    except ValueError:
        raise BadInput(N_("Enter a day, for example 24/11/2026."), field=name) from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), parts().settings.zone).astimezone(UTC)


def _teller(reader: Reader) -> Teller:
    spoken = language()
    return Teller(translator(spoken), spoken, parts().settings.zone, reader.may(Permission.SEE_RESIDENT))


pages = Blueprint("records", __name__)


@pages.get("/audit")
@guarded(Permission.SEE_AUDIT, audit=None)
def audit_list() -> str:
    after, typed = read_key(request.args.get("after")), _typed(request.args)
    reader = the_reader()
    with parts().database.read() as session:
        wanted = _wanted(session, reader, typed)
        rows = page_of(session, wanted, (after[0], after[2]) if after else None, PAGE + 1)
        following = after_key(rows[PAGE - 1][0].at, rows[PAGE - 1][0].id) if len(rows) > PAGE else None
        rows = rows[:PAGE]
        names = names_for(session, rows, reader)
        length = session.scalar(select(func.max(AuditEntry.id))) or 0
        check = "check" in request.args or (after is None and not typed.arguments() and length <= CHECKED_AT_ONCE)
        broken = first_broken(session) if check else None
    return render_template(
        "console/records/audit.html",
        rows=rows,
        names=names,
        teller=_teller(reader),
        following=following,
        checked=check,
        broken=broken,
        typed=typed,
        actions=sorted(((name, translator(language())(text)) for name, text in ACTIONS.items()), key=lambda each: each[1]),
        first=after is None,
        most=MOST_EXPORTED,
    )


@pages.post("/audit/export")
@guarded(Permission.SEE_AUDIT, audit=Action.TRAIL_EXPORTED)
def exported() -> Response:
    try:
        kind = FileKind(request.form.get("kind", ""))
    except ValueError:
        raise BadInput(N_("Choose CSV or Excel."), field="kind") from None
    reader, typed, at = the_reader(), _typed(request.form), now()
    database, teller = parts().database, _teller(reader)
    with database.write() as session:
        wanted = _wanted(session, reader, typed)
        # Which filters, and not what was typed: it may be a name.
        note_view(session, zone_id=None, filters=sorted(typed.arguments()), kind=kind.value)

    def lines() -> Iterator[list[str]]:
        # Piece by piece, each by itself: nobody waits for a file that somebody's line takes minutes to carry.
        place, count = None, 0
        while True:
            with database.read() as session:
                rows = page_of(session, wanted, place, PIECE)
                names = names_for(session, rows, reader)
            yield from (teller.cells(row, names) for row in rows)
            count += len(rows)
            if len(rows) < PIECE:
                return
            if count >= MOST_EXPORTED:
                yield [words(CUT_OFF, count=MOST_EXPORTED).say(teller.say)]
                return
            place = (rows[-1][0].at, rows[-1][0].id)

    headings = [teller.say(each) for each in COLUMNS]
    headers = {"Content-Disposition": f"attachment; filename=nhat-ky-{at:%Y-%m-%d}.{kind.value}"}
    return Response(written_table(headings, lines(), kind), content_type=kind.content_type, headers=headers)
