"""What only one may do at a time, on whatever machine: each thing has a lock that PostgreSQL keeps under a number."""

from __future__ import annotations

from enum import IntEnum

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session


class Lock(IntEnum):
    """The numbers. Processes of an older version may still run beside us, so none is ever changed."""

    MIGRATIONS = 20210630
    END_OF_TRAIL = 20210701
    LEADER = 20210702
    CLAIMING = 20210703
    KEEPING_TEXTS = 20210704
    ALERTING = 20210705
    ENROLLING = 20210706
    RELEASING = 20210707
    ADMINISTRATORS = 20210726


def only_one(transaction: Session | Connection, lock: Lock) -> None:
    """Wait until nobody else holds the lock, and hold it to the end of this transaction, which must be one that writes.

    On SQLite it is enough that the transaction has begun: whoever writes is alone.
    """
    connection = transaction.connection() if isinstance(transaction, Session) else transaction
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": lock.value})


def try_to_hold(connection: Connection, lock: Lock) -> bool:
    """Hold the lock as long as the connection lasts, unless somebody else does; returns whether it is ours. PostgreSQL only."""
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:number)"), {"number": lock.value}))


def end_holder(connection: Connection, lock: Lock) -> bool:
    """End the connection that holds the lock, unless it is this one; returns whether there was one. PostgreSQL only."""
    held = text(
        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = 0 AND objid = :number"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()"
    )
    return any(connection.scalars(held, {"number": lock.value}).all())
