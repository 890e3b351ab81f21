"""A ward's roll-call by staff with a tablet: who was seen, how they are, and who was not there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor import audit
from monitor.access import Reader
from monitor.clock import local_clock
from monitor.database import Database
from monitor.incidents import end_causes, open_incident
from monitor.models import (
    Answer,
    CheckIn,
    CheckInState,
    EvidenceLevel,
    IncidentKind,
    MediaKind,
    Resident,
    RollCall,
    RollCallState,
    Room,
)
from monitor.pictures import normalise_upload
from monitor.problems import Conflict, NotFound
from monitor.resident_media import add_resident_media
from monitor.vault import Vault, resident_owner
from monitor.words import N_, words
from rollcall.answers import ask_staff, check_answer, is_unwell
from rollcall.checkin import AWAITED, Step, asked_after, misplaced
from rollcall.opening import AnswerPage, LinkExpired, page_of
from rollcall.steps import take_step

_PURPOSE = "bracelet"


@dataclass(frozen=True)
class InWard:
    """One person of a round that is open."""

    check_in: CheckIn
    resident: Resident
    room: Room | None

    @property
    def awaited(self) -> bool:
        """Whether nobody has heard of them in this round."""
        return self.check_in.state in AWAITED


def in_ward(session: Session, zone_id: int, person: int | None = None) -> list[InWard]:
    """Everybody whom the zone's open rounds ask: who is still awaited first, then by room. person: only this one."""
    query = (
        select(CheckIn, Resident, Room)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(RollCall.zone_id == zone_id, RollCall.state == RollCallState.OPEN, CheckIn.state != CheckInState.EXCUSED)
        .order_by(~CheckIn.state.in_(AWAITED), Room.name, Resident.full_name, CheckIn.id)
    )
    if person is not None:
        query = query.where(Resident.id == person)
    return [InWard(*row) for row in session.execute(query)]


def note_seen(
    database: Database,
    vault: Vault,
    reader: Reader,
    check_in_id: int,
    *,
    unwell: bool,
    symptoms: Sequence[str],
    help_wanted: Sequence[str],
    note: str,
    temperature: float | None,
    photo: bytes | None,
    now: datetime,
    max_bytes: int,
) -> None:
    """Staff saw somebody: their check-in is verified by that. All of it is on disk when this returns, or nothing.

    Raises NotFound (also for another zone's), Conflict when an answer is there or the round is over, BadInput, PictureTooLarge,
    NotAPicture.
    """
    with database.read() as session:
        page = _page(session, reader, check_in_id)
    check_answer(symptoms, help_wanted, note, temperature)
    if page.refuses_faces:
        # They were seen; a picture of the face would only be one to be compared.
        photo = None
    name = vault.put(resident_owner(page.resident_id), normalise_upload(photo, max_bytes=max_bytes)) if photo else None
    try:
        with database.write() as session:
            page = _page(session, reader, check_in_id)
            seen = words(N_("Health staff saw you at %(at)s."), at=local_clock(now, page.timezone, now))
            account = reader.account_id
            if not take_step(
                session, check_in_id, Step(CheckInState.ANSWERED, (seen,)), now=now, frm=AWAITED, account_id=account
            ):
                raise Conflict(N_("This roll-call has an answer already, or it is over. Look at it again."))
            media = None
            if name is not None:
                media = add_resident_media(session, page.zone_id, page.resident_id, MediaKind.SELFIE, name, now)
            answer = Answer(
                check_in_id=check_in_id,
                resident_id=page.resident_id,
                zone_id=page.zone_id,
                received_at=now,
                taken_at=now,
                media_id=media.id if media else None,
                unwell=is_unwell(unwell, symptoms, temperature),
                symptoms=list(symptoms),
                help_wanted=list(help_wanted),
                note=note.strip(),
                temperature=temperature,
                entered_by=account,
            )
            session.add(answer)
            step = Step(CheckInState.VERIFIED, (seen,), EvidenceLevel.SEEN_BY_STAFF)
            take_step(session, check_in_id, step, now=now, account_id=account)
            end_causes(session, [misplaced(page.resident_id), *asked_after(page.resident_id), _absent(page)], now=now)
            if answer.unwell or answer.help_wanted:
                ask_staff(session, page, answer, now)
            _note(session, reader, page, "resident-seen", now)
    except BaseException:
        if name is not None:
            vault.remove(name)
        raise


def note_absent(database: Database, reader: Reader, check_in_id: int, now: datetime) -> None:
    """Staff did not find somebody: a question for people, at once. The roll-call goes on; an answer may still come."""
    with database.write() as session:
        page = _page(session, reader, check_in_id)
        if page.state not in AWAITED:
            raise Conflict(N_("This roll-call has an answer already, or it is over. Look at it again."))
        open_incident(
            session,
            IncidentKind.ROOM_EMPTY,
            _absent(page),
            zone_id=page.zone_id,
            resident_id=page.resident_id,
            check_in_id=check_in_id,
            reason=words(
                N_(
                    "%(name)s was not there when staff came for the roll-call at %(at)s. Please look for them and ask how they are."
                ),
                name=page.full_name,
                at=local_clock(now, page.timezone, now),
            ),
            now=now,
        )
        _note(session, reader, page, "resident-not-there", now)


def _absent(page: AnswerPage) -> str:
    return f"not-there-resident-{page.resident_id}"


def _page(session: Session, reader: Reader, check_in_id: int) -> AnswerPage:
    there_is_none = NotFound(N_("There is no such page."))
    try:
        page = page_of(session, check_in_id)
    except LinkExpired:
        raise there_is_none from None
    if not reader.among({page.zone_id}):
        raise there_is_none
    return page


def _note(session: Session, reader: Reader, page: AnswerPage, action: str, now: datetime) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=reader.account_id,
        zone_id=page.zone_id,
        resident_id=page.resident_id,
        check_in_id=page.check_in_id,
    )


def bracelet(secret: bytes, resident_id: int) -> str:
    """What a bracelet's code says: whose it is, signed. It opens nothing without signing in."""
    return str(URLSafeSerializer(secret, salt=_PURPOSE).dumps(resident_id))


def read_bracelet(secret: bytes, code: str) -> int:
    """Whose bracelet it is. Raises NotFound for a code that is not ours."""
    try:
        return int(URLSafeSerializer(secret, salt=_PURPOSE).loads(code))
    except (BadData, ValueError, TypeError):
        raise NotFound(N_("This code is not from a bracelet of this service. Choose the person from the list.")) from None
