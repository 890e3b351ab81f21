"""What is typed on the pages about cases and contacts, read into values. Each raises BadInput that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from monitor.clock import read_day, read_moment
from monitor.contacts.exposing import Named
from monitor.contacts.interviews import LONGEST_DONE, LONGEST_PLACE, MET, STOP, Met, Stop
from monitor.contacts.periods import Dates
from monitor.contacts.rules import Rule, Tier, Until
from monitor.models.contacts.cases import FoundWhere
from monitor.models.contacts.contacts import Proximity
from monitor.people.births import read_birth
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.people.typed import read_name
from monitor.problems import BadInput
from monitor.words import N_

Chosen = TypeVar("Chosen", bound=StrEnum)
MOST_MINUTES = 24 * 60 * 31


def chosen(kind: type[Chosen], typed: str | None) -> Chosen | None:
    """The member of that value; None: none is."""
    return next((each for each in kind if each.value == typed), None)


def whole(given: Mapping[str, str], name: str) -> int | None:
    """A whole number; None where nothing is typed."""
    typed = given.get(name, "").strip()
    if not typed:
        return None
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 7):
        raise BadInput(N_("Write a whole number."), field=name)
    return int(typed)


def day_of(given: Mapping[str, str], name: str) -> date | None:
    """A day; None where nothing is typed."""
    typed = given.get(name, "").strip()
    if not typed:
        return None
    try:
        return read_day(typed)
    except (ValueError, OverflowError):
        raise BadInput(N_("Write a day, for example 24/11/2026."), field=name) from None


def moment_of(given: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """A moment on the zone's clock, in UTC; None where nothing is typed."""
    typed = given.get(name, "").strip()
    if not typed:
        return None
    try:
        return read_moment(typed).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(N_("Write a day with a time, for example 24/11/2026 10:00."), field=name) from None


def read_dates(given: Mapping[str, str], zone: ZoneInfo) -> Dates:
    """The dates of a case; whether they can be true is judged where they are written."""
    where = chosen(FoundWhere, given.get("found_where"))
    if where is None:
        raise BadInput(N_("Choose where the infection was found."), field="found_where")
    return Dates(
        onset_on=day_of(given, "onset_on"),
        without_signs=given.get("without_signs") == "yes",
        sampled_on=day_of(given, "sampled_on"),
        result_on=day_of(given, "result_on"),
        isolated_at=moment_of(given, "isolated_at", zone),
        ended_on=day_of(given, "ended_on"),
        found_where=where,
    )


def read_stop(given: Mapping[str, str], zone: ZoneInfo, places: Mapping[int, str], rooms: Mapping[int, str]) -> Stop:
    """A place and time. places: of control points by their numbers, of which one may be typed; rooms: that may be chosen."""
    start, end = moment_of(given, f"{STOP}from", zone), moment_of(given, f"{STOP}to", zone)
    if start is None or end is None:
        raise BadInput(
            N_("Write from when until when, as well as the person remembers."),
            field=f"{STOP}from" if start is None else f"{STOP}to",
        )
    words = plain(given.get(f"{STOP}place", ""))
    room = whole(given, f"{STOP}room")
    if room is not None and room not in rooms:
        raise BadInput(N_("Choose one of the rooms."), field=f"{STOP}room")
    known = [number for number, name in places.items() if words and name == words]
    return Stop(
        place=words[:LONGEST_PLACE],
        from_at=start,
        to_at=end,
        done=plain(given.get(f"{STOP}done", ""))[:LONGEST_DONE],
        control_place_id=known[0] if len(known) == 1 else None,
        room_id=room,
    )


def read_named(given: Mapping[str, str], prefix: str, today: date) -> Named:
    """Somebody who is named. A name is enough."""

    def read(name: str) -> str:
        return given.get(f"{prefix}{name}", "")

    try:
        full_name = read_name(read("full_name"))
        birth = read_birth(read("born"), today)
    except BadInput as problem:
        field = "born" if problem.field == "birth" else "full_name"
        raise BadInput(problem.words.template, field=f"{prefix}{field}", **problem.words.values) from None
    try:
        phone = read_number(read("phone")) if read("phone").strip() else ""
    except BadInput as problem:
        raise BadInput(problem.words.template, field=f"{prefix}phone", **problem.words.values) from None
    return Named(
        full_name=full_name,
        phone=phone,
        address=plain(read("address"))[:300],
        birth=birth,
        note=plain(read("note"))[:300],
    )


def read_met(given: Mapping[str, str], today: date) -> Met:
    """Somebody whom the person met, and how."""
    named = read_named(given, MET, today)
    proximity = chosen(Proximity, given.get(f"{MET}proximity"))
    if proximity is None:
        raise BadInput(N_("Choose how near the two were."), field=f"{MET}proximity")
    minutes = whole(given, f"{MET}minutes")
    if minutes is not None and minutes > MOST_MINUTES:
        raise BadInput(N_("These are more minutes than a month has."), field=f"{MET}minutes")
    return Met(named, proximity, minutes, plain(given.get(f"{MET}done", ""))[:LONGEST_DONE])


def read_rule(given: Mapping[str, str]) -> Rule:
    """A province's own rule with one tier, and a second for contacts of contacts where that is ticked."""
    starts = day_of(given, "starts_on")
    if starts is None:
        raise BadInput(N_("Write the first day on which the rule holds."), field="starts_on")
    try:
        metres = float(given.get("metres", "").strip().replace(",", "."))
    except ValueError:
        raise BadInput(N_("Write the distance in metres, for example 2 or 1,5."), field="metres") from None
    near = frozenset(each for each in Proximity if given.get(f"near-{each.value}") == "yes")
    tests = tuple(_days(given, "test_days"))
    tiers = [Tier("f1", 1, {"vi": "F1", "en": "F1"}, near, whole(given, "minutes"), whole(given, "order_days") or None, tests)]
    if given.get("second") == "yes":
        tiers.append(Tier("f2", 2, {"vi": "F2", "en": "F2"}, near, whole(given, "minutes"), whole(given, "order_days") or None))
    name = plain(given.get("name", ""))
    return Rule(
        key="",
        disease=plain(given.get("disease", "")).lower(),
        name={"vi": name, "en": name},
        starts_on=starts,
        ends_on=day_of(given, "ends_on"),
        source=plain(given.get("source", "")),
        metres=metres,
        before_onset_days=_needed(given, "before_onset_days"),
        before_sample_days=_needed(given, "before_sample_days"),
        until=chosen(Until, given.get("until")) or Until.ISOLATION,
        tiers=tuple(tiers),
        own=True,
    )


def _needed(given: Mapping[str, str], name: str) -> int:
    number = whole(given, name)
    if number is None:
        raise BadInput(N_("Write a whole number."), field=name)
    return number


def _days(given: Mapping[str, str], name: str) -> list[int]:
    found = []
    for each in given.get(name, "").replace(";", ",").split(","):
        if each.strip():
            number = whole({name: each}, name)
            assert number is not None
            found.append(number)
    return sorted(set(found))
