"""Whether two records can become one, as a table; and that no table with a person is forgotten when they do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.enrolment.mergeable import Side, why_not
from monitor.enrolment.merging import GOES, STAYS_BEHIND
from monitor.models.every_table import METADATA
from monitor.models.people.residents import OrderState
from monitor.people.order_deeds import Term

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HOLDS = Term(OrderState.ACTIVE, NOW - 2 * DAY, NOW + 12 * DAY)
OVER = replace(HOLDS, state=OrderState.RELEASED)
RUN_OUT = Term(OrderState.ACTIVE, NOW - 9 * DAY, NOW - DAY)
LATER = Term(OrderState.ACTIVE, NOW + 20 * DAY, NOW + 30 * DAY)
STAYS, GOES_AWAY = Side(1, 1), Side(2, 1)
TEST = frozenset({("pcr", date(2026, 11, 23))})


@pytest.mark.parametrize(
    ("stays", "goes", "wrong"),
    [
        ({}, {}, ""),
        ({}, {"resident_id": 1}, "one record already"),
        ({"deleted": True}, {}, "was deleted"),
        ({}, {"deleted": True}, "was deleted"),
        ({"orders": (HOLDS,)}, {"orders": (HOLDS,), "zone_id": 2}, "in different zones"),
        ({"orders": (HOLDS,)}, {"orders": (LATER,), "zone_id": 2}, "in different zones"),
        ({"orders": (HOLDS,)}, {"orders": (OVER, RUN_OUT), "zone_id": 2}, ""),
        ({"orders": (HOLDS,)}, {"orders": (HOLDS,)}, "at the same time"),
        ({"orders": (HOLDS,)}, {"orders": (LATER,)}, ""),
        ({"orders": (OVER,)}, {"orders": (HOLDS,)}, "Let that one stay"),
        ({}, {"unsettled": True}, "still open"),
        ({"unsettled": True}, {}, ""),
        ({"answers_for": frozenset({2})}, {}, "answers for the other"),
        ({}, {"answers_for": frozenset({1})}, "answers for the other"),
        ({"answers_for": frozenset({7})}, {"answered_for": True}, "answers for someone"),
        ({"answers_for": frozenset({7})}, {"answers_for": frozenset({8})}, ""),
        ({"refused_faces": True}, {"photos": True}, "refuses face matching"),
        ({"photos": True}, {"refused_faces": True}, "refuses face matching"),
        ({"refused_faces": True}, {"refused_faces": True}, ""),
        ({"faces_deleted": True}, {"photos": True}, "permanently deleted"),
        ({"tests": TEST}, {"tests": TEST}, "23/11/2026"),
    ],
)
def test_what_speaks_against_one_record(stays: dict[str, object], goes: dict[str, object], wrong: str) -> None:
    against = why_not(replace(STAYS, **stays), replace(GOES_AWAY, **goes), NOW)  # type: ignore[arg-type]
    assert (against is not None and wrong in str(against)) if wrong else against is None


def test_every_table_that_names_a_person_goes_or_stays_behind_for_a_reason() -> None:
    named = set()
    for name, table in METADATA.tables.items():
        refers = any(key.column.table.name == "resident" for key in table.foreign_keys)
        if name != "resident" and (refers or "resident_id" in table.columns):
            named.add(name)
    goes = {model.__tablename__ for model in GOES}
    assert named >= {"answer", "prompt", "incident", "letter", "audit_entry", "merged_record"}
    assert goes | set(STAYS_BEHIND) == named
    assert not goes & set(STAYS_BEHIND)
    assert all(STAYS_BEHIND.values())
