"""A quarantine order and its changes in words: for staff and for the person alike. Pure: values as stored in, sentences out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from monitor.models.people.residents import OrderState
from monitor.room_names import room_words
from monitor.words import N_, Words, words

GIVEN = N_("The order was given.")
BECAME: Mapping[tuple[str, str], str] = {
    (OrderState.HOSPITALISED, OrderState.ACTIVE): N_("Back from hospital; the order is in force again."),
    (OrderState.LEFT, OrderState.ACTIVE): N_("Found again; the order is in force again."),
}
BECAME_AT_ALL: Mapping[str, str] = {
    OrderState.ACTIVE: N_("The order is in force again: its end was recorded by mistake."),
    OrderState.RELEASED: N_("Released from quarantine."),
    OrderState.TRANSFERRED: N_("Moved to another place of quarantine."),
    OrderState.HOSPITALISED: N_("Taken to hospital."),
    OrderState.LEFT: N_("Left without release."),
    OrderState.DIED: N_("Died."),
}
IN_WORDS: Mapping[str, str] = {**BECAME_AT_ALL, OrderState.ACTIVE: N_("In force.")}
"""What each state is, to the person too."""
FIELDS: Mapping[str, str] = {
    "number": N_("Number of the order"),
    "authority": N_("Authority"),
    "legal_basis": N_("Legal basis"),
    "reason": N_("Reason"),
    "ordered_orally_on": N_("Ordered orally on"),
    "written_on": N_("Written on"),
    "delivered_on": N_("Delivered on"),
}
_LISTED = {
    **FIELDS,
    "starts_at": N_("From"),
    "ends_at": N_("To"),
    "ended_at": N_("Ended"),
    "end_reason": N_("Reason for its end"),
    "zone": N_("Zone"),
    "room": N_("Room"),
}
_TERM = {
    "starts_at": N_("Beginning corrected from %(before)s to %(after)s."),
    "ends_at": N_("End moved from %(before)s to %(after)s."),
}
# Shown with what they belong to.
_TOLD_ELSEWHERE = frozenset({"state", "ended_at", "end_reason", "starts_at", "ends_at", "zone_id", "zone", "room_id", "room"})
NOTHING = words(N_("nothing"))


def as_text(value: object) -> str:
    """A column's value as a change holds it: moments and days as ISO 8601, nothing as an empty text."""
    if value is None:
        return ""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def said(before: Mapping[str, str], after: Mapping[str, str], timezone: str) -> list[Words]:
    """One change as sentences. timezone: on whose clock moments are written. Columns that nobody needs to read are left out."""
    found: list[Words] = []
    if "state" in after:
        new, old = after["state"], before.get("state")
        template = GIVEN if old is None else BECAME.get((old, new)) or BECAME_AT_ALL.get(new)
        found += [words(template)] if template else []
    for name, template in _TERM.items():
        if name in after and before.get(name):
            old, new = written(before[name], timezone), written(after[name], timezone)
            found.append(words(template, before=old, after=new))
    if "zone" in after:
        found.append(words(N_("Moved from %(before)s to %(after)s."), before=before.get("zone", ""), after=after["zone"]))
    if "room" in after:
        # In another zone the old room says nothing any more.
        found.append(_room("" if "zone" in after else before.get("room", ""), after["room"]))
    found += [_field(name, before.get(name, ""), value) for name, value in after.items() if name not in _TOLD_ELSEWHERE]
    return found


def listed(values: Mapping[str, str], timezone: str) -> list[Words]:
    """One side of a change as it is copied: each column with its value, without numbers that say nothing."""
    found = []
    for name, value in values.items():
        if name in ("zone_id", "room_id") or not value:
            continue
        if name == "state":
            found.append(words(IN_WORDS[value]))
            continue
        shown = written(value, timezone) if name.endswith("_at") else _day(value) if name.endswith("_on") else value
        found.append(words(N_("%(field)s: %(value)s"), field=Words(_LISTED.get(name, name)).dump(), value=shown))
    return found


def _room(before: str, after: str) -> Words:
    if before and after:
        moved = N_("Moved from %(before)s to %(after)s.")
        return words(moved, before=room_words(before).dump(), after=room_words(after).dump())
    template = N_("Came to %(room)s.") if after else N_("No longer has %(room)s.")
    return words(template, room=room_words(after or before).dump())


def _field(name: str, before: str, after: str) -> Words:
    def shown(value: str) -> object:
        return (_day(value) if name.endswith("_on") else value) if value else NOTHING.dump()

    return words(
        N_("%(field)s: %(after)s (before: %(before)s)."),
        field=Words(FIELDS.get(name, name)).dump(),
        before=shown(before),
        after=shown(after),
    )


def written(moment: str | datetime, timezone: str) -> str:
    """A moment as sentences hold it: 14:05 24/11/2026, on the wall clock of the zone."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return f"{at.astimezone(ZoneInfo(timezone)):%H:%M %d/%m/%Y}"


def _day(value: str) -> str:
    return f"{date.fromisoformat(value):%d/%m/%Y}"
