"""What of a case a supervisor decides in the queue."""

from __future__ import annotations

import pytest

from monitor.models.incidents import IncidentKind as Kind
from rollcall.followup.queue import ALLOWED, FIRST
from rollcall.followup.worklists import KINDS, Task, task_of
from web.console.incidents.saying import KEYS, REASONS, SAID


@pytest.mark.parametrize(
    ("kinds", "waiting", "task"),
    [
        ({Kind.FACE_DOUBTFUL}, 1, Task.ANSWER),
        ({Kind.PLACE_DOUBTFUL}, 3, Task.ANSWER),
        ({Kind.TEXT_UNCLEAR, Kind.MISSED}, 1, Task.ANSWER),
        # Nothing waits: a text that moved no roll-call is read and answered, not decided.
        ({Kind.TEXT_UNCLEAR}, 0, None),
        ({Kind.FACE_DOUBTFUL}, 0, None),
        ({Kind.CONTESTED}, 0, Task.DISPUTE),
        ({Kind.CONTESTED}, 2, Task.DISPUTE),
        ({Kind.MISSED}, 0, Task.SILENCE),
        ({Kind.UNREACHED}, 2, Task.SILENCE),
        ({Kind.MISSED_REPEATEDLY, Kind.UNREACHED}, 0, Task.SILENCE),
        # Somebody who may be ill is called, not decided about.
        ({Kind.MISSED, Kind.UNWELL}, 0, None),
        ({Kind.FACE_DOUBTFUL, Kind.UNWELL}, 1, None),
        ({Kind.MISSED, Kind.ROOM_EMPTY}, 0, None),
        ({Kind.CAMERA_OFFLINE}, 0, None),
        ({Kind.WISH}, 1, None),
    ],
)
def test_what_is_to_be_decided(kinds: set[Kind], waiting: int, task: Task | None) -> None:
    assert task_of(kinds, waiting) is task


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_the_queue_can_be_decided(kind: Kind) -> None:
    assert task_of({kind}, 1) is not None


@pytest.mark.parametrize("task", list(Task))
def test_each_decision_has_words_a_key_of_its_own_and_reasons(task: Task) -> None:
    assert tuple(SAID[task]) == ALLOWED[task]
    keys = [KEYS[each] for each in ALLOWED[task]]
    assert len(set(keys)) == len(keys)
    assert not {"n", "z"} & set(keys), "lead to the next case, and back"
    assert set(ALLOWED[task]) - set(FIRST), "something decides it"
    assert 1 <= len(REASONS[task]) <= 9, "a digit each"
