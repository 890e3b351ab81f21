"""An answer, by whatever way it comes, taken whole or not at all: made in time it moves its check-in, later it is kept for a person."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.residents import MediaKind
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.people.face_agreement import agreeing_among
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault
from monitor.words import N_, words
from rollcall.answers.admission import AlreadyAnswered, admit
from rollcall.answers.bursts import CONTENT_TYPE
from rollcall.answers.care import ask_for_care, channel_of
from rollcall.answers.comparison import queue_comparison
from rollcall.answers.concluding import take_verdict
from rollcall.answers.judgement import arrival, judge_answer
from rollcall.answers.late import heard_of, keep_late
from rollcall.answers.page import AnswerPage, RoundClosed, page_of
from rollcall.answers.place_finding import find_place
from rollcall.answers.places import PlaceFinding
from rollcall.answers.said import Said, check_said
from rollcall.answers.source import OwnPage, Source
from rollcall.answers.stamps import made_in_window
from rollcall.answers.stored_pictures import StoredPictures, stored_pictures
from rollcall.checkins.checkin import AWAITED, CLOSED
from rollcall.checkins.steps import take_step
from rollcall.verdicts.verdict import Verdict

_NOT_KEPT = N_(
    "The photo of an answer of %(name)s could not be saved: the key to their photos is damaged, or the disk takes nothing. The answer was"
    " kept without it. Please ask whoever runs the service to look at the disk, and to put the key back from a backup."
)


class AnswerOutcome(StrEnum):
    """What came of an answer. COMPARED: a worker compares its picture; ALREADY, NOT_ASKED: it was not taken."""

    VERIFIED = "verified"
    IN_REVIEW = "in_review"
    COMPARED = "compared"
    LATE = "late"
    ALREADY = "already"
    NOT_ASKED = "not_asked"


def take_on_page(
    database: Database, vault: Vault, page: AnswerPage, said: Said, *, now: datetime, max_bytes: int
) -> AnswerOutcome:
    """Take an answer of the resident's own page. When this returns, all of it is on disk; when it raises, nothing of it is, but
    staff know of illness and wishes also where there was an answer already.

    page: as the link opened it. max_bytes: of the picture. Raises RoundClosed, AlreadyAnswered, BadInput (with the form's field),
    PictureTooLarge, NotAPicture.
    """
    source = OwnPage()
    check_said(said, source.longest_note)
    try:
        with (
            stored_pictures(vault, page, said, source, now=now, max_bytes=max_bytes) as pictures,
            database.write() as session,
        ):
            return take(session, page, said, source, now=now, pictures=pictures)
    except (AlreadyAnswered, RoundClosed):
        # The answer is not taken, but nobody who is ill goes unheard for that.
        with database.write() as session:
            ask_for_care(session, page, said, now)
        raise


def take(
    session: Session,
    page: AnswerPage,
    said: Said,
    source: Source,
    *,
    now: datetime,
    pictures: StoredPictures | None = None,
) -> AnswerOutcome:
    """Take an answer in the caller's write transaction.

    page: as it was read, in this transaction or before. pictures: of `stored_pictures`, which stands around the transaction.

    1. What is said of illness and wishes reaches staff; that stands also where the answer itself is not taken and the caller goes on.
    2. The answer becomes its check-in's only one. Raises RoundClosed, AlreadyAnswered, BadInput (with the form's field).
    3. All of it is written down.
    4. Made in time it is judged, or a worker is asked to compare its picture, also where it came late: its phone had no line. Made too
       late it moves nothing, and a person looks at it.
    """
    check_said(said, source.longest_note)
    ask_for_care(session, page, said, now, channel_of(source))
    page = _become_the_answer(session, page, said, source, now)
    if pictures is not None and pictures.selfie is not None and not agreeing_among(session, [page.resident_id]):
        # They refused in this instant: the page was read before their picture was made small.
        pictures.refused = True
        page = page_of(session, page.check_in_id, now)
    place = find_place(session, page, said) if isinstance(source, OwnPage) else None
    answer = _write_down(session, page, said, source, pictures, place, now)
    if pictures is not None and pictures.lost:
        tell_of_lost_picture(session, page, now)
    if answer.late and not answer.in_window:
        keep_late(session, page, now)
        return AnswerOutcome.LATE
    lost = pictures is not None and pictures.lost
    verdict = judge_answer(page, source, place, now, lost=lost)
    if verdict is None:
        queue_comparison(session, answer, now)
        if answer.late:
            heard_of(session, page, now)
        return AnswerOutcome.COMPARED
    _conclude(session, page, source, verdict, now)
    return AnswerOutcome.VERIFIED if verdict.state == CheckInState.VERIFIED else AnswerOutcome.IN_REVIEW


def _become_the_answer(session: Session, page: AnswerPage, said: Said, source: Source, now: datetime) -> AnswerPage:
    """The page as it is when this answer, and no other, is the check-in's."""
    admit(page, said, source, now)
    if page.state in AWAITED:
        step = arrival(page, source, now)
        if take_step(session, page.check_in_id, step, now=now, account_id=source.account_id):
            return page
        # Answered or closed in this instant: the one is told so, the other is late now.
        page = page_of(session, page.check_in_id, now)
        admit(page, said, source, now)
    # Of two late ones only the first is kept: the second waits here, and then sees it.
    session.execute(select(CheckIn.id).where(CheckIn.id == page.check_in_id).with_for_update())
    page = page_of(session, page.check_in_id, now)
    admit(page, said, source, now)
    return page


