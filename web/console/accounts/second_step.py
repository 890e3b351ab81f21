"""The second factor after the password, and signing in with a passkey alone."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts import second_step
from monitor.accounts.accounts import SignInRefused
from monitor.accounts.passkeys import options_to_sign_in
from monitor.accounts.second_step import Awaited
from web.console.accounts.ceremonies import answered, keep, site
from web.console.signing_in import device, enter, inside, sign_in_page
from web.shared.common import now, say
from web.shared.guard import open_to_all
from web.shared.parts import parts

pages = Blueprint("second_step", __name__)


def _awaited() -> Awaited | None:
    token = session.get("awaiting")
    if not token:
        return None
    with parts().database.read() as transaction:
        return second_step.awaited(transaction, token, now=now())


def _page(who: Awaited, problem: str | None, target: str | None) -> str:
    return render_template("console/accounts/second_step.html", who=who, problem=problem, target=target, site=parts().site)


@pages.get("/sign-in/second")
@open_to_all
def second() -> str | AnyResponse:
    who, target = _awaited(), inside(request.args.get("next"))
    return redirect(url_for("session.sign_in", next=target), 303) if who is None else _page(who, None, target)


@pages.post("/sign-in/second")
@open_to_all
def try_second() -> str | AnyResponse | tuple[str, int]:
    """A code of the app, or a recovery code."""
    recovery, typed = request.form.get("with") == "recovery", request.form.get("code", "")[:64]
    target = inside(request.form.get("next"))
    with parts().database.write() as transaction:
        token = second_step.show_code(transaction, session.get("awaiting", ""), typed, recovery=recovery, now=now())
    return _refused(token, target) if isinstance(token, SignInRefused) else enter(token, target)


@pages.post("/sign-in/passkey/options")
@open_to_all
def options() -> Response:
    """For navigator.credentials.get: the passkeys of whoever gave a password, else any of this console."""
    who = _awaited()
    given, challenge = options_to_sign_in(site(), who.passkeys if who else ())
    keep(challenge)
    return Response(given, content_type="application/json")


@pages.post("/sign-in/passkey")
@open_to_all
def passkey() -> str | AnyResponse | tuple[str, int]:
    target, answer, who = inside(request.form.get("next")), answered(), _awaited()
    with parts().database.write() as transaction:
        if who is not None:
            token = second_step.show_passkey(transaction, session["awaiting"], answer, site(), now=now())
        else:
            shared = request.form.get("shared") == "yes"
            token = second_step.sign_in_with_passkey(transaction, answer, site(), now=now(), shared=shared, device=device())
    return _refused(token, target) if isinstance(token, SignInRefused) else enter(token, target)


def _refused(problem: SignInRefused, target: str | None) -> tuple[str, int]:
    """The page to try again on: that of the second factor while one is awaited, else the first."""
    who, said = _awaited(), say(problem.words)
    return (_page(who, said, target) if who else sign_in_page(said, "", target)), problem.status
