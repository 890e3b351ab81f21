"""What a link opens: the page to answer on, the answer taken, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response as AnyResponse

from monitor.challenge import AFTER_MS, EVERY_MS, MOVE_MS, NEUTRAL_MS
from monitor.database import Database
from monitor.models import CheckIn, Resident
from monitor.pictures import NotAPicture, PictureTooLarge
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.words import LANGUAGES, Words
from rollcall.answers import COLDEST, HELP, HOTTEST, LONGEST_NOTE, SYMPTOMS, AlreadyAnswered, accept
from rollcall.guardians import Answerer, guardian_of
from rollcall.links import LinkForged, make_household_link, read_token
from rollcall.opening import AnswerPage, open_page, time_is_over
from rollcall.sealing import AnswerKey
from rollcall.stamps import make_stamp
from web.common import now, say, wants_json
from web.residents.form import read_answer
from web.residents.outcome import LATE_WORDS, OUTCOMES, outcome_of

# A person who tries again and again is not stopped by this; a program is.
MOST_ANSWERS = "30 per minute"
# Per address, and only links that are not ours count: a whole ward may share one address.
MOST_FORGED = "60 per minute"


def forged_limit(limiter: Limiter) -> Any:
    """The decorator of every route under a link."""
    return limiter.shared_limit(MOST_FORGED, scope="forged-links", deduct_when=lambda response: response.status_code == 404)


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


def address_of(endpoint: str, token: str, **numbers: Any) -> str:
    """An address under the link, in the language that was asked for."""
    wanted = request.args.get("lang")
    return url_for(endpoint, token=token, lang=wanted if wanted in LANGUAGES else None, **numbers)


def household_of(secret: bytes, page: AnswerPage) -> str | None:
    """The page of the others who answer with this phone; None for a phone of one's own."""
    if page.shares_with is None:
        return None
    wanted = request.args.get("lang")
    link = make_household_link(secret, "", *page.shares_with)
    return f"{link}?lang={wanted}" if wanted in LANGUAGES else link


def consent_page(token: str, page: AnswerPage, answerer: Answerer) -> str:
    """What it means to answer for somebody, and the two buttons."""
    return render_template(
        "residents/guardian.html",
        page=page,
        answerer=answerer,
        here=address_of("guardian.decide", token),
        back=address_of("answer.show", token),
    )


def answer_pages(
    settings: Settings, database: Database, vault: Vault, secret: bytes, limiter: Limiter, push_key: str
) -> Blueprint:
    """The three routes under a link. A GET changes nothing, however often a preview or a scanner opens it."""
    pages = Blueprint("answer", __name__)
    key = AnswerKey(bytes.fromhex(settings.secret("answer_key").decode()))
    limited = forged_limit(limiter)

    @pages.get("/a/<token>")
    @limited
    def show(token: str) -> AnyResponse:
        with database.read() as session:
            page = open_page(session, secret, token)
            asks = page.open and page.guardian is not None and not page.guardian.agreed
            answerer = guardian_of(session, page.resident_id) if asks else None
        if page.over(now()):
            raise time_is_over()
        if answerer is not None:
            # Nobody answers for somebody else unasked. The phone keeps no copy: there is nothing to answer on it yet.
            return current_app.make_response(consent_page(token, page, answerer))
        response = current_app.make_response(_form(token, page) if page.open else _outcome(token, page))
        # Until then the phone keeps this one page, so that it can be answered without a line; see worker.js.
        kept_until = page.due_at if page.open else None
        response.headers["X-Answer-Until"] = str(int(kept_until.timestamp())) if kept_until else "0"
        return response

    @pages.get("/a/<token>/state")
    @limited
    def state(token: str) -> Response:
        with database.read() as session:
            page = open_page(session, secret, token)
        if page.open and page.closed_at is not None:
            raise time_is_over()
        outcome, reasons = outcome_of(page)
        return jsonify(
            state=page.state,
            title=say(outcome.words),
            words=[say(each) for each in reasons],
            tone=outcome.tone,
            final=outcome.final,
        )

    @pages.post("/a/<token>")
    @limited
    @limiter.limit(MOST_ANSWERS, key_func=lambda: str((request.view_args or {}).get("token")))
    def send(token: str) -> AnyResponse | tuple[AnyResponse | str, int]:
        with database.read() as session:
            page = open_page(session, secret, token)
        try:
            answer = read_answer(key, token)
            limit = settings.upload_megabytes * 2**20
            accepted = accept(database, vault, secret, token, now=now(), max_bytes=limit, **answer)
        except AlreadyAnswered as problem:
            return _already(token, problem)
        except (BadInput, PictureTooLarge, NotAPicture) as problem:
            return _refused(token, page, problem)
        if wants_json():
            said = Words(LATE_WORDS) if accepted.late else OUTCOMES[page.state.ANSWERED].words
            return jsonify(received_at=accepted.received_at.isoformat(), late=accepted.late, said=say(said)), 201
        return redirect(address_of("answer.show", token), 303)

    def _already(token: str, problem: Problem) -> tuple[AnyResponse | str, int]:
        if wants_json():
            return jsonify(problem=say(problem.words)), problem.status
        with database.read() as session:
            page = open_page(session, secret, token)
        return _outcome(token, page, notice=say(problem.words)), problem.status

    def _refused(token: str, page: AnswerPage, problem: Problem) -> tuple[AnyResponse | str, int]:
        """The form again with what is wrong and what was typed; only the picture must be taken again."""
        field = problem.field if isinstance(problem, BadInput) else "photo"
        if wants_json():
            return jsonify(problem=say(problem.words), field=field), problem.status
        return _form(token, page, problem=say(problem.words)), problem.status

    def _form(token: str, page: AnswerPage, *, problem: str = "") -> str:
        return render_template(
            "residents/answer.html",
            page=page,
            here=address_of("answer.show", token),
            history=address_of("history.show", token),
            guardian=address_of("guardian.show", token),
            own_data=address_of("own_data.show", token),
            problem=problem,
            symptoms=SYMPTOMS,
            help=HELP,
            longest_note=LONGEST_NOTE,
            coldest=f"{COLDEST:.0f}",
            hottest=f"{HOTTEST:.0f}",
            given=request.form,
            # What was typed before it was refused has the time of the page it was typed on.
            stamp=request.form.get("stamp") or make_stamp(secret, page.check_in_id, page.nonce, now()),
            key=key.public,
            times={"neutral": NEUTRAL_MS, "each": MOVE_MS, "after": AFTER_MS, "every": EVERY_MS},
        )

    def _outcome(token: str, page: AnswerPage, *, notice: str = "") -> str:
        outcome, reasons = outcome_of(page)
        return render_template(
            "residents/outcome.html",
            page=page,
            outcome=outcome,
            reasons=reasons,
            here=address_of("answer.show", token),
            history=address_of("history.show", token),
            own_data=address_of("own_data.show", token),
            others=household_of(secret, page),
            photos=address_of("photos.show", token),
            state_address=address_of("answer.state", token),
            push_address=address_of("notifying.subscribe", token),
            push_key=push_key,
            notice=notice,
        )

    return pages
