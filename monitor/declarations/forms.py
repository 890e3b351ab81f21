"""Forms as data: questions with kinds and conditions, read and checked. Pure decisions.

A form is stored as JSON and never changed once it is published; answers refer to the version that was shown.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from monitor.models.declarations import Signs
from monitor.words import N_, Translate, Words, words

LANGUAGES = ("vi", "en")
"""In which every question must be written; others are taken from the catalogues, where they have the English."""
MOST_QUESTIONS, MOST_OPTIONS = 40, 20
LONGEST_TEXT, LONGEST_KEY = 300, 32
DAYS = (1, 30)
RANK = {each: rank for rank, each in enumerate(Signs)}


class Kind(StrEnum):
    """What sort of answer a question takes."""

    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    UNIT = "unit"
    PLACES = "places"
    CONTACTS = "contacts"


CHOSEN = (Kind.CHOICE, Kind.SEVERAL)
"""Kinds with options of their own."""
DECIDES = (Kind.YES_NO, *CHOSEN)
"""Kinds on whose answer a condition can be."""
YES, NO = "yes", "no"


@dataclass(frozen=True)
class Option:
    """One of several answers. texts: by language. signs: what somebody must look at where it is chosen."""

    key: str
    texts: Mapping[str, str]
    signs: Signs = Signs.NONE


@dataclass(frozen=True)
class Condition:
    """The question is asked only where an earlier one has one of these answers."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question. signs: of a yes, or of anything that is told (places, contacts). low, high: of a number."""

    key: str
    kind: Kind
    texts: Mapping[str, str]
    hints: Mapping[str, str] = field(default_factory=dict)
    required: bool = False
    options: tuple[Option, ...] = ()
    signs: Signs = Signs.NONE
    when: Condition | None = None
    low: float | None = None
    high: float | None = None

    @property
    def can_answer(self) -> tuple[str, ...]:
        """What its answer can be, where it is one of few."""
        return (YES, NO) if self.kind is Kind.YES_NO else tuple(each.key for each in self.options)


@dataclass(frozen=True)
class Form:
    """days: how long a declaration is in force. confirm_phone: whether a number must be confirmed by a code before it is.

    source: where its questions are from, for who changes it.
    """

    questions: tuple[Question, ...]
    days: int
    confirm_phone: bool = False
    source: str = ""

    def question(self, key: str) -> Question | None:
        """The question of a key."""
        return next((each for each in self.questions if each.key == key), None)


@dataclass(frozen=True)
class Remark:
    """What is wrong with a form. key: of the question; empty: of the form as a whole."""

    key: str
    words: Words


def text_in(texts: Mapping[str, str], language: str, translate: Translate) -> str:
    """A question's words for a reader: as the province wrote them, or else what the catalogue makes of the English."""
    own = texts.get(language)
    if own:
        return own
    english = texts.get("en") or next(iter(texts.values()), "")
    return translate(english) if english else ""


def dump(form: Form) -> dict[str, Any]:
    """As it is stored."""
    return {
        "days": form.days,
        "confirm_phone": form.confirm_phone,
        "source": form.source,
        "questions": [_dump_question(each) for each in form.questions],
    }


def _dump_question(question: Question) -> dict[str, Any]:
    stored: dict[str, Any] = {"key": question.key, "kind": question.kind.value, "texts": dict(question.texts)}
    if question.hints:
        stored["hints"] = dict(question.hints)
    if question.required:
        stored["required"] = True
    if question.options:
        stored["options"] = [
            {"key": each.key, "texts": dict(each.texts)} | ({} if each.signs is Signs.NONE else {"signs": each.signs.value})
            for each in question.options
        ]
    if question.signs is not Signs.NONE:
        stored["signs"] = question.signs.value
    if question.when is not None:
        stored["when"] = {"question": question.when.question, "answers": list(question.when.answers)}
    stored |= {name: limit for name in ("low", "high") if (limit := getattr(question, name)) is not None}
    return stored


def load(content: Mapping[str, Any]) -> Form:
    """What `dump` stored. Raises KeyError and ValueError for what it did not."""
    return Form(tuple(map(_question, content["questions"])), content["days"], content["confirm_phone"], content["source"])


