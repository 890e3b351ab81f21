"""A sample of closed questions is looked at again, by another supervisor of another unit where there is one: to learn, never to punish.

Which ones follows from a seed, so that it can be drawn again; the result stands beside the decision and changes nothing about anybody.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.database.database import Database, insert_new
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.models.rollcalls.answers import ReviewDecision, SecondLook, SecondLookShare
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.followup.queue import FIRST
from rollcall.followup.taking_back import TIME_TO_UNDO
from rollcall.followup.worklists import Task
from rollcall.plans.schedule import chosen

SHIPPED_PERCENT = 5
OWN_UNIT_AFTER = timedelta(days=2)
"""Until then only whoever works elsewhere, or everywhere, is asked."""
AT_ONCE, LONGEST_NOTE = 1000, 1000


def share_in_force(session: Session) -> tuple[int, str | None]:
    """How many per cent are looked at again, and the seed that chooses them; None while nothing was drawn yet."""
    row = session.execute(
        select(SecondLookShare.percent, SecondLookShare.seed).order_by(SecondLookShare.id.desc()).limit(1)
    ).first()
    return (row.percent, row.seed) if row is not None else (SHIPPED_PERCENT, None)


def set_share(session: Session, typed: str, reader: Reader, now: datetime) -> None:
    """From now on so many are drawn, in the caller's write transaction. Raises Forbidden, BadInput."""
    if reader.zones is not None:
        raise Forbidden(N_("Your account covers some zones only, and the share holds for all of them."))
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 4 and int(typed) <= 100):
        raise BadInput(N_("Please enter a whole number from 0 to 100."), field="percent")
    row = SecondLookShare(percent=int(typed), seed=secrets.token_hex(16), since=now, account_id=reader.account_id)
    session.add(row)
    audit.note(session, Action.SECOND_LOOK_SHARE_SET, at=now, account_id=reader.account_id, percent=int(typed))


def is_drawn(task: str, decision: str, seed: str, decision_id: int, percent: int) -> bool:
    """Whether a decision is looked at again: a share of the questions after a silence that were closed."""
    closes = task == Task.SILENCE and decision not in FIRST
    return closes and chosen(seed, decision_id, percent)


def draw(database: Database, now: datetime) -> int:
    """Draw among what can be taken back no more, each decision once; returns how many are looked at again."""
    settled = (ReviewDecision.drawn.is_(None), ReviewDecision.at < now - TIME_TO_UNDO)
    with database.read() as session:
        # Asked without the write lock, since most of the time there is none.
        if session.scalar(select(ReviewDecision.id).where(*settled).limit(1)) is None:
            return 0
    drawn = 0
    with database.write() as session:
        percent, seed = share_in_force(session)
        if seed is None:
            seed = secrets.token_hex(16)
            session.add(SecondLookShare(percent=percent, seed=seed, since=now, account_id=None))
        for each in session.scalars(select(ReviewDecision).where(*settled).order_by(ReviewDecision.at).limit(AT_ONCE)):
            picked = each.undone_at is None and is_drawn(each.task, each.decision, seed, each.id, percent)
            ours = update(ReviewDecision).where(ReviewDecision.id == each.id, ReviewDecision.drawn.is_(None))
            if changed(session, ours.values(drawn=picked)) and picked:
                look = {
                    "decision_id": each.id,
                    "zone_id": each.zone_id,
                    "first_by": each.account_id,
                    "drawn_at": now,
                    "note": "",
                }
                session.execute(insert_new(session, SecondLook), [look])
                drawn += 1
    return drawn


def may_look(
    first_by: int, zone_id: int, drawn_at: datetime, account_id: int, zones: Collection[int] | None, now: datetime
) -> bool:
    """Whether somebody is asked for a second look: never whoever decided; of the same unit only where nobody else came. zones: None for all."""
    if account_id == first_by:
        return False
    return zones is None or zone_id not in zones or now - drawn_at >= OWN_UNIT_AFTER


def for_reader(reader: Reader, now: datetime) -> ColumnElement[bool]:
    """The same as a condition on SecondLook, of those that wait."""
    waits = (SecondLook.looked_at.is_(None)) & (SecondLook.first_by != reader.account_id)
    if reader.zones is None:
        return waits
    return waits & or_(~one_of(SecondLook.zone_id, reader.zones), SecondLook.drawn_at <= now - OWN_UNIT_AFTER)


def next_look(session: Session, reader: Reader, now: datetime) -> SecondLook | None:
    """What waits the longest for this reader."""
    waiting = select(SecondLook).where(for_reader(reader, now))
    return session.scalar(waiting.order_by(SecondLook.drawn_at, SecondLook.id).limit(1))


def require_look(session: Session, reader: Reader, look_id: int, now: datetime) -> SecondLook:
    """One that this reader may look at, or has, or whose decision is theirs. Raises NotFound."""
    look = session.get(SecondLook, look_id, populate_existing=True)
    asked = look is not None and look.looked_at is None
    if look is None or not (
        reader.account_id in (look.first_by, look.looked_by)
        or (asked and may_look(look.first_by, look.zone_id, look.drawn_at, reader.account_id, reader.zones, now))
    ):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return look


def say_result(session: Session, look_id: int, reader: Reader, agrees: str | None, note: str, now: datetime) -> SecondLook:
    """Keep what the second person found, once, in the caller's write transaction.

    Raises NotFound, Forbidden for whoever decided, BadInput without a choice or, where it is another, without a reason, Conflict.
    """
    look = require_look(session, reader, look_id, now)
    if reader.account_id == look.first_by or not reader.may(Permission.REVIEW_CHECK_IN):
        raise Forbidden(N_("A second look is always by a different person."))
    note = note.strip()
    if agrees not in ("yes", "no"):
        raise BadInput(N_("Choose whether you would have decided the same."), field="agrees")
    if len(note) > LONGEST_NOTE or (agrees == "no" and not note):
        raise BadInput(N_("Please say why you would have decided differently, in 1 to 1,000 characters."), field="note")
    waits = update(SecondLook).where(
        SecondLook.id == look_id, SecondLook.looked_at.is_(None), SecondLook.first_by != reader.account_id
    )
    values = {"looked_by": reader.account_id, "looked_at": now, "agrees": agrees == "yes", "note": note}
    if not changed(session, waits.values(**values)):
        raise Conflict(N_("Someone else was faster with this second look. Reload the page to see the result."))
    session.refresh(look)
    details: dict[str, Any] = {"second_look_id": look.id, "agrees": agrees == "yes"}
    audit.note(session, Action.SECOND_LOOK_TAKEN, at=now, account_id=reader.account_id, zone_id=look.zone_id, **details)
    return look
