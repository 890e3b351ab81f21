"""Passkeys of one's own account: added and removed."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.passkeys import add_passkey, options_to_add, remove_passkey
from monitor.trail.actions import Action
from web.console.accounts.ceremonies import answered, keep, site
from web.console.accounts.own import HERE, OWN, SETTING_UP
from web.shared.common import now, storable
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("passkeys", __name__)


@pages.post("/account/passkeys/options")
@guarded(OWN, audit=None, before=SETTING_UP, confirmed=HERE)
def options() -> Response:
    """For navigator.credentials.create."""
    with parts().database.read() as transaction:
        given, challenge = options_to_add(transaction, the_reader().account_id, site())
    keep(challenge)
    return Response(given, content_type="application/json")


@pages.post("/account/passkeys")
@guarded(OWN, audit=Action.FACTOR_ADDED, before=SETTING_UP, confirmed=HERE)
def add() -> AnyResponse:
    answer, name = answered(), storable(request.form.get("name", ""))
    with parts().database.write() as transaction:
        add_passkey(transaction, the_reader().account_id, answer, name, site(), now=now())
    flash(_("The passkey is saved. Now make recovery codes, for the day on which its device is lost."))
    return redirect(url_for(HERE), 303)


@pages.post("/account/passkeys/<int:passkey_id>/remove")
@guarded(OWN, audit=Action.FACTOR_REMOVED, confirmed=HERE)
def remove(passkey_id: int) -> AnyResponse:
    with parts().database.write() as transaction:
        remove_passkey(transaction, the_reader().account_id, passkey_id, parts().needing, now=now())
    flash(_("The passkey was removed."))
    return redirect(url_for(HERE), 303)
