"""How many people of each zone are believed to be there, are missing, or nobody knows: from the tally, whatever there are of them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, func, select

from monitor.database.many_rows import one_of
from monitor.database.people_index import LISTED
from monitor.database.tallies import OF_PRESENCE
from monitor.models.people.residents import OrderState, PresenceState, QuarantineOrder
from monitor.people.orders import quarantined


def counted(zones: Collection[int], now: datetime) -> tuple[Select[int, str, int], Select[int, str, int]]:
    """Two statements of (zone, PresenceState, people), whose numbers add up to the people in quarantine at this moment.

    The tally knows who has an active order, and no clock: of those the few are taken off whose order has run out without a release, or has
    not begun. Of who has just come nobody believes anything yet: unknown.
    """
    tally = OF_PRESENCE.c
    active = (
        select(tally.zone_id, tally.state, func.sum(tally.people))
        .where(one_of(tally.zone_id, zones))
        .group_by(tally.zone_id, tally.state)
    )
    state = func.coalesce(LISTED.c.presence, PresenceState.UNKNOWN.value)
    run_out = select(QuarantineOrder.resident_id).where(
        QuarantineOrder.state == OrderState.ACTIVE, QuarantineOrder.ends_at <= now
    )
    # One who is in both counts once, as any number in a list. Without duplicates SQLite would read everybody, in the order of their numbers.
    not_now = run_out.union_all(select(LISTED.c.resident_id).where(LISTED.c.begins_at > now))
    off = (
        select(LISTED.c.zone_id, state, -func.count())
        .where(
            LISTED.c.resident_id.in_(not_now),
            LISTED.c.begins_at.is_not(None),
            one_of(LISTED.c.zone_id, zones),
            ~quarantined(now, LISTED.c.resident_id),
        )
        .group_by(LISTED.c.zone_id, state)
    )
    return active, off
