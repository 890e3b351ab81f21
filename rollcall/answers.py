"""A resident's page and answer: what the link opens, and an answer taken whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database import Database
from monitor.incidents import end_causes, open_incident
from monitor.models import (
    Answer,
    CheckIn,
    CheckInState,
    EvidenceLevel,
    IncidentKind,
    Media,
    MediaKind,
    Plan,
    Resident,
    RollCall,
    Verification,
    Zone,
)
from monitor.pictures import normalise_upload
from monitor.problems import BadInput, Conflict, Problem
from monitor.vault import Vault, resident_owner
from monitor.words import N_, Words, words
from rollcall.checkin import AWAITED, Step, asked_after
from rollcall.jobs import VERIFY_ANSWERS, defer
from rollcall.links import LinkForged, read_token
from rollcall.steps import take_step

SYMPTOMS = {
    "fever": N_("Fever"),
    "cough": N_("Cough"),
    "breathless": N_("Short of breath"),
    "sore_throat": N_("Sore throat"),
    "no_taste": N_("No taste or smell"),
    "other": N_("Something else"),
}
HELP = {"food": N_("Food or water"), "medicine": N_("Medicine"), "talk": N_("Somebody to talk to")}
LONGEST_NOTE = 1000
_WITH_FACE = (EvidenceLevel.FACE, EvidenceLevel.FACE_AND_LIVENESS)


class LinkExpired(Problem):
    """The link is of an order, a person or a round that is no longer there."""

    status = 410


class RoundClosed(Problem):
    """The time to answer is over, or no answer is needed any more."""

    status = 410


class AlreadyAnswered(Conflict):
    """The check-in has its answer."""


@dataclass(frozen=True)
class AnswerPage:
    """What a resident's page shows. due_at: None once nothing is awaited."""

    check_in_id: int
    resident_id: int
    zone_id: int
    full_name: str
    language: str
    due_at: datetime | None
    timezone: str
    state: CheckInState
    reasons: list[Words]
    needs_photo: bool


@dataclass(frozen=True)
class Accepted:
    """An answer that is on disk."""

    check_in_id: int
    received_at: datetime


_PAGE = (
    select(
        CheckIn.id,
        CheckIn.resident_id,
        CheckIn.zone_id,
        CheckIn.nonce,
        CheckIn.state,
        CheckIn.due_at,
        CheckIn.reasons,
        Resident.full_name,
        Resident.language,
        Zone.timezone,
        Plan.evidence,
    )
    .join(Resident, Resident.id == CheckIn.resident_id)
    .join(Zone, Zone.id == CheckIn.zone_id)
    .join(RollCall, RollCall.id == CheckIn.roll_call_id)
    .join(Plan, Plan.id == RollCall.plan_id)
)


