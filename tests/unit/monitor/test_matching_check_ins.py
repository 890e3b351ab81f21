"""Check-ins matched by the published rule: its own cases, and what certain and possible presence make of it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from monitor.contacts.matching.intervals import by_day
from monitor.contacts.matching.risk import STAY, Infectious, Judged, Risk, Visit, case_visits, judge, meetings, risk_of
from monitor.contacts.matching.rule import MatchingRule
from monitor.contacts.rule_vectors import vectors as rule_vectors
from monitor.contacts.tracing_vectors import reckoned, vectors, wanted
from monitor.models.contacts.contacts import Certainty

RULE = MatchingRule()
ONSET = date(2021, 7, 3)
DAY = datetime(2021, 7, 3, tzinfo=UTC)
CASE, OTHER, PLACE, GATE, HALL = 1, 2, 7, 70, 71


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["source"])
def test_a_vector_comes_out_as_its_source_says(vector: dict[str, object]) -> None:
    assert reckoned(vector) == wanted(vector)


def test_there_are_at_least_forty_vectors_and_each_names_its_source() -> None:
    everything = [*vectors(), *rule_vectors()]
    assert len(everything) >= 40
    assert all(each["source"] for each in everything)


def at(clock: str, day: int = 0) -> int:
    hours, minutes = map(int, clock.split(":"))
    return int((DAY + timedelta(days=day, hours=hours, minutes=minutes)).timestamp())


def visit(start: str, end: str, *, certain: bool = True, point: int = GATE) -> Visit:
    span = (at(start), at(end))
    return Visit(10, CASE, PLACE, point, span if certain else None, span)


def met(mine: Visit, *theirs: tuple[str, str], certain: bool = True, point: int = GATE, who: int = OTHER) -> list[Judged]:
    infectious = Infectious(ONSET, True, at("00:00", -2), at("00:00", 5))
    rows = []
    for number, (start, end) in enumerate(theirs, 100):
        sure = (at(start), at(end)) if certain else (0, 0)
        rows.append((mine.key, number, who, PLACE, point, *sure, at(start), at(end)))
    return judge(meetings(case_visits([mine], infectious, RULE), np.array(rows, STAY)), RULE)


def test_an_hour_together_at_one_point_on_the_day_of_onset_is_certain_and_weighs_more_than_it_lasted() -> None:
    (found,) = met(visit("10:00", "11:00"), ("10:00", "11:00"))
    assert (found.certainty, found.minutes, found.sure_minutes) == (Certainty.CERTAIN, 60, 60)
    assert found.normalised == pytest.approx(96)  # level 8 weighs 1.6


def test_who_came_within_half_an_hour_of_the_case_leaving_is_found() -> None:
    (found,) = met(visit("10:00", "11:00"), ("11:10", "12:00"))
    assert found.minutes == 20
    assert met(visit("10:00", "11:00"), ("11:30", "12:00")) == []


def test_a_stay_of_the_case_below_ten_minutes_warns_nobody() -> None:
    assert met(visit("10:00", "10:09"), ("10:00", "11:00")) == []


def test_short_overlaps_of_a_day_add_up_until_the_risk_is_high() -> None:
    assert met(visit("10:00", "12:00"), ("10:00", "10:06")) == []  # 9.6 minutes
    (found,) = met(visit("10:00", "12:00"), ("10:00", "10:06"), ("11:00", "11:06"))
    assert (found.minutes, found.stays) == (12, (100, 101))
    assert [risk_of(each, RULE) for each in (9.9, 10.0)] == [Risk.LOW, Risk.HIGH]


@pytest.mark.parametrize(
    ("case_certain", "other_certain", "point", "wanted"),
    [
        (True, True, GATE, Certainty.CERTAIN),
        (False, True, GATE, Certainty.POSSIBLE),
        (True, False, GATE, Certainty.POSSIBLE),
        (True, True, HALL, Certainty.POSSIBLE),
    ],
    ids=["both surely there", "the case's exit unseen", "the other's exit unseen", "another point of the place"],
)
def test_only_two_who_were_surely_at_one_point_surely_met(
    case_certain: bool, other_certain: bool, point: int, wanted: Certainty
) -> None:
    (found,) = met(visit("10:00", "11:00", certain=case_certain), ("10:00", "11:00"), certain=other_certain, point=point)
    assert found.certainty is wanted


def test_the_cases_own_stays_are_no_contacts_under_any_of_their_names() -> None:
    mine = visit("10:00", "11:00")
    assert met(mine, ("10:00", "11:00"), who=CASE) == []
    rows = np.array([(mine.key, 5, 99, PLACE, GATE, 0, 0, at("10:00"), at("11:00"))], STAY)
    cases = case_visits([mine], Infectious(ONSET, True, at("00:00", -2), at("00:00", 5)), RULE)
    assert len(meetings(cases, rows)) == 1
    assert len(meetings(cases, rows, own={99})) == 0


@pytest.mark.parametrize(("since", "until"), [("12:00", "23:00"), ("00:00", "09:00")], ids=["not yet", "isolated"])
def test_what_lies_outside_the_infectious_period_warns_nobody(since: str, until: str) -> None:
    assert case_visits([visit("10:00", "11:00")], Infectious(ONSET, True, at(since), at(until)), RULE) == []


def test_nobody_there_is_no_contact() -> None:
    cases = case_visits([visit("10:00", "11:00")], Infectious(ONSET, True, at("00:00", -2), at("00:00", 5)), RULE)
    assert judge(meetings(cases, np.zeros(0, STAY)), RULE) == []


def test_days_are_those_of_the_provinces_clock() -> None:
    vietnam = ZoneInfo("Asia/Ho_Chi_Minh")
    begun = int(datetime(2021, 7, 3, 16, 30, tzinfo=UTC).timestamp())
    assert [day for day, _start, _end in by_day(begun, begun + 3600, vietnam)] == [date(2021, 7, 3), date(2021, 7, 4)]
    assert [day for day, _start, _end in by_day(begun, begun + 3600)] == [date(2021, 7, 3)]
