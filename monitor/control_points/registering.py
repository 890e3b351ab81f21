"""Places as rows: registered by who runs them, confirmed, decided by the unit's staff, with their points and checkers."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from monitor.control_points.twins import Registered, folded_name, twin_of
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceChecker, PlaceKind, PlaceState, PointKind
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_, translator

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_WHY = 160, 300, 300
LONGEST_POINT, LONGEST_PERSON = 120, 120
MOST_POINTS, MOST_CHECKERS = 500, 200
MOST_BY_PHONE = 50
"""Places that one number may register: a chain of shops; more come by a file."""
NO_CLOSING = frozenset({PlaceKind.HOTEL, PlaceKind.BOARDING_HOUSE})
"""Where people sleep, nobody's stay ends at night."""
USUAL_CLOSING = "03:00"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,64}")
GONE = N_("There is no such place, or its link was replaced. Ask who runs the place, or register it.")


@dataclass(frozen=True)
class PlaceDetails:
    """What is said of a place. owner_phone: as +84…. pin: degrees north and east."""

    kind: PlaceKind
    name: str
    address: str
    unit: UnitKey
    owner_name: str
    owner_phone: str
    language: str
    pin: tuple[float, float] | None = None
    usual_minutes: int | None = None
    closes_at: str = USUAL_CLOSING
    most_people: int | None = None


def read_place(form: dict[str, str], unit: UnitKey | None) -> PlaceDetails:
    """What somebody typed. unit: as the field for it was understood. Raises BadInput that names the field."""
    name = plain(form.get("name", ""))
    if not name:
        raise BadInput(N_("Please enter the name of the place."), field="name")
    if len(name) > LONGEST_NAME:
        raise BadInput(N_("The name is longer than %(most)s letters. Shorten it."), most=LONGEST_NAME, field="name")
    kind = form.get("kind", "")
    if kind not in tuple(PlaceKind):
        raise BadInput(N_("Please choose what kind of place it is."), field="kind")
    if unit is None:
        raise BadInput(N_("Please say in which ward or commune the place is."), field="unit")
    address = plain(form.get("address", ""))[:LONGEST_ADDRESS]
    if not address:
        raise BadInput(N_("Please enter house number and street."), field="address")
    owner = plain(form.get("owner_name", ""))[:LONGEST_PERSON]
    if not owner:
        raise BadInput(N_("Please enter the name of who runs the place."), field="owner_name")
    phone = read_number(form.get("owner_phone", ""), field="owner_phone")
    language = form.get("language", "")
    closes = form.get("closes_at", "").strip()
    if closes and not _CLOCK.fullmatch(closes):
        raise BadInput(N_("Write the time as 03:00."), field="closes_at")
    if "closes_at" not in form:
        closes = "" if PlaceKind(kind) in NO_CLOSING else USUAL_CLOSING
    return PlaceDetails(
        PlaceKind(kind),
        name,
        address,
        unit,
        owner,
        phone,
        language if language in LANGUAGES else LANGUAGES[0],
        read_pin(form.get("latitude", ""), form.get("longitude", "")),
        _number(form.get("usual_minutes", ""), "usual_minutes", 24 * 60),
        closes,
        _number(form.get("most_people", ""), "most_people", 1_000_000),
    )


def read_pin(latitude: str, longitude: str) -> tuple[float, float] | None:
    """Degrees north and east, typed or from a phone; None where neither was given. Raises BadInput."""
    north, east = latitude.strip().replace(",", "."), longitude.strip().replace(",", ".")
    if not north and not east:
        return None
    try:
        pin = (float(north), float(east))
    except ValueError:
        pin = (999.0, 999.0)
    if not (-90 <= pin[0] <= 90 and -180 <= pin[1] <= 180):
        raise BadInput(N_("Write the location as two numbers, for example 10.9804 and 106.6519."), field="latitude")
    return pin


