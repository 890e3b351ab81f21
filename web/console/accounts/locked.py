"""A shared tablet that locked itself: opened by the PIN of whoever is signed in on it."""

from __future__ import annotations

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from monitor.accounts.sessions import Must, SessionEnded, Standing, unlock
from web.console.signing_in import inside, sign_in_page
from web.shared.common import now, say
from web.shared.guard import open_to_all
from web.shared.parts import parts

pages = Blueprint("locked", __name__)


def _page(standing: Standing, problem: str | None, target: str | None) -> str:
    return render_template("console/accounts/locked.html", username=standing.reader.username, problem=problem, target=target)


@pages.get("/locked")
@open_to_all
def locked() -> str | Response:
    target = inside(request.args.get("next"))
    if g.standing is None or g.standing.must is not Must.UNLOCK:
        return redirect(target or url_for("overview.overview"), 303)
    return _page(g.standing, None, target)


@pages.post("/locked")
@open_to_all
def try_pin() -> Response | tuple[str, int]:
    target = inside(request.form.get("next"))
    if g.standing is None or g.standing.must is not Must.UNLOCK:
        return redirect(target or url_for("overview.overview"), 303)
    with parts().database.write() as transaction:
        refused = unlock(transaction, session["token"], request.form.get("pin", "")[:64], now=now())
    if refused is None:
        return redirect(target or url_for("overview.overview"), 303)
    if isinstance(refused, SessionEnded):
        session.clear()
        return sign_in_page(say(refused.words), g.standing.reader.username, target), refused.status
    return _page(g.standing, say(refused.words), target), refused.status
