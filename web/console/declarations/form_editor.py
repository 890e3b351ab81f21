"""The form of health declarations, changed question by question as a draft that all who may share; nothing holds before it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.declarations.forms import (
    DAYS,
    DECIDES,
    LONGEST_TEXT,
    MOST_OPTIONS,
    Condition,
    Form,
    Kind,
    Option,
    Question,
    load,
    remarks,
)
from monitor.declarations.versions import LONGEST_WHY, draft, drop_draft, form_in_force, keep_draft, listed, publish
from monitor.models.accounts import Account
from monitor.models.declarations import Signs
from monitor.problems import BadInput, Forbidden, NotFound, Problem
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from web.console.declarations.form_shown import preview_pages
from web.shared.common import language, now, storable, translate
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts
from web.shared.questions import shown

KINDS = {
    Kind.YES_NO: N_("Yes or no"),
    Kind.CHOICE: N_("One of several answers"),
    Kind.SEVERAL: N_("Any of several answers"),
    Kind.TEXT: N_("Words"),
    Kind.NUMBER: N_("A number"),
    Kind.DATE: N_("A day"),
    Kind.UNIT: N_("A ward or commune"),
    Kind.PLACES: N_("Places with days"),
    Kind.CONTACTS: N_("People with telephone and day"),
}
SIGNS = {
    Signs.NONE: N_("Nothing follows"),
    Signs.CONTACT: N_("A contact: the health station asks"),
    Signs.SYMPTOM: N_("A symptom: the health station calls"),
    Signs.DANGER: N_("Danger: whoever is on duty is alerted"),
}
MORE_OPTIONS = 3
"""Empty lines below the answers that there are."""
NEW = "new"

pages = Blueprint("declaration_form", __name__)


def _may_change() -> bool:
    """The form holds for the whole province."""
    return the_reader().may(Permission.MANAGE_DECLARATIONS) and the_reader().zones is None


def _require_change() -> None:
    if not _may_change():
        raise Forbidden(N_("Your account covers some zones only, so it cannot change the province’s form."))


def _now_edited(session: Session) -> Form:
    row = draft(session)
    return form_in_force(session) if row is None else load(row.content)


@pages.get("/declarations/form")
@guarded(Permission.SEE_DECLARATION, audit=None)
def show() -> str:
    with parts().database.read() as session:
        return _page(session)


@pages.get("/declarations/form/edit")
@guarded(Permission.MANAGE_DECLARATIONS, audit=None)
def edit() -> str:
    """The same for administrators, who look up nobody."""
    with parts().database.read() as session:
        return _page(session)


def _page(session: Session, problem: Words | None = None) -> str:
    form, row = _now_edited(session), draft(session)
    wrong: dict[str, list[Words]] = {}
    for each in remarks(form):
        wrong.setdefault(each.key, []).append(each.words)
    versions = listed(session)
    return render_template(
        "console/declarations/form.html",
        form=form,
        questions=shown(form.questions, language(), translate),
        conditions={each.key: _condition_words(form, each) for each in form.questions if each.when},
        kinds=KINDS,
        signs=SIGNS,
        wrong=wrong,
        draft=row,
        versions=versions,
        names=dict(session.execute(select(Account.id, Account.username)).all()),
        days=DAYS,
        may_change=_may_change(),
        problem=problem,
    )


def _condition_words(form: Form, question: Question) -> str:
    assert question.when is not None
    on = form.question(question.when.question)
    if on is None:
        return question.when.question
    (each,) = shown([replace(on, when=None)], language(), translate)
    return f"{each.text} – {', '.join(each.options.get(key, key) for key in question.when.answers)}"


def _changed(form: Form, what: str, key: str = "") -> None:
    with parts().database.write() as session:
        keep_draft(session, form, by=the_reader().account_id, now=now())
        note_view(session, zone_id=None, what=what, question=key)


def _edited() -> Form:
    _require_change()
    with parts().database.read() as session:
        return _now_edited(session)


def _back() -> Response:
    return redirect(url_for("declaration_form.edit"), 303)


@pages.post("/declarations/form/rules")
@guarded(Permission.MANAGE_DECLARATIONS, audit=Action.DECLARATION_FORM_CHANGED)
def rules() -> Response | tuple[str, int]:
    form = _edited()
    days = request.form.get("days", type=int)
    if days is None or not DAYS[0] <= days <= DAYS[1]:
        said = words(N_("A declaration must be in force for %(low)s to %(high)s days."), low=DAYS[0], high=DAYS[1])
        with parts().database.read() as session:
            return _page(session, said), 422
    _changed(replace(form, days=days, confirm_phone="confirm_phone" in request.form), "rules")
    return _back()


@pages.post("/declarations/form/move")
@guarded(Permission.MANAGE_DECLARATIONS, audit=Action.DECLARATION_FORM_CHANGED)
def move() -> Response:
    """One place up or down, or out."""
    form, key, to = _edited(), request.form.get("key", ""), request.form.get("to", "")
    questions = list(form.questions)
    at = _place(questions, key)
    if to == "out":
        del questions[at]
    else:
        other = at + (1 if to == "down" else -1)
        if 0 <= other < len(questions):
            questions[at], questions[other] = questions[other], questions[at]
    _changed(replace(form, questions=tuple(questions)), to if to in ("out", "up", "down") else "up", key)
    return _back()


def _place(questions: Sequence[Question], key: str) -> int:
    for at, each in enumerate(questions):
        if each.key == key:
            return at
    raise NotFound(N_("This question is not in the draft any more. Reload the page."))


@pages.post("/declarations/form/drop")
@guarded(Permission.MANAGE_DECLARATIONS, audit=Action.DECLARATION_FORM_CHANGED)
def drop() -> Response:
    _require_change()
    with parts().database.write() as session:
        drop_draft(session)
        note_view(session, zone_id=None, what="dropped")
    return _back()


@pages.get("/declarations/form/questions/<key>")
@guarded(Permission.MANAGE_DECLARATIONS, audit=None)
def question(key: str) -> str:
    form = _edited()
    at = len(form.questions) if key == NEW else _place(form.questions, key)
    fresh = Question(f"question_{len(form.questions) + 1}", Kind.YES_NO, {"vi": "", "en": ""}, required=True)
    return _question_page(form, form.questions[at] if key != NEW else fresh, key, at, {})


def _question_page(form: Form, edited: Question, key: str, at: int, wrong: dict[str, list[Words]]) -> str:
    earlier = [each for each in form.questions[:at] if each.kind in DECIDES]
    options = [*edited.options, *(Option("", {"vi": "", "en": ""}) for _each in range(MORE_OPTIONS))][:MOST_OPTIONS]
    return render_template(
        "console/declarations/question.html",
        question=edited,
        key=key,
        options=options,
        kinds=KINDS,
        signs=SIGNS,
        earlier=shown([replace(each, when=None) for each in earlier], language(), translate),
        longest=LONGEST_TEXT,
        wrong=wrong,
    )


@pages.post("/declarations/form/questions/<key>")
@guarded(Permission.MANAGE_DECLARATIONS, audit=Action.DECLARATION_FORM_CHANGED)
def save(key: str) -> Response | tuple[str, int]:
    form = _edited()
    given = MultiDict((name, storable(each)) for name, several in request.form.lists() for each in several)
    questions = list(form.questions)
    at = len(questions) if key == NEW else _place(questions, key)
    try:
        edited = _read(given)
    except BadInput as problem:
        blank = Question(given.get("key", ""), Kind.YES_NO, {"vi": given.get("vi", ""), "en": given.get("en", "")})
        return _question_page(form, blank, key, at, {blank.key: [problem.words]}), 422
    if key == NEW:
        questions.append(edited)
    else:
        questions[at] = edited
        questions = [_renamed(each, key, edited.key) for each in questions]
    changed = replace(form, questions=tuple(questions))
    own = [each.words for each in remarks(changed) if each.key == edited.key]
    if own:
        return _question_page(form, edited, key, at, {edited.key: own}), 422
    _changed(changed, "added" if key == NEW else "changed", edited.key)
    return _back()


def _renamed(question: Question, before: str, key: str) -> Question:
    """Conditions follow a question that got another short name."""
    if question.when is None or question.when.question != before or before == key:
        return question
    return replace(question, when=Condition(key, question.when.answers))


def _read(given: MultiDict[str, str]) -> Question:
    def texts(name: str) -> dict[str, str]:
        return {each: " ".join(given.get(f"{name}{each}", "").split()) for each in ("vi", "en")}

    try:
        kind, signs = Kind(given.get("kind", "")), Signs(given.get("signs", "none"))
    except ValueError:
        raise BadInput(N_("Choose one of the options."), field="kind") from None
    hints = {each: text for each, text in texts("hint-").items() if text}
    return Question(
        key=given.get("key", "").strip(),
        kind=kind,
        texts=texts(""),
        hints=hints,
        required="required" in given,
        options=_options(given) if kind in (Kind.CHOICE, Kind.SEVERAL) else (),
        signs=signs if kind in (Kind.YES_NO, Kind.PLACES, Kind.CONTACTS) else Signs.NONE,
        when=_condition(given.getlist("when")),
        low=_limit(given, "low") if kind is Kind.NUMBER else None,
        high=_limit(given, "high") if kind is Kind.NUMBER else None,
    )


def _options(given: MultiDict[str, str]) -> tuple[Option, ...]:
    found = []
    for number in range(MOST_OPTIONS):
        texts = {each: " ".join(given.get(f"option-{number}-{each}", "").split()) for each in ("vi", "en")}
        if any(texts.values()):
            key = given.get(f"option-{number}-key", "").strip() or f"answer_{number + 1}"
            try:
                signs = Signs(given.get(f"option-{number}-signs", "none"))
            except ValueError:
                raise BadInput(N_("Choose one of the options."), field="signs") from None
            found.append(Option(key, texts, signs))
    return tuple(found)


def _condition(chosen: Sequence[str]) -> Condition | None:
    """As the boxes say: "been=yes"."""
    pairs = [each.split("=", 1) for each in chosen if "=" in each]
    if not pairs:
        return None
    if len({key for key, _answer in pairs}) > 1:
        raise BadInput(N_("A condition is on one question. Choose answers of one question only."), field="when")
    return Condition(pairs[0][0], tuple(answer for _key, answer in pairs))


def _limit(given: MultiDict[str, str], name: str) -> float | None:
    typed = given.get(name, "").strip().replace(",", ".")
    if not typed:
        return None
    try:
        limit = float(typed)
    except ValueError:
        limit = float("nan")
    if not abs(limit) < 1e9:
        raise BadInput(N_("Please write a number here."), field=name)
    return limit


@pages.get("/declarations/form/preview")
@guarded(Permission.MANAGE_DECLARATIONS, audit=None)
def preview() -> str:
    """The draft as phones show it, all pages below each other, in either language; and the button that lets it hold."""
    with parts().database.read() as session:
        return _preview(session)


def _preview(session: Session, problem: Words | None = None) -> str:
    form, row = _now_edited(session), draft(session)
    chosen = request.args.get("in", language())
    return render_template(
        "console/declarations/preview.html",
        **preview_pages(form, chosen if chosen in ("vi", "en") else "vi"),
        digest=row.digest if row else "",
        faults=len(remarks(form)),
        may_change=_may_change(),
        longest_why=LONGEST_WHY,
        problem=problem,
    )


@pages.post("/declarations/form/publish")
@guarded(Permission.MANAGE_DECLARATIONS, audit=None)
def publishing() -> Response | tuple[str, int]:
    """publish writes the entry of the trail itself, with the version's number."""
    _require_change()
    try:
        with parts().database.write() as session:
            publish(
                session, request.form.get("digest", ""), why=request.form.get("why", ""), by=the_reader().account_id, now=now()
            )
    except Problem as problem:
        with parts().database.read() as session:
            return _preview(session, problem.words), problem.status
    flash(_("The new version holds from now on. Answers to earlier ones keep theirs."))
    return _back()


@pages.get("/declarations/form/versions/<int:version>")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def version(version: int) -> str:
    """One version as it was shown, for whoever reads old answers."""
    with parts().database.read() as session:
        found = next((each for each in listed(session) if each.id == version), None)
        if found is None:
            raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
        nothing: dict[str, Any] = {"digest": "", "faults": 0, "may_change": False, "longest_why": LONGEST_WHY, "problem": None}
        return render_template("console/declarations/preview.html", **preview_pages(load(found.content), language()), **nothing)
