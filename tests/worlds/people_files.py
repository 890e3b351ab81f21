"""Files of people and a worker for them: a zone with rooms, a supervisor, and what tests do with an import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from monitor.database.database import Database
from monitor.enrolment.files import written_people
from monitor.enrolment.imports.confirming import confirm
from monitor.enrolment.imports.uploading import Uploader, upload
from monitor.models.accounts import Account, Role
from monitor.models.people.imports import ImportRow, PeopleImport, RowState
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone, ZoneKind
from monitor.sheets import FileKind
from monitor.vault.vault import Vault
from rollcall.imports import ImportWork

NOW = datetime(2026, 11, 30, 3, tzinfo=UTC)
ORDER = {"starts_at": "30/11/2026", "ends_at": "14/12/2026", "authority": "UBND phường"}
AN = {
    "full_name": "Nguyễn Văn An",
    "sex": "Nam",
    "birth": "05/09/1980",
    "phone": "0901234567",
    "document_number": "079080001234",
}
BINH = {"full_name": "Trần Thị Bình", "sex": "Nữ", "birth": "1975", "document_number": "079175004321", **ORDER}


class FilesWorld:
    """A zone `Khu A` with room 101 (one bed) and 102, a zone `Khu B`, and the supervisor of both."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self.database, self.vault = database, vault
        self.work = ImportWork(database, vault, "w")
        with database.write() as session:
            zones = [Zone(name=name, kind=ZoneKind.FACILITY) for name in ("Khu A", "Khu B", "Khu C")]
            account = Account(username="phutrach", password_hash="x", role=Role.SUPERVISOR, created_at=NOW)
            session.add_all([*zones, account])
            session.flush()
            session.add_all([Room(zone_id=zones[0].id, name="101", beds=1), Room(zone_id=zones[0].id, name="102")])
            self.zone, self.other, self.foreign = (zone.id for zone in zones)
            self.account = account.id

    def send(self, content: bytes, now: datetime = NOW, name: str = "people.csv") -> int:
        """Upload a file as that supervisor, of the zones A and B, and let a worker read it; its key."""
        with self.database.write() as session:
            who = Uploader(self.account, [self.zone, self.other])
            number = upload(session, self.vault, content, name, self.zone, who, now).id
        self.run(now)
        return number

    def rows(self, rows: Iterable[Mapping[str, str]], kind: FileKind = FileKind.CSV) -> int:
        """The same for rows by columns."""
        return self.send(b"".join(written_people(rows, kind, "vi")))

    def run(self, now: datetime = NOW) -> None:
        """All that a worker finds to do."""
        while self.work.step(now):
            pass

    def confirm(self, number: int, *, room_full: str = "refuse", knowing: bool = False) -> None:
        """Somebody has looked at the rows, and wants those that are ready entered."""
        with self.database.write() as session:
            row = session.get_one(PeopleImport, number)
            confirm(session, row, self.account, NOW, room_full=room_full, knowing=knowing)

    def enter(self, number: int, *, room_full: str = "refuse", knowing: bool = False) -> None:
        """The same, and a worker enters them."""
        self.confirm(number, room_full=room_full, knowing=knowing)
        self.run()

    def entered(self, rows: Iterable[Mapping[str, str]]) -> int:
        """Send and enter."""
        number = self.rows(rows)
        self.enter(number)
        return number

    def file(self, number: int) -> PeopleImport:
        with self.database.read() as session:
            return session.get_one(PeopleImport, number)

    def found(self, number: int) -> list[ImportRow]:
        """The rows of an import."""
        with self.database.read() as session:
            return list(session.scalars(select(ImportRow).where(ImportRow.import_id == number).order_by(ImportRow.number)))

    def states(self, number: int) -> list[RowState]:
        return [each.state for each in self.found(number)]

    def faults(self, number: int) -> list[list[str]]:
        """Of each row, the fields with faults."""
        return [[fault["field"] for fault in each.faults or ()] for each in self.found(number)]

    def people(self) -> list[Resident]:
        """Those who are there."""
        with self.database.read() as session:
            return list(session.scalars(select(Resident).where(Resident.deleted_at.is_(None)).order_by(Resident.id)))


def world_again(url: str, folder: Path) -> ImportWork:
    """A worker with connections of its own, for a process of its own."""
    return ImportWork(Database(url, bytes(32)), Vault(folder, bytes(32)), "w")
