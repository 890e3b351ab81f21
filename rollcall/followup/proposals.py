"""Decisions with legal effect: proposed by one, in effect by the word of a second, different person; which nothing does by itself.

A proposal is confirmed, declined, withdrawn or runs out, once; each is a conditional update, and stands in the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, ColumnElement, literal_column, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.statements import changed, changed_values
from monitor.models.incidents import Incident
from monitor.models.legal import LegalDeed, Proposal, ProposalState, RecipientKind
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.people.order_deeds import Deed, check_new_end
from monitor.personal_data.disclosures import HandedOut, hand_out
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words
from rollcall.orders.orders import Asked, act
from rollcall.orders.writing import orders_of, term_of

WAITS = timedelta(days=3)
"""So long a second person has; then it is over, and stays on the list until somebody has seen that."""
LONGEST_REASON, LONGEST_BASIS, LONGEST_RECIPIENT, LONGEST_WHAT = 2000, 300, 200, 1000
DECIDED_ALREADY = N_("This proposal is not waiting any more. Reload the page to see the decision.")


@dataclass(frozen=True)
class Wanted:
    """What a form proposes. incident_id: what it is about. recipient, what: of what is handed over. ends_at: of an extension."""

    deed: LegalDeed
    reason: str
    legal_basis: str
    incident_id: int | None = None
    recipient: str = ""
    what: str = ""
    ends_at: datetime | None = None
    order_id: int | None = None
    seen: int | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def why_not_decide(state: ProposalState, proposed_by: int, expires_at: datetime, account_id: int, now: datetime) -> str | None:
    """Why somebody may not confirm or decline a proposal, as a template; None: they may."""
    if state is not ProposalState.WAITING:
        return DECIDED_ALREADY
    if account_id == proposed_by:
        return N_("You proposed this yourself. A different person must confirm or decline it.")
    if now >= expires_at:
        return N_("The time for this proposal is over. If it is still right, propose it again.")
    return None


def why_not_withdraw(state: ProposalState, proposed_by: int, account_id: int) -> str | None:
    """Why somebody may not withdraw a proposal, as a template; None: they may."""
    if state is not ProposalState.WAITING:
        return DECIDED_ALREADY
    return None if account_id == proposed_by else N_("Only the person who proposed this can withdraw it.")


def checked(wanted: Wanted) -> Wanted:
    """Without spaces around. Raises BadInput, with the form's field."""
    reason, basis = wanted.reason.strip(), wanted.legal_basis.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput(N_("Please write what happened, in 1 to 2,000 characters."), field="reason")
    if not 1 <= len(basis) <= LONGEST_BASIS:
        raise BadInput(N_("Please name the legal basis, in 1 to 300 characters."), field="legal_basis")
    recipient, what = wanted.recipient.strip(), wanted.what.strip()
    if wanted.deed is LegalDeed.POLICE:
        if not 1 <= len(recipient) <= LONGEST_RECIPIENT:
            raise BadInput(N_("Please write who receives it, in 1 to 200 characters."), field="recipient")
        if not 1 <= len(what) <= LONGEST_WHAT:
            raise BadInput(N_("Please write what is handed over, in 1 to 1,000 characters."), field="what")
    if wanted.deed is LegalDeed.EXTENSION and (wanted.ends_at is None or wanted.order_id is None):
        raise BadInput(N_("Please choose the new end."), field="ends_at")
    if wanted.deed is LegalDeed.IDENTIFICATION and wanted.incident_id is None:
        raise BadInput(N_("Open the incident with the recording, and choose there who is seen."), field="incident")
    return Wanted(**{**vars(wanted), "reason": reason, "legal_basis": basis, "recipient": recipient, "what": what})


