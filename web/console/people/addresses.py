"""A resident's addresses besides the telephone number, entered and removed by a supervisor."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.documents import read_document
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.channels import ChannelName
from monitor.trail.actions import Action
from rollcall.channels.addresses import add_address, read_address, remove_address
from rollcall.channels.apprise_addresses import scheme_of
from rollcall.channels.names import channel_names
from rollcall.inbound.zalo_events import link_code
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts


def _resident(session: Session, resident_id: int) -> Resident:
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


def shown_address(row: ContactAddress) -> str:
    """What may stand on a screen: Apprise's addresses hold passwords, a browser's says nothing to anybody."""
    if row.channel == ChannelName.APPRISE:
        return f"{scheme_of(row.address)}://…"
    return "…" if row.channel == ChannelName.PUSH else row.address


pages = Blueprint("addresses", __name__)


def _schemes() -> list[str]:
    return parts().settings.apprise_schemes.lower().split()


@pages.get("/residents/<int:resident_id>/addresses")
@guarded(Permission.MANAGE_RESIDENT, audit=None)
def address_list(resident_id: int) -> str:
    with parts().database.read() as session:
        resident = _resident(session, resident_id)
        zone = session.get_one(Zone, resident.zone_id)
        rows = session.scalars(
            select(ContactAddress).where(ContactAddress.resident_id == resident_id).order_by(ContactAddress.id.desc())
        ).all()
    code = link_code(parts().settings.secret("secret_key"), resident_id) if parts().settings.zalo_app_id else ""
    return render_template(
        "console/people/addresses.html",
        resident=resident,
        zone=zone,
        rows=[(row, shown_address(row)) for row in rows],
        there=channel_names(parts().settings),
        schemes=_schemes(),
        code=code,
    )


@pages.post("/residents/<int:resident_id>/addresses")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ADDRESS_CHANGED)
def add(resident_id: int) -> Response:
    channel = request.form.get("channel", "")
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        address = read_address(channel, request.form.get("address", ""), _schemes(), parts().settings.allowed)
        add_address(session, resident, channel, address, now())
        note_view(session, zone_id=resident.zone_id, resident_id=resident.id, channel=channel, done="added")
    flash(_("The address was saved. The newest of each kind is used."))
    return redirect(url_for("addresses.address_list", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/addresses/<int:address_id>/remove")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.ADDRESS_CHANGED)
def remove(resident_id: int, address_id: int) -> Response:
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        remove_address(session, resident, address_id)
        note_view(session, zone_id=resident.zone_id, resident_id=resident.id, done="removed")
    flash(_("The address was removed."))
    return redirect(url_for("addresses.address_list", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/document")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.DOCUMENT_CHANGED)
def set_document(resident_id: int) -> Response:
    number = read_document(request.form.get("document", ""))
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        resident.document_number = number
        note_view(session, zone_id=resident.zone_id, resident_id=resident.id)
    flash(_("The document number was saved."))
    return redirect(url_for("addresses.address_list", resident_id=resident_id), 303)
