"""The table of warning signs: read by everybody who works here, changed by supervisors and administrators, with all its versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.incidents.triage import LIMITED, RANK, SIGNS, Risk, Rule, Table
from monitor.incidents.triage_table import LONGEST_WHY, in_force, save, shipped, table_of
from monitor.models.accounts import Account
from monitor.models.incidents import Urgency
from monitor.models.triage import TriageTable
from monitor.problems import BadInput, Forbidden, NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST_VERSIONS = 50
URGENCIES = sorted(Urgency, key=lambda each: -RANK[each])
_OUT_OF_DATE = N_("The form is out of date. Please reload the page.")

pages = Blueprint("triage", __name__)


def _may_change() -> bool:
    """The table holds for the whole province."""
    reader = the_reader()
    return reader.may(Permission.MANAGE_TRIAGE) and reader.zones is None


def _versions(session: Session) -> list[Row[TriageTable, str]]:
    query = (
        select(TriageTable, Account.username)
        .join(Account, Account.id == TriageTable.made_by)
        .order_by(TriageTable.id.desc())
        .limit(MOST_VERSIONS)
    )
    return list(session.execute(query))


def _page(session: Session, table: Table, *, changes: bool, problem: BadInput | None = None) -> str:
    timezone = str(parts().settings.zone)
    return render_template(
        "console/incidents/triage.html",
        table=table,
        holds=in_force(session, now()).version,
        shipped=shipped().version,
        signs=SIGNS,
        limited=LIMITED,
        urgencies=URGENCIES,
        risks=list(Risk),
        versions=_versions(session),
        may_change=changes and _may_change(),
        timezone=timezone,
        from_=request.form.get("valid_from") or now().astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%dT%H:%M"),
        why=request.form.get("why", ""),
        longest_why=LONGEST_WHY,
        problem=problem.words if problem else None,
        wrong=problem.field if problem else None,
    )


@pages.get("/triage")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def show() -> str:
    with parts().database.read() as session:
        return _page(session, in_force(session, now()), changes=True)


@pages.get("/triage/<version>")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def version(version: str) -> str:
    with parts().database.read() as session:
        if version.isascii() and version.isdigit() and len(version) < 10:
            row = session.get(TriageTable, int(version))
            if row is None:
                raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
            return _page(session, table_of(row), changes=False)
        # What an earlier release shipped stands in that release only; the newest is shown, with its own name.
        return _page(session, shipped(), changes=False)


@pages.post("/triage")
@guarded(Permission.MANAGE_TRIAGE, audit=Action.TRIAGE_CHANGED)
def change() -> Response | tuple[str, int]:
    if not _may_change():
        raise Forbidden(N_("Your account covers some zones only, so it cannot change the province’s table."))
    form, at = request.form, now()
    with parts().database.read() as session:
        before = in_force(session, at)
    table = before
    try:
        table = _read(form, before)
        valid_from = _moment(form.get("valid_from", ""), at)
        with parts().database.write() as session:
            row = save(
                session, table, valid_from=valid_from, why=form.get("why", ""), account_id=the_reader().account_id, now=at
            )
            note_view(session, zone_id=None, version=row.id, valid_from=row.valid_from.isoformat(), reason=row.why)
    except BadInput as problem:
        with parts().database.read() as session:
            return _page(session, table, changes=True, problem=problem), problem.status
    flash(_("The new version was saved. Earlier decisions stay as they were."))
    return redirect(url_for("triage.show"), 303)


def _read(form: MultiDict[str, str], before: Table) -> Table:
    """The table that the form holds. Signs and their order are those of the version that was shown. Raises BadInput."""
    if form.get("version") != before.version:
        raise BadInput(N_("Someone changed the table meanwhile. Reload the page to see it as it is now."), field="version")
    minutes = {each: (_number(form, f"minutes-{each}-usual"), _number(form, f"minutes-{each}-risk")) for each in before.minutes}
    return replace(
        before,
        rules=tuple(_rule(form, number, each) for number, each in enumerate(before.rules)),
        risks=frozenset(each for each in Risk if each in form.getlist("risks")),
        old_from=_number(form, "old_from"),
        minutes=minutes,
    )


def _rule(form: MultiDict[str, str], number: int, before: Rule) -> Rule:
    try:
        usual, at_risk = Urgency(form[f"usual-{number}"]), Urgency(form[f"risk-{number}"])
        limit = None if before.limit is None else float(form[f"limit-{number}"].replace(",", "."))
    except (KeyError, ValueError):
        raise BadInput(_OUT_OF_DATE, field=f"rule-{number}") from None
    return Rule(before.sign, usual, at_risk, limit)


def _number(form: MultiDict[str, str], field: str) -> int:
    try:
        return int(form[field])
    except (KeyError, ValueError):
        raise BadInput(N_("Please enter a whole number."), field=field) from None


def _moment(typed: str, at: datetime) -> datetime:
    """When a version is to hold from, on the province's clock; nothing: now."""
    if not typed.strip():
        return at
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=parts().settings.zone)
    except ValueError:
        raise BadInput(N_("Please enter a day and a time."), field="valid_from") from None
