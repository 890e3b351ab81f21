"""Who told of illness, of a wish or wrote a note with an answer, and whether staff have really been told of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.hotline import HARDSHIP, HotlineTicket
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.rollcalls.answers import Answer

_ASKED = (IncidentKind.UNWELL, IncidentKind.WISH)


class Told(StrEnum):
    """Whether staff know: not told, told and still to look, or told and done with it."""

    NOT = "not"
    WAITING = "waiting"
    DONE = "done"


@dataclass(frozen=True)
class Report:
    """Of one answer. care: illness, a symptom, fever, a wish or a note came with it."""

    care: bool
    told: Told


NOTHING = Report(care=False, told=Told.NOT)
"""Of a check-in without an answer, or with one that asks nothing of anybody."""


@dataclass(frozen=True)
class Question:
    """An incident about somebody who feels unwell or needs something, or a ticket of theirs. resolved_at: None while nobody is done with it."""

    check_in_id: int | None
    opened_at: datetime
    resolved_at: datetime | None


def told_of(check_in_id: int, received_at: datetime, questions: Collection[Question]) -> Told:
    """Whether one of the person's questions to staff is about the answer that arrived then.

    An unresolved question stands for whatever the person tells meanwhile, so it names the check-in that opened it or the newest.
    """
    about = [
        each
        for each in questions
        if each.check_in_id == check_in_id
        or (each.opened_at <= received_at and (each.resolved_at is None or each.resolved_at >= received_at))
    ]
    if not about:
        return Told.NOT
    return Told.WAITING if any(each.resolved_at is None for each in about) else Told.DONE


def reports(session: Session, check_in_ids: Collection[int]) -> dict[int, Report]:
    """Of each of these check-ins, by its number; also where there is no answer."""
    found = dict.fromkeys(check_in_ids, NOTHING)
    answers = session.execute(
        select(
            Answer.check_in_id,
            Answer.resident_id,
            Answer.received_at,
            Answer.unwell,
            Answer.help_wanted,
            Answer.note,
        ).where(Answer.check_in_id.in_(found))
    ).all()
    # A note alone asks nobody: it is read with the answer.
    asking = {each.resident_id for each in answers if each.unwell or each.help_wanted}
    questions: dict[int | None, list[Question]] = {}
    if asking:
        rows = session.execute(
            select(Incident.resident_id, Incident.check_in_id, Incident.opened_at, Incident.resolved_at).where(
                Incident.resident_id.in_(asking), Incident.kind.in_(_ASKED)
            )
        )
        for row in rows:
            questions.setdefault(row.resident_id, []).append(Question(row.check_in_id, row.opened_at, row.resolved_at))
        tickets = session.execute(
            select(
                HotlineTicket.resident_id,
                HotlineTicket.first_contact_at,
                func.coalesce(HotlineTicket.answered_at, HotlineTicket.closed_at, type_=HotlineTicket.closed_at.type).label(
                    "ended_at"
                ),
            ).where(HotlineTicket.resident_id.in_(asking), HotlineTicket.kind.in_(HARDSHIP))
        )
        for ticket in tickets:
            questions.setdefault(ticket.resident_id, []).append(Question(None, ticket.first_contact_at, ticket.ended_at))
    for each in answers:
        asks = bool(each.unwell or each.help_wanted)
        told = told_of(each.check_in_id, each.received_at, questions.get(each.resident_id, [])) if asks else Told.NOT
        found[each.check_in_id] = Report(care=asks or bool(each.note), told=told)
    return found
