"""An invitation opened: its code typed or followed, and a password chosen."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts import invitations, sessions
from monitor.accounts.invitations import InvitationRefused, Opened
from monitor.accounts.passwords import SHORTEST_PASSWORD
from monitor.models.accounts import InvitationKind
from monitor.problems import BadInput
from web.shared.common import language, now, say
from web.shared.guard import open_to_all
from web.shared.parts import parts

pages = Blueprint("invitation", __name__)


def ask_for_code(problem: str | None, status: int = 200) -> tuple[str, int]:
    """The form for a code, with what was wrong with another one."""
    return render_template("console/accounts/invitation_code.html", problem=problem), status


def _form(opened: Opened, code: str, username: str, problem: str | None, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "console/accounts/invitation.html",
        opened=opened,
        code=code,
        username=username,
        problem=problem,
        shortest=SHORTEST_PASSWORD,
    )
    return page, status


@pages.get("/invitation")
@open_to_all
def code() -> tuple[str, int]:
    return ask_for_code(None)


@pages.post("/invitation")
@open_to_all
def typed() -> Response:
    return redirect(url_for("invitation.opened", code=request.form.get("code", "").strip()[:64] or "-"), 303)


@pages.get("/invitation/<code>")
@open_to_all
def opened(code: str) -> tuple[str, int]:
    """Looking uses nothing up: programs that preview links look as well."""
    try:
        with parts().database.read() as transaction:
            return _form(invitations.look(transaction, code[:64], now=now()), code, "", None)
    except InvitationRefused as problem:
        return ask_for_code(say(problem.words), problem.status)


@pages.post("/invitation/<code>")
@open_to_all
def use(code: str) -> Response | tuple[str, int]:
    password, username = request.form.get("password", ""), request.form.get("username", "")[:64]
    try:
        with parts().database.write() as transaction:
            found = invitations.look(transaction, code[:64], now=now())
            if password != request.form.get("again", ""):
                return _form(found, code, username, _("The two passwords differ. Enter the same one twice."), 422)
            name = invitations.accept(transaction, code[:64], password, username=username, language=language(), now=now())
            # Whoever was signed in on this computer is not who was invited.
            sessions.sign_out(transaction, session.pop("token", ""), now=now())
    except BadInput as problem:
        return _form(found, code, username, say(problem.words), problem.status)
    except InvitationRefused as problem:
        return ask_for_code(say(problem.words), problem.status)
    flash(_("The password is saved. Sign in with it as %(name)s.", name=name))
    # The first administrator goes on with setting up.
    following = url_for("set_up_health.show") if found.kind is InvitationKind.FIRST else None
    return redirect(url_for("session.sign_in", next=following), 303)
