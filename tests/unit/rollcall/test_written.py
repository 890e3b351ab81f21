"""Parts of long texts as HTTP gateways tell of them, and times that cannot be."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.models.rollcalls.inbound import InboundDoubt
from monitor.settings import USUAL_FIELDS
from rollcall.inbound.written import CLOCKS_DIFFER, LONGEST_ON_THE_WAY, BrokenPart, doubt_of, part_of
from tests.worlds.small_zone import NOW


def fields(**given: str) -> dict[str, str]:
    return dict.fromkeys(USUAL_FIELDS, "") | given


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, None),
        ({"part_of": "7", "parts": "2", "part": "1", "concat": "true"}, ("http 7", 2, 1)),
        ({"part_of": "7", "parts": "2", "part": "1"}, ("http 7", 2, 1)),
        ({"part_of": "7", "parts": "2", "part": "0"}, ("http 7", 2, 0)),
        ({"parts": "2", "part": "2", "concat": "1"}, ("http ", 2, 2)),
        ({"udh": "0500030A0201"}, ("0a", 2, 1)),
        ({"udh": "%05%00%03%0A%02%02"}, ("0a", 2, 2)),
        ({"udh": "00030A0201"}, ("0a", 2, 1)),
        ({"udh": "06080412340302"}, ("1234", 3, 2)),
        # Whole: one of one, no part, a header of another kind, or joined by the gateway, which says of how many.
        ({"part_of": "7", "parts": "1", "part": "1"}, None),
        ({"concat": "false"}, None),
        ({"concat": "false", "part_of": "7", "parts": "2", "part": "1"}, None),
        ({"udh": "0605041583158A"}, None),
        ({"udh": "garbage"}, None),
        ({"parts": "3"}, None),
        ({"part_of": "abc"}, None),
    ],
)
def test_a_part_is_known_by_what_it_is_of(given: dict[str, str], wanted: tuple[str, int, int] | None) -> None:
    assert part_of(fields(**given)) == wanted


@pytest.mark.parametrize(
    "given",
    [
        {"concat": "true"},
        {"concat": "true", "part_of": "7", "parts": "2"},
        {"concat": "true", "part_of": "7", "parts": "two", "part": "1"},
        {"part": "3", "parts": "2"},
        {"part": "1", "parts": "9999"},
        {"part": "2"},
    ],
)
def test_a_part_of_which_nobody_can_say_of_what_is_broken(given: dict[str, str]) -> None:
    with pytest.raises(BrokenPart):
        part_of(fields(**given))


def test_a_long_reference_fits_and_stays_its_own() -> None:
    one, other = (part_of(fields(part_of=f"{'x' * 60}{each}", parts="2", part="1")) for each in "ab")
    assert one is not None
    assert other is not None
    assert len(one[0]) <= 16
    assert one[0] != other[0]


@pytest.mark.parametrize(
    ("said", "at", "wanted"),
    [
        ("", None, None),
        ("  ", None, None),
        ("just now", None, InboundDoubt.TIME_UNREADABLE),
        ("x", NOW, None),
        ("", NOW - timedelta(hours=3), None),
        ("x", NOW + CLOCKS_DIFFER, None),
        ("x", NOW + CLOCKS_DIFFER + timedelta(seconds=1), InboundDoubt.TIME_IMPOSSIBLE),
        ("x", NOW + timedelta(hours=7), InboundDoubt.TIME_IMPOSSIBLE),
        ("x", NOW - LONGEST_ON_THE_WAY, None),
        ("x", NOW - LONGEST_ON_THE_WAY - timedelta(seconds=1), InboundDoubt.TIME_IMPOSSIBLE),
    ],
)
def test_a_time_that_cannot_be_read_or_cannot_be_is_in_doubt(said: str, at: object, wanted: InboundDoubt | None) -> None:
    assert doubt_of(said, at, NOW) is wanted  # type: ignore[arg-type]
