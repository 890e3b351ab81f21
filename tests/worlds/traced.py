"""A case in a small zone, somebody of staff who traces, and a second person: as rows, at a fixed time."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.contacts.cases import enter_case
from monitor.contacts.periods import Dates
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, Exposure
from monitor.models.people.residents import Resident
from monitor.vault.vault import Vault
from tests.worlds.small_zone import NOW, add_zone

ONSET = date(2026, 11, 21)


class Traced:
    """people: of the zone, the first is the case. staff, second: of staff."""

    def __init__(self, database: Database, residents: tuple[str, ...] = ("An", "Bình", "Chi")) -> None:
        self.database = database
        self.zone, self.people = add_zone(database, residents=residents)
        with database.write() as session:
            self.staff = add_account(session, "hoa", "đúng là mật khẩu", Role.STAFF, zones=None, now=NOW).id
            self.second = add_account(session, "minh", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW).id
            for each in session.scalars(select(Resident)):
                each.arrived_at = NOW - timedelta(days=10)

        self.case = self.enter(self.people[0])

    def enter(self, resident_id: int, onset: date | None = ONSET, **more: object) -> int:
        with self.database.write() as session:
            resident = session.get_one(Resident, resident_id)
            dates = Dates(onset_on=onset, **more)  # type: ignore[arg-type]
            return enter_case(session, resident, "covid-19", dates, self.staff, NOW, token=f"case-{resident_id}").id

    def the_case(self) -> InfectionCase:
        with self.database.read() as session:
            return session.get_one(InfectionCase, self.case)

    def exposures(self, case_id: int | None = None) -> list[Exposure]:
        with self.database.read() as session:
            query = select(Exposure).where(Exposure.case_id == (case_id or self.case)).order_by(Exposure.key)
            return list(session.scalars(query))

    def contact(self, resident_id: int) -> int:
        """A contact of the case, as somebody noted it."""
        with self.database.write() as session:
            row = CaseContact(case_id=self.case, resident_id=resident_id, certainty=Certainty.POSSIBLE, named_at=NOW)
            session.add(row)
            session.flush()
            return row.id


def vault_in(folder: Path) -> Vault:
    """A vault of this test."""
    return Vault(folder / "vault", bytes(32))


def at(days: float = 0, hours: float = 0) -> datetime:
    """A moment before or after NOW."""
    return NOW + timedelta(days=days, hours=hours)
