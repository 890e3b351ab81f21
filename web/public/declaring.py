"""A declaration, page by page: who it is, then the questions; nothing is kept before the last page is sent, and no script is needed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.declarations.answers import asked
from monitor.declarations.forms import Form, Question
from monitor.declarations.paging import pages_of_form
from monitor.declarations.pressure import Step, step_of
from monitor.declarations.taking import Given, Taken, counted_before, declare, key_of, who_has_page
from monitor.declarations.versions import Version
from monitor.declarations.who import Who, fields_of, read_who, who_of
from monitor.models.declarations import Way
from monitor.models.people.residents import Sex
from monitor.people.cards import Card, NoCard, read_card, unit_texts
from monitor.people.pasted import plain
from monitor.people.typed import Fault, read_name
from monitor.pictures.codes import codes_in
from monitor.places.units.search import search_units, unit_of
from monitor.problems import BadInput, Problem
from monitor.words import N_, Words, words
from web.public import people_here
from web.public.budget import load_of_declaration, require_within
from web.public.parts import parts
from web.shared.common import language, now, storable, translate
from web.shared.questions import COLUMNS, ROWS, Read, read_form, shown
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

MOST_PHOTOS_A_MINUTE = 6
READER_WAITS_S = 5.0
_READERS = threading.BoundedSemaphore(2)
FORM_KEY = "key"
# Carried along from page to page beside what was answered.
_OWN = (FORM_KEY, "step", "go", "csrf_token", "card")
NO_UNIT = TypedUnit()
_OF_CARD = frozenset({"full_name", "birth", "sex", "document_number", "insurance_number"})

pages = Blueprint("declaring", __name__)


@pages.url_value_preprocessor
def _allow_a_picture(endpoint: str | None, _values: object) -> None:
    if endpoint == "declaring.card":
        request.max_content_length = parts().settings.upload_megabytes * 2**20 + 64 * 1024


@dataclass(frozen=True)
class Filled:
    """All that a form's pages hold so far. who: None while something is wrong with it. step_of_field: on which page each field stands."""

    version: Version
    given: MultiDict[str, str]
    who: Who | None
    unit: TypedUnit
    read: Read
    faults: tuple[Fault, ...]
    pages: Sequence[tuple[Question, ...]]

    @property
    def form(self) -> Form:
        """That is filled in."""
        return self.version.form

    def step_of(self, field: str) -> int:
        """The page on which a field stands: 0 asks who it is."""
        for number, questions in enumerate(self.pages, start=1):
            if any(field == f"q-{each.key}" or field.startswith(f"q-{each.key}-") for each in questions):
                return number
        return 0


def today() -> date:
    """The day on this service's clock."""
    return now().astimezone(parts().settings.zone).date()


def fill(session: Session, given: MultiDict[str, str], version: Version | None = None) -> Filled:
    """What was typed so far, read as a whole. version: None: the form as it is in this moment."""
    version = version or parts().forms.fresh(session)
    form = version.form
    unit = typed_unit(session, given)
    who, faults = read_who(given, today(), unit.key)
    if (said := fault_of(unit)) is not None:
        faults.append(Fault("unit", said))
    elif unit.key is not None:
        # The pages that follow need not search for it again.
        given["unit_key"], given["unit_asked"] = str(unit.key), given.get("unit", "").strip()
    else:
        faults.append(Fault("unit", words(N_("Please write the ward or commune where this person lives now."))))
    if given.get("for") == "other":
        try:
            read_name(given.get("by_whom", ""))
        except BadInput as problem:
            faults.append(Fault("by_whom", problem.words))
    read = read_form(session, form, given, today())
    # Pages are those of the whole form: a page of which nothing is asked is passed over.
    return Filled(version, given, None if faults else who, unit, read, tuple(faults), pages_of_form(form))


