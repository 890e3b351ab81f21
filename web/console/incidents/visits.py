"""The list of visits: who is to be seen, in which order; to be read on a phone or taken along on paper."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.accounts import AuditEntry
from monitor.trail.actions import Action
from monitor.trail.audit import Noted, note_many
from rollcall.followup.visits import visits_due
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

SHIFT = timedelta(hours=12)


def _shown_before(session: Session, zone_id: int | None) -> set[int]:
    """Whom the reader's last entry about a zone's visits names, within a shift."""
    details = session.scalar(
        select(AuditEntry.details)
        .where(
            AuditEntry.account_id == the_reader().account_id,
            AuditEntry.action == Action.VISITS_LISTED,
            AuditEntry.zone_id == zone_id if zone_id is not None else AuditEntry.zone_id.is_(None),
            AuditEntry.at > now() - SHIFT,
        )
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )
    return set(details["residents"]) if details else set()


pages = Blueprint("visits", __name__)


@pages.get("/visits")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.VISITS_LISTED)
def visit_list() -> str:
    with parts().database.write() as session:
        after = request.args.get("after", 0, type=int)
        visits, following = visits_due(session, the_reader(), now(), after)
        shown: dict[int | None, list[int]] = defaultdict(list)
        for each in visits:
            if each.incident.resident_id is not None:
                shown[each.incident.zone_id].append(each.incident.resident_id)
        again = "X-Fragment" in request.headers
        # An entry for each zone, so that its supervisors find it.
        noted = [
            Noted(zone_id, None, {"residents": residents})
            for zone_id, residents in shown.items() or [(None, [])]
            # A page that is open asks again by itself: what it showed before is no other view.
            if not again or not set(residents) <= _shown_before(session, zone_id)
        ]
        note_many(session, Action.VISITS_LISTED, noted, at=now(), account_id=the_reader().account_id)
    return render_template("console/incidents/visits.html", visits=visits, following=following, first=not after)
