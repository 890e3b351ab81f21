"""The province that lists and imports are measured on: as many people as asked for, each with what an enrolled person has."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, select

from monitor.benchmarks.invented_people import invent
from monitor.benchmarks.province_people import SEED, build_province, communes
from monitor.database.database import Database
from monitor.folding import folded, sort_key
from monitor.models.people.residents import Household, OrderState, QuarantineOrder, Resident
from monitor.people.telephone_numbers import read_number

NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)


def test_a_province_has_people_with_rooms_households_and_orders(both_databases: Database) -> None:
    made = build_province(both_databases, 1200, NOW)
    with both_databases.read() as session:
        people = session.scalars(select(Resident).order_by(Resident.id)).all()
        states = dict(session.execute(select(QuarantineOrder.state, func.count()).group_by(QuarantineOrder.state)).all())
        phones = set(session.scalars(select(Household.phone)))
        again = [each.full_name for each in invent(1200, communes(session), SEED)]
    assert (len(people), len(made.zones), len(made.units)) == (1200, 2, 95)
    assert states == {OrderState.ACTIVE: 1080, OrderState.RELEASED: 120}
    assert sorted(again) == sorted(each.full_name for each in people)
    assert all((each.sort_key, each.name_folded) == (sort_key(each.full_name), folded(each.full_name)) for each in people)
    numbers = {each.phone for each in people if each.phone} | phones
    assert all(read_number(each) == each for each in numbers)
    documents = [each.document_number for each in people if each.document_number]
    assert len(set(documents)) == len(documents)
