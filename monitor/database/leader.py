"""Which of several processes leads: on PostgreSQL whoever holds a lock, which ends with its connection; on SQLite each."""

from __future__ import annotations

import threading

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from monitor.database.database import Database
from monitor.database.locks import Lock, end_holder, try_to_hold


class Leader:
    """Whether this process leads. On PostgreSQL one does, by an advisory lock that ends with its connection; on SQLite always."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        # The ticks run in threads, and a connection is one thread's at a time.
        self._asking = threading.Lock()

    def leads(self) -> bool:
        """Hold or try to get the lead."""
        if self._database.is_sqlite:
            return True
        with self._asking:
            try:
                if self._connection is None:
                    connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                    if not try_to_hold(connection, Lock.LEADER):
                        connection.close()
                        return False
                    self._connection = connection
                self._connection.execute(text("SELECT 1"))
            except SQLAlchemyError:
                self._give_up()
                return False
            return True

    def depose(self) -> bool:
        """End the connection of whoever leads on another connection: it holds the lead and does nothing. Returns whether there was one.

        Whoever it was finds out at its next tick, and may lead again when nobody else does.
        """
        if self._database.is_sqlite:
            return False
        with self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return end_holder(connection, Lock.LEADER)

    def _give_up(self) -> None:
        """End the connection for good: back in the pool it would keep the lock, and nobody would lead."""
        connection, self._connection = self._connection, None
        if connection is not None and not connection.closed:
            connection.invalidate()
            connection.close()
