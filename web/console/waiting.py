"""How much waits for a reader, by the entry of the menu that leads there: counted on every page, so the statement is made once a reader."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.enrolment.imports.listing import count_parked
from monitor.hotline.listing import count_waiting
from monitor.models.base import UtcDateTime
from monitor.reports.collected.calling import CALLED_WITHIN, count_to_call
from monitor.timekeeping.confirming import count_unconfirmed
from rollcall.followup.visits import count_visits
from rollcall.followup.worklists import SOON
from web.console.incidents.listed import count_unresolved
from web.console.incidents.proposals import count_to_do
from web.console.messages.unknown_texts import count_unknown
from web.console.records.data_requests import count_unanswered

JUMPS = "clock_jumps"
"""What the layout warns of on every page, counted beside what the menu counts."""
# Making the statement takes longer than the database does to answer it.
_READERS = 512


def waiting_for(session: Session, reader: Reader, now: datetime) -> dict[str, int]:
    """By endpoint, and JUMPS: one statement."""
    names, question = _question(reader)
    if question is None:
        return {}
    moments = {"now": now, "soon": now + SOON, "called_since": now - CALLED_WITHIN}
    found = session.execute(question, moments).one()
    return dict(zip(names, found, strict=True))


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UtcDateTime())


@lru_cache(maxsize=_READERS)
def _question(reader: Reader) -> tuple[tuple[str, ...], Select[*tuple[Any, ...]] | None]:
    """What is asked for somebody with this role and these zones; None where nothing can wait for them."""
    asked: dict[str, Select[int]] = {}
    if reader.may(Permission.SEE_RESIDENT):
        asked["incidents.incident_list"] = count_unresolved(reader)
        asked["unknown_texts.listed"] = count_unknown()
        asked["data_requests.listed"] = count_unanswered(reader)
        if reader.may(Permission.DECIDE_BY_TWO):
            asked["proposals.listed"] = count_to_do(reader)
        if reader.may(Permission.IMPORT_PEOPLE):
            asked["files.listed"] = count_parked(reader)
        if reader.may(Permission.ACT_ON_INCIDENT):
            asked["visits.visit_list"] = count_visits(reader, _moment("now"), _moment("soon"))
    if reader.may(Permission.WORK_AT_HOTLINE):
        asked["hotline.listed"] = count_waiting(reader.account_id, reader.zones)
    if reader.may(Permission.ENTER_COLLECTED) and reader.zones is None:
        asked["collected.listed"] = count_to_call(_moment("called_since"))
    if reader.may(Permission.CONFIRM_CLOCK):
        asked[JUMPS] = count_unconfirmed()
    return tuple(asked), select(*(each.scalar_subquery() for each in asked.values())) if asked else None
