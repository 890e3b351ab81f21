"""What a link opens: the page to answer on, the answer taken, and what came of it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, url_for
from flask_limiter import Limiter
from werkzeug.wrappers import Response as AnyResponse

from monitor.challenge import AFTER_MS, EVERY_MS, MOVE_MS, NEUTRAL_MS
from monitor.database.database import Database
from monitor.incidents.risks import risks_of
from monitor.incidents.triage import Risk
from monitor.incidents.triage_table import in_force
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn
from monitor.people.oxygen import HIGHEST, LOWEST
from monitor.people.symptoms import SYMPTOMS
from monitor.people.temperature import COLDEST, HOTTEST
from monitor.pictures.pictures import NotAPicture, PictureTooLarge
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import LANGUAGES
from rollcall.answers.admission import AlreadyAnswered
from rollcall.answers.answers import AnswerOutcome, take_on_page
from rollcall.answers.page import AnswerPage, open_page, time_is_over
from rollcall.answers.said import HELP, LONGEST_NOTE
from rollcall.answers.sealing import AnswerKey
from rollcall.answers.stamps import make_stamp
from rollcall.people.guardians import Answerer, guardian_of
from rollcall.people.links import make_token, open_token
from rollcall.rounds.welfare import ill_lately
from rollcall.verdicts.without_face import WAY_WORDS, other_way
from web.residents.form import read_answer
from web.residents.outcome import DANGER, outcome_of, receipt
from web.shared.common import now, say, wants_json

# A person who tries again and again is not stopped by this; a program is.
MOST_ANSWERS = "30 per minute"
# Per address, and only links that are not ours count: a whole ward may share one address.
MOST_FORGED = "60 per minute"


def forged_limit(limiter: Limiter, secret: bytes) -> Any:
    """The decorator of every route under a link. A link of ours is never stopped, however many others guess from the same address."""

    def ours() -> bool:
        given = request.view_args or {}
        return open_token(secret, str(given.get("token") or given.get("shared"))) is not None

    return limiter.shared_limit(
        MOST_FORGED, scope="forged-links", exempt_when=ours, deduct_when=lambda response: response.status_code == 404
    )


def language_of_link(database: Database, secret: bytes, token: str) -> str | None:
    """The language of the resident whom a link was made for; None when it is not ours."""
    content = open_token(secret, token)
    if content is None:
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
    token = make_token(secret, *page.shares_with, shared=True)
    return url_for("household.show", shared=token, lang=wanted if wanted in LANGUAGES else None)


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
    limited = forged_limit(limiter, secret)

    @pages.get("/<own:token>")
    @pages.get("/a/<token>")
    @limited
    def show(token: str) -> AnyResponse:
        with database.read() as session:
            page = open_page(session, secret, token, now())
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

    @pages.get("/<own:token>/state")
    @pages.get("/a/<token>/state")
    @limited
    def state(token: str) -> Response:
        with database.read() as session:
            page = open_page(session, secret, token, now())
        if page.open and page.closed_at is not None:
            raise time_is_over()
        outcome, reasons = outcome_of(database, page, now())
        return jsonify(
            state=page.state,
            title=say(outcome.words),
            words=[say(each) for each in reasons],
            tone=outcome.tone,
            final=outcome.final,
        )

    @pages.post("/<own:token>")
    @pages.post("/a/<token>")
    @limited
    @limiter.limit(MOST_ANSWERS, key_func=lambda: str((request.view_args or {}).get("token")))
    def send(token: str) -> AnyResponse | tuple[AnyResponse | str, int]:
        at = now()
        with database.read() as session:
            page = open_page(session, secret, token, at)
        try:
            said = read_answer(key, secret, token, page, at)
            outcome = take_on_page(database, vault, page, said, now=at, max_bytes=settings.upload_megabytes * 2**20)
        except AlreadyAnswered as problem:
            return _already(token, problem)
        except (BadInput, PictureTooLarge, NotAPicture) as problem:
            return _refused(token, page, problem)
        if wants_json():
            late = outcome is AnswerOutcome.LATE
            thanks = receipt(database, page, at, late=late)
            return jsonify(received_at=at.isoformat(), late=late, said=say(thanks)), 201
        return redirect(address_of("answer.show", token), 303)

    def _already(token: str, problem: Problem) -> tuple[AnyResponse | str, int]:
        if wants_json():
            return jsonify(problem=say(problem.words)), problem.status
        with database.read() as session:
            page = open_page(session, secret, token, now())
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
            faces_address=address_of("own_data.faces", token),
            ways=_ways(page),
            problem=problem,
            symptoms=SYMPTOMS,
            help=HELP,
            longest_note=LONGEST_NOTE,
            coldest=f"{COLDEST:g}",
            hottest=f"{HOTTEST:g}",
            oxygen=(LOWEST, HIGHEST) if _measures_oxygen(page) else None,
            given=request.form,
            # What was typed before it was refused has the time of the page it was typed on.
            stamp=request.form.get("stamp") or make_stamp(secret, page.check_in_id, page.nonce, now()),
            key=key.public,
            times={"neutral": NEUTRAL_MS, "each": MOVE_MS, "after": AFTER_MS, "every": EVERY_MS},
        )

    def _ways(page: AnswerPage) -> list[str]:
        """How to answer without a photo, for whoever is asked whether theirs may be compared."""
        way = other_way(page.evidence, page.evidence_by_text, place_asked=page.circle is not None)
        return [WAY_WORDS[each] for each in way.ways]

    def _measures_oxygen(page: AnswerPage) -> bool:
        """Whether it is worth asking: of who is at risk, and of who is ill already."""
        at = now()
        with database.read() as session:
            risks = risks_of(session, [page.resident_id], at, in_force(session, at)).get(page.resident_id, frozenset())
            return bool(risks - {Risk.ALONE} or ill_lately(session, [page.resident_id], at))

    def _outcome(token: str, page: AnswerPage, *, notice: str = "") -> str:
        outcome, reasons = outcome_of(database, page, now())
        return render_template(
            "residents/outcome.html",
            page=page,
            outcome=outcome,
            danger=outcome.text == DANGER,
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
