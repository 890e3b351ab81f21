"""Clusters (ổ dịch): the list, a new one, and the page of one with its curve, cases, places and orders."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.contacts.chain_rows import Scope, cases_of
from monitor.contacts.clusters import Details, Part, change, checked, join, make, members_of, page_of, part_from
from monitor.contacts.stored_rules import rules_of
from monitor.models.contacts.cases import Cluster, FoundWhere
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.contacts.cluster_parts import numbers_of
from web.console.contacts.curve import curve_of, drawn
from web.console.contacts.scope import Asked, case_address, cluster_here
from web.console.zones_of_reader import zones_of
from web.shared import charts
from web.shared.common import now, say, storable
from web.shared.deed import one_deed
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.labels import LABELS
from web.shared.parts import parts

PAGE = 40
pages = Blueprint("clusters", __name__)


@pages.get("/contacts/clusters")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def listed() -> str:
    with parts().database.read() as session:
        rows = page_of(session, the_reader().zones, _after(request.args.get("after", "")), PAGE + 1)
    following = f"{rows[PAGE - 1].cluster.opened_on}~{rows[PAGE - 1].cluster.id}" if len(rows) > PAGE else None
    return render_template("console/contacts/clusters.html", rows=rows[:PAGE], following=following)


def _after(typed: str) -> tuple[date, int] | None:
    """Where the page before ended. Raises BadInput."""
    if not typed:
        return None
    try:
        day, number = typed.split("~")
        return date.fromisoformat(day), int(number)
    except ValueError:
        raise BadInput(N_("This address is incomplete. Go back to the start of the list.")) from None


@pages.get("/contacts/clusters/new")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def new() -> Response:
    return _form({}, None)


def _form(given: dict[str, str], problem: BadInput | None) -> Response:
    with parts().database.read() as session:
        diseases = sorted({rule.disease for rule in rules_of(session)})
        html = render_template(
            "console/contacts/cluster_new.html",
            given=given,
            problem=say(problem.words) if problem is not None else "",
            field=problem.field if problem is not None else "",
            zones=zones_of(session, the_reader()),
            diseases=diseases,
            token=given.get("token") or secrets.token_urlsafe(16),
            today=_today().isoformat(),
        )
    return make_response(html, 422 if problem is not None else 200)


def _today() -> date:
    return now().astimezone(parts().settings.zone).date()


def _given() -> dict[str, str]:
    return {name: storable(value)[:400] for name, value in request.form.items()}


def _details(given: dict[str, str]) -> Details:
    name, opened, closed, note = (given.get(each, "") for each in ("name", "opened_on", "closed_on", "note"))
    return checked(name, opened, closed, note, _today())


@pages.post("/contacts/clusters")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CLUSTER_CHANGED)
def made() -> Response:
    given = _given()
    try:
        details = _details(given)
        with parts().database.write() as session:
            zone_id = _number(given.get("zone_id", ""))
            if zone_id is None:
                raise BadInput(N_("Choose a zone."), field="zone_id")
            require_zone(the_reader(), zone_id)
            disease = given.get("disease", "")
            if disease not in {rule.disease for rule in rules_of(session)}:
                raise BadInput(N_("Choose a disease."), field="disease")
            token = given.get("token", "")[:64] or secrets.token_urlsafe(16)
            number = make(session, token, details, disease, zone_id, the_reader().account_id, now())
            cluster_here(session, number)
            note_view(session, zone_id=zone_id, cluster=number, what="made")
    except BadInput as problem:
        return _form(given, problem)
    flash(_("The cluster is there. Now add its cases."))
    return redirect(url_for("clusters.one", cluster_id=number), 303)


def _number(typed: str) -> int | None:
    return int(typed) if typed.isdecimal() and len(typed) < 10 else None


@pages.get("/contacts/clusters/<int:cluster_id>")
@guarded(Permission.TRACE_CONTACTS, audit=None)
def one(cluster_id: int) -> str:
    zone, today = parts().settings.zone, _today()
    reader = the_reader()
    with parts().database.read() as session:
        cluster = cluster_here(session, cluster_id)
        scope = Scope(reader.zones, today, today, zone, cluster.id)
        cases = cases_of(session, scope)
        members = members_of(session, cluster.id)
    curve = curve_of(cases)
    return render_template(
        "console/contacts/cluster.html",
        cluster=cluster,
        asked=Asked(scope, cluster),
        cases=cases,
        places=members.places,
        orders=[each for each in members.orders if reader.among({each[4]})],
        may_see_places=reader.may(Permission.MANAGE_PLACES),
        curve=curve,
        bars=drawn(curve),
        charts=charts,
        labels=LABELS[FoundWhere],
        case_address=case_address,
        today=today.isoformat(),
    )


def _deed(cluster_id: int, do: Callable[[Session, Cluster], None], told: str) -> Response:
    return one_deed(lambda session: cluster_here(session, cluster_id), do, told, url_for("clusters.one", cluster_id=cluster_id))


@pages.post("/contacts/clusters/<int:cluster_id>")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CLUSTER_CHANGED)
def changed(cluster_id: int) -> Response:
    given = _given()

    def do(session: Session, cluster: Cluster) -> None:
        change(session, cluster.id, _number(given.get("version", "")) or 0, _details(given))
        note_view(session, zone_id=cluster.zone_id, cluster=cluster.id, what="changed")

    return _deed(cluster_id, do, N_("Saved."))


@pages.post("/contacts/clusters/<int:cluster_id>/join")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CLUSTER_CHANGED)
def joined(cluster_id: int) -> Response:
    given = _given()

    def do(session: Session, cluster: Cluster) -> None:
        part = Part(given["part"]) if given.get("part") in list(Part) else Part.CASE
        numbers = numbers_of(session, part, given.get("typed", ""))
        for number in numbers:
            join(session, cluster.id, part, number, the_reader().account_id, now())
        note_view(session, zone_id=cluster.zone_id, cluster=cluster.id, what=f"{part.value} joined", numbers=numbers)

    return _deed(cluster_id, do, N_("Saved."))


@pages.post("/contacts/clusters/<int:cluster_id>/part")
@guarded(Permission.TRACE_CONTACTS, audit=Action.CLUSTER_CHANGED)
def parted(cluster_id: int) -> Response:
    given = _given()

    def do(session: Session, cluster: Cluster) -> None:
        part, number = given.get("part", ""), _number(given.get("number", ""))
        if part not in list(Part) or number is None:
            raise BadInput(N_("Choose what to take out."))
        part_from(session, cluster.id, Part(part), number)
        note_view(session, zone_id=cluster.zone_id, cluster=cluster.id, what=f"{part} taken out", numbers=[number])

    return _deed(cluster_id, do, N_("Taken out of the cluster."))
