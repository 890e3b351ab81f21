"""A person is entered at the gate: the form, who they may be already, and the rows, once however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.locks import Lock, only_one
from monitor.enrolment.details import Details
from monitor.enrolment.duplicates import Match, Sameness
from monitor.enrolment.enrolling import Place, enrol
from monitor.enrolment.entries import LONGEST_TOKEN, entered_with, note_entry
from monitor.enrolment.field_names import NAMES
from monitor.enrolment.households import household_with, households_of, make_household, read_household
from monitor.enrolment.orders import ORDER_FIELDS, OrderDetails, read_order
from monitor.models.people.residents import FStatus, OrderState, QuarantineOrder, Resident, Sex
from monitor.models.places import Zone
from monitor.people.cards import CardKind, number_doubts
from monitor.people.typed import read_whole_day
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_, Words, words
from web.console.gate.form import LONGEST_FIELD, Given, Typed, Wrong, read_marks, read_typed, today_in, who_may_be, wrong_of
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

_LAST = "gate_last"
# What the fields of a new household begin with, beside those of the person.
_HOUSEHOLD = "household_"

pages = Blueprint("gate_person", __name__)


@dataclass(frozen=True)
class _Last:
    """Whoever was entered before, in this zone, with their order: both are taken over only where someone says so."""

    resident: Resident
    order: QuarantineOrder | None


def _last(session: Session, zone_id: int) -> _Last | None:
    resident = session.get(Resident, cookie.get(_LAST, 0))
    if resident is None or resident.zone_id != zone_id or resident.deleted_at is not None:
        return None
    of_them = (QuarantineOrder.resident_id == resident.id, QuarantineOrder.state == OrderState.ACTIVE)
    newest = select(QuarantineOrder).where(*of_them).order_by(QuarantineOrder.id.desc())
    return _Last(resident, session.scalar(newest.limit(1)))


def form_page(
    session: Session,
    zone: Zone,
    given: Given,
    wrong: Wrong,
    unit: TypedUnit,
    token: str,
    *,
    doubts: Sequence[Words] = (),
    card: CardKind | None = None,
    alike: Sequence[Match] = (),
    problem: Words | None = None,
) -> str:
    """The form for someone who is not entered yet. alike: who they may be; problem: about no single field."""
    of_number = _about_number(read_marks(session, given, today_in(zone, now())))
    return render_template(
        "console/gate/new.html",
        zone=zone,
        given=given,
        wrong=wrong,
        unit=unit,
        token=token,
        doubts=[doubt for doubt in doubts if doubt not in of_number],
        about_number=of_number,
        card=card,
        alike=alike,
        problem=problem,
        last=_last(session, zone.id),
        households=households_of(session, zone.id),
        home=typed_unit(session, given, _HOUSEHOLD),
        in_zones=the_reader().among({match.zone_id for match in alike}),
        **choices(),
    )


def _about_number(details: Details) -> tuple[Words, ...]:
    """Where the number says otherwise than the rest."""
    return number_doubts(details.document_number, details.sex.value if details.sex else "", details.birth)


def choices() -> dict[str, object]:
    """What the form's fields are called, and what can be chosen in them."""
    return {
        "NAMES": NAMES,
        "sexes": list(Sex),
        "statuses": list(FStatus),
        "languages": LANGUAGES,
        "CERTAIN": Sameness.CERTAIN,
        "ORDER_FIELDS": ORDER_FIELDS,
    }


@pages.post("/enrol/alike")
@guarded(Permission.ENROL, audit=None)
def alike() -> str:
    """While someone types: who this may be already, and where the card's number says otherwise. Names of the reader's zones only."""
    with parts().database.read() as session:
        zone = _zone(session)
        details = read_marks(session, request.form, today_in(zone, now()))
        found = who_may_be(session, details, request.form.get("besides", type=int))
        return render_template(
            "console/gate/alike.html",
            alike=found,
            in_zones=the_reader().among({match.zone_id for match in found}),
            given=request.form,
            about_number=_about_number(details),
            **choices(),
        )


@pages.post("/enrol/new")
@guarded(Permission.ENROL, audit=Action.PERSON_ENTERED)
def enter() -> Response | tuple[str, int]:
    form, at = request.form, now()
    token = form.get("token", "")[:LONGEST_TOKEN]
    try:
        with parts().database.write() as session:
            resident_id = _enter(session, token, at)
    except _Back as back:
        with parts().database.read() as session:
            unit = back.typed.unit if back.typed else TypedUnit()
            page = form_page(session, _zone(session), form, back.wrong, unit, token, alike=back.alike, problem=back.problem)
        return page, back.status
    cookie[_LAST] = resident_id
    return redirect(url_for("gate_steps.steps", resident_id=resident_id), 303)


