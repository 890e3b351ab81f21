"""A resident's own roll-calls and what came of them, with a way to say that something is not right."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask_limiter import Limiter
from werkzeug.wrappers import Response

from monitor.database.database import Database
from monitor.people.symptoms import ANY_DANGER, SYMPTOMS
from monitor.problems import BadInput, Conflict
from rollcall.answers.history import LONGEST_WORD, contest, history
from rollcall.answers.page import AnswerPage, open_own
from rollcall.answers.said import ANY_HELP, HELP
from rollcall.answers.told import reports
from rollcall.verdicts.verdict import in_words
from web.residents.answering import MOST_ANSWERS, address_of, forged_limit
from web.residents.outcome import outcome_for
from web.shared.common import now, say


def history_pages(database: Database, secret: bytes, limiter: Limiter) -> Blueprint:
    """The page and the one thing that can be said on it."""
    pages = Blueprint("history", __name__)
    limited = forged_limit(limiter, secret)

    def _page(token: str, own: AnswerPage, *, problem: str = "", of: int | None = None) -> str:
        with database.read() as session:
            past = history(session, own.resident_id)
            told = reports(session, [each.check_in_id for each in past])
        return render_template(
            "residents/history.html",
            own=own,
            past=[
                (each, outcome_for(each.state, told[each.check_in_id], late=each.late, in_window=each.in_window))
                for each in past
            ],
            in_words=in_words,
            symptoms=SYMPTOMS | ANY_DANGER,
            help=HELP | ANY_HELP,
            longest=LONGEST_WORD,
            here=address_of("answer.show", token),
            own_data=address_of("own_data.show", token),
            tests=address_of("lab_tests.show", token),
            contest_address=lambda check_in_id: address_of("history.say_it", token, check_in_id=check_in_id),
            problem=problem,
            problem_of=of,
            given=request.form,
        )

    @pages.get("/a/<token>/history")
    @limited
    def show(token: str) -> str:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        return _page(token, own)

    @pages.post("/a/<token>/history/<int:check_in_id>")
    @limited
    @limiter.limit(MOST_ANSWERS, key_func=lambda: str((request.view_args or {}).get("token")))
    def say_it(token: str, check_in_id: int) -> Response | tuple[str, int]:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        try:
            with database.write() as session:
                contest(session, own.resident_id, check_in_id, request.form.get("text", ""), now=now())
        except (BadInput, Conflict) as problem:
            return _page(token, own, problem=say(problem.words), of=check_in_id), problem.status
        return redirect(address_of("history.show", token) + f"#roll-call-{check_in_id}", 303)

    return pages
