"""Which reporters a reader sees: those in the units of their zones; who works for the whole province sees all."""

from __future__ import annotations

from sqlalchemy.orm import Session

from monitor.control_points.of_units import Unit, units_of_zones
from monitor.models.reporters import Reporter
from monitor.problems import Forbidden
from monitor.reports.collected.reporters import reporter_seen
from monitor.words import N_
from web.shared.guard import the_reader


def units_here(session: Session) -> set[Unit] | None:
    """The units of the reader's zones and all below; None: every unit."""
    return units_of_zones(session, the_reader().zones)


def reporter_here(session: Session, reporter_id: int) -> Reporter:
    """A reporter in the reader's units. Raises NotFound for another one as for none."""
    return reporter_seen(session, reporter_id, units_here(session))


def for_province() -> bool:
    """Whether the reader works for the whole province."""
    return the_reader().zones is None


def require_province() -> None:
    """That the reader may change what holds for the whole province. Raises Forbidden."""
    if not for_province():
        raise Forbidden(N_("This holds for the whole province, and your account has certain zones only."))
