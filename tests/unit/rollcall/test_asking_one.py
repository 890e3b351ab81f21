"""Whether one person may be asked beside the schedule, as a table."""

from __future__ import annotations

import pytest

from monitor.words import translator
from rollcall.prompts.asking_one import Asking, why_not

BUDGET = 6


@pytest.mark.parametrize(
    ("asking", "said"),
    [
        (Asking(), None),
        (Asking(used=BUDGET - 1), None),
        (Asking(in_quarantine=False, scheduled=False), "No quarantine order"),
        (Asking(away="Xét nghiệm", quiet_until="07:00"), "Xét nghiệm"),
        (Asking(asked_at="08:10", used=BUDGET), "A roll-call of 08:10 is open already"),
        (Asking(scheduled=False), "No schedule"),
        (Asking(quiet_until="07:00"), "until 07:00"),
        (Asking(stopped=True), "Messages are stopped"),
        (Asking(used=BUDGET), "already had 6 messages"),
        (Asking(reachable=False), "No telephone number"),
    ],
)
def test_the_first_that_speaks_against_it_is_said(asking: Asking, said: str | None) -> None:
    refusal = why_not(asking, BUDGET)
    if said is None:
        assert refusal is None
    else:
        assert refusal is not None
        assert said in refusal.say(translator("en"))
