"""A code is asked for and typed back, each in the caller's write transaction."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select, update
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
from rollcall.confirming.codes import LASTS, Judgement, code_of, judge, why_not_again
from rollcall.people.text_stops import stopped_among


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
    if line_of(resident.phone) is Line.CALLED_ONLY:
        raise BadInput(N_("This is a fixed line: it can be called, but it takes no text messages."), field="phone")
    if stopped_among(session, {resident.phone}):
        raise Conflict(N_("This number takes no text messages: its owner wrote STOP."))
    here = or_(PromptStop.zone_id.is_(None), PromptStop.zone_id == resident.zone_id)
    if session.scalar(select(PromptStop.id).where(PromptStop.ended_at.is_(None), here).limit(1)) is not None:
        raise Conflict(N_("All messages are stopped at the moment. Confirm the number later."))
    # Two who press at once come one after the other.
    session.execute(select(Resident.id).where(Resident.id == resident.id).with_for_update())
    sent = PhoneConfirmation.made_at
    to_number = session.scalars(select(sent).where(PhoneConfirmation.phone == resident.phone, sent > now - timedelta(days=1)))
    by_account = select(func.count()).where(PhoneConfirmation.made_by == account_id, sent > now - timedelta(hours=1))
    why_not = why_not_again(list(to_number), session.scalar(by_account) or 0, now)
    if why_not is not None:
        raise TooOften(why_not.template, **why_not.values)
    earlier = update(PhoneConfirmation).where(PhoneConfirmation.resident_id == resident.id, PhoneConfirmation.expires_at > now)
    changed(session, earlier.values(expires_at=now))
    row = PhoneConfirmation(
        resident_id=resident.id,
        zone_id=resident.zone_id,
        phone=resident.phone,
        nonce=secrets.token_hex(16),
        language=resident.language,
        made_at=now,
        made_by=account_id,
        expires_at=now + LASTS,
        reference=secrets.token_hex(16),
        next_attempt_at=now,
    )
    session.add(row)
    session.flush()
    return row


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
    judged = judge(typed, code_of(secret, row.nonce, row.phone), tries=row.tries, expires_at=row.expires_at, now=now)
    mine = update(PhoneConfirmation).where(PhoneConfirmation.id == row.id, PhoneConfirmation.tries == row.tries)
    if judged is Judgement.WRONG:
        if not changed(session, mine.values(tries=PhoneConfirmation.tries + 1)):
            return Judgement.TOO_OFTEN
    elif judged is Judgement.RIGHT:
        # Somebody who tries all codes at once gets no more tries by it.
        if not changed(session, mine.where(PhoneConfirmation.confirmed_at.is_(None)).values(confirmed_at=now, expires_at=now)):
            return Judgement.TOO_OFTEN
        confirm_number(session, resident, now)
    return judged


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
