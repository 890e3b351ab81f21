"""Signing in and out, and the language of the pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from monitor import accounts
from monitor.access import Permission
from monitor.accounts import SignInRefused
from monitor.database import Database
from monitor.words import LANGUAGES
from web.common import now, say
from web.guard import guarded, open_to_all

# Per address; an account by itself locks after five wrong passwords. Right ones do not count: a ward may share one address.
MOST_TRIES = "10 per minute; 100 per hour"


def inside(target: str | None) -> str | None:
    """A path of this console, or None: a link must not lead elsewhere after signing in."""
    if not target or not target.startswith("/") or "\\" in target or any(ord(letter) < 32 for letter in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc or target.startswith("//") else target


def session_pages(database: Database, limiter: Limiter) -> Blueprint:
    """Sign-in, sign-out, language."""
    pages = Blueprint("session", __name__)

    @pages.get("/sign-in")
    @open_to_all
    def sign_in() -> str | Response:
        if g.reader:
            return redirect(url_for("overview.overview"), 303)
        return render_template("console/sign_in.html", problem=None, username="", target=inside(request.args.get("next")))

    @pages.post("/sign-in")
    @open_to_all
    @limiter.limit(MOST_TRIES, deduct_when=lambda response: response.status_code == SignInRefused.status)
    def try_sign_in() -> tuple[str, int] | Response:
        username = request.form.get("username", "")[:64]
        with database.write() as transaction:
            token = accounts.sign_in(transaction, username, request.form.get("password", "")[:1000], now=now())
        target = inside(request.form.get("next"))
        if isinstance(token, SignInRefused):
            page = render_template("console/sign_in.html", problem=say(token.words), username=username, target=target)
            return page, token.status
        # A cookie from before signing in must not become the one after it; only the language read goes along.
        language = session.get("language")
        session.clear()
        if language:
            session["language"] = language
        session["token"] = token
        return redirect(target or url_for("overview.overview"), 303)

    @pages.post("/sign-out")
    @guarded(Permission.MANAGE_OWN_SESSION, audit="signed-out")
    def sign_out() -> Response:
        with database.write() as transaction:
            accounts.sign_out(transaction, session["token"], now=now())
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