def page(
    filled: Filled, step: int, faults: Mapping[str, Words], *, status: int = 200, doubts: tuple[Words, ...] = ()
) -> Response:
    """One page of the form, with all that stands on the others in hidden fields."""
    here = {
        "for",
        "by_whom",
        "unit",
        "unit_key",
        "unit_asked",
        "full_name",
        "birth",
        "sex",
        "document_number",
        "insurance_number",
    }
    here |= {"phone", "address"}
    if step:
        here = {name for name in filled.given if filled.step_of(name) == step and name.startswith("q-")}
    carried = [(name, each) for name, several in filled.given.lists() if name not in here | set(_OWN) for each in several]
    html = render_template(
        "public/declare.html",
        step=step,
        steps=len(filled.pages) + 1,
        questions=shown(filled.pages[step - 1], language(), translate) if step else [],
        given=filled.given,
        wrong=faults,
        unit=filled.unit if step == 0 and "unit" in faults else NO_UNIT,
        units=filled.read.units,
        no_unit=NO_UNIT,
        carried=carried,
        key=filled.given.get(FORM_KEY) or new_key(),
        columns=COLUMNS,
        rows=ROWS,
        sexes=list(Sex),
        doubts=doubts,
        last=_next_step(filled, step) is None,
    )
    return make_response(html, status)


def new_key() -> str:
    """Of one form as it was opened: whoever sends it twice means one declaration."""
    return secrets.token_urlsafe(16)


def _next_step(filled: Filled, step: int) -> int | None:
    """The next page on which something is asked; None after the last."""
    on = {each.key for each in asked(filled.form, filled.read.answers)}
    # What a page still to come may open is not known yet: whatever hangs on a question of that page is not passed over.
    for number in range(step + 1, len(filled.pages) + 1):
        if any(each.key in on or (each.when and _may_open(filled, each, step)) for each in filled.pages[number - 1]):
            return number
    return None


def _may_open(filled: Filled, question: Question, step: int) -> bool:
    when = question.when
    return when is not None and any(each.key == when.question for questions in filled.pages[step:] for each in questions)


@pages.get("/declare")
def start() -> Response:
    """The first page: empty, or with what somebody of this phone said last time."""
    given: MultiDict[str, str] = MultiDict({"for": "other" if request.args.get("for") == "other" else "self"})
    with parts().database.read() as session:
        known = who_has_page(session, people_here.key_of(request.args.get("who", "")))
        if known is not None:
            who = who_of(known)
            given.update(fields_of(who))
            given["who"] = request.args["who"]
            unit = unit_of(session, who.unit)
            if unit is not None:
                given["unit"] = given["unit_asked"] = unit.written("vi")
                given["unit_key"] = str(unit.key)
        return page(fill(session, given), 0, {})


@pages.post("/declare")
def send() -> Response:
    """A page that was filled in: the next one, the one before, or the declaration is taken."""
    given = MultiDict((name, storable(each)) for name, several in request.form.lists() for each in several)
    step = given.get("step", 0, type=int)
    version = parts().forms.lately()
    with parts().database.read() as session:
        filled = fill(session, given, version)
        step = min(max(step, 0), len(filled.pages))
        faults = {each.field: each.words for each in (*filled.faults, *filled.read.faults)}
        here = {field: said for field, said in faults.items() if filled.step_of(field) == step}
        if given.get("go") == "back":
            return page(filled, max(step - 1, 0), {})
        following = _next_step(filled, step)
        if here:
            return page(filled, step, here, status=422)
        if following is not None:
            return page(filled, following, {})
        if faults:
            # A page before was changed by a version of the form that came meanwhile, or sent by something that is no browser.
            first = min(filled.step_of(field) for field in faults)
            return page(filled, first, {f: said for f, said in faults.items() if filled.step_of(f) == first}, status=422)
    assert filled.who is not None
    return taken(filled.version, filled.who, filled.read.answers, given)


