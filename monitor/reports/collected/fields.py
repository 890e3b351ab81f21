"""The fields that reporters are asked: shipped ones to begin with, changed by supervisors, closed and never deleted. At most ten at a time."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.folding import folded
from monitor.models.reporters import AskedOf, CollectedField, ReporterKind
from monitor.people.pasted import plain
from monitor.problems import BadInput, Conflict, NotFound
from monitor.reports.collected.numbers import Asked, read_number
from monitor.words import N_

MOST_FIELDS = 10
LONGEST_FIELD = 120
HIGHEST = 10_000_000


@dataclass(frozen=True)
class Shipped:
    """A field that the product brings. names: Vietnamese, English."""

    key: str
    names: tuple[str, str]
    asked_of: AskedOf
    most: int


# What no camera, phone or list of ours tells. In both languages, since a province changes them as data.
SHIPPED = (
    Shipped("arrived", ("Người mới đến từ nơi khác trong ngày", "People who arrived from elsewhere today"), AskedOf.COMMUNES, 100_000),
    Shipped("homes_visited", ("Hộ gia đình đã đến tận nhà trong ngày", "Homes visited today"), AskedOf.COMMUNES, 100_000),
    Shipped(
        "helped_to_declare",
        ("Người được giúp khai báo y tế trong ngày", "People helped with a health declaration today"),
        AskedOf.ALL,
        100_000,
    ),
    Shipped("volunteers", ("Thành viên tổ cộng đồng làm nhiệm vụ", "Members of community groups at work"), AskedOf.COMMUNES, 20_000),
    Shipped("at_work", ("Người lao động có mặt trong ngày", "Workers present today"), AskedOf.ORGANISATIONS, 500_000),
    Shipped("kept_home", ("Người lao động nghỉ vì sốt hoặc ho", "Workers at home with fever or cough"), AskedOf.ORGANISATIONS, 100_000),
    Shipped("sent_to_station", ("Người được chuyển đến trạm y tế", "People sent to the health station"), AskedOf.ALL, 20_000),
    Shipped("codes_put_up", ("Điểm dán mã mới trong ngày", "Places where a code was put up today"), AskedOf.ALL, 20_000),
)  # fmt: skip


def concerns(asked_of: AskedOf, kind: ReporterKind) -> bool:
    """Whether a field is for reporters of a kind."""
    commune = kind is ReporterKind.COMMUNE
    return asked_of is AskedOf.ALL or (asked_of is AskedOf.COMMUNES) == commune


def asked(fields: Iterable[CollectedField]) -> list[Asked]:
    """Fields as `read_numbers` reads them."""
    return [Asked(each.key, each.most) for each in fields]


def ship_fields(session: Session, now: datetime) -> int:
    """Enter the shipped fields where there is no field at all, in the caller's write transaction; returns how many came in."""
    if session.scalar(select(CollectedField.id).limit(1)) is not None:
        return 0
    rows = [
        {
            "key": each.key,
            "name_vi": each.names[0],
            "name_en": each.names[1],
            "asked_of": each.asked_of,
            "position": place,
            "most": each.most,
            "made_at": now,
            "version": 1,
        }
        for place, each in enumerate(SHIPPED, start=1)
    ]
    # Two who come first at once bring one set.
    session.execute(insert_new(session, CollectedField).values(rows))
    return len(rows)


def fields_in_force(session: Session, kind: ReporterKind | None = None) -> list[CollectedField]:
    """What is asked now, in its order. kind: of which reporters; None: of any."""
    rows = session.scalars(
        select(CollectedField)
        .where(CollectedField.closed_at.is_(None))
        .order_by(CollectedField.position, CollectedField.id)
        .limit(MOST_FIELDS)
    )
    return [row for row in rows if kind is None or concerns(row.asked_of, kind)]


def all_fields(session: Session) -> Sequence[CollectedField]:
    """Those in force first, then the closed ones, the newest first."""
    rows = session.scalars(select(CollectedField).order_by(CollectedField.position, CollectedField.id)).all()
    closed = sorted(
        (row for row in rows if row.closed_at is not None), key=lambda row: row.closed_at or row.made_at, reverse=True
    )
    return [*(row for row in rows if row.closed_at is None), *closed[:100]]


@dataclass(frozen=True)
class FieldDetails:
    """What is said of a field."""

    name_vi: str
    name_en: str
    asked_of: AskedOf
    position: int
    most: int


def read_field(vi: str, en: str, asked_of: str, position: str, most: str) -> FieldDetails:
    """What somebody typed. Raises BadInput that names the form's field."""
    names = {"name_vi": plain(vi), "name_en": plain(en)}
    for field, name in names.items():
        if not name:
            raise BadInput(N_("Enter the name of the number in both languages: reporters read it."), field=field)
        if len(name) > LONGEST_FIELD:
            raise BadInput(N_("The name is longer than %(most)s letters. Shorten it."), most=LONGEST_FIELD, field=field)
    if asked_of not in tuple(AskedOf):
        raise BadInput(N_("Choose one of the options."), field="asked_of")
    place = read_number(position or "1", 99, field="position")
    highest = read_number(most, HIGHEST, field="most")
    if highest < 1:
        raise BadInput(N_("Write the largest number that can be right, 1 or more."), field="most")
    return FieldDetails(names["name_vi"], names["name_en"], AskedOf(asked_of), place, highest)


def add_field(session: Session, details: FieldDetails, now: datetime) -> CollectedField:
    """A further field, in the caller's write transaction. Raises Conflict where ten are asked already."""
    _require_room(session)
    # A key that tells what it is, and is no earlier one's.
    stem = re.sub(r"\W+", "_", folded(details.name_en).strip())[:30] or "number"
    row = CollectedField(**details.__dict__, key=f"{stem}_{secrets.token_hex(3)}", made_at=now, version=1)
    session.add(row)
    session.flush()
    return row


def change_field(session: Session, field_id: int, seen: int, details: FieldDetails) -> None:
    """Other words, order or limit of a field; its key stays. seen: the version of the page. Raises Conflict, NotFound."""
    _set(session, field_id, seen, **details.__dict__)


def close_field(session: Session, field_id: int, seen: int, now: datetime) -> None:
    """It is asked no more; what was entered stays. Raises Conflict, NotFound."""
    _set(session, field_id, seen, closed_at=now)


def reopen_field(session: Session, field_id: int, seen: int) -> None:
    """It is asked again. Raises Conflict, NotFound."""
    _require_room(session)
    _set(session, field_id, seen, closed_at=None)


def _require_room(session: Session) -> None:
    if len(fields_in_force(session)) >= MOST_FIELDS:
        raise Conflict(N_("At most %(most)s numbers are asked for. Close one first."), most=MOST_FIELDS)


def _set(session: Session, field_id: int, seen: int, **values: object) -> None:
    if session.get(CollectedField, field_id) is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    mine = update(CollectedField).where(CollectedField.id == field_id, CollectedField.version == seen)
    if not changed(session, mine.values(**values, version=seen + 1)):
        raise Conflict(N_("Someone else has changed this meanwhile. Look at it once more, and change it again."))
