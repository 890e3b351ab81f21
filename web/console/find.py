"""Find anything: people, rooms, zones, cameras and pages in one field, each only where the reader may open it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.database.many_rows import one_of
from monitor.folding import folded
from monitor.models.cameras.cameras import Camera
from monitor.models.places import Room, Zone
from monitor.register.criteria import LONGEST_TYPED, Criteria, taken_apart
from monitor.register.listing import page_of
from monitor.words import N_
from web.console.menu import open_to
from web.console.zones_of_reader import zones_of
from web.shared.common import now, translate
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

# So many of each kind; who wants more goes to the list of that kind.
MOST = 6
# So many names of rooms, and of cameras, are looked through.
_MOST_NAMES, _MOST_CAMERAS = 20_000, 5_000


@dataclass(frozen=True)
class Hit:
    """One thing that was found. beside: what tells it from others of its name."""

    name: str
    beside: str
    address: str


@dataclass(frozen=True)
class Group:
    """Things of one kind. more: the address at which all of them are; "" where these are all, or no list has them."""

    name: str
    icon: str
    hits: list[Hit]
    more: str = ""


# The same names of places are asked for again and again, by everybody.
_plain = lru_cache(maxsize=32_768)(folded)


def meant(name: str, words: Sequence[str], also: str = "") -> bool:
    """Whether each of these words begins a word of a name, without accents and capitals. also: another name that may have it."""
    plain = _plain(name) + _plain(also)
    return all(f" {word}" in plain for word in words)


def groups_of(session: Session, reader: Reader, typed: str) -> list[Group]:
    """What is found, by kind; kinds of which nothing is are left out. Not by a number of a person: see `search`."""
    words = folded(typed).split()[:8]
    if not words:
        return []
    zones = [zone for zone in zones_of(session, reader) if zone.closed_at is None]
    names = {zone.id: zone.name for zone in zones}
    found = (
        _people(session, reader, typed, names),
        Group(N_("Zones"), "home", list(_zones(reader, zones, words))),
        Group(N_("Rooms"), "door", list(_rooms(session, reader, names, words))),
        _cameras(session, reader, names, words),
        Group(N_("Pages"), "list", list(_pages(reader, words))),
    )
    return [group for group in found if group.hits]


def _people(session: Session, reader: Reader, typed: str, zones: dict[int, str]) -> Group:
    apart = taken_apart(typed)
    if not reader.may(Permission.SEE_RESIDENT) or apart.number or apart.tail:
        return Group(N_("People"), "person", [])
    own = None if reader.zones is None else sorted(reader.zones)
    page = page_of(session, Criteria(typed=typed), own, now(), size=MOST)
    hits = [
        Hit(
            each.resident.full_name,
            ", ".join(filter(None, (zones.get(each.resident.zone_id, ""), each.room.name if each.room else ""))),
            url_for("residents.resident_page", resident_id=each.resident.id),
        )
        for each in page.entries
    ]
    more = url_for("people.listed", typed=typed) if page.following else ""
    return Group(N_("People"), "person", hits, more)


def _zones(reader: Reader, zones: Iterable[Zone], words: Sequence[str]) -> Iterator[Hit]:
    for zone in [zone for zone in zones if meant(zone.name, words)][:MOST]:
        if reader.may(Permission.SEE_RESIDENT):
            address = url_for("zones.zone_page", zone_id=zone.id)
        elif reader.may(Permission.MANAGE_ROOMS):
            address = url_for("rooms.listed", zone_id=zone.id)
        else:
            address = url_for("plans.plan_list", zone_id=zone.id)
        yield Hit(zone.name, zone.address, address)


def _rooms(session: Session, reader: Reader, zones: dict[int, str], words: Sequence[str]) -> Iterator[Hit]:
    """Rooms whose name has one of the words, while their zone's name has the others."""
    sees = reader.may(Permission.SEE_RESIDENT)
    if not sees and not reader.may(Permission.MANAGE_ROOMS):
        return
    here = and_(one_of(Room.zone_id, list(zones)), Room.closed_at.is_(None))
    # A database folds no accents, and many zones have a room of each name.
    names_by_rest: dict[tuple[str, ...], list[str]] = {}
    for name in session.scalars(select(Room.name).where(here).distinct().limit(_MOST_NAMES)):
        rest = tuple(word for word in words if not meant(name, [word]))
        if len(rest) < len(words):
            names_by_rest.setdefault(rest, []).append(name)
    fitting = [
        and_(one_of(Room.name, names), one_of(Room.zone_id, [zone for zone, name in zones.items() if meant(name, rest)]))
        for rest, names in names_by_rest.items()
    ]
    if not fitting:
        return
    query = select(Room.id, Room.name, Room.zone_id).where(here, or_(*fitting))
    for room, name, zone in session.execute(query.order_by(func.length(Room.name), Room.zone_id, Room.id).limit(MOST)):
        address = url_for("people.listed", zone=zone, room=room) if sees else url_for("room.show", room_id=room)
        yield Hit(name, zones[zone], address)


def _cameras(session: Session, reader: Reader, zones: dict[int, str], words: Sequence[str]) -> Group:
    if not reader.may(Permission.SEE_CAMERA):
        return Group(N_("Cameras"), "camera", [])
    query = select(Camera.id, Camera.name, Camera.zone_id).where(one_of(Camera.zone_id, list(zones))).order_by(Camera.name)
    found = [row for row in session.execute(query.limit(_MOST_CAMERAS)) if meant(row.name, words, also=zones[row.zone_id])]
    hits = [Hit(row.name, zones[row.zone_id], url_for("camera.page", camera_id=row.id)) for row in found[:MOST]]
    return Group(N_("Cameras"), "camera", hits, url_for("cameras.camera_list") if len(found) > MOST else "")


def _pages(reader: Reader, words: Sequence[str]) -> Iterator[Hit]:
    """Pages of the menu, by what they are called in the reader's language."""
    for entry in [entry for entry in open_to(reader) if meant(translate(entry.name), words)][:MOST]:
        yield Hit(translate(entry.name), translate(entry.group.value), url_for(entry.endpoint))


def _typed(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TYPED]


def _shown(typed: str) -> str:
    apart = taken_apart(typed)
    # A number stands in no address and is looked up by the list of people, which writes down who searched.
    numbered = bool(apart.number or apart.tail) and the_reader().may(Permission.SEE_RESIDENT)
    with parts().database.read() as session:
        groups = [] if apart.number else groups_of(session, the_reader(), typed)
    return render_template("console/find.html", typed=typed, groups=groups, numbered=numbered)


pages = Blueprint("find", __name__)


@pages.get("/find")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def found() -> str:
    return _shown(_typed(request.args.get("typed", "")))


@pages.post("/find")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def search() -> Response | str:
    typed = _typed(request.form.get("typed", ""))
    apart = taken_apart(typed)
    if apart.number and the_reader().may(Permission.SEE_RESIDENT):
        # The same form once more, to where numbers are looked up.
        return redirect(url_for("people.search"), 307)
    if apart.number or apart.tail:
        return _shown(typed)
    return redirect(url_for("find.found", typed=typed), 303)
