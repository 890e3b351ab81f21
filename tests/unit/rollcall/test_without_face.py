"""What is enough from who refuses face matching, as a table; and that nothing anybody can answer is worth less for it."""

from __future__ import annotations

from itertools import product

import pytest

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_, words
from rollcall.verdicts.verdict import enough, judge_short, judge_without_face
from rollcall.verdicts.without_face import Way, other_way, proven_on_page

E = EvidenceLevel
BY_TEXT = (E.ACKNOWLEDGED, E.CODE_WORD)
ORDER = list(EvidenceLevel)


@pytest.mark.parametrize(
    ("asked", "by_text", "place", "level", "ways"),
    [
        (E.FACE, E.ACKNOWLEDGED, False, E.ACKNOWLEDGED, (Way.PAGE, Way.TEXT, Way.CALL, Way.STAFF)),
        (E.FACE, E.CODE_WORD, False, E.CODE_WORD, (Way.PAGE, Way.TEXT, Way.CALL, Way.STAFF)),
        (E.FACE_AND_LIVENESS, E.CODE_WORD, True, E.CODE_WORD, (Way.PAGE, Way.PLACE, Way.TEXT, Way.CALL, Way.STAFF)),
        (E.ACKNOWLEDGED, E.CODE_WORD, False, E.ACKNOWLEDGED, (Way.PAGE, Way.CALL, Way.STAFF)),
        (E.CODE_WORD, E.ACKNOWLEDGED, True, E.CODE_WORD, (Way.PAGE, Way.CALL, Way.STAFF)),
    ],
)
def test_another_way_is_the_plans_own_other_evidence(
    asked: EvidenceLevel, by_text: EvidenceLevel, place: bool, level: EvidenceLevel, ways: tuple[Way, ...]
) -> None:
    way = other_way(asked, by_text, place_asked=place)
    assert (way.enough, way.ways) == (level, ways)
    assert enough(asked, by_text, without_smartphone=False, without_face=True) == level


def test_an_answer_on_the_page_is_enough_whatever_the_plan_asks_for_and_wherever_the_phone_is_not_known_to_be() -> None:
    for asked, by_text, place in product(
        (E.FACE, E.FACE_AND_LIVENESS), BY_TEXT, (None, PlaceVerdict.INSIDE, PlaceVerdict.UNKNOWN)
    ):
        verdict = judge_without_face(place, ())
        assert verdict.state == CheckInState.VERIFIED
        assert verdict.evidence == (E.PLACE if place is PlaceVerdict.INSIDE else E.CODE_WORD)
        assert ORDER.index(proven_on_page(place)) >= ORDER.index(other_way(asked, by_text, place_asked=False).enough)


def test_a_place_in_doubt_goes_to_a_person_as_it_does_for_everybody() -> None:
    doubt = words(N_("The phone did not find its location."))
    verdict = judge_without_face(PlaceVerdict.OUTSIDE, (doubt,))
    assert (verdict.state, verdict.about, verdict.reasons) == (CheckInState.IN_REVIEW, "place", (doubt,))


def test_a_text_is_enough_from_who_refuses_and_stays_too_little_from_who_does_not() -> None:
    for refuses, state in ((True, CheckInState.VERIFIED), (False, CheckInState.IN_REVIEW)):
        verdict = judge_short(E.ACKNOWLEDGED, E.FACE, E.ACKNOWLEDGED, without_smartphone=False, without_face=refuses)
        assert verdict.state == state
    assert "have not agreed to face matching" in judge_short(
        E.CODE_WORD, E.FACE, E.CODE_WORD, without_smartphone=False, without_face=True
    ).reasons[1].say(str)
