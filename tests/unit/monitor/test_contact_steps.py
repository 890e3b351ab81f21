"""What a contact needs and when, what is still to be asked in an interview, and an F-status that only grows nearer: tables."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from monitor.contacts.figures import InTime
from monitor.contacts.interviews import empty_days, without
from monitor.contacts.periods import Period
from monitor.contacts.rules import Tier
from monitor.contacts.statuses import nearer
from monitor.contacts.tasks import due_for
from monitor.models.contacts.contacts import Proximity, TaskKind
from monitor.models.people.residents import FStatus

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE)


def tier(order_days: int | None = 7, test_days: tuple[int, ...] = (1, 7)) -> Tier:
    return Tier("f1", 1, {"vi": "F1", "en": "F1"}, frozenset({Proximity.NEAR}), None, order_days, test_days)


def test_a_contact_is_called_and_ordered_within_a_day_of_being_named_and_tested_on_the_rules_days() -> None:
    due = due_for(tier(), at(20), at(19), at(20, 12), ZONE)
    assert [(each.kind, each.due_at) for each in due] == [
        (TaskKind.CALL, at(21)),
        (TaskKind.ORDER, at(21)),
        (TaskKind.TEST, at(20, 17)),
        (TaskKind.TEST, at(26, 17)),
    ]


def test_tests_of_days_that_are_over_are_one_test_today() -> None:
    due = due_for(tier(None, (0, 1, 7)), at(20), at(15), at(20, 12), ZONE)
    assert [(each.day, each.due_at) for each in due if each.kind is TaskKind.TEST] == [(5, at(20, 17)), (7, at(22, 17))]
    assert TaskKind.ORDER not in {each.kind for each in due}


def test_whom_no_rule_makes_a_contact_is_called_and_nothing_else() -> None:
    assert [each.kind for each in due_for(None, at(20), at(19), at(20), ZONE)] == [TaskKind.CALL]


def test_days_without_a_place_are_still_to_be_asked_for() -> None:
    stops = [(at(18), at(18, 12)), (at(20, 22), at(21, 2))]
    assert empty_days(Period(at(18, 0), None), stops, ZONE, at(22)) == [date(2026, 11, 19), date(2026, 11, 22)]
    assert empty_days(Period(at(18, 0), at(19, 8)), stops, ZONE, at(22)) == [date(2026, 11, 19)]
    assert empty_days(Period(at(18), at(17)), [], ZONE, at(22)) == []


def test_a_draft_keeps_what_the_other_form_holds() -> None:
    draft = {"stop_place": "Chợ", "met_full_name": "Hoa"}
    assert without(draft, "stop_") == {"met_full_name": "Hoa"}
    assert without({"stop_place": "Chợ"}, "stop_") is None
    assert without(None, "met_") is None


@pytest.mark.parametrize(
    ("before", "found", "changes"),
    [
        (None, FStatus.F2, True),
        (FStatus.F2, FStatus.F1, True),
        (FStatus.F1, FStatus.F0, True),
        (FStatus.F0, FStatus.F1, False),
        (FStatus.F1, FStatus.F1, False),
        (FStatus.F1, FStatus.F2, False),
    ],
)
def test_an_f_status_grows_nearer_and_never_farther_by_itself(before: FStatus | None, found: FStatus, changes: bool) -> None:
    assert nearer(before, found) is changes


def test_the_share_in_time_counts_what_is_done_or_overdue() -> None:
    assert InTime(TaskKind.CALL, 10, 3, 1, 2).share == 3 / 6
    assert InTime(TaskKind.CALL, 4, 0, 0, 0).share is None
