"""What the code on a letter opens: that the letter is genuine and whether it holds, and nothing about the person.

Whoever finds a letter, or photographs one, learns nothing that is not printed on it. A code that is not ours, one that was read in half,
one whose letter was deleted, and one guess too many all get the same page.
"""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template
from flask_limiter import Limiter, RateLimitExceeded

from monitor.database.database import Database
from monitor.letters.letters import Holds, genuine

# Per address, and only codes that are not ours count.
MOST_WRONG = "30 per minute"


def letter_pages(database: Database, limiter: Limiter) -> Blueprint:
    """One page."""
    pages = Blueprint("letters", __name__)

    def unknown() -> Response:
        return make_response(render_template("residents/letter_unknown.html"), 404)

    @pages.errorhandler(RateLimitExceeded)
    def beyond(_error: RateLimitExceeded) -> Response:
        # Nobody learns from the answer that there is a limit.
        return unknown()

    @pages.get("/l/<code>")
    @limiter.limit(MOST_WRONG, deduct_when=lambda response: response.status_code == 404)
    def show(code: str) -> Response:
        with database.read() as session:
            letter = genuine(session, code)
        if letter is None:
            return unknown()
        return make_response(render_template("residents/letter.html", letter=letter, Holds=Holds))

    return pages
