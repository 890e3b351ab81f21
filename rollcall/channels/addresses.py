"""Addresses of a resident besides the telephone number, as staff enter them: e-mail, Zalo, a service that Apprise knows."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.database import insert_new
from monitor.models import ContactAddress, Resident
from monitor.problems import BadInput, NotFound
from monitor.words import N_
from rollcall.channels.apprise_addresses import scheme_of

EMAIL, ZALO, APPRISE = "email", "zalo", "apprise"
LONGEST = 500
_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def read_address(channel: str, given: str, schemes: Collection[str]) -> str:
    """An address as it is stored. schemes: the services that Apprise addresses may name. Raises BadInput."""
    address = given.strip()
    if channel not in (EMAIL, ZALO, APPRISE):
        raise BadInput(N_("Please choose what kind of address this is."), field="channel")
    if not address or len(address) > LONGEST or not address.isprintable():
        raise BadInput(N_("Please write the address."), field="address")
    if channel == EMAIL and not _EMAIL.fullmatch(address):
        raise BadInput(N_("This is no e-mail address. One looks like this: an@example.vn"), field="address")
    if channel == ZALO and not (address.isdecimal() and address.isascii()):
        raise BadInput(N_("A follower's number on Zalo has digits only. It is not the telephone number."), field="address")
    if channel == APPRISE and scheme_of(address) not in schemes:
        raise BadInput(
            N_("This address cannot be used. It must begin with one of: %(kinds)s."),
            kinds=", ".join(f"{each}://" for each in sorted(schemes)) or "—",
            field="address",
        )
    return address


def add_address(session: Session, resident: Resident, channel: str, address: str, now: datetime) -> None:
    """Keep an address, once; the newest of a channel is used. In the caller's write transaction."""
    row = {
        "resident_id": resident.id,
        "zone_id": resident.zone_id,
        "channel": channel,
        "address": address,
        "created_at": now,
    }
    same = (ContactAddress.resident_id == resident.id, ContactAddress.channel == channel, ContactAddress.address == address)
    # Entered again, it becomes the newest.
    session.execute(delete(ContactAddress).where(*same))
    session.execute(insert_new(session, ContactAddress), [row])


def remove_address(session: Session, resident: Resident, address_id: int) -> None:
    """Forget an address. Raises NotFound."""
    row = session.scalar(
        select(ContactAddress).where(ContactAddress.id == address_id, ContactAddress.resident_id == resident.id)
    )
    if row is None:
        raise NotFound(N_("There is no such address."))
    session.delete(row)
