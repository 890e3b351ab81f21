"""Who is to be called, when again, and what a call settles, as tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from monitor.models.incidents import ContactOutcome as Outcome
from monitor.models.incidents import ContactWay, IncidentKind
from monitor.words import translator
from rollcall.followup.attempts import Attempt
from rollcall.followup.calls import due_from, said_at_first, settles
from rollcall.followup.worklists import CALLED_ABOUT as KINDS
from tests.worlds.small_zone import NOW


@pytest.mark.parametrize(
    ("outcomes", "due"),
    [
        ((), NOW),
        ((Outcome.NO_ANSWER,), NOW + timedelta(minutes=30)),
        ((Outcome.PHONE_OFF, Outcome.NO_ANSWER), NOW + timedelta(minutes=70)),
        ((Outcome.NO_ANSWER, Outcome.WELL), NOW + timedelta(minutes=30)),
        *(((each,), None) for each in Outcome if each not in (Outcome.NO_ANSWER, Outcome.PHONE_OFF)),
    ],
)
def test_who_was_not_reached_is_called_again_and_nobody_else(outcomes: tuple[Outcome, ...], due: datetime | None) -> None:
    tries = [Attempt(NOW + timedelta(minutes=10), ContactWay.CALL, each, "", "chi", 1, 1) for each in outcomes]
    assert due_from(tries, NOW) == due


@pytest.mark.parametrize(
    ("outcome", "kinds", "unjudged", "ends"),
    [
        (Outcome.WELL, {IncidentKind.MISSED, IncidentKind.UNREACHED}, 0, True),
        (Outcome.WELL, {IncidentKind.MISSED, IncidentKind.UNWELL}, 0, False),
        (Outcome.WELL, {IncidentKind.MISSED}, 1, False),
        (Outcome.NEEDS, {IncidentKind.MISSED}, 0, False),
        (Outcome.REFUSED, {IncidentKind.MISSED}, 0, False),
    ],
)
def test_only_who_is_well_and_about_whom_nothing_else_waits_is_done(
    outcome: Outcome, kinds: set[IncidentKind], unjudged: int, ends: bool
) -> None:
    assert settles(outcome, kinds, unjudged) is ends


@pytest.mark.parametrize("language", ["vi", "en"])
def test_there_are_words_for_every_reason_to_call(language: str) -> None:
    for kind in KINDS:
        said = said_at_first(kind, "Nguyễn Thị An", "Trạm Y tế").say(translator(language))
        assert "Nguyễn Thị An" in said
        assert "Trạm Y tế" in said
