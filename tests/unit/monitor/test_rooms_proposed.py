"""Which room is proposed for whom, and where a camera may look: the tables of both rules."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.models.places import RoomKind, Together
from monitor.places.camera_rules import picture_shown, why_not
from monitor.places.together import Newcomer, RoomNow, natural, proposed_room

TODAY, BEFORE = date(2026, 11, 23), date(2026, 11, 20)
ALL = frozenset(Together)


def room(
    name: str,
    *people: Newcomer,
    beds: int | None = 4,
    kind: RoomKind = RoomKind.ROOM,
    rules: frozenset[Together] = ALL - {Together.HOUSEHOLD},
    closed: bool = False,
) -> RoomNow:
    return RoomNow(hash(name), name, kind, beds, rules, people, closed)


WOMAN, MAN = Newcomer(None, TODAY, "female", "F1"), Newcomer(None, TODAY, "male", "F1")
MOTHER, SON = Newcomer(7, TODAY, "female", "F1"), Newcomer(7, TODAY, "male", "F1")


@pytest.mark.parametrize(
    ("person", "rooms", "order"),
    [
        # Filled rooms before empty ones, so that few are opened each day; full ones last.
        (WOMAN, [room("101"), room("102", WOMAN), room("103", WOMAN, beds=1)], ["102", "101", "-103"]),
        # Among equals the one with fewest beds left, then by name as people count.
        (WOMAN, [room("10"), room("9"), room("8", beds=2)], ["8", "9", "10"]),
        (WOMAN, [room("101", MAN), room("102")], ["102", "-101"]),
        (SON, [room("101", MOTHER), room("102", MAN)], ["101", "102"]),
        (WOMAN, [room("101", Newcomer(None, BEFORE, "female", "F1")), room("102")], ["102", "-101"]),
        (SON, [room("101", Newcomer(7, BEFORE, "female", "F1"))], ["-101"]),
        (WOMAN, [room("101", Newcomer(None, TODAY, "female", "F0"))], ["-101"]),
        (WOMAN, [room("101", MAN, rules=frozenset())], ["101"]),
        (WOMAN, [room("101", MOTHER, rules=frozenset({Together.HOUSEHOLD}))], ["-101"]),
        (Newcomer(None, TODAY, "", "F1"), [room("101", WOMAN), room("102")], ["102", "-101"]),
        (Newcomer(None, TODAY, "female", "F1", alone=True), [room("101", WOMAN), room("102")], ["102", "-101"]),
        (WOMAN, [room("101", Newcomer(None, TODAY, "female", "F1", alone=True))], ["-101"]),
        # Nobody said how many beds: it fits, but one whose beds are known comes first.
        (WOMAN, [room("101", beds=None), room("102", beds=2)], ["102", "101"]),
        (WOMAN, [room("101", beds=0)], ["-101"]),
        # Not lived in, or closed: not spoken of.
        (WOMAN, [room("Sân", kind=RoomKind.OUTDOORS), room("WC", kind=RoomKind.WASHROOM), room("101", closed=True)], []),
        (WOMAN, [], []),
    ],
)
def test_rooms_are_proposed_in_this_order(person: Newcomer, rooms: list[RoomNow], order: list[str]) -> None:
    proposed = proposed_room(person, rooms)
    assert [each.room.name if each.fits else f"-{each.room.name}" for each in proposed] == order
    assert all(each.reasons for each in proposed if not each.fits)


def test_every_reason_against_is_told_and_none_for_a_room_that_does_not_fit() -> None:
    full = room("101", Newcomer(None, BEFORE, "male", "F0"), beds=1, rules=ALL)
    (told,) = proposed_room(WOMAN, [full])
    said = [each.say(str) for each in told.reasons]
    assert said == [
        "No bed is free; it has 1.",
        "People of another household are there.",
        "Someone there came on another day.",
        "Someone there is of the other sex and of another household.",
        "Someone there has another F-status.",
    ]


def test_names_are_sorted_as_people_count() -> None:
    assert sorted(["A10", "101", "9", "a2", "Sân", "100"], key=natural) == ["9", "100", "101", "a2", "A10", "Sân"]


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("kind", [*RoomKind, None])
def test_a_camera_looks_into_bedrooms_by_an_order_alone_and_never_into_washrooms(kind: RoomKind | None, ordered: bool) -> None:
    refused = kind is RoomKind.WASHROOM or (kind in (RoomKind.ROOM, RoomKind.HOME) and not ordered)
    assert (why_not(kind, ordered=ordered) is not None) == refused


@pytest.mark.parametrize(
    ("kind", "sees_people", "shown"),
    [
        *((kind, True, True) for kind in (*RoomKind, None)),
        (RoomKind.CORRIDOR, False, True),
        (RoomKind.COMMON, False, True),
        (RoomKind.OUTDOORS, False, True),
        (RoomKind.ENTRANCE, False, True),
        (RoomKind.ROOM, False, False),
        (RoomKind.HOME, False, False),
        (RoomKind.WASHROOM, False, False),
        # Nobody said where it looks.
        (None, False, False),
    ],
)
def test_who_sees_no_residents_sees_no_room_in_which_people_live(kind: RoomKind | None, sees_people: bool, shown: bool) -> None:
    assert picture_shown(kind, sees_people=sees_people) is shown
