"""A ward's roll-call by staff with a tablet: who was seen, how they are, and who was not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import func, or_, select, tuple_
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.clock import local_clock
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall, RollCallState
from monitor.people.orders import quarantined
from monitor.problems import Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import N_, words
from rollcall.answers.admission import AlreadyAnswered
from rollcall.answers.answers import take
from rollcall.answers.page import AnswerPage, LinkExpired, RoundClosed, page_of
from rollcall.answers.said import Said
from rollcall.answers.source import Staff
from rollcall.answers.stored_pictures import stored_pictures
from rollcall.checkins.checkin import AWAITED

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


@dataclass(frozen=True)
class Round:
    """What of a ward's round is to be listed. person: only this one, whatever else is asked. floor: "" for all; done: whom nobody awaits any
    more, instead of whom somebody does; after: behind this check-in; most: so many."""

    person: int | None = None
    floor: str = ""
    done: bool = False
    after: int = 0
    most: int | None = None


def in_ward(session: Session, zone_id: int, now: datetime, wanted: Round) -> list[InWard]:
    """Whom the zone's open rounds ask, by floor and room.

    Whom no order holds any more is awaited by nobody, also while the round is open.
    """
    floor, room = func.coalesce(Room.floor, ""), func.coalesce(Room.name, "")
    place = tuple_(func.length(floor), floor, func.length(room), room, Resident.sort_key, CheckIn.id)
    query = (
        select(CheckIn, Resident, Room)
        .join(RollCall, RollCall.id == CheckIn.roll_call_id)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .where(RollCall.zone_id == zone_id, RollCall.state == RollCallState.OPEN, CheckIn.state != CheckInState.EXCUSED)
        .order_by(*place.clauses)
        .limit(wanted.most)
    )
    if wanted.person is not None:
        awaited = or_(CheckIn.state.not_in(AWAITED), quarantined(now))
        return [InWard(*row) for row in session.execute(query.where(awaited, Resident.id == wanted.person))]
    query = query.where(CheckIn.state.not_in(AWAITED) if wanted.done else CheckIn.state.in_(AWAITED) & quarantined(now))
    if wanted.floor:
        query = query.where(floor == wanted.floor)
    if wanted.after:
        behind = session.execute(
            select(*place.clauses)
            .select_from(CheckIn)
            .join(Resident, Resident.id == CheckIn.resident_id)
            .outerjoin(Room, Room.id == Resident.room_id)
            .where(CheckIn.id == wanted.after)
        ).one_or_none()
        query = query if behind is None else query.where(place > tuple_(*behind))
    return [InWard(*row) for row in session.execute(query)]


def note_seen(
    database: Database, vault: Vault, reader: Reader, check_in_id: int, said: Said, *, now: datetime, max_bytes: int
) -> None:
    """Staff saw somebody: their check-in is verified by that. All of it is on disk when this returns, or nothing.

    Raises NotFound (also for another zone's), Conflict when an answer is there or the round is over, BadInput, PictureTooLarge,
    NotAPicture.
    """
    source = Staff(reader.account_id)
    with database.read() as session:
        page = _page(session, reader, check_in_id, now)
    try:
        with (
            stored_pictures(vault, page, said, source, now=now, max_bytes=max_bytes) as pictures,
            database.write() as session,
        ):
            page = _page(session, reader, check_in_id, now)
            take(session, page, said, source, now=now, pictures=pictures)
            end_causes(session, [causes.not_there(page.resident_id)], now=now)
            _note(session, reader, page, Action.RESIDENT_SEEN, now)
    except (AlreadyAnswered, RoundClosed):
        raise _over() from None


def note_absent(database: Database, reader: Reader, check_in_id: int, now: datetime) -> None:
    """Staff did not find somebody: a question for people, at once. The roll-call goes on; an answer may still come."""
    with database.write() as session:
        page = _page(session, reader, check_in_id, now)
        if not page.awaited:
            raise _over()
        open_incident(
            session,
            IncidentKind.ROOM_EMPTY,
            causes.not_there(page.resident_id),
            zone_id=page.zone_id,
            resident_id=page.resident_id,
            check_in_id=check_in_id,
            reason=words(
                N_("Staff did not find %(name)s at the roll-call at %(at)s. Please look for them and ask how they are."),
                name=page.full_name,
                at=local_clock(now, page.timezone, now),
            ),
            now=now,
        )
        _note(session, reader, page, Action.RESIDENT_NOT_THERE, now)


def _over() -> Conflict:
    return Conflict(N_("This roll-call already has an answer, or it is over. Reload the page to see it as it is now."))


def _page(session: Session, reader: Reader, check_in_id: int, now: datetime) -> AnswerPage:
    there_is_none = NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    try:
        page = page_of(session, check_in_id, now)
    except LinkExpired:
        raise there_is_none from None
    if not reader.among({page.zone_id}):
        raise there_is_none
    return page


def _note(session: Session, reader: Reader, page: AnswerPage, action: Action, now: datetime) -> None:
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
