"""What a person reads about their own tests: kind words, and a result only when it may be told. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from monitor.laboratory.states import told, told_from
from monitor.models.people.laboratory import LaboratoryTest, LabResult, LabTestKind, LabTestState
from monitor.words import N_

RULE = N_(
    "Every result, good or bad, shows here once health staff have spoken with you, and no later than 24 hours after it came. "
    "Having to wait for it says nothing about it."
)


@dataclass(frozen=True)
class Told:
    """One test as the person reads it. text: a template with the places day and at, where they are given. tone: as on their pages."""

    kind: LabTestKind
    day: date
    text: str
    tone: str = "calm"
    at: datetime | None = None


_DUE = N_("Planned. Health staff come to you for it; there is nothing to prepare.")
_OVERDUE = N_("Not taken yet. Health staff will come; call if nobody has come today.")
_WAITING = N_("The sample was taken. Its result is awaited.")
_COMING = N_("The result is there. Health staff will speak with you; it shows here by %(at)s at the latest.")
_RESULTS = {
    LabResult.NEGATIVE: (N_("Negative: nothing was found in this sample. Please go on as health staff have told you."), "good"),
    LabResult.POSITIVE: (
        N_(
            "Positive. You are not alone with this: health staff will call and say what comes next. "
            "Trouble breathing, chest pain or danger: call 115 now."
        ),
        "watch",
    ),
    LabResult.INVALID: (
        N_(
            "The sample could not be read. That says nothing about your health; staff will tell you whether a new one is needed."
        ),
        "calm",
    ),
}


def told_tests(tests: Iterable[LaboratoryTest], today: date, now: datetime) -> list[Told]:
    """Those that the person should know of, in the order given; cancelled ones are left out."""
    return [_told(test, today, now) for test in tests if test.state is not LabTestState.CANCELLED]


def _told(test: LaboratoryTest, today: date, now: datetime) -> Told:
    if test.state is LabTestState.DUE:
        return Told(test.kind, test.due_on, _OVERDUE if test.due_on < today else _DUE)
    if test.result is None or test.resulted_at is None:
        return Told(test.kind, test.due_on, _WAITING)
    if not told(test.resulted_at, test.released_at, now):
        return Told(test.kind, test.due_on, _COMING, at=told_from(test.resulted_at))
    text, tone = _RESULTS[test.result]
    return Told(test.kind, test.result_on or test.due_on, text, tone)
