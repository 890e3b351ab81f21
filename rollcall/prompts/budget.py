"""The daily budget: how many messages a person had within a day, counted alike where they leave and where a round is rehearsed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from monitor.database.expressions import one_after_other
from monitor.database.many_rows import one_of
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from rollcall.prompts.left import left_at

BUDGET_WINDOW = timedelta(hours=24)


def messages_used(session: Session, residents: Collection[int], at: datetime) -> Counter[int]:
    """How many messages each of these people had, or is about to get, within the window before `at`; nobody without any is in it.

    A message counts from when it left, not from when it was made: what the night held back belongs to the morning. A leased one is
    about to leave. One that may have left counts from when it may have.
    """
    # For the index's sake, person by person: the night holds a message back for less than a day.
    theirs = and_(Prompt.resident_id == Resident.id, Prompt.created_at >= at - 2 * BUDGET_WINDOW)
    rows = session.execute(
        select(Prompt.resident_id, func.count())
        .select_from(one_after_other(Resident.__table__, Prompt.__table__, theirs))
        .where(
            one_of(Resident.id, residents),
            # Nobody is left unasked for having been told of a fire.
            Prompt.kind != PromptKind.EMERGENCY,
            or_(
                left_at() >= at - BUDGET_WINDOW,
                Prompt.state == PromptState.LEASED,
                # Of an older version: no moment is known.
                and_(Prompt.state == PromptState.UNCERTAIN, Prompt.handed_at.is_(None)),
            ),
        )
        .group_by(Prompt.resident_id)
    )
    used: Counter[int] = Counter()
    for resident_id, messages in rows:
        used[resident_id] = messages
    return used
