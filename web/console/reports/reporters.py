"""Reporters: the list, one of them, its link, its counts; communes entered from the administrative units by one button."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.folding import folded
from monitor.models.accounts import Account
from monitor.models.control_points import ControlPlace
from monitor.models.reporters import CollectedEntry, Reporter, ReporterKind
from monitor.places.units.search import UnitKey, unit_of
from monitor.problems import BadInput, Conflict, NotFound, Problem
from monitor.reports.collected.communes import province_stated
from monitor.reports.collected.counts import history_of, keep_count, read_count
from monitor.reports.collected.reporters import (
    TWICE,
    add_reporter,
    change_reporter,
    close_reporter,
    ended_communes,
    in_units,
    new_link,
    read_reporter,
    reporter_seen,
    seed_communes,
)
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.channels.names import channel_names
from rollcall.reporting.links import send_link
from web.console.reports.sight import reporter_here, require_province, units_here
from web.shared.common import now, storable
from web.shared.deed import one_deed
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code
from web.shared.staff_words import say_to_staff
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

PAGE, DAYS_SHOWN, MOST_SENT = 100, 14, 500

pages = Blueprint("reporters", __name__)


@dataclass(frozen=True)
class Problems:
    """What is wrong with a form: the sentence above it, and which field it is about."""

    problem: Problem | None = None
    form: str = ""

    @property
    def wrong(self) -> dict[str, object]:
        """By field, for the macros of fields."""
        found = self.problem
        return {found.field: found.words} if isinstance(found, BadInput) and found.field else {}


@pages.get("/reporters")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def listed() -> str:
    kind, typed = request.args.get("kind", ""), request.args.get("q", "").strip()[:120]
    start = request.args.get("start", 0, type=int)
    query = select(Reporter).order_by(Reporter.closed_at.is_not(None), Reporter.folded, Reporter.id)
    if kind in tuple(ReporterKind):
        query = query.where(Reporter.kind == ReporterKind(kind))
    for word in folded(typed).split():
        query = query.where(Reporter.folded.contains(f" {word}", autoescape=True))
    if request.args.get("link") == "none":
        query = query.where(Reporter.key.is_(None), Reporter.closed_at.is_(None))
    with parts().database.read() as session:
        where = in_units(units_here(session))
        query = query if where is None else query.where(where)
        rows = session.scalars(query.offset(max(0, start)).limit(PAGE + 1)).all()
        ended = ended_communes(session) if the_reader().zones is None else ()
    return render_template(
        "console/reports/reporters.html",
        rows=rows[:PAGE],
        following=start + PAGE if len(rows) > PAGE else None,
        start=start,
        kinds=list(ReporterKind),
        given={"kind": kind, "q": typed, "link": request.args.get("link", "")},
        for_all=the_reader().zones is None,
        seedable=province_stated() is not None,
        ended=ended,
    )


@pages.post("/reporters/seed")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTER_CHANGED)
def seeded() -> AnyResponse:
    """A reporter for each commune of the province; those that are there stay as they are."""
    require_province()
    province = province_stated()
    if province is None:
        flash(_("Say in the set-up which province this is; then its communes can be entered."), "problem")
        return redirect(url_for("reporters.listed"), 303)
    with parts().database.write() as session:
        new = seed_communes(session, province, now())
        note_view(session, zone_id=None, what="communes entered", count=new)
    flash(ngettext("%(num)s commune was entered.", "%(num)s communes were entered.", new))
    return redirect(url_for("reporters.listed"), 303)


@pages.get("/reporters/new")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def new() -> Response:
    return _form({"kind": ReporterKind.ENTERPRISE.value, "language": "vi"}, None)


@pages.get("/reporters/<int:reporter_id>")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def one(reporter_id: int) -> Response:
    return _form(None, reporter_id)


def _given(session: Session, reporter: Reporter) -> dict[str, str]:
    key = UnitKey(reporter.unit_code, reporter.unit_from) if reporter.unit_code and reporter.unit_from else None
    unit = unit_of(session, key)
    named = unit.written("vi") if unit is not None else ""
    return {
        "kind": reporter.kind.value,
        "name": reporter.name,
        "unit": named,
        "unit_asked": named,
        "unit_key": str(key) if key else "",
        "contact_name": reporter.contact_name,
        "phone": reporter.contact_phone,
        "email": reporter.contact_email,
        "language": reporter.language,
        "place": str(reporter.control_place_id or ""),
        "version": str(reporter.version),
    }


def _form(
    given: dict[str, str] | None,
    reporter_id: int | None,
    problems: Problems = Problems(),
    *,
    counted: dict[str, str] | None = None,
    link: str = "",
) -> Response:
    with parts().database.read() as session:
        reporter = reporter_here(session, reporter_id) if reporter_id is not None else None
        shown = given if given is not None else _given(session, reporter) if reporter is not None else {}
        counts = history_of(session, reporter.id) if reporter is not None else ()
        entries = _entries(session, reporter.id) if reporter is not None else ()
        names = _names(session, [each.entered_by for each in (*counts, *entries)])
        html = render_template(
            "console/reports/reporter.html",
            reporter=reporter,
            given=shown,
            asked=typed_unit(session, shown) if problems.form == "details" else TypedUnit(),
            kinds=list(ReporterKind),
            wrong=problems.wrong if problems.form == "details" else {},
            count_wrong=problems.wrong if problems.form == "count" else {},
            counted=counted or {},
            problem=say_to_staff(problems.problem.words) if problems.problem is not None else None,
            counts=counts,
            entries=entries,
            names=names,
            link=link,
            code=qr_code(link) if link else "",
            today=now().astimezone(parts().settings.zone).date().isoformat(),
            timezone=str(parts().settings.zone),
        )
    return make_response(html, problems.problem.status if problems.problem is not None else 200)


def _entries(session: Session, reporter_id: int) -> list[CollectedEntry]:
    rows = select(CollectedEntry).where(CollectedEntry.reporter_id == reporter_id)
    return list(session.scalars(rows.order_by(CollectedEntry.day.desc()).limit(DAYS_SHOWN)))


def _names(session: Session, accounts: list[int | None]) -> dict[int, str]:
    known = {each for each in accounts if each is not None}
    if not known:
        return {}
    return {row.id: row.username for row in session.execute(select(Account.id, Account.username).where(Account.id.in_(known)))}


@pages.post("/reporters")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTER_CHANGED)
def saved() -> Response | AnyResponse:
    given = {name: storable(value) for name, value in request.form.items()}
    known = request.form.get("id", type=int)
    try:
        with parts().database.write() as session:
            place = typed_unit(session, given)
            if (fault := fault_of(place)) is not None:
                raise BadInput(fault.template, field="unit", **fault.values)
            units = units_here(session)
            if units is not None and (place.key is None or (place.key.code, place.key.valid_from) not in units):
                raise BadInput(N_("Choose a unit of your own zones."), field="unit")
            details = read_reporter(
                given.get("kind", ""),
                given.get("name", ""),
                place.key,
                given.get("contact_name", ""),
                given.get("phone", ""),
                given.get("email", ""),
                given.get("language", ""),
            )
            if known is None:
                known_id = add_reporter(session, details, now())
                if known_id is None:
                    raise BadInput(TWICE, field="name")
            else:
                known_id = reporter_here(session, known).id
                change_reporter(session, known_id, _version(given), details, _place(session, given.get("place", "")))
            note_view(session, zone_id=None, reporter=known_id)
    except NotFound:
        raise
    except (BadInput, Conflict) as problem:
        return _form(given, known, Problems(problem, "details"))
    flash(_("Saved."))
    return redirect(url_for("reporters.one", reporter_id=known_id), 303)


def _version(given: dict[str, str]) -> int:
    return int(given["version"]) if given.get("version", "").isdecimal() else 0


def _place(session: Session, typed: str) -> int | None:
    """A control point as it was typed: its number. Raises BadInput."""
    number = typed.strip()
    if not number:
        return None
    known = session.get(ControlPlace, int(number)) if number.isdecimal() and len(number) < 10 else None
    if known is None:
        raise BadInput(
            N_("There is no control point with this number. Look it up on the page of control points."), field="place"
        )
    return known.id


def _deed(reporter_id: int, do: Callable[[Session, Reporter], None], told: str) -> AnyResponse:
    return one_deed(
        lambda session: reporter_here(session, reporter_id), do, told, url_for("reporters.one", reporter_id=reporter_id)
    )


@pages.post("/reporters/<int:reporter_id>/close")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTER_CHANGED)
def closed(reporter_id: int) -> AnyResponse:
    again = request.form.get("again") == "yes"

    def do(session: Session, reporter: Reporter) -> None:
        close_reporter(session, reporter.id, request.form.get("version", 0, type=int), None if again else now())
        note_view(session, zone_id=None, reporter=reporter_id, what="opened again" if again else "closed")

    return _deed(reporter_id, do, N_("Saved."))


@pages.post("/reporters/<int:reporter_id>/count")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTER_COUNTED)
def count(reporter_id: int) -> Response | AnyResponse:
    """Smartphone users, people and places known, with day and source; a further row each time."""
    given = {name: storable(value) for name, value in request.form.items()}
    today = now().astimezone(parts().settings.zone).date()
    try:
        with parts().database.write() as session:
            reporter = reporter_here(session, reporter_id)
            details = read_count(
                given.get("people", ""),
                given.get("smartphone_users", ""),
                given.get("places_known", ""),
                given.get("source", ""),
                given.get("counted_on", ""),
                today,
            )
            if details is None:
                raise BadInput(N_("Enter at least one number."), field="smartphone_users")
            kept = keep_count(session, reporter.id, details, the_reader().account_id, now())
            note_view(session, zone_id=None, reporter=reporter_id, kept=kept)
    except BadInput as problem:
        return _form(None, reporter_id, Problems(problem, "count"), counted=given)
    flash(_("Saved. It counts from that day on.") if kept else _("This is what stood there already."))
    return redirect(url_for("reporters.one", reporter_id=reporter_id), 303)


def _before() -> str:
    return f"{parts().settings.public_address}/r/"


@pages.post("/reporters/<int:reporter_id>/link")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTER_LINK_MADE)
def link(reporter_id: int) -> Response | AnyResponse:
    """A new link, shown this once to be printed, or sent; the one before opens nothing from now on."""
    by = request.form.get("by", "shown")
    try:
        with parts().database.write() as session:
            reporter = reporter_here(session, reporter_id)
            if reporter.closed_at is not None:
                raise Conflict(N_("This reporter is closed. Open it again first."))
            if by == "sent":
                send_link(session, reporter, _before(), channel_names(parts().settings), now())
                made = ""
            else:
                made = _before() + new_link(session, reporter, now())
            note_view(session, zone_id=None, reporter=reporter_id, by=by if by == "sent" else "shown")
    except Conflict as problem:
        flash(say_to_staff(problem.words), "problem")
        return redirect(url_for("reporters.one", reporter_id=reporter_id), 303)
    if made:
        return _form(None, reporter_id, link=made)
    flash(_("The link is on its way. Earlier links are no longer good."))
    return redirect(url_for("reporters.one", reporter_id=reporter_id), 303)


@pages.post("/reporters/links")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORTER_LINK_MADE)
def links() -> str | AnyResponse:
    """Links for those who have none yet: sent to all who can be written to, or a page to print for the others."""
    available = channel_names(parts().settings)
    printing = request.form.get("by") == "print"
    printed: list[dict[str, object]] = []
    sent = 0
    with parts().database.write() as session:
        query = (
            select(Reporter).where(Reporter.key.is_(None), Reporter.closed_at.is_(None)).order_by(Reporter.folded, Reporter.id)
        )
        where = in_units(units_here(session))
        query = query if where is None else query.where(where)
        for reporter in session.scalars(query.limit(PAGE if printing else MOST_SENT)).all():
            if printing:
                address = _before() + new_link(session, reporter, now())
                printed.append({"name": reporter.name, "address": address, "code": qr_code(address)})
                continue
            try:
                send_link(session, reporter_seen(session, reporter.id), _before(), available, now())
            except Conflict:
                continue
            sent += 1
        note_view(session, zone_id=None, by="printed" if printing else "sent", count=len(printed) or sent)
    if printing and printed:
        return render_template("console/reports/links_printed.html", links=printed)
    flash(ngettext("%(num)s link is on its way.", "%(num)s links are on their way.", sent))
    return redirect(url_for("reporters.listed", link="none"), 303)
