"""What follows when a quarantine order changes its state, as a table."""

from itertools import permutations

import pytest

from monitor.models.people.residents import OVER, OrderState
from monitor.people.orders import GOES_ON, STANDING, consequences

ACTIVE, RELEASED, TRANSFERRED = OrderState.ACTIVE, OrderState.RELEASED, OrderState.TRANSFERRED
HOSPITALISED, LEFT, DIED = OrderState.HOSPITALISED, OrderState.LEFT, OrderState.DIED


@pytest.mark.parametrize(
    ("new", "questions_end", "guardian_leaves", "over"),
    [
        (RELEASED, True, False, True),
        (TRANSFERRED, True, False, True),
        (HOSPITALISED, True, True, False),
        (LEFT, False, True, False),
        (DIED, True, True, True),
    ],
)
def test_what_follows_when_an_order_in_force_ends(
    new: OrderState, questions_end: bool, guardian_leaves: bool, over: bool
) -> None:
    following = consequences(ACTIVE, new)
    assert following.ended_at_set
    assert following.stops_asking
    assert following.ends_questions == questions_end
    assert following.guardian_leaves == guardian_leaves
    assert following.guardian_died == (new is DIED)
    assert (new in OVER) == over
    assert (new in GOES_ON) != over


@pytest.mark.parametrize("old", [state for state in OrderState if state is not ACTIVE])
def test_an_order_that_is_put_in_force_again_forgets_its_end_and_settles_nothing(old: OrderState) -> None:
    following = consequences(old, ACTIVE)
    assert not following.ended_at_set
    assert not following.stops_asking
    assert not following.ends_questions
    assert not following.guardian_leaves


def test_every_state_is_in_the_table_and_every_change_has_consequences() -> None:
    assert set(STANDING) == set(OrderState)
    for old, new in permutations(OrderState, 2):
        assert consequences(old, new).guardian_died == (new is DIED)


@pytest.mark.parametrize("state", OrderState)
def test_a_change_to_the_same_state_is_none(state: OrderState) -> None:
    with pytest.raises(ValueError, match="already"):
        consequences(state, state)
