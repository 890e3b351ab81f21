"""Whatever awaits a person is on exactly one list: the decision, walked through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from monitor.models.incidents import IncidentKind as Kind
from monitor.models.incidents import NextStep
from rollcall.followup.worklists import SOON, Waiting, WorkList, list_of, task_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
LATER = NOW + SOON + timedelta(minutes=1)
MISSED, UNCLEAR = frozenset({Kind.MISSED}), frozenset({Kind.TEXT_UNCLEAR, Kind.MISSED})


@pytest.mark.parametrize(
    ("waiting", "there"),
    [
        (Waiting(MISSED), WorkList.QUEUE),
        (Waiting(MISSED, visit_due_at=LATER), WorkList.QUEUE),
        (Waiting(MISSED, visit_due_at=NOW), WorkList.VISITS),
        (Waiting(MISSED, visit_due_at=NOW + SOON), WorkList.VISITS),
        (Waiting(frozenset({Kind.FACE_DOUBTFUL}), 1), WorkList.QUEUE),
        (Waiting(UNCLEAR, 1, visit_due_at=NOW), WorkList.QUEUE),
        (Waiting(UNCLEAR, 0, visit_due_at=NOW), WorkList.VISITS),
        (Waiting(UNCLEAR, 0), WorkList.CALLS),
        (Waiting(frozenset({Kind.CONTESTED})), WorkList.QUEUE),
        (Waiting(frozenset({Kind.UNWELL})), WorkList.CALLS),
        (Waiting(frozenset({Kind.UNWELL}), over=True), WorkList.INCIDENTS),
        (Waiting(frozenset({Kind.WISH})), WorkList.CALLS),
        (Waiting(frozenset({Kind.CAMERA_OFFLINE})), WorkList.INCIDENTS),
        (Waiting(frozenset({Kind.REQUEST_OVERDUE})), WorkList.REQUESTS),
        (Waiting(frozenset({Kind.REQUEST_OVERDUE}), over=True), WorkList.INCIDENTS),
        (Waiting(frozenset({Kind.REQUEST_OVERDUE, Kind.CAMERA_OFFLINE})), WorkList.INCIDENTS),
        (Waiting(frozenset({Kind.UNWELL, Kind.MISSED}), visit_due_at=NOW), WorkList.VISITS),
        (Waiting(MISSED, step=NextStep.CALL, visit_due_at=NOW), WorkList.CALLS),
        (Waiting(MISSED, step=NextStep.VISIT), WorkList.VISITS),
        (Waiting(frozenset({Kind.CONTESTED}), step=NextStep.VISIT), WorkList.VISITS),
        (Waiting(MISSED, step=NextStep.ASK, step_until=LATER, visit_due_at=NOW), WorkList.NOBODY),
        # Asked again in vain, or answered: somebody decides.
        (Waiting(MISSED, step=NextStep.ASK, step_until=NOW), WorkList.QUEUE),
        (Waiting(MISSED, step=NextStep.ASK, step_until=LATER, over=True), WorkList.QUEUE),
        (Waiting(MISSED, step=NextStep.ASK, step_until=NOW, visit_due_at=NOW), WorkList.VISITS),
    ],
)
def test_where_a_case_waits(waiting: Waiting, there: WorkList) -> None:
    assert list_of(waiting, NOW) is there


def test_what_is_in_the_queue_can_be_decided_there() -> None:
    for kinds, answers, due in product(map(frozenset, ({a, b} for a in Kind for b in Kind)), (0, 1), (None, NOW)):
        if list_of(Waiting(kinds, answers, visit_due_at=due), NOW) is WorkList.QUEUE:
            assert task_of(kinds, answers) is not None
