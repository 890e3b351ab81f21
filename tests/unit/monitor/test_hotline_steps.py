"""What may be closed, opened again, merged and bundled at the hotline, and who has what. Pure decisions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.hotline.setting_up import read_week, written_week
from monitor.hotline.steps import Joined, heir, may_reopen, older, why_not_bundled, why_not_closed, why_not_merged
from monitor.hotline.units import Candidate, ranked
from monitor.models.hotline import CloseReason, TicketKind, TicketState
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("reason", "answered", "wants", "words", "wrong"),
    [
        (CloseReason.ANSWERED, True, True, "", ""),
        (CloseReason.ANSWERED, False, True, "x", "Write the answer first"),
        (CloseReason.NO_ANSWER_WANTED, False, False, "", ""),
        (CloseReason.NO_ANSWER_WANTED, False, True, "x", "wants an answer"),
        (CloseReason.NOT_REACHED, False, True, " ", "Say in a sentence"),
        (CloseReason.NOT_REACHED, False, True, "Không nghe máy.", ""),
        (CloseReason.MERGED, True, True, "x", "by merging"),
    ],
)
def test_nothing_is_closed_without_an_answer_or_a_reason(
    reason: CloseReason, answered: bool, wants: bool, words: str, wrong: str
) -> None:
    said = why_not_closed(reason, answered=answered, wants_answer=wants, words=words)
    assert (wrong in (said or "")) if wrong else said is None


def test_a_ticket_opens_again_within_seventy_two_hours() -> None:
    assert may_reopen(NOW, NOW + 72 * HOUR)
    assert not may_reopen(NOW, NOW + 72 * HOUR + timedelta(seconds=1))
    assert not may_reopen(None, NOW)


def test_who_has_the_tickets_of_a_dissolved_unit() -> None:
    tomorrow = NOW + 24 * HOUR
    units = {1: (NOW, 2), 2: (NOW, 3), 3: (tomorrow, 4), 4: (None, None), 5: (NOW, 6), 6: (NOW, 5), 7: (NOW, None)}
    assert [heir(each, units, NOW) for each in units] == [3, 3, 3, 4, None, None, None]
    assert heir(1, units, tomorrow) == 4
    assert heir(9, units, NOW) is None


def joined(number: int, hours: int = 0, caller: str = "+84901", resident: int | None = None, **more: object) -> Joined:
    return Joined(number, TicketState.NEW, NOW + hours * HOUR, caller, resident, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "merged", "bundled"),
    [
        (joined(1), joined(2), "", ""),
        (joined(1), joined(1), "the same ticket", "the same ticket"),
        (joined(1), joined(2, caller="+84902"), "different callers", ""),
        (joined(1, caller=""), joined(2, caller=""), "different callers", ""),
        (joined(1, caller="", resident=7), joined(2, caller="+84902", resident=7), "", ""),
        (joined(1, merged_into=3), joined(2), "part of another", "part of another"),
        (joined(1), joined(2, bundled_under=3), "stand under no other", "stand under no other"),
        (joined(1, bundled_under=3), joined(2), "", "on top"),
        (joined(1), joined(2, children=True), "", "stand under this one"),
    ],
)
def test_which_two_are_one_matter_and_which_one_event(one: Joined, other: Joined, merged: str, bundled: str) -> None:
    for said, wrong in ((why_not_merged(one, other), merged), (why_not_bundled(one, other), bundled)):
        assert (wrong in (said or "")) if wrong else said is None


def test_the_one_that_is_due_first_stays() -> None:
    assert older(joined(2, hours=1), joined(1, hours=2)) == (joined(2, hours=1), joined(1, hours=2))
    assert older(joined(2), joined(1)) == (joined(1), joined(2))


def test_the_nearest_unit_that_takes_the_kind_comes_first() -> None:
    ward, city = UnitKey("26740", NOW.date()), UnitKey("79", NOW.date())
    food, money = frozenset({"food"}), frozenset({"money"})
    units = [
        Candidate(1, "Tỉnh", food, None, None),
        Candidate(2, "Thành phố", food, city, None),
        Candidate(3, "Phường", food, ward, None),
        Candidate(4, "Phường, tiền", money, ward, None),
        Candidate(5, "Nơi khác", food, UnitKey("1", NOW.date()), None),
    ]
    assert [each.unit_id for each in ranked(units, TicketKind.FOOD, [ward, city], None)] == [3, 2, 1, 5, 4]


def test_a_week_is_read_as_it_is_written() -> None:
    week = ["8:00-12:00, 13h00 – 17h00", "", "", "", "", "", "0:00-24:00"]
    segments = read_week(week)
    assert segments == [[0, 480, 720], [0, 780, 1020], [6, 0, 1440]]
    assert read_week(written_week(segments)) == segments
    for wrong in ("12:00-8:00", "8-12", "8:00-25:00", "x"):
        with pytest.raises(BadInput):
            read_week([wrong])
    with pytest.raises(BadInput, match="at least one"):
        read_week([""] * 7)
