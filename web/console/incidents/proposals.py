"""Decisions with legal effect, by two people: what awaits the second, one of them, and the form of the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.enrolment.orders import moment_of
from monitor.folding import folded
from monitor.models.accounts import Account
from monitor.models.legal import LegalDeed, Proposal
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.people.placed import placed
from monitor.problems import BadInput, Conflict, Problem
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.followup.proposals import (
    LONGEST_BASIS,
    LONGEST_REASON,
    LONGEST_RECIPIENT,
    LONGEST_WHAT,
    Wanted,
    confirm,
    decline,
    note_expired,
    propose,
    to_do,
    withdraw,
)
from rollcall.orders.writing import current_order, orders_of
from web.console.incidents.listed import one_incident
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

MOST, MOST_FOUND = 60, 20


@dataclass(frozen=True)
class Listed:
    """A proposal with the names of what it is about."""

    proposal: Proposal
    resident: str
    zone: str
    timezone: str
    proposed_by: str
    decided_by: str | None

    @property
    def new_end(self) -> datetime | None:
        """Of an extension."""
        ends_at: str | None = self.proposal.details.get("ends_at")
        return datetime.fromisoformat(ends_at) if ends_at else None


def _query(reader: Reader) -> Select[Proposal, str, str, str, str, str]:
    proposer, decider = aliased(Account), aliased(Account)
    query = (
        select(Proposal, Resident.full_name, Zone.name, Zone.timezone, proposer.username, decider.username)
        .join(Resident, Resident.id == Proposal.resident_id)
        .join(Zone, Zone.id == Proposal.zone_id)
        .join(proposer, proposer.id == Proposal.proposed_by)
        .outerjoin(decider, decider.id == Proposal.decided_by)
    )
    return query if reader.zones is None else query.where(Proposal.zone_id.in_(reader.zones))


def count_to_do(reader: Reader) -> Select[int]:
    """How many proposals await a second person, or somebody who sees that none came."""
    query = select(func.count()).select_from(Proposal).where(to_do())
    return query if reader.zones is None else query.where(Proposal.zone_id.in_(reader.zones))


pages = Blueprint("proposals", __name__)


@pages.get("/second-person")
@guarded(Permission.DECIDE_BY_TWO, audit=None)
def listed() -> str:
    reader, decided = the_reader(), request.args.get("state") == "decided"
    query = _query(reader).where(~to_do() if decided else to_do()).limit(MOST)
    order = (Proposal.proposed_at.desc(), Proposal.id.desc()) if decided else (Proposal.expires_at, Proposal.id)
    with parts().database.read() as session:
        rows = [Listed(*row) for row in session.execute(query.order_by(*order))]
    return render_template("console/incidents/proposals.html", rows=rows, decided=decided, more=len(rows) == MOST)


def _one(session: Session, proposal_id: int) -> Listed:
    row = session.execute(_query(the_reader()).where(Proposal.id == proposal_id)).first()
    require_zone(the_reader(), row[0].zone_id if row else None)
    assert row is not None
    return Listed(*row)


def _page(proposal_id: int, wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        one = _one(session, proposal_id)
    return render_template(
        "console/incidents/proposal.html",
        one=one,
        each=one.proposal,
        wrong=wrong.words if wrong else None,
        longest=LONGEST_REASON,
    )


@pages.get("/second-person/<int:proposal_id>")
@guarded(Permission.DECIDE_BY_TWO, audit=None)
def show(proposal_id: int) -> str:
    return _page(proposal_id)


@pages.post("/second-person/<int:proposal_id>/decide")
@guarded(Permission.DECIDE_BY_TWO, audit=Action.PROPOSAL_CONFIRMED)
def decide(proposal_id: int) -> Response | tuple[str, int]:
    said, reason = request.form.get("say"), request.form.get("decision", "")
    try:
        if said not in ("yes", "no"):
            raise BadInput(N_("Choose whether to confirm or to decline."), field="say")
        with parts().database.write() as session:
            (confirm if said == "yes" else decline)(session, proposal_id, the_reader(), reason, now())
    except (BadInput, Conflict) as problem:
        return _page(proposal_id, problem), problem.status
    flash(_("Confirmed: it is in effect.") if said == "yes" else _("Declined: nothing was done."))
    return redirect(url_for("proposals.listed"), 303)


@pages.post("/second-person/<int:proposal_id>/withdraw")
@guarded(Permission.DECIDE_BY_TWO, audit=Action.PROPOSAL_WITHDRAWN)
def take_back(proposal_id: int) -> Response:
    with parts().database.write() as session:
        withdraw(session, proposal_id, the_reader(), now())
    flash(_("Your proposal was withdrawn."))
    return redirect(url_for("proposals.listed"), 303)


@pages.post("/second-person/<int:proposal_id>/seen")
@guarded(Permission.DECIDE_BY_TWO, audit=Action.PROPOSAL_SEEN)
def seen(proposal_id: int) -> Response:
    with parts().database.write() as session:
        note_expired(session, proposal_id, the_reader(), now())
    flash(_("Noted. If it is still right, propose it again."))
    return redirect(url_for("proposals.listed"), 303)


def _resident(session: Session, resident_id: int) -> Resident:
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


def _form(resident_id: int, given: Mapping[str, str], wrong: Problem | None = None) -> str:
    with parts().database.read() as session:
        resident = _resident(session, resident_id)
        zone = session.get_one(Zone, resident.zone_id)
        order = current_order(orders_of(session, resident_id), now())
        waiting = [
            Listed(*row)
            for row in session.execute(
                _query(the_reader()).where(Proposal.resident_id == resident_id).order_by(Proposal.id.desc()).limit(MOST_FOUND)
            )
        ]
    field = wrong.field if isinstance(wrong, BadInput) else None
    said: dict[str, Words] = {field or "": wrong.words} if wrong else {}
    longest = {"reason": LONGEST_REASON, "legal_basis": LONGEST_BASIS, "recipient": LONGEST_RECIPIENT, "what": LONGEST_WHAT}
    return render_template(
        "console/incidents/propose.html",
        resident=resident,
        zone=zone,
        order=order,
        before=waiting,
        deeds=[each for each in LegalDeed if each is not LegalDeed.IDENTIFICATION or given.get("incident")],
        LegalDeed=LegalDeed,
        given=given,
        wrong=said,
        longest=longest,
    )


@pages.get("/residents/<int:resident_id>/two")
@guarded(Permission.DECIDE_BY_TWO, audit=None)
def form(resident_id: int) -> str:
    return _form(resident_id, request.args)


@pages.post("/residents/<int:resident_id>/two")
@guarded(Permission.DECIDE_BY_TWO, audit=Action.PROPOSAL_MADE)
def make(resident_id: int) -> Response | tuple[str, int]:
    given = request.form
    try:
        with parts().database.write() as session:
            resident = _resident(session, resident_id)
            zone = session.get_one(Zone, resident.zone_id)
            propose(session, resident, _wanted(given, zone.timezone), the_reader(), now())
    except (BadInput, Conflict) as problem:
        return _form(resident_id, given, problem), problem.status
    flash(_("Proposed. It takes effect when a second person confirms it."))
    return redirect(url_for("proposals.listed"), 303)


def _wanted(given: MultiDict[str, str], timezone: str) -> Wanted:
    """The form. Raises BadInput."""
    try:
        deed = LegalDeed(given.get("deed", ""))
    except ValueError:
        raise BadInput(N_("Choose what is proposed."), field="deed") from None
    ends_at = None
    if deed is LegalDeed.EXTENSION:
        ends_at = moment_of(given.get("ends_at", ""), timezone, "ends_at", whole_day=True)
    return Wanted(
        deed,
        given.get("reason", ""),
        given.get("legal_basis", ""),
        incident_id=given.get("incident", type=int),
        recipient=given.get("recipient", ""),
        what=given.get("what", ""),
        ends_at=ends_at,
        order_id=given.get("order", type=int),
        seen=given.get("version", type=int),
    )


@pages.get("/incidents/<int:incident_id>/who")
@guarded(Permission.DECIDE_BY_TWO, audit=Action.PERSON_SEARCHED)
def who(incident_id: int) -> str:
    """Who is seen in the recording of an incident: chosen by name among the people of its zone, then proposed."""
    typed = request.args.get("name", "").strip()[:120]
    with parts().database.write() as session:
        one = one_incident(session, the_reader(), incident_id)
        found: Sequence[Resident] = []
        if typed:
            found = session.scalars(
                select(Resident)
                .where(Resident.zone_id == one.incident.zone_id, placed(), Resident.name_folded.like(f"%{_plain(typed)}%"))
                .order_by(Resident.sort_key, Resident.id)
                .limit(MOST_FOUND)
            ).all()
        audit.note(
            session,
            Action.PERSON_SEARCHED,
            at=now(),
            account_id=the_reader().account_id,
            zone_id=one.incident.zone_id,
            incident_id=incident_id,
        )
    return render_template("console/incidents/who.html", one=one, incident=one.incident, found=found, typed=typed)


def _plain(typed: str) -> str:
    return folded(typed).replace("%", "").replace("_", "")
