"""The page of a phone that several people answer with: whose answer is still awaited, and where each of them answers."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask_limiter import Limiter

from monitor.database import Database
from monitor.words import LANGUAGES
from rollcall.checkin import AWAITED, CLOSED
from rollcall.links import make_link
from rollcall.sharing import open_shared
from web.residents.answering import forged_limit
from web.residents.outcome import OUTCOMES


def household_pages(database: Database, secret: bytes, limiter: Limiter) -> Blueprint:
    """One page; it changes nothing."""
    pages = Blueprint("household", __name__)
    limited = forged_limit(limiter)

    @pages.get("/h/<shared>")
    @limited
    def show(shared: str) -> str:
        with database.read() as session:
            members = open_shared(session, secret, shared)
        wanted = request.args.get("lang")
        if wanted not in LANGUAGES:
            g.language = members[0].language
        query = f"?lang={wanted}" if wanted in LANGUAGES else ""
        return render_template(
            "residents/household.html",
            members=[(each, make_link(secret, "", each.check_in_id, each.nonce) + query) for each in members],
            awaited=AWAITED,
            closed=CLOSED,
            outcomes=OUTCOMES,
        )

    return pages
