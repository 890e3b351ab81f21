"""A phone that is off is told apart from a person who left: what is known of both, for whoever calls or visits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from monitor.clock import local_clock
from monitor.database.many_rows import one_of
from monitor.database.together import Reading, asked, at_once
from monitor.models.incidents import REACHED, ContactOutcome, ContactWay, Incident
from monitor.models.people.residents import Presence, PresenceState
from monitor.models.rollcalls.answers import Answer, PlaceVerdict
from monitor.models.rollcalls.prompts import REPLIES, Prompt
from monitor.models.rollcalls.rounds import CheckIn
from monitor.words import N_, Words, words
from rollcall.followup.attempts import Attempt, attempts_since_asked

# An older place says nothing of today.
PLACE_GOOD_FOR = timedelta(hours=24)


class Guess(StrEnum):
    """What it looks like; a person finds out."""

    THERE = "there"
    PHONE_OFF = "phone_off"
    PHONE_ON = "phone_on"
    PERHAPS_LEFT = "perhaps_left"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Known:
    """What is known of somebody who did not answer. Times UTC; None: nothing of the kind.

    sent_at, delivered_at: of the round's messages. absent_since: they left, as a camera saw; present_at: when one saw them last.
    unseen_since: since when none saw anybody in their room, which says nothing of where they are.
    outside_at: when their phone last said that it is outside. found, not_found: by staff, since they were asked to look.
    phone_off: staff called, and it is off.
    """

    timezone: str
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    present_at: datetime | None = None
    absent_since: datetime | None = None
    unseen_since: datetime | None = None
    outside_at: datetime | None = None
    found_at: datetime | None = None
    not_found_at: datetime | None = None
    phone_off_at: datetime | None = None


@dataclass(frozen=True)
class Finding:
    """The guess, and all that speaks for and against it, in words."""

    guess: Guess
    reasons: tuple[Words, ...]


def judge(known: Known) -> Finding:
    """A silent phone alone never means that somebody left: for that something else must speak, and nothing newer against it."""

    def clock(at: datetime) -> str:
        return local_clock(at, known.timezone)

    reasons: list[Words] = []
    if known.found_at:
        reasons.append(words(N_("Staff reached this person at %(time)s."), time=clock(known.found_at)))
    if known.not_found_at:
        reasons.append(words(N_("Staff did not find this person there at %(time)s."), time=clock(known.not_found_at)))
    if known.present_at:
        reasons.append(words(N_("A camera saw them in their room at %(time)s."), time=clock(known.present_at)))
    if known.absent_since:
        reasons.append(words(N_("According to the cameras, out of the room since %(time)s."), time=clock(known.absent_since)))
    if known.unseen_since:
        template = N_("Nobody has been seen in their room since %(time)s, and nobody saw them leave.")
        reasons.append(words(template, time=clock(known.unseen_since)))
    if known.outside_at:
        reasons.append(words(N_("The phone was outside the zone at %(time)s."), time=clock(known.outside_at)))
    if known.phone_off_at:
        reasons.append(words(N_("Staff called at %(time)s: the phone is off."), time=clock(known.phone_off_at)))
    silent = known.phone_off_at is not None and (known.delivered_at is None or known.phone_off_at > known.delivered_at)
    if known.delivered_at:
        reasons.append(words(N_("A message arrived on the phone at %(time)s."), time=clock(known.delivered_at)))
    elif known.sent_at:
        silent = True
        reasons.append(
            words(
                N_("The phone has confirmed no message since %(time)s: it may be off or without signal."),
                time=clock(known.sent_at),
            )
        )
    there = max((each for each in (known.found_at, known.present_at) if each), default=None)
    gone = max((each for each in (known.not_found_at, known.absent_since, known.outside_at) if each), default=None)
    if gone is not None and (there is None or gone > there):
        return Finding(Guess.PERHAPS_LEFT, tuple(reasons))
    if there is not None:
        return Finding(Guess.THERE, tuple(reasons))
    if silent:
        reasons.append(words(N_("Nothing suggests that this person left.")))
        return Finding(Guess.PHONE_OFF, tuple(reasons))
    if known.delivered_at:
        return Finding(Guess.PHONE_ON, tuple(reasons))
    if reasons:
        return Finding(Guess.UNKNOWN, tuple(reasons))
    return Finding(Guess.UNKNOWN, (words(N_("Neither the phone nor a camera gives any sign.")),))


def findings(incidents: Sequence[tuple[Incident, str]], now: datetime) -> Reading[dict[int, Finding]]:
    """What is known for each incident that asks after somebody, by its number. incidents: with the zone's time zone."""
    people = {each.resident_id for each, _ in incidents if each.resident_id is not None}
    if not people:
        return {}
    check_ins = {each.check_in_id for each, _ in incidents if each.check_in_id is not None}
    of_places = (Answer.received_at > now - PLACE_GOOD_FOR, Answer.place == PlaceVerdict.OUTSIDE)
    messages, believed_of, places, tries = yield from at_once(
        _messages(check_ins),
        asked(select(Presence).where(one_of(Presence.resident_id, people))),
        asked(
            select(Answer.resident_id, func.max(Answer.taken_at))
            .where(one_of(Answer.resident_id, people), *of_places)
            .group_by(Answer.resident_id)
        ),
        attempts_since_asked(people, min(each.opened_at for each, _ in incidents)),
    )
    presences = {each.resident_id: each for each in believed_of}
    outside: dict[int, datetime] = {number: at for number, at in places}  # noqa: C416 - a row is no pair for mypy
    found = {}
    for incident, timezone in incidents:
        if incident.resident_id is None:
            continue
        presence = presences.get(incident.resident_id)
        message = messages.get(incident.check_in_id or 0)
        mine = [each for each in tries if each.resident_id == incident.resident_id and each.at >= incident.opened_at]
        believed = presence.state if presence is not None else PresenceState.UNKNOWN
        found[incident.id] = judge(
            Known(
                timezone=timezone,
                sent_at=message.sent_at if message else None,
                delivered_at=message.delivered_at if message else None,
                present_at=presence.seen_at if presence and believed == PresenceState.PRESENT else None,
                absent_since=presence.since if presence and believed == PresenceState.ABSENT else None,
                unseen_since=presence.since if presence and believed == PresenceState.NOT_SEEN else None,
                outside_at=outside.get(incident.resident_id),
                found_at=_newest(mine, *REACHED, way=ContactWay.VISIT),
                not_found_at=_newest(mine, ContactOutcome.NOT_THERE),
                phone_off_at=_newest(mine, ContactOutcome.PHONE_OFF),
            )
        )
    return found


def _messages(check_ins: Collection[int]) -> Reading[dict[int, Any]]:
    """By check-in, when its message was sent first and delivered last; several people of one phone had one message."""
    message = select(
        CheckIn.id, func.max(Prompt.delivered_at).label("delivered_at"), func.min(Prompt.sent_at).label("sent_at")
    ).join(Prompt, Prompt.check_in_id == func.coalesce(CheckIn.lead_id, CheckIn.id))
    of_these = message.where(one_of(CheckIn.id, check_ins), Prompt.kind.not_in(REPLIES)).group_by(CheckIn.id)
    return {row.id: row for row in (yield from asked(of_these))}


def _newest(tries: Sequence[Attempt], *outcomes: ContactOutcome, way: ContactWay | None = None) -> datetime | None:
    return max((each.at for each in tries if each.outcome in outcomes and way in (None, each.way)), default=None)
