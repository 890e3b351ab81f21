"""What coverage means: shares, bands, who fell behind, and where each tile of the map stands."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.reports.coverage.counting import Counts, believable, summed, works
from monitor.reports.coverage.standing import Band, Covered, band, fell_behind, is_old, share
from monitor.reports.coverage.tiles import Spot, laid_out

NOW = datetime(2026, 12, 1, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("covered", "users", "found"),
    [(90, 100, 0.9), (0, 100, 0.0), (None, 100, None), (90, None, None), (90, 0, None), (120, 100, 1.2)],
)
def test_a_share_is_told_only_where_both_numbers_are_known(covered: int | None, users: int | None, found: float | None) -> None:
    assert share(covered, users) == found


@pytest.mark.parametrize(
    ("of", "found"),
    [
        (None, Band.UNKNOWN),
        (0.0, Band.LOW),
        (0.4999, Band.LOW),
        (0.5, Band.HALF),
        (0.75, Band.NEAR),
        (0.8999, Band.NEAR),
        (0.9, Band.REACHED),
        (1.3, Band.REACHED),
    ],
)
def test_bands_begin_where_their_words_say(of: float | None, found: Band) -> None:
    assert band(of) is found


def test_behind_is_who_is_below_the_goal_or_lower_than_a_week_ago() -> None:
    rows = [
        Covered("a", "A", 95, 100, week_ago=0.95),
        Covered("b", "B", 40, 100, week_ago=0.3),
        Covered("c", "C", 92, 100, week_ago=0.97),
        Covered("d", "D", 93, 100, week_ago=0.94),
        Covered("e", "E", 10, None),
        Covered("f", "F", 9, 11),
        Covered("g", "G", 80, 100, week_ago=None),
    ]
    found = fell_behind(rows)
    # First who fell, then who is farthest from the goal. D's hundredth is the day's chance; of E nothing is known.
    assert [each.whose.name for each in found] == ["C", "B", "G", "F"]
    assert [each.missing for each in found] == [0, 50, 10, 1]
    assert found[0].fell == pytest.approx(0.05)
    assert found[1].fell is None


@pytest.mark.parametrize(("days", "old"), [(0, False), (180, False), (181, True)])
def test_a_number_of_half_a_year_ago_is_old(days: int, old: bool) -> None:
    assert is_old(date(2026, 12, 1) - timedelta(days=days), date(2026, 12, 1)) is old
    assert not is_old(None, date(2026, 12, 1))


def test_the_province_compares_only_communes_whose_smartphone_users_are_known() -> None:
    known = Counts("unit:1", smartphone_users=100, counted_on=date(2026, 3, 1), in_force=90, covered=90)
    later = Counts("unit:2", smartphone_users=100, counted_on=date(2026, 9, 1), in_force=50, covered=50)
    unknown = Counts("unit:3", in_force=400, covered=400)
    nowhere = Counts("unit:-", in_force=7)
    whole = summed([known, later, unknown, nowhere], [Counts("zone:1", cameras_planned=4), Counts("zone:2")])
    assert (whole.in_force, whole.covered, whole.smartphone_users) == (547, 140, 200)
    assert (whole.counted_on, whole.cameras_planned, whole.cameras_working) == (date(2026, 3, 1), 4, None)
    assert summed([], []) == Counts("province")


def test_a_camera_works_while_its_newest_picture_is_fresh_and_is_believed_by_roll_calls() -> None:
    assert works(NOW - timedelta(seconds=30), NOW)
    assert not works(NOW - timedelta(seconds=31), NOW)
    assert not works(None, NOW)
    assert [believable(4, 4), believable(9, 10), believable(8, 10)] == [None, True, False]


def test_each_commune_has_a_tile_of_its_own_near_where_it_lies() -> None:
    spots = [Spot(f"{row}{column}", 11 - row / 10, 106 + column / 10) for row in range(5) for column in range(5)]
    tiles = laid_out(spots)
    assert len(set(tiles.places.values())) == 25
    for spot in spots:
        # North is up and east is right: whoever lies north of another one is never below it here.
        for other in spots:
            if spot.north > other.north + 0.15:
                assert tiles.places[spot.key][1] <= tiles.places[other.key][1]
            if spot.east < other.east - 0.15:
                assert tiles.places[spot.key][0] <= tiles.places[other.key][0]
    assert laid_out(list(reversed(spots))) == tiles


@pytest.mark.parametrize("many", [0, 1, 2])
def test_few_communes_have_tiles_too_and_those_in_one_place_stand_beside_each_other(many: int) -> None:
    tiles = laid_out([Spot(str(each), 10.0, 106.0) for each in range(many)])
    assert len(set(tiles.places.values())) == many
