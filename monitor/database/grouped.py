"""What comes at once is written at once: threads that wait for their turn to write share one transaction, and each hears only after its commit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from monitor.database.database import Database

MOST = 64
"""In one transaction: it stays short for everybody else who writes."""

GATHERS_S = 0.002

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class _Ticket(Generic[Item, Result]):
    """One piece of work. results: its only one, once it is on the disk."""

    item: Item
    results: Sequence[Result] = ()
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return bool(self.results) or self.error is not None


class GroupedWrites(Generic[Item, Result]):
    """Writes pieces of one kind of work, each for the thread that brings it.

    Who comes alone writes alone and at once, and while they write, those who come meanwhile gather. Where several came together, the next
    turn is two milliseconds later: many come then, and each transaction costs as much as what one of them writes. A piece that cannot be
    written keeps none of the others from it: then each is written by itself.
    """

    def __init__(self, database: Database, write: Callable[[Session, Sequence[Item]], Sequence[Result]]) -> None:
        """write: does pieces in one write transaction; a result for each, in the same sequence. It runs in any thread: whatever of
        a request it needs stands in the piece."""
        self._database, self._write = database, write
        self._turn, self._gathering = threading.Lock(), threading.Lock()
        self._waiting: list[_Ticket[Item, Result]] = []
        self._many_come = False

    def do(self, item: Item) -> Result:
        """Write one piece; returns once it is committed. Raises whatever writing it alone raises."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._gathering:
            self._waiting.append(ticket)
        while not ticket.done:
            with self._turn:
                if not ticket.done:
                    if self._many_come:
                        time.sleep(GATHERS_S)
                    tickets = self._next()
                    self._many_come = len(tickets) > 1
                    self._run(tickets)
        if ticket.error is not None:
            raise ticket.error
        return ticket.results[0]

    def _next(self) -> list[_Ticket[Item, Result]]:
        with self._gathering:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        return taken

    def _run(self, tickets: Sequence[_Ticket[Item, Result]]) -> None:
        error: Exception = RuntimeError("the thread that wrote for others was ended")
        try:
            self._together(tickets)
            return
        except OperationalError as refused:
            # The database is away, or held by someone else: one by one each would wait as long.
            error = refused
        except Exception as failed:
            error = failed
            if len(tickets) > 1:
                for each in tickets:
                    self._run([each])
        finally:
            for each in tickets:
                if not each.done:
                    each.error = error

    def _together(self, tickets: Sequence[_Ticket[Item, Result]]) -> None:
        with self._database.write() as session:
            results = self._write(session, [each.item for each in tickets])
        for each, result in zip(tickets, results, strict=True):
            each.results = (result,)
