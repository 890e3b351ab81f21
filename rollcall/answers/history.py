"""A resident's own roll-calls and what came of them, and their word that something there is not right."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.clock import local_clock
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import REPLIES, Prompt, PromptKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import CLOSED

MOST = 30
LONGEST_WORD = 1000


@dataclass(frozen=True)
class Message:
    """A message that was sent for a roll-call."""

    kind: PromptKind
    sent_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True)
class Past:
    """One roll-call: what was sent, what was answered, what came of it. contested_at: when the resident said it is not right."""

    check_in_id: int
    opened_at: datetime
    state: CheckInState
    reasons: list[Words]
    answer: Answer | None
    messages: list[Message] = field(default_factory=list)
    contested_at: datetime | None = None

    @property
    def late(self) -> bool:
        """Whether its answer came after the window was closed, and has not set it right."""
        return self.answer is not None and self.answer.late and self.state in CLOSED

    @property
    def in_window(self) -> bool:
        """Whether that answer was made before."""
        return self.answer is not None and self.answer.in_window


def history(session: Session, resident_id: int, most: int = MOST) -> list[Past]:
    """The newest roll-calls of a resident, newest first."""
    rows = session.execute(
        select(CheckIn, Answer)
        .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
        .where(CheckIn.resident_id == resident_id)
        .order_by(CheckIn.opened_at.desc(), CheckIn.id.desc())
        .limit(most)
    ).all()
    # Where a phone is shared, one message stands for all who answer with it.
    asked_with = {check_in.id: check_in.lead_id or check_in.id for check_in, _ in rows}
    messages: dict[int, list[Message]] = defaultdict(list)
    sent = (
        select(Prompt)
        .where(Prompt.check_in_id.in_(asked_with.values()), Prompt.sent_at.is_not(None), Prompt.kind.not_in(REPLIES))
        .order_by(Prompt.sent_at)
    )
    for prompt in session.scalars(sent):
        messages[prompt.check_in_id].append(Message(prompt.kind, prompt.sent_at, prompt.delivered_at))
    contested = {
        row.check_in_id: row.opened_at
        for row in session.execute(
            select(Incident.check_in_id, Incident.opened_at).where(
                Incident.resident_id == resident_id, Incident.kind == IncidentKind.CONTESTED
            )
        )
    }
    return [
        Past(
            check_in_id=check_in.id,
            opened_at=check_in.opened_at,
            state=check_in.state,
            reasons=[Words.load(each) for each in check_in.reasons],
            answer=answer,
            messages=messages[asked_with[check_in.id]],
            contested_at=contested.get(check_in.id),
        )
        for check_in, answer in rows
    ]


def contest(session: Session, resident_id: int, check_in_id: int, text: str, *, now: datetime) -> None:
    """The resident says that a roll-call of theirs is not right: a supervisor is asked. Once for each roll-call.

    Raises NotFound (another's too), BadInput, Conflict.
    """
    # Two words of one person at once: the second waits here.
    row = session.execute(
        select(CheckIn.id, CheckIn.zone_id, CheckIn.opened_at, Resident.full_name, Zone.timezone)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .join(Zone, Zone.id == CheckIn.zone_id)
        .where(CheckIn.id == check_in_id, CheckIn.resident_id == resident_id)
        .with_for_update(of=CheckIn)
    ).first()
    if row is None:
        raise NotFound(N_("This roll-call does not exist (any more)."))
    if not 1 <= len(text.strip()) <= LONGEST_WORD:
        raise BadInput(N_("Please say what is wrong, in 1 to 1,000 characters."), field="text")
    said = select(Incident.id).where(
        Incident.resident_id == resident_id, Incident.check_in_id == check_in_id, Incident.kind == IncidentKind.CONTESTED
    )
    if session.scalar(said.limit(1)) is not None:
        raise Conflict(N_("You have already reported this. A supervisor is looking into it."))
    open_incident(
        session,
        IncidentKind.CONTESTED,
        causes.contested(check_in_id),
        zone_id=row.zone_id,
        resident_id=resident_id,
        check_in_id=check_in_id,
        reason=words(
            N_("%(name)s disputes the roll-call of %(at)s: “%(text)s”"),
            name=row.full_name,
            at=local_clock(row.opened_at, row.timezone, now),
            text=text.strip(),
        ),
        now=now,
    )