def _number(typed: str, field: str, most: int) -> int | None:
    digits = typed.strip()
    if not digits:
        return None
    if not digits.isascii() or not digits.isdecimal() or not 1 <= int(digits[:12]) <= most:
        raise BadInput(N_("Write a whole number from 1 to %(most)s."), most=most, field=field)
    return int(digits)


def register(
    session: Session, details: PlaceDetails, token: str, *, now: datetime, parent_id: int | None = None
) -> ControlPlace:
    """Enter a place, which waits for its owner's number to be confirmed; sent again with the same token, it is the same place.

    A place that looks like another one is entered too, and says which: the unit's staff decide. Raises BadInput, Conflict.
    """
    if not _TOKEN.fullmatch(token):
        raise BadInput(N_("The request could not be read. Go back, reload the page and try again."))
    known = session.scalar(select(ControlPlace).where(ControlPlace.token == token))
    if known is not None:
        return known
    theirs = select(func.count()).select_from(
        select(ControlPlace.id).where(ControlPlace.owner_phone == details.owner_phone).limit(MOST_BY_PHONE).subquery()
    )
    if parent_id is None and (session.scalar(theirs) or 0) >= MOST_BY_PHONE:
        raise Conflict(
            N_("This number has registered %(most)s places already. Ask the ward to enter more from a file."),
            most=MOST_BY_PHONE,
        )
    folded = folded_name(details.name)
    values = {
        "token": token,
        "kind": details.kind,
        "name": details.name,
        "folded": folded,
        "address": details.address,
        "unit_code": details.unit.code,
        "unit_from": details.unit.valid_from,
        "latitude": details.pin[0] if details.pin else None,
        "longitude": details.pin[1] if details.pin else None,
        "owner_name": details.owner_name,
        "owner_phone": details.owner_phone,
        "language": details.language,
        "parent_id": parent_id,
        "twin_id": twin_like(session, details),
        "usual_minutes": details.usual_minutes,
        "closes_at": details.closes_at,
        "most_people": details.most_people,
        "state": PlaceState.UNCONFIRMED,
        "registered_at": now,
        "decided_why": "",
        "version": 1,
    }
    # Two taps at once are one place: the token is unique.
    session.execute(insert_new(session, ControlPlace).values(values))
    place = session.scalars(select(ControlPlace).where(ControlPlace.token == token)).one()
    if session.scalar(select(ControlPoint.id).where(ControlPoint.place_id == place.id).limit(1)) is None:
        add_point(session, place, _first_point(place.language), PointKind.GATE, now=now)
    return place


def _first_point(language: str) -> str:
    return translator(language)(N_("Main gate"))


def twin_like(session: Session, details: PlaceDetails, itself: int = 0) -> int | None:
    """Another place that it may be. Looked for among those of the same owner, and those with the same name or unit and a like beginning."""
    folded = folded_name(details.name)
    there = ControlPlace.state.in_((PlaceState.UNCONFIRMED, PlaceState.WAITING, PlaceState.APPROVED))
    unit = (ControlPlace.unit_code == details.unit.code, ControlPlace.unit_from == details.unit.valid_from)
    near = select(ControlPlace).where(
        there, or_(ControlPlace.owner_phone == details.owner_phone, ControlPlace.folded == folded)
    )
    here = select(ControlPlace).where(there, *unit).order_by(ControlPlace.id.desc()).limit(2000)
    others = {each.id: each for query in (near.limit(2000), here) for each in session.scalars(query)}
    return twin_of(
        Registered(itself, folded, (details.unit.code, details.unit.valid_from.isoformat()), details.owner_phone, details.pin),
        (_registered(each) for each in others.values()),
    )


def _registered(place: ControlPlace) -> Registered:
    pin = (place.latitude, place.longitude) if place.latitude is not None and place.longitude is not None else None
    return Registered(place.id, place.folded, (place.unit_code, place.unit_from.isoformat()), place.owner_phone, pin)


