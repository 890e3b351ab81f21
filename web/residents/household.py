"""The page of a phone that several people answer with: whose answer is still awaited, and where each of them answers."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request
from flask_limiter import Limiter

from monitor.database.database import Database
from monitor.words import LANGUAGES
from rollcall.answers.shared_phone import open_shared
from rollcall.answers.told import reports
from rollcall.checkins.checkin import AWAITED, CLOSED
from rollcall.people.links import make_token
from web.residents.answering import address_of, forged_limit
from web.residents.outcome import outcome_for
from web.shared.common import now


def household_pages(database: Database, secret: bytes, limiter: Limiter) -> Blueprint:
    """One page; it changes nothing."""
    pages = Blueprint("household", __name__)
    limited = forged_limit(limiter, secret)

    @pages.get("/<shared:shared>")
    @pages.get("/h/<shared>")
    @limited
    def show(shared: str) -> str:
        with database.read() as session:
            members = open_shared(session, secret, shared, now())
            told = reports(session, [each.check_in_id for each in members])
        wanted = request.args.get("lang")
        if wanted not in LANGUAGES:
            g.language = members[0].language
        return render_template(
            "residents/household.html",
            members=[
                (
                    each,
                    address_of("answer.show", make_token(secret, each.check_in_id, each.nonce, each.links_withdrawn_at)),
                    outcome_for(each.state, told[each.check_in_id]),
                )
                for each in members
            ],
            awaited=AWAITED,
            closed=CLOSED,
        )

    return pages
