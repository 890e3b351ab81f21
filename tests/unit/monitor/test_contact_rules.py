"""Contact rules, infectious periods and what a meeting is by the rule of its day: tables and vectors with their sources."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from monitor.contacts.periods import Dates, Judged, Meeting, Period, check_dates, infectious, judge, strictest
from monitor.contacts.rule_vectors import reckoned, vectors, wanted
from monitor.contacts.rules import Proximity, Rule, Tier, Until, check_rule, in_force, overlapping, rule_of, shipped, written
from monitor.models.contacts.cases import FoundWhere
from monitor.models.contacts.contacts import Certainty
from monitor.problems import BadInput
from monitor.words import words

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TODAY = date(2026, 12, 1)


@pytest.mark.parametrize("vector", vectors(), ids=lambda each: each["says"])
def test_a_meeting_is_what_the_rule_of_its_day_makes_of_it(vector: dict[str, object]) -> None:
    assert vector["source"]
    assert reckoned(vector) == wanted(vector)


def test_every_shipped_rule_names_its_source_holds_and_says_what_of_it_is_unsure() -> None:
    assert [each.key for each in shipped()] == ["5053-2020", "3638-2021", "11042-2021", "1909-2022", "monkeypox-2022"]
    names = {"metres", "before_onset_days", "before_sample_days", "minutes", "order_days", "test_days"}
    for rule in shipped():
        check_rule(rule)
        assert rule.source
        assert rule.address.startswith("https://")
        assert rule.unsure <= names
        assert rule_of(written(rule)) == rule


def test_the_shipped_rules_of_a_disease_follow_one_another_without_a_gap_or_an_overlap() -> None:
    covid = [each for each in shipped() if each.disease == "covid-19"]
    for earlier, later in pairwise(covid):
        assert earlier.ends_on is not None
        assert later.starts_on == earlier.ends_on + timedelta(days=1)
    assert covid[-1].ends_on is None


def own(**more: object) -> Rule:
    tier = Tier("f1", 1, {"vi": "F1", "en": "F1"}, frozenset({Proximity.NEAR}), 15, 7, (1, 7))
    rule = Rule(
        "own-1", "covid-19", {"vi": "R", "en": "R"}, date(2026, 1, 1), None, "QĐ 1", 2.0, 2, 2, Until.ISOLATION, (tier,)
    )
    return replace(rule, **{"own": True, **more})  # type: ignore[arg-type]


def test_a_provinces_own_rule_wins_over_a_shipped_one_from_its_first_day_to_its_last() -> None:
    rules = (*shipped(), own(ends_on=date(2026, 2, 1)))
    assert [in_force(rules, "covid-19", day).key for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 1))] == [  # type: ignore[union-attr]
        "1909-2022",
        "own-1",
        "own-1",
    ]
    assert in_force(rules, "covid-19", date(2026, 2, 2)).key == "1909-2022"  # type: ignore[union-attr]
    assert in_force(rules, "measles", date(2026, 1, 1)) is None
    assert [each.key for each in overlapping(own(), shipped())] == ["1909-2022"]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"ends_on": date(2025, 12, 31)}, "ends_on"),
        ({"source": " "}, "source"),
        ({"metres": 0.0}, "metres"),
        ({"before_onset_days": 61}, "before_onset_days"),
        ({"before_sample_days": -1}, "before_sample_days"),
        ({"tiers": ()}, "proximity"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_with_its_field(more: dict[str, object], field: str) -> None:
    check_rule(own())
    with pytest.raises(BadInput) as refused:
        check_rule(own(**more))
    assert refused.value.field == field


def at(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("dates", "field"),
    [
        (Dates(), "onset_on"),
        (Dates(onset_on=date(2026, 11, 20), without_signs=True), "onset_on"),
        (Dates(onset_on=date(2026, 12, 2)), "onset_on"),
        (Dates(sampled_on=date(2026, 11, 20), result_on=date(2026, 11, 19)), "result_on"),
        (Dates(onset_on=date(2026, 11, 20), isolated_at=at(19)), "isolated_at"),
        (Dates(onset_on=date(2026, 11, 20), ended_on=date(2026, 11, 19)), "ended_on"),
        (Dates(onset_on=date(2026, 11, 20), isolated_at=datetime(2026, 12, 2, 8, tzinfo=ZONE)), "isolated_at"),
        (Dates(onset_on=date(2026, 11, 20)), None),
        (Dates(result_on=date(2026, 11, 20)), None),
        (Dates(sampled_on=date(2026, 11, 20), without_signs=True, isolated_at=at(19)), None),
        # Who was in quarantine already falls ill there.
        (Dates(onset_on=date(2026, 11, 20), isolated_at=at(19), found_where=FoundWhere.QUARANTINE), None),
    ],
)
def test_dates_that_cannot_be_true_are_told_with_their_field(dates: Dates, field: str | None) -> None:
    if field is None:
        check_dates(dates, TODAY, ZONE)
        return
    with pytest.raises(BadInput) as refused:
        check_dates(dates, TODAY, ZONE)
    assert refused.value.field == field


def test_the_infectious_period_begins_with_a_day_on_the_zones_clock() -> None:
    period = infectious(Dates(onset_on=date(2026, 11, 20), isolated_at=at(21, 8)), own(), ZONE)
    assert period == Period(datetime(2026, 11, 17, 17, tzinfo=UTC), at(21, 8))
    assert infectious(Dates(), own(), ZONE) is None
    # Without the first day of signs it is counted from the sample.
    assert infectious(Dates(sampled_on=date(2026, 11, 20)), own(before_sample_days=5), ZONE) == Period(at(15), None)
    until_ended = infectious(Dates(onset_on=date(2026, 11, 20), isolated_at=at(21)), own(until=Until.ENDED), ZONE)
    assert until_ended is not None
    assert until_ended.end is None


def test_who_was_isolated_before_becoming_infectious_infected_nobody() -> None:
    dates = Dates(onset_on=date(2026, 11, 20), isolated_at=at(10), found_where=FoundWhere.QUARANTINE)
    period = infectious(dates, own(), ZONE)
    assert period is not None
    assert period.empty
    meeting = Meeting(at(19), at(19, 2), at(19), at(19, 2), 60, Proximity.NEAR)
    assert judge(own(), 1, period, meeting, "").tier == ""


def test_a_meeting_of_which_only_a_part_may_lie_in_the_period_is_possible() -> None:
    period = Period(at(18), at(21))
    meeting = Meeting(at(17), at(18, 5), at(17), at(17, 20), 60, Proximity.NEAR)
    judged = judge(own(), 1, period, meeting, "")
    assert (judged.tier, judged.certainty) == ("f1", Certainty.POSSIBLE)


def test_of_several_meetings_the_strictest_counts() -> None:
    rule = next(each for each in shipped() if each.key == "11042-2021")
    none, near = Judged("", Certainty.POSSIBLE, words("x")), Judged("f1-near", Certainty.CERTAIN, words("x"))
    touch = Judged("f1-touch", Certainty.POSSIBLE, words("x"))
    assert strictest([(rule, none), (rule, near), (rule, touch)]) == touch
    assert strictest([(None, none)]) == none
    assert strictest([]) is None
