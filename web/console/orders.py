"""A supervisor changes a quarantine order, or lets a resident be away."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.forgetting import forget
from monitor.holds import require_over
from monitor.models import DeletionScope, QuarantineOrder, Resident, Zone
from monitor.vault import Vault
from monitor.words import N_, words
from rollcall.orders import add_exemption, change_order
from web.common import now
from web.guard import guarded, require_zone, the_reader


def order_pages(database: Database, vault: Vault) -> Blueprint:
    """The two actions."""
    pages = Blueprint("orders", __name__)

    @pages.post("/orders/<int:order_id>/state")
    @guarded(Permission.MANAGE_RESIDENT, audit="order-changed")
    def change(order_id: int) -> Response:
        reader, form = the_reader(), request.form
        with database.write() as session:
            order = session.get(QuarantineOrder, order_id)
            require_zone(reader, order.zone_id if order else None)
            order = change_order(
                session,
                order_id,
                form.get("before", ""),
                form.get("state", ""),
                form.get("reason", ""),
                reader.account_id,
                now(),
            )
            if form.get("forget") == "yes":
                require_over(session, order.resident_id, now())
        if form.get("forget") == "yes":
            reason = words(N_("Released, and not needed any more."))
            done = forget(
                database, vault, order.resident_id, DeletionScope.FACES, reason=reason, account_id=reader.account_id, now=now()
            )
            flash(_("The photos and face data are gone for good."))
            return redirect(url_for("retention.certificate", certificate_id=done.id), 303)
        flash(_("The order was changed. Who is not under an order is asked nothing more, from this second on."))
        return redirect(url_for("residents.resident_page", resident_id=order.resident_id), 303)

    @pages.post("/residents/<int:resident_id>/exemptions")
    @guarded(Permission.MANAGE_RESIDENT, audit="exemption-added")
    def exempt(resident_id: int) -> Response:
        reader, form = the_reader(), request.form
        with database.write() as session:
            resident = session.get(Resident, resident_id)
            require_zone(reader, resident.zone_id if resident else None)
            assert resident is not None
            zone = session.get_one(Zone, resident.zone_id)
            add_exemption(
                session,
                resident,
                form.get("starts", ""),
                form.get("ends", ""),
                form.get("reason", ""),
                zone.timezone,
                reader.account_id,
                now(),
            )
        flash(_("The time away was written down; nothing is asked in it."))
        return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)

    return pages
