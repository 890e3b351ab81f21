"""Answers that a supervisor decides on: what is shown of them wherever they wait, and the decisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Row, Select, select
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.challenge import challenge_of
from monitor.database.together import Reading, asked, at_once, first, known
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.rollcalls.answers import Answer, Verification
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, in_review
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import N_, Words, words
from rollcall.checkins.checkin import BY_PERSON, CLOSED
from rollcall.followup.reviews import change_final, decide
from web.console.records.looking import asks_reason_asked
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.labels import MOVES
from web.shared.parts import parts

Judged = Row[CheckIn, Answer, Verification]
"""A roll-call, its answer and how that was judged; None for what is not there."""
_JUDGED = (
    select(CheckIn, Answer, Verification)
    .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
    .outerjoin(Verification, Verification.answer_id == Answer.id)
)
MADE_IN_TIME = N_("It arrived after the deadline, but as far as we can tell it was written in time.")
MADE_LATE = N_("It arrived after the deadline.")
SHOWN = timedelta(days=3)
"""How long an answer that came late, and a result that may be set right, are offered."""


@dataclass(frozen=True)
class Answers:
    """What of a resident's answers a supervisor may decide on.

    doubtful: answers that wait, oldest first, with how they were judged (None where there is none); late: those of the last days that
    came after their window was closed and have not set their roll-call right; closed: the other roll-calls of the last days that ended
    badly. Both newest first. enrolled: the reference photo, where the reader may see it; ask_why: only after a reason was given.
    """

    doubtful: list[Judged]
    late: list[Judged]
    closed: list[CheckIn]
    enrolled: Media | None
    ask_why: bool

    @staticmethod
    def may_become(check_in: CheckIn) -> frozenset[CheckInState]:
        """What a supervisor may make of a result, with a reason."""
        return BY_PERSON.get(check_in.state, frozenset())

    @staticmethod
    def when_made(answer: Answer) -> Words:
        """Whether an answer that came after its time was written in time."""
        return words(MADE_IN_TIME if answer.in_window else MADE_LATE)

    @staticmethod
    def moves(check_in: CheckIn) -> list[str]:
        """The head movements that were asked for with a check-in."""
        return [_(MOVES[move]) for move in challenge_of(check_in.nonce)]


def newest_photo(resident_id: int, kind: MediaKind) -> Reading[Media | None]:
    """The newest photo of a kind."""
    query = select(Media).where(Media.resident_id == resident_id, Media.kind == kind)
    return (yield from first(query.order_by(Media.taken_at.desc(), Media.id.desc())))


def answers_of(reader: Reader, resident: Resident) -> Reading[Answers]:
    """What of a resident's answers is to be decided, or may be."""
    photos = reader.may(Permission.SEE_PHOTO, resident.zone_id)
    sets_right = reader.may(Permission.REVIEW_CHECK_IN, resident.zone_id)
    doubtful, late, closed, enrolled, ask_why = yield from at_once(
        asked(_JUDGED.where(CheckIn.resident_id == resident.id, in_review()).order_by(CheckIn.opened_at)),
        asked(_late(resident.id)),
        asked(_closed(resident.id)) if sets_right else known([]),
        newest_photo(resident.id, MediaKind.ENROLMENT) if photos else known(None),
        asks_reason_asked(resident.id) if photos else known(False),
    )
    with_late_answer = {check_in.id for check_in, _answer, _judged in late}
    return Answers(
        doubtful=doubtful,
        late=late,
        # Those with a late answer have their form beside it.
        closed=[each for each in closed if each.id not in with_late_answer],
        enrolled=enrolled,
        ask_why=ask_why,
    )


def disputed(check_in_id: int) -> Reading[Judged | None]:
    """One roll-call with its newest answer and how that was judged, for whoever decides on what the resident says of it."""
    return (yield from first(_JUDGED.where(CheckIn.id == check_in_id).order_by(Answer.id.desc())))


def _late(resident_id: int) -> Select[CheckIn, Answer, Verification]:
    late = (Answer.resident_id == resident_id, Answer.late, CheckIn.state.in_(CLOSED), Answer.received_at > now() - SHOWN)
    return _JUDGED.where(*late).order_by(Answer.id.desc())


def _closed(resident_id: int) -> Select[CheckIn]:
    wrong = (CheckIn.resident_id == resident_id, CheckIn.opened_at > now() - SHOWN, CheckIn.state.in_(list(BY_PERSON)))
    return select(CheckIn).where(*wrong).order_by(CheckIn.opened_at.desc())


def _back(check_in: CheckIn) -> Response:
    """To the page on which it was decided."""
    flash(_("Your decision was saved."))
    incident_id = request.form.get("incident", type=int)
    if incident_id is not None:
        return redirect(url_for("incidents.incident_page", incident_id=incident_id), 303)
    return redirect(url_for("residents.resident_page", resident_id=check_in.resident_id), 303)


pages = Blueprint("answers", __name__)


@pages.post("/check-ins/<int:check_in_id>/review")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.CHECK_IN_REVIEWED)
def review(check_in_id: int) -> Response:
    decision = request.form.get("decision")
    if decision not in ("accept", "reject"):
        raise BadInput(N_("Choose whether to accept or to reject the answer."), field="decision")
    reader = the_reader()
    with parts().database.write() as session:
        check_in = session.get(CheckIn, check_in_id)
        require_zone(reader, check_in.zone_id if check_in else None)
        assert check_in is not None
        decide(session, check_in_id, reader, decision == "accept", request.form.get("reason", ""), now())
    return _back(check_in)


@pages.post("/check-ins/<int:check_in_id>/set-right")
@guarded(Permission.REVIEW_CHECK_IN, audit=Action.CHECK_IN_SET_RIGHT)
def set_right(check_in_id: int) -> Response:
    decision = request.form.get("decision")
    if decision not in ("accept", "excuse"):
        raise BadInput(N_("Choose whether to accept or to excuse the roll-call."), field="decision")
    state = CheckInState.ACCEPTED if decision == "accept" else CheckInState.EXCUSED
    reader = the_reader()
    with parts().database.write() as session:
        check_in = session.get(CheckIn, check_in_id)
        require_zone(reader, check_in.zone_id if check_in else None)
        assert check_in is not None
        change_final(session, check_in_id, reader, state, request.form.get("reason", ""), now())
    return _back(check_in)
