"""What a link opens: the page to answer on, the answer taken, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response as AnyResponse

from monitor.database import Database
from monitor.models import CheckIn, Resident
from monitor.pictures import NotAPicture, PictureTooLarge
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.words import LANGUAGES, N_
from rollcall.answers import HELP, LONGEST_NOTE, SYMPTOMS, AlreadyAnswered, AnswerPage, accept, open_page
from rollcall.checkin import AWAITED
from rollcall.links import LinkForged, read_token
from web.common import now, say, wants_json
from web.residents.outcome import OUTCOMES

# A person who tries again and again is not stopped by this; a program is.
MOST_ANSWERS = "30 per minute"
# Per address, and only links that are not ours count: a whole ward may share one address.
MOST_FORGED = "60 per minute"


def language_of_link(database: Database, secret: bytes, token: str) -> str | None:
    """The language of the resident whom a link was made for; None when it is not ours."""
    try:
        content = read_token(secret, token)
    except LinkForged:
        return None
    with database.read() as session:
        check_in = session.get(CheckIn, content.check_in_id)
        resident = session.get(Resident, check_in.resident_id) if check_in else None
        return resident.language if resident else None


def answer_pages(settings: Settings, database: Database, vault: Vault, secret: bytes, limiter: Limiter) -> Blueprint:
    """The three routes under a link. A GET changes nothing, however often a preview or a scanner opens it."""
    pages = Blueprint("answer", __name__)
    forged_limit = limiter.shared_limit(
        MOST_FORGED, scope="forged-links", deduct_when=lambda response: response.status_code == 404
    )

    @pages.get("/a/<token>")
    @forged_limit
    def show(token: str) -> str:
        with database.read() as session:
            page = open_page(session, secret, token, now())
        return _form(token, page) if page.state in AWAITED else _outcome(token, page)

    @pages.get("/a/<token>/state")
    @forged_limit
    def state(token: str) -> Response:
        with database.read() as session:
            page = open_page(session, secret, token, now())
        outcome = OUTCOMES[page.state]
        return jsonify(
            state=page.state,
            title=say(outcome.words),
            words=[say(each) for each in page.reasons],
            tone=outcome.tone,
            final=outcome.final,
        )

    @pages.post("/a/<token>")
    @forged_limit
    @limiter.limit(MOST_ANSWERS, key_func=lambda: str((request.view_args or {}).get("token")))
    def send(token: str) -> AnyResponse | tuple[AnyResponse | str, int]:
        with database.read() as session:
            page = open_page(session, secret, token, now())
        try:
            accepted = accept(
                database, vault, secret, token, now=now(), max_bytes=settings.upload_megabytes * 2**20, **_answer()
            )
        except AlreadyAnswered as problem:
            return _already(database, secret, token, problem)
        except (BadInput, PictureTooLarge, NotAPicture) as problem:
            return _refused(token, page, problem)
        if wants_json():
            return jsonify(received_at=accepted.received_at.isoformat()), 201
        return redirect(_address("answer.show", token), 303)

    def _already(database: Database, secret: bytes, token: str, problem: Problem) -> tuple[AnyResponse | str, int]:
        if wants_json():
            return jsonify(problem=say(problem.words)), problem.status
        with database.read() as session:
            page = open_page(session, secret, token, now())
        return _outcome(token, page, notice=say(problem.words)), problem.status

    return pages


def _answer() -> dict[str, Any]:
    """The form as `accept` takes it; raises BadInput when it was not said how the resident is."""
    feels = request.form.get("unwell")
    if feels not in ("yes", "no"):
        # Nobody is written down as well who did not say so.
        raise BadInput(N_("Please say whether you feel well or unwell."), field="unwell")
    file = request.files.get("photo")
    photo = file.read() if file is not None else None
    return {
        # Browsers send an empty, nameless file where none was chosen.
        "photo": photo if photo or (file is not None and file.filename) else None,
        "unwell": feels == "yes",
        "symptoms": request.form.getlist("symptoms"),
        "help_wanted": request.form.getlist("help"),
        "note": request.form.get("note", ""),
    }


def _refused(token: str, page: AnswerPage, problem: Problem) -> tuple[AnyResponse | str, int]:
    """The form again with what is wrong and what was typed; only the picture must be taken again."""
    field = problem.field if isinstance(problem, BadInput) else "photo"
    if wants_json():
        return jsonify(problem=say(problem.words), field=field), problem.status
    return _form(token, page, problem=say(problem.words)), problem.status


def _address(endpoint: str, token: str) -> str:
    """An address under the link, in the language that was asked for."""
    wanted = request.args.get("lang")
    return url_for(endpoint, token=token, lang=wanted if wanted in LANGUAGES else None)


def _form(token: str, page: AnswerPage, *, problem: str = "") -> str:
    return render_template(
        "residents/answer.html",
        page=page,
        here=_address("answer.show", token),
        problem=problem,
        symptoms=SYMPTOMS,
        help=HELP,
        longest_note=LONGEST_NOTE,
        given=request.form,
    )


def _outcome(token: str, page: AnswerPage, *, notice: str = "") -> str:
    return render_template(
        "residents/outcome.html",
        page=page,
        outcome=OUTCOMES[page.state],
        here=_address("answer.show", token),
        state_address=_address("answer.state", token),
        notice=notice,
    )
