"""Outbreaks in bulk: cases with their contacts, of whom some became cases, and how long a view of 25,000 people takes."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, render_template
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from monitor.contacts.chain import forest
from monitor.contacts.chain_rows import Scope, cases_of, contacts_of, joined
from monitor.contacts.chain_view import MOST_SHAPES, view_of
from monitor.database.database import Database
from monitor.models.contacts.cases import Cluster, ClusterMember, FoundWhere, InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ContactState
from monitor.models.people.residents import Resident
from web.console.contacts.chain_drawn import drawn
from web.console.contacts.scope import Asked

WHOLE, FEWEST, BATCH = 25_000, 40, 2_000
"""People of all chains in a whole province."""
CASE_OF = 5
"""One in so many people of a chain is a case."""
_DAYS = 80


def add_chains(session: Session, share: float, zone_id: int, account_id: int, now: datetime) -> int:
    """Chains among the people of a zone, or all of them where it has few; returns how many people are in them. share: of a whole province.

    Each case but the first few is a contact of an earlier one: who infects many is chosen more often, as it was in earnest.
    """
    people = max(FEWEST, int(WHOLE * share))
    wanted = people // CASE_OF
    residents = list(session.scalars(select(Resident.id).order_by(Resident.id).limit(wanted)))
    chance = random.Random(7)  # noqa: S311 - the same outbreak each time
    made = {"token": "chains", "made_at": now, "made_by": account_id}
    cluster = Cluster(name="Ổ dịch", disease="covid-19", zone_id=zone_id, opened_on=now.date(), **made)
    session.add(cluster)
    session.execute(insert(InfectionCase), list(_cases(residents, zone_id, now)))
    numbers = list(
        session.scalars(select(InfectionCase.id).where(InfectionCase.token.startswith("chain-")).order_by(InfectionCase.id))
    )
    session.flush()
    session.add_all(
        ClusterMember(cluster_id=cluster.id, case_id=each, added_at=now, added_by=account_id) for each in numbers[:200]
    )
    rows = _contacts(numbers, residents, people - len(numbers), now, chance)
    while some := list(islice(rows, BATCH)):
        session.execute(insert(CaseContact), some)
    return people


def _day(place: int, many: int, now: datetime) -> datetime:
    return now - timedelta(days=_DAYS * (1 - place / max(1, many)))


def _cases(residents: Sequence[int], zone_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    kinds = list(FoundWhere)
    for place, resident in enumerate(residents):
        at = _day(place, len(residents), now)
        yield {
            "token": f"chain-{resident}",
            "resident_id": resident,
            "zone_id": zone_id,
            "disease": "covid-19",
            "onset_on": at.date(),
            "found_where": kinds[place % len(kinds)],
            "entered_at": at,
            "interviewed_at": at + timedelta(hours=place % 40),
        }


def _contacts(
    cases: Sequence[int], residents: Sequence[int], others: int, now: datetime, chance: random.Random
) -> Iterator[dict[str, Any]]:
    def row(case: int, at: datetime, resident: int | None) -> dict[str, Any]:
        return {
            "case_id": case,
            "resident_id": resident,
            "state": ContactState.RELEASED,
            "certainty": Certainty.CERTAIN,
            "first_at": at - timedelta(days=1),
            "last_at": at,
            "named_at": at,
        }

    # The first of chains are contacts of nobody.
    for place in range(3, len(cases)):
        source = chance.randrange(max(1, place // 4)) if chance.random() < 0.7 else chance.randrange(place)
        yield row(cases[source], _day(place, len(cases), now) - timedelta(days=3), residents[place])
    for _ in range(others):
        place = min(int(chance.paretovariate(0.6)), len(cases)) - 1
        yield row(cases[place], _day(place, len(cases), now), None)


def tree_s(app: Flask, database: Database, zone: ZoneInfo, now: datetime) -> float:
    """Seconds of a core for the view of all chains: rows read, joined, laid out and written as SVG; the quickest of three, since what else
    the machine does meanwhile is not ours. app: a console, without a request.

    Raises RuntimeError where a view is larger than it may be, or leaves somebody out.
    """
    return min(_view(app, database, zone, now) for _ in range(3))


def _view(app: Flask, database: Database, zone: ZoneInfo, now: datetime) -> float:
    with app.test_request_context():
        begun = time.process_time()
        scope = Scope(None, (now - timedelta(days=100)).date(), now.date(), zone)
        with database.read() as session:
            chain = joined(cases_of(session, scope), contacts_of(session, scope), zone)
        made = forest(chain.people.values(), chain.links)
        view = view_of(made)
        drawing = drawn(chain, made, view)
        render_template("console/contacts/chain_svg.html", asked=Asked(scope, None), drawing=drawing, case_address=str)
        took = time.process_time() - begun
    if view.shapes > MOST_SHAPES or view.people != len(chain.people):
        raise RuntimeError(f"{view.shapes} shapes for {view.people} of {len(chain.people)} people")
    return took
