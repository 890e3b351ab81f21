"""What became of each message to one resident in the last days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.access import Permission
from monitor.database import Database
from monitor.models import CheckIn, Prompt, Resident, Zone
from web.common import now
from web.console.paging import after_key, read_key
from web.guard import guarded, require_zone, the_reader

PAGE = 40
SHOWN = timedelta(days=14)


@dataclass(frozen=True)
class Logged:
    """A message. shared: it went to the phone that this resident answers with, in another's name."""

    prompt: Prompt
    shared: bool


def messages_to(
    session: Session, resident_id: int, since: datetime, after: tuple[datetime, int, int] | None
) -> tuple[list[Logged], str | None]:
    """One page of the messages to a resident, newest first, and the key of the next."""
    shared = select(CheckIn.lead_id).where(
        CheckIn.resident_id == resident_id, CheckIn.opened_at >= since, CheckIn.lead_id.is_not(None)
    )
    query = (
        select(Prompt)
        .where(or_(Prompt.resident_id == resident_id, Prompt.check_in_id.in_(shared)), Prompt.created_at >= since)
        .order_by(Prompt.created_at.desc(), Prompt.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        query = query.where(tuple_(Prompt.created_at, Prompt.id) < tuple_(after[0], after[2]))
    found = [Logged(prompt, prompt.resident_id != resident_id) for prompt in session.scalars(query)]
    if len(found) <= PAGE:
        return found, None
    last = found[PAGE - 1].prompt
    return found[:PAGE], after_key(last.created_at, last.id)


def message_log_pages(database: Database) -> Blueprint:
    """The one page."""
    pages = Blueprint("message_log", __name__)

    @pages.get("/residents/<int:resident_id>/messages")
    @guarded(Permission.SEE_RESIDENT, audit=None)
    def log(resident_id: int) -> str:
        after = read_key(request.args.get("after"))
        with database.read() as session:
            resident = session.get(Resident, resident_id)
            require_zone(the_reader(), resident.zone_id if resident else None)
            assert resident is not None
            zone = session.get_one(Zone, resident.zone_id)
            listed, following = messages_to(session, resident_id, now() - SHOWN, after)
        return render_template(
            "console/message_log.html",
            resident=resident,
            zone=zone,
            listed=listed,
            following=following,
            first=after is None,
            days=SHOWN.days,
        )

    return pages
