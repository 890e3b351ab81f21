"""Keeps the presence of everybody under an order current: gathers evidence, lets `presence` decide, writes what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import local_clock
from monitor.database.database import Database
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.incidents import IncidentKind
from monitor.models.people.residents import Presence, PresenceState, Resident
from monitor.models.places import Room
from monitor.models.rollcalls.rounds import CheckIn, RollCall
from monitor.models.service import Change
from monitor.presence import gathering
from monitor.presence.camera_soundness import Watching, keep_gap, watched
from monitor.presence.crowding import Crowding
from monitor.presence.gathering import Person
from monitor.presence.rules import Belief, believe
from monitor.presence.so_long import so_long
from monitor.room_names import room_words
from monitor.words import N_, Words, words

# Everybody is decided anew this often; in between only those of whom something was told, or whose evidence ran out.
FULL_EVERY = timedelta(seconds=60)
# What is written carries the time of its picture or its decision, which is so much older at most.
WRITTEN_WITHIN = timedelta(seconds=15)
# People whose evidence is gathered by one set of questions: databases take a limited number of values in a question.
BATCH = 2000
_TOLD = (*gathering.SOMEBODY, ObservationKind.CROSSING)


def refresh(database: Database, now: datetime, *, present_for: timedelta) -> int:
    """Decide anew about everybody under an order; returns how many beliefs changed. Safe to run twice at once."""
    return PresenceKeeper(database, present_for=present_for).refresh(now)


class PresenceKeeper:
    """Remembers, between two refreshes, what it need not ask again. One a process; one process of all leads."""

    def __init__(self, database: Database, *, present_for: timedelta) -> None:
        self._database, self._present_for = database, present_for
        self._full_at: datetime | None = None
        self._last_at: datetime | None = None
        self._cameras: dict[int, Watching] = {}
        self._crowding = Crowding()

    def refresh(self, now: datetime) -> int:
        """Decide anew where something has changed, now and then about everybody; returns how many beliefs changed."""
        full = self._full_at is None or self._last_at is None or not self._last_at <= now < self._full_at + FULL_EVERY
        with self._database.read() as session:
            cameras = watched(session, now)
        self._keep_gaps(cameras, now)
        with self._database.read() as session:
            rooms, people = self._all(session, cameras, now) if full else self._changed(session, cameras, now)
            changed = [
                each
                for begin in range(0, len(people), BATCH)
                for each in _decide(session, people[begin : begin + BATCH], cameras, now, self._present_for)
            ]
            allowed = gathering.occupants(session, rooms, now) if rooms else {}
            tell, over = self._crowding.look(session, rooms, allowed, cameras, now)
        if changed or tell or over:
            with self._database.write() as session:
                for person, belief in changed:
                    _write(session, person, belief, now)
                self._crowding.write(session, tell, over, now)
        self._cameras, self._last_at = cameras, now
        if full:
            self._full_at = now
        return len(changed)

    def _all(self, session: Session, cameras: Mapping[int, Watching], now: datetime) -> tuple[set[int], list[Person]]:
        return {each.room_id for each in cameras.values() if each.room_id is not None}, gathering.people(session, now)

    def _changed(self, session: Session, cameras: Mapping[int, Watching], now: datetime) -> tuple[set[int], list[Person]]:
        """Rooms of which cameras told something since the last refresh, and whoever must be decided anew."""
        assert self._last_at is not None, "the first refresh is about everybody"
        since = self._last_at - WRITTEN_WITHIN
        touched = [each for each in self._cameras.values() if cameras.get(each.id) != each]
        touched += [each for each in cameras.values() if self._cameras.get(each.id) != each]
        told = session.scalars(
            select(Observation.camera_id)
            .where(
                Observation.camera_id.in_(select(Camera.id).where(Camera.enabled)),
                Observation.kind.in_(_TOLD),
                Observation.last_at >= since,
            )
            .distinct()
        )
        touched += [cameras[camera] for camera in told if camera in cameras]
        rooms = {each.room_id for each in touched if each.room_id is not None}
        for each in touched:
            if each.exits:
                rooms |= set(session.scalars(select(Room.id).where(Room.zone_id == each.zone_id, Room.name.in_(each.exits))))
        residents = set(session.scalars(select(Presence.resident_id).where(Presence.expires_at <= now)))
        zones = set(
            session.scalars(select(Change.zone_id).where(Change.at >= since, Change.topic == Topic.ROLL_CALL).distinct())
        )
        if zones:
            residents |= set(gathering.answers(session, now, RollCall.zone_id.in_(zones), CheckIn.state_since >= since))
        if not rooms and not residents:
            return rooms, []
        if len(rooms) + len(residents) > BATCH:
            return rooms, gathering.people(session, now)
        return rooms, gathering.people(session, now, or_(Resident.room_id.in_(rooms), Resident.id.in_(residents)))

    def _keep_gaps(self, cameras: Mapping[int, Watching], now: datetime) -> None:
        """What was missed while nobody watched a camera, or while it was out of use, stays missed."""
        before = self._cameras
        back = [before.get(each.id, each) for each in cameras.values() if each.trouble != "silent"]
        ended = [each for each in back if before and each.analysed_at and (each.id not in before or each.trouble == "silent")]
        if ended:
            with self._database.write() as session:
                for each in ended:
                    keep_gap(session, each, now)


def _decide(
    session: Session, people: Sequence[Person], cameras: Mapping[int, Watching], now: datetime, present_for: timedelta
) -> Iterator[tuple[Person, Belief]]:
    """The beliefs that are not as they are written."""
    known = gathering.gather(session, people, cameras.values(), now)
    rows = session.scalars(select(Presence).where(Presence.resident_id.in_([each.id for each in people])))
    written = {row.resident_id: _values(row) for row in rows}
    for person in people:
        evidence = known.of(person)
        belief = believe(evidence, now, present_for=present_for, empty_after=person.empty_after, timezone=person.timezone)
        if written.get(person.id) != (belief.state, belief.reason.dump(), belief.seen_at, belief.expires_at, belief.confidence):
            yield person, belief


def _values(row: Presence) -> tuple[Any, ...]:
    return row.state, row.reason, row.seen_at, row.expires_at, row.confidence


def _write(session: Session, person: Person, belief: Belief, now: datetime) -> None:
    row = session.get(Presence, person.id)
    fresh = row is None or row.state != belief.state
    if row is None:
        row = Presence(resident_id=person.id, zone_id=person.zone_id, state=belief.state, since=now, reason={})
        session.add(row)
    if fresh:
        row.since = belief.since or now
        announce(session, person.zone_id, Topic.PEOPLE, now)
    row.zone_id, row.state, row.reason = person.zone_id, belief.state, belief.reason.dump()
    row.seen_at, row.expires_at, row.confidence = belief.seen_at, belief.expires_at, belief.confidence
    if person.room_id is None:
        return
    gone, unseen = causes.room_empty(person.room_id, person.id), causes.not_seen(person.room_id, person.id)

    def ask(kind: IncidentKind, cause: str, reason: Words) -> None:
        room, zone = person.room_id, person.zone_id
        open_incident(session, kind, cause, reason=reason, now=now, zone_id=zone, room_id=room, resident_id=person.id)

    if belief.state == PresenceState.ABSENT and not belief.known_to_staff:
        reason = words(N_("%(name)s: %(why)s Please go and see, or call."), name=person.name, why=belief.reason.dump())
        ask(IncidentKind.ROOM_EMPTY, gone, reason)
    elif belief.state == PresenceState.NOT_SEEN and fresh:
        # Asked once: its words are said anew each hour, and whoever looked in and found somebody asleep is not asked again for that.
        ask(IncidentKind.NOT_SEEN, unseen, _look_in(person, belief, now))
    elif belief.state == PresenceState.PRESENT:
        end_causes(session, [gone, unseen], now=now)


def _look_in(person: Person, belief: Belief, now: datetime) -> Words:
    since = belief.since or now
    return words(
        N_("Nobody has seen %(name)s in %(room)s for %(long)s, since %(time)s; please look in."),
        name=person.name,
        room=room_words(person.room or "").dump(),
        long=so_long(now - since).dump(),
        time=local_clock(since, person.timezone, now),
    )
