"""Who is to be called, when again, and what a call settles: whoever makes the day's calls goes from one person to the next."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_
from sqlalchemy.orm import Session

from monitor.accounts.access import Reader
from monitor.incidents.causes import ASKED_AFTER
from monitor.models.incidents import ContactOutcome, ContactWay, Incident, IncidentKind, IncidentState
from monitor.words import N_, Words, words
from rollcall.followup.attempts import Attempt, log_attempt
from rollcall.followup.claims import require_free
from rollcall.followup.resolving import resolve
from rollcall.followup.unjudged import holding_open

OUTCOMES = tuple(each for each in ContactOutcome if each is not ContactOutcome.NOT_THERE)
"""What a call can end with; that somebody is not there, only who goes there sees."""
AGAIN_AFTER = {ContactOutcome.NO_ANSWER: timedelta(minutes=20), ContactOutcome.PHONE_OFF: timedelta(minutes=60)}
"""When a call that reached nobody is made again; one with another outcome is not: something else follows."""


def due_from(tries: Collection[Attempt], opened_at: datetime) -> datetime | None:
    """From when on somebody is to be called; None: a call would tell nothing more. tries: since then, newest first. Pure."""
    newest = next(iter(tries), None)
    if newest is None:
        return opened_at
    pause = AGAIN_AFTER.get(newest.outcome)
    return None if pause is None else newest.at + pause


def theirs(account_id: int) -> ColumnElement[bool]:
    """A condition on Incident: nobody has it, this account has it, or whoever has it did not settle it in time."""
    mine = Incident.acknowledged_by == account_id
    return or_(Incident.state == IncidentState.OPEN, mine, Incident.escalated_at.is_not(None))


def settles(outcome: ContactOutcome, kinds: Collection[IncidentKind], unjudged: int) -> bool:
    """Whether a call ends a case: somebody did not answer, is well, and nothing else waits about them. Pure."""
    return outcome is ContactOutcome.WELL and set(kinds) <= set(ASKED_AFTER) and not unjudged


def note_call(
    session: Session,
    incident: Incident,
    kinds: Collection[IncidentKind],
    outcome: ContactOutcome,
    note: str,
    reader: Reader,
    *,
    found: str,
    now: datetime,
) -> bool:
    """Keep what came of a call in the caller's write transaction; returns whether that ended the case.

    kinds: of all that is unresolved in it. found: what is written where the call ends it and no note was made.

    Raises Conflict where somebody else is at this person, or was faster.
    """
    assert incident.resident_id is not None
    require_free(session, incident.resident_id, reader.account_id, now)
    log_attempt(session, incident, reader.account_id, ContactWay.CALL, outcome, note, now=now)
    if not settles(outcome, kinds, holding_open(session, incident)):
        return False
    resolve(session, incident, reader, note or found, now=now)
    return True


_SILENCE = N_(
    "Good day, this is %(authority)s. We had no answer from %(name)s and would like to know how things are."
    " A missed answer has no consequences by itself. Is anything needed: medicine, food, someone to talk to?"
)
_ILLNESS = N_(
    "Good day, this is %(authority)s. We heard that %(name)s feels unwell. How is it now: fever, breathing, pain in the chest?"
    " Please call 115 at once if breathing becomes hard. We will say what happens next before we hang up."
)
_WORDS = {
    **dict.fromkeys(ASKED_AFTER, _SILENCE),
    IncidentKind.UNWELL: _ILLNESS,
    IncidentKind.TEXT_UNCLEAR: N_(
        "Good day, this is %(authority)s. We received a message from %(name)s and did not understand all of it."
        " What was it about? Is anything needed right now?"
    ),
    IncidentKind.WISH: N_(
        "Good day, this is %(authority)s. %(name)s asked us for something. We would like to know exactly what is needed, and by when."
    ),
    IncidentKind.TEXTS_STOPPED: N_(
        "Good day, this is %(authority)s. We were asked to send no more text messages to this number. That is all right."
        " How would %(name)s like to be asked instead: by a call, by e-mail, or by a visit?"
    ),
}
_ELSE = N_("Good day, this is %(authority)s. We are calling to ask how %(name)s is, and whether anything is needed.")


def said_at_first(kind: IncidentKind, name: str, authority: str) -> Words:
    """Kind words to begin a call with, for whoever is called about this. Pure."""
    return words(_WORDS.get(kind, _ELSE), name=name, authority=authority)
