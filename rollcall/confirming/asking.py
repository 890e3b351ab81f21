"""A code is asked for and typed back, each in the caller's write transaction."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.database.statements import changed
from monitor.database.together import Reading, first, read
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.prompts import PromptState, PromptStop
from monitor.people.telephone_numbers import Line, line_of
from monitor.problems import BadInput, Conflict, Problem
from monitor.words import N_
from rollcall.confirming.codes import LASTS, Judgement, code_of, judge, why_not_again, why_not_to_public
from rollcall.people.text_stops import stopped_among

LONGEST_LANGUAGE = 8
CROWDED = "crowded-"
"""Begins what is no code but a warning of too many people in a place: the same queue, since it is as urgent, and no number waits longer."""


class TooOften(Problem):
    """Enough codes were sent for now."""

    status = 429


def ask_for_code(
    session: Session, resident: Resident, account_id: int, *, texts_set_up: bool, now: datetime
) -> PhoneConfirmation:
    """Queue a text with a code to somebody's own number; an earlier code is good no more.

    texts_set_up: whether this service sends text messages. Raises BadInput, Conflict and TooOften, in words for who asks.
    """
    if not resident.phone:
        raise BadInput(N_("Enter the telephone number first."), field="phone")
    if not texts_set_up:
        raise Conflict(N_("This service sends no text messages; the number stays not confirmed. Let it ring instead."))
    require_texts(session, resident.phone, resident.zone_id)
    # Two who press at once come one after the other.
    session.execute(select(Resident.id).where(Resident.id == resident.id).with_for_update())
    by_account = _within_hour(session, PhoneConfirmation.made_by == account_id, now)
    why_not = why_not_again(_sent_to(session, resident.phone, now), by_account, now)
    if why_not is not None:
        raise TooOften(why_not.template, **why_not.values)
    earlier = update(PhoneConfirmation).where(PhoneConfirmation.resident_id == resident.id, PhoneConfirmation.expires_at > now)
    changed(session, earlier.values(expires_at=now))
    row = _queued(resident.phone, resident.language, now)
    row.resident_id, row.zone_id, row.made_by = resident.id, resident.zone_id, account_id
    session.add(row)
    session.flush()
    return row


def ask_for_public_code(
    session: Session, about: str, phone: str, language: str, *, texts_set_up: bool, now: datetime
) -> PhoneConfirmation:
    """The same for somebody of the public, who asks for it themselves. about: whose number it is, as a key: `declarant-7`, `place-3`.

    phone: as `international` writes it. Raises BadInput, Conflict and TooOften, in words for them.
    """
    if not texts_set_up:
        raise Conflict(N_("No text messages can be sent at the moment. Ask the health station to confirm your number."))
    require_texts(session, phone, None)
    # Whoever asks again and again about the same comes one after the other; those before are good no more.
    earlier = update(PhoneConfirmation).where(PhoneConfirmation.about == about, PhoneConfirmation.expires_at > now)
    changed(session, earlier.values(expires_at=now))
    by_public = _within_hour(session, PhoneConfirmation.made_by.is_(None), now)
    why_not = why_not_to_public(_sent_to(session, phone, now), by_public, now)
    if why_not is not None:
        raise TooOften(why_not.template, **why_not.values)
    row = _queued(phone, language, now)
    row.about = about
    session.add(row)
    session.flush()
    return row


def queue_text(session: Session, about: str, phone: str, language: str, now: datetime) -> None:
    """A text without a code that leaves as soon as one would, in the caller's write transaction. about: what `sending.py` words it of."""
    row = _queued(phone, language, now)
    row.about = about
    session.add(row)
    session.flush()


def newest_public_code(session: Session, about: str, phone: str) -> PhoneConfirmation | None:
    """The last one that was asked for about this, to this number."""
    theirs = (PhoneConfirmation.about == about, PhoneConfirmation.phone == phone)
    return session.scalar(select(PhoneConfirmation).where(*theirs).order_by(PhoneConfirmation.id.desc()).limit(1))


def type_public_code(session: Session, about: str, phone: str, typed: str, secret: bytes, now: datetime) -> Judgement | None:
    """What the typed code is; None: none was asked for. RIGHT is told once: whoever hears it notes that the number is confirmed, in
    the same transaction. A wrong one is counted: the caller's transaction must end well."""
    row = newest_public_code(session, about, phone)
    return None if row is None else _judged(session, row, typed, secret, now)


