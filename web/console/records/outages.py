"""Outages of ours: from when to when, what failed, and whom it touched; those that last first."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, render_template, request
from sqlalchemy import case, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.models.places import Zone
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.models.service import OutagePart, ServiceOutage
from monitor.outages import SEEN_WITHIN
from monitor.words import N_, Words, words
from web.console.paging import after_key, read_key
from web.console.records.lengths import how_far, spelt
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("outages", __name__)
PAGE = 30
# Of an outage that touched more, the first are named.
MOST_ROUNDS = 6
LASTING, OVER = 1, 0
WHAT_FAILED = {
    OutagePart.SERVICE: N_("Nothing of the service ran."),
    OutagePart.PAGE: N_("Residents could not open their page."),
    OutagePart.CONSOLE: N_("Staff could not open the console. Residents did not notice."),
    OutagePart.SCHEDULER: N_("No round was opened, reminded or closed."),
    OutagePart.WORKER: N_("No message left, and no photo was compared."),
    OutagePart.WATCHER: N_("No camera was watched. No resident is believed absent because of that."),
    OutagePart.DATABASE: N_("Nothing could be written to the database."),
    OutagePart.GATEWAY: N_("A gateway took no messages: %(channel)s."),
    OutagePart.DISK: N_("The disk was full: no photo could be kept."),
    OutagePart.LINE: N_("The connection to the outside was lost where the service runs."),
}
OF_ZONE = N_("The connection of the zone %(zone)s was lost: none of its cameras answered.")


class Round(NamedTuple):
    """A round that an outage touched, and how many people were excused in it."""

    zone: str
    timezone: str
    opens_at: datetime
    excused: int


@dataclass
class Shown:
    """An outage as the page shows it. ended_at: None while it lasts; unseen: whether nobody knows until when it lasted."""

    id: int
    what: Words
    started_at: datetime
    ended_at: datetime | None
    unseen: bool
    length: Words
    excused: int = 0
    rounds: list[Round] = field(default_factory=list)
    more_rounds: int = 0


def one_page(
    session: Session, reader: Reader, after: tuple[datetime, int, int] | None, at: datetime
) -> tuple[list[Shown], str | None]:
    """One page, those that last first and then by their begin, the newest first; and the key of the next.

    Of a lost line whoever works in its zone sees it; whom an outage touched is counted in the reader's zones.
    """
    rank = case((ServiceOutage.ended_at.is_(None), LASTING), else_=OVER)
    query = (
        select(ServiceOutage, rank, Zone.name)
        .outerjoin(Zone, Zone.id == ServiceOutage.zone_id)
        .order_by(rank.desc(), ServiceOutage.started_at.desc(), ServiceOutage.id.desc())
        .limit(PAGE + 1)
    )
    if reader.zones is not None:
        query = query.where(or_(ServiceOutage.zone_id.is_(None), ServiceOutage.zone_id.in_(reader.zones)))
    if after is not None:
        began, ranked, number = after
        query = query.where(
            tuple_(rank, ServiceOutage.started_at, ServiceOutage.id)
            < tuple_(ranked, literal(began, ServiceOutage.started_at.type), number)
        )
    rows = list(session.execute(query))
    shown = [_shown(outage, zone, at) for outage, _, zone in rows[:PAGE]]
    _add_touched(session, reader, shown)
    if len(rows) <= PAGE:
        return shown, None
    last, ranked, _ = rows[PAGE - 1]
    return shown, after_key(last.started_at, last.id, ranked)


def _shown(outage: ServiceOutage, zone: str | None, at: datetime) -> Shown:
    what = words(WHAT_FAILED[outage.part])
    if outage.part is OutagePart.GATEWAY:
        what = words(WHAT_FAILED[outage.part], channel=outage.subject)
    elif zone is not None:
        what = words(OF_ZONE, zone=zone)
    seen = outage.seen_at or outage.started_at
    # Whoever watched died: it lasted until somebody saw it last, or longer.
    unseen = outage.ended_at is None and at - seen > SEEN_WITHIN
    until = outage.ended_at or (seen if unseen else at)
    return Shown(
        outage.id,
        what,
        outage.started_at,
        until if outage.ended_at or unseen else None,
        unseen,
        how_far(max(until - outage.started_at, timedelta(0)).total_seconds()),
    )


def _add_touched(session: Session, reader: Reader, shown: Collection[Shown]) -> None:
    by_id = {each.id: each for each in shown}
    count = func.count(CheckIn.resident_id.distinct())
    excused = [CheckIn.outage_id.in_(by_id), CheckIn.state == CheckInState.EXCUSED]
    if reader.zones is not None:
        excused.append(CheckIn.zone_id.in_(reader.zones))
    touched = select(ServiceOutage.id, count).join(CheckIn, CheckIn.outage_id == ServiceOutage.id)
    for outage_id, people in session.execute(touched.where(*excused).group_by(ServiceOutage.id)):
        by_id[outage_id].excused = people
    rounds = session.execute(
        select(ServiceOutage.id, Zone.name, Zone.timezone, RollCall.opens_at, count)
        .join(CheckIn, CheckIn.outage_id == ServiceOutage.id)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Zone, Zone.id == RollCall.zone_id)
        .where(*excused)
        .group_by(ServiceOutage.id, RollCall.id, Zone.name, Zone.timezone, RollCall.opens_at)
        .order_by(RollCall.opens_at, Zone.name)
    )
    for outage_id, zone, timezone, opens_at, people in rounds:
        each = by_id[outage_id]
        if len(each.rounds) < MOST_ROUNDS:
            each.rounds.append(Round(zone, timezone, opens_at, people))
        else:
            each.more_rounds += 1


@pages.get("/outages")
@guarded(Permission.CONFIRM_CLOCK, audit=None)
def listed() -> str:
    after = read_key(request.args.get("after"))
    with parts().database.read() as session:
        shown, following = one_page(session, the_reader(), after, now())
    return render_template("console/records/outages.html", outages=shown, following=following, first=after is None, spelt=spelt)
