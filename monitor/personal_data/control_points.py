"""What is kept of scans at control points, and for how long: rows are deleted by rule, with the stays that were reckoned from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.declarations.erasing import erase_people
from monitor.models.control_points import ListedWorker, PlaceScan, PlaceStay

BATCH = 1000


def purge_scans(database: Database, before: datetime) -> int:
    """Delete scans that came before a moment, and what was reckoned from them. Returns how many scans."""
    total = 0
    while True:
        with database.write() as session:
            deleted = _delete_some(session, before)
        total += deleted
        if deleted < BATCH:
            return total


def _delete_some(session: Session, before: datetime) -> int:
    # Keys grow as scans come: what is due is at their beginning, and nothing else is looked at.
    columns = (PlaceScan.id, PlaceScan.received_at, PlaceScan.declarant_id)
    oldest = session.execute(select(*columns).order_by(PlaceScan.id).limit(BATCH)).all()
    due = [row.id for row in oldest if row.received_at <= before]
    if due:
        session.execute(delete(PlaceStay).where(or_(one_of(PlaceStay.in_scan, due), one_of(PlaceStay.out_scan, due))))
        session.execute(delete(PlaceScan).where(one_of(PlaceScan.id, due)))
        # Who was still known only because of these is known no more.
        erase_people(session, sorted({row.declarant_id for row in oldest if row.received_at <= before}))
    return len(due)


def purge_worker_lists(database: Database, before: datetime) -> int:
    """Delete employers' lists that nobody has sent again since. Returns how many people stood in them."""
    with database.write() as session:
        return changed(session, delete(ListedWorker).where(ListedWorker.listed_at <= before))
