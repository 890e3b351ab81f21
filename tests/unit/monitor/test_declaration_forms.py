"""Forms of declarations: what is wrong with one, which questions are asked, what their answers mean, and on which page they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

import pytest

from monitor.declarations.answers import Typed, asked, nothing_new, read_answers, short_questions, signs_of
from monitor.declarations.forms import Condition, Form, Kind, Option, Question, dump, load, remarks, text_in
from monitor.declarations.national_form import national_form
from monitor.declarations.paging import MOST_PAGES, ON_A_PAGE, pages_of, weight
from monitor.models.declarations import Signs

TODAY = date(2026, 11, 23)
TEXTS = {"vi": "Có sốt không?", "en": "Do you have a fever?"}


def question(key: str, kind: Kind = Kind.YES_NO, when: Condition | None = None, **more: object) -> Question:
    if kind in (Kind.CHOICE, Kind.SEVERAL):
        more.setdefault("options", (Option("a", TEXTS, Signs.SYMPTOM), Option("b", TEXTS)))
    return Question(key, kind, TEXTS, when=when, **more)  # type: ignore[arg-type]


def form(*questions: Question, days: int = 7) -> Form:
    return Form(questions, days)


def on(key: str, *answers: str) -> Condition:
    return Condition(key, answers or ("yes",))


def typed(given: Mapping[str, str | Sequence[str]]) -> Typed:
    def every(name: str) -> list[str]:
        found = given.get(name, [])
        return [found] if isinstance(found, str) else list(found)

    return Typed(lambda name: next(iter(every(name)), ""), every)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (form(), "1 to 40 questions"),
        (form(question("a"), days=0), "1 to 30 days"),
        (form(question("a"), question("a")), "same short name"),
        (form(question("sốt")), "without accents"),
        (form(replace(question("a"), texts={"vi": "Có sốt không?", "en": " "})), "in Vietnamese and in English"),
        (form(replace(question("a"), texts=TEXTS | {"en": "x" * 301})), "at most 300"),
        (form(question("a", Kind.CHOICE, options=())), "answers to choose from"),
        (form(question("a", Kind.TEXT, options=(Option("a", TEXTS),))), "Change the kind"),
        (form(question("a", Kind.CHOICE, options=(Option("a", TEXTS), Option("a", TEXTS)))), "Two answers"),
        (form(question("a", Kind.NUMBER, low=3.0, high=2.0)), "lowest number"),
        # Conditions: in a circle, over one or over three, on itself; on a later one; on none; on a kind or an answer that cannot be.
        (form(question("a", when=on("b")), question("b", when=on("a"))), "circle"),
        (form(question("a", when=on("c")), question("b", when=on("a")), question("c", when=on("b"))), "circle"),
        (form(question("a", when=on("a"))), "circle"),
        (form(question("a", when=on("b")), question("b")), "later question"),
        (form(question("a", when=on("b"))), "not in the form"),
        (form(question("a", Kind.TEXT), question("b", when=on("a"))), "only be on a question with answers"),
        (form(question("a"), question("b", when=on("a", "maybe"))), "does not have"),
        (form(question("a"), question("b", when=Condition("a", ()))), "does not have"),
    ],
)
def test_what_is_wrong_with_a_form_is_said(made: Form, said: str) -> None:
    found = [str(each.words.say(str)) for each in remarks(made)]
    assert any(said in each for each in found), found


def test_a_question_that_waits_for_a_circle_is_not_called_one_itself() -> None:
    made = form(question("a", when=on("b")), question("b", when=on("a")), question("c", when=on("b")))
    said = {each.key: each.words.say(str) for each in remarks(made)}
    assert set(said) == {"a", "b"}


def test_the_national_form_can_be_published_and_is_read_back() -> None:
    shipped = national_form()
    assert remarks(shipped) == []
    assert load(dump(shipped)) == shipped


def test_a_question_is_asked_only_where_the_one_before_it_is() -> None:
    made = form(question("a"), question("b", when=on("a")), question("c", when=on("b")))
    for answers, keys in (
        ({}, ["a"]),
        ({"a": "no"}, ["a"]),
        ({"a": "yes"}, ["a", "b"]),
        ({"a": "yes", "b": "yes"}, ["a", "b", "c"]),
        # What was answered before the first answer was changed opens nothing.
        ({"a": "no", "b": "yes"}, ["a"]),
    ):
        assert [each.key for each in asked(made, answers)] == keys


@pytest.mark.parametrize(
    ("kind", "sent", "answer"),
    [
        (Kind.YES_NO, "yes", "yes"),
        (Kind.CHOICE, "b", "b"),
        (Kind.SEVERAL, ["a", "b", "a"], ["a", "b"]),
        (Kind.TEXT, " two\u200b  words ", "two words"),
        (Kind.NUMBER, "37,5", 37.5),
        (Kind.DATE, "20/11/2026", "2026-11-20"),
        (Kind.DATE, "2026-11-20", "2026-11-20"),
    ],
)
def test_answers_are_read_by_their_kind(kind: Kind, sent: str | list[str], answer: object) -> None:
    answers, faults = read_answers(form(question("q", kind)), typed({"q-q": sent}), TODAY)
    assert (answers, faults) == ({"q": answer}, [])


@pytest.mark.parametrize(
    ("kind", "sent", "said"),
    [
        (Kind.YES_NO, "perhaps", "out of date"),
        (Kind.CHOICE, "z", "out of date"),
        (Kind.SEVERAL, ["a", "z"], "out of date"),
        (Kind.TEXT, "x" * 501, "At most 500"),
        (Kind.NUMBER, "much", "a number"),
        (Kind.NUMBER, "nan", "a number"),
        (Kind.NUMBER, "1e400", "a number"),
        (Kind.NUMBER, "99", "from 34"),
        (Kind.DATE, "31/02/2026", "not a day"),
        (Kind.DATE, "24/11/2026", "not in the future"),
        (Kind.DATE, "01/01/2020", "within the last year"),
        (Kind.TEXT, "", "Please answer"),
    ],
)
def test_an_answer_that_cannot_be_is_told(kind: Kind, sent: str | list[str], said: str) -> None:
    limits = {"low": 34.0, "high": 43.0} if kind is Kind.NUMBER else {}
    answers, faults = read_answers(form(question("q", kind, required=True, **limits)), typed({"q-q": sent}), TODAY)
    assert answers == {}
    assert [each.field for each in faults] == ["q-q"]
    assert said in faults[0].words.say(str)


def test_places_and_contacts_are_lines_of_which_the_name_is_needed() -> None:
    made = form(question("q", Kind.PLACES, required=True))
    sent = {"q-q-place-1": "Chợ Bến Thành", "q-q-from-1": "20/11/2026", "q-q-to-1": "21/11/2026", "q-q-place-3": "Huế"}
    answers, faults = read_answers(made, typed(sent), TODAY)
    assert faults == []
    assert answers["q"] == [{"place": "Chợ Bến Thành", "from": "2026-11-20", "to": "2026-11-21"}, {"place": "Huế"}]
    for wrong, field in (
        ({"q-q-from-2": "20/11/2026"}, "q-q-place-2"),
        ({"q-q-place-1": "Huế", "q-q-from-1": "21/11/2026", "q-q-to-1": "20/11/2026"}, "q-q-to-1"),
        ({}, "q-q"),
    ):
        _answers, faults = read_answers(made, typed(wrong), TODAY)
        assert [each.field for each in faults] == [field]


def test_what_was_not_asked_is_not_kept_and_not_missed() -> None:
    made = form(question("a", required=True), question("b", Kind.TEXT, when=on("a"), required=True))
    answers, faults = read_answers(made, typed({"q-a": "no", "q-b": "left over"}), TODAY)
    assert (answers, faults) == ({"a": "no"}, [])


@pytest.mark.parametrize(
    ("answers", "signs"),
    [
        ({"been": "no", "symptoms": ["none"], "met_case": "no"}, Signs.NONE),
        ({"been": "yes", "symptoms": ["none"]}, Signs.NONE),
        ({"symptoms": ["none"], "met_ill": "yes"}, Signs.CONTACT),
        ({"symptoms": ["cough", "fever"], "met_case": "yes"}, Signs.SYMPTOM),
        ({"symptoms": ["cough", "breathless"]}, Signs.DANGER),
        # Contacts are asked after a yes alone.
        ({"met_case": "no", "contacts": [{"name": "An"}]}, Signs.NONE),
    ],
)
def test_the_worst_of_what_was_declared_is_what_somebody_looks_at(answers: dict[str, object], signs: Signs) -> None:
    assert signs_of(national_form(), answers) is signs


def test_the_second_time_nothing_new_is_one_answer() -> None:
    shipped = national_form()
    last = {"been": "no", "symptoms": ["fever"], "met_case": "yes", "met_abroad": "no", "met_ill": "no"}
    fresh = nothing_new(shipped, last)
    assert fresh == {"been": "no", "symptoms": ["none"], "met_case": "no", "met_abroad": "no", "met_ill": "no"}
    assert [each.key for each in short_questions(shipped)] == ["been", "symptoms", "met_case", "met_abroad", "met_ill"]
    # A question that no nothing answers, and that was not answered last time: the whole form.
    more = replace(shipped, questions=(*shipped.questions, question("work", Kind.TEXT, required=True)))
    assert nothing_new(more, last) is None
    assert nothing_new(more, last | {"work": "ở nhà"}) == fresh | {"work": "ở nhà"}


def test_twenty_questions_make_five_pages_with_the_one_that_asks_who() -> None:
    kinds = [Kind.YES_NO, Kind.CHOICE, Kind.TEXT, Kind.SEVERAL, Kind.YES_NO]
    twenty = [question(f"q{number}", kinds[number % len(kinds)]) for number in range(20)]
    pages = pages_of(twenty)
    assert 1 + len(pages) <= 5
    assert [each for page in pages for each in page] == twenty
    assert max(sum(map(weight, page)) for page in pages) <= ON_A_PAGE


def test_few_questions_make_few_pages_and_forty_no_more() -> None:
    assert pages_of([]) == []
    assert len(pages_of([question("a")])) == 1
    assert len(pages_of([question(f"q{number}") for number in range(40)])) == MOST_PAGES
    assert len(pages_of(national_form().questions)) == 2


def test_what_depends_on_an_answer_stays_beside_it() -> None:
    many = [question(f"q{number}") for number in range(10)]
    many.insert(6, question("deeper", when=on("q5")))
    many.insert(7, question("deepest", when=on("deeper")))
    for page in pages_of(many):
        keys = [each.key for each in page]
        assert ("q5" in keys) == ("deeper" in keys) == ("deepest" in keys)


def test_a_question_is_read_in_the_readers_language_or_as_the_catalogue_has_it() -> None:
    catalogue = {"Do you have a fever?": "តើអ្នកមានគ្រុនក្តៅទេ?"}
    assert text_in(TEXTS, "vi", str) == "Có sốt không?"
    assert text_in(TEXTS, "km", lambda english: catalogue.get(english, english)) == "តើអ្នកមានគ្រុនក្តៅទេ?"
    assert text_in(TEXTS, "ko", str) == "Do you have a fever?"
