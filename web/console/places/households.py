"""A zone's households, with who answers for whom: made, changed and dissolved, people added and taken out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.many_rows import one_of
from monitor.database.together import Reading, asked, at_once, first, read
from monitor.enrolment import households
from monitor.models.people.residents import Household, Resident
from monitor.models.places import Room, Zone
from monitor.people.placed import placed
from monitor.places.units.search import UnitKey, unit_key_of, unit_of
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from monitor.words import N_, Words
from rollcall.people.guardians import NUMBER, Answerer, guardians_of, with_guardian
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts
from web.shared.typed_units import TypedUnit, fault_of, typed_unit

PAGE, MOST_CHOICES = 40, 1000

pages = Blueprint("households", __name__)
Wrong = dict[str, Words]


@dataclass(frozen=True)
class Member:
    """Somebody in a household. number: with which they are asked, their own or another's; guardian: who answers for them."""

    resident: Resident
    room: str | None
    number: str
    guardian: Answerer | None


def _zone(session: Session, zone_id: int) -> Zone:
    zone = session.get(Zone, zone_id)
    require_zone(the_reader(), zone.id if zone else None)
    assert zone is not None
    return zone


def _household(session: Session, household_id: int) -> Household:
    household = session.get(Household, household_id)
    require_zone(the_reader(), household.zone_id if household else None)
    assert household is not None
    return household


def _members(households: Collection[int]) -> Reading[dict[int, list[Member]]]:
    """Who is in each of these: two statements, however many there are."""
    people = (
        select(Resident, Room.name, NUMBER)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(Household, Household.id == Resident.household_id)
        .where(one_of(Resident.household_id, households), Resident.deleted_at.is_(None))
        .order_by(Resident.sort_key, Resident.id)
    )
    rows = yield from asked(with_guardian(people))
    guardians = yield from guardians_of([resident.id for resident, _room, _number in rows])
    found: dict[int, list[Member]] = {each: [] for each in households}
    for resident, room, number in rows:
        found[resident.household_id].append(Member(resident, room, number or "", guardians.get(resident.id)))
    return found


def _by_number(members: Sequence[Member]) -> list[tuple[str, list[Member]]]:
    """Which number asks whom: what staff must know before they change one."""
    numbers: dict[str, list[Member]] = {}
    for each in members:
        numbers.setdefault(each.number, []).append(each)
    return sorted(numbers.items(), key=lambda pair: (not pair[0], pair[0]))


@pages.get("/zones/<int:zone_id>/households")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLDS_LISTED)
def listed(zone_id: int) -> str:
    with parts().database.write() as session:
        note_view(session, zone_id=_zone(session, zone_id).id)
    with parts().database.read() as session:
        return _list(session, _zone(session, zone_id), MultiDict(), {}, TypedUnit())


def _list(session: Session, zone: Zone, given: MultiDict[str, str], wrong: Wrong, unit: TypedUnit) -> str:
    after = request.args.get("after", 0, type=int)
    query = select(Household).where(Household.zone_id == zone.id, Household.name != "").order_by(Household.name, Household.id)
    if after:
        behind = select(Household.name).where(Household.id == after).scalar_subquery()
        query = query.where(tuple_(Household.name, Household.id) > tuple_(behind, after))
    found = session.scalars(query.limit(PAGE + 1)).all()
    members = read(session, _members([each.id for each in found[:PAGE]]))
    shown = [(each, _by_number(members[each.id])) for each in found[:PAGE]]
    return render_template(
        "console/places/households.html",
        zone=zone,
        shown=shown,
        following=shown[-1][0].id if len(found) > PAGE else None,
        first=not after,
        given=given,
        wrong=wrong,
        unit=unit,
    )


def _one(session: Session, household: Household, given: MultiDict[str, str], wrong: Wrong, unit: TypedUnit) -> str:
    may_join = (
        select(Resident.id, Resident.full_name, Room.name)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(
            Resident.zone_id == household.zone_id,
            Resident.household_id.is_(None),
            Resident.deleted_at.is_(None),
            placed(),
        )
        .order_by(Resident.sort_key, Resident.id)
        .limit(MOST_CHOICES)
    )
    by_household, joining, zone = read(
        session,
        at_once(_members([household.id]), asked(may_join), first(select(Zone).where(Zone.id == household.zone_id))),
    )
    members = by_household[household.id]
    return render_template(
        "console/places/household.html",
        zone=zone,
        household=household,
        members=members,
        numbers=_by_number(members),
        joining=joining,
        given=given,
        wrong=wrong,
        unit=unit,
        alone=households.left_without_number(session, household),
    )


