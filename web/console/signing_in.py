"""Signing in and out, and the language of the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from monitor.accounts import accounts, sessions
from monitor.accounts.access import Permission
from monitor.accounts.accounts import SignInRefused
from monitor.accounts.sessions import Must, standing_of
from monitor.database.database import Database
from monitor.trail.actions import Action
from monitor.words import LANGUAGES
from web.shared.common import now, say
from web.shared.devices import device_name
from web.shared.guard import guarded, open_to_all
from web.shared.parts import parts

# Per address; an account by itself locks after five wrong passwords. Right ones do not count: a ward may share one address.
MOST_TRIES = "10 per minute; 100 per hour"
# What counts as a wrong try: a password, code or PIN that was refused, an invitation that does not exist.
WRONG = frozenset({401, 410})


def inside(target: str | None) -> str | None:
    """A path of this console, or None: a link must not lead elsewhere after signing in."""
    if not target or not target.startswith("/") or "\\" in target or any(ord(letter) < 32 for letter in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or target.startswith("//") else target


def device() -> str:
    """What the browser calls itself, to be recognised in a list of sessions."""
    return device_name(request.user_agent.string)


def sign_in_page(problem: str | None, username: str, target: str | None) -> str:
    """The form."""
    return render_template(
        "console/sign_in.html",
        problem=problem,
        username=username,
        target=target,
        site=parts().site,
        factors=bool(parts().needing),
    )


def enter(token: str, target: str | None) -> Response:
    """Keep a new session's token in a fresh cookie, and lead on: to the second factor where it awaits one.

    A cookie from before signing in must not become the one after it; only the language read goes along.
    """
    with parts().database.read() as transaction:
        is_open = standing_of(transaction, token, now=now()) is not None
    language = session.get("language")
    session.clear()
    if language:
        session["language"] = language
    session["token" if is_open else "awaiting"] = token
    if not is_open:
        return redirect(url_for("second_step.second", next=target), 303)
    return redirect(target or url_for("overview.overview"), 303)


def session_pages(database: Database, limiter: Limiter) -> Blueprint:
    """Sign-in, sign-out, language."""
    pages = Blueprint("session", __name__)

    @pages.get("/sign-in")
    @open_to_all
    def sign_in() -> str | Response:
        if g.reader:
            return redirect(url_for("overview.overview"), 303)
        return sign_in_page(None, "", inside(request.args.get("next")))

    @pages.post("/sign-in")
    @open_to_all
    @limiter.limit(MOST_TRIES, deduct_when=lambda response: response.status_code in WRONG)
    def try_sign_in() -> tuple[str, int] | Response:
        username, shared = request.form.get("username", "")[:64], request.form.get("shared") == "yes"
        with database.write() as transaction:
            password = request.form.get("password", "")[:1000]
            token = accounts.sign_in(transaction, username, password, now=now(), shared=shared, device=device())
        target = inside(request.form.get("next"))
        if isinstance(token, SignInRefused):
            return sign_in_page(say(token.words), username, target), token.status
        return enter(token, target)

    @pages.post("/sign-out")
    @guarded(Permission.MANAGE_OWN_SESSION, audit=Action.SIGNED_OUT, before=frozenset(Must))
    def sign_out() -> Response:
        with database.write() as transaction:
            sessions.sign_out(transaction, session["token"], now=now())
        session.clear()
        return redirect(url_for("session.sign_in"), 303)

    @pages.post("/language")
    @open_to_all
    def choose_language() -> Response:
        language = request.form.get("language", "")
        if language in LANGUAGES:
            session["language"] = language
            if g.reader:
                with database.write() as transaction:
                    accounts.choose_language(transaction, g.reader.account_id, language)
        return redirect(inside(request.form.get("next")) or url_for("overview.overview"), 303)

    return pages
