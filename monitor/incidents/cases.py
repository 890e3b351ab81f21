"""A case: what waits about one person's symptoms, silence and presence, as one. The oldest of its incidents leads it.

The lead's state, owner, urgency, deadline and zone are the case's; the others are its parts, whose state and owner follow. A person has
one unresolved case (a unique index sees to that), which is taken on and resolved as a whole; each part's cause ends by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, literal_column, or_, select, update
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.incidents.triage import (
    NOT_SEEN,
    RANK,
    ROOM_EMPTY,
    TEXT_UNCLEAR,
    UNREACHED,
    UNWELL,
    Heard,
    Judgement,
    Silence,
    Told,
)
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency

OF_CARE = {
    IncidentKind.UNWELL: Heard(Told(frozenset({UNWELL}))),
    IncidentKind.ROOM_EMPTY: Heard(Told(frozenset({ROOM_EMPTY}))),
    IncidentKind.NOT_SEEN: Heard(Told(frozenset({NOT_SEEN}))),
    IncidentKind.MISSED_REPEATEDLY: Heard(silence=Silence(missed=3, unanswered=3)),
    IncidentKind.TEXT_UNCLEAR: Heard(Told(frozenset({TEXT_UNCLEAR}))),
    IncidentKind.UNREACHED: Heard(Told(frozenset({UNREACHED})), Silence(unanswered=1)),
    IncidentKind.MISSED: Heard(silence=Silence(missed=1, unanswered=1)),
}
"""The kinds that make up a case, what speaks most for looking first, and what each says by itself where nothing more is known."""
MOST_REASONS = 8


@dataclass(frozen=True)
class Case:
    """An unresolved case as its lead has it, which is locked until the end of the transaction."""

    lead_id: int
    zone_id: int
    state: IncidentState
    urgency: Urgency
    reasons: list[Any]
    deadline_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: int | None


def unresolved(incident: type[Incident] = Incident) -> ColumnElement[bool]:
    """A condition on Incident. The state stands in the statement: as a parameter it would hide the index on unresolved causes."""
    return incident.state != literal_column(f"'{IncidentState.RESOLVED}'", Incident.__table__.c.state.type)


def resolved(incident: type[Incident] = Incident) -> ColumnElement[bool]:
    """A condition on Incident, likewise for the indexes of what is resolved."""
    return incident.state == literal_column(f"'{IncidentState.RESOLVED}'", Incident.__table__.c.state.type)


def leads() -> ColumnElement[bool]:
    """A condition on Incident: it stands for a case, or alone. What is listed, counted, escalated and alerted are these."""
    return Incident.lead_id.is_(None)


def goes_on() -> ColumnElement[bool]:
    """A condition on Incident: its cause lasts, or that of another part of its case does."""
    part = aliased(Incident)
    other = select(part.id).where(part.lead_id == Incident.id, unresolved(part), part.cause_ended_at.is_(None))
    return or_(Incident.cause_ended_at.is_(None), other.exists())


def case_parts(resident_id: int) -> ColumnElement[bool]:
    """A condition on Incident: it is of the unresolved case of this person."""
    return and_(Incident.case_of == resident_id, unresolved())


def case_leads(resident_id: Any, incident: type[Incident] = Incident) -> ColumnElement[bool]:
    """A condition on Incident: it leads the unresolved case of whom a column or a number names."""
    return and_(incident.case_of == resident_id, incident.lead_id.is_(None), unresolved(incident))


def cases_of(session: Session, residents: Collection[int]) -> dict[int, Case]:
    """The unresolved cases of these people, locked: nobody resolves one while a part is added to it."""
    rows = session.execute(
        select(
            Incident.case_of,
            Incident.id,
            Incident.zone_id,
            Incident.state,
            Incident.urgency,
            Incident.urgency_reasons,
            Incident.deadline_at,
            Incident.acknowledged_at,
            Incident.acknowledged_by,
        )
        .where(one_of(Incident.case_of, residents), leads(), unresolved())
        .order_by(Incident.id)
        .with_for_update()
    )
    return {row[0]: Case(*row[1:]) for row in rows}


def raise_case(session: Session, case: Case, judged: Judgement, zone_id: int, now: datetime) -> bool:
    """Make a case as urgent as what was heard last, where that is worse; nothing ever makes it less urgent but a person.

    One that becomes a danger waits for somebody anew, whoever had taken it on. zone_id: where the person is now. Returns whether it changed.
    """
    values: dict[str, object] = {}
    reasons = [each.dump() for each in judged.reasons]
    if RANK[judged.urgency] > RANK[case.urgency]:
        values = {
            "urgency": judged.urgency,
            "urgent_since": now,
            "urgency_reasons": reasons,
            "triage_version": judged.version,
            "deadline_at": min(case.deadline_at, now + judged.within),
            "last_occurred_at": now,
        }
        if judged.urgency == Urgency.DANGER:
            _await_somebody(session, case)
    elif judged.urgency == case.urgency == Urgency.DANGER:
        more = [each for each in reasons if each not in case.reasons]
        if more:
            # Whoever took it on knew of less, and may have gone home since.
            values = {"urgency_reasons": (case.reasons + more)[-MOST_REASONS:], "last_occurred_at": now}
            _await_somebody(session, case)
    if zone_id != case.zone_id:
        values["zone_id"] = zone_id
    return bool(values) and bool(changed(session, update(Incident).where(Incident.id == case.lead_id).values(**values)))


def _await_somebody(session: Session, case: Case) -> None:
    if case.state == IncidentState.ACKNOWLEDGED:
        whole = or_(Incident.id == case.lead_id, Incident.lead_id == case.lead_id)
        changed(session, update(Incident).where(whole, unresolved()).values(state=IncidentState.OPEN))


def in_danger(session: Session, residents: Collection[int]) -> bool:
    """Whether one of these people has a case that somebody must look at within minutes."""
    danger = (one_of(Incident.case_of, residents), leads(), unresolved(), Incident.urgency == Urgency.DANGER)
    return session.scalar(select(Incident.id).where(*danger).limit(1)) is not None


def parts_of(session: Session, lead_ids: Collection[int]) -> dict[int, list[Incident]]:
    """All incidents of each case, the lead among them: what goes on before what has ended, then by kind, then the newest."""
    return read(session, parts_asked(lead_ids))


def parts_asked(lead_ids: Collection[int]) -> Reading[dict[int, list[Incident]]]:
    """The same as a reading."""
    if not lead_ids:
        return {}
    return (yield from parts_asked_where(or_(Incident.id.in_(lead_ids), Incident.lead_id.in_(lead_ids))))


def parts_asked_where(of_cases: ColumnElement[bool]) -> Reading[dict[int, list[Incident]]]:
    """The same by a condition on Incident: it leads one of the cases, or is a part of one."""
    found: dict[int, list[Incident]] = {}
    rows = yield from asked(select(Incident).where(of_cases))
    for row in rows:
        found.setdefault(row.lead_id or row.id, []).append(row)
    kinds = list(OF_CARE)
    for parts in found.values():
        parts.sort(
            key=lambda each: (
                each.cause_ended_at is not None,
                kinds.index(each.kind) if each.kind in kinds else len(kinds),
                -each.id,
            )
        )
    return found
