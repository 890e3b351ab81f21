"""The address that the service prints while it has no administrator: the language is chosen, then the first account is made."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from monitor.accounts import invitations
from monitor.accounts.invitations import InvitationRefused
from monitor.models.accounts import InvitationKind
from monitor.setting_up.stating import checked, fixed, refresh, state
from monitor.setting_up.steps import Step
from monitor.words import LANGUAGES
from web.console.accounts.invitation import ask_for_code
from web.console.setting_up.sentences import ABOUT
from web.shared.common import now, say
from web.shared.guard import open_to_all
from web.shared.parts import parts

pages = Blueprint("start", __name__)
LONGEST_CODE = 64


@pages.get("/start/<code>")
@open_to_all
def begin(code: str) -> Response | tuple[str, int]:
    """Looking uses nothing up: programs that preview links look as well."""
    try:
        with parts().database.read() as transaction:
            opened = invitations.look(transaction, code[:LONGEST_CODE], now=now())
    except InvitationRefused as problem:
        return ask_for_code(say(problem.words), problem.status)
    if opened.kind is not InvitationKind.FIRST:
        return redirect(url_for("invitation.opened", code=code), 303)
    return render_template(
        "console/setting_up/start.html", code=code, until=opened.expires_at, about=ABOUT[Step.LANGUAGE], languages=LANGUAGES
    ), 200


@pages.post("/start/<code>")
@open_to_all
def choose(code: str) -> Response | tuple[str, int]:
    """Whoever has the code says in which language the installation begins."""
    language = request.form.get("language", "")
    try:
        with parts().database.write() as transaction:
            invitations.look(transaction, code[:LONGEST_CODE], now=now())
            if checked("language", language) and "language" not in fixed(parts().settings):
                state(transaction, {"language": language}, by=None, now=now())
    except InvitationRefused as problem:
        return ask_for_code(say(problem.words), problem.status)
    if language:
        refresh(parts().database)
        session["language"] = language
    return redirect(url_for("invitation.opened", code=code), 303)
