"""Addresses of a resident besides the telephone number, as staff enter them: e-mail, Zalo, a service that Apprise knows."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from monitor.calls_out.allowed import NOTHING_ELSE, Allowed
from monitor.calls_out.allowed import read_address as in_figures
from monitor.database.database import insert_new
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.channels import ChannelName
from monitor.people.pasted import plain
from monitor.problems import BadInput, NotFound
from monitor.words import N_
from rollcall.channels.apprise_addresses import scheme_of
from rollcall.channels.email_addresses import read_email

LONGEST = 500


def read_address(channel: str, given: str, schemes: Collection[str], allowed: Allowed = NOTHING_ELSE) -> str:
    """An address as it is stored. schemes: the services that Apprise addresses may name. allowed: where they may lead, beside public
    addresses. Raises BadInput that says what is wrong.
    """
    address = plain(given)
    if channel not in (ChannelName.EMAIL, ChannelName.ZALO, ChannelName.APPRISE):
        raise BadInput(N_("Please choose what kind of address this is."), field="channel")
    if not address or len(address) > LONGEST or not address.isprintable():
        raise BadInput(N_("Please enter the address."), field="address")
    if channel == ChannelName.EMAIL:
        return read_email(given)
    if channel == ChannelName.ZALO and not (address.isdecimal() and address.isascii()):
        raise BadInput(N_("A follower’s number on Zalo has digits only. It is not the telephone number."), field="address")
    if channel == ChannelName.APPRISE:
        _judge_apprise(address, schemes, allowed)
    return address


def _judge_apprise(address: str, schemes: Collection[str], allowed: Allowed) -> None:
    if scheme_of(address) not in schemes:
        raise BadInput(
            N_("This address cannot be used. It must begin with one of: %(kinds)s."),
            kinds=", ".join(f"{each}://" for each in sorted(schemes)) or "—",
            field="address",
        )
    if " " in address or not address.partition("://")[2].strip("/"):
        raise BadInput(N_("This address cannot be used: spaces are in it, or nothing stands after ://."), field="address")
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        raise BadInput(N_("This address cannot be used: its brackets do not fit."), field="address") from None
    if host and in_figures(host) is not None and not allowed.permits(host, host):
        raise BadInput(N_("This address lies in a network that this service may not call."), field="address")


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
        raise NotFound(N_("This address does not exist (any more)."))
    session.delete(row)
