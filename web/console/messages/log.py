"""What became of each message to one resident in the last days, and what they wrote or pressed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import literal, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.telephone_numbers import international
from rollcall.people.guardians import number_of
from web.console.paging import after_key, read_key
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

PAGE = 40
SHOWN = timedelta(days=14)
# A text that took longer says when it was written.
ON_THE_WAY = timedelta(minutes=5)


@dataclass(frozen=True)
class Logged:
    """A message to or from a resident. shared: it went to the phone that this resident answers with, in another's name."""

    prompt: Prompt | None = None
    shared: bool = False
    inbound: InboundMessage | None = None

    @property
    def key(self) -> tuple[datetime, int, int]:
        """Its place in the order of all."""
        if self.inbound is not None:
            return self.inbound.received_at, 1, self.inbound.id
        assert self.prompt is not None
        return self.prompt.created_at, 0, self.prompt.id


def messages_of(
    session: Session, resident: Resident, since: datetime, after: tuple[datetime, int, int] | None
) -> tuple[list[Logged], str | None]:
    """One page of the messages to a resident and from the number that they answer with, newest first, and the key of the next."""
    shared = select(CheckIn.lead_id).where(
        CheckIn.resident_id == resident.id, CheckIn.opened_at >= since, CheckIn.lead_id.is_not(None)
    )
    prompts = (
        select(Prompt)
        .where(or_(Prompt.resident_id == resident.id, Prompt.check_in_id.in_(shared)), Prompt.created_at >= since)
        .order_by(Prompt.created_at.desc(), Prompt.id.desc())
        .limit(PAGE + 1)
    )
    number = international(number_of(session, resident.id))
    known = InboundMessage.resident_id.is_not(None)
    wrote = (
        select(InboundMessage)
        .where(
            or_(InboundMessage.resident_id == resident.id, known & (InboundMessage.sender == number)),
            InboundMessage.received_at >= since,
        )
        .order_by(InboundMessage.received_at.desc(), InboundMessage.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        prompts = prompts.where(tuple_(Prompt.created_at, literal(0), Prompt.id) < tuple_(*after))
        wrote = wrote.where(tuple_(InboundMessage.received_at, literal(1), InboundMessage.id) < tuple_(*after))
    found = [Logged(prompt, prompt.resident_id != resident.id) for prompt in session.scalars(prompts)]
    found += [Logged(inbound=each) for each in session.scalars(wrote)]
    found.sort(key=lambda each: each.key, reverse=True)
    if len(found) <= PAGE:
        return found, None
    at, rank, last = found[PAGE - 1].key
    return found[:PAGE], after_key(at, last, rank)


pages = Blueprint("message_log", __name__)


@pages.get("/residents/<int:resident_id>/messages")
@guarded(Permission.SEE_RESIDENT, audit=None)
def log(resident_id: int) -> str:
    after = read_key(request.args.get("after"))
    with parts().database.read() as session:
        resident = session.get(Resident, resident_id)
        require_zone(the_reader(), resident.zone_id if resident else None)
        assert resident is not None
        zone = session.get_one(Zone, resident.zone_id)
        listed, following = messages_of(session, resident, now() - SHOWN, after)
    return render_template(
        "console/messages/message_log.html",
        resident=resident,
        zone=zone,
        listed=listed,
        following=following,
        first=after is None,
        days=SHOWN.days,
        written_before=ON_THE_WAY,
    )
