"""What people ask about their data: the list with what is nearly due first, one request, its answer; and writing one down for somebody."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import aliased
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.database.together import Reading, asked, read
from monitor.models.accounts import Account
from monitor.models.people.residents import Resident
from monitor.models.people.rights import RequestKind, RequestOutcome, RightsRequest
from monitor.models.places import Zone
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.rights.data_requests import BY_FORM, LONGEST, Asked, answer_request, take_request
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

MOST = 100
Listed = Row[RightsRequest, str, str, str, str, str]


def _listed(reader: Reader, *only: ColumnElement[bool]) -> Reading[list[Listed]]:
    """(request, resident's name, zone's name, time zone, who wrote it down, who answered): what is nearly due first."""
    entered, answered = aliased(Account), aliased(Account)
    query = (
        select(RightsRequest, Resident.full_name, Zone.name, Zone.timezone, entered.username, answered.username)
        .join(Resident, Resident.id == RightsRequest.resident_id)
        .join(Zone, Zone.id == RightsRequest.zone_id)
        .outerjoin(entered, entered.id == RightsRequest.entered_by)
        .outerjoin(answered, answered.id == RightsRequest.answered_by)
        .where(*only)
        .order_by(
            RightsRequest.answered_at.is_not(None), RightsRequest.answered_at.desc(), RightsRequest.due_at, RightsRequest.id
        )
        .limit(MOST)
    )
    if reader.zones is not None:
        query = query.where(RightsRequest.zone_id.in_(reader.zones))
    return (yield from asked(query))


def count_unanswered(reader: Reader) -> Select[int]:
    """How many requests in the reader's zones wait for an answer."""
    query = select(func.count()).select_from(RightsRequest).where(RightsRequest.answered_at.is_(None))
    if reader.zones is not None:
        query = query.where(RightsRequest.zone_id.in_(reader.zones))
    return query


def requests_of(reader: Reader, resident_id: int) -> Reading[list[Listed]]:
    """Those of one person."""
    return _listed(reader, RightsRequest.resident_id == resident_id)


pages = Blueprint("data_requests", __name__)


@pages.get("/requests")
@guarded(Permission.SEE_RESIDENT, audit=None)
def listed() -> str:
    answered = request.args.get("state") == "answered"
    with parts().database.read() as session:
        wanted = RightsRequest.answered_at.is_not(None) if answered else RightsRequest.answered_at.is_(None)
        rows = read(session, _listed(the_reader(), wanted))
    lacking = parts().settings.holidays.lacks(now().astimezone(parts().settings.zone).date())
    return render_template("console/records/data_requests.html", rows=rows, answered=answered, lacking=lacking)


@pages.get("/requests/<int:request_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def one(request_id: int) -> str:
    with parts().database.read() as session:
        rows = read(session, _listed(the_reader(), RightsRequest.id == request_id))
        require_zone(the_reader(), rows[0][0].zone_id if rows else None)
    return render_template(
        "console/records/data_request.html",
        row=rows[0],
        outcomes=list(RequestOutcome),
        longest=LONGEST,
        RequestKind=RequestKind,
    )


@pages.post("/requests/<int:request_id>/answer")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.REQUEST_ANSWERED)
def answer(request_id: int) -> Response:
    try:
        outcome = RequestOutcome(request.form.get("outcome", ""))
    except ValueError:
        raise BadInput(N_("Choose the result."), field="outcome") from None
    with parts().database.write() as session:
        _answered, leaves = answer_request(session, request_id, the_reader(), outcome, request.form.get("answer", ""), now())
    if leaves:
        flash(_("The answer is on the person’s page, and a message says so."))
    else:
        flash(_("The answer is on the person’s page. No message can be sent: please tell them yourself."), "problem")
    return redirect(url_for("data_requests.one", request_id=request_id), 303)


@pages.post("/residents/<int:resident_id>/requests")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.REQUEST_MADE)
def write_down(resident_id: int) -> Response:
    try:
        kind = RequestKind(request.form.get("kind", ""))
    except ValueError:
        kind = RequestKind.WITHDRAW
    if kind not in BY_FORM:
        raise BadInput(N_("Choose what the person asks for."), field="kind")
    form, reader = request.form, the_reader()
    asked = Asked(kind, form.get("text", ""), form.get("asked_by", ""), reader.account_id)
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        require_zone(reader, resident.zone_id if resident else None)
        written = take_request(session, resident_id, asked, parts().settings.holidays, now())
    flash(_("The request was saved."))
    return redirect(url_for("data_requests.one", request_id=written.id), 303)
