"""Looks after the jobs on PostgreSQL: new ones for rows that have none, those of workers that died, those that are over."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

from procrastinate import App, PsycopgConnector
from procrastinate.manager import JobManager
from sqlalchemy import func, select, text

from monitor.database.database import Database
from monitor.enrolment.imports.leases import imports_due
from monitor.letters.letters import letters_due
from monitor.models.people.faces import EnrolmentPhoto, FaceModel
from monitor.models.people.imports import PeopleImport
from monitor.models.people.letters import Letter
from monitor.models.people.moves import LikenessCheck
from monitor.models.rollcalls.answers import Verification
from monitor.models.rollcalls.prompts import Prompt
from monitor.service.process import ALIVE_SECONDS
from rollcall.jobs import (
    COMPARE_FACES,
    JUDGE_ENROLMENTS,
    RENEW_TEMPLATES,
    SEND_PROMPTS,
    TAKE_IN_PEOPLE,
    VERIFY_ANSWERS,
    WRITE_LETTERS,
    defer,
)
from rollcall.prompts.due import photos_due, prompts_due, renewals_due, verifications_due

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
# What a sweep counts at most: the next one counts again.
MOST_ROWS = 20_000
KEEP_FAILED_HOURS = 7 * 24
CONNECT_SECONDS = 5.0
_WAITING = text(
    "SELECT 1 FROM procrastinate_jobs WHERE task_name = :task AND status = 'todo'"
    " AND (scheduled_at IS NULL OR scheduled_at <= now()) LIMIT 1"
)


def address_of(database: Database) -> str:
    """A PostgreSQL database's address as its own library reads it."""
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def sweep(database: Database, now: datetime) -> int:
    """Defer jobs for rows that are due while no job waits: later attempts, ended leases, lost jobs. Returns how many jobs."""
    deferred = 0
    with database.write() as session:
        for task, due in (
            (SEND_PROMPTS, select(Prompt.id).where(prompts_due(now))),
            (VERIFY_ANSWERS, select(Verification.id).where(verifications_due(now))),
            (JUDGE_ENROLMENTS, select(EnrolmentPhoto.id).where(photos_due(now))),
            (TAKE_IN_PEOPLE, select(PeopleImport.id).where(imports_due(now))),
            (RENEW_TEMPLATES, select(FaceModel.id).where(renewals_due())),
            (COMPARE_FACES, select(LikenessCheck.resident_id)),
            (WRITE_LETTERS, select(Letter.id).where(letters_due(now))),
        ):
            if session.scalar(_WAITING, {"task": task.name}) is None:
                rows = session.scalar(select(func.count()).select_from(due.limit(MOST_ROWS).subquery()))
                deferred += defer(session, task, rows or 0)
    return deferred


def retry_stalled(database: Database, silent_seconds: float = ALIVE_SECONDS) -> int:
    """Let the jobs of workers that are gone, or silent for so long, run again; returns how many."""

    async def retry(manager: JobManager) -> int:
        stalled = list(await manager.get_stalled_jobs(seconds_since_heartbeat=silent_seconds))
        for job in stalled:
            await manager.retry_job(job)
        return len(stalled)

    return _ask(database, retry)


def forget_failed(database: Database) -> None:
    """Remove jobs that were kept for somebody to look at. Those that went well were removed at once."""

    async def forget(manager: JobManager) -> None:
        await manager.delete_old_jobs(KEEP_FAILED_HOURS, include_failed=True, include_cancelled=True, include_aborted=True)

    _ask(database, forget)


def _ask(database: Database, question: Callable[[JobManager], Awaitable[Answer]]) -> Answer:
    """Procrastinate asks such things in asyncio only."""

    async def ask() -> Answer:
        connector = PsycopgConnector(conninfo=address_of(database), min_size=1, max_size=1, timeout=CONNECT_SECONDS)
        async with App(connector=connector).open_async() as app:
            return await question(app.job_manager)

    return asyncio.run(ask())
