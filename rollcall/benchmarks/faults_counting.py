"""What the faults' bench counts: what became of a round's people, against what their phones and the bench itself know."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import click
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.incidents import causes
from monitor.incidents.cases import unresolved
from monitor.models.incidents import Incident
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.models.sealed_columns import Unreadable
from monitor.problems import Problem
from monitor.vault.vault import Vault, resident_owner
from rollcall.benchmarks.faults_service import HEAL_SECONDS, MASTER_KEY, Service, answers, wait
from rollcall.benchmarks.phones import Arrived, Phones
from rollcall.benchmarks.rollcall import SECRET
from rollcall.people.links import read_token

# A round of the measurement: long enough for 300 answers and a restart on a machine that is busy elsewhere, short enough to have many.
WINDOW_SECONDS, FAULT_AFTER_SECONDS, SETTLE_SECONDS = 60.0, 3.0, 30.0
START_SECONDS = 120.0
# Who tries with less time left may be too late by themselves.
IN_TIME = timedelta(seconds=10)
# A page that was out for less than this share of the time to answer, and long before its end, kept nobody from answering.
MATTERS_FROM = 0.25
# The page as somebody meets it who wants to answer; what lasts no longer than this nobody notices.
LOOK_SECONDS, PATIENCE_SECONDS, NOTICED_AFTER = 1.0, 3.0, timedelta(seconds=4)
_LEFT = (PromptState.SENT, PromptState.DELIVERED, PromptState.UNCERTAIN)


@dataclass
class Figures:
    """Wanted: 0 for each count, at most 20 s for messages, at most 15 s for healing.

    wrongly_missed: though they wanted to answer, or nothing reached them. wrongly_deleted: names, numbers and photos that are no more.
    silenced: excused by our fault, alone, and asked after by nobody. held_up_by_one_row: who got no message or was
    refused by the page, and has no damaged number; None where no row was damaged. recorded_as_not_sent: arrived, and said to have failed.
    messages_late_s_worst: from when the round was due. healed_s_worst: from when a process hung, or another fault was over.
    """

    wrongly_missed: int = 0
    wrongly_excused: int = 0
    wrongly_deleted: int = 0
    silenced: int = 0
    held_up_by_one_row: int | None = None
    recorded_as_not_sent: int = 0
    lost_answers: int = 0
    sent_twice: int = 0
    messages_late_s_worst: float = 0.0
    healed_s_worst: float = 0.0

    def add(self, other: Figures) -> None:
        """Take in what was counted of another service: counts are added, of times the worst stays."""
        for name, value in vars(other).items():
            own = getattr(self, name)
            if isinstance(value, float):
                setattr(self, name, max(own, value))
            elif value is not None:
                setattr(self, name, (own or 0) + value)


@dataclass
class Out:
    """When the page was out of reach, as the measurement itself saw it: as a resident, who looks every second and waits for three."""

    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    def watch(self, address: str, stopping: threading.Event) -> None:
        """Look until stopped, in a thread of its own."""
        good_at = utc_now()
        while not stopping.wait(LOOK_SECONDS):
            begun = utc_now()
            if answers(address, PATIENCE_SECONDS):
                if begun - good_at > NOTICED_AFTER:
                    self.spans.append((good_at, begun))
                good_at = utc_now()

    def within(self, begins: datetime, ends: datetime) -> tuple[timedelta, timedelta]:
        """How long in this time, and how much of it was left afterwards."""
        lost, left = timedelta(0), ends - begins
        for since, until in self.spans:
            one, other = max(since, begins), min(until, ends)
            if one < other:
                lost += other - one
                left = min(left, ends - other)
        return lost, left


class Measurement:
    """Rounds of one service, with a fault in each."""

    def __init__(self, service: Service, phones: Phones, people: int) -> None:
        self.service, self.phones, self.people = service, phones, people
        self.figures, self.out = Figures(), Out()
        self.damaged: set[int] = set()
        """Residents one of whose rows or files the measurement damaged itself."""
        self._stopping = threading.Event()
        threading.Thread(target=self.out.watch, args=(f"{service.residents}/up", self._stopping), daemon=True).start()
        self._vault = Vault(service.folder / "vault", MASTER_KEY)
        self._kept = self._count_kept()

    def round(self, name: str, fault: Callable[[], float], *, before: Callable[[], None] = lambda: None) -> None:
        """Open a round, do something to the service in it, wait for its end, and count.

        fault: returns how long healing took. before: done once the service is whole, before the round is due.
        """
        wait(self.service.whole, START_SECONDS)
        before()
        began = utc_now()
        with self.service.database.write() as session:
            session.execute(update(Plan).values(next_round_at=began))
        wait(lambda: self._opened(began), HEAL_SECONDS)
        time.sleep(FAULT_AFTER_SECONDS)
        healed = fault()
        self.figures.healed_s_worst = max(self.figures.healed_s_worst, round(healed, 1))
        wait(lambda: self._closed(began), WINDOW_SECONDS + SETTLE_SECONDS + healed)
        click.echo(f"  {name}: healed after {healed:.1f} s; {self._count(began)}")

    def _opened(self, began: datetime) -> bool:
        with suppress(SQLAlchemyError), self.service.database.read() as session:
            return session.scalar(select(func.count()).where(CheckIn.opened_at >= began)) == self.people
        return False

    def _closed(self, began: datetime) -> bool:
        with suppress(SQLAlchemyError), self.service.database.read() as session:
            opened = select(func.count()).where(CheckIn.opened_at >= began)
            return session.scalar(opened.where(CheckIn.due_at.is_not(None))) == 0 and bool(session.scalar(opened))
        return False

    def _count(self, began: datetime) -> str:
        """What became of the round's people, against what their phones know."""
        # An answer that was made in time may be on its way, and its correction with it.
        time.sleep(5)
        with self.service.database.read() as session:
            rows = session.execute(
                select(
                    CheckIn.resident_id,
                    CheckIn.id,
                    CheckIn.state,
                    CheckIn.outage_id,
                    CheckIn.opened_at,
                    Resident.phone,
                    Resident.lives_alone,
                )
                .join(Resident, Resident.id == CheckIn.resident_id)
                .where(CheckIn.opened_at >= began)
            ).all()
            # Whoever was asked after in a round before is asked after still, and not anew.
            asked = set(session.scalars(select(Incident.cause).where(unresolved())))
        first: dict[str, Arrived] = {}
        for each in self.phones.arrived:
            if each.at >= began:
                first.setdefault(each.to, each)
        told = [each for each in list(self.phones.told.values()) if each.tried_at is not None and each.tried_at >= began]
        # There are fewer phones than people: on a busy machine some never have one before their time is over.
        tried = {each.to: each.tried_at for each in told if each.tried_at is not None}
        for row in rows:
            reached = row.phone in first
            wanted = row.phone in tried and tried[row.phone] < row.opened_at + timedelta(seconds=WINDOW_SECONDS) - IN_TIME
            # A miss is theirs who were reached and said nothing; everybody can be reached whose number we can read.
            if row.state == CheckInState.MISSED:
                self.figures.wrongly_missed += wanted or not reached
            elif row.state == CheckInState.UNREACHED:
                self.figures.wrongly_missed += wanted or not (reached or row.resident_id in self.damaged)
            if row.outage_id is not None:
                lost, left = self.out.within(row.opened_at, row.opened_at + timedelta(seconds=WINDOW_SECONDS))
                mattered = lost.total_seconds() >= MATTERS_FROM * WINDOW_SECONDS or left < lost
                self.figures.wrongly_excused += not mattered
                self.figures.silenced += bool(row.lives_alone and asked.isdisjoint(causes.asked_after(row.resident_id)))
        # Where nothing came at all, it is late until now.
        late = max(each.at - began for each in first.values()) if first else utc_now() - began
        self.figures.messages_late_s_worst = max(self.figures.messages_late_s_worst, round(late.total_seconds(), 1))
        states = ", ".join(f"{state.value} {count}" for state, count in Counter(row.state for row in rows).items())
        return f"{states}; last message after {late.total_seconds():.1f} s"

    def count_held_up(self, since: datetime) -> None:
        """Count who got no message since then, or was refused by the page; who has a damaged number gets none, and only they."""
        reached = {each.to for each in self.phones.arrived if each.at >= since}
        refused = {
            told.to
            for told in self.phones.told.values()
            if told.tried_at is not None and told.tried_at >= since and told.refused
        }
        with self.service.database.read() as session:
            numbers = session.scalars(select(Resident.phone)).all()
        held_up = [each for each in numbers if not isinstance(each, Unreadable) and (each not in reached or each in refused)]
        self.figures.held_up_by_one_row = len(held_up)

    def settle(self) -> None:
        """Count what holds for all rounds together; the last thing that is done."""
        self._stopping.set()
        figures = self.figures
        # Before the rows: what is thanked for while they are read is in them or not.
        thanked = {
            read_token(SECRET, link.rsplit("/", 1)[-1]).check_in_id
            for link, told in list(self.phones.told.items())
            if told.thanked
        }
        with self.service.database.read() as session:
            prompts = session.execute(select(Prompt.reference, Prompt.state)).all()
            answered = set(session.scalars(select(Answer.check_in_id)))
        arrived = {each.reference: each for each in self.phones.arrived}
        figures.recorded_as_not_sent = sum(row.reference in arrived and row.state not in _LEFT for row in prompts)
        texts = Counter((each.to, each.text) for each in arrived.values())
        figures.sent_twice = sum(count - 1 for count in texts.values())
        figures.lost_answers = len(thanked - answered)
        gone = self._kept - self._count_kept()
        figures.wrongly_deleted = sum(whose not in self.damaged for _what, whose in gone)

    def _count_kept(self) -> set[tuple[str, int]]:
        """What of whom is kept, and can be read."""
        with self.service.database.read() as session:
            people = session.execute(select(Resident.id, Resident.full_name, Resident.phone)).all()
            photos = session.execute(
                select(Media.id, Media.resident_id, Media.name).where(Media.kind == MediaKind.ENROLMENT)
            ).all()
        found = {(f"name {row.full_name}", row.id) for row in people} | {(f"phone {row.phone}", row.id) for row in people}
        for row in photos:
            with suppress(Problem):
                self._vault.get(resident_owner(row.resident_id), row.name)
                found.add((f"photo {row.id}", row.resident_id))
        return found