def taken(version: Version, who: Who, answers: Mapping[str, Any], given: MultiDict[str, str]) -> Response:
    """Take it, as far as the pressure allows: see `monitor/declarations/pressure.py`."""
    page_key = people_here.key_of(given.get("who", ""))
    known = False
    if page_key:
        with parts().database.read() as session:
            known = counted_before(session, page_key)
    step = step_of(load_of_declaration(first=not known), known=known, a_minute=parts().settings.public_per_minute)
    if step is Step.LATER:
        carried = [(name, each) for name, several in given.lists() if name != "csrf_token" for each in several]
        html = render_template("public/later.html", carried=carried, here=request.path)
        return make_response(html, 503, {"Retry-After": "30"})
    other = given.get("for") == "other"
    sent = {name: "\1".join(given.getlist(name)) for name in given if name not in ("csrf_token", "go", "step")}
    found = declare(
        parts().database,
        Given(
            key=key_of(given.get(FORM_KEY, "")[:64], sent),
            form=version.form,
            form_id=version.id,
            who=who,
            answers=answers,
            way=Way.OTHER if other else Way.SELF,
            language=language(),
            page_key=page_key,
            by_whom=plain(given.get("by_whom", "")) if other else "",
            counts=step is Step.AT_ONCE,
        ),
        zone=parts().settings.zone,
        now=now(),
        by=parts().declaring,
    )
    return led_to(found)


def led_to(found: Taken) -> Response:
    """To the page of whoever was declared for, which this phone keeps."""
    return redirect(url_for("own.show", handle=people_here.remember(found.page_key), done=1), 303)


@pages.post("/declare/card")
def card() -> Response:
    """The first page, filled with what the code of a card says, which somebody photographed or a scanner typed. Nothing is kept."""
    require_within("cards", MOST_PHOTOS_A_MINUTE)
    given = MultiDict((name, storable(each)) for name, several in request.form.lists() for each in several)
    doubts: tuple[Words, ...] = ()
    faults: dict[str, Words] = {}
    try:
        fields, doubts = _card_fields(given)
        for name, value in fields.items():
            given[name] = value
    except Problem as problem:
        faults["card"] = problem.words
    with parts().database.read() as session:
        if "card" not in faults and given.get("card_address"):
            _fill_unit(session, given)
        filled = fill(session, given)
    return page(filled, 0, faults, status=422 if faults else 200, doubts=doubts)


def _card_fields(given: MultiDict[str, str]) -> tuple[dict[str, str], tuple[Words, ...]]:
    file = request.files.get("photo")
    if file is not None and file.filename:
        # Each takes a process of its own for a second: many at once would leave nothing for declarations.
        if not _READERS.acquire(timeout=READER_WAITS_S):
            raise BadInput(N_("Many cards are being read at this moment. Please type, or try again in a minute."), field="card")
        try:
            texts = codes_in(file.read(), max_bytes=parts().settings.upload_megabytes * 2**20)
        finally:
            _READERS.release()
        if not texts:
            raise BadInput(
                N_("No code was found in this photo. Take it again, closer and in better light, or type."), field="card"
            )
    else:
        texts = [given.get("card", "")[:4000]]
    read = [read_card(text, today()) for text in texts]
    found = next((each for each in read if isinstance(each, Card)), None)
    if found is None:
        first = next((each for each in read if isinstance(each, NoCard)), None)
        said = first.reason if first else words(N_("Nothing was read."))
        raise BadInput(said.template, field="card", **said.values)
    fields = {name: value for name, value in found.fields.items() if name in _OF_CARD}
    if "address" in found.fields:
        fields["card_address"] = found.fields["address"]
    return fields, found.doubts


def _fill_unit(session: Session, given: MultiDict[str, str]) -> None:
    """The unit of the card's address, where people mostly still live; they read it, and change it where they do not."""
    address = given.pop("card_address")
    if given.get("unit"):
        return
    for text in unit_texts(address):
        if search_units(session, text, most=1):
            given["unit"] = text
            return
