"""Coverage counted, of the province, its communes, its organisations and zones: by the clock and for reports, never by a page. Rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, Text, and_, case, cast, delete, func, insert, or_, select
from sqlalchemy.orm import Session, aliased

from monitor.control_points.capture import together
from monitor.control_points.lists import capture_of
from monitor.database.database import Database
from monitor.declarations.forms import DAYS
from monitor.models.cameras.cameras import Camera, CameraTruth
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceState
from monitor.models.declarations import Declarant, Declaration, DeclarationState
from monitor.models.places import Zone
from monitor.models.reporters import CoverageDay, Reporter, ReporterKind
from monitor.places.units.search import UnitKey
from monitor.presence.evidence import PICTURE_COUNTS_FOR
from monitor.reports.collected.communes import today_of
from monitor.reports.collected.counts import Counted, counts_by, planned_by_zone

PROVINCE, UNIT, ORGANISATION, ZONE = "province", "unit:", "organisation:", "zone:"
NOT_STATED, ELSEWHERE = f"{UNIT}-", f"{UNIT}~"
"""Who named no commune; who lives in a commune that no reporter here is."""
COUNT_EVERY = timedelta(minutes=15)
LONGEST_IN_FORCE = timedelta(days=DAYS[1] + 1)
"""Longer than any form's declarations are in force: older ones need not be looked at."""
CAPTURED = timedelta(days=1)
JUDGED = timedelta(days=14)
FEWEST_ANSWERS, BELIEVED = 5, 0.9
"""Of a camera: sure answers of roll-calls below which nothing is said, and the share of them that agreed from which it is believed."""


@dataclass(frozen=True)
class Counts:
    """What is known of one subject; see `CoverageDay`. None: nobody knows."""

    about: str
    people: int | None = None
    smartphone_users: int | None = None
    counted_on: date | None = None
    source: str = ""
    in_force: int | None = None
    covered: int | None = None
    listed: int | None = None
    places_known: int | None = None
    places_registered: int | None = None
    crossed: int | None = None
    scanned: int | None = None
    cameras_planned: int | None = None
    cameras_working: int | None = None
    cameras_believed: int | None = None
    cameras_judged: int | None = None


_NAMES = tuple(each.name for each in fields(Counts))


def about_unit(unit: UnitKey) -> str:
    """How a unit's row is named."""
    return f"{UNIT}{unit}"


def in_force_by_unit(session: Session, now: datetime) -> Mapping[tuple[str, date] | None, int]:
    """How many people have a declaration in force, by the unit where they said they live; None: they named none.

    Of several rows with one identity card one counts.
    """
    person = case(
        (Declarant.document_number != "", cast(Declarant.document_number, Text)),
        else_=cast(Declarant.id, String),
    )
    rows = session.execute(
        select(Declarant.unit_code, Declarant.unit_from, func.count(person.distinct()))
        .select_from(Declaration)
        .join(Declarant, Declarant.id == Declaration.declarant_id)
        .where(*in_force_now(now))
        .group_by(Declarant.unit_code, Declarant.unit_from)
    )
    found: dict[tuple[str, date] | None, int] = defaultdict(int)
    for code, since, number in rows:
        found[(code, since) if code and since else None] += number
    return found


def declarants_in_force(session: Session, now: datetime) -> Mapping[str, tuple[int, ...]]:
    """The same as lists: the numbers of declarants by `CoverageDay.about` of today's communes, in their order. For a report's lists."""
    rows = session.execute(
        select(Declarant.id, Declarant.unit_code, Declarant.unit_from)
        .select_from(Declaration)
        .join(Declarant, Declarant.id == Declaration.declarant_id)
        .where(*in_force_now(now))
        .order_by(Declarant.id)
    ).all()
    communes = today_of(session, sorted({(row.unit_code, row.unit_from) for row in rows if row.unit_code and row.unit_from}))
    found: dict[str, list[int]] = defaultdict(list)
    for declarant_id, code, since in rows:
        unit = communes.get((code, since)) if code and since else None
        found[about_unit(unit) if unit else NOT_STATED].append(declarant_id)
    return {about: tuple(each) for about, each in found.items()}


