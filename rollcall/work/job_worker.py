"""A worker's loop on PostgreSQL: Procrastinate wakes it and hands it one job at a time; SMPP receipts are taken in meanwhile."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from typing import Protocol

import psycopg
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException

from monitor.database.database import Database
from monitor.service.process import ALIVE_SECONDS, BEAT_SECONDS, Process
from rollcall.jobs import (
    COMPARE_FACES,
    JUDGE_ENROLMENTS,
    RENEW_TEMPLATES,
    SEND_PROMPTS,
    TAKE_IN_PEOPLE,
    VERIFY_ANSWERS,
    WRITE_LETTERS,
)
from rollcall.work.job_keeper import CONNECT_SECONDS, address_of

log = logging.getLogger(__name__)
TAKE_IN_EVERY_SECONDS = 0.4
CONNECT_AGAIN_SECONDS = 1.0
# Then the job is kept as failed, and the scheduler's sweep goes on asking for what is due.
ATTEMPTS = 5


class Work(Protocol):
    """What a worker does, safe to be called from several threads; each returns how much there was."""

    def send(self) -> int:
        """Send the prompts that are due."""

    def take_in(self) -> int:
        """Take in what gateways sent by themselves."""

    def verify(self) -> int:
        """Judge the answers that wait."""

    def enrol(self) -> int:
        """Look at the photos that are offered for enrolment."""

    def take_in_people(self) -> int:
        """Do a piece of the files of people that wait."""

    def renew(self) -> int:
        """Make some of the templates that a model lacks."""

    def compare(self) -> int:
        """Compare the faces of people who moved with those of whom they live with now."""

    def write_letters(self) -> int:
        """Make some of the letters that were asked for."""


def run_jobs(process: Process, database: Database, work: Work) -> None:
    """Work until the process is to stop; whatever job runs then is finished first."""
    asyncio.run(_run(process, address_of(database), work))


async def _run(process: Process, address: str, work: Work) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            busy = threading.Event()
            group.create_task(_take_in(process, work, busy))
            group.create_task(_keep_working(process, address, work, busy))
    finally:
        # Nobody is to wait for it any more when one of the two failed.
        process.stopping.set()


async def _take_in(process: Process, work: Work, busy: threading.Event) -> None:
    while not process.stopping.is_set():
        try:
            await asyncio.to_thread(work.take_in)
        except Exception:
            # What one gateway sends must not end what the worker does besides.
            log.exception("receipts could not be taken in; trying again")
        if not busy.is_set():
            # While a job runs its end is the sign, not this loop beside it.
            process.worked()
        await asyncio.sleep(TAKE_IN_EVERY_SECONDS)


async def _keep_working(process: Process, address: str, work: Work, busy: threading.Event) -> None:
    stopping = asyncio.create_task(asyncio.to_thread(process.stopping.wait))
    while not stopping.done():
        working = asyncio.create_task(_work(process, address, work, busy))
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        # It ended by itself when the database went away; cancelled, it finishes its job and ends.
        working.cancel()
        (problem,) = await asyncio.gather(working, return_exceptions=True)
        if stopping.done():
            return
        if problem is not None and not isinstance(problem, (ConnectorException, psycopg.Error)):
            raise problem
        log.warning("the worker lost its database and connects again")
        await asyncio.wait({stopping}, timeout=CONNECT_AGAIN_SECONDS)


async def _work(process: Process, address: str, work: Work, busy: threading.Event) -> None:
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=4, timeout=CONNECT_SECONDS))
    for task, do in (
        (SEND_PROMPTS, work.send),
        (VERIFY_ANSWERS, work.verify),
        (JUDGE_ENROLMENTS, work.enrol),
        (TAKE_IN_PEOPLE, work.take_in_people),
        (RENEW_TEMPLATES, work.renew),
        (COMPARE_FACES, work.compare),
        (WRITE_LETTERS, work.write_letters),
    ):
        app.task(name=task.name, retry=RetryStrategy(max_attempts=ATTEMPTS, linear_wait=2))(_told(do, process, busy))
    async with app.open_async():
        await app.run_worker_async(
            name=process.name,
            concurrency=1,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT_SECONDS,
            stalled_worker_timeout=ALIVE_SECONDS,
        )


def _told(do: Callable[[], int], process: Process, busy: threading.Event) -> Callable[[], int]:
    """Procrastinate tells of a failure only when it was the last one. busy: set while the job runs."""

    def run() -> int:
        busy.set()
        try:
            return do()
        except Exception:
            log.exception("a job failed")
            raise
        finally:
            busy.clear()
            process.worked()

    return run
