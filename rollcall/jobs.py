"""Jobs on PostgreSQL: deferred in the transaction that makes the work. On SQLite there are none: its workers look at the rows.

A job names no rows. It does what is due then, so one too many does nothing, and a lost one costs a delay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from monitor.database.job_tables import have_jobs

if TYPE_CHECKING:
    from procrastinate import App


@dataclass(frozen=True)
class Task:
    """A kind of job. rows: how many one job takes at once; priority: higher goes first."""

    name: str
    rows: int
    priority: int


SEND_PROMPTS = Task("send_prompts", 400, 0)
# First, since somebody waits for the verdict; prompts cannot starve by it, since who is not asked does not answer.
VERIFY_ANSWERS = Task("verify_answers", 8, 1)
JUDGE_ENROLMENTS = Task("judge_enrolments", 4, 1)
TAKE_IN_PEOPLE = Task("take_in_people", 1, 0)
RENEW_TEMPLATES = Task("renew_templates", 16, -1)
COMPARE_FACES = Task("compare_faces", 8, -1)
WRITE_LETTERS = Task("write_letters", 20, -1)


def defer(session: Session, task: Task, rows: int) -> int:
    """Defer the jobs that so many new rows need, in the caller's transaction: they are there when it is committed, or never."""
    connection = session.connection()
    if rows <= 0 or not have_jobs(connection):
        return 0
    jobs = -(-rows // task.rows)
    # Without queueing locks: they would let transactions that answer at the same moment wait for each other.
    deferrer = _deferring().configure_task(
        task.name, priority=task.priority, connection=connection.connection.driver_connection
    )
    deferrer.batch_defer(*({} for _ in range(jobs)))
    return jobs


@lru_cache
def _deferring() -> App:
    """Knows how to defer; never opened, since it works on the callers' connections."""
    # Loaded here: nothing on SQLite needs it.
    from procrastinate import App, SyncPsycopgConnector

    return App(connector=SyncPsycopgConnector())
