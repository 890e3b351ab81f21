"""Which steps of setting up are done, skipped or left, from facts; and where the pages lead on."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from monitor.setting_up.recovery_sheet import ASKED, choose_groups, fingerprint, groups_of, wrong_groups
from monitor.setting_up.steps import Progress, SetUpFacts, Step, judge, neighbours, next_step

NOTHING = SetUpFacts()
ALL = SetUpFacts(**{each.name: True for each in fields(SetUpFacts)})
KEY = bytes(range(32))


def progress(facts: SetUpFacts, *skipped: str) -> dict[Step, Progress]:
    return {each.step: each.progress for each in judge(facts, skipped)}


def test_there_is_a_fact_for_each_step_and_the_other_way_round() -> None:
    assert [each.name for each in fields(SetUpFacts)] == list(Step)


@pytest.mark.parametrize("step", list(Step))
def test_facts_alone_make_a_step_done(step: Step) -> None:
    assert progress(NOTHING)[step] is Progress.TO_DO
    assert progress(NOTHING, step.value)[step] is Progress.SKIPPED
    found = progress(replace(NOTHING, **{step.value: True}), step.value)
    # Who skipped it and has done it since, has done it; no other is touched.
    assert found.pop(step) is Progress.DONE
    assert set(found.values()) == {Progress.TO_DO}


@pytest.mark.parametrize(
    ("facts", "skipped", "after", "following"),
    [
        (NOTHING, (), None, Step.LANGUAGE),
        (NOTHING, (), Step.LANGUAGE, Step.ADMINISTRATOR),
        (replace(ALL, zone=False), (), Step.LANGUAGE, Step.ZONE),
        # What was left behind is led to at the end.
        (replace(ALL, zone=False), (), Step.MAIL, Step.ZONE),
        (replace(ALL, zone=False, plan=False), ("zone",), None, Step.PLAN),
        (ALL, (), None, None),
        (NOTHING, tuple(Step), Step.MAIL, None),
    ],
)
def test_the_pages_lead_to_the_next_step_that_is_left(
    facts: SetUpFacts, skipped: tuple[str, ...], after: Step | None, following: Step | None
) -> None:
    assert next_step(judge(facts, skipped), after) is following


def test_every_page_has_the_one_before_and_the_one_after() -> None:
    assert neighbours(Step.LANGUAGE) == (None, Step.ADMINISTRATOR)
    assert neighbours(Step.PLAN) == (Step.PEOPLE, None)


def test_a_sheet_has_the_whole_key_in_groups_and_its_name_tells_nothing_of_it() -> None:
    groups = groups_of(KEY)
    assert len(groups) == 16
    assert bytes.fromhex("".join(groups)) == KEY
    assert fingerprint(KEY) != fingerprint(bytes(32))
    assert fingerprint(KEY) not in "".join(groups)


@pytest.mark.parametrize(
    ("asked", "typed", "wrong"),
    [
        ([2, 16], {2: "0203", 16: "1e1f"}, []),
        ([2, 16], {2: " 02 03", 16: "1E1F"}, []),
        ([2, 16], {2: "0203", 16: "1e1e"}, [16]),
        ([2, 16], {2: "0203"}, [16]),
        # Groups that nobody was asked for confirm nothing.
        ([2, 16], {1: "0001", 3: "0405"}, [2, 16]),
        ([], {}, [0]),
        ([99], {99: ""}, [99]),
    ],
)
def test_typed_groups_are_compared_with_the_key(asked: list[int], typed: dict[int, str], wrong: list[int]) -> None:
    assert wrong_groups(KEY, asked, typed) == wrong


def test_two_different_groups_are_asked_for() -> None:
    for _ in range(50):
        asked = choose_groups()
        assert len(set(asked)) == ASKED
        assert asked == sorted(asked)
        assert all(1 <= each <= 16 for each in asked)
