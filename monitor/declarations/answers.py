"""Answers to a form: which questions are asked, what was answered, what somebody must look at, and what “as last time” means. Pure decisions."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from monitor.declarations.forms import NO, RANK, YES, Form, Kind, Question
from monitor.models.declarations import Signs
from monitor.people.pasted import plain
from monitor.people.typed import Fault, read_whole_day
from monitor.problems import BadInput
from monitor.words import N_, words

Answers = Mapping[str, Any]
LONGEST_ANSWER = 500
MOST_ROWS = 5
"""Places or contacts in one answer."""
OLDEST = timedelta(days=366)
"""Of a day that is told: nobody is asked for more."""


def asked(form: Form, answers: Answers) -> list[Question]:
    """The questions that are asked, given the answers so far: a condition on one that is not asked itself does not hold."""
    found: dict[str, Question] = {}
    for question in form.questions:
        if is_asked(question, found, answers):
            found[question.key] = question
    return list(found.values())


def is_asked(question: Question, before: Collection[str], answers: Answers) -> bool:
    """Whether a question is asked, given the answers so far. before: keys of those before it that are asked."""
    when = question.when
    if when is None:
        return True
    return when.question in before and not set(when.answers).isdisjoint(_chosen(answers.get(when.question)))


def _chosen(answer: Any) -> list[str]:
    if isinstance(answer, str):
        return [answer]
    return [each for each in answer if isinstance(each, str)] if isinstance(answer, list) else []


@dataclass(frozen=True)
class Typed:
    """What a page sent. one: the first value of a field, empty where there is none; all: every value of it."""

    one: Callable[[str], str]
    all: Callable[[str], Sequence[str]]


def read_answers(form: Form, typed: Typed, today: date) -> tuple[dict[str, Any], list[Fault]]:
    """The answers, by question, and what is wrong with them, by field. What was not asked is left out, whatever was sent.

    A unit is looked up by the caller: here it is what the field holds.
    """
    answers: dict[str, Any] = {}
    faults: list[Fault] = []
    before: set[str] = set()
    for question in form.questions:
        if not is_asked(question, before, answers):
            continue
        before.add(question.key)
        try:
            answer = _read(question, typed, today)
        except BadInput as problem:
            faults.append(Fault(problem.field or field_of(question), problem.words))
            continue
        if answer is not None:
            answers[question.key] = answer
        elif question.required:
            faults.append(Fault(field_of(question), words(N_("Please answer this question."))))
    return answers, faults


def field_of(question: Question) -> str:
    """The name of a question's field in a page."""
    return f"q-{question.key}"


def _read(question: Question, typed: Typed, today: date) -> Any:
    name = field_of(question)
    if question.kind is Kind.PLACES:
        return _rows(name, typed, ("place", "from", "to"), today) or None
    if question.kind is Kind.CONTACTS:
        return _rows(name, typed, ("name", "phone", "on"), today) or None
    if question.kind is Kind.SEVERAL:
        chosen = [each for each in dict.fromkeys(typed.all(name)) if each]
        if not set(chosen) <= set(question.can_answer):
            raise BadInput(N_("The form is out of date. Please reload the page."), field=name)
        # "None of these" is said, not left open: otherwise nobody knows whether the question was read.
        return chosen or None
    text = plain(typed.one(name))
    if not text:
        return None
    if question.kind in (Kind.YES_NO, Kind.CHOICE):
        if text not in question.can_answer:
            raise BadInput(N_("The form is out of date. Please reload the page."), field=name)
        return text
    if question.kind is Kind.NUMBER:
        return _number(question, text, name)
    if question.kind is Kind.DATE:
        return _day(text, name, today).isoformat()
    return _short(text, name)


def _rows(name: str, typed: Typed, columns: Sequence[str], today: date) -> list[dict[str, str]]:
    rows = []
    for number in range(1, MOST_ROWS + 1):
        row: dict[str, str] = {}
        for column in columns:
            within = f"{name}-{column}-{number}"
            text = plain(typed.one(within))
            if text:
                row[column] = _day(text, within, today).isoformat() if column in ("from", "to", "on") else _short(text, within)
        if row and columns[0] not in row:
            raise BadInput(N_("Please write the name too, or clear this line."), field=f"{name}-{columns[0]}-{number}")
        if row.get("from", "") > row.get("to", "9"):
            raise BadInput(N_("The last day lies before the first one."), field=f"{name}-to-{number}")
        if row:
            rows.append(row)
    return rows


def _number(question: Question, text: str, name: str) -> float:
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadInput(N_("Please write a number here."), field=name)
    low = -1e9 if question.low is None else question.low
    high = 1e9 if question.high is None else question.high
    if not low <= number <= high:
        raise BadInput(N_("The number must be from %(low)s to %(high)s."), field=name, low=low, high=high)
    return number


def _day(text: str, name: str, today: date) -> date:
    day = read_whole_day(text, name)
    if day is None or not today - OLDEST <= day <= today:
        raise BadInput(N_("The day must lie within the last year, and not in the future."), field=name)
    return day


def _short(text: str, name: str) -> str:
    if len(text) > LONGEST_ANSWER:
        raise BadInput(
            N_("At most %(most)s letters fit here; these are %(count)s."), most=LONGEST_ANSWER, count=len(text), field=name
        )
    return text


def signs_of(form: Form, answers: Answers) -> Signs:
    """The worst of what was declared: what somebody must look at. Only of questions that were asked."""
    worst = Signs.NONE
    for question in asked(form, answers):
        answer = answers.get(question.key)
        told = [each.signs for each in question.options if each.key in _chosen(answer)]
        if question.kind is Kind.YES_NO:
            told = [question.signs] if answer == YES else []
        elif question.kind in (Kind.PLACES, Kind.CONTACTS):
            told = [question.signs] if answer else []
        worst = max((worst, *told), key=lambda each: RANK[each])
    return worst


def nothing_new(form: Form, last: Answers) -> dict[str, Any] | None:
    """The answers of “nothing of this”, for whoever declares again in one step; None: the form cannot be answered so.

    Questions about signs are answered with no, or with the option that says none of them; about places and contacts with nothing.
    Others are answered as last time.
    """
    answers: dict[str, Any] = {}
    before: set[str] = set()
    for question in form.questions:
        if not is_asked(question, before, answers):
            continue
        before.add(question.key)
        answer = _nothing(question) if _asks_again(form, question) else last.get(question.key)
        if answer is not None:
            answers[question.key] = answer
        elif question.required:
            return None
    return answers if signs_of(form, answers) is Signs.NONE else None


def _asks_again(form: Form, question: Question) -> bool:
    """Whether its answer can be another one by tomorrow: of signs, of places and contacts, and of what leads to these."""
    leads_on = any(
        each.kind in (Kind.PLACES, Kind.CONTACTS) and each.when is not None and each.when.question == question.key
        for each in form.questions
    )
    return (
        leads_on
        or question.signs is not Signs.NONE
        or any(each.signs is not Signs.NONE for each in question.options)
        or question.kind in (Kind.PLACES, Kind.CONTACTS)
    )


def _nothing(question: Question) -> Any:
    if question.kind is Kind.YES_NO:
        return NO
    harmless = [each.key for each in question.options if each.signs is Signs.NONE]
    if question.kind is Kind.CHOICE:
        return harmless[-1] if harmless else None
    if question.kind is Kind.SEVERAL:
        return harmless[-1:] or None
    return None


def short_questions(form: Form) -> list[Question]:
    """What stands on the page of who declares again: the questions that are answered with nothing by one tap."""
    return [each for each in form.questions if _asks_again(form, each) and each.when is None]
