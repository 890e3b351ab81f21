"""Who left, died, was released or is away with permission is asked nothing more, also in a round that is open."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from monitor.database.many_rows import one_of
from monitor.models.people.residents import Exemption
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.orders import quarantined
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import AWAITED, Step
from rollcall.checkins.steps import take_steps

ORDER_OVER = words(N_("Your quarantine order is over or paused; no answer is needed."))


def away(reason: str) -> Words:
    """Why somebody with an exemption is not asked."""
    return words(N_("Away with permission: %(reason)s."), reason=reason)


def excuse_gone(session: Session, check_in_ids: Sequence[int], now: datetime, *, with_group: bool = True) -> int:
    """Excuse those of these check-ins whose people need not answer any more; with_group: and of those that share their phone.

    In the caller's write transaction, before anything is sent or counted as missed. Returns how many.
    """
    if not check_in_ids:
        return 0
    return _excuse(session, in_groups(check_in_ids) if with_group else one_of(CheckIn.id, check_in_ids), now)


def excuse_resident(session: Session, resident_id: int, now: datetime) -> int:
    """The same for all open check-ins of one person, at once when their order or exemptions change."""
    return _excuse(session, CheckIn.resident_id == resident_id, now)


def _excuse(session: Session, which: ColumnElement[bool], now: datetime) -> int:
    asked = select(CheckIn.id).where(which, CheckIn.state.in_(AWAITED))
    # Two questions: for one with an OR in it, PostgreSQL looks up each person's orders by themselves.
    gone: dict[int, str | None] = dict.fromkeys(session.scalars(asked.where(~quarantined(now, CheckIn.resident_id))))
    exempted = (
        asked.add_columns(func.min(Exemption.reason).label("reason"))
        .join(Exemption, Exemption.resident_id == CheckIn.resident_id)
        .where(Exemption.starts_at <= now, Exemption.ends_at > now)
        .group_by(CheckIn.id)
    )
    gone |= {row.id: row.reason for row in session.execute(exempted)}
    by_reason: dict[str | None, list[int]] = defaultdict(list)
    for check_in_id, reason in gone.items():
        by_reason[reason].append(check_in_id)
    excused = 0
    for reason, ids in by_reason.items():
        step = Step(CheckInState.EXCUSED, (ORDER_OVER if reason is None else away(reason),))
        excused += len(take_steps(session, ids, step, now=now, frm=AWAITED))
    return excused


def in_groups(check_in_ids: Collection[int]) -> ColumnElement[bool]:
    """Whether a check-in is one of these, or one that their prompts stand for."""
    # Two questions put together: for one with an OR in it, PostgreSQL may read everybody's.
    own, shared = aliased(CheckIn), aliased(CheckIn)
    wanted = select(own.id).where(one_of(own.id, check_in_ids))
    return CheckIn.id.in_(wanted.union_all(select(shared.id).where(one_of(shared.lead_id, check_in_ids))))


def group_of(session: Session, check_in_ids: Collection[int]) -> list[int]:
    """These check-ins and all that their prompts stand for."""
    return list(session.scalars(select(CheckIn.id).where(in_groups(check_in_ids))))
