"""The page on which somebody agrees to answer for another person, or does not; once agreed, it says how to end that."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_limiter import Limiter
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from monitor.database.database import Database
from monitor.problems import BadInput, Conflict
from monitor.words import N_
from rollcall.answers.page import open_own
from rollcall.people.guardians import agree, decline, guardian_of
from web.residents.answering import MOST_ANSWERS, address_of, consent_page, forged_limit
from web.shared.common import now


def guardian_pages(database: Database, secret: bytes, limiter: Limiter) -> Blueprint:
    """GET shows it, POST takes `agree`: yes or no."""
    pages = Blueprint("guardian", __name__)
    limited = forged_limit(limiter, secret)

    @pages.get("/a/<token>/guardian")
    @limited
    def show(token: str) -> str | Response:
        with database.read() as session:
            own = open_own(session, secret, token, now())
            answerer = guardian_of(session, own.resident_id)
        return consent_page(token, own, answerer) if answerer else redirect(address_of("answer.show", token), 303)

    @pages.post("/a/<token>/guardian")
    @limited
    @limiter.limit(MOST_ANSWERS, key_func=lambda: str((request.view_args or {}).get("token")))
    def decide(token: str) -> str | Response:
        answer = request.form.get("agree")
        if answer not in ("yes", "no"):
            raise BadInput(N_("Please choose whether you will answer for this person."), field="agree")
        with database.write() as session:
            own = open_own(session, secret, token, now())
            answerer = guardian_of(session, own.resident_id)
            # The page may have been opened by whoever answered before.
            if answerer is None or str(answerer.guardian_id) != request.form.get("guardian"):
                raise Conflict(N_("Someone else answers for this person now. Please open the link in your newest message."))
            take = agree if answer == "yes" else decline
            take(session, answerer, own.zone_id, own.resident_id, now())
        if answer == "yes":
            return redirect(address_of("answer.show", token), 303)
        return render_template("residents/guardian_declined.html", page=own)

    return pages
