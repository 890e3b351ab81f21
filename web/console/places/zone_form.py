"""The form of a zone: what was typed, checked, as the columns it goes into."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict

from monitor.clock import timezone_names
from monitor.models.places import Together, Zone, ZoneKind
from monitor.people.telephone_numbers import international
from monitor.places.patterns import room_name
from monitor.places.quiet_floor import Span
from monitor.problems import BadInput
from monitor.words import N_, Words, words

NEAREST, FARTHEST = 20, 50_000  # metres
MOST_CONTACTS, MOST_BEDS = 20, 20_000
_CLOCK = re.compile(r"([01]?\d|2[0-3])[:hH.]([0-5]\d)")
_TELEPHONE = re.compile(r"\+\d{6,15}|1\d{2,4}|1[89]00\d{4,6}")
Wrong = dict[str, Words]


def columns_of(form: MultiDict[str, str], wrong: Wrong, province: Span) -> dict[str, Any]:
    """A zone's columns but for its unit; what cannot be is told in `wrong`, by field. province: its quiet hours, which hold here too."""
    typed = {name: value.strip() for name, value in form.items()}
    latitude, longitude, radius = read_place(typed, wrong) or (None, None, None)
    quiet_from, quiet_to = _quiet(typed, wrong, province)
    return {
        "name": _name(typed.get("name", ""), wrong),
        "kind": _kind(typed.get("kind", ""), wrong),
        "address": _short(typed, "address", 300, wrong),
        "timezone": _timezone(typed.get("timezone", ""), wrong),
        "latitude": latitude,
        "longitude": longitude,
        "radius_metres": radius,
        "quiet_from": quiet_from,
        "quiet_to": quiet_to,
        "contacts": _contacts(form.get("contacts", ""), wrong),
        "beds": _beds(typed.get("beds", ""), wrong),
        "together": [rule.value for rule in Together if rule.value in form.getlist("together")],
        **_camera_order(typed, wrong),
    }


def given_of(zone: Zone, unit: str) -> MultiDict[str, str]:
    """A zone as its form shows it. unit: written out."""
    given: MultiDict[str, str] = MultiDict(
        {
            name: str(getattr(zone, name))
            for name in (
                "name",
                "address",
                "timezone",
                "quiet_from",
                "quiet_to",
                "camera_order_number",
                "camera_order_authority",
                "version",
            )
        }
    )
    for name in ("latitude", "longitude", "beds", "camera_order_date"):
        value = getattr(zone, name)
        given[name] = "" if value is None else str(value)
    given["radius_metres"] = "" if zone.radius_metres is None else f"{zone.radius_metres:g}"
    given["kind"], given["unit"] = zone.kind.value, unit
    given["contacts"] = "\n".join(f"{each['name']}: {each['phone']}" for each in zone.contacts)
    given.setlist("together", list(zone.together))
    return given


def read_place(form: Mapping[str, str], wrong: Wrong) -> tuple[float, float, float] | None:
    """Latitude, longitude and radius; None when all are empty. What cannot be is told in `wrong`, by field."""
    names = ("latitude", "longitude", "radius_metres")
    typed = {name: form.get(name, "").strip().replace(",", ".") for name in names}
    if not any(typed.values()):
        return None
    limits = {"latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "radius_metres": (NEAREST, FARTHEST)}
    found = []
    for name in names:
        low, high = limits[name]
        try:
            value = float(typed[name])
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            wrong[name] = words(
                N_("Enter a number from %(low)s to %(high)s, or leave all three fields empty."),
                low=f"{low:g}",
                high=f"{high:g}",
            )
        found.append(value)
    return (found[0], found[1], found[2])


def _name(typed: str, wrong: Wrong) -> str:
    try:
        return room_name(typed)
    except BadInput:
        wrong["name"] = words(N_("Give the zone a name of up to 120 letters."))
        return ""


def _kind(typed: str, wrong: Wrong) -> ZoneKind | None:
    if typed in list(ZoneKind):
        return ZoneKind(typed)
    wrong["kind"] = words(N_("Choose what sort of zone it is."))
    return None


def _timezone(typed: str, wrong: Wrong) -> str:
    if typed not in timezone_names():
        wrong["timezone"] = words(N_("There is no time zone named %(value)s; for example Asia/Ho_Chi_Minh."), value=typed[:64])
    return typed


def _short(typed: Mapping[str, str], name: str, most: int, wrong: Wrong) -> str:
    value = " ".join(typed.get(name, "").split())
    if len(value) > most or not value.isprintable():
        wrong[name] = words(N_("At most %(most)s letters, and no invisible ones."), most=most)
    return value


def _quiet(typed: Mapping[str, str], wrong: Wrong, province: Span) -> tuple[str, str]:
    """The zone's own quiet hours; both empty where those of the province are enough."""
    given = (typed.get("quiet_from", ""), typed.get("quiet_to", ""))
    if not any(given):
        return "", ""
    found = []
    for name, value in zip(("quiet_from", "quiet_to"), given, strict=True):
        clock = _CLOCK.fullmatch(value)
        if clock is None:
            wrong[name] = words(N_("Enter a time like 21:00, or leave both empty."))
        found.append(f"{int(clock[1]):02}:{clock[2]}" if clock else "")
    if found[0] and found[0] == found[1]:
        wrong["quiet_to"] = words(N_("It ends when it begins. Leave both empty if the province’s quiet hours are enough."))
    elif all(found) and not Span.parse(*found).holds(province):
        wrong["quiet_from"] = words(
            N_("A zone’s quiet hours can only be longer than those of the province, %(province)s."), province=str(province)
        )
    return found[0], found[1]


def _contacts(typed: str, wrong: Wrong) -> list[dict[str, str]]:
    """A name and a telephone in each line: Trực cổng: 0274 3822 123."""
    found = []
    for line in filter(None, (each.strip() for each in typed.splitlines())):
        name, _colon, number = line.rpartition(":")
        phone = international(number)
        if not name.strip() or len(name) > 80 or not name.isprintable() or not _TELEPHONE.fullmatch(phone):
            wrong["contacts"] = words(
                N_("“%(line)s” needs a name, a colon and a telephone number: Gate: 0274 3822 123."), line=line[:60]
            )
        found.append({"name": name.strip(), "phone": phone})
    if len(found) > MOST_CONTACTS:
        wrong["contacts"] = words(N_("At most %(most)s telephone numbers."), most=MOST_CONTACTS)
    return found


def _beds(typed: str, wrong: Wrong) -> int | None:
    if not typed:
        return None
    if typed.isascii() and typed.isdecimal() and len(typed) <= 5 and int(typed) <= MOST_BEDS:
        return int(typed)
    wrong["beds"] = words(N_("Beds are a number from 0 to %(most)s, or nothing."), most=MOST_BEDS)
    return None


def _camera_order(typed: Mapping[str, str], wrong: Wrong) -> dict[str, Any]:
    number = _short(typed, "camera_order_number", 60, wrong)
    authority = _short(typed, "camera_order_authority", 200, wrong)
    day = typed.get("camera_order_date", "")
    at: date | None = None
    try:
        at = date.fromisoformat(day) if day else None
    except ValueError:
        wrong["camera_order_date"] = words(N_("This day does not exist."))
    if any((number, authority, day)) and not all((number, authority, day)):
        wrong.setdefault(
            "camera_order_number", words(N_("An order needs its number, its day and the authority; or leave all three empty."))
        )
    return {"camera_order_number": number, "camera_order_date": at, "camera_order_authority": authority}