def propose(session: Session, resident: Resident, wanted: Wanted, reader: Reader, now: datetime) -> Proposal:
    """Ask for a second person, in the caller's write transaction. Raises BadInput, Forbidden, NotFound, and Conflict where the same waits."""
    _require_may(reader, resident.zone_id)
    wanted = checked(wanted)
    if wanted.incident_id is not None:
        incident = session.get(Incident, wanted.incident_id)
        if incident is None or not reader.may(Permission.SEE_RESIDENT, incident.zone_id):
            raise NotFound(N_("This incident does not exist (any more)."))
    if wanted.deed is LegalDeed.EXTENSION:
        _check_extension(session, resident, wanted, now)
    proposal = Proposal(
        deed=wanted.deed,
        zone_id=resident.zone_id,
        resident_id=resident.id,
        about=_about(wanted),
        details=_details(wanted),
        reason=wanted.reason,
        legal_basis=wanted.legal_basis,
        proposed_by=reader.account_id,
        proposed_at=now,
        expires_at=now + WAITS,
    )
    session.add(proposal)
    try:
        session.flush()
    except IntegrityError:
        raise Conflict(N_("The same has been proposed already and waits for a second person.")) from None
    _note(session, Action.PROPOSAL_MADE, proposal, reader.account_id, now)
    return proposal


def _about(wanted: Wanted) -> str:
    if wanted.deed is LegalDeed.EXTENSION:
        return f"order-{wanted.order_id}"
    return f"incident-{wanted.incident_id}" if wanted.incident_id is not None else ""


def _details(wanted: Wanted) -> dict[str, Any]:
    details: dict[str, Any] = dict(wanted.more)
    if wanted.incident_id is not None:
        details["incident_id"] = wanted.incident_id
    if wanted.deed is LegalDeed.POLICE:
        details |= {"recipient": wanted.recipient, "what": wanted.what}
    if wanted.deed is LegalDeed.EXTENSION and wanted.ends_at is not None:
        details |= {"order_id": wanted.order_id, "ends_at": wanted.ends_at.isoformat(), "version": wanted.seen}
    return details


def _check_extension(session: Session, resident: Resident, wanted: Wanted, now: datetime) -> None:
    known = orders_of(session, resident.id)
    order = next((each for each in known if each.id == wanted.order_id), None)
    if order is None or wanted.ends_at is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    others = [term_of(each) for each in known if each is not order]
    check_new_end(Deed.EXTEND, term_of(order), wanted.ends_at, others, now)


def confirm(session: Session, proposal_id: int, reader: Reader, reason: str, now: datetime) -> Proposal:
    """A second person puts it into effect, in the caller's write transaction.

    Raises NotFound, Forbidden, BadInput without a reason, and Conflict: somebody was faster, its time is over, or what it changes was changed.
    """
    proposal = _decide(session, proposal_id, reader, reason, ProposalState.CONFIRMED, now)
    _note(session, Action.PROPOSAL_CONFIRMED, proposal, reader.account_id, now)
    if proposal.deed is LegalDeed.POLICE:
        handed = HandedOut(
            RecipientKind.POLICE,
            words("%(text)s", text=proposal.details["what"]),
            proposal.zone_id,
            reader.account_id,
            proposal.details["recipient"],
            proposal.legal_basis,
            key=f"proposal-{proposal.id}",
        )
        hand_out(session, handed, [proposal.resident_id], now)
    if proposal.deed is LegalDeed.EXTENSION:
        details = proposal.details
        order = session.get_one(QuarantineOrder, details["order_id"])
        asked = Asked(
            Deed.EXTEND,
            proposal.reason,
            seen=details["version"],
            ends_at=datetime.fromisoformat(details["ends_at"]),
            by_two=True,
        )
        act(session, order.id, asked, reader.account_id, now)
    return proposal


def decline(session: Session, proposal_id: int, reader: Reader, reason: str, now: datetime) -> Proposal:
    """A second person says no, with a reason, in the caller's write transaction. Raises as `confirm`."""
    proposal = _decide(session, proposal_id, reader, reason, ProposalState.DECLINED, now)
    _note(session, Action.PROPOSAL_DECLINED, proposal, reader.account_id, now)
    return proposal


