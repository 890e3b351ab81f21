"""The demonstration's reporters: communes around Thủ Dầu Một and some organisations, with counts, people who declared, and days that went by."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.declarations.taking import Given, key_of, take
from monitor.declarations.versions import version_in_force
from monitor.declarations.who import Who
from monitor.demonstration.control_points import VISITORS
from monitor.models.declarations import Way
from monitor.models.places import Zone
from monitor.models.reporters import CamerasPlanned, Reporter, ReporterKind
from monitor.models.units import AdministrativeUnit
from monitor.people.births import Birth
from monitor.places.units.search import UnitKey
from monitor.reports.collected.counts import CountDetails, keep_count
from monitor.reports.collected.fields import ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter, new_link
from monitor.reports.coverage.counting import Counts, count, keep
from monitor.settings import Settings

SINCE = date(2025, 7, 1)
# Invented: unit, smartphone users (none: nobody counted them), how many of them declare, and by which way the commune is reached.
_COMMUNES: tuple[tuple[str, int | None, int, str, str], ...] = (
    ("25747", 16, 0, "+84900009101", ""),
    ("25750", 10, 9, "+84900009102", ""),
    ("25771", 12, 9, "", "chanhhiep@example.vn"),
    ("25760", 10, 4, "+84900009104", ""),
    ("25966", 8, 8, "+84900009105", ""),
    ("25978", 14, 11, "+84900009106", ""),
    ("25975", None, 3, "", ""),
    ("25891", 10, 6, "+84900009108", ""),
    ("25987", 9, 8, "+84900009109", ""),
)
_ORGANISATIONS = (
    ("May Bình Minh", ReporterKind.ENTERPRISE, 12, "+84900009111"),
    ("Khu công nghiệp Sóng Thần", ReporterKind.INDUSTRIAL_PARK, 40, ""),
    ("Sở Giáo dục và Đào tạo", ReporterKind.AGENCY, 25, "+84900009113"),
)
SILENT = ("25760",)
"""Communes that never enter anything: they are reminded by text, and then called."""
_DAYS, _SHARE_BEFORE = 14, 0.7


def seed_reporters(session: Session, settings: Settings, now: datetime) -> list[str]:
    """In the caller's write transaction, after the zones; returns the links of those who enter their numbers each day."""
    ship_fields(session, now)
    links: list[str] = []
    for code, users, declaring, phone, mail in _COMMUNES:
        unit = session.get(AdministrativeUnit, (code, SINCE))
        if unit is None:
            # The units are not loaded: nothing could be shown.
            return []
        key = UnitKey(code, SINCE)
        made = add_reporter(session, ReporterDetails(ReporterKind.COMMUNE, unit.name, key, "", phone, mail), now)
        assert made is not None
        if users is not None:
            counted = CountDetails(now.date() - timedelta(days=20), "Khảo sát của khu phố (trình diễn)", users * 2, users, 3)
            keep_count(session, made, counted, None, now)
        _declare(session, settings, key, declaring, now)
        if code not in SILENT:
            links.append(new_link(session, session.get_one(Reporter, made), now))
    for name, kind, users, phone in _ORGANISATIONS:
        made = add_reporter(session, ReporterDetails(kind, name, UnitKey("25747", SINCE), "", phone), now)
        assert made is not None
        keep_count(session, made, CountDetails(now.date(), "Phòng nhân sự (trình diễn)", users, users), None, now)
        links.append(new_link(session, session.get_one(Reporter, made), now))
    for zone_id, cameras in zip(session.scalars(select(Zone.id).order_by(Zone.id)), (4, 2, 0), strict=False):
        plan = {"planned_on": now.date() - timedelta(days=30), "cameras": cameras, "source": "Kế hoạch 45 (trình diễn)"}
        session.add(CamerasPlanned(zone_id=zone_id, entered_at=now, **plan))
    session.flush()
    _days(session, settings, now)
    return links


def _declare(session: Session, settings: Settings, unit: UnitKey, many: int, now: datetime) -> None:
    """Some people of a commune, by the same way as anybody's declaration is taken."""
    form = version_in_force(session, now).form
    well = {"been": "no", "symptoms": ["none"], "met_case": "no", "met_abroad": "no", "met_ill": "no"}
    for number in range(many):
        name = f"Người dân {unit.code}-{number + 1}"
        who = Who(
            full_name=name,
            birth=Birth(date(1970 + number, 5, 17)),
            sex=None,
            document_number="",
            insurance_number="",
            phone="",
            address=f"{number * 7 + 1} Lê Lợi",
            unit=unit,
        )
        given = Given(
            key=key_of("demonstration", {"name": name}),
            form=form,
            who=who,
            answers=well,
            way=Way.STAFF,
            language="vi",
            declared_on=None,
        )
        take(session, given, zone=settings.zone, now=now - timedelta(hours=1 + number))


def _days(session: Session, settings: Settings, now: datetime) -> None:
    """Days that went by, on which fewer had declared, so that there is a curve and a week before."""
    today = now.astimezone(settings.zone).date()
    rows = count(session, today, now)
    for ago in range(_DAYS, 0, -1):
        share = _SHARE_BEFORE + (1 - _SHARE_BEFORE) * (1 - ago / _DAYS)
        keep(session, today - timedelta(days=ago), [_as_then(row, share) for row in rows], now)
    keep(session, today, rows, now)


def _as_then(row: Counts, share: float) -> Counts:
    # Of one commune more had declared a week before: it fell behind.
    share = 1.4 if row.about.startswith("unit:25891") else share
    fewer = {name: round(getattr(row, name) * share) for name in ("in_force", "covered") if getattr(row, name) is not None}
    return Counts(**{**vars(row), **fewer})


def hand_links(folder: Path, links: list[str]) -> None:
    """Let the demonstration's phones have the links, which nobody else keeps."""
    file = folder / VISITORS
    known = json.loads(file.read_text())
    file.write_text(json.dumps(known | {"reporters": links}))
