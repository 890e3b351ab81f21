"""The audit trail: who did what."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.database.many_rows import one_of
from monitor.models.accounts import Account, AuditEntry
from monitor.models.cameras.cameras import Camera
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.trail.audit import first_broken
from web.console.paging import after_key, read_key
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PAGE = 60
# Reading the whole chain costs a second for each 50,000 entries or so: longer ones are checked when somebody asks.
CHECKED_AT_ONCE = 10_000
# Details that are moments, as ISO 8601 writes them.
MOMENTS = frozenset({"starts_at", "ends_at", "until"})
Entry = Row[AuditEntry, str, str, str]


def entries(session: Session, reader: Reader, after: tuple[datetime, int, int] | None) -> tuple[list[Entry], str | None]:
    """One page of the trail, newest first, and the key of the next. Limited to the reader's zones; entries without a zone are
    for readers of every zone."""
    query = (
        select(AuditEntry, Account.username, Zone.name, Resident.full_name)
        .outerjoin(Account, Account.id == AuditEntry.account_id)
        .outerjoin(Zone, Zone.id == AuditEntry.zone_id)
        .outerjoin(Resident, Resident.id == AuditEntry.resident_id)
        .order_by(AuditEntry.id.desc())
        .limit(PAGE + 1)
    )
    if reader.zones is not None:
        query = query.where(AuditEntry.zone_id.in_(reader.zones))
    if after is not None:
        query = query.where(AuditEntry.id < after[2])
    rows = list(session.execute(query))
    if len(rows) <= PAGE:
        return rows, None
    last = rows[PAGE - 1][0]
    return rows[:PAGE], after_key(last.at, last.id)


def camera_names(session: Session, rows: list[Entry]) -> dict[int, str]:
    """What the cameras are called of which these entries tell."""
    told = {row[0].details.get("camera_id") for row in rows} - {None}
    query = select(Camera.id, Camera.name).where(one_of(Camera.id, [each for each in told if isinstance(each, int)]))
    return {row[0]: row[1] for row in session.execute(query)}


def people_names(session: Session, rows: list[Entry], reader: Reader) -> dict[int, str]:
    """What the people are called whom these entries list, as far as the reader may see residents."""
    if not reader.may(Permission.SEE_RESIDENT):
        return {}
    listed = [row[0].details.get("residents") for row in rows]
    told = {one for each in listed if isinstance(each, list) for one in each if isinstance(one, int)}
    query = select(Resident.id, Resident.full_name).where(one_of(Resident.id, sorted(told)))
    if reader.zones is not None:
        query = query.where(Resident.zone_id.in_(reader.zones))
    return {row[0]: row[1] for row in session.execute(query)}


pages = Blueprint("records", __name__)


@pages.get("/audit")
@guarded(Permission.SEE_AUDIT, audit=None)
def audit_list() -> str:
    after = read_key(request.args.get("after"))
    reader = the_reader()
    with parts().database.read() as session:
        rows, following = entries(session, reader, after)
        cameras, people = camera_names(session, rows), people_names(session, rows, reader)
        length = session.scalar(select(func.max(AuditEntry.id))) or 0
        check = "check" in request.args or (after is None and length <= CHECKED_AT_ONCE)
        broken = first_broken(session) if check else None
    return render_template(
        "console/records/audit.html",
        rows=rows,
        following=following,
        cameras=cameras,
        people=people,
        checked=check,
        broken=broken,
        moments=MOMENTS,
        read=datetime.fromisoformat,
        first=after is None,
        # Who may not see residents sees that somebody's photo was viewed, and not whose.
        names=reader.may(Permission.SEE_RESIDENT),
    )