def _decide(session: Session, proposal_id: int, reader: Reader, reason: str, state: ProposalState, now: datetime) -> Proposal:
    proposal = proposal_of(session, reader, proposal_id)
    _require_may(reader, proposal.zone_id)
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise BadInput(N_("Please give your reason in 1 to 2,000 characters."), field="decision")
    refused = why_not_decide(proposal.state, proposal.proposed_by, proposal.expires_at, reader.account_id, now)
    if refused is not None:
        raise Conflict(refused)
    values: dict[str, object] = {"state": state, "decided_by": reader.account_id, "decided_at": now, "decision": reason}
    _move(session, proposal, values, Proposal.proposed_by != reader.account_id, Proposal.expires_at > now)
    return proposal


def withdraw(session: Session, proposal_id: int, reader: Reader, now: datetime) -> Proposal:
    """Whoever proposed it takes it back, in the caller's write transaction. Raises NotFound, Conflict."""
    proposal = proposal_of(session, reader, proposal_id)
    refused = why_not_withdraw(proposal.state, proposal.proposed_by, reader.account_id)
    if refused is not None:
        raise Conflict(refused)
    _move(session, proposal, {"state": ProposalState.WITHDRAWN, "decided_at": now})
    _note(session, Action.PROPOSAL_WITHDRAWN, proposal, reader.account_id, now)
    return proposal


def _move(session: Session, proposal: Proposal, values: dict[str, object], *only: Any) -> None:
    waiting = update(Proposal).where(Proposal.id == proposal.id, Proposal.state == ProposalState.WAITING, *only)
    if not changed(session, waiting.values(**values)):
        raise Conflict(DECIDED_ALREADY)
    session.refresh(proposal)


def note_expired(session: Session, proposal_id: int, reader: Reader, now: datetime) -> Proposal:
    """Somebody has seen that nobody decided in time; it leaves the list, in the caller's write transaction. Raises NotFound, Conflict."""
    proposal = proposal_of(session, reader, proposal_id)
    unseen = (Proposal.id == proposal_id, Proposal.state == ProposalState.EXPIRED, Proposal.seen_at.is_(None))
    if not changed(session, update(Proposal).where(*unseen).values(seen_at=now)):
        raise Conflict(DECIDED_ALREADY)
    _note(session, Action.PROPOSAL_SEEN, proposal, reader.account_id, now)
    return proposal


def expire_due(database: Database, now: datetime) -> int:
    """End what nobody decided in time, each once; it stays on the list. Returns how many."""
    over = (Proposal.state == ProposalState.WAITING, Proposal.expires_at <= now)
    with database.read() as session:
        # Asked without the write lock, since most of the time there is none.
        if session.scalar(select(Proposal.id).where(*over).limit(1)) is None:
            return 0
    with database.write() as session:
        ended = changed_values(
            session, update(Proposal).where(*over).values(state=ProposalState.EXPIRED).returning(Proposal.id)
        )
        for each in ended:
            _note(session, Action.PROPOSAL_EXPIRED, session.get_one(Proposal, each), None, now)
    return len(ended)


def to_do() -> ColumnElement[bool]:
    """A condition on Proposal: it awaits a second person, or somebody who sees that none came. As it stands, for the index's sake."""
    waits = "proposal.state = 'waiting' OR (proposal.state = 'expired' AND proposal.seen_at IS NULL)"
    return literal_column(f"({waits})", Boolean())


def proposal_of(session: Session, reader: Reader, proposal_id: int) -> Proposal:
    """Raises NotFound, also for another zone's."""
    proposal = session.get(Proposal, proposal_id, populate_existing=True)
    if proposal is None or not reader.may(Permission.SEE_RESIDENT, proposal.zone_id):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return proposal


def _require_may(reader: Reader, zone_id: int) -> None:
    if not reader.may(Permission.DECIDE_BY_TWO, zone_id):
        raise Forbidden(N_("Only a supervisor can decide this."))


def _note(session: Session, action: Action, proposal: Proposal, account_id: int | None, now: datetime) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=proposal.zone_id,
        resident_id=proposal.resident_id,
        proposal_id=proposal.id,
        deed=proposal.deed.value,
    )
    announce(session, proposal.zone_id, Topic.INCIDENT, now)
