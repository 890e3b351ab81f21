"""One's own account: password, second factors, recovery codes, PIN and sessions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts import accounts, sessions
from monitor.accounts.access import Permission
from monitor.accounts.accounts import SignInRefused
from monitor.accounts.factors import make_recovery_codes, recovery_codes_left
from monitor.accounts.passkeys import passkeys_of
from monitor.accounts.passwords import SHORTEST_PASSWORD, SHORTEST_PIN
from monitor.accounts.sessions import LASTS, Must
from monitor.models.accounts import Account
from monitor.problems import BadInput, Conflict
from monitor.trail.actions import Action
from web.console.signing_in import inside
from web.shared.common import now, say
from web.shared.guard import guarded, standing, the_reader
from web.shared.parts import parts
from web.shared.setting_up import steps_left

pages = Blueprint("own", __name__)
OWN = Permission.MANAGE_OWN_SESSION
# Whoever must set up a factor or a PIN does it here.
SETTING_UP = frozenset({Must.SET_UP_FACTOR, Must.SET_PIN})
HERE = "own.show"


def _show(wrong: BadInput | None = None) -> str:
    reader = the_reader()
    with parts().database.read() as transaction:
        account = transaction.get_one(Account, reader.account_id)
        return render_template(
            "console/accounts/own.html",
            account=account,
            passkeys=passkeys_of(transaction, account.id),
            codes_left=recovery_codes_left(transaction, account.id),
            sessions=sessions.sessions_of(transaction, account, now=now()),
            this_one=sessions.number_of(session["token"]),
            number=sessions.NUMBER,
            lasts=LASTS[account.role],
            end_own=lambda each: url_for("own.end_session", number=each),
            site=parts().site,
            required=account.role in parts().needing,
            set_up_left=steps_left(transaction) if reader.may(Permission.SET_UP) and standing().must is None else 0,
            wrong={wrong.field: say(wrong.words)} if wrong else {},
            shortest_password=SHORTEST_PASSWORD,
            shortest_pin=SHORTEST_PIN,
        )


@pages.get("/account")
@guarded(OWN, audit=None, before=SETTING_UP)
def show() -> str:
    return _show()


@pages.get("/account/confirm")
@guarded(OWN, audit=None, before=SETTING_UP)
def confirm() -> str:
    return render_template("console/accounts/confirm.html", problem=None, target=inside(request.args.get("next")))


@pages.post("/account/confirm")
@guarded(OWN, audit=Action.IDENTITY_CONFIRMED, before=SETTING_UP)
def try_confirm() -> Response | tuple[str, int]:
    target = inside(request.form.get("next"))
    with parts().database.write() as transaction:
        token = accounts.confirm(transaction, session["token"], request.form.get("password", "")[:1000], now=now())
    if isinstance(token, SignInRefused):
        return render_template("console/accounts/confirm.html", problem=say(token.words), target=target), token.status
    session["token"] = token
    return redirect(target or url_for(HERE), 303)


@pages.post("/account/password")
@guarded(OWN, audit=Action.PASSWORD_CHANGED, before=SETTING_UP)
def password() -> Response | tuple[str, int]:
    current, chosen = request.form.get("current", "")[:1000], request.form.get("password", "")
    try:
        if chosen != request.form.get("again", ""):
            raise BadInput(_("The two passwords differ. Enter the same one twice."), field="password")
        with parts().database.write() as transaction:
            me, token = the_reader().account_id, session["token"]
            refused = accounts.change_password(transaction, me, token, current, chosen, now=now())
    except BadInput as problem:
        return _show(problem), problem.status
    if refused is not None:
        return _show(BadInput(refused.words.template, field="current", **refused.words.values)), refused.status
    flash(_("The password is saved; all other sessions were ended."))
    return redirect(url_for(HERE), 303)


@pages.post("/account/recovery-codes")
@guarded(OWN, audit=Action.RECOVERY_CODES_MADE, before=SETTING_UP, confirmed=HERE)
def recovery_codes() -> str:
    """Shown in the answer itself: kept nowhere, they cannot be asked for again."""
    with parts().database.write() as transaction:
        account = transaction.get_one(Account, the_reader().account_id)
        if not accounts.has_factor(transaction, account):
            raise Conflict(_("Recovery codes stand in for a second factor. Add a passkey or an authenticator app first."))
        codes = make_recovery_codes(transaction, account.id, now=now())
    return render_template("console/accounts/recovery_codes.html", codes=codes)


@pages.post("/account/pin")
@guarded(OWN, audit=Action.PIN_SET, before=SETTING_UP, confirmed=HERE)
def pin() -> Response | tuple[str, int]:
    try:
        if request.form.get("pin", "") != request.form.get("again", ""):
            raise BadInput(_("The two PINs differ. Enter the same one twice."), field="pin")
        with parts().database.write() as transaction:
            accounts.set_pin(transaction, the_reader().account_id, request.form.get("pin", ""), now=now())
    except BadInput as problem:
        return _show(problem), problem.status
    flash(_("The PIN is saved."))
    return redirect(url_for(HERE), 303)


@pages.post("/account/sessions/<number>/end")
@guarded(OWN, audit=Action.SESSION_ENDED, before=SETTING_UP, confirmed=HERE)
def end_session(number: str) -> Response:
    me = the_reader().account_id
    with parts().database.write() as transaction:
        sessions.end_session(transaction, me, number, by=me, now=now())
    flash(_("The session was ended."))
    return redirect(url_for(HERE), 303)


@pages.post("/account/sessions/end-others")
@guarded(OWN, audit=Action.SESSIONS_ENDED, before=SETTING_UP, confirmed=HERE)
def end_others() -> Response:
    me = the_reader().account_id
    with parts().database.write() as transaction:
        sessions.end_other_sessions(transaction, me, by=me, token=session["token"], now=now())
    flash(_("All other sessions were ended."))
    return redirect(url_for(HERE), 303)


@pages.post("/account/active")
@guarded(OWN, audit=None, before=SETTING_UP)
def active() -> tuple[str, int]:
    """A person touched a shared tablet; the guard has noted it. Where it is locked already, the page hears so and reloads."""
    return "", 204
