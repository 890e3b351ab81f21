"""Whom staff are asked to reach when windows have closed, and with which words: silence is a question, and so is a fault of ours.

A fault of ours excuses, and is not forgotten: whoever is ill or alone, or could not be reached anyway, is asked after with our fault as
the reason. For everybody else the next round comes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from monitor.incidents.cases import OF_CARE
from monitor.incidents.for_many import open_about_residents
from monitor.incidents.risks import risks_of
from monitor.incidents.triage import Risk, Silence, urgency_of
from monitor.incidents.triage_table import in_force
from monitor.models.incidents import IncidentKind
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_
from rollcall.rounds.welfare import IN_A_ROW, InARow, ill_lately, in_a_row, unreached_before

_MISSED = N_("%(name)s has not answered the roll-call, though the message arrived. Please ask how they are.")
_MISSED_AGAIN = N_(
    "%(name)s has not answered three roll-calls in a row, though the messages arrived. Please check on this person now."
)
_PHONE_OFF = N_(
    "%(name)s’s phone confirmed no message; it may be off or without signal. Please call. This does not count against them."
)
_NOT_SENT = N_("No message could be sent to %(name)s. Please call or visit. This does not count against them.")
_FAULT_ILL = N_(
    "A fault in our service may have kept %(name)s from answering the roll-call. They reported illness in the last days."
    " Please call and ask how they are."
)
_FAULT_ALONE = N_(
    "A fault in our service may have kept %(name)s from answering the roll-call. No one lives with them who would notice."
    " Please call and ask how they are."
)
_FAULT_UNREACHED = N_(
    "A fault in our service fell into the roll-call of %(name)s, and no message is known to have reached them. Please call."
    " This does not count against them."
)


@dataclass(frozen=True)
class Closed:
    """Check-ins that closed alike. people: pairs of check-in and resident. sent: whether a gateway took a message for them.

    without_fault: the state in which they would have closed, had nothing of ours failed; None where it did not excuse them.
    """

    state: CheckInState
    people: Sequence[tuple[int, int]]
    visit_due_at: datetime
    sent: bool
    without_fault: CheckInState | None = None


@dataclass(frozen=True)
class Known:
    """What is known of somebody whose window closed. row: their newest rounds, this one included."""

    row: InARow
    ill: bool = False
    alone: bool = False
    unreached_before: bool = False


def question_of(closed: Closed, known: Known) -> tuple[IncidentKind, str] | None:
    """What staff are asked about somebody, and in which words; None where nothing is to be asked."""
    match closed.state:
        case CheckInState.UNREACHED:
            return IncidentKind.UNREACHED, _PHONE_OFF if closed.sent else _NOT_SENT
        case CheckInState.MISSED if known.row.missed >= IN_A_ROW:
            return IncidentKind.MISSED_REPEATEDLY, _MISSED_AGAIN
        case CheckInState.MISSED:
            return IncidentKind.MISSED, _MISSED
        case CheckInState.EXCUSED if closed.without_fault in (CheckInState.MISSED, CheckInState.UNREACHED):
            if known.ill:
                return IncidentKind.UNREACHED, _FAULT_ILL
            if known.alone:
                return IncidentKind.UNREACHED, _FAULT_ALONE
            if known.unreached_before or closed.without_fault == CheckInState.UNREACHED:
                return IncidentKind.UNREACHED, _FAULT_UNREACHED
    return None


def ask_staff(session: Session, closed: Sequence[Closed], now: datetime) -> None:
    """Put the questions to staff, in the transaction that closes."""
    silent = [
        (group, check_in_id, resident_id)
        for group in closed
        if group.state in (CheckInState.MISSED, CheckInState.UNREACHED) or group.without_fault is not None
        for check_in_id, resident_id in group.people
    ]
    if not silent:
        return
    people = [resident for *_, resident in silent]
    table = in_force(session, now)
    rows, ill, risks = in_a_row(session, people), ill_lately(session, people, now), risks_of(session, people, now, table)
    excused = [resident for group, _, resident in silent if group.without_fault is not None]
    before = unreached_before(session, excused) if excused else set()
    # One statement for all of whom the same is to be written.
    alike: dict[tuple[IncidentKind, str, datetime, Silence, frozenset[Risk]], list[int]] = defaultdict(list)
    for group, check_in_id, resident in silent:
        row = rows.get(resident, InARow(int(group.state == CheckInState.MISSED), 1))
        at_risk = risks.get(resident, frozenset())
        question = question_of(group, Known(row, resident in ill, Risk.ALONE in at_risk, resident in before))
        if question is not None:
            silence = Silence(row.missed, row.unanswered, after_illness=resident in ill)
            alike[*question, group.visit_due_at, silence, at_risk].append(check_in_id)
    for (kind, template, visit_due_at, silence, at_risk), ids in alike.items():
        judged = urgency_of(OF_CARE[kind].told, at_risk, silence, table)
        open_about_residents(session, kind, template, ids, now=now, visit_due_at=visit_due_at, judged=judged)
