"""What is said on screens reaches processes that run already; and what health asks of much data goes by an index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.service.process import Process
from monitor.setting_up.stating import load, state
from monitor.stated import Stated, hotline, take
from tests.doubles.waiting import wait_until


@pytest.fixture(autouse=True)
def nothing_stated() -> Iterator[None]:
    yield
    take(Stated())


def test_a_process_that_runs_hears_of_it_by_its_next_beat(both_databases: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.service.process.BEAT_SECONDS", 0.1)
    for name in ("setproctitle", "log_to_stderr"):
        monkeypatch.setattr(f"monitor.service.process.{name}", lambda _name: None)
    process = Process("work", 9, both_databases).start(signals=False)
    try:
        with both_databases.write() as session:
            assert state(session, {"hotline": "1900 9095", "authority": ""}, by=None, now=utc_now())
        wait_until(lambda: hotline() == "1900 9095")
        with both_databases.write() as session:
            # Nothing new is said: nothing is written down.
            assert not state(session, {"hotline": "1900 9095"}, by=None, now=utc_now())
            assert state(session, {"hotline": ""}, by=None, now=utc_now())
            assert load(session) == Stated()
            assert session.query(AuditEntry).count() == 2
        wait_until(lambda: hotline() == "1022")
    finally:
        process.stopping.set()


@pytest.mark.parametrize("column", ["sent_at", "delivered_at"])
def test_the_last_message_of_a_channel_is_found_by_an_index(both_databases: Database, column: str) -> None:
    query = f"SELECT {column} FROM prompt WHERE channel = 'sms' AND {column} IS NOT NULL ORDER BY {column} DESC LIMIT 1"
    with both_databases.engine.connect() as connection:
        if both_databases.is_sqlite:
            plan = connection.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            plan = connection.execute(text(f"EXPLAIN {query}")).all()
    told = " ".join(str(each) for each in plan)
    assert f"ix_prompt_channel_{column}" in told
    assert "Sort" not in told
    assert "TEMP B-TREE" not in told
