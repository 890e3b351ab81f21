"""Who hangs is restarted, and nobody is missed for it: real processes of `quarantine serve` under SIGSTOP, over real sockets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.incidents import Incident
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.models.service import OutagePart, ServiceOutage
from monitor.vault.vault import Vault
from tests.doubles.waiting import wait_until
from tests.processes.whole_service import MASTER_KEY, WholeService
from tests.worlds.daytime import daytime
from tests.worlds.due_round import token_of, world

# What a calm machine takes is measured by `quarantine bench faults`; here it is only to happen.
HEALED_WITHIN_SECONDS = 45.0
# A machine that is busy elsewhere starts processes more slowly; it is measured from when the hanging one was ended.
BUSY_MACHINE_SECONDS = 45.0


@pytest.fixture
def service(tmp_path: Path, migrated_sqlite: Path) -> Iterator[WholeService]:
    shutil.copy(migrated_sqlite, tmp_path / "test.db")
    url = f"sqlite:///{tmp_path}/test.db"
    database = Database(url, Vault(tmp_path / "vault", MASTER_KEY).column_key())
    _, people = world(
        database,
        "An",
        "Bình",
        "Cúc",
        evidence=EvidenceLevel.ACKNOWLEDGED,
        next_round_at=None,
        ladder=[],
        channels=[["sms", 60]],
    )
    now = utc_now()
    with database.write() as session:
        session.execute(update(QuarantineOrder).values(starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=9)))
        session.execute(update(Zone).values(timezone=daytime()))
        # All in one room: nobody is alone.
        session.execute(update(Resident).values(room_id=session.get_one(Resident, people[0]).room_id))
    database.dispose()
    running = WholeService(tmp_path, url, hang_seconds="3")
    running.wait_until_whole()
    yield running
    running.stop()


class Round:
    """One round of the service with real messages; `deliver` confirms them as a gateway does."""

    def __init__(self, service: WholeService, minutes: float) -> None:
        self.service = service
        service.open_round(minutes)
        with service.database.read() as session:
            self.people = list(session.scalars(select(Resident.id).order_by(Resident.id)))

    def check_ins(self) -> list[CheckIn]:
        with self.service.database.read() as session:
            newest = select(CheckIn).order_by(CheckIn.id.desc()).limit(len(self.people))
            return list(session.scalars(newest.execution_options(populate_existing=True)))

    def asked(self, since: datetime) -> bool:
        return bool(self.check_ins()) and all(each.opened_at >= since for each in self.check_ins())

    def sent(self) -> bool:
        ids = [each.id for each in self.check_ins()]
        with self.service.database.read() as session:
            rows = session.execute(select(Prompt.state).where(Prompt.check_in_id.in_(ids))).all()
        return len(rows) == len(ids) and all(row.state in (PromptState.SENT, PromptState.DELIVERED) for row in rows)

    def deliver(self) -> None:
        ids = [each.id for each in self.check_ins()]
        with self.service.database.write() as session:
            arrived = {"state": PromptState.DELIVERED, "delivered_at": utc_now()}
            session.execute(update(Prompt).where(Prompt.check_in_id.in_(ids)).values(arrived))

    def answer(self, resident: int) -> int:
        link = f"{self.service.residents}/a/{token_of(self.service.database, resident)}"
        files = {"unwell": (None, "no")}
        return httpx.post(link, files=files, headers={"Accept": "application/json"}, timeout=10).status_code

    def over(self) -> bool:
        return all(each.due_at is None for each in self.check_ins())

    def states(self) -> list[CheckInState]:
        return [each.state for each in self.check_ins()]


def hang_and_heal(service: WholeService, name: str) -> float:
    """Stop a process; returns after how many seconds it was ended, once another one runs in its place."""
    pids = service.hang(name)
    took = wait_until(lambda: service.ended(pids), BUSY_MACHINE_SECONDS)
    wait_until(lambda: service.processes(name), BUSY_MACHINE_SECONDS)
    return took


def test_each_process_that_hangs_is_restarted_and_nobody_is_missed_for_it(service: WholeService) -> None:
    # The pages for a whole window: nobody can answer, and nobody is told that they did not.
    began = utc_now()
    of_pages = Round(service, minutes=0.15)
    wait_until(lambda: of_pages.asked(began) and of_pages.sent())
    of_pages.deliver()
    assert hang_and_heal(service, "web-1") < HEALED_WITHIN_SECONDS
    wait_until(service.up, BUSY_MACHINE_SECONDS)
    wait_until(of_pages.over)
    assert of_pages.states() == [CheckInState.EXCUSED] * 3
    with service.database.read() as session:
        parts = {each.part: each for each in session.scalars(select(ServiceOutage))}
        assert session.scalars(select(Incident).where(Incident.resident_id.is_not(None))).all() == []
    assert {OutagePart.PAGE, OutagePart.CONSOLE} <= parts.keys()
    assert parts[OutagePart.PAGE].started_at >= began - timedelta(seconds=5)

    # The worker and the clock, while messages wait: they leave late, once, and whoever answers then is as good as any.
    service.wait_until_whole()
    before = len(service.gateway.taken)
    pids = service.hang("work-1")
    began = utc_now()
    late = Round(service, minutes=3)
    wait_until(lambda: late.asked(began))
    pids += service.hang("schedule-1")
    assert wait_until(lambda: service.ended(pids), BUSY_MACHINE_SECONDS) < HEALED_WITHIN_SECONDS
    wait_until(late.sent)
    assert len(service.gateway.taken) == before + 3
    late.deliver()
    assert [late.answer(each) for each in late.people] == [201] * 3
    assert late.states() == [CheckInState.VERIFIED] * 3
    with service.database.read() as session:
        assert not session.scalars(select(CheckIn.id).where(CheckIn.state == CheckInState.MISSED)).all()
    wait_until(service.whole)
    # Whoever is back within `BEGINS_AFTER_S` was not out; where one was noted, it is over.
    wait_until(lambda: _none_lasts(service))


def _none_lasts(service: WholeService) -> bool:
    with service.database.read() as session:
        rows = session.scalars(select(ServiceOutage)).all()
        return all(each.ended_at is not None for each in rows)
