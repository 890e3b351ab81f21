"""A worker's loop on PostgreSQL: Procrastinate wakes it and hands it one job at a time; SMPP receipts are taken in meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

import psycopg
from procrastinate import App, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from monitor.database import Database
from monitor.process import ALIVE_SECONDS, BEAT_SECONDS, Process
from rollcall.job_keeper import CONNECT_SECONDS, address_of
from rollcall.jobs import JUDGE_ENROLMENTS, RENEW_TEMPLATES, SEND_PROMPTS, VERIFY_ANSWERS

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

    def renew(self) -> int:
        """Make some of the templates that a model lacks."""


def run_jobs(process: Process, database: Database, work: Work) -> None:
    """Work until the process is to stop; whatever job runs then is finished first."""
    asyncio.run(_run(process, address_of(database), work))


async def _run(process: Process, address: str, work: Work) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(_take_in(process, work))
            group.create_task(_keep_working(process, address, work))
    finally:
        # Nobody is to wait for it any more when one of the two failed.
        process.stopping.set()


async def _take_in(process: Process, work: Work) -> None:
    while not process.stopping.is_set():
        try:
            await asyncio.to_thread(work.take_in)
        except SQLAlchemyError:
            log.exception("the database refused receipts; trying again")
        await asyncio.sleep(TAKE_IN_EVERY_SECONDS)


async def _keep_working(process: Process, address: str, work: Work) -> None:
    stopping = asyncio.create_task(asyncio.to_thread(process.stopping.wait))
    while not stopping.done():
        working = asyncio.create_task(_work(process.name, address, work))
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


async def _work(name: str, address: str, work: Work) -> None:
    app = App(connector=PsycopgConnector(conninfo=address, min_size=1, max_size=4, timeout=CONNECT_SECONDS))
    for task, do in (
        (SEND_PROMPTS, work.send),
        (VERIFY_ANSWERS, work.verify),
        (JUDGE_ENROLMENTS, work.enrol),
        (RENEW_TEMPLATES, work.renew),
    ):
        app.task(name=task.name, retry=RetryStrategy(max_attempts=ATTEMPTS, linear_wait=2))(_told(do))
    async with app.open_async():
        await app.run_worker_async(
            name=name,
            concurrency=1,
            delete_jobs="successful",
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT_SECONDS,
            stalled_worker_timeout=ALIVE_SECONDS,
        )


def _told(do: Callable[[], int]) -> Callable[[], int]:
    """Procrastinate tells of a failure only when it was the last one."""

    def run() -> int:
        try:
            return do()
        except Exception:
            log.exception("a job failed")
            raise

    return run
