"""Reporters of a province for benches: communes and organisations with their counts, a day's numbers, and four weeks of coverage."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.folding import folded
from monitor.models.places import Zone
from monitor.models.reporters import CollectedEntry, CoverageDay, Reporter, ReporterChase, ReporterCount, ReporterKind
from monitor.models.units import AdministrativeUnit
from monitor.reports.collected.communes import COMMUNES
from monitor.reports.collected.fields import asked, fields_in_force, ship_fields
from monitor.reports.coverage.counting import PROVINCE
from web.benchmarks.reports import HERE

WHOLE_COMMUNES, WHOLE_ORGANISATIONS, DAYS = 168, 2000, 28


def add_reporters(database: Database, now: datetime, *, share: float = 1.0) -> None:
    """As many as a whole province has, or a share of them; half of them have entered today's numbers."""
    communes, organisations = max(3, int(WHOLE_COMMUNES * share)), max(3, int(WHOLE_ORGANISATIONS * share))
    today = now.astimezone(HERE).date()
    with database.write() as session:
        ship_fields(session, now)
        units = _units(session, communes)
        kinds = [ReporterKind.COMMUNE] * len(units) + [ReporterKind.ENTERPRISE] * organisations
        rows = []
        for number, kind in enumerate(kinds):
            unit = units[number % len(units)]
            name = unit[2] if kind is ReporterKind.COMMUNE else f"Doanh nghiệp {number}"
            rows.append(
                {
                    "kind": kind,
                    "name": name,
                    "folded": folded(name),
                    "same_as": f"bench-{number}",
                    "unit_code": unit[0],
                    "unit_from": unit[1],
                    "contact_name": "",
                    "contact_phone": f"+8490{number:07}",
                    "contact_email": "",
                    "language": "vi",
                    "made_at": now - timedelta(days=40),
                    "version": 1,
                }
            )
        session.execute(insert(Reporter), rows)
        made = session.execute(select(Reporter.id, Reporter.kind, Reporter.unit_code, Reporter.unit_from)).all()
        _counts_and_numbers(session, [(row.id, row.kind) for row in made], today, now)
        about = [
            f"unit:{row.unit_code}_{row.unit_from}" if row.kind is ReporterKind.COMMUNE else f"organisation:{row.id}"
            for row in made
        ]
        _coverage(session, about, today, now)


def _units(session: Session, most: int) -> list[tuple[str, date, str]]:
    """Communes of the file, those of the zones first, so that readers of some zones have some too."""
    of_zones = session.execute(
        select(Zone.unit_code, Zone.unit_from, Zone.name).where(Zone.unit_code.is_not(None)).order_by(Zone.id).limit(most)
    ).all()
    found = {(code, since): name for code, since, name in of_zones if code and since}
    unit = AdministrativeUnit
    others = select(unit.code, unit.valid_from, unit.name).where(unit.kind.in_(COMMUNES), unit.valid_to.is_(None))
    for code, since, name in session.execute(others.order_by(unit.code).limit(most)):
        found.setdefault((code, since), name)
    if not found:
        found = {(f"9{number:04}", date(2025, 7, 1)): f"Xã {number}" for number in range(most)}
    return [(code, since, name) for (code, since), name in list(found.items())[:most]]


def _counts_and_numbers(session: Session, made: list[tuple[int, ReporterKind]], today: date, now: datetime) -> None:
    counts = [
        {
            "reporter_id": reporter_id,
            "counted_on": today - timedelta(days=30),
            "people": 6000,
            "smartphone_users": 4000,
            "places_known": 40,
            "source": "Khảo sát",
            "entered_at": now,
        }
        for reporter_id, _kind in made
    ]
    session.execute(insert(ReporterCount), counts)
    fields = {kind: {each.key: 3 for each in asked(fields_in_force(session, kind))} for kind in ReporterKind}
    entered = [
        {
            "reporter_id": reporter_id,
            "day": today,
            "numbers": fields[kind],
            "same_confirmed": False,
            "entered_at": now,
            "version": 1,
        }
        for reporter_id, kind in made[::2]
    ]
    session.execute(insert(CollectedEntry), entered)
    waiting = [
        {"day": today, "reporter_id": reporter_id, "message_key": "", "note": "", "call_at": now}
        for reporter_id, _kind in made[1::2]
    ]
    session.execute(insert(ReporterChase), waiting)


def _coverage(session: Session, about: list[str], today: date, now: datetime) -> None:
    rows = []
    for ago in range(DAYS):
        for number, subject in enumerate(dict.fromkeys((PROVINCE, *about))):
            covered = 3000 + (number * 37 + ago * 11) % 900
            numbers = {"in_force": covered, "covered": covered, "places_known": 40, "places_registered": 31}
            kept = {"day": today - timedelta(days=ago), "about": subject, "smartphone_users": 4000, "counted_at": now}
            rows.append(kept | numbers | {"source": "Khảo sát", "counted_on": today - timedelta(days=30)})
    session.execute(insert(CoverageDay), rows)
