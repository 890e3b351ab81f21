"""One account, as administrators see and change it."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts import managing, sessions
from monitor.accounts.access import Permission
from monitor.accounts.accounts import is_locked
from monitor.accounts.invitations import reset
from monitor.models.accounts import Role
from monitor.trail.actions import Action
from web.console.accounts.access_form import read_access
from web.console.accounts.all_accounts import factors_of, handed_over
from web.console.accounts.mail import mail_address
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

pages = Blueprint("account", __name__)
MANAGE = Permission.MANAGE_ACCOUNTS
HERE = "account.one"


@pages.get("/accounts/<int:account_id>")
@guarded(MANAGE, audit=None)
def one(account_id: int) -> str:
    reader = the_reader()
    with parts().database.read() as transaction:
        account = managing.account_for(transaction, reader, account_id)
        return render_template(
            "console/accounts/account.html",
            account=account,
            roles=Role,
            zones=zones_of(transaction, reader),
            chosen=managing.zones_of(transaction, account) or frozenset(),
            factors=factors_of(transaction, account),
            locked=is_locked(account, now()),
            sessions=sessions.sessions_of(transaction, account, now=now()),
            this_one=sessions.number_of(session["token"]),
            number=sessions.NUMBER,
            end_of_account=lambda each: url_for("account.end_session", account_id=account_id, number=each),
            with_mail=bool(parts().settings.smtp_host),
        )


@pages.post("/accounts/<int:account_id>/access")
@guarded(MANAGE, audit=Action.ACCOUNT_CHANGED, confirmed=HERE)
def access(account_id: int) -> Response:
    reader = the_reader()
    with parts().database.write() as transaction:
        account = managing.account_for(transaction, reader, account_id)
        given = read_access(transaction, reader)
        managing.change_access(transaction, account, given.role, zones=given.zones, by=reader.account_id, now=now())
    flash(_("Role and zones are saved. Open sessions follow at once."))
    return redirect(url_for(HERE, account_id=account_id), 303)


@pages.post("/accounts/<int:account_id>/close")
@guarded(MANAGE, audit=Action.ACCOUNT_CLOSED, confirmed=HERE)
def close(account_id: int) -> Response:
    return _change(account_id, managing.close_account, _("The account is closed, and its sessions were ended."))


@pages.post("/accounts/<int:account_id>/reopen")
@guarded(MANAGE, audit=Action.ACCOUNT_OPENED, confirmed=HERE)
def reopen(account_id: int) -> Response:
    return _change(account_id, managing.open_account, _("The account is open again."))


@pages.post("/accounts/<int:account_id>/unlock")
@guarded(MANAGE, audit=Action.ACCOUNT_UNLOCKED, confirmed=HERE)
def unlock(account_id: int) -> Response:
    return _change(account_id, managing.unlock_account, _("The account is unlocked."))


@pages.post("/accounts/<int:account_id>/reset")
@guarded(MANAGE, audit=Action.ACCOUNT_RESET, confirmed=HERE)
def reset_account(account_id: int) -> str:
    """A new invitation, shown in the answer itself."""
    reader, address = the_reader(), mail_address(request.form.get("mail", ""))
    with parts().database.write() as transaction:
        account = managing.account_for(transaction, reader, account_id)
        lost = request.form.get("factors") == "yes"
        handed = reset(transaction, account, clears_factors=lost, by=reader.account_id, now=now())
        username, language = account.username, account.language
    return handed_over(handed, username, language, address)


@pages.post("/accounts/<int:account_id>/sessions/<number>/end")
@guarded(MANAGE, audit=Action.SESSION_ENDED)
def end_session(account_id: int, number: str) -> Response:
    reader = the_reader()
    with parts().database.write() as transaction:
        account = managing.account_for(transaction, reader, account_id)
        sessions.end_session(transaction, account.id, number, by=reader.account_id, now=now())
    flash(_("The session was ended."))
    return redirect(url_for(HERE, account_id=account_id), 303)


@pages.post("/accounts/<int:account_id>/sessions/end")
@guarded(MANAGE, audit=Action.SESSIONS_ENDED)
def end_sessions(account_id: int) -> Response:
    """All of them; of the reader's own account all but this one."""
    reader = the_reader()
    with parts().database.write() as transaction:
        account = managing.account_for(transaction, reader, account_id)
        kept = session["token"] if account.id == reader.account_id else None
        sessions.end_other_sessions(transaction, account.id, by=reader.account_id, token=kept, now=now())
    flash(_("The sessions were ended."))
    return redirect(url_for(HERE, account_id=account_id), 303)


def _change(account_id: int, change: Callable[..., None], done: str) -> Response:
    reader = the_reader()
    with parts().database.write() as transaction:
        account = managing.account_for(transaction, reader, account_id)
        change(transaction, account, by=reader.account_id, now=now())
    flash(done)
    return redirect(url_for(HERE, account_id=account_id), 303)
