"""Smartphone users, people and places known of each reporter, with day and source: entered, never changed; the newest counts. Rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.clock import read_day
from monitor.database.many_rows import one_of
from monitor.models.reporters import LONGEST_SOURCE, CamerasPlanned, ReporterCount
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.reports.collected.numbers import read_number
from monitor.words import N_

HIGHEST = 20_000_000
MOST_CAMERAS = 20_000
SHORTEST_SOURCE = 3


@dataclass(frozen=True)
class CountDetails:
    """What somebody says of a day. None: they say nothing of it."""

    counted_on: date
    source: str
    people: int | None = None
    smartphone_users: int | None = None
    places_known: int | None = None

    @property
    def numbers(self) -> tuple[int | None, int | None, int | None]:
        """As a row has them."""
        return self.people, self.smartphone_users, self.places_known


def read_source(source: str, day: str, today: date) -> tuple[str, date]:
    """Where a number is from, and of which day. Raises BadInput."""
    said = plain(source)[:LONGEST_SOURCE]
    if len(said) < SHORTEST_SOURCE:
        raise BadInput(
            N_("Say where the number is from, for example “survey of 12 October” or “operators’ list”."), field="source"
        )
    try:
        counted_on = read_day(day.strip())
    except ValueError:
        raise BadInput(N_("Write the day like 24/11/2026."), field="counted_on") from None
    if counted_on > today:
        raise BadInput(N_("This day is still to come. Write the day on which it was counted."), field="counted_on")
    return said, counted_on


def read_count(people: str, users: str, places: str, source: str, day: str, today: date) -> CountDetails | None:
    """What somebody typed, or a row of a file; None where no number is given. Raises BadInput that names the field."""
    typed = {"people": people, "smartphone_users": users, "places_known": places}
    numbers = {name: read_number(said, HIGHEST, field=name) if said.strip() else None for name, said in typed.items()}
    if all(number is None for number in numbers.values()):
        return None
    if numbers["people"] is not None and (numbers["smartphone_users"] or 0) > numbers["people"]:
        raise BadInput(N_("There are more smartphone users than people. Look at both numbers."), field="smartphone_users")
    said, counted_on = read_source(source, day, today)
    return CountDetails(counted_on, said, **numbers)


def keep_count(session: Session, reporter_id: int, details: CountDetails, account_id: int | None, now: datetime) -> bool:
    """A further row, in the caller's write transaction; returns False where the newest of that day says the same."""
    newest = session.scalars(
        select(ReporterCount)
        .where(ReporterCount.reporter_id == reporter_id, ReporterCount.counted_on == details.counted_on)
        .order_by(ReporterCount.id.desc())
        .limit(1)
    ).first()
    if newest is not None and same_count(newest, details):
        return False
    people, users, places = details.numbers
    session.add(
        ReporterCount(
            reporter_id=reporter_id,
            counted_on=details.counted_on,
            people=people,
            smartphone_users=users,
            places_known=places,
            source=details.source,
            entered_at=now,
            entered_by=account_id,
        )
    )
    session.flush()
    return True


def same_count(row: ReporterCount, details: CountDetails) -> bool:
    """Whether a row says what is to be entered."""
    return (row.people, row.smartphone_users, row.places_known) == details.numbers and row.source == details.source


@dataclass(frozen=True)
class Counted:
    """What counts of one reporter on a day. users_on, source: of the number of smartphone users."""

    people: int | None = None
    smartphone_users: int | None = None
    users_on: date | None = None
    source: str = ""
    places_known: int | None = None


def counts_by(session: Session, day: date, reporters: Collection[int] | None = None) -> Mapping[int, Counted]:
    """What counts of each reporter on a day: of each number the newest that is from then or before. reporters: None for all."""
    mine = [] if reporters is None else [one_of(ReporterCount.reporter_id, list(reporters))]
    found: dict[int, Counted] = {}
    newest = _newest(session, ReporterCount.smartphone_users, day, mine)
    people = _newest(session, ReporterCount.people, day, mine)
    places = _newest(session, ReporterCount.places_known, day, mine)
    for reporter_id in newest.keys() | people.keys() | places.keys():
        users = newest.get(reporter_id)
        head, known = people.get(reporter_id), places.get(reporter_id)
        found[reporter_id] = Counted(
            head.people if head else None,
            users.smartphone_users if users else None,
            users.counted_on if users else None,
            users.source if users else "",
            known.places_known if known else None,
        )
    return found


def _newest(session: Session, column: object, day: date, mine: Sequence[object]) -> dict[int, ReporterCount]:
    ranked = (
        select(
            ReporterCount.id,
            func.row_number()
            .over(
                partition_by=ReporterCount.reporter_id,
                order_by=(ReporterCount.counted_on.desc(), ReporterCount.id.desc()),
            )
            .label("place"),
        )
        .where(column.is_not(None), ReporterCount.counted_on <= day, *mine)  # type: ignore[attr-defined,arg-type]
        .subquery()
    )
    rows = session.scalars(select(ReporterCount).join(ranked, ranked.c.id == ReporterCount.id).where(ranked.c.place == 1))
    return {row.reporter_id: row for row in rows}


def history_of(session: Session, reporter_id: int, most: int = 50) -> Sequence[ReporterCount]:
    """All that was said of a reporter, the newest first."""
    rows = select(ReporterCount).where(ReporterCount.reporter_id == reporter_id)
    return session.scalars(rows.order_by(ReporterCount.counted_on.desc(), ReporterCount.id.desc()).limit(most)).all()


def plan_cameras(
    session: Session, zone_id: int, typed: str, source: str, day: str, today: date, account_id: int, now: datetime
) -> None:
    """How many cameras a zone is to have, with day and source; in the caller's write transaction. Raises BadInput."""
    number = read_number(typed, MOST_CAMERAS, field="cameras")
    said, planned_on = read_source(source, day, today)
    row = CamerasPlanned(
        zone_id=zone_id, planned_on=planned_on, cameras=number, source=said, entered_at=now, entered_by=account_id
    )
    session.add(row)
    session.flush()


def planned_by_zone(session: Session, day: date) -> Mapping[int, CamerasPlanned]:
    """What counts of each zone on a day."""
    ranked = (
        select(
            CamerasPlanned.id,
            func.row_number()
            .over(partition_by=CamerasPlanned.zone_id, order_by=(CamerasPlanned.planned_on.desc(), CamerasPlanned.id.desc()))
            .label("place"),
        )
        .where(CamerasPlanned.planned_on <= day)
        .subquery()
    )
    rows = session.scalars(select(CamerasPlanned).join(ranked, ranked.c.id == CamerasPlanned.id).where(ranked.c.place == 1))
    return {row.zone_id: row for row in rows}
