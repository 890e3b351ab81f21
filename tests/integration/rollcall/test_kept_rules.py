"""The record itself tells whether a message left in the night, or somebody got too many."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.prompts.kept_rules import Record, record_of
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import world
from tests.worlds.small_zone import NOW


def test_a_message_in_the_night_and_one_too_many_cannot_hide(both_databases: Database) -> None:
    database = both_databases
    zone, _people = world(database, "An", "Bình", channels=[["sms", 3]], ladder=[])
    open_due_rounds(database, NOW)
    midday, night = NOW + timedelta(seconds=20), NOW + timedelta(hours=13)  # 10:00 and 23:00 in Vietnam
    with database.write() as session:
        one, two = session.scalars(select(Prompt.id).order_by(Prompt.id))
        session.execute(update(Prompt).values(state=PromptState.SENT, sent_at=midday))

    def record() -> Record:
        with database.read() as session:
            return record_of(session, [zone], NOW + timedelta(hours=14))

    assert record() == Record(left=2, in_quiet=0, most=1)
    with database.write() as session:
        session.execute(update(Prompt).where(Prompt.id == two).values(sent_at=night))
    assert record() == Record(left=2, in_quiet=1, most=1)
    with database.write() as session:
        resident = session.get_one(Prompt, one).resident_id
        session.execute(update(Prompt).values(resident_id=resident))
    assert record() == Record(left=2, in_quiet=1, most=2)
    with database.read() as session:
        assert record_of(session, [zone + 1], NOW + timedelta(hours=14)) == Record(0, 0, 0)