def _question(stored: Mapping[str, Any]) -> Question:
    when = stored.get("when")
    return Question(
        key=stored["key"],
        kind=Kind(stored["kind"]),
        texts=stored["texts"],
        hints=stored.get("hints", {}),
        required=stored.get("required", False),
        options=tuple(
            Option(each["key"], each["texts"], Signs(each.get("signs", "none"))) for each in stored.get("options", ())
        ),
        signs=Signs(stored.get("signs", "none")),
        when=Condition(when["question"], tuple(when["answers"])) if when else None,
        low=stored.get("low"),
        high=stored.get("high"),
    )


def digest_of(content: Mapping[str, Any]) -> str:
    """By which equal forms are known as one."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def remarks(form: Form) -> list[Remark]:
    """All that is wrong with a form that somebody made, in words that say what to do; empty: it can be published."""
    found = []
    if not DAYS[0] <= form.days <= DAYS[1]:
        found.append(
            Remark("", words(N_("A declaration must be in force for %(low)s to %(high)s days."), low=DAYS[0], high=DAYS[1]))
        )
    if not 1 <= len(form.questions) <= MOST_QUESTIONS:
        found.append(Remark("", words(N_("A form has 1 to %(most)s questions."), most=MOST_QUESTIONS)))
    keys = [each.key for each in form.questions]
    for place, question in enumerate(form.questions):
        if question.key in keys[:place]:
            found.append(Remark(question.key, words(N_("Two questions have the same short name; change one of them."))))
        found += [Remark(question.key, said) for said in _own_faults(question)]
    circles = set(_in_circles(form.questions))
    for place, question in enumerate(form.questions):
        said = _fault_of_condition(form.questions, place, circles)
        if said is not None:
            found.append(Remark(question.key, said))
    return found


def _own_faults(question: Question) -> Iterator[Words]:
    if not 1 <= len(question.key) <= LONGEST_KEY or not question.key.replace("_", "").isalnum() or not question.key.isascii():
        yield words(N_("A question’s short name has 1 to %(most)s letters and digits without accents."), most=LONGEST_KEY)
    for texts in (question.texts, *(each.texts for each in question.options)):
        if not all(texts.get(language, "").strip() for language in LANGUAGES):
            yield words(N_("Write the question and each answer in Vietnamese and in English."))
            break
    for texts in (question.texts, question.hints, *(each.texts for each in question.options)):
        if any(len(each) > LONGEST_TEXT for each in texts.values()):
            yield words(N_("A question or an answer has at most %(most)s letters."), most=LONGEST_TEXT)
            break
    if question.kind in CHOSEN and not 1 <= len(question.options) <= MOST_OPTIONS:
        yield words(N_("Give 1 to %(most)s answers to choose from."), most=MOST_OPTIONS)
    if question.kind not in CHOSEN and question.options:
        yield words(
            N_("Only questions with answers to choose from can have such answers. Change the kind, or take the answers out.")
        )
    if len({each.key for each in question.options}) < len(question.options):
        yield words(N_("Two answers have the same short name; change one of them."))
    if question.low is not None and question.high is not None and question.low > question.high:
        yield words(N_("The lowest number is above the highest one."))


def _in_circles(questions: Sequence[Question]) -> Iterator[str]:
    """Questions whose conditions lead back to themselves."""
    waits_for = {each.key: each.when.question for each in questions if each.when is not None}
    for key in waits_for:
        at, seen = key, set()
        while at in waits_for and at not in seen:
            seen.add(at)
            at = waits_for[at]
        if at == key:
            yield key


def _fault_of_condition(questions: Sequence[Question], place: int, circles: set[str]) -> Words | None:
    question = questions[place]
    when = question.when
    if when is None:
        return None
    if question.key in circles:
        return words(
            N_("This question’s condition leads in a circle back to itself, so it would never be asked. Change a condition.")
        )
    earlier = {each.key: each for each in questions[:place]}
    if when.question not in earlier:
        if any(each.key == when.question for each in questions[place + 1 :]):
            return words(N_("This question’s condition is on a later question. Move one of the two."))
        return words(N_("This question’s condition is on a question that is not in the form."))
    on = earlier[when.question]
    if on.kind not in DECIDES:
        return words(N_("A condition can only be on a question with answers to choose from, or with yes and no."))
    if not when.answers or not set(when.answers) <= set(on.can_answer):
        return words(N_("This question’s condition names an answer that the earlier question does not have."))
    return None
