"""The week's table as it holds now: read once, then asked for each zone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import GRANTS, Permission
from monitor.alerts.duty import Entry, by_zone, on_duty
from monitor.models.accounts import Account, AccountZone, Role
from monitor.models.alerts import DutyEntry
from monitor.models.incidents import IncidentKind
from monitor.models.places import Zone

# Who can be called to an incident, and who is called when nobody on duty takes it.
CALLED = tuple(role for role in Role if Permission.ACT_ON_INCIDENT in GRANTS[role])
SUPERVISING = tuple(role for role in Role if Permission.MANAGE_DUTY in GRANTS[role])


@dataclass(frozen=True)
class Person:
    """An account that may be called. zones: None for all."""

    account_id: int
    username: str
    role: Role
    language: str
    zones: frozenset[int] | None

    def covers(self, zone_id: int) -> bool:
        """Whether this person works in a zone."""
        return self.zones is None or zone_id in self.zones


@dataclass(frozen=True)
class Roster:
    """lines: of the table, by zone, and under None for all zones; people: everybody who may be called, by account; timezones: of the
    zones.
    """

    lines: Mapping[int | None, Sequence[Entry]]
    people: Mapping[int, Person]
    timezones: Mapping[int, str]

    @property
    def entries(self) -> list[Entry]:
        """All lines."""
        return [entry for lines in self.lines.values() for entry in lines]

    def local(self, zone_id: int, at: datetime) -> datetime:
        """A moment on a zone's wall clock."""
        return at.astimezone(ZoneInfo(self.timezones[zone_id]))

    def on_duty(self, zone_id: int, kind: IncidentKind | None, at: datetime) -> list[int]:
        """Accounts on duty for a zone now, in the order in which they are called; only those that still work there."""
        lines = [*self.lines.get(zone_id, ()), *self.lines[None]]
        there = on_duty(lines, zone_id, kind, self.local(zone_id, at))
        return [each for each in there if each in self.people and self.people[each].covers(zone_id)]

    def supervisors(self, zone_id: int) -> list[int]:
        """Those who are called when nobody on duty takes it."""
        return [each.account_id for each in self.people.values() if each.role in SUPERVISING and each.covers(zone_id)]


def read_roster(session: Session, zones: Collection[int] | None = None) -> Roster:
    """The table of some zones, or all; with it what applies to every zone."""
    of_zones = select(Zone.id, Zone.timezone)
    entries = select(DutyEntry).order_by(DutyEntry.rank, DutyEntry.id)
    if zones is not None:
        of_zones = of_zones.where(Zone.id.in_(zones))
        entries = entries.where(DutyEntry.zone_id.is_(None) | DutyEntry.zone_id.in_(zones))
    return Roster(
        by_zone(
            Entry(each.account_id, each.zone_id, each.scope, each.weekday, each.from_minute, each.minutes, each.rank)
            for each in session.scalars(entries)
        ),
        people_of(session),
        {row[0]: row[1] for row in session.execute(of_zones)},
    )


def people_of(session: Session) -> dict[int, Person]:
    """Everybody who may be called to an incident."""
    covered: dict[int, set[int]] = {}
    for account_id, zone_id in session.execute(select(AccountZone.account_id, AccountZone.zone_id)):
        covered.setdefault(account_id, set()).add(zone_id)
    accounts = select(Account).where(Account.active, Account.role.in_(CALLED)).order_by(Account.username)
    return {
        each.id: Person(
            each.id,
            each.username,
            each.role,
            each.language,
            None if each.all_zones else frozenset(covered.get(each.id, ())),
        )
        for each in session.scalars(accounts)
    }