class _Back(Exception):
    """The form goes back to whoever sent it; nothing was written."""

    def __init__(
        self,
        typed: Typed | None,
        wrong: Wrong,
        *,
        alike: Sequence[Match] = (),
        problem: Words | None = None,
        status: int = 422,
    ) -> None:
        super().__init__()
        self.typed, self.wrong, self.alike, self.problem, self.status = typed, wrong, alike, problem, status


def _enter(session: Session, token: str, at: datetime) -> int:
    """The number of the person whom this form means, entered now or by an earlier press. Raises _Back."""
    form, zone = request.form, _zone(session)
    if not token:
        raise BadInput(N_("The request could not be read. Go back, reload the page and try again."))
    # A second press waits here for the first, and then finds what it wrote.
    only_one(session, Lock.ENROLLING)
    earlier = entered_with(session, token)
    if earlier is not None:
        require_zone(the_reader(), earlier.zone_id)
        return earlier.resident_id
    typed = read_typed(session, form, today_in(zone, at))
    wrong = dict(typed.wrong)
    order = _order(session, zone, wrong)
    if typed.details is None or wrong:
        raise _Back(typed, wrong)
    other = {int(each) for each in form.getlist("apart") if each.isdecimal() and len(each) < 16}
    found = who_may_be(session, typed.details)
    if not {match.resident_id for match in found} <= other:
        raise _Back(
            typed, {}, alike=found, problem=words(N_("This person may be entered already. Please look below.")), status=409
        )
    try:
        place = Place(zone.id, household_id=_household(session, zone, typed, at), arrived_at=at)
        resident = enrol(session, typed.details, place, order, the_reader().account_id, at, twice=bool(found))
    except BadInput as problem:
        raise _Back(typed, {problem.field or "full_name": problem.words}) from None
    except Problem as problem:
        raise _Back(typed, {}, problem=problem.words, status=problem.status) from None
    note_entry(session, token, resident, the_reader().account_id, at)
    return resident.id


def _order(session: Session, zone: Zone, wrong: Wrong) -> OrderDetails | None:
    """The order as typed, or that of the last person where someone said so: the day of its delivery is each person's own."""
    typed = {name: request.form.get(name, "")[:LONGEST_FIELD] for name in ORDER_FIELDS}
    if not request.form.get("same_order"):
        order, faults = read_order(typed, zone.timezone)
        wrong.update(wrong_of(faults))
        return order
    last = _last(session, zone.id)
    if last is None or last.order is None or str(last.order.id) != request.form["same_order"]:
        wrong["same_order"] = words(N_("That order is not at hand any more. Please type it."))
    elif any(value.strip() for name, value in typed.items() if name != "delivered_on"):
        wrong["same_order"] = words(N_("Either take the last person’s order, or type another one."))
    else:
        same = OrderDetails(**{name: getattr(last.order, name) for name in ORDER_FIELDS})
        try:
            return replace(same, delivered_on=read_whole_day(typed["delivered_on"], "delivered_on"))
        except BadInput as problem:
            wrong["delivered_on"] = problem.words
    return None


def _household(session: Session, zone: Zone, typed: Typed, at: datetime) -> int | None:
    """Which household was chosen; a new one is made, as on the page of households. Raises BadInput, Conflict, _Back."""
    form, chosen, account_id = request.form, request.form.get("household", ""), the_reader().account_id
    if chosen == "new":
        home = typed_unit(session, form, _HOUSEHOLD)
        if fault := fault_of(home):
            raise _Back(typed, {f"{_HOUSEHOLD}unit": fault})
        said = {name: form.get(f"{_HOUSEHOLD}{name}", "") for name in ("name", "phone", "address")}
        try:
            details = read_household(said, home.key)
        except BadInput as problem:
            raise _Back(typed, {f"{_HOUSEHOLD}{problem.field or 'name'}": problem.words}) from None
        return make_household(session, zone.id, details, account_id, at).id
    if chosen == "last":
        last = _last(session, zone.id)
        if last is None:
            raise BadInput(N_("Choose a household of this zone."), field="household")
        return household_with(session, zone.id, last.resident, account_id, at)
    return int(chosen) if chosen.isdecimal() and len(chosen) < 16 else None


def _zone(session: Session) -> Zone:
    """The zone that the form is for, open or not: `enrol` says so. Raises NotFound."""
    zone = session.get(Zone, request.form.get("zone", 0, type=int))
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone
