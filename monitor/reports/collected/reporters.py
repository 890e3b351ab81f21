"""Reporters as rows: entered, changed, closed, each with a link of its own of which only a digest is kept; communes seeded from the units."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, false, select, tuple_, update
from sqlalchemy.orm import Session

from monitor.control_points.of_units import Unit
from monitor.database.database import insert_new
from monitor.database.statements import changed
from monitor.folding import folded
from monitor.models.control_points import ControlPlace
from monitor.models.reporters import LONGEST_NAME, Reporter, ReporterKind
from monitor.models.units import AdministrativeUnit
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput, Conflict, NotFound
from monitor.reports.collected.communes import communes_of
from monitor.words import LANGUAGES, N_

LONGEST_CONTACT = 120
_MAIL = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,180}\.[^@\s,;<>\".]{2,24}")
GONE = N_("This link is no longer good. Ask the health centre of your area for a new one.")
TWICE = N_("This reporter is on the list already.")
MEANWHILE = N_("Someone else has changed this meanwhile. Look at it once more, and change it again.")


@dataclass(frozen=True)
class ReporterDetails:
    """What is said of a reporter. phone: as +84…, or empty. unit: of a commune itself; None: the whole province."""

    kind: ReporterKind
    name: str
    unit: UnitKey | None
    contact_name: str = ""
    contact_phone: str = ""
    contact_email: str = ""
    language: str = LANGUAGES[0]


def read_reporter(
    kind: str, name: str, unit: UnitKey | None, contact_name: str, phone: str, email: str, language: str = ""
) -> ReporterDetails:
    """What somebody typed, or a row of a file. Raises BadInput that names the field."""
    if kind not in tuple(ReporterKind):
        raise BadInput(N_("Please choose what kind of reporter it is."), field="kind")
    called = plain(name)
    if not called:
        raise BadInput(N_("Please enter the name."), field="name")
    if len(called) > LONGEST_NAME:
        raise BadInput(N_("The name is longer than %(most)s letters. Shorten it."), most=LONGEST_NAME, field="name")
    if kind == ReporterKind.COMMUNE and unit is None:
        raise BadInput(N_("Please say which ward or commune it is."), field="unit")
    mail = plain(email)
    if mail and not _MAIL.fullmatch(mail):
        raise BadInput(N_("%(address)s is not an e-mail address."), address=mail[:60], field="email")
    return ReporterDetails(
        ReporterKind(kind),
        called,
        unit,
        plain(contact_name)[:LONGEST_CONTACT],
        read_number(phone) if phone.strip() else "",
        mail,
        language if language in LANGUAGES else LANGUAGES[0],
    )


def same_as(kind: ReporterKind, name: str, unit: UnitKey | None) -> str:
    """The digest by which a reporter is known again: a commune by its unit, an organisation by its unit and its name without accents."""
    what = "commune" if kind is ReporterKind.COMMUNE else folded(name)
    return hashlib.sha256(f"reporter/{what}/{unit or ''}".encode()).hexdigest()


def _columns(details: ReporterDetails) -> dict[str, Any]:
    return {
        "kind": details.kind,
        "name": details.name,
        "folded": folded(details.name)[:200],
        "same_as": same_as(details.kind, details.name, details.unit),
        "unit_code": details.unit.code if details.unit else None,
        "unit_from": details.unit.valid_from if details.unit else None,
        "contact_name": details.contact_name,
        "contact_phone": details.contact_phone,
        "contact_email": details.contact_email,
        "language": details.language,
    }


def add_reporter(session: Session, details: ReporterDetails, now: datetime) -> int | None:
    """Enter a reporter, in the caller's write transaction; its key, or None where it is there already."""
    row = insert_new(session, Reporter).values(**_columns(details), made_at=now, version=1).returning(Reporter.id)
    return session.scalar(row)


def change_reporter(session: Session, reporter_id: int, seen: int, details: ReporterDetails, place_id: int | None) -> None:
    """Another name, unit, contact or control point. seen: the version of the page. Raises Conflict, NotFound, BadInput."""
    reporter = reporter_seen(session, reporter_id)
    if place_id is not None and session.get(ControlPlace, place_id) is None:
        raise BadInput(
            N_("There is no control point with this number. Look it up on the page of control points."), field="place"
        )
    values = _columns(details)
    twin = select(Reporter.id).where(Reporter.same_as == values["same_as"], Reporter.id != reporter.id)
    if session.scalar(twin) is not None:
        raise Conflict(TWICE)
    _set(session, reporter_id, seen, **values, control_place_id=place_id)


def close_reporter(session: Session, reporter_id: int, seen: int, now: datetime | None) -> None:
    """It is asked nothing more, and its link opens nothing; None: it is asked again. Raises Conflict, NotFound."""
    reporter_seen(session, reporter_id)
    _set(session, reporter_id, seen, closed_at=now)


def _set(session: Session, reporter_id: int, seen: int, **values: Any) -> None:
    mine = update(Reporter).where(Reporter.id == reporter_id, Reporter.version == seen)
    if not changed(session, mine.values(**values, version=seen + 1)):
        raise Conflict(MEANWHILE)


def reporter_seen(session: Session, reporter_id: int, units: set[Unit] | None = None) -> Reporter:
    """A reporter that is in these units; None: every one. Raises NotFound for another one as for none."""
    found = session.get(Reporter, reporter_id)
    if found is None or (units is not None and (found.unit_code, found.unit_from) not in units):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return found


def in_units(units: set[Unit] | None) -> ColumnElement[bool] | None:
    """A condition on Reporter; None: no condition. Who has some zones sees no reporter of the whole province."""
    if units is None:
        return None
    return tuple_(Reporter.unit_code, Reporter.unit_from).in_(sorted(units)) if units else false()


def digest_of(link: str) -> str:
    """What is kept of a secret that stands in a link."""
    return hashlib.sha256(b"reporter/" + link.encode()).hexdigest()


def new_link(session: Session, reporter: Reporter, now: datetime) -> str:
    """Another link in place of the one before, which opens nothing from now on; in the caller's write transaction. It is shown this once."""
    link = secrets.token_urlsafe(16)
    reporter.key, reporter.key_made_at = digest_of(link), now
    session.flush()
    return link


def reporter_of_link(session: Session, link: str) -> Reporter:
    """Whose link it is. Raises NotFound, whatever the reason."""
    known = select(Reporter).where(Reporter.key == digest_of(link), Reporter.closed_at.is_(None))
    found = session.scalar(known)
    if found is None:
        raise NotFound(GONE)
    return found


def seed_communes(session: Session, province: UnitKey, now: datetime) -> int:
    """Enter a reporter for each commune of a province, in the caller's write transaction; returns how many are new."""
    new = 0
    for unit in communes_of(session, province):
        key = UnitKey(unit.code, unit.valid_from)
        new += add_reporter(session, ReporterDetails(ReporterKind.COMMUNE, unit.name, key), now) is not None
    return new


@dataclass(frozen=True)
class Successor:
    """A reporter whose commune ended, and the units that it became."""

    reporter: Reporter
    ended_on: date


def ended_communes(session: Session) -> Sequence[Successor]:
    """Reporters in use whose unit is no more: a person closes them, and seeds those that came after."""
    rows = session.execute(
        select(Reporter, AdministrativeUnit.valid_to)
        .join(
            AdministrativeUnit,
            (AdministrativeUnit.code == Reporter.unit_code) & (AdministrativeUnit.valid_from == Reporter.unit_from),
        )
        .where(Reporter.kind == ReporterKind.COMMUNE, Reporter.closed_at.is_(None), AdministrativeUnit.valid_to.is_not(None))
        .order_by(Reporter.name)
        .limit(200)
    )
    return [Successor(reporter, ended) for reporter, ended in rows if ended is not None]
