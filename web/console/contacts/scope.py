"""Which cases a page of contact tracing is about: of the reader's zones, by days or by a cluster; as forms send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from monitor.contacts.chain_rows import Scope
from monitor.models.contacts.cases import Cluster
from monitor.problems import BadInput
from monitor.words import N_
from web.shared.common import now
from web.shared.guard import require_zone, the_reader
from web.shared.parts import parts

USUAL, LONGEST = timedelta(days=90), timedelta(days=731)


@dataclass(frozen=True)
class Asked:
    """scope: what is looked at; cluster: by which this was asked for, else None."""

    scope: Scope
    cluster: Cluster | None

    @property
    def address(self) -> dict[str, Any]:
        """What an address needs to mean the same."""
        if self.cluster is not None:
            return {"cluster": self.cluster.id}
        return {"since": self.scope.since.isoformat(), "until": self.scope.until.isoformat()}


def cluster_here(session: Session, cluster_id: int | None) -> Cluster:
    """A cluster of the reader's zones. Raises NotFound for another one as for none."""
    found = session.get(Cluster, cluster_id) if cluster_id is not None else None
    require_zone(the_reader(), found.zone_id if found is not None else None)
    assert found is not None
    return found


def read_scope(session: Session, given: Mapping[str, str]) -> Asked:
    """Raises BadInput for days that are none, or too many, and NotFound for a cluster that the reader has no business with."""
    zone = parts().settings.zone
    today = now().astimezone(zone).date()
    since, until = _day(given, "since", today - USUAL), _day(given, "until", today)
    if until < since:
        raise BadInput(N_("The last day is before the first."), field="until")
    if until - since > LONGEST:
        raise BadInput(N_("Choose at most %(most)s days."), most=LONGEST.days, field="since")
    cluster = None
    if typed := given.get("cluster", ""):
        cluster = cluster_here(session, int(typed) if typed.isdecimal() and len(typed) < 10 else None)
    return Asked(Scope(the_reader().zones, since, until, zone, cluster.id if cluster is not None else None), cluster)


def _day(given: Mapping[str, str], name: str, usual: date) -> date:
    try:
        day = date.fromisoformat(given[name]) if given.get(name) else usual
    except ValueError:
        raise BadInput(N_("Please enter a day."), field=name) from None
    # Room for the days around it, whatever was typed.
    if not date(2000, 1, 1) <= day <= date(2200, 1, 1):
        raise BadInput(N_("Please enter a day."), field=name)
    return day


def case_address(case_id: int) -> str:
    """The page of a case."""
    return url_for("infection_cases.show", case_id=case_id)