def in_force_now(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Declaration: it is somebody's newest, and in force."""
    newer = aliased(Declaration)
    replaced = (
        select(newer.id)
        .where(
            newer.declarant_id == Declaration.declarant_id,
            newer.state == DeclarationState.TAKEN,
            or_(newer.made_at > Declaration.made_at, and_(newer.made_at == Declaration.made_at, newer.id > Declaration.id)),
            newer.made_at <= now,
        )
        .exists()
    )
    lately = (Declaration.made_at > now - LONGEST_IN_FORCE, Declaration.made_at <= now)
    return (*lately, Declaration.state == DeclarationState.TAKEN, Declaration.until > now, ~replaced)


def count(session: Session, day: date, now: datetime) -> list[Counts]:
    """All subjects as they are now; day: of the numbers that were entered. Some seconds in a whole province: for the clock and reports."""
    reporters = session.scalars(select(Reporter).where(Reporter.closed_at.is_(None)).order_by(Reporter.id)).all()
    counted = counts_by(session, day)
    units = _units(session, [each for each in reporters if each.kind is ReporterKind.COMMUNE], counted, now)
    organisations = _organisations(session, [each for each in reporters if each.kind is not ReporterKind.COMMUNE], counted)
    zones = _zones(session, day, now)
    return [summed(units, zones), *units, *organisations, *zones]


def _units(session: Session, reporters: Sequence[Reporter], counted: Mapping[int, Counted], now: datetime) -> list[Counts]:
    living = in_force_by_unit(session, now)
    places = _places_registered(session)
    communes = today_of(session, sorted({each for each in (*living, *places) if each is not None}))
    in_force: dict[str, int] = defaultdict(int)
    registered: dict[str, int] = defaultdict(int)
    for found, sums in ((living, in_force), (places, registered)):
        for unit, number in found.items():
            commune = communes.get(unit) if unit is not None else None
            sums[about_unit(commune) if commune else NOT_STATED] += number
    captured = _captured(session, now)
    rows: list[Counts] = []
    for each in reporters:
        assert each.unit_code is not None
        assert each.unit_from is not None
        about = about_unit(UnitKey(each.unit_code, each.unit_from))
        said, hour = counted.get(each.id, Counted()), captured.get((each.unit_code, each.unit_from))
        declared = in_force.pop(about, 0)
        rows.append(
            Counts(
                about,
                said.people,
                said.smartphone_users,
                said.users_on,
                said.source,
                in_force=declared,
                covered=declared,
                places_known=said.places_known,
                places_registered=registered.pop(about, 0),
                crossed=hour[0] if hour else None,
                scanned=hour[1] if hour else None,
            )
        )
    stated_none = Counts(NOT_STATED, in_force=in_force.pop(NOT_STATED, 0), places_registered=registered.pop(NOT_STATED, 0))
    outside = Counts(ELSEWHERE, in_force=sum(in_force.values()), places_registered=sum(registered.values()))
    return [*rows, stated_none, outside]


def _places_registered(session: Session) -> dict[tuple[str, date] | None, int]:
    rows = session.execute(
        select(ControlPlace.unit_code, ControlPlace.unit_from, func.count())
        .where(ControlPlace.state == PlaceState.APPROVED)
        .group_by(ControlPlace.unit_code, ControlPlace.unit_from)
    )
    return {(code, since): number for code, since, number in rows}


def _captured(session: Session, now: datetime) -> dict[tuple[str, date], tuple[int, int]]:
    """Who came through doors with a camera within a day, and who of them was scanned; by unit."""
    rows = session.execute(
        select(ControlPoint, ControlPlace.unit_code, ControlPlace.unit_from)
        .join(ControlPlace, ControlPlace.id == ControlPoint.place_id)
        .where(ControlPlace.state == PlaceState.APPROVED, ControlPoint.camera_id.is_not(None), ControlPoint.closed_at.is_(None))
    )
    by_unit: dict[tuple[str, date], list[ControlPoint]] = defaultdict(list)
    for point, code, since in rows:
        by_unit[code, since].append(point)
    found: dict[tuple[str, date], tuple[int, int]] = {}
    for unit, points in by_unit.items():
        whole = together(capture_of(session, points, now - CAPTURED, now))
        if whole is not None:
            found[unit] = (whole.crossed, whole.scanned)
    return found


def _organisations(session: Session, reporters: Sequence[Reporter], counted: Mapping[int, Counted]) -> list[Counts]:
    lists = {
        row.id: row
        for row in session.execute(
            select(ControlPlace.id, ControlPlace.listed, ControlPlace.listed_declared)
            .join(Reporter, Reporter.control_place_id == ControlPlace.id)
            .where(ControlPlace.listed > 0)
        )
    }
    rows: list[Counts] = []
    for each in reporters:
        said, workers = counted.get(each.id, Counted()), lists.get(each.control_place_id or 0)
        rows.append(
            Counts(
                f"{ORGANISATION}{each.id}",
                said.people,
                said.smartphone_users,
                said.users_on,
                said.source,
                in_force=workers.listed_declared if workers else None,
                covered=workers.listed_declared if workers else None,
                listed=workers.listed if workers else None,
                places_known=said.places_known,
                places_registered=1 if each.control_place_id is not None else 0,
            )
        )
    return rows


def _zones(session: Session, day: date, now: datetime) -> list[Counts]:
    zones = session.scalars(select(Zone.id).where(Zone.closed_at.is_(None)).order_by(Zone.id)).all()
    planned = planned_by_zone(session, day)
    working: dict[int, int] = defaultdict(int)
    believed: dict[int, int] = defaultdict(int)
    judged: dict[int, int] = defaultdict(int)
    sums = [func.sum(column) for column in (CameraTruth.agreed, CameraTruth.false_absent, CameraTruth.false_present)]
    truth = {
        row[0]: (int(row[1]), int(row[1] + row[2] + row[3]))
        for row in session.execute(
            select(CameraTruth.camera_id, *sums).where(CameraTruth.day > day - JUDGED).group_by(CameraTruth.camera_id)
        )
    }
    for camera_id, zone_id, analysed_at in session.execute(
        select(Camera.id, Camera.zone_id, Camera.analysed_at).where(Camera.enabled)
    ):
        working[zone_id] += works(analysed_at, now)
        agreed, sure = truth.get(camera_id, (0, 0))
        judgement = believable(agreed, sure)
        judged[zone_id] += judgement is not None
        believed[zone_id] += bool(judgement)
    return [
        Counts(
            f"{ZONE}{each}",
            cameras_planned=planned[each].cameras if each in planned else None,
            counted_on=planned[each].planned_on if each in planned else None,
            source=planned[each].source if each in planned else "",
            cameras_working=working[each],
            cameras_believed=believed[each],
            cameras_judged=judged[each],
        )
        for each in zones
    ]


def works(analysed_at: datetime | None, now: datetime) -> bool:
    """Whether a camera's newest analysed picture is fresh."""
    return analysed_at is not None and analysed_at >= now - PICTURE_COUNTS_FOR


def believable(agreed: int, sure: int) -> bool | None:
    """Whether a camera is believed by what sure answers of roll-calls said; None: too few said anything."""
    return None if sure < FEWEST_ANSWERS else agreed / sure >= BELIEVED


def summed(units: Iterable[Counts], zones: Iterable[Counts]) -> Counts:
    """The whole province: its communes together. Who is covered is summed where smartphone users are known, so that the share compares like
    with like; of the days on which they were counted the oldest stands there."""
    each, cameras = list(units), list(zones)
    communes = [one for one in each if one.about not in (NOT_STATED, ELSEWHERE)]
    known = [one for one in communes if one.smartphone_users is not None]
    days = [one.counted_on for one in known if one.counted_on is not None]

    def total(rows: Sequence[Counts], name: str) -> int | None:
        numbers = [number for one in rows if (number := getattr(one, name)) is not None]
        return sum(numbers) if numbers else None

    return Counts(
        PROVINCE,
        total(communes, "people"),
        total(known, "smartphone_users"),
        min(days, default=None),
        in_force=total(each, "in_force"),
        covered=total(known, "covered"),
        places_known=total(communes, "places_known"),
        places_registered=total(communes, "places_registered"),
        crossed=total(communes, "crossed"),
        scanned=total(communes, "scanned"),
        cameras_planned=total(cameras, "cameras_planned"),
        cameras_working=total(cameras, "cameras_working"),
        cameras_believed=total(cameras, "cameras_believed"),
        cameras_judged=total(cameras, "cameras_judged"),
    )


def keep(session: Session, day: date, rows: Sequence[Counts], now: datetime) -> None:
    """These in place of what was counted of the day before, in the caller's write transaction."""
    session.execute(delete(CoverageDay).where(CoverageDay.day == day))
    session.execute(
        insert(CoverageDay),
        [{name: getattr(row, name) for name in _NAMES} | {"day": day, "counted_at": now} for row in rows],
    )


def count_coverage(database: Database, now: datetime, timezone: ZoneInfo) -> bool:
    """Count today anew where it was not within a quarter of an hour; returns whether it was. Two at once write the same."""
    day = now.astimezone(timezone).date()
    with database.read() as session:
        counted_at = session.scalar(select(CoverageDay.counted_at).where(CoverageDay.day == day, CoverageDay.about == PROVINCE))
        if counted_at is not None and abs(now - counted_at) < COUNT_EVERY:
            return False
        if counted_at is None and session.scalar(select(Reporter.id).limit(1)) is None and not _anything(session):
            return False
        rows = count(session, day, now)
    with database.write() as session:
        keep(session, day, rows, now)
    return True


def _anything(session: Session) -> bool:
    return session.scalar(select(Zone.id).limit(1)) is not None