def _as_it_is(session: Session, household: Household) -> MultiDict[str, str]:
    unit = unit_of(session, unit_key_of(household))
    written = unit.written("vi") if unit else household.unit_code or ""
    given = MultiDict({name: getattr(household, name) for name in ("name", "phone", "address")} | {"unit": written})
    given["unit_key"], given["unit_asked"] = (str(unit.key), written) if unit else ("", "")
    return given


def _typed(session: Session, wrong: Wrong) -> tuple[TypedUnit, UnitKey | None]:
    unit = typed_unit(session, request.form)
    if fault := fault_of(unit):
        wrong["unit"] = fault
    return unit, unit.key


@pages.post("/zones/<int:zone_id>/households")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLD_MADE)
def make(zone_id: int) -> Response | tuple[str, int]:
    wrong: Wrong = {}
    with parts().database.write() as session:
        zone = _zone(session, zone_id)
        unit, key = _typed(session, wrong)
        try:
            details = households.read_household(request.form, key)
        except BadInput as problem:
            wrong[problem.field or "name"] = problem.words
        if not wrong:
            made = households.make_household(session, zone.id, details, the_reader().account_id, now())
    if wrong:
        with parts().database.read() as session:
            return _list(session, _zone(session, zone_id), request.form, wrong, unit), 422
    flash(_("The household was made. Add its people."))
    return redirect(url_for("households.show", household_id=made.id), 303)


@pages.get("/households/<int:household_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLDS_LISTED)
def show(household_id: int) -> str:
    with parts().database.write() as session:
        household = _household(session, household_id)
        note_view(session, zone_id=household.zone_id, household=household_id)
    with parts().database.read() as session:
        return _one(session, household, _as_it_is(session, household), {}, TypedUnit())


@pages.post("/households/<int:household_id>")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLD_CHANGED)
def change(household_id: int) -> Response | tuple[str, int]:
    wrong: Wrong = {}
    seen = {name: request.form.get(f"seen_{name}", "") for name in ("name", "phone", "address")}
    with parts().database.write() as session:
        household = _household(session, household_id)
        unit, key = _typed(session, wrong)
        try:
            details = households.read_household(request.form, key)
        except BadInput as problem:
            wrong[problem.field or "name"] = problem.words
        if not wrong:
            households.change_household(session, household, details, seen, the_reader().account_id, now())
    if wrong:
        with parts().database.read() as session:
            return _one(session, _household(session, household_id), request.form, wrong, unit), 422
    flash(_("Saved. From the next message on, the number is used for everyone without one of their own."))
    return _back(household_id)


@pages.post("/households/<int:household_id>/members")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLD_JOINED)
def add(household_id: int) -> Response | tuple[str, int]:
    try:
        with parts().database.write() as session:
            household = _household(session, household_id)
            chosen = request.form.get("resident", type=int)
            households.add_member(session, household, chosen or 0, the_reader().account_id, now())
    except (BadInput, Conflict) as problem:
        with parts().database.read() as session:
            household = _household(session, household_id)
            page = _one(session, household, _as_it_is(session, household), {"resident": problem.words}, TypedUnit())
            return page, problem.status
    flash(_("Added."))
    return _back(household_id)


@pages.post("/households/<int:household_id>/members/<int:resident_id>/remove")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLD_LEFT)
def remove(household_id: int, resident_id: int) -> Response:
    with parts().database.write() as session:
        households.take_out(session, _household(session, household_id), resident_id, the_reader().account_id, now())
    flash(_("Taken out of the household."))
    return _back(household_id)


@pages.post("/households/<int:household_id>/dissolve")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.HOUSEHOLD_DISSOLVED)
def end(household_id: int) -> Response:
    if request.form.get("sure") != "yes":
        raise BadInput(N_("Tick that you are sure."), field="sure")
    with parts().database.write() as session:
        household = _household(session, household_id)
        zone_id = household.zone_id
        households.dissolve(session, household, the_reader().account_id, now())
    flash(_("The household was dissolved; its people stay."))
    return redirect(url_for("households.listed", zone_id=zone_id), 303)


def _back(household_id: int) -> Response:
    return redirect(url_for("households.show", household_id=household_id), 303)
