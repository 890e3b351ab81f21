"""The roll-call's pure decisions as tables: when rounds open, what a closed window means, what a selfie shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.models.rollcalls.plans import EvidenceLevel, PlanKind
from monitor.models.rollcalls.rounds import CheckInState
from rollcall.checkins.checkin import AWAITED, NEXT, Window, close
from rollcall.plans.schedule import Quiet, Schedule, next_round
from rollcall.verdicts.verdict import Findings, Opinion, judge
from tests.worlds.small_zone import NOW

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = Quiet(time(21), time(7), VIETNAM)
NEVER = Quiet(time(0), time(0), VIETNAM)


def local(hour: int, minute: int = 0, day: int = 23, zone: ZoneInfo = VIETNAM) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("times", "after", "expected"),
    [
        (["08:00", "16:00"], local(7), local(8)),
        (["08:00", "16:00"], local(8), local(16)),
        (["16:00", "08:00"], local(17), local(8, day=24)),
        (["06:00"], local(12), local(7, day=24)),  # in quiet hours: at their end
        (["22:30"], local(12), local(7, day=24)),
        ([], local(12), None),
    ],
)
def test_fixed_times_are_of_the_zone_and_move_out_of_quiet_hours(
    times: list[str], after: datetime, expected: datetime | None
) -> None:
    assert next_round(Schedule(PlanKind.TIMES, times, None, NIGHT), after) == expected


@pytest.mark.parametrize(
    ("every", "quiet", "after", "expected"),
    [
        (timedelta(hours=3), NIGHT, local(12), local(15)),
        (timedelta(hours=3), NIGHT, local(20), local(7, day=24)),
        (timedelta(minutes=3), NEVER, local(23, 58), local(0, 1, day=24)),
        (None, NEVER, local(12), None),
        (timedelta(0), NEVER, local(12), None),
    ],
)
def test_repeated_rounds_keep_their_pause_and_the_night(
    every: timedelta | None, quiet: Quiet, after: datetime, expected: datetime | None
) -> None:
    assert next_round(Schedule(PlanKind.EVERY, [], every, quiet), after) == expected


def test_a_time_that_summer_time_skips_or_repeats_opens_once() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    schedule = Schedule(PlanKind.TIMES, ["02:30"], None, Quiet(time(0), time(0), berlin))
    for start in (datetime(2026, 3, 28, 12, tzinfo=berlin), datetime(2026, 10, 24, 12, tzinfo=berlin)):
        first = next_round(schedule, start)
        assert first is not None
        second = next_round(schedule, first)
        assert second is not None
        assert timedelta(hours=22) < second - first < timedelta(hours=26)


@pytest.mark.parametrize("at", [datetime(2026, 10, 25, 2, 15, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold) for fold in (0, 1)])
def test_quiet_hours_that_end_in_a_repeated_hour_end_later_and_not_in_the_past(at: datetime) -> None:
    quiet = Quiet.parse("22:00", "02:30", "Europe/Berlin")
    assert quiet.after(at) >= at
    assert not quiet.covers(quiet.after(at))


_clock = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@given(_clock, _clock, st.integers(0, 365 * 1440).map(lambda minutes: NOW + timedelta(minutes=minutes)))
def test_no_round_ever_opens_in_quiet_hours(start: time, end: time, after: datetime) -> None:
    quiet = Quiet(start, end, VIETNAM)
    for schedule in (
        Schedule(PlanKind.EVERY, [], timedelta(minutes=47), quiet),
        Schedule(PlanKind.TIMES, ["00:00", "03:30", "12:00", "22:15"], None, quiet),
    ):
        opens = next_round(schedule, after)
        assert opens is not None
        assert opens > after
        assert not quiet.covers(opens)


WINDOW = Window(opened_at=NOW - timedelta(minutes=20), due_at=NOW, timezone="Asia/Ho_Chi_Minh")
SEEN = replace(WINDOW, seen_at=NOW, delivered_at=NOW)


@pytest.mark.parametrize(
    ("window", "state", "said"),
    [
        (WINDOW, CheckInState.UNREACHED, "does not count against you"),
        (replace(WINDOW, delivered_at=NOW), CheckInState.MISSED, "Health staff will ask"),
        (replace(WINDOW, delivered_at=NOW, exemption="Test"), CheckInState.EXCUSED, "permission"),
        (replace(WINDOW, delivered_at=NOW, outage_at=NOW), CheckInState.EXCUSED, "does not count against you"),
        (replace(WINDOW, outage_at=NOW), CheckInState.EXCUSED, "service was down"),
        (replace(WINDOW, stopped_at=NOW), CheckInState.EXCUSED, "no answer was needed"),
        (replace(WINDOW, stopped_at=NOW, delivered_at=NOW), CheckInState.MISSED, "Health staff will ask"),
        (replace(SEEN, camera_excuses=True), CheckInState.EXCUSED, "camera saw you"),
        (SEEN, CheckInState.MISSED, "Health staff will ask"),
    ],
)
def test_a_closed_window_is_missed_unreached_or_excused(window: Window, state: CheckInState, said: str) -> None:
    step = close(window)
    assert step.state == state
    assert said in " ".join(each.say(str) for each in step.reasons)
    assert all(step.state in NEXT[before] for before in AWAITED)


def test_nobody_but_a_person_leads_to_a_rejection() -> None:
    assert [state for state, following in NEXT.items() if CheckInState.REJECTED in following] == [CheckInState.IN_REVIEW]


SAME, GREY = Opinion("sface", "same", 0.7, 0.3), Opinion("sface", "grey", 0.35, -0.05)
BARELY, OTHER = Opinion("sface", "same", 0.42, 0.02), Opinion("sface", "different", 0.1, -0.3)
VERIFIED, IN_REVIEW = CheckInState.VERIFIED, CheckInState.IN_REVIEW


@pytest.mark.parametrize(
    ("findings", "state", "said"),
    [
        (Findings(True, (200.0,), SAME), VERIFIED, "matches"),
        (Findings(True, (200.0, 40.0), SAME), VERIFIED, "matches"),  # somebody far behind
        (Findings(True, (200.0, 150.0), SAME), IN_REVIEW, "2 faces"),
        (Findings(True, ()), IN_REVIEW, "No face"),
        (Findings(False, (200.0,)), IN_REVIEW, "no reference photo"),
        (Findings(True, (200.0,), OTHER), IN_REVIEW, "does not clearly resemble"),
        (Findings(True, (200.0,), GREY), IN_REVIEW, "not clear whether"),
        (Findings(True, (200.0,), BARELY), VERIFIED, "matches"),  # where there is no second engine
        (Findings(True, (200.0,), GREY, Opinion("dlib", "same", 0.6, 0.15)), VERIFIED, "second comparison agrees"),
        # The second is less sure than the first is in doubt.
        (Findings(True, (200.0,), GREY, Opinion("dlib", "same", 0.5, 0.05)), IN_REVIEW, "by another engine"),
        (Findings(True, (200.0,), GREY, Opinion("dlib", "grey", 0.43, -0.02)), IN_REVIEW, "by another engine"),
        (Findings(True, (200.0,), GREY, Opinion("dlib", "different", 0.2, -0.25)), IN_REVIEW, "by another engine"),
        (Findings(True, (200.0,), BARELY, Opinion("dlib", "grey", 0.43, -0.02)), VERIFIED, "second comparison agrees"),
        (Findings(True, (200.0,), BARELY, Opinion("dlib", "different", 0.3, -0.15)), IN_REVIEW, "by another engine"),
        # What the first takes for somebody else, no second makes right.
        (Findings(True, (200.0,), OTHER, Opinion("dlib", "same", 0.9, 0.45)), IN_REVIEW, "does not clearly resemble"),
    ],
)
def test_a_selfie_is_verified_or_goes_to_a_person_with_the_reason(findings: Findings, state: CheckInState, said: str) -> None:
    verdict = judge(findings)
    assert verdict.state == state
    assert said in " ".join(each.say(str) for each in verdict.reasons)
    assert verdict.evidence == (EvidenceLevel.FACE if state == VERIFIED else None)
