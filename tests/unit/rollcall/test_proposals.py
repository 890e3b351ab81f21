"""Who may confirm, decline or withdraw a decision with legal effect, as a table."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.models.legal import LegalDeed, ProposalState
from monitor.problems import BadInput
from rollcall.followup.proposals import WAITS, Wanted, checked, why_not_decide, why_not_withdraw

AT = datetime(2026, 11, 30, 9, tzinfo=UTC)
FIRST, SECOND = 1, 2


@pytest.mark.parametrize("state", list(ProposalState))
@pytest.mark.parametrize("account", [FIRST, SECOND])
@pytest.mark.parametrize("over", [False, True])
def test_only_another_person_decides_in_time_and_once(state: ProposalState, account: int, over: bool) -> None:
    refused = why_not_decide(state, FIRST, AT + WAITS, account, AT + WAITS if over else AT)
    assert (refused is None) is (state is ProposalState.WAITING and account == SECOND and not over)


@pytest.mark.parametrize("state", list(ProposalState))
@pytest.mark.parametrize("account", [FIRST, SECOND])
def test_only_whoever_proposed_it_withdraws_it(state: ProposalState, account: int) -> None:
    assert (why_not_withdraw(state, FIRST, account) is None) is (state is ProposalState.WAITING and account == FIRST)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(LegalDeed.BREACH, " ", "Luật"), "reason"),
        (Wanted(LegalDeed.BREACH, "x" * 2001, "Luật"), "reason"),
        (Wanted(LegalDeed.BREACH, "x", " "), "legal_basis"),
        (Wanted(LegalDeed.POLICE, "x", "Luật"), "recipient"),
        (Wanted(LegalDeed.POLICE, "x", "Luật", recipient="Công an"), "what"),
        (Wanted(LegalDeed.EXTENSION, "x", "Luật"), "ends_at"),
        (Wanted(LegalDeed.IDENTIFICATION, "x", "Luật"), "incident"),
    ],
)
def test_what_is_missing_is_named(wanted: Wanted, field: str) -> None:
    with pytest.raises(BadInput) as problem:
        checked(wanted)
    assert problem.value.field == field
