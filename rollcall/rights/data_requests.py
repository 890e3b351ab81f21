"""What people ask about their own data: taken in with its limit, answered once by a person, told to whoever asked, overdue to supervisors."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.incidents.incidents import end_cause, open_incident, resolve
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.legal import RecipientKind
from monitor.models.people.residents import Household, Resident
from monitor.models.people.rights import RequestKind, RequestOutcome, RightsRequest
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckIn
from monitor.personal_data.consent import name_of
from monitor.personal_data.disclosures import ANSWER, OWN_REQUEST, HandedOut, hand_out
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_, words
from monitor.working_days import Holidays, end_of_limit
from rollcall.jobs import SEND_PROMPTS, defer
from rollcall.people.text_stops import stopped_since

WORKING_DAYS = 2
"""Decree 356/2025: so soon a request is answered."""
LONGEST = 2000
MOST_UNANSWERED = 10
ASKED = {
    RequestKind.SEE: N_("See what is kept about me"),
    RequestKind.COPY: N_("Get a copy, with my photos"),
    RequestKind.CORRECT: N_("Correct something that is wrong"),
    RequestKind.DELETE: N_("Delete something"),
    RequestKind.RESTRICT: N_("Restrict: do not use something for now"),
    RequestKind.OBJECT: N_("Object to how my data is used"),
    RequestKind.WITHDRAW: N_("Withdraw my consent to face matching"),
}
# What is asked by its own button, and done at once.
BY_FORM = tuple(kind for kind in ASKED if kind is not RequestKind.WITHDRAW)
NEEDS_WORDS = (RequestKind.CORRECT, RequestKind.DELETE, RequestKind.RESTRICT, RequestKind.OBJECT)
OUTCOMES = {
    RequestOutcome.DONE: N_("Done."),
    RequestOutcome.PARTLY: N_("Done in part."),
    RequestOutcome.REFUSED: N_("This could not be done."),
}


@dataclass(frozen=True)
class Asked:
    """What somebody asks. asked_by: who asks for the person; account_id: who of staff writes it down. Empty, None: they themselves."""

    kind: RequestKind
    text: str = ""
    asked_by: str = ""
    account_id: int | None = None


def take_request(session: Session, resident_id: int, asked: Asked, holidays: Holidays, now: datetime) -> RightsRequest:
    """Write a request down, in the caller's write transaction. Raises NotFound, BadInput, Conflict."""
    row = session.execute(
        select(Resident, Zone.timezone)
        .join(Zone, Zone.id == Resident.zone_id)
        .where(Resident.id == resident_id)
        .with_for_update(of=Resident)
    ).first()
    if row is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    resident, timezone = row
    text = asked.text.strip()
    if len(text) > LONGEST:
        raise BadInput(N_("Please write at most %(length)s characters."), field="text", length=LONGEST)
    if asked.kind in NEEDS_WORDS and not text:
        raise BadInput(N_("Please describe your request in a few words."), field="text")
    waiting = select(func.count()).where(RightsRequest.resident_id == resident_id, RightsRequest.answered_at.is_(None))
    if (session.scalar(waiting) or 0) >= MOST_UNANSWERED:
        raise Conflict(N_("You already have several open requests. Please wait for an answer, or call 1022."))
    same = select(RightsRequest.id).where(
        RightsRequest.resident_id == resident_id,
        RightsRequest.answered_at.is_(None),
        RightsRequest.kind == asked.kind,
        RightsRequest.text == text,
    )
    if session.scalar(same.limit(1)) is not None:
        raise Conflict(N_("You have already made this request; the answer is on its way."))
    request = RightsRequest(
        resident_id=resident_id,
        zone_id=resident.zone_id,
        kind=asked.kind,
        text=text,
        asked_by=name_of(asked.asked_by),
        made_at=now,
        due_at=end_of_limit(now, WORKING_DAYS, holidays, timezone),
        entered_by=asked.account_id,
    )
    session.add(request)
    session.flush()
    _note(session, Action.REQUEST_MADE, request, asked.account_id, now, kind=asked.kind.value)
    return request