def require_texts(session: Session, phone: str, zone_id: int | None) -> None:
    """Raise BadInput or Conflict where this number takes no text message now."""
    if line_of(phone) is Line.CALLED_ONLY:
        raise BadInput(N_("This is a fixed line: it can be called, but it takes no text messages."), field="phone")
    if stopped_among(session, {phone}):
        raise Conflict(N_("This number takes no text messages: its owner wrote STOP."))
    here = or_(PromptStop.zone_id.is_(None), PromptStop.zone_id == zone_id)
    if session.scalar(select(PromptStop.id).where(PromptStop.ended_at.is_(None), here).limit(1)) is not None:
        raise Conflict(N_("All messages are stopped at the moment. Confirm the number later."))


def _sent_to(session: Session, phone: str, now: datetime) -> list[datetime]:
    """When codes went to a number within a day."""
    sent = PhoneConfirmation.made_at
    to_it = (PhoneConfirmation.phone == phone, sent > now - timedelta(days=1), _is_code())
    return list(session.scalars(select(sent).where(*to_it)))


def _within_hour(session: Session, whose: ColumnElement[bool], now: datetime) -> int:
    counted = select(func.count()).where(whose, PhoneConfirmation.made_at > now - timedelta(hours=1), _is_code())
    return session.scalar(counted) or 0


def _is_code() -> ColumnElement[bool]:
    return PhoneConfirmation.about.not_like(f"{CROWDED}%")


def _queued(phone: str, language: str, now: datetime) -> PhoneConfirmation:
    return PhoneConfirmation(
        phone=phone,
        nonce=secrets.token_hex(16),
        # A language with a longer name has no texts of its own.
        language=language if len(language) <= LONGEST_LANGUAGE else "en",
        made_at=now,
        expires_at=now + LASTS,
        reference=secrets.token_hex(16),
        next_attempt_at=now,
    )


def newest_code(session: Session, resident: Resident) -> PhoneConfirmation | None:
    """The last one that was asked for to the number that they have now."""
    return read(session, newest_code_asked(resident))


def newest_code_asked(resident: Resident) -> Reading[PhoneConfirmation | None]:
    """The same as a reading."""
    theirs = (PhoneConfirmation.resident_id == resident.id, PhoneConfirmation.phone == resident.phone)
    return (yield from first(select(PhoneConfirmation).where(*theirs).order_by(PhoneConfirmation.id.desc())))


def type_code(session: Session, resident: Resident, typed: str, secret: bytes, now: datetime) -> Judgement | None:
    """What the typed code is; None: none was asked for. A wrong one is counted: the caller's transaction must end well."""
    row = newest_code(session, resident)
    if row is None:
        return None
    judged = _judged(session, row, typed, secret, now)
    if judged is Judgement.RIGHT:
        confirm_number(session, resident, now)
    return judged


def _judged(session: Session, row: PhoneConfirmation, typed: str, secret: bytes, now: datetime) -> Judgement:
    judged = judge(typed, code_of(secret, row.nonce, row.phone), tries=row.tries, expires_at=row.expires_at, now=now)
    mine = update(PhoneConfirmation).where(PhoneConfirmation.id == row.id, PhoneConfirmation.tries == row.tries)
    if judged is Judgement.WRONG:
        if not changed(session, mine.values(tries=PhoneConfirmation.tries + 1)):
            return Judgement.TOO_OFTEN
        return judged
    right = mine.where(PhoneConfirmation.confirmed_at.is_(None)).values(confirmed_at=now, expires_at=now)
    # Somebody who tries all codes at once gets no more tries by it.
    return Judgement.TOO_OFTEN if judged is Judgement.RIGHT and not changed(session, right) else judged


def confirm_number(session: Session, resident: Resident, now: datetime) -> None:
    """The number is theirs: its code came back, or staff saw it ring."""
    if not resident.phone:
        raise BadInput(N_("Enter the telephone number first."), field="phone")
    resident.phone_confirmed_at = now
    session.flush()
    announce(session, resident.zone_id, Topic.PEOPLE, now)


def under_way(row: PhoneConfirmation | None) -> bool:
    """Whether its message has still to leave."""
    return row is not None and row.state in (PromptState.QUEUED, PromptState.LEASED)
