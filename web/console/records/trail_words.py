"""Entries of the trail in words, alike on the page and in a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.database.many_rows import one_of
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import Resident
from monitor.trail.reading import Entry
from monitor.words import N_, Translate, words
from web.shared.labels import action, detail
from web.shared.written import moment

CUT_OFF = N_("There are more than %(count)s entries; this file ends here. Narrow the days.")
COLUMNS = (N_("No."), N_("When"), N_("Who"), N_("Action"), N_("Zone"), N_("Resident"), N_("Further details"))
YES, NO, SERVICE, NUMBER = N_("yes"), N_("no"), N_("the service"), N_("number %(number)s")
# Details that are moments, as ISO 8601 writes them.
MOMENTS = frozenset({"starts_at", "ends_at", "until", "measured_at"})


@dataclass(frozen=True)
class Names:
    """What cameras and people are called of which entries tell only the numbers, as far as the reader may know."""

    cameras: Mapping[int, str] = field(default_factory=dict)
    people: Mapping[int, str] = field(default_factory=dict)


def names_for(session: Session, rows: Sequence[Entry], reader: Reader) -> Names:
    """Those in these entries."""
    told = {row[0].details.get("camera_id") for row in rows}
    numbers = [each for each in told if isinstance(each, int)]
    cameras = {row[0]: row[1] for row in session.execute(select(Camera.id, Camera.name).where(one_of(Camera.id, numbers)))}
    if not reader.may(Permission.SEE_RESIDENT):
        return Names(cameras)
    listed = [row[0].details.get("residents") for row in rows]
    people = {one for each in listed if isinstance(each, list) for one in each if isinstance(one, int)}
    query = select(Resident.id, Resident.full_name).where(one_of(Resident.id, sorted(people)))
    if reader.zones is not None:
        query = query.where(Resident.zone_id.in_(reader.zones))
    return Names(cameras, {row[0]: row[1] for row in session.execute(query)})


@dataclass(frozen=True)
class Teller:
    """Says entries to one reader. clock: on whose wall clock; sees_people: whether residents' names are shown."""

    say: Translate
    language: str
    clock: ZoneInfo
    sees_people: bool

    def details(self, entry: Entry, names: Names) -> str:
        """All that an entry holds beside who, what and whom."""
        told = entry[0].details.items()
        return ", ".join(f"{detail(name).say(self.say)}: {self._value(name, value, names)}" for name, value in told)

    def resident(self, entry: Entry) -> str:
        """Whom it is about: the name, or the number for whoever may see no residents; empty for nobody."""
        number = entry[0].resident_id
        if number is None:
            return ""
        return (entry[3] or "") if self.sees_people else self._number(number)

    def cells(self, entry: Entry, names: Names) -> list[str]:
        """As `COLUMNS`."""
        row = entry[0]
        at = f"{row.at.astimezone(self.clock):%Y-%m-%d %H:%M:%S}"
        done, zone = action(row.action).say(self.say), entry[2] or ""
        return [str(row.id), at, entry[1] or self.say(SERVICE), done, zone, self.resident(entry), self.details(entry, names)]

    def _number(self, number: object) -> str:
        return words(NUMBER, number=number).say(self.say)

    def _value(self, name: str, value: object, names: Names) -> str:
        if isinstance(value, bool):
            return self.say(YES if value else NO)
        if name == "camera_id" and isinstance(value, int):
            return names.cameras.get(value) or self._number(value)
        if name == "residents" and isinstance(value, list):
            return ", ".join(names.people.get(each) or self._number(each) for each in value)
        if name in MOMENTS and isinstance(value, str) and value:
            return moment(datetime.fromisoformat(value).astimezone(self.clock), self.language)
        if isinstance(value, list):
            return ", ".join(str(each) for each in value)
        return str(value)
