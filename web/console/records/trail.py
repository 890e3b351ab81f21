"""The audit trail and the accounts: who did what, and who may."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, render_template, request
from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from monitor.access import Permission, Reader
from monitor.audit import first_broken
from monitor.database import Database
from monitor.models import Account, AccountZone, AuditEntry, Resident, Zone
from web.common import now
from web.console.paging import after_key, read_key
from web.guard import guarded, the_reader

PAGE = 60
# Reading the whole chain costs a second for each 50,000 entries or so: longer ones are checked when somebody asks.
CHECKED_AT_ONCE = 10_000
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


def record_pages(database: Database) -> Blueprint:
    """Audit and accounts."""
    pages = Blueprint("records", __name__)

    @pages.get("/audit")
    @guarded(Permission.SEE_AUDIT, audit=None)
    def audit_list() -> str:
        after = read_key(request.args.get("after"))
        reader = the_reader()
        with database.read() as session:
            rows, following = entries(session, reader, after)
            length = session.scalar(select(func.max(AuditEntry.id))) or 0
            check = "check" in request.args or (after is None and length <= CHECKED_AT_ONCE)
            broken = first_broken(session) if check else None
        return render_template(
            "console/audit.html",
            rows=rows,
            following=following,
            checked=check,
            broken=broken,
            first=after is None,
            # Who may not see residents sees that somebody's photo was viewed, and not whose.
            names=reader.may(Permission.SEE_RESIDENT),
        )

    @pages.get("/accounts")
    @guarded(Permission.MANAGE_ACCOUNTS, audit=None)
    def account_list() -> str:
        with database.read() as session:
            accounts = list(session.scalars(select(Account).order_by(Account.username)))
            zones: dict[int, list[str]] = {}
            for account_id, name in session.execute(
                select(AccountZone.account_id, Zone.name).join(Zone, Zone.id == AccountZone.zone_id).order_by(Zone.name)
            ):
                zones.setdefault(account_id, []).append(name)
        return render_template("console/accounts.html", accounts=accounts, zones=zones, at=now())

    return pages
