"""Which earlier tickets a new one may repeat, as tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.hotline.duplicates import MOST_PROPOSED, Duplicate, Likeness, Matter, Proposal, duplicates_of, says_more
from monitor.models.hotline import TicketKind

AT = datetime(2026, 12, 1, 8, 0, tzinfo=UTC)
AN, BINH = "+84901234567", "+84907654321"
HERE, NEAR, FAR = (10.98, 106.65), (10.9805, 106.65), (10.984, 106.65)  # 56 m and 445 m to the north


def matter(number: int = 0, kind: TicketKind = TicketKind.FOOD, minutes: float = 0, **more: Any) -> Matter:
    return Matter(number, kind, AT - timedelta(minutes=minutes), **more)


@pytest.mark.parametrize(
    ("new", "earlier", "found"),
    [
        (matter(caller=AN), matter(1, minutes=60, caller=AN), (Likeness.NUMBER, Proposal.ADD)),
        (matter(caller=AN), matter(1, minutes=24 * 60, caller=AN), (Likeness.NUMBER, Proposal.ADD)),
        (matter(caller=AN), matter(1, minutes=24 * 60 + 1, caller=AN), None),
        (matter(caller=AN), matter(1, TicketKind.EMERGENCY, 60, caller=AN), (Likeness.NUMBER, Proposal.LOOK)),
        (matter(caller=AN), matter(1, minutes=60, caller=BINH), None),
        # Nobody's number is nobody's: two callers without one are not the same.
        (matter(), matter(1, minutes=1), None),
        (matter(household_id=7), matter(1, minutes=60, household_id=7), (Likeness.HOUSEHOLD, Proposal.ADD)),
        (
            matter(caller=AN, household_id=7),
            matter(1, minutes=9, caller=BINH, household_id=7),
            (Likeness.HOUSEHOLD, Proposal.ADD),
        ),
        (matter(fix=HERE), matter(1, minutes=60, fix=NEAR), (Likeness.PLACE, Proposal.BUNDLE)),
        (matter(fix=HERE), matter(1, minutes=241, fix=NEAR), None),
        (matter(fix=HERE), matter(1, minutes=60, fix=FAR), None),
        (
            matter(0, TicketKind.TECHNICAL, fix=HERE),
            matter(1, TicketKind.TECHNICAL, 60, fix=FAR),
            (Likeness.PLACE, Proposal.BUNDLE),
        ),
        (matter(0, TicketKind.TECHNICAL, fix=HERE), matter(1, TicketKind.FOOD, 60, fix=HERE), None),
        (matter(0, TicketKind.MEDICINE, fix=HERE), matter(1, TicketKind.MEDICINE, 60, fix=HERE), None),
        (matter(unit="25747"), matter(1, minutes=60, unit="25747"), (Likeness.PLACE, Proposal.BUNDLE)),
        (matter(unit="25747", fix=HERE), matter(1, minutes=60, unit="25747", fix=FAR), None),
        (matter(unit="25747"), matter(1, minutes=60, unit="25750"), None),
        (matter(), matter(1, minutes=60), None),
    ],
)
def test_what_may_be_the_same(new: Matter, earlier: Matter, found: tuple[Likeness, Proposal] | None) -> None:
    told = [(each.likeness, each.proposal) for each in duplicates_of(new, [earlier])]
    assert told == ([found] if found else [])


def test_the_likeliest_stand_first_and_few_are_shown() -> None:
    new = matter(9, caller=AN, household_id=7, fix=HERE)
    nearby = [matter(number, minutes=number, fix=NEAR) for number in range(10, 30)]
    earlier = [
        *nearby,
        matter(1, TicketKind.OTHER, 5, caller=AN),
        matter(2, minutes=50, household_id=7),
        matter(3, minutes=90, caller=AN),
        matter(4, minutes=70, caller=AN),
        matter(9, caller=AN),
    ]
    told = duplicates_of(new, earlier)
    assert [each.ticket_id for each in told[:3]] == [4, 3, 2]
    assert len(told) == MOST_PROPOSED
    assert told[3] == Duplicate(10, Likeness.PLACE, Proposal.BUNDLE, pytest.approx(55.6, abs=0.5), asked=True)


@pytest.mark.parametrize(
    ("new", "earlier", "asked"),
    [
        (matter(caller=AN), matter(1, minutes=60, caller=AN), True),
        (matter(caller=AN), matter(1, TicketKind.MONEY, 60, caller=AN), False),
        (matter(unit="25747", place=" 5 hem 12"), matter(1, minutes=60, unit="25747", place=" 5 hem 12"), True),
        (matter(unit="25747", place=" 5 hem 12"), matter(1, minutes=60, unit="25747", place=" 7 hem 12"), False),
        # Two families without rice in one commune are two; two power cuts are one.
        (matter(unit="25747"), matter(1, minutes=60, unit="25747"), False),
        (matter(0, TicketKind.TECHNICAL, unit="25747"), matter(1, TicketKind.TECHNICAL, 60, unit="25747"), True),
        # An emergency waits for no question.
        (matter(0, TicketKind.EMERGENCY, caller=AN), matter(1, TicketKind.EMERGENCY, 9, caller=AN), False),
        (matter(0, TicketKind.EMERGENCY, fix=HERE), matter(1, TicketKind.EMERGENCY, 9, fix=NEAR), False),
    ],
)
def test_of_what_an_operator_is_asked_before_it_is_saved(new: Matter, earlier: Matter, asked: bool) -> None:
    (found,) = duplicates_of(new, [earlier])
    assert found.asked is asked


@pytest.mark.parametrize(
    ("new", "earlier", "more"),
    [
        (matter(caller=AN), matter(1, minutes=10, caller=AN), True),
        (matter(0, TicketKind.OTHER, caller=AN), matter(1, minutes=10, caller=AN), True),
        (matter(0, TicketKind.EMERGENCY, caller=AN), matter(1, minutes=1, caller=AN), False),
        (matter(0, TicketKind.FOOD, caller=AN), matter(1, TicketKind.OTHER, 1, caller=AN), False),
        (matter(caller=AN), matter(1, minutes=31, caller=AN), False),
        (matter(caller=AN), matter(1, minutes=-1, caller=AN), False),
        (matter(caller=BINH), matter(1, minutes=1, caller=AN), False),
        (matter(), matter(1, minutes=1), False),
    ],
)
def test_what_goes_on_with_the_message_before(new: Matter, earlier: Matter, more: bool) -> None:
    assert says_more(new, earlier, within=timedelta(minutes=30)) is more
