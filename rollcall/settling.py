"""Decides about messages that a worker had claimed before it died: again, sent, or uncertain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.models import Prompt, PromptState
from rollcall.channels import Channel
from rollcall.journal import Handed, read_journal
from rollcall.outcomes import Taken, note_sent, note_uncertain

AT_ONCE = 2000


def settle_dead(session: Session, channels: Mapping[str, Channel], outbox: Path, now: datetime) -> None:
    """Settle every lease that ran out, in the caller's write transaction. outbox: folder of the workers' journals.

    Where the gateway knows a reference again, the message is handed over anew. Where it does not, the dead worker's journal tells.
    """
    expired = session.execute(
        select(Prompt.id, Prompt.check_in_id, Prompt.channel, Prompt.leased_by)
        .where(Prompt.next_attempt_at <= now, Prompt.state == PromptState.LEASED)
        .order_by(Prompt.id)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    again: list[int] = []
    uncertain: list[tuple[int, int]] = []
    taken: list[Taken] = []
    journals: dict[str, Handed | None] = {}
    for prompt_id, check_in_id, channel, claimed_by in expired:
        known = channels.get(channel)
        if known is None or known.idempotent:
            again.append(prompt_id)
            continue
        worker = claimed_by or ""
        if worker not in journals:
            journals[worker] = read_journal(outbox, worker)
        handed = journals[worker]
        if handed is None or prompt_id in handed.unanswered:
            uncertain.append((prompt_id, check_in_id))
        elif prompt_id in handed.answered:
            taken.append(Taken(prompt_id, check_in_id, handed.answered[prompt_id], now))
        else:
            again.append(prompt_id)
    if again:
        session.execute(
            update(Prompt)
            .where(one_of(Prompt.id, again))
            .values(state=PromptState.QUEUED, leased_by=None, next_attempt_at=now)
            .execution_options(synchronize_session=False)
        )
    note_uncertain(session, uncertain, now)
    note_sent(session, taken)
