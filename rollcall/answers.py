"""An answer, taken whole or not at all: in time it moves its check-in, late it is kept for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.changes import announce
from monitor.clock import local_clock
from monitor.database import Database
from monitor.incidents import end_causes, open_incident
from monitor.models import (
    Answer,
    CheckIn,
    CheckInState,
    EvidenceLevel,
    Incident,
    IncidentKind,
    IncidentState,
    MediaKind,
    Resident,
    Verification,
)
from monitor.pictures import normalise_upload
from monitor.problems import BadInput, Conflict
from monitor.resident_media import add_resident_media
from monitor.vault import Vault, resident_owner
from monitor.words import N_, Words, words
from rollcall.bursts import CONTENT_TYPE, normalise_burst
from rollcall.checkin import AWAITED, CLOSED, Step, asked_after, misplaced
from rollcall.jobs import VERIFY_ANSWERS, defer
from rollcall.opening import AnswerPage, open_page
from rollcall.other_way import FACES
from rollcall.places import REPEATS, Earlier, Place, PlaceFinding, implausible, judge_place
from rollcall.stamps import judged_at, made_in_window, read_stamp
from rollcall.steps import take_step
from rollcall.verdict import judge_without_face

SYMPTOMS = {
    "fever": N_("Fever"),
    "cough": N_("Cough"),
    "breathless": N_("Short of breath"),
    "sore_throat": N_("Sore throat"),
    "no_taste": N_("No taste or smell"),
    "other": N_("Something else"),
}
HELP = {"food": N_("Food or water"), "medicine": N_("Medicine"), "talk": N_("Somebody to talk to")}
# What a text or a key asks for without saying more.
ANY_HELP = {"help": N_("Help")}
LONGEST_NOTE = 1000
COLDEST, HOTTEST = 34.0, 43.0  # degrees Celsius that a person can have and a thermometer shows
FEVER = 38.0


class AlreadyAnswered(Conflict):
    """The check-in has its answer."""


@dataclass(frozen=True)
class Accepted:
    """An answer that is on disk. late: it came after the window was closed."""

    check_in_id: int
    received_at: datetime
    late: bool = False


def accept(
    database: Database,
    vault: Vault,
    secret: bytes,
    token: str,
    *,
    photo: bytes | None,
    unwell: bool,
    symptoms: Sequence[str],
    help_wanted: Sequence[str],
    note: str,
    now: datetime,
    max_bytes: int,
    stamp: str = "",
    age: float | None = None,
    temperature: float | None = None,
    place: Place | None = None,
    place_withheld: str = "",
    burst: bytes | None = None,
) -> Accepted:
    """Take an answer. When this returns, all of it is on disk; when it raises, nothing of it is.

    stamp, age: what the page carried, and the seconds since the answer was made; see `rollcall/stamps.py`. place_withheld: why there
    is no place, a key of WITHHELD. burst: frames of head movements, see `rollcall/bursts.py`; kept only where they are asked for.
    One that comes after its window was closed is kept as late: the check-in stays as it is, and a person looks at it. While nobody has
    closed the window yet, the deadline may be some seconds past: that the clock's tick comes late is not the resident's fault.
    Raises what `open_page` raises, AlreadyAnswered, BadInput (with the form's field), PictureTooLarge, NotAPicture.
    """
    name = frames = None
    page: AnswerPage | None = None
    unwanted: list[str] = []
    if photo is not None:
        with database.read() as session:
            page = open_page(session, secret, token)
        if page.refuses_faces:
            # A page that was opened before they refused sends one all the same.
            photo = page = None
    if photo is not None and page is not None:
        _check(page, True, symptoms, help_wanted, note, temperature)
        owner = resident_owner(page.resident_id)
        moved = normalise_burst(burst) if burst and page.moves else None
        name = vault.put(owner, normalise_upload(photo, max_bytes=max_bytes))
        frames = vault.put(owner, moved) if moved else None
    try:
        with database.write() as session:
            if page is None or page.state not in AWAITED:
                page = open_page(session, secret, token)
                _check(page, photo is not None, symptoms, help_wanted, note, temperature)
            step = Step(CheckInState.ANSWERED, (words(N_("Your answer has arrived and is being looked at.")),))
            if page.state in AWAITED and not take_step(session, page.check_in_id, step, now=now):
                # Answered or closed in this instant: the one is told so, the other is late now.
                page = open_page(session, secret, token)
                _check(page, photo is not None, symptoms, help_wanted, note, temperature)
            late = page.state in CLOSED
            if late:
                # Of two late ones only the first is kept: the second waits here, and then sees it.
                session.execute(select(CheckIn.id).where(CheckIn.id == page.check_in_id).with_for_update())
                page = open_page(session, secret, token)
                _check(page, photo is not None, symptoms, help_wanted, note, temperature)
            if name is not None and not page.refuses_faces and _refuses_faces(session, page.resident_id):
                page = open_page(session, secret, token)
            if page.refuses_faces and name is not None:
                # They refused in this instant.
                unwanted, name, frames = [name, *([frames] if frames else [])], None, None
            taken_at = judged_at(read_stamp(secret, stamp, page.check_in_id, page.nonce), age, now)
            media = movements = None
            if name is not None:
                media = add_resident_media(session, page.zone_id, page.resident_id, MediaKind.SELFIE, name, taken_at)
            if frames is not None:
                movements = add_resident_media(session, page.zone_id, page.resident_id, MediaKind.BURST, frames, taken_at)
                movements.content_type = CONTENT_TYPE
            found = _judge_place(session, page, place, place_withheld, taken_at)
            answer = Answer(
                check_in_id=page.check_in_id,
                resident_id=page.resident_id,
                zone_id=page.zone_id,
                received_at=now,
                taken_at=taken_at,
                late=late,
                in_window=page.closed_at is None or made_in_window(taken_at, now, page.closed_at),
                media_id=media.id if media else None,
                burst_id=movements.id if movements else None,
                unwell=is_unwell(unwell, symptoms, temperature),
                symptoms=list(symptoms),
                help_wanted=list(help_wanted),
                note=note.strip(),
                temperature=temperature,
                fix=[place.latitude, place.longitude, place.accuracy_metres] if place and found else None,
                place=found.verdict if found else None,
                place_reasons=[each.dump() for each in found.reasons] if found else [],
                place_doubtful=bool(found and found.doubtful),
                guardian_id=page.guardian.guardian_id if page.guardian else None,
            )
            session.add(answer)
            session.flush()
            if late:
                keep_late(session, page, answer, now)
            else:
                _judge_or_queue(session, page, answer, found, now)
            if answer.unwell or answer.help_wanted:
                ask_staff(session, page, answer, now)
    except BaseException:
        for written in (name, frames, *unwanted):
            if written is not None:
                vault.remove(written)
        raise
    for written in unwanted:
        vault.remove(written)
    return Accepted(page.check_in_id, now, late)


def is_unwell(said: bool, symptoms: Sequence[str], temperature: float | None) -> bool:
    """Whether an answer tells of illness, in whatever way: by saying so, by a symptom, by a fever."""
    return said or bool(symptoms) or (temperature is not None and temperature >= FEVER)


def _refuses_faces(session: Session, resident_id: int) -> bool:
    """As it is in this transaction: the page was read before their picture was made small."""
    return bool(session.scalar(select(Resident.refuses_faces).where(Resident.id == resident_id)))


def _judge_place(
    session: Session, page: AnswerPage, place: Place | None, withheld: str, taken_at: datetime
) -> PlaceFinding | None:
    """None where the plan does not ask: then nothing of a place is kept either."""
    if page.circle is None:
        return None
    found = judge_place(place, page.circle, withheld=withheld)
    if place is None:
        return found
    rows = session.execute(
        select(Answer.fix, Answer.taken_at)
        .where(Answer.resident_id == page.resident_id, Answer.fix.is_not(None))
        .order_by(Answer.id.desc())
        .limit(REPEATS)
    )
    earlier = [Earlier(Place(*row.fix), row.taken_at) for row in rows]
    doubts = implausible(place, taken_at, earlier)
    return PlaceFinding(found.verdict, (*found.reasons, *doubts), found.doubtful or bool(doubts))


def _queue(session: Session, page: AnswerPage, answer: Answer, now: datetime) -> None:
    session.add(
        Verification(
            answer_id=answer.id,
            check_in_id=page.check_in_id,
            resident_id=page.resident_id,
            zone_id=page.zone_id,
            next_attempt_at=now,
        )
    )
    defer(session, VERIFY_ANSWERS, 1)


def _judge_or_queue(session: Session, page: AnswerPage, answer: Answer, found: PlaceFinding | None, now: datetime) -> None:
    """A face is judged by a worker; an answer that needs none is good as it is, unless its place is in doubt."""
    if page.needs_photo:
        _queue(session, page, answer, now)
        return
    if found is not None and found.doubtful:
        take_step(session, page.check_in_id, Step(CheckInState.IN_REVIEW, found.reasons), now=now)
        open_incident(
            session,
            IncidentKind.PLACE_DOUBTFUL,
            misplaced(page.resident_id),
            zone_id=page.zone_id,
            resident_id=page.resident_id,
            check_in_id=page.check_in_id,
            reason=words(N_("%(name)s: %(why)s"), name=page.full_name, why=found.reasons[0].dump()),
            now=now,
        )
        return
    if page.refuses_faces and page.evidence in FACES:
        verdict = judge_without_face(found.verdict if found else None, ())
        step = Step(verdict.state, verdict.reasons, verdict.evidence)
    else:
        enough = words(N_("Your answer was enough; no picture was asked for."))
        step = Step(CheckInState.VERIFIED, (enough,), EvidenceLevel.ACKNOWLEDGED)
    take_step(session, page.check_in_id, step, now=now)
    end_causes(session, [misplaced(page.resident_id), *asked_after(page.resident_id)], now=now)


def keep_late(session: Session, page: AnswerPage, answer: Answer, now: datetime) -> None:
    """The state stays: only a person leaves it. Whoever asks after the resident sees that they were heard of."""
    if answer.in_window and answer.media_id is not None and page.needs_photo:
        # The comparison helps whoever looks at it; its verdict finds no state that it may change.
        _queue(session, page, answer, now)
    announce(session, page.zone_id, "roll-call", now)
    causes = asked_after(page.resident_id)
    asked = select(Incident.id).where(Incident.cause.in_(causes), Incident.state != IncidentState.RESOLVED)
    if session.scalar(asked.limit(1)) is not None:
        end_causes(session, causes, now=now)
        return
    # Staff have resolved their question meanwhile. The page promises that a person will look at it.
    open_incident(
        session,
        IncidentKind(page.state.value),
        f"late-answer-{page.check_in_id}",
        zone_id=page.zone_id,
        resident_id=page.resident_id,
        check_in_id=page.check_in_id,
        reason=words(
            N_("%(name)s answered the roll-call of %(at)s after its time. Please look at the answer."),
            name=page.full_name,
            at=local_clock(page.opened_at, page.timezone, now),
        ),
        now=now,
    )


def ask_staff(session: Session, page: AnswerPage, answer: Answer, now: datetime) -> None:
    """Put what an answer says of illness or wishes to staff, as an incident in the caller's write transaction."""
    said = [Words(SYMPTOMS[each]) for each in answer.symptoms]
    if answer.temperature is not None and answer.temperature >= FEVER:
        said.append(words(N_("Temperature %(degrees)s °C"), degrees=f"{answer.temperature:.1f}"))
    said += [Words((HELP | ANY_HELP)[each]) for each in answer.help_wanted]
    listed = {f"part{number}": each.dump() for number, each in enumerate(said)}
    template = ", ".join(f"%({name})s" for name in listed) or "—"
    open_incident(
        session,
        IncidentKind.UNWELL,
        f"unwell-resident-{page.resident_id}",
        zone_id=page.zone_id,
        resident_id=page.resident_id,
        check_in_id=page.check_in_id,
        reason=words(
            N_("%(name)s feels unwell or asks for help: %(what)s."),
            name=page.full_name,
            what=Words(template, listed).dump(),
        ),
        now=now,
    )


def _check(
    page: AnswerPage,
    has_photo: bool,
    symptoms: Sequence[str],
    help_wanted: Sequence[str],
    note: str,
    temperature: float | None,
) -> None:
    if not page.open:
        raise AlreadyAnswered(N_("This roll-call has your answer already. Thank you."))
    check_answer(symptoms, help_wanted, note, temperature)
    if page.needs_photo and not has_photo:
        raise BadInput(N_("The picture is missing. Please take a selfie and send it again."), field="photo")


def check_answer(symptoms: Sequence[str], help_wanted: Sequence[str], note: str, temperature: float | None) -> None:
    """Raise BadInput, with the form's field, for what the form does not offer or nobody can have."""
    _check_codes(symptoms, SYMPTOMS, "symptoms")
    _check_codes(help_wanted, HELP, "help")
    if len(note) > LONGEST_NOTE:
        raise BadInput(N_("Please write at most %(length)s characters."), field="note", length=LONGEST_NOTE)
    if temperature is not None and not COLDEST <= temperature <= HOTTEST:
        raise BadInput(
            N_("A temperature is from %(low)s to %(high)s °C, for example 37.2. Leave it empty if you did not measure it."),
            field="temperature",
            low=f"{COLDEST:.0f}",
            high=f"{HOTTEST:.0f}",
        )


def _check_codes(given: Sequence[str], known: dict[str, str], field: str) -> None:
    for each in given:
        if each not in known:
            raise BadInput(N_("The form sent something that it does not offer. Please load the page again."), field=field)
