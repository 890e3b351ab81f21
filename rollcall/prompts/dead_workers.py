"""Decides about messages that a worker had claimed before it died: again, sent, or uncertain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.rollcalls.prompts import Prompt, PromptState
from rollcall.channels.channel import Channel
from rollcall.prompts.journal import Handed, read_journal
from rollcall.prompts.outcomes import HandedOver, note_sent, note_uncertain

AT_ONCE = 2000


def settle_dead(session: Session, channels: Mapping[str, Channel], outbox: Path, now: datetime) -> None:
    """Settle every lease that ran out, in the caller's write transaction. outbox: folder of the workers' journals.

    The dead worker's journal tells what the gateway took. Of what nobody can know: where the gateway knows a reference again, the
    message is handed over anew, and keeps the moment at which it may have left; where it does not, it becomes uncertain.
    """
    expired = session.execute(
        select(Prompt.id, Prompt.channel, Prompt.leased_by)
        .where(Prompt.next_attempt_at <= now, Prompt.state == PromptState.LEASED)
        .order_by(Prompt.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    again: list[int] = []
    never_handed: list[int] = []
    uncertain: list[int] = []
    handed_over: list[HandedOver] = []
    journals: dict[str, Handed | None] = {}
    for prompt_id, channel_name, claimed_by in expired:
        channel = channels.get(channel_name)
        worker = claimed_by or ""
        if worker not in journals:
            journals[worker] = read_journal(outbox, worker)
        journal = journals[worker]
        if journal is not None and prompt_id in journal.answered:
            name, at = journal.answered[prompt_id]
            handed_over.append(HandedOver(prompt_id, name, at or now))
        elif journal is not None and prompt_id not in journal.unanswered:
            never_handed.append(prompt_id)
        elif channel is None or channel.idempotent:
            again.append(prompt_id)
        else:
            uncertain.append(prompt_id)
    _queue(session, again, now)
    # An earlier attempt may have come further than this one.
    _queue(session, never_handed, now, handed_at=case((Prompt.attempts > 1, Prompt.handed_at)))
    note_uncertain(session, uncertain, now)
    note_sent(session, handed_over)


def _queue(session: Session, prompt_ids: Sequence[int], now: datetime, **values: object) -> None:
    if prompt_ids:
        waits = {"state": PromptState.QUEUED, "leased_by": None, "next_attempt_at": now}
        changed(session, update(Prompt).where(one_of(Prompt.id, prompt_ids)).values(**waits, **values))