def confirmed(session: Session, place_id: int, now: datetime) -> str | None:
    """The owner's number is theirs: the place waits for the unit's decision. Returns what stands in the owner's own link, which is
    shown once and kept as a digest only; None where somebody else was faster."""
    link = secrets.token_urlsafe(16)
    mine = update(ControlPlace).where(ControlPlace.id == place_id, ControlPlace.state == PlaceState.UNCONFIRMED)
    done = changed(session, mine.values(state=PlaceState.WAITING, confirmed_at=now, owner_key=digest_of(link)))
    return link if done else None


def digest_of(link: str) -> str:
    """What is kept of a secret that stands in a link."""
    return hashlib.sha256(b"control point/" + link.encode()).hexdigest()


def place_of_owner(session: Session, link: str) -> ControlPlace:
    """The place of an owner's link. Raises NotFound, whatever the reason."""
    found = session.scalar(select(ControlPlace).where(ControlPlace.owner_key == digest_of(link)))
    if found is None:
        raise NotFound(GONE)
    return found


def new_owner_link(session: Session, place: ControlPlace) -> str:
    """Another link in place of the owner's one, which opens nothing from now on."""
    link = secrets.token_urlsafe(16)
    place.owner_key = digest_of(link)
    session.flush()
    return link


def decide(session: Session, place_id: int, *, approve: bool, why: str, account_id: int, now: datetime) -> None:
    """The unit's staff approve a place or refuse it, with words where they refuse. Raises BadInput, Conflict."""
    reason = plain(why)[:LONGEST_WHY]
    if not approve and not reason:
        raise BadInput(N_("Please say why: whoever runs the place reads it."), field="why")
    state = PlaceState.APPROVED if approve else PlaceState.REFUSED
    waiting = update(ControlPlace).where(
        ControlPlace.id == place_id,
        ControlPlace.state.in_((PlaceState.WAITING, PlaceState.REFUSED) if approve else (PlaceState.WAITING,)),
    )
    values = {
        "state": state,
        "decided_at": now,
        "decided_by": account_id,
        "decided_why": reason,
        "version": ControlPlace.version + 1,
    }
    if not changed(session, waiting.values(**values)):
        raise Conflict(N_("Someone else has already decided about this place. Reload the page to see it as it is now."))
    action = Action.PLACE_APPROVED if approve else Action.PLACE_REFUSED
    audit.note(session, action, at=now, account_id=account_id, place=place_id, reason=reason)


def close_place(session: Session, place_id: int, why: str, *, account_id: int, now: datetime) -> None:
    """A place takes nobody any more; its lists stay as long as the rule says. Raises BadInput, Conflict."""
    reason = plain(why)[:LONGEST_WHY]
    if not reason:
        raise BadInput(N_("Please say why: whoever runs the place reads it."), field="why")
    there = update(ControlPlace).where(ControlPlace.id == place_id, ControlPlace.state == PlaceState.APPROVED)
    values = {"state": PlaceState.CLOSED, "decided_at": now, "decided_by": account_id, "decided_why": reason}
    if not changed(session, there.values(**values)):
        raise Conflict(N_("Someone else has already decided about this place. Reload the page to see it as it is now."))
    audit.note(session, Action.PLACE_CLOSED, at=now, account_id=account_id, place=place_id, reason=reason)


def add_point(session: Session, place: ControlPlace, name: str, kind: str, *, now: datetime) -> ControlPoint:
    """A further point, with a code of its own. Raises BadInput, Conflict."""
    called = plain(name)[:LONGEST_POINT]
    if not called:
        raise BadInput(N_("Please enter the name of the point, for example “Gate 2” or “Canteen”."), field="point_name")
    if kind not in tuple(PointKind):
        raise BadInput(N_("Please choose what kind of point it is."), field="point_kind")
    if (session.scalar(select(func.count()).where(ControlPoint.place_id == place.id)) or 0) >= MOST_POINTS:
        raise Conflict(N_("A place can have %(most)s points at most."), most=MOST_POINTS)
    # Codes carry whole seconds.
    row = {
        "place_id": place.id,
        "name": called,
        "kind": PointKind(kind),
        "made_at": now,
        "codes_from": now.replace(microsecond=0),
    }
    new = insert_new(session, ControlPoint).values(row | {"camera_line": "", "most_at_once": 0}).returning(ControlPoint.id)
    if session.scalar(new) is None:
        raise Conflict(N_("This place has a point with this name already. Choose another name."))
    return session.scalars(select(ControlPoint).where(ControlPoint.place_id == place.id, ControlPoint.name == called)).one()