def open_page(session: Session, secret: bytes, token: str, now: datetime) -> AnswerPage:
    """What the link opens; never consumes it. Raises LinkForged, LinkExpired, RoundClosed.

    One that was answered opens too, and shows what came of it.
    """
    content = read_token(secret, token)
    row = session.execute(_PAGE.where(CheckIn.id == content.check_in_id)).first()
    if row is None:
        raise LinkExpired(N_("This link is from an earlier roll-call that is no longer kept."))
    if row.nonce != content.nonce:
        raise LinkForged(N_("This link is not complete or not ours. Please open it again from the message, or call 1022."))
    if row.state == CheckInState.EXCUSED:
        raise RoundClosed(N_("No answer is needed for this roll-call. If you need anything, call 1022."))
    late = row.state in AWAITED and row.due_at is not None and row.due_at <= now
    if late or row.state in (CheckInState.MISSED, CheckInState.UNREACHED):
        raise RoundClosed(
            N_("The time to answer this roll-call is over. Nothing happens by itself: a person will call you. Hotline: 1022.")
        )
    return AnswerPage(
        check_in_id=row.id,
        resident_id=row.resident_id,
        zone_id=row.zone_id,
        full_name=row.full_name,
        language=row.language,
        due_at=row.due_at,
        timezone=row.timezone,
        state=row.state,
        reasons=[Words.load(each) for each in row.reasons],
        needs_photo=row.evidence in _WITH_FACE,
    )


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
) -> Accepted:
    """Take an answer. When this returns, all of it is on disk; when it raises, nothing of it is.

    Raises what `open_page` raises, AlreadyAnswered, BadInput (with the form's field), PictureTooLarge, NotAPicture.
    """
    name = None
    if photo is not None:
        with database.read() as session:
            page = open_page(session, secret, token, now)
        _check(page, True, symptoms, help_wanted, note)
        name = vault.put(resident_owner(page.resident_id), normalise_upload(photo, max_bytes=max_bytes))
    try:
        with database.write() as session:
            page = open_page(session, secret, token, now)
            _check(page, photo is not None, symptoms, help_wanted, note)
            step = Step(CheckInState.ANSWERED, (words(N_("Your answer has arrived and is being looked at.")),))
            if not take_step(session, page.check_in_id, step, now=now):
                # Answered or closed in this instant. Only one of them is thanked for: a closed one raises RoundClosed here.
                open_page(session, secret, token, now)
                raise AlreadyAnswered(N_("This roll-call has your answer already. Thank you."))
            media = None
            if name is not None:
                media = Media(
                    zone_id=page.zone_id,
                    resident_id=page.resident_id,
                    kind=MediaKind.SELFIE,
                    name=name,
                    owner=resident_owner(page.resident_id),
                    taken_at=now,
                )
                session.add(media)
                session.flush()
            answer = Answer(
                check_in_id=page.check_in_id,
                resident_id=page.resident_id,
                zone_id=page.zone_id,
                received_at=now,
                media_id=media.id if media else None,
                unwell=unwell or bool(symptoms),
                symptoms=list(symptoms),
                help_wanted=list(help_wanted),
                note=note.strip(),
            )
            session.add(answer)
            session.flush()
            _judge_or_queue(session, page, answer, now)
            if answer.unwell or answer.help_wanted:
                _ask_staff(session, page, answer, now)
    except BaseException:
        if name is not None:
            vault.remove(name)
        raise
    return Accepted(page.check_in_id, now)


def _judge_or_queue(session: Session, page: AnswerPage, answer: Answer, now: datetime) -> None:
    """A face is judged by a worker; an answer that needs none is good as it is."""
    if page.needs_photo:
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
        return
    step = Step(
        CheckInState.VERIFIED, (words(N_("Your answer was enough; no picture was asked for.")),), EvidenceLevel.ACKNOWLEDGED
    )
    take_step(session, page.check_in_id, step, now=now)
    end_causes(session, asked_after(page.resident_id), now=now)


def _ask_staff(session: Session, page: AnswerPage, answer: Answer, now: datetime) -> None:
    said = [*(SYMPTOMS[each] for each in answer.symptoms), *(HELP[each] for each in answer.help_wanted)]
    listed = {f"part{number}": Words(template).dump() for number, template in enumerate(said)}
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


def _check(page: AnswerPage, has_photo: bool, symptoms: Sequence[str], help_wanted: Sequence[str], note: str) -> None:
    if page.state not in AWAITED:
        raise AlreadyAnswered(N_("This roll-call has your answer already. Thank you."))
    _check_codes(symptoms, SYMPTOMS, "symptoms")
    _check_codes(help_wanted, HELP, "help")
    if len(note) > LONGEST_NOTE:
        raise BadInput(N_("Please write at most %(length)s characters."), field="note", length=LONGEST_NOTE)
    if page.needs_photo and not has_photo:
        raise BadInput(N_("The picture is missing. Please take a selfie and send it again."), field="photo")


def _check_codes(given: Sequence[str], known: dict[str, str], field: str) -> None:
    for each in given:
        if each not in known:
            raise BadInput(N_("The form sent something that it does not offer. Please load the page again."), field=field)
