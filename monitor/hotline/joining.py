"""Two tickets become one, or stand together: merging is for one caller with one matter, bundling for many callers with one event. Both are
taken back whole: each ticket keeps its words and its own due time all along.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.hotline.doing import Doer, done, found, mark, require
from monitor.hotline.steps import FROM, Joined, Step, older, why_not_bundled, why_not_merged
from monitor.hotline.tickets import move, note
from monitor.models.hotline import CloseReason, EventKind, HotlineEvent, HotlineTicket, TicketState
from monitor.problems import Conflict
from monitor.words import N_

_MOMENTS = ("taken_at", "handed_over_at", "accepted_at")


def joined(session: Session, ticket: HotlineTicket) -> Joined:
    """A ticket as the decisions about joining see it."""
    below = select(HotlineTicket.id).where(HotlineTicket.bundled_under_id == ticket.id).limit(1)
    return Joined(
        ticket.id,
        ticket.state,
        ticket.due_at,
        ticket.caller,
        ticket.resident_id,
        ticket.merged_into_id,
        ticket.bundled_under_id,
        session.scalar(below) is not None,
    )


def merge(session: Session, one_id: int, other_id: int, doer: Doer, now: datetime) -> HotlineTicket:
    """Let two tickets of one caller be one; returns the one that stays, which is due first. Raises Conflict where they are not."""
    one, other = found(session, one_id), found(session, other_id)
    first, second = older(joined(session, one), joined(session, other))
    wrong = why_not_merged(first, second)
    if wrong is not None:
        raise Conflict(wrong)
    stays, goes = (one, other) if first.id == one.id else (other, one)
    for each in (stays, goes):
        require(session, each, Step.JOIN, doer, now, mark(each))
    children = list(session.scalars(select(HotlineTicket.id).where(HotlineTicket.bundled_under_id == goes.id)))
    before: dict[str, Any] = {"state": goes.state.value, "unit_id": goes.unit_id, "taken_by": goes.taken_by}
    for name in _MOMENTS:
        at = getattr(goes, name)
        before[name] = at.isoformat() if at else None
    values = {
        "state": TicketState.CLOSED,
        "close_reason": CloseReason.MERGED,
        "closed_at": now,
        "merged_into_id": stays.id,
    }
    done(
        session,
        goes,
        EventKind.MERGED,
        values,
        doer,
        now,
        details={"into": stays.id, "before": before, "children": children},
    )
    _put_under(session, goes.id, stays.id, children)
    note(session, stays.id, EventKind.MERGED, now, account_id=doer.account_id, details={"from": goes.id})
    return found(session, stays.id)


def unmerge(session: Session, ticket_id: int, doer: Doer, now: datetime) -> HotlineTicket:
    """Take a merging back: the ticket is where it was, in the same hands, and due when it always was. Raises Conflict where it is none."""
    ticket = found(session, ticket_id)
    if ticket.merged_into_id is None or ticket.erased_at is not None:
        raise Conflict(N_("This ticket is part of no other one. Reload the page to see it as it is now."))
    event = session.scalars(
        select(HotlineEvent)
        .where(HotlineEvent.ticket_id == ticket.id, HotlineEvent.kind == EventKind.MERGED)
        .order_by(HotlineEvent.id.desc())
    ).first()
    assert event is not None
    before: dict[str, Any] = dict(event.details["before"])
    values: dict[str, Any] = {name: _moment(before.pop(name)) for name in _MOMENTS}
    values |= {**before, "state": TicketState(before["state"])}
    values |= {"closed_at": None, "close_reason": None, "merged_into_id": None}
    into = ticket.merged_into_id
    still = (HotlineTicket.merged_into_id == into, HotlineTicket.state == TicketState.CLOSED)
    if not move(session, ticket.id, still, values, now):
        raise Conflict(N_("This ticket is part of no other one. Reload the page to see it as it is now."))
    _put_under(session, into, ticket.id, event.details["children"])
    for each, details in ((ticket.id, {"from": into}), (into, {"ticket": ticket.id})):
        note(session, each, EventKind.UNMERGED, now, account_id=doer.account_id, details=details)
    announce(session, ticket.zone_id, Topic.HOTLINE, now)
    return found(session, ticket.id)


def _put_under(session: Session, before: int, above: int, children: list[int]) -> None:
    """Let those of these that stand under one ticket stand under another."""
    if children:
        below = (HotlineTicket.id.in_(children), HotlineTicket.bundled_under_id == before)
        changed(session, update(HotlineTicket).where(*below).values(bundled_under_id=above))


def bundle(session: Session, above_id: int, below_id: int, doer: Doer, now: datetime) -> HotlineTicket:
    """Let a ticket be answered with another one; returns the one below. Raises Conflict where that cannot be."""
    above, below = found(session, above_id), found(session, below_id)
    wrong = why_not_bundled(joined(session, above), joined(session, below))
    if wrong is not None:
        raise Conflict(wrong)
    require(session, below, Step.JOIN, doer, now, mark(below))
    ticket = done(session, below, EventKind.BUNDLED, {"bundled_under_id": above.id}, doer, now, details={"under": above.id})
    note(session, above.id, EventKind.BUNDLED, now, account_id=doer.account_id, details={"ticket": below.id})
    return ticket


def unbundle(session: Session, below_id: int, doer: Doer, now: datetime) -> HotlineTicket:
    """Let a ticket be answered by itself again. Raises Conflict where it was answered with the others already, or stands under none."""
    below = found(session, below_id)
    above = below.bundled_under_id
    if above is None:
        raise Conflict(N_("This ticket stands under no other one. Reload the page to see it as it is now."))
    if below.state not in FROM[Step.JOIN]:
        raise Conflict(N_("This ticket was answered together with the others. Reopen it if its caller needs something else."))
    ticket = done(session, below, EventKind.UNBUNDLED, {"bundled_under_id": None}, doer, now, details={"from": above})
    note(session, above, EventKind.UNBUNDLED, now, account_id=doer.account_id, details={"ticket": below.id})
    return ticket


def _moment(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None