def answer_request(
    session: Session, request_id: int, reader: Reader, outcome: RequestOutcome, text: str, now: datetime
) -> tuple[RightsRequest, bool]:
    """Answer a request, in the caller's write transaction: once. Returns it, and whether a message to the person leaves.

    Raises NotFound (also for another zone's), BadInput without words, Conflict when it has its answer.
    """
    request = session.get(RightsRequest, request_id)
    if request is None or not reader.among({request.zone_id}):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    text = text.strip()
    if not 1 <= len(text) <= LONGEST:
        raise BadInput(N_("Please tell the person what was done, or why not, in 1 to %(length)s characters."), length=LONGEST)
    answered = changed(
        session,
        update(RightsRequest)
        .where(RightsRequest.id == request_id, RightsRequest.answered_at.is_(None))
        .values(answered_at=now, answered_by=reader.account_id, outcome=outcome, answer=text),
    )
    if not answered:
        raise Conflict(N_("Someone else has already answered this request. Reload the page to see it as it is now."))
    session.refresh(request)
    _end_overdue(session, request_id, reader, text, now)
    if outcome is not RequestOutcome.REFUSED and request.kind in (RequestKind.SEE, RequestKind.COPY):
        key = f"request-{request_id}"
        handed = HandedOut(RecipientKind.PERSON, ANSWER, request.zone_id, reader.account_id, legal_basis=OWN_REQUEST, key=key)
        hand_out(session, handed, [request.resident_id], now)
    leaves = tell(session, request.resident_id, now)
    _note(session, Action.REQUEST_ANSWERED, request, reader.account_id, now, outcome=outcome.value, message=leaves)
    return request, leaves


def _end_overdue(session: Session, request_id: int, reader: Reader, text: str, now: datetime) -> None:
    """What was late is over with its answer: nobody need close it as well."""
    cause = causes.request_overdue(request_id)
    if end_cause(session, cause, now=now):
        incident_id = session.scalars(select(Incident.id).where(Incident.cause == cause, unresolved())).one()
        resolve(session, incident_id, reader.account_id, text, now=now)


def tell(session: Session, resident_id: int, now: datetime) -> bool:
    """Queue the word that an answer is there, under the link of the newest roll-call; returns whether one leaves.

    Whoever was never asked, has no number or wrote STOP is told by staff. A message that waits still tells of this answer too; one that
    has left is followed by another.
    """
    row = session.execute(
        select(CheckIn.id, CheckIn.zone_id, Resident.phone, Household.phone.label("shared"))
        .join(Resident, Resident.id == CheckIn.resident_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(CheckIn.resident_id == resident_id)
        .order_by(CheckIn.id.desc())
        .limit(1)
    ).first()
    number = (row.phone or row.shared or "") if row is not None else ""
    if row is None or not number or stopped_since(session, number) is not None:
        return False
    this = (Prompt.check_in_id == row.id, Prompt.kind == PromptKind.REQUEST_ANSWERED, Prompt.channel == ChannelName.SMS)
    fresh = {"reference": secrets.token_hex(16), "created_at": now, "next_attempt_at": now}
    made = session.scalars(
        insert_new(session, Prompt).returning(Prompt.id),
        [
            fresh
            | {
                "check_in_id": row.id,
                "resident_id": resident_id,
                "zone_id": row.zone_id,
                "kind": PromptKind.REQUEST_ANSWERED,
                "channel": ChannelName.SMS,
            }
        ],
    ).all()
    if not made:
        over = (PromptState.SENT, PromptState.DELIVERED, PromptState.FAILED, PromptState.UNCERTAIN)
        again = {
            "state": PromptState.QUEUED,
            "attempts": 0,
            "gateway_reference": None,
            "sent_at": None,
            "delivered_at": None,
            "handed_at": None,
        }
        changed(
            session, update(Prompt).where(*this, Prompt.state.in_(over)).values(**fresh, **again, problem=None, leased_by=None)
        )
    defer(session, SEND_PROMPTS, 1)
    return True


def open_overdue(database: Database, now: datetime) -> int:
    """Put requests whose limit is over to supervisors, each once; returns how many."""
    late = (RightsRequest.answered_at.is_(None), RightsRequest.due_at <= now)
    with database.read() as session:
        # Asked without the write lock, since most of the time there is none.
        if session.scalar(select(RightsRequest.id).where(*late).limit(1)) is None:
            return 0
    opened = 0
    with database.write() as session:
        rows = session.execute(
            select(RightsRequest, Resident.full_name, Zone.timezone)
            .join(Resident, Resident.id == RightsRequest.resident_id)
            .join(Zone, Zone.id == RightsRequest.zone_id)
            .where(*late)
            .order_by(RightsRequest.id)
        )
        for request, name, timezone in rows:
            opened += open_incident(
                session,
                IncidentKind.REQUEST_OVERDUE,
                causes.request_overdue(request.id),
                zone_id=request.zone_id,
                resident_id=request.resident_id,
                reason=words(
                    N_(
                        "%(name)s made a request about their own data at %(at)s. It has no answer, and the two working days"
                        " are over."
                    ),
                    name=name,
                    # Of a day, not of this moment: the sentence stays the same while it waits.
                    at=local_clock(request.made_at, timezone, request.due_at),
                ),
                now=now,
            )
    return opened


def _note(session: Session, action: Action, request: RightsRequest, account_id: int | None, now: datetime, **more: Any) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=request.zone_id,
        resident_id=request.resident_id,
        request=request.id,
        **more,
    )
    announce(session, request.zone_id, Topic.PEOPLE, now)
