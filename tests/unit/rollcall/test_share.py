"""How many people a plan may begin with, as a table."""

from __future__ import annotations

import pytest

from rollcall.plans.share import share_allowed


@pytest.mark.parametrize(
    ("wanted", "before", "has_run", "allowed"),
    [
        (100, None, False, 10),
        (11, None, False, 10),
        (10, None, False, 10),
        (3, None, False, 3),
        # Made and replaced at once is no way around it.
        (100, 10, False, 10),
        (100, 3, False, 10),
        (100, 50, False, 50),
        (20, 50, False, 20),
        # What came of it could be seen.
        (100, 10, True, 100),
        (50, 10, True, 50),
        (100, 100, False, 100),
    ],
)
def test_a_new_plan_begins_with_a_tenth_whatever_was_typed(
    wanted: int, before: int | None, has_run: bool, allowed: int
) -> None:
    assert share_allowed(wanted, before, has_run=has_run) == allowed
