"""What of the hotline the reader may see, and as what they act on a ticket."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.hotline.doing import Doer
from monitor.hotline.listing import Sight, visible
from monitor.hotline.steps import Party
from monitor.hotline.units import members_of, units_of_account
from monitor.models.accounts import Account
from monitor.models.hotline import HotlineTicket
from monitor.models.hotline_desk import HotlineUnit
from monitor.problems import NotFound
from monitor.words import N_
from web.shared.guard import the_reader


@dataclass(frozen=True)
class Here:
    """A ticket that the reader may see. members: accounts of its unit."""

    ticket: HotlineTicket
    unit: HotlineUnit | None
    taken_by: str | None
    sight: Sight
    doer: Doer


def sight_of(session: Session) -> Sight:
    """What the reader may see."""
    reader = the_reader()
    units = units_of_account(session, reader.account_id)
    return Sight(reader.account_id, None if reader.zones is None else frozenset(reader.zones), units)


def ticket_here(session: Session, ticket_id: int) -> Here:
    """A ticket of the reader's. Raises NotFound for another one as for none."""
    sight = sight_of(session)
    row = session.execute(
        select(HotlineTicket, HotlineUnit, Account.username)
        .outerjoin(HotlineUnit, HotlineUnit.id == HotlineTicket.unit_id)
        .outerjoin(Account, Account.id == HotlineTicket.taken_by)
        .where(HotlineTicket.id == ticket_id, visible(sight))
    ).first()
    if row is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    ticket, unit, taken_by = row
    return Here(ticket, unit, taken_by, sight, Doer(sight.account_id, _parties(session, ticket, sight)))


def _parties(session: Session, ticket: HotlineTicket, sight: Sight) -> frozenset[Party]:
    """The desk: whoever works in the ticket's zone. The unit: who works in it; the desk speaks for one without accounts."""
    parties: set[Party] = set()
    if sight.zones is None or ticket.zone_id in sight.zones or ticket.taken_by == sight.account_id:
        parties.add(Party.DESK)
    if ticket.unit_id is not None:
        mine = ticket.unit_id in sight.units
        if mine or (Party.DESK in parties and not members_of(session, [ticket.unit_id])[ticket.unit_id]):
            parties.add(Party.UNIT)
    return frozenset(parties)