def tell_of_lost_picture(session: Session, page: AnswerPage, now: datetime) -> None:
    """Name to staff whose picture could not be kept, and that it is our fault; one that waits is not told anew."""
    open_incident(
        session,
        IncidentKind.DATA_UNREADABLE,
        causes.unreadable("resident.key", page.resident_id),
        zone_id=page.zone_id,
        resident_id=page.resident_id,
        reason=words(_NOT_KEPT, name=page.full_name),
        now=now,
    )


def _write_down(
    session: Session,
    page: AnswerPage,
    said: Said,
    source: Source,
    pictures: StoredPictures | None,
    place: PlaceFinding | None,
    now: datetime,
) -> Answer:
    selfie = frames = None
    if pictures is not None and pictures.selfie is not None and not pictures.refused:
        whose = (session, page.zone_id, page.resident_id)
        selfie = add_resident_media(*whose, MediaKind.SELFIE, pictures.selfie, said.made_at)
        if pictures.frames is not None:
            frames = add_resident_media(*whose, MediaKind.BURST, pictures.frames, said.made_at)
            frames.content_type = CONTENT_TYPE
    fix = said.place if place else None
    answer = Answer(
        check_in_id=page.check_in_id,
        resident_id=page.resident_id,
        zone_id=page.zone_id,
        channel=source.channel,
        received_at=now,
        taken_at=said.made_at,
        late=page.state in CLOSED,
        in_window=page.closed_at is None or made_in_window(said.made_at, now, page.closed_at),
        media_id=selfie.id if selfie else None,
        burst_id=frames.id if frames else None,
        unwell=said.ill,
        symptoms=list(said.symptoms),
        help_wanted=list(said.help),
        note=said.note.strip(),
        temperature=said.temperature,
        spo2=said.spo2,
        fix=[fix.latitude, fix.longitude, fix.accuracy_metres] if fix else None,
        place=place.verdict if place else None,
        place_reasons=[each.dump() for each in place.reasons] if place else [],
        place_doubtful=bool(place and place.doubtful),
        entered_by=source.account_id,
        guardian_id=page.guardian.guardian_id if page.guardian and source.account_id is None else None,
    )
    session.add(answer)
    session.flush()
    return answer


def _conclude(session: Session, page: AnswerPage, source: Source, verdict: Verdict, now: datetime) -> None:
    """Let a verdict move the check-in, and ask staff or end what they were asked."""
    take_verdict(session, page.check_in_id, verdict, now=now, account_id=source.account_id)
    resident = page.resident_id
    if verdict.state == CheckInState.VERIFIED:
        end_causes(session, [causes.place_doubtful(resident), *causes.asked_after(resident)], now=now)
        return
    if verdict.about != "place":
        # Who wrote is somebody who was heard of.
        end_causes(session, causes.asked_after(resident), now=now)
    if verdict.about == "words":
        # Whoever took the text asks staff to read it, and shows it to them.
        return
    of_place = verdict.about == "place"
    open_incident(
        session,
        IncidentKind.PLACE_DOUBTFUL if of_place else IncidentKind.FACE_DOUBTFUL,
        causes.place_doubtful(resident) if of_place else causes.face_doubtful(resident),
        zone_id=page.zone_id,
        resident_id=resident,
        check_in_id=page.check_in_id,
        reason=words(N_("%(name)s: %(why)s"), name=page.full_name, why=verdict.reasons[0].dump()),
        now=now,
    )
