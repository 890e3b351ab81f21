"""A resident's own data: what is kept, whether faces are matched, what they ask and what came of it, who looked, and a copy.

The link is the only key, and links get about: forwarded, shown on a lock screen, opened by a scanner. So the copy that it hands out holds
no more than the pages of the link show anyway: no picture, no note of staff, of numbers the last three digits. All of it is handed over by
staff, who see whom they have before them; asking for that takes one tap here. Every copy is in the audit trail, which the person reads on
the page beside, so one that somebody else fetched is seen. Nothing is fetched by a GET, which previews of messages make.
"""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from flask_limiter import Limiter
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.legal import RecipientKind
from monitor.models.people.residents import Resident
from monitor.models.people.rights import ConsentKind, RequestKind, RightsRequest
from monitor.people.order_words import IN_WORDS
from monitor.personal_data.consent import NOTICE, NOTICE_VERSION, newest, record
from monitor.personal_data.disclosures import COPY, OWN_REQUEST, HandedOut, hand_out
from monitor.personal_data.periods import rules
from monitor.problems import BadInput, Conflict
from monitor.settings import Settings
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.trail.who_looked import VIEWS, who_looked
from monitor.vault.vault import Vault
from monitor.words import N_
from rollcall.answers.page import AnswerPage, open_own
from rollcall.faces.face_consent import agree_to_faces, refuse_faces
from rollcall.orders.exemptions import permitted
from rollcall.orders.history import history
from rollcall.orders.writing import orders_of
from rollcall.rights.data_requests import ASKED, BY_FORM, LONGEST, OUTCOMES, Asked, take_request
from rollcall.verdicts.without_face import WAY_WORDS, other_way
from web.residents.answering import MOST_ANSWERS, address_of, forged_limit
from web.shared.common import language, now, say
from web.shared.export_pages import copy_of, zip_parts

MOST_COPIES = "3 per hour; 6 per day"
BACK = {"answer": "answer.show", "photos": "photos.show"}
"""Pages that ask whether faces may be compared, and go on when that was said."""


def own_data_pages(settings: Settings, database: Database, vault: Vault, secret: bytes, limiter: Limiter) -> Blueprint:
    """Two pages and four things that can be done on them."""
    pages = Blueprint("own_data", __name__)
    limited = forged_limit(limiter, secret)
    holidays = settings.holidays

    def by_token() -> str:
        return str((request.view_args or {}).get("token"))

    often = limiter.shared_limit(MOST_ANSWERS, scope="own-data", key_func=by_token)

    def _page(token: str, own: AnswerPage, problem: str = "") -> str:
        with database.read() as session:
            asked = session.scalars(
                select(RightsRequest).where(RightsRequest.resident_id == own.resident_id).order_by(RightsRequest.id.desc())
            ).all()
            said = newest(session, own.resident_id)
            orders = orders_of(session, own.resident_id)
            changes = read(session, history(own.resident_id, own.timezone))
            away = permitted(session, own.resident_id, now())
        way = other_way(own.evidence, own.evidence_by_text, place_asked=own.circle is not None)
        return render_template(
            "residents/own_data.html",
            own=own,
            asked=asked,
            said=said,
            orders=orders,
            changes=changes,
            away=away,
            order_states=IN_WORDS,
            ConsentKind=ConsentKind,
            notice=NOTICE,
            version=NOTICE_VERSION,
            ways=[WAY_WORDS[each] for each in way.ways],
            rules=rules(settings),
            kinds=[(kind.value, ASKED[kind]) for kind in BY_FORM],
            kind_words=ASKED,
            outcomes=OUTCOMES,
            longest=LONGEST,
            complaints=settings.complaints,
            given=request.form,
            problem=problem,
            back=address_of("answer.show", token),
            history=address_of("history.show", token),
            tests=address_of("lab_tests.show", token),
            photos=address_of("photos.show", token),
            looked=address_of("own_data.looked", token),
            ask_address=address_of("own_data.ask", token),
            faces_address=address_of("own_data.faces", token),
            notice_address=address_of("own_data.notice", token),
            copy_address=address_of("own_data.fetch_copy", token),
        )

    @pages.get("/<own:token>/data")
    @pages.get("/a/<token>/data")
    @limited
    def show(token: str) -> str:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        return _page(token, own)

    @pages.get("/a/<token>/data/looked")
    @limited
    def looked(token: str) -> str:
        with database.read() as session:
            own = open_own(session, secret, token, now())
            views = who_looked(session, own.resident_id)
        return render_template(
            "residents/looked.html", own=own, views=views, said=VIEWS, back=address_of("own_data.show", token)
        )

    @pages.post("/a/<token>/data/request")
    @limited
    @often
    def ask(token: str) -> AnyResponse | tuple[str, int]:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        form = request.form
        try:
            kind = next((each for each in BY_FORM if each.value == form.get("kind")), None)
            if kind is None:
                raise BadInput(N_("Please choose what you would like."), field="kind")
            asked = Asked(RequestKind(kind), form.get("text", ""), form.get("asked_by", ""))
            with database.write() as session:
                take_request(session, own.resident_id, asked, holidays, now())
        except (BadInput, Conflict) as problem:
            return _page(token, own, say(problem.words)), problem.status
        return redirect(address_of("own_data.show", token) + "#asked", 303)

    @pages.post("/a/<token>/data/faces")
    @limited
    @often
    def faces(token: str) -> AnyResponse | tuple[str, int]:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        agrees = request.form.get("agrees")
        # Whoever answers for somebody speaks for them here too.
        given_by = request.form.get("given_by", "") or (own.guardian.full_name if own.guardian else "")
        try:
            if agrees == "yes":
                agree_to_faces(database, own.resident_id, language=language(), given_by=given_by, now=now())
            elif agrees == "no":
                refuse_faces(database, vault, own.resident_id, language=language(), given_by=given_by, now=now())
            else:
                raise BadInput(N_("Please choose one of the two."), field="agrees")
        except BadInput as problem:
            return _page(token, own, say(problem.words)), problem.status
        back = BACK.get(request.form.get("back", ""))
        return redirect(address_of(back, token) if back else address_of("own_data.show", token) + "#faces", 303)

    @pages.post("/a/<token>/data/notice")
    @limited
    @often
    def notice(token: str) -> AnyResponse:
        with database.write() as session:
            own = open_own(session, secret, token, now())
            resident = session.get_one(Resident, own.resident_id)
            record(session, resident, ConsentKind.NOTICE, given=True, language=language(), account_id=None, now=now())
            audit.note(
                session, Action.NOTICE_GIVEN, at=now(), account_id=None, zone_id=resident.zone_id, resident_id=resident.id
            )
        return redirect(address_of("own_data.show", token) + "#notice", 303)

    @pages.post("/a/<token>/data/copy")
    @limited
    @limiter.limit(MOST_COPIES, key_func=by_token)
    def fetch_copy(token: str) -> Response:
        with database.write() as session:
            own = open_own(session, secret, token, now())
            audit.note(
                session, Action.EXPORT_FETCHED, at=now(), account_id=None, zone_id=own.zone_id, resident_id=own.resident_id
            )
            handed = HandedOut(RecipientKind.PERSON, COPY, own.zone_id, None, legal_basis=OWN_REQUEST)
            hand_out(session, handed, [own.resident_id], now())
        copy = copy_of(database, own.resident_id, now(), settings.speaker, by_link=True)
        answer = Response(zip_parts(database, vault, copy), content_type="application/zip")
        answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
        return answer

    return pages
