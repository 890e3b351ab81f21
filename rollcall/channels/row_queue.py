"""Messages that are rows of a table: claimed by conditional updates, handed over, and noted, whatever workers and channels do.

The table has the columns id, state, reference, next_attempt_at, attempts, leased_by, sent_at, gateway_reference and problem, with the meanings
that `PhoneConfirmation` gives them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from monitor.alerts.outcomes import PAUSES, after_problem
from monitor.database.many_rows import one_of
from monitor.database.statements import changed, changed_values
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import N_, words
from rollcall.channels.channel import Channel, ChannelProblem, Message, Outcome, Receipt, Sent, Uncertain, as_kept

log = logging.getLogger(__name__)
BEFORE_DELIVERY = (PromptState.QUEUED, PromptState.LEASED, PromptState.SENT, PromptState.UNCERTAIN)
NOT_DELIVERED = N_("The gateway could not deliver the message.")


@dataclass(frozen=True)
class Claimed:
    """One row that is ours for now. attempts: this one included."""

    id: int
    message: Message
    attempts: int


class RowQueue:
    """One worker's part in sending the rows of one table."""

    def __init__(self, table: Any, worker: str, *, lease: timedelta, at_once: int, pauses: Sequence[int] = PAUSES) -> None:
        """worker: a name that no worker had before. pauses: seconds until each further try; then it is given up."""
        self._table, self._worker, self._lease, self._at_once, self._pauses = table, worker, lease, at_once, pauses

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether there is anything to claim or to settle."""
        return session.scalar(select(self._table.id).where(self._table.next_attempt_at <= now).limit(1)) is not None

    def settle_dead(self, session: Session, now: datetime, *where: ColumnElement[bool], idempotent: bool) -> None:
        """What dead workers had claimed: handed over again where the gateway knows a reference again, else uncertain."""
        dead = update(self._table).where(self._table.state == PromptState.LEASED, self._table.next_attempt_at <= now, *where)
        if idempotent:
            changed(session, dead.values(state=PromptState.QUEUED, leased_by=None, next_attempt_at=now))
        else:
            changed(session, dead.values(state=PromptState.UNCERTAIN, leased_by=None, next_attempt_at=None))

    def claim(self, session: Session, now: datetime, *where: ColumnElement[bool]) -> list[Any]:
        """The rows that are this worker's now, the oldest first."""
        queued = (self._table.state == PromptState.QUEUED, self._table.next_attempt_at <= now, *where)
        due = session.scalars(select(self._table.id).where(*queued).order_by(self._table.id).limit(self._at_once)).all()
        taken = changed_values(
            session,
            update(self._table)
            .where(self._table.id.in_(due), self._table.state == PromptState.QUEUED)
            .values(
                state=PromptState.LEASED,
                leased_by=self._worker,
                next_attempt_at=now + self._lease,
                attempts=self._table.attempts + 1,
            )
            .returning(self._table.id),
        )
        rows = select(self._table).where(self._table.id.in_(taken)).order_by(self._table.id)
        return list(session.scalars(rows.execution_options(populate_existing=True)))

    def note(self, session: Session, claimed: Claimed, outcome: Outcome, now: datetime) -> PromptState | None:
        """What became of a message, in the caller's write transaction; its state from now on, None where others know more."""
        values: dict[str, object] = {"leased_by": None, "next_attempt_at": None}
        if isinstance(outcome, Sent):
            values |= {
                "state": PromptState.SENT,
                "sent_at": now,
                "gateway_reference": as_kept(outcome.gateway_reference),
                "problem": None,
            }
        elif isinstance(outcome, Uncertain):
            values |= {"state": PromptState.UNCERTAIN}
        else:
            following = after_problem(
                permanent=outcome.permanent, attempts=claimed.attempts, wait=outcome.wait, pauses=self._pauses
            )
            again = following.again_after
            values |= {
                "state": PromptState.FAILED if again is None else PromptState.QUEUED,
                "next_attempt_at": None if again is None else now + again,
                "problem": outcome.words.dump(),
            }
        # A receipt that was quicker knows more.
        mine = (self._table.state == PromptState.LEASED, self._table.leased_by == self._worker)
        noted = changed(session, update(self._table).where(self._table.id == claimed.id, *mine).values(**values))
        return PromptState(str(values["state"])) if noted else None


def handed_over(channel: Channel, messages: Sequence[Message]) -> Iterator[tuple[Message, Outcome]]:
    """Each message with what became of it, whatever the channel does."""
    waiting = {each.reference: each for each in messages}
    handed: set[str] = set()

    def given() -> Iterator[Message]:
        for each in messages:
            handed.add(each.reference)
            yield each

    unreachable: Outcome = ChannelProblem(N_("The message could not be handed over."), permanent=False)
    try:
        for message, outcome in channel.send(given()):
            yield waiting.pop(message.reference), outcome
    except ChannelProblem as problem:
        # Raised where nothing that was not told of was handed over.
        unreachable = problem
        handed.clear()
    except Exception:
        # A channel promises not to: its mistake ends these messages and no others.
        log.exception("the channel %s failed", channel.name)
    for reference, each in waiting.items():
        yield each, Uncertain() if reference in handed and not channel.idempotent else unreachable


def take_row_receipts(
    session: Session, table: Any, receipts: Sequence[Receipt]
) -> tuple[list[tuple[Any, Receipt]], list[Receipt]]:
    """Note receipts of rows of a table, in the caller's write transaction; returns those rows that learnt something new, each with its
    receipt, and the receipts that are about something else.
    """
    known: list[Any] = []
    for column, names in (
        (table.reference, [each.reference for each in receipts if each.reference]),
        (table.gateway_reference, [each.gateway_reference for each in receipts if each.gateway_reference]),
    ):
        if names:
            known += session.scalars(select(table).where(one_of(column, names))).all()
    by_name = {name: row for row in known for name in (row.reference, row.gateway_reference) if name}
    noted: list[tuple[Any, Receipt]] = []
    others: list[Receipt] = []
    for receipt in receipts:
        row = by_name.get(receipt.reference) or by_name.get(receipt.gateway_reference)
        if row is None:
            others.append(receipt)
            continue
        values: dict[str, object] = {"next_attempt_at": None, "leased_by": None}
        if receipt.delivered:
            values |= {"state": PromptState.DELIVERED, "delivered_at": receipt.at, "problem": None}
        else:
            values |= {"state": PromptState.FAILED, "problem": words(NOT_DELIVERED).dump()}
        if changed(session, update(table).where(table.id == row.id, table.state.in_(BEFORE_DELIVERY)).values(**values)):
            noted.append((row, receipt))
    return noted, others
