"""What may be done with an order in which phase, within which bounds, and how it is said: tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.models.people.moves import PlannedKind
from monitor.models.people.residents import OrderState
from monitor.people.order_deeds import (
    ALLOWED,
    CAN_WAIT,
    FORM_TAKES,
    NEW_STATE,
    REFUSED,
    Deed,
    Phase,
    Term,
    check_new_end,
    phase_of,
    require_allowed,
    require_alone,
)
from monitor.people.order_words import as_text, listed, said
from monitor.people.orders import consequences
from monitor.people.what_follows import Around, what_follows
from monitor.problems import BadInput, Conflict
from monitor.words import translator

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
VIETNAM = "Asia/Ho_Chi_Minh"
IN_FORCE = Term(OrderState.ACTIVE, NOW - timedelta(days=2), NOW + timedelta(days=12))
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("state", "starts", "ends", "phase"),
    [
        (OrderState.ACTIVE, -2, 12, Phase.IN_FORCE),
        (OrderState.ACTIVE, 0, 1, Phase.IN_FORCE),
        (OrderState.ACTIVE, 1, 12, Phase.TO_COME),
        (OrderState.ACTIVE, -2, 0, Phase.RUN_OUT),
        (OrderState.HOSPITALISED, -2, -1, Phase.HOSPITAL),
        (OrderState.LEFT, -2, 12, Phase.LEFT),
        (OrderState.RELEASED, -2, 12, Phase.RELEASED),
        (OrderState.TRANSFERRED, -2, 12, Phase.MOVED_AWAY),
        (OrderState.DIED, 1, 12, Phase.DIED),
    ],
)
def test_an_orders_phase_is_its_state_and_the_time(state: OrderState, starts: int, ends: int, phase: Phase) -> None:
    assert phase_of(Term(state, NOW + starts * DAY, NOW + ends * DAY), NOW) is phase


def test_each_phase_says_what_may_be_done_and_why_not_the_rest() -> None:
    assert set(ALLOWED) == set(REFUSED) == set(Phase)
    assert set().union(*ALLOWED.values()) == set(Deed)
    assert all(len(set(deeds)) == len(deeds) for deeds in ALLOWED.values())
    assert {kind.value for kind in PlannedKind} == {deed.value for deed in CAN_WAIT}


@pytest.mark.parametrize("phase", list(Phase))
def test_no_deed_that_is_allowed_leaves_an_order_in_its_state(phase: Phase) -> None:
    states = {
        Phase.HOSPITAL: OrderState.HOSPITALISED,
        Phase.LEFT: OrderState.LEFT,
        Phase.RELEASED: OrderState.RELEASED,
        Phase.MOVED_AWAY: OrderState.TRANSFERRED,
        Phase.DIED: OrderState.DIED,
    }
    old = states.get(phase, OrderState.ACTIVE)
    for deed in ALLOWED[phase]:
        if deed in NEW_STATE:
            consequences(old, NEW_STATE[deed])


@pytest.mark.parametrize(
    ("phase", "deed"),
    [
        (Term(OrderState.RELEASED, NOW - DAY, NOW + DAY), Deed.RELEASE),
        (Term(OrderState.DIED, NOW - DAY, NOW + DAY), Deed.RELEASE),
        (Term(OrderState.ACTIVE, NOW - 2 * DAY, NOW - DAY), Deed.EXTEND),
        (Term(OrderState.ACTIVE, NOW + DAY, NOW + 2 * DAY), Deed.HOSPITAL),
        (Term(OrderState.HOSPITALISED, NOW - DAY, NOW + DAY), Deed.TRANSFER),
        (IN_FORCE, Deed.FURTHER),
        (IN_FORCE, Deed.BACK),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(phase: Term, deed: Deed) -> None:
    with pytest.raises(Conflict) as refused:
        require_allowed(deed, phase, NOW)
    assert refused.value.words.template in REFUSED.values()


@pytest.mark.parametrize(
    ("deed", "term", "ends_at", "wrong"),
    [
        (Deed.EXTEND, IN_FORCE, NOW + 12 * DAY, "not later"),
        (Deed.EXTEND, IN_FORCE, NOW + 11 * DAY, "not later"),
        (Deed.EXTEND, IN_FORCE, NOW + 365 * DAY, "more than a year"),
        (Deed.EXTEND, Term(OrderState.LEFT, NOW - 9 * DAY, NOW - 5 * DAY), NOW - DAY, "already past"),
        (Deed.SHORTEN, IN_FORCE, NOW + 12 * DAY, "not earlier"),
        (Deed.SHORTEN, IN_FORCE, NOW - 3 * DAY, "before it begins"),
        (Deed.SHORTEN, IN_FORCE, IN_FORCE.starts_at, "before it begins"),
        (Deed.SHORTEN, IN_FORCE, NOW - FORM_TAKES - timedelta(seconds=1), "already past"),
        (Deed.SHORTEN, Term(OrderState.ACTIVE, NOW + 2 * DAY, NOW + 9 * DAY), NOW + DAY, "before it begins"),
    ],
)
def test_an_end_that_cannot_be_is_refused(deed: Deed, term: Term, ends_at: datetime, wrong: str) -> None:
    with pytest.raises(BadInput, match=wrong) as refused:
        check_new_end(deed, term, ends_at, [], NOW)
    assert refused.value.field == "ends_at"


def test_an_order_may_end_now_and_the_minute_on_the_form_counts_as_now() -> None:
    assert check_new_end(Deed.SHORTEN, IN_FORCE, NOW, [], NOW) == NOW
    assert check_new_end(Deed.SHORTEN, IN_FORCE, NOW - timedelta(minutes=2), [], NOW) == NOW
    assert check_new_end(Deed.EXTEND, IN_FORCE, NOW + 20 * DAY, [], NOW) == NOW + 20 * DAY


@pytest.mark.parametrize(
    ("state", "alone"),
    [
        (OrderState.ACTIVE, False),
        (OrderState.HOSPITALISED, False),
        (OrderState.LEFT, False),
        (OrderState.RELEASED, True),
        (OrderState.TRANSFERRED, True),
        (OrderState.DIED, True),
    ],
)
def test_two_orders_never_hold_one_person_at_once(state: OrderState, alone: bool) -> None:
    other = Term(state, NOW + 15 * DAY, NOW + 20 * DAY)
    require_alone(Term(OrderState.ACTIVE, NOW, NOW + 15 * DAY), [other])
    if alone:
        assert check_new_end(Deed.EXTEND, IN_FORCE, NOW + 16 * DAY, [other], NOW)
    else:
        with pytest.raises(Conflict, match="Another order"):
            check_new_end(Deed.EXTEND, IN_FORCE, NOW + 16 * DAY, [other], NOW)


@pytest.mark.parametrize(
    ("before", "after", "english"),
    [
        ({}, {"state": "active"}, ["The order was given."]),
        (
            {"ends_at": "2026-12-05T03:00:00+00:00"},
            {"ends_at": "2026-12-08T17:00:00+00:00"},
            ["End moved from 10:00 05/12/2026 to 00:00 09/12/2026."],
        ),
        (
            {"state": "active", "ended_at": "", "end_reason": ""},
            {"state": "released", "ended_at": "2026-11-23T03:00:00+00:00", "end_reason": "x"},
            ["Released from quarantine."],
        ),
        ({"state": "hospitalised"}, {"state": "active"}, ["Back from hospital; the order is in force again."]),
        ({"state": "released"}, {"state": "active"}, ["The order is in force again: its end was recorded by mistake."]),
        ({"room_id": "3", "room": "101"}, {"room_id": "4", "room": "102"}, ["Moved from room 101 to room 102."]),
        ({"room_id": "", "room": ""}, {"room_id": "4", "room": "102"}, ["Came to room 102."]),
        # A room that is called by a name is not told to be a room once more.
        ({"room_id": "", "room": ""}, {"room_id": "4", "room": "Phòng sinh hoạt chung"}, ["Came to Phòng sinh hoạt chung."]),
        (
            {"zone": "Khu A", "room": "101"},
            {"zone": "Khu B", "room": "101"},
            ["Moved from Khu A to Khu B.", "Came to room 101."],
        ),
        ({"zone_id": "1"}, {"zone_id": "2"}, []),
        (
            {"number": "", "delivered_on": "2026-11-20"},
            {"number": "12/QĐ", "delivered_on": "2026-11-21"},
            ["Number of the order: 12/QĐ (before: nothing).", "Delivered on: 21/11/2026 (before: 20/11/2026)."],
        ),
    ],
)
def test_a_change_is_said_in_sentences(before: dict[str, str], after: dict[str, str], english: list[str]) -> None:
    assert [each.say(translator("en")) for each in said(before, after, VIETNAM)] == english


def test_values_are_kept_as_text_and_copied_in_words() -> None:
    assert [as_text(each) for each in (None, NOW, NOW.date(), OrderState.LEFT, 3)] == [
        "",
        "2026-11-23T03:00:00+00:00",
        "2026-11-23",
        "left",
        "3",
    ]
    copied = listed({"state": "active", "zone_id": "3", "ends_at": NOW.isoformat(), "end_reason": ""}, VIETNAM)
    assert [each.say(translator("en")) for each in copied] == ["In force.", "To: 10:00 23/11/2026"]


def test_before_a_release_it_is_said_what_hangs_on_the_person() -> None:
    around = Around("An", OrderState.ACTIVE, "101", ("Bình",), questions=True, planned=True, offered=True)
    english = [each.say(translator("en")) for each in what_follows(Deed.LEFT, around)]
    assert english == [
        "An is asked nothing more from then on, also in a roll-call that is open.",
        "The bed in room 101 is free from then on.",
        "Staff go on being asked to look for An.",
        "An answers for Bình: staff are asked to find someone else.",
        "Anything planned for later is called off.",
        "The offer to another zone ends.",
    ]
    assert "The bed in room 101 is kept." in [each.say(translator("en")) for each in what_follows(Deed.HOSPITAL, around)]
    for deed in Deed:
        if deed not in (Deed.EXEMPT, Deed.BACK, Deed.FOUND, Deed.REOPEN):
            assert what_follows(deed, around), deed
