"""Who is on duty, whom an alert calls next, over which ways, and what follows what became of it: tables."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from monitor.alerts.duty import DAY, Entry, Past, busiest_day, covers, in_scope, on_duty
from monitor.alerts.escalation import LONGEST_PAUSE, MOST_AGAIN, NOBODY_PAUSE, Call, Rules, next_call
from monitor.alerts.outcomes import MOST_REPEATS, PAUSES, Following, after_problem, after_uncertain
from monitor.alerts.ways import Address, is_quiet, way_after, ways_for_all_clear, ways_now
from monitor.incidents.cases import OF_CARE
from monitor.incidents.incidents import DEADLINES
from monitor.incidents.kinds import NAMES
from monitor.models.alerts import AlertWay, DutyScope
from monitor.models.incidents import IncidentKind, Urgency

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
EVERYTHING, PEOPLE, CAMERAS = DutyScope.EVERYTHING, DutyScope.PEOPLE, DutyScope.CAMERAS
AN, BINH, CUC = 1, 2, 3


def entry(account: int, weekday: int = 0, start: str = "08:00", hours: float = 8, **more: object) -> Entry:
    at = time.fromisoformat(start)
    values: dict[str, object] = {"zone_id": 1, "scope": EVERYTHING, **more}
    return Entry(account, weekday=weekday, from_minute=at.hour * 60 + at.minute, minutes=int(hours * 60), **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "at", "there"),
    [
        (entry(AN), MONDAY.replace(hour=7, minute=59), False),
        (entry(AN), MONDAY.replace(hour=8), True),
        (entry(AN), MONDAY.replace(hour=15, minute=59), True),
        (entry(AN), MONDAY.replace(hour=16), False),
        (entry(AN), MONDAY + timedelta(days=1, hours=9), False),
        (entry(AN), MONDAY + timedelta(days=7, hours=9), True),
        # Over midnight, and over the end of the week.
        (entry(AN, 0, "22:00"), MONDAY + timedelta(days=1, hours=5), True),
        (entry(AN, 6, "22:00"), MONDAY.replace(hour=5), True),
        (entry(AN, 6, "22:00"), MONDAY.replace(hour=6), False),
        (entry(AN, 0, "00:00", 24), MONDAY.replace(hour=23, minute=59), True),
    ],
)
def test_a_line_of_the_table_holds_every_week_again(given: Entry, at: datetime, there: bool) -> None:
    assert covers(given, at) is there


def test_those_on_duty_come_by_rank_and_who_is_there_for_the_zone_alone_first() -> None:
    at = MONDAY.replace(hour=9)
    table = [entry(CUC, rank=2), entry(BINH, zone_id=None), entry(AN), entry(AN, zone_id=None)]
    assert on_duty(table, 1, IncidentKind.UNWELL, at) == [AN, BINH, CUC]
    assert on_duty(table, 2, IncidentKind.UNWELL, at) == [BINH, AN]
    assert on_duty(table, 1, IncidentKind.UNWELL, MONDAY) == []
    split = [entry(AN, scope=PEOPLE), entry(BINH, scope=CAMERAS)]
    assert on_duty(split, 1, IncidentKind.UNWELL, at) == [AN]
    assert on_duty(split, 1, IncidentKind.SITE_OUTAGE, at) == [BINH]
    assert on_duty(split, 1, None, at) == [AN, BINH]


@pytest.mark.parametrize("kind", list(IncidentKind))
def test_every_kind_is_somebodys_and_has_a_name_and_a_deadline(kind: IncidentKind) -> None:
    assert in_scope(EVERYTHING, kind)
    assert in_scope(PEOPLE, kind) or in_scope(CAMERAS, kind)
    assert NAMES[kind]
    # How soon somebody must look at what is of care, the table of warning signs says.
    assert (kind in DEADLINES) is not (kind in OF_CARE)


def test_a_table_is_measured_by_the_alerts_that_were() -> None:
    many = [Past(1, IncidentKind.UNWELL, MONDAY.replace(hour=9, minute=each)) for each in range(50)]
    few = [Past(1, IncidentKind.UNWELL, MONDAY + timedelta(days=1, hours=9))]
    table = [entry(AN), entry(BINH, rank=2), entry(BINH, 1)]
    assert busiest_day(table, many + few) == {AN: 50, BINH: 1}
    # Shared out by hours, nobody has too many.
    halves = [entry(AN, hours=1 + 25 / 60), entry(BINH, start="09:25")]
    assert busiest_day(halves, many) == {AN: 25, BINH: 25}


RULES = Rules(wait=timedelta(seconds=60), soon=timedelta(minutes=10))
DANGER, SOON = Urgency.DANGER, Urgency.SOON


@pytest.mark.parametrize(
    ("urgency", "duty", "supervisors", "called", "again", "call"),
    [
        (DANGER, [AN, BINH], [CUC], [], 0, Call((AN,), RULES.wait)),
        (DANGER, [AN, BINH], [CUC], [AN], 0, Call((BINH,), RULES.wait)),
        (DANGER, [AN, BINH], [CUC], [AN, BINH], 0, Call((CUC,), RULES.wait)),
        # Then all of them, further and further apart, and not for ever.
        (DANGER, [AN, BINH], [CUC], [AN, BINH, CUC], 0, Call((AN, BINH, CUC), 2 * RULES.wait, again=True)),
        (DANGER, [AN], [CUC], [AN, CUC], 1, Call((AN, CUC), 4 * RULES.wait, again=True)),
        (DANGER, [AN], [CUC], [AN, CUC], MOST_AGAIN - 1, Call((AN, CUC), LONGEST_PAUSE, again=True)),
        (DANGER, [AN], [CUC], [AN, CUC], MOST_AGAIN, Call((), LONGEST_PAUSE)),
        # Who comes on duty in the morning is called all the same.
        (DANGER, [BINH], [CUC], [AN, CUC], MOST_AGAIN, Call((BINH,), RULES.wait)),
        # Nobody is on duty: the supervisors, at once and together.
        (DANGER, [], [CUC, BINH], [], 0, Call((BINH, CUC), RULES.wait)),
        # A supervisor who is on duty is called in turn, once.
        (DANGER, [CUC], [CUC], [], 0, Call((CUC,), RULES.wait)),
        # Whoever came on duty since is called before all are called again.
        (DANGER, [BINH, AN], [CUC], [AN, CUC], 3, Call((BINH,), RULES.wait)),
        (DANGER, [], [], [], 0, Call((), NOBODY_PAUSE)),
        (SOON, [AN], [CUC], [], 0, Call((AN,), RULES.soon)),
        (SOON, [AN], [CUC], [AN], 0, Call((CUC,), RULES.soon)),
        (SOON, [AN], [CUC], [AN, CUC], 0, Call((), None)),
    ],
)
def test_whom_an_alert_calls_next(
    urgency: Urgency, duty: list[int], supervisors: list[int], called: list[int], again: int, call: Call
) -> None:
    assert next_call(urgency, duty, supervisors, called, again, RULES) == call


PUSH, TEXT, MAIL, CALL_UP = (
    Address(1, AlertWay.PUSH, 1, also_soon=True),
    Address(2, AlertWay.SMS, 0, also_soon=False),
    Address(3, AlertWay.EMAIL, 2, also_soon=True),
    Address(4, AlertWay.VOICE, 3, also_soon=False),
)


def test_danger_comes_over_every_way_at_once_and_the_rest_over_the_first_quiet_one() -> None:
    ways = [PUSH, TEXT, MAIL, CALL_UP]
    assert ways_now(ways, DANGER, quiet=True) == [TEXT, PUSH, MAIL, CALL_UP]
    assert ways_now(ways, SOON, quiet=False) == [PUSH]
    assert ways_now(ways, SOON, quiet=True) == []
    assert way_after(ways, [1]) == MAIL
    assert way_after(ways, [1, 3]) is None


def test_all_clear_goes_where_the_alarm_went_and_rings_nobody_up_for_it() -> None:
    ways = [PUSH, TEXT, MAIL, CALL_UP]
    assert ways_for_all_clear(ways, [2, 4]) == [TEXT]
    assert ways_for_all_clear(ways, [4]) == [CALL_UP]
    assert ways_for_all_clear(ways, [0]) == []


@pytest.mark.parametrize(
    ("at", "start", "end", "quiet"),
    [("23:00", "22:00", "06:00", True), ("06:00", "22:00", "06:00", False), ("13:00", "12:00", "14:00", True), ("13:00", "00:00", "00:00", False)],
)  # fmt: skip
def test_quiet_hours_go_over_midnight(at: str, start: str, end: str, quiet: bool) -> None:
    assert is_quiet(*map(time.fromisoformat, (at, start, end))) is quiet


def test_what_follows_what_became_of_a_message() -> None:
    assert after_problem(permanent=True, attempts=1) == Following()
    assert after_problem(permanent=False, attempts=1) == Following(again_after=timedelta(seconds=PAUSES[0]))
    assert after_problem(permanent=False, attempts=1, wait=30) == Following(again_after=timedelta(seconds=30))
    # A gateway that asks for an hour does not get it from somebody in danger.
    assert after_problem(permanent=False, attempts=1, wait=3600) == Following(again_after=timedelta(seconds=60))
    assert after_problem(permanent=False, attempts=len(PAUSES) + 1) == Following()
    assert after_uncertain(DANGER, 0).repeat
    assert not after_uncertain(DANGER, MOST_REPEATS).repeat
    assert not after_uncertain(SOON, 0).repeat
    assert DAY == 24 * 60
