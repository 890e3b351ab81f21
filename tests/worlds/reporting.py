"""A small province for reports: a camp, homes and a hospital in two communes, people in each, and a supervisor of all zones."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.daily_report import Report, ReportDifference, ReportKind, ReportState
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, Zone, ZoneKind
from monitor.models.units import AdministrativeUnit, UnitKind, UnitSuccession
from monitor.order_changes import note_change
from monitor.people.order_deeds import Deed
from monitor.reports.definitions import stock_key
from monitor.reports.kept import figures_of, numbers_of
from monitor.reports.places import Setting
from monitor.reports.releasing import begin_day, release
from monitor.reports.times import SHIPPED, of_day
from monitor.words import Words
from rollcall.orders.orders import Asked, act
from rollcall.reporting.drawing_up import count_report

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
FIRST, SECOND, THIRD = date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SINCE = date(2025, 7, 1)
WEST, EAST, WHOLE_NEW = "90001_2025-07-01", "90002_2025-07-01", "90003_2026-11-25"
WHY = "Theo đề nghị của trạm y tế"


def cut_off(day: date) -> datetime:
    """14:00 of a day."""
    return of_day(SHIPPED, day, HERE).cut_off


class SmallProvince:
    """Camp and homes in the west, hospital in the east, where a second camp is; An and Bình in the camp, Cúc at home, Dũng in hospital."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.write() as session:
            for code, name in (("90001", "Xã Tây"), ("90002", "Xã Đông")):
                unit = {"kind": UnitKind.COMMUNE, "folded": f" {name}", "folded_path": f" {name}"}
                session.add(
                    AdministrativeUnit(code=code, valid_from=SINCE, name=name, name_en=name.replace("Xã", "Commune"), **unit)
                )
            self.zones = {}
            for name, kind, code in (
                ("Trại Tây", ZoneKind.FACILITY, "90001"),
                ("Nhà Tây", ZoneKind.HOME_CLUSTER, "90001"),
                ("Bệnh viện Đông", ZoneKind.MEDICAL, "90002"),
                ("Trại Đông", ZoneKind.FACILITY, "90002"),
            ):
                zone = Zone(name=name, kind=kind, unit_code=code, unit_from=SINCE)
                session.add(zone)
                session.flush()
                session.add(Room(zone_id=zone.id, name="1", beds=90))
                self.zones[name] = zone.id
            account = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=cut_off(FIRST))
            session.flush()
            self.account = account.id
        long_ago = cut_off(FIRST) - 3 * DAY
        self.an, self.binh = (self.person(name, "Trại Tây", long_ago) for name in ("An", "Bình"))
        self.cuc = self.person("Cúc", "Nhà Tây", long_ago)
        self.dung = self.person("Dũng", "Bệnh viện Đông", long_ago)

    def person(self, name: str, zone: str, starts_at: datetime, *, days: int = 14, entered_at: datetime | None = None) -> int:
        """Somebody with an order; returns the resident's number."""
        entered_at = entered_at or starts_at
        with self.database.write() as session:
            room = session.scalars(select(Room).where(Room.zone_id == self.zones[zone])).one()
            resident = Resident(zone_id=room.zone_id, room_id=room.id, full_name=name, created_at=entered_at)
            session.add(resident)
            session.flush()
            order = QuarantineOrder(
                resident_id=resident.id,
                zone_id=room.zone_id,
                starts_at=starts_at,
                ends_at=starts_at + days * DAY,
                authority="Sở Y tế",
                reason="F1",
            )
            session.add(order)
            session.flush()
            given = {"state": OrderState.ACTIVE.value}
            note_change(session, order, {}, given, reason="", account_id=self.account, now=entered_at)
            return resident.id

    def order(self, resident: int) -> QuarantineOrder:
        """Their newest."""
        with self.database.read() as session:
            mine = select(QuarantineOrder).where(QuarantineOrder.resident_id == resident)
            found = session.scalars(mine.order_by(QuarantineOrder.id.desc())).first()
        assert found is not None
        return found

    def act(self, resident: int, deed: Deed, at: datetime, **more: Any) -> None:
        """Do something with their order at a time."""
        with self.database.write() as session:
            act(session, self.order(resident).id, Asked(deed, WHY, **more), self.account, at)

    def report(self, day: date, *, leaves: ReportState | None = ReportState.FINAL) -> int:
        """Begin, count and release a day's report; returns its key. leaves: as what; None: it stays a draft."""
        with self.database.write() as session:
            begin_day(session, ReportKind.DAILY, day, cut_off(day))
            mine = select(Report.id).where(Report.day == day).order_by(Report.version.desc()).limit(1)
            report_id = session.scalars(mine).one()
        self.count(report_id, day)
        if leaves is not None:
            with self.database.write() as session:
                release(session, report_id, leaves, cut_off(day) + HOUR / 2, account_id=self.account)
        return report_id

    def count(self, report_id: int, day: date) -> None:
        """Count it, again too."""
        assert count_report(self.database, report_id, HERE, cut_off(day) + HOUR / 60)

    def row(self, report_id: int) -> Report:
        """A report."""
        with self.database.read() as session:
            return session.get_one(Report, report_id)

    def members(self, report_id: int, key: str) -> dict[str, list[int]]:
        """Unit -> the numbers behind a figure."""
        with self.database.read() as session:
            kept = figures_of(session, report_id)[key]
            numbers = numbers_of(session, (digest for _count, digest in kept.units.values()))
            return {unit: list(numbers[digest or ""]) for unit, (_count, digest) in kept.units.items()}

    def stock(self, report_id: int, setting: Setting, stock: Any) -> dict[str, list[int]]:
        """The same of a stock."""
        return self.members(report_id, stock_key(setting, stock))

    def differences(self, report_id: int) -> dict[int, tuple[str, str, str]]:
        """Who does not add up: where they should be, where they are, and why, in English."""
        with self.database.read() as session:
            rows = session.scalars(select(ReportDifference).where(ReportDifference.report_id == report_id))
            return {each.resident_id: (each.expected, each.found, Words.load(each.reason).say(str)) for each in rows}

    def merge_units(self, day: date) -> None:
        """West and East become one on that day."""
        with self.database.write() as session:
            session.add(
                AdministrativeUnit(
                    code="90003",
                    valid_from=day,
                    kind=UnitKind.COMMUNE,
                    name="Xã Mới",
                    name_en="Commune Moi",
                    folded=" xa moi",
                    folded_path=" xa moi",
                )
            )
            for code in ("90001", "90002"):
                session.get_one(AdministrativeUnit, (code, SINCE)).valid_to = day - DAY
                session.add(UnitSuccession(code=code, valid_from=SINCE, into_code="90003", into_from=day))
