"""Who watches which camera: a lease in the camera's row, so that each is watched once and none is forgotten."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection
from datetime import datetime, timedelta

import psutil
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed, changed_values
from monitor.models.cameras.cameras import Camera
from monitor.models.service import ProcessBeat
from monitor.service.process import ALIVE_SECONDS

# A watcher that died is noticed when its leases run out, and its cameras are claimed at the next renewal of another: within 18 s.
LEASE = timedelta(seconds=15)
# Four renewals may fail before a lease runs out.
RENEW_SECONDS = 3.0


def holder_name() -> str:
    """This process among all watchers of all machines: `host:process id`."""
    return f"{socket.gethostname()[:48]}:{os.getpid()}"


def fair_share(cameras: int, watchers: int) -> int:
    """How many cameras each of the living watchers takes, so that together they take all."""
    return -(-cameras // max(1, watchers))


def left_behind(holders: Collection[str], mine: str, living: Collection[int]) -> set[str]:
    """The holders of this machine that are no more; their leases need not run out first.

    holders: as `holder_name` writes them; mine: this process's; living: process ids of this machine.
    """
    machine = mine.rpartition(":")[0]
    gone = set()
    for holder in holders:
        where, _, number = holder.rpartition(":")
        if where == machine and number.isdigit() and int(number) not in living:
            gone.add(holder)
    return gone


def share_now(session: Session, now: datetime) -> int:
    """What this watcher may hold: the cameras in use divided by the watchers that are alive."""
    cameras = session.scalar(select(func.count()).where(Camera.enabled)) or 0
    alive = ProcessBeat.beat_at > now - timedelta(seconds=ALIVE_SECONDS)
    watchers = session.scalar(select(func.count()).where(ProcessBeat.kind == "watch", alive)) or 0
    return fair_share(cameras, watchers)


def gone_holders(session: Session, mine: str) -> set[str]:
    """Holders of leases that died on this machine."""
    holders = [each for each in session.scalars(select(Camera.leased_by).distinct()) if each is not None]
    return left_behind(holders, mine, psutil.pids()) if any(each != mine for each in holders) else set()


def _free(now: datetime, gone: Collection[str]) -> ColumnElement[bool]:
    # A lease that would hold for longer than any does was made by another time: whoever has it renews it at once, or is dead.
    ahead = Camera.leased_until > now + 2 * LEASE
    unclaimed = or_(Camera.leased_until.is_(None), Camera.leased_until < now, ahead)
    return and_(Camera.enabled, or_(unclaimed, Camera.leased_by.in_(list(gone))) if gone else unclaimed)


def claim(session: Session, holder: str, now: datetime, most: int, gone: Collection[str] = ()) -> list[int]:
    """Take up to `most` free cameras, in the caller's write transaction; returns their ids.

    gone: holders that are known to be dead. Of two claimants at once, one gets each camera: the condition is looked at
    again when the row is changed.
    """
    if most <= 0:
        return []
    free = _free(now, gone)
    some = select(Camera.id).where(free).order_by(Camera.id).limit(most).scalar_subquery()
    taken = changed_values(
        session,
        update(Camera).where(Camera.id.in_(some), free).values(leased_by=holder, leased_until=now + LEASE).returning(Camera.id),
    )
    return sorted(taken)


def renew(session: Session, holder: str, now: datetime) -> list[int]:
    """Go on holding what is held and still in use; returns the ids. What is missing was taken by another or switched off."""
    kept = changed_values(
        session,
        update(Camera).where(Camera.leased_by == holder, Camera.enabled).values(leased_until=now + LEASE).returning(Camera.id),
    )
    return sorted(kept)


def release(session: Session, holder: str, cameras: Collection[int] | None = None) -> None:
    """Give cameras back, or all that are held, so that others need not wait."""
    which = Camera.leased_by == holder
    if cameras is not None:
        which = and_(which, Camera.id.in_(cameras))
    changed(session, update(Camera).where(which).values(leased_by=None, leased_until=None))
