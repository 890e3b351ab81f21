"""An authenticator app as a second factor: its QR code shown, confirmed, removed."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts import factors
from monitor.accounts.codes import grouped
from monitor.models.accounts import Account
from monitor.problems import BadInput
from monitor.trail.actions import Action
from web.console.accounts.own import HERE, OWN, SETTING_UP
from web.shared.common import now, say
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.qr_codes import qr_code

pages = Blueprint("authenticator_app", __name__)


@pages.post("/account/app")
@guarded(OWN, audit=None, before=SETTING_UP, confirmed=HERE)
def offer() -> Response:
    with parts().database.write() as transaction:
        factors.offer_totp(transaction, the_reader().account_id)
    return redirect(url_for("authenticator_app.scan"), 303)


@pages.get("/account/app")
@guarded(OWN, audit=None, before=SETTING_UP, confirmed=HERE)
def scan() -> str | Response:
    return _page(None)


@pages.post("/account/app/confirm")
@guarded(OWN, audit=Action.FACTOR_ADDED, before=SETTING_UP, confirmed=HERE)
def confirm() -> str | Response | tuple[str | Response, int]:
    try:
        with parts().database.write() as transaction:
            factors.confirm_totp(transaction, the_reader().account_id, request.form.get("code", "")[:20], now=now())
    except BadInput as problem:
        return _page(say(problem.words)), problem.status
    flash(_("The authenticator app is set up. Now make recovery codes, for the day on which the phone is lost."))
    return redirect(url_for(HERE), 303)


@pages.post("/account/app/remove")
@guarded(OWN, audit=Action.FACTOR_REMOVED, confirmed=HERE)
def remove() -> Response:
    with parts().database.write() as transaction:
        factors.remove_totp(transaction, the_reader().account_id, parts().needing, now=now())
    flash(_("The authenticator app was removed."))
    return redirect(url_for(HERE), 303)


def _page(problem: str | None) -> str | Response:
    """The code to scan; back to the account where none was offered."""
    with parts().database.read() as transaction:
        account = transaction.get_one(Account, the_reader().account_id)
        address, secret = factors.totp_address(account), account.totp_pending
    if address is None or secret is None:
        return redirect(url_for(HERE), 303)
    return render_template(
        "console/accounts/authenticator_app.html", code=qr_code(address), secret=grouped(secret, 4), problem=problem
    )
