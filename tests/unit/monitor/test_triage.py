"""How urgent somebody is: the table that is shipped, and tables as doctors may make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.incidents.cases import OF_CARE
from monitor.incidents.triage import (
    LIMITED,
    SIGNS,
    SILENT,
    SILENT_AFTER_ILLNESS,
    SPO2,
    TEMPERATURE,
    Risk,
    Rule,
    Silence,
    Told,
    urgency_of,
)
from monitor.incidents.triage_table import check, dump, shipped
from monitor.models.incidents import IncidentKind, Urgency
from monitor.people.oxygen import is_low, read_oxygen
from monitor.people.symptoms import SYMPTOMS
from monitor.problems import BadInput
from monitor.words import translator

DANGER, SOON, ROUTINE = Urgency.DANGER, Urgency.SOON, Urgency.ROUTINE
NONE: frozenset[Risk] = frozenset()
ALONE, OLD = frozenset({Risk.ALONE}), frozenset({Risk.AGE})
QUIET = Silence()


def told(*signs: str, **measured: Any) -> Told:
    return Told(frozenset(signs), **measured)


@pytest.mark.parametrize(
    ("said", "risks", "silence", "urgency", "minutes", "reasons"),
    [
        (told("breathless"), NONE, QUIET, DANGER, 5, ["Short of breath"]),
        (told("unwell", "cough", "chest_pain"), NONE, QUIET, DANGER, 5, ["Chest pain or tightness"]),
        (told("confusion"), NONE, QUIET, DANGER, 5, ["Confused, or hard to wake"]),
        (told("danger"), NONE, QUIET, DANGER, 5, ["Trouble breathing, chest pain or danger"]),
        (told(temperature=39.0), NONE, QUIET, DANGER, 5, ["Temperature 39 °C"]),
        (told("fever", temperature=38.9), NONE, QUIET, SOON, 30, ["Temperature 38.9 °C", "Fever"]),
        (told("unwell", temperature=37.9), NONE, QUIET, SOON, 30, ["Feels unwell"]),
        (told(spo2=93), NONE, QUIET, DANGER, 5, ["SpO₂ 93 %"]),
        (told(spo2=94), NONE, QUIET, SOON, 30, ["SpO₂ 94 %"]),
        (told("cough", spo2=97), NONE, QUIET, SOON, 30, ["Cough"]),
        (told("cough"), OLD, QUIET, SOON, 15, ["Cough", "At risk: 65 years or older"]),
        (
            told("breathless"),
            frozenset(Risk),
            QUIET,
            DANGER,
            5,
            ["Short of breath", "At risk: 65 years or older, long-term illness, pregnant, alone"],
        ),
        # What a later version may let people say is for the hour at the least.
        (told("rash"), NONE, QUIET, SOON, 30, ["rash"]),
        (told(), NONE, QUIET, SOON, 30, []),
        (told(), NONE, Silence(1, 1), SOON, 30, ["Roll-calls missed in a row: 1"]),
        (told(), ALONE, Silence(1, 1), SOON, 15, ["Roll-calls missed in a row: 1", "At risk: alone"]),
        (told(), NONE, Silence(3, 3), SOON, 30, ["Roll-calls missed in a row: 3"]),
        # Who was ill and then falls silent.
        (
            told(),
            NONE,
            Silence(1, 1, after_illness=True),
            SOON,
            15,
            ["Ill before, then roll-calls without an answer: 1", "Roll-calls missed in a row: 1"],
        ),
        (
            told(),
            ALONE,
            Silence(1, 1, after_illness=True),
            DANGER,
            5,
            ["Ill before, then roll-calls without an answer: 1", "At risk: alone"],
        ),
        (
            told("unreached"),
            NONE,
            Silence(0, 2, after_illness=True),
            DANGER,
            5,
            ["Ill before, then roll-calls without an answer: 2"],
        ),
        # A phone that is off says nothing of who was well.
        (told("unreached"), NONE, Silence(0, 3), SOON, 30, ["Not reached by any message"]),
        (told("text_unclear"), NONE, QUIET, SOON, 30, ["Wrote a text that was not understood"]),
    ],
)
def test_the_shipped_table(
    said: Told, risks: frozenset[Risk], silence: Silence, urgency: Urgency, minutes: int, reasons: list[str]
) -> None:
    judged = urgency_of(said, risks, silence, shipped())
    assert (judged.urgency, judged.within, judged.version) == (urgency, timedelta(minutes=minutes), shipped().version)
    assert [each.say(translator("en")) for each in judged.reasons] == reasons


def test_a_doctor_can_raise_and_lower_and_set_other_limits() -> None:
    table = shipped()
    mine = replace(
        table,
        version="7",
        rules=(Rule("cough", ROUTINE, SOON), Rule(SPO2, DANGER, DANGER, 92), Rule(SILENT, ROUTINE, DANGER, 3)),
        risks=frozenset({Risk.PREGNANT}),
        minutes={DANGER: (3, 2), SOON: (20, 10), ROUTINE: (480, 120)},
    )
    check(mine)
    cases = (
        (told("cough"), NONE, QUIET, ROUTINE, 480),
        # Age does not count in this table.
        (told("cough"), OLD, QUIET, ROUTINE, 480),
        (told("cough"), frozenset({Risk.PREGNANT}), QUIET, SOON, 10),
        (told("cough", spo2=93), NONE, QUIET, ROUTINE, 480),
        (told("cough", spo2=91), NONE, QUIET, DANGER, 3),
        (told(), frozenset({Risk.PREGNANT}), Silence(3, 3), DANGER, 2),
        # What the table does not know is not less than what it does.
        (told("fever"), NONE, QUIET, SOON, 20),
    )
    for said, risks, silence, urgency, minutes in cases:
        judged = urgency_of(said, risks, silence, mine)
        assert (judged.urgency, judged.within) == (urgency, timedelta(minutes=minutes)), said
        assert judged.version == "7"


def test_more_signs_or_risks_are_never_less_urgent() -> None:
    rank = [ROUTINE, SOON, DANGER].index
    for sign in SYMPTOMS:
        alone = urgency_of(told(sign), NONE, QUIET, shipped())
        for more in (told(sign, "cough"), told(sign, spo2=90), told(sign, temperature=38.2)):
            for risks in (NONE, OLD, frozenset(Risk)):
                assert rank(urgency_of(more, risks, QUIET, shipped()).urgency) >= rank(alone.urgency)


def test_the_shipped_table_knows_every_symptom_and_every_kind_of_care() -> None:
    signs = {each.sign for each in shipped().rules}
    assert signs <= set(SIGNS)
    assert set(SYMPTOMS) <= signs
    assert {TEMPERATURE, SPO2, SILENT, SILENT_AFTER_ILLNESS} == set(LIMITED) & signs
    for kind, heard in OF_CARE.items():
        assert urgency_of(heard.told, NONE, heard.silence, shipped()).reasons, kind
    assert IncidentKind.WISH not in OF_CARE
    assert set(shipped().minutes) == set(Urgency)
    assert dump(shipped())["risks"] == {"count": ["age", "long_illness", "pregnant", "alone"], "old_from": 65}


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("limit-0", {"rules": (Rule(SPO2, DANGER, DANGER, 30),)}),
        ("limit-0", {"rules": (Rule(TEMPERATURE, DANGER, DANGER, 50),)}),
        ("rule-0", {"rules": (Rule("spell", DANGER, DANGER),)}),
        ("rule-0", {"rules": (Rule(SPO2, DANGER, DANGER),)}),
        ("rule-0", {"rules": (Rule("cough", DANGER, DANGER, 3),)}),
        ("old_from", {"old_from": 3}),
        ("minutes-danger", {"minutes": {DANGER: (0, 5)}}),
        ("minutes-soon", {"minutes": {SOON: (30, 100_000)}}),
    ],
)
def test_a_table_that_cannot_hold_is_refused_and_its_field_named(field: str, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refused:
        check(replace(shipped(), **change))
    assert refused.value.field == field


@pytest.mark.parametrize(("typed", "percent"), [("", None), (" 96 ", 96), ("96%", 96), ("96 %", 96), ("100", 100), ("50", 50)])
def test_oxygen_is_read_as_people_type_it(typed: str, percent: int | None) -> None:
    assert read_oxygen(typed) == percent


@pytest.mark.parametrize("typed", ["49", "101", "9", "96.5", "ninety", "-96", "٩٦x", "096%%"])
def test_oxygen_that_no_finger_clip_shows_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_oxygen(typed)
    assert refused.value.field == "spo2"


def test_oxygen_of_96_and_less_tells_of_illness() -> None:
    assert [is_low(each) for each in (None, 97, 96, 90)] == [False, False, True, True]