def point_of(session: Session, place: ControlPlace, point_id: int | None) -> ControlPoint:
    """A point of this place. Raises NotFound."""
    found = session.get(ControlPoint, point_id) if point_id is not None else None
    if found is None or found.place_id != place.id:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return found


def points_of(session: Session, place_id: int, *, closed_too: bool = False) -> Sequence[ControlPoint]:
    """The points of a place, gates first."""
    there = select(ControlPoint).where(ControlPoint.place_id == place_id)
    if not closed_too:
        there = there.where(ControlPoint.closed_at.is_(None))
    rows = session.scalars(there.order_by(ControlPoint.id)).all()
    return sorted(rows, key=lambda point: (point.kind is not PointKind.GATE, point.id))


def close_point(session: Session, point: ControlPoint, now: datetime) -> None:
    """A point takes nobody any more. Raises Conflict."""
    if not changed(
        session, update(ControlPoint).where(ControlPoint.id == point.id, ControlPoint.closed_at.is_(None)).values(closed_at=now)
    ):
        raise Conflict(N_("This point is closed already."))


def replace_codes(session: Session, point: ControlPoint, now: datetime) -> None:
    """All posters of a point are good no more; the next one that is printed is."""
    session.execute(update(ControlPoint).where(ControlPoint.id == point.id).values(codes_from=now.replace(microsecond=0)))
    session.refresh(point)


def add_checker(session: Session, place: ControlPlace, name: str, phone: str, *, now: datetime) -> tuple[PlaceChecker, str]:
    """Somebody who scans there, by their telephone; and what stands in their own link. Raises BadInput, Conflict."""
    number = read_number(phone, field="checker_phone")
    called = plain(name)[:LONGEST_PERSON]
    if not called:
        raise BadInput(N_("Please enter the name of who scans."), field="checker_name")
    if len(checkers_of(session, place.id)) >= MOST_CHECKERS:
        raise Conflict(N_("A place can have %(most)s people who scan at most."), most=MOST_CHECKERS)
    link = secrets.token_urlsafe(16)
    # Who had a link before gets this one in its place.
    earlier = update(PlaceChecker).where(
        PlaceChecker.place_id == place.id, PlaceChecker.phone == number, PlaceChecker.ended_at.is_(None)
    )
    changed(session, earlier.values(ended_at=now))
    row = PlaceChecker(place_id=place.id, name=called, phone=number, key=digest_of(link), made_at=now)
    session.add(row)
    session.flush()
    return row, link


def end_checker(session: Session, place: ControlPlace, checker_id: int | None, now: datetime) -> None:
    """Their link opens nothing from now on. Raises NotFound."""
    mine = update(PlaceChecker).where(
        PlaceChecker.id == (checker_id or 0), PlaceChecker.place_id == place.id, PlaceChecker.ended_at.is_(None)
    )
    if not changed(session, mine.values(ended_at=now)):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))


def checkers_of(session: Session, place_id: int) -> Sequence[PlaceChecker]:
    """Who scans at a place now."""
    here = select(PlaceChecker).where(PlaceChecker.place_id == place_id, PlaceChecker.ended_at.is_(None))
    return session.scalars(here.order_by(PlaceChecker.id)).all()


def checker_of(session: Session, link: str) -> PlaceChecker:
    """Who scans with this link. Raises NotFound, whatever the reason."""
    found = session.scalar(select(PlaceChecker).where(PlaceChecker.key == digest_of(link), PlaceChecker.ended_at.is_(None)))
    if found is None:
        raise NotFound(N_("This link is no longer good. Ask who runs the place for a new one."))
    return found
