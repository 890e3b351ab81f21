"""The questions of a declaration as a page shows them, wherever that is: to the public, to staff, and in a preview."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from monitor.clock import read_day
from monitor.declarations.answers import MOST_ROWS, Typed, asked, field_of, read_answers
from monitor.declarations.forms import CHOSEN, NO, YES, Form, Kind, Question, text_in
from monitor.people.typed import Fault
from monitor.places.units.search import key_of, unit_of
from monitor.words import N_, Translate, words
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

ROWS = tuple(range(1, MOST_ROWS + 1))
COLUMNS = {
    Kind.PLACES: {"place": N_("Where"), "from": N_("First day"), "to": N_("Last day")},
    Kind.CONTACTS: {"name": N_("Name"), "phone": N_("Telephone"), "on": N_("Day")},
}


@dataclass
class Shown:
    """One question. options: key -> text. opens: key -> numbers of the questions beside it that this answer opens, as classes need them.

    follows: these questions, each with its number.
    """

    question: Question
    field: str
    text: str
    hint: str
    options: Mapping[str, str]
    opens: dict[str, list[int]] = dataclasses.field(default_factory=dict)
    follows: list[tuple[int, Shown]] = dataclasses.field(default_factory=list)


def shown(questions: Sequence[Question], language: str, translate: Translate) -> list[Shown]:
    """The questions of one page; those that depend on an answer of the same page stand within its question."""
    found: list[Shown] = []
    by_key: dict[str, Shown] = {}
    for question in questions:
        each = _shown(question, language, translate)
        parent = by_key.get(question.when.question) if question.when is not None else None
        by_key[question.key] = each
        if parent is None or question.when is None:
            found.append(each)
            continue
        number = len(parent.follows) + 1
        parent.follows.append((number, each))
        for answer in question.when.answers:
            parent.opens.setdefault(answer, []).append(number)
    return found


def _shown(question: Question, language: str, translate: Translate) -> Shown:
    def said(texts: Mapping[str, str]) -> str:
        return text_in(texts, language, translate)

    options = {each.key: said(each.texts) for each in question.options}
    if question.kind is Kind.YES_NO:
        options = {YES: translate(_YES), NO: translate(_NO)}
    return Shown(question, field_of(question), said(question.texts), said(question.hints), options)


_YES, _NO = N_("Yes"), N_("No")


@dataclass(frozen=True)
class Read:
    """What a page's fields say. units: of questions about a unit that a person must choose, by the question's key."""

    answers: dict[str, Any]
    faults: list[Fault]
    units: Mapping[str, TypedUnit]


def read_form(session: Session, form: Form, given: MultiDict[str, str], today: date) -> Read:
    """The answers in what was sent, with units looked up."""
    units: dict[str, TypedUnit] = {}
    found: dict[str, str] = {}
    for question in form.questions:
        if question.kind is Kind.UNIT:
            unit = units[question.key] = typed_unit(session, given, f"{field_of(question)}-")
            if unit.key is not None:
                found[field_of(question)] = str(unit.key)

    def one(name: str) -> str:
        return found.get(name) or given.get(name, "")

    answers, faults = read_answers(form, Typed(one, given.getlist), today)
    on_page = {each.key for each in asked(form, answers)}
    for key, unit in units.items():
        said = fault_of(unit)
        if said is not None and key in on_page:
            name = f"q-{key}-unit"
            faults = [each for each in faults if each.field != f"q-{key}"] + [Fault(name, said)]
    return Read(answers, faults, units)


def written(
    session: Session, form: Form, answers: Mapping[str, Any], language: str, translate: Translate, day: Callable[[date], str]
) -> list[tuple[str, str]]:
    """What somebody answered, question by question, in words. day: how a date is written."""
    found = []
    for question in asked(form, answers):
        each = _shown(question, language, translate)
        answer = answers.get(question.key)
        found.append((each.text, _said(session, each, answer, language, translate, day)))
    return found


def _said(session: Session, each: Shown, answer: Any, language: str, translate: Translate, day: Callable[[date], str]) -> str:
    kind = each.question.kind
    if answer is None or answer == []:
        return translate(_NOTHING)
    if kind in (Kind.YES_NO, *CHOSEN):
        return ", ".join(each.options.get(key, key) for key in (answer if isinstance(answer, list) else [answer]))
    if kind is Kind.DATE:
        return day(read_day(answer))
    if kind is Kind.UNIT:
        unit = unit_of(session, key_of(answer))
        return unit.written(language) if unit else str(answer)
    if kind in COLUMNS:
        rows = (
            ", ".join(
                day(read_day(row[name])) if name in ("from", "to", "on") else row[name] for name in COLUMNS[kind] if name in row
            )
            for row in answer
        )
        return "; ".join(rows)
    if kind is Kind.NUMBER:
        return words("%(number)s", number=float(answer)).say(translate)
    return str(answer)


_NOTHING = N_("not answered")
