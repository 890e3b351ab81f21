"""How somebody stands at this moment, in one line, and what is to be done about them; what a person's page begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import url_for
from sqlalchemy import select

from monitor.database.together import Reading, asked, first
from monitor.incidents.cases import leads, parts_asked, unresolved
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.laboratory import LaboratoryTest, LabTestState
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.order_deeds import Phase
from monitor.words import N_, Words, words
from web.shared.labels import label

_TONES = {Urgency.DANGER: "bad", Urgency.SOON: "watch", Urgency.ROUTINE: "calm"}


@dataclass(frozen=True)
class Newest:
    """The newest roll-call of somebody, and the answer to it; None: there is none."""

    check_in: CheckIn | None = None
    answer: Answer | None = None


@dataclass(frozen=True)
class ToDo:
    """One thing that waits for somebody of staff. at: by when; address: where it is done."""

    tone: str
    icon: str
    what: Words
    address: str
    at: datetime | None = None


def newest_of(resident_id: int) -> Reading[Newest]:
    """What somebody was last asked, and what they said to it."""
    query = (
        select(CheckIn, Answer)
        .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
        .where(CheckIn.resident_id == resident_id)
        .order_by(CheckIn.opened_at.desc(), CheckIn.id.desc())
    )
    row = yield from first(query)
    return Newest(*row) if row is not None else Newest()


def waiting_about(resident_id: int) -> Reading[list[tuple[Incident, IncidentKind]]]:
    """The cases and other incidents about somebody that nobody has resolved, the most urgent first; each with what it is called by."""
    found = yield from asked(select(Incident).where(Incident.resident_id == resident_id, unresolved(), leads()))
    cases = yield from parts_asked([each.id for each in found])
    tops = {lead: parts[0].kind for lead, parts in cases.items()}
    order = list(_TONES)
    found = sorted(found, key=lambda each: (order.index(each.urgency), each.deadline_at))
    return [(each, tops[each.id]) for each in found]


def order_now(orders: Sequence[QuarantineOrder], phases: Mapping[int, Phase]) -> QuarantineOrder | None:
    """The order that somebody stands under: one in force, else the newest. orders: newest first. Pure."""
    in_force = (each for each in orders if phases[each.id] is Phase.IN_FORCE)
    return next(in_force, orders[0] if orders else None)


def to_do(
    resident: Resident,
    incidents: Sequence[tuple[Incident, IncidentKind]],
    doubtful: int,
    tests: Sequence[LaboratoryTest],
    today: date,
    orders: Sequence[QuarantineOrder],
    phases: Mapping[int, Phase],
) -> list[ToDo]:
    """What waits, each once: what is about an answer stands with the answer."""
    found = []
    for each, kind in incidents:
        what = Words("%(kind)s: %(state)s", {"kind": label(kind).words.dump(), "state": label(each.state).words.dump()})
        tone = _TONES[each.urgency] if each.state is IncidentState.OPEN else "calm"
        address = url_for("incidents.incident_page", incident_id=each.id)
        found.append(ToDo(tone, label(kind).icon, what, address, each.deadline_at))
    if doubtful:
        found.append(ToDo("watch", "eye", words(N_("Answers that wait for a decision: %(count)s"), count=doubtful), "#reviews"))
    due = [each for each in tests if each.state is LabTestState.DUE and each.due_on <= today]
    if due:
        found.append(ToDo("watch", "check", words(N_("A test is due")), "#tests"))
    if any(phases[order.id] is Phase.RUN_OUT for order in orders):
        found.append(
            ToDo("watch", "note", words(N_("The order has run out and waits for a release in writing")), "#order-card")
        )
    if resident.name_awaited:
        address = url_for("details.edit", resident_id=resident.id)
        found.append(ToDo("watch", "person", words(N_("A newborn entered under the mother’s name: enter the name")), address))
    return found
