"""What workers of this machine had claimed that are no more: free at once, not only when their leases run out."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Collection
from datetime import datetime

import psutil
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.alerts import AlertDelivery
from monitor.models.people.faces import EnrolmentPhoto
from monitor.models.rollcalls.answers import Verification
from monitor.models.rollcalls.prompts import Prompt

_LEASED = "leased"
_CLAIMED = (Prompt, Verification, EnrolmentPhoto, AlertDelivery)
_NAME = re.compile(r"(.+)-([a-z]+-\d+)-(\d+)-[0-9a-f]{6}(?:-\d+)?")


def worker_name(process: str) -> str:
    """A name for the claims of this process: unlike the process's own, never the same again, so that a worker that starts anew does not
    take its dead self's claims for its own."""
    return f"{_machine()}-{process}-{os.getpid()}-{os.urandom(3).hex()}"


def _machine() -> str:
    return socket.gethostname()[:30]


def gone_among(names: Collection[str], machine: str, living: Collection[int]) -> set[str]:
    """Those of these names, as `worker_name` makes them, whose processes ran on this machine and are no more. living: process ids."""
    gone = set()
    for name in names:
        known = _NAME.fullmatch(name)
        if known is not None and known[1] == machine and int(known[3]) not in living:
            gone.add(name)
    return gone


def free_claims_of_the_dead(database: Database, now: datetime) -> int:
    """Let every claim of a process of this machine that is no more run out now; returns how many. What follows is decided as ever: by
    journals, by what gateways know again."""
    with database.read() as session:
        gone = _gone(session, now)
    if not gone:
        return 0
    with database.write() as session:
        # As they stand now: a claim that was settled meanwhile is left alone.
        return sum(
            changed(
                session,
                update(table)
                .where(table.state == _LEASED, one_of(table.leased_by, gone), table.next_attempt_at > now)
                .values(next_attempt_at=now),
            )
            for table in _CLAIMED
        )


def _gone(session: Session, now: datetime) -> set[str]:
    names: set[str] = set()
    for table in _CLAIMED:
        held = select(table.leased_by).where(table.next_attempt_at > now, table.state == _LEASED).distinct()
        names.update(each for each in session.scalars(held) if each is not None)
    mine = {name for name in names if f"-{os.getpid()}-" not in name}
    return gone_among(mine, _machine(), psutil.pids()) if mine else set()
