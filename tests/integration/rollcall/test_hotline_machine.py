"""Tickets of the hotline driven through every order of events and times by hypothesis, with clocks that are set back and stand still.

Whatever happens: the law's due time never moves, no ticket is without an owner or an alarm, none is closed without answer or reason.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.hotline.clock import UNANSWERED
from monitor.hotline.doing import CALLER, Doer, accept, answer, change, close, found, hand_over, mark, refuse, reopen, take
from monitor.hotline.joining import bundle, merge, unbundle, unmerge
from monitor.hotline.steps import Party
from monitor.models.accounts import Account
from monitor.models.hotline import (
    LAW_LIMIT,
    AlarmLevel,
    CloseReason,
    EventKind,
    HotlineAlarm,
    HotlineEvent,
    HotlineTicket,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineUnit
from monitor.problems import Problem
from monitor.working_days import Holidays
from rollcall.hotline.alarms import LAW_COLUMNS, DeskRules, tick_hotline
from tests.worlds.hotline import Desk, add_desk, add_unit, come
from tests.worlds.small_zone import NOW
from tests.worlds.tables import make_tables

RULES = DeskRules(ZoneInfo("Asia/Ho_Chi_Minh"), Holidays(frozenset(), {}))
WHICH = st.integers(0, 5)
MINUTES = st.sampled_from([0, 1, 14, 16, 31, 61, 179, 241, 301, 1440, 4400])


@cache
def template() -> tuple[Path, Desk]:
    """A desk with two units, made once."""
    folder = Path(tempfile.mkdtemp(prefix="quarantine-hotline-"))
    database = Database(f"sqlite:///{folder}/test.db", bytes(32))
    make_tables(database)
    desk = add_desk(database)
    add_unit(database, "Tổ y tế", desk.zone, email="to@example.vn")
    database.dispose()
    return folder, desk


class Tickets(RuleBasedStateMachine):
    """Callers write, staff do what they may and may not, units are dissolved, people leave, clocks go wrong."""

    def __init__(self) -> None:
        super().__init__()
        folder, self.desk = template()
        self.folder = Path(tempfile.mkdtemp(prefix="quarantine-hotline-"))
        for path in folder.iterdir():
            shutil.copy(path, self.folder)
        self.database = Database(f"sqlite:///{self.folder}/test.db", bytes(32))
        self.now = self.latest = self.ticked = NOW
        self.promised: dict[int, object] = {}
        self.anybody = Doer(self.desk.operator, frozenset({Party.DESK, Party.UNIT}))

    def teardown(self) -> None:
        self.database.dispose()
        shutil.rmtree(self.folder)

    @rule(
        kind=st.sampled_from([TicketKind.FOOD, TicketKind.EMERGENCY]),
        ago=st.sampled_from([None, 0, 7, 400]),
        same=st.booleans(),
    )
    def somebody_writes(self, kind: TicketKind, ago: int | None, same: bool) -> None:
        told = None if ago is None else self.now - timedelta(minutes=ago)
        with self.database.write() as session:
            ticket = come(session, self.now, kind=kind, at=told, caller="0901234567" if same else "")
            self.promised[ticket.id] = ticket.due_at
            assert ticket.due_at == (told or self.now) + LAW_LIMIT

    @rule(minutes=MINUTES, runs=st.booleans())
    def time_goes_on(self, minutes: int, runs: bool) -> None:
        self.now += timedelta(minutes=minutes)
        if runs:
            self.tick()

    @rule(minutes=st.sampled_from([5, 60, 600]))
    def the_clock_is_set_back(self, minutes: int) -> None:
        self.now -= timedelta(minutes=minutes)
        self.tick()

    @rule()
    def tick(self) -> None:
        tick_hotline(self.database, self.now, RULES)
        self.ticked = self.now

    def _one(self, which: int) -> int | None:
        with self.database.read() as session:
            ids = session.scalars(select(HotlineTicket.id).order_by(HotlineTicket.id.desc())).all()
        return ids[which] if which < len(ids) else None

    @rule(which=WHICH, step=st.sampled_from(["take", "hand_over", "other_unit", "accept", "refuse", "answer", "change"]))
    def staff_do_something(self, which: int, step: str) -> None:
        ticket_id = self._one(which)
        if ticket_id is None:
            return
        with suppress(Problem), self.database.write() as session:
            seen = mark(found(session, ticket_id))
            by, now = self.anybody, self.now
            if step == "take":
                take(session, ticket_id, by, now, seen=seen)
            elif step in ("hand_over", "other_unit"):
                unit = self.desk.unit + (step == "other_unit")
                hand_over(session, ticket_id, unit, by, now, seen=seen)
            elif step == "accept":
                accept(session, ticket_id, by, now, seen=seen)
            elif step == "refuse":
                refuse(session, ticket_id, by, now, seen=seen, words="Không thuộc phường này.")
            elif step == "answer":
                answer(session, ticket_id, by, now, seen=seen, words="Mai có gạo.")
            else:
                known = found(session, ticket_id)
                change(
                    session,
                    ticket_id,
                    by,
                    now,
                    kind=TicketKind.EMERGENCY,
                    wants_answer=not known.wants_answer,
                    anonymous=True,
                    language="en",
                    caller=known.caller,
                    caller_name="An",
                    unit=None,
                    place="Hẻm 12",
                )

    @rule(which=WHICH, reason=st.sampled_from(CloseReason), words=st.sampled_from(["", "Không ai nghe máy."]))
    def staff_close(self, which: int, reason: CloseReason, words: str) -> None:
        ticket_id = self._one(which)
        if ticket_id is not None:
            with suppress(Problem), self.database.write() as session:
                seen = mark(found(session, ticket_id))
                close(session, ticket_id, self.anybody, self.now, seen=seen, reason=reason, words=words)

    @rule(which=WHICH)
    def the_caller_reopens(self, which: int) -> None:
        ticket_id = self._one(which)
        if ticket_id is not None:
            with suppress(Problem), self.database.write() as session:
                reopen(session, ticket_id, CALLER, self.now, words="Vẫn chưa có.")

    @rule(one=WHICH, other=WHICH, how=st.sampled_from(["merge", "bundle"]))
    def two_are_put_together(self, one: int, other: int, how: str) -> None:
        first, second = self._one(one), self._one(other)
        if first is not None and second is not None:
            with suppress(Problem), self.database.write() as session:
                (merge if how == "merge" else bundle)(session, first, second, self.anybody, self.now)

    @rule(which=WHICH, how=st.sampled_from(["merge", "bundle"]))
    def that_is_taken_back(self, which: int, how: str) -> None:
        ticket_id = self._one(which)
        if ticket_id is not None:
            with suppress(Problem), self.database.write() as session:
                (unmerge if how == "merge" else unbundle)(session, ticket_id, self.anybody, self.now)

    @rule(hours=st.sampled_from([0, 24]), heir=st.booleans())
    def a_unit_is_dissolved(self, hours: int, heir: bool) -> None:
        with self.database.write() as session:
            values = {"dissolved_at": self.now + timedelta(hours=hours), "successor_id": self.desk.unit + 1 if heir else None}
            session.execute(update(HotlineUnit).where(HotlineUnit.id == self.desk.unit).values(**values))

    @rule(active=st.booleans())
    def the_operator_leaves_or_comes(self, active: bool) -> None:
        with self.database.write() as session:
            session.execute(update(Account).where(Account.id == self.desk.operator).values(active=active))

    @invariant()
    def the_laws_due_time_never_moves(self) -> None:
        with self.database.read() as session:
            kept = {row.id: row.due_at for row in session.execute(select(HotlineTicket.id, HotlineTicket.due_at))}
        assert kept == self.promised

    @invariant()
    def no_ticket_is_without_an_owner_or_an_alarm(self) -> None:
        with self.database.read() as session:
            gone = set(session.scalars(select(HotlineUnit.id).where(HotlineUnit.dissolved_at <= self.ticked)))
            left = set(session.scalars(select(Account.id).where(Account.active.is_(False))))
            told = {(row.ticket_id, row.round) for row in session.execute(select(HotlineAlarm.ticket_id, HotlineAlarm.round))}
            for ticket in session.scalars(select(HotlineTicket).where(HotlineTicket.state.in_(UNANSWERED))):
                owner = ticket.taken_by not in (None, *left) or ticket.unit_id not in (None, *gone)
                alarm = ticket.next_alarm_at is not None or (ticket.id, ticket.round) in told
                assert owner or alarm or ticket.bundled_under_id is not None, ticket.state
                # The law's alarms come whoever has it.
                awaited = ticket.first_answered_at is not None or ticket.breached_at is not None or ticket.due_at > self.ticked
                assert awaited or self.now > self.ticked or ticket.next_alarm_at is not None

    @invariant()
    def what_has_come_due_was_told_at_the_last_look(self) -> None:
        before = {AlarmLevel.UNIT: 2, AlarmLevel.HEAD: 1, AlarmLevel.BREACH: 0}
        with self.database.read() as session:
            for level, column in LAW_COLUMNS.items():
                missed = session.scalars(
                    select(HotlineTicket.id).where(
                        HotlineTicket.state.in_(UNANSWERED),
                        HotlineTicket.first_answered_at.is_(None),
                        HotlineTicket.due_at <= self.ticked + timedelta(hours=before[level]),
                        HotlineTicket.noted_at < self.ticked,
                        column.is_(None),
                        # A merged one that was taken back since waits for the next look.
                        HotlineTicket.next_alarm_at.is_(None),
                    )
                ).all()
                assert missed == [], level

    @invariant()
    def none_is_closed_without_answer_or_reason(self) -> None:
        with self.database.read() as session:
            for ticket in session.scalars(select(HotlineTicket).where(HotlineTicket.state == TicketState.CLOSED)):
                assert ticket.close_reason is not None
                if ticket.close_reason is CloseReason.ANSWERED:
                    assert ticket.answer
                    assert ticket.first_answered_at is not None
                elif ticket.close_reason is CloseReason.MERGED:
                    into = session.get_one(HotlineTicket, ticket.merged_into_id)
                    assert into.due_at <= ticket.due_at
                elif ticket.close_reason is not CloseReason.NO_ANSWER_WANTED and ticket.first_answered_at is None:
                    closing = (HotlineEvent.ticket_id == ticket.id, HotlineEvent.kind == EventKind.CLOSED)
                    assert any(session.scalars(select(HotlineEvent.words).where(*closing)))

    @invariant()
    def answered_and_closed_have_their_times(self) -> None:
        with self.database.read() as session:
            for ticket in session.scalars(select(HotlineTicket)):
                assert (ticket.state is TicketState.CLOSED) == (ticket.closed_at is not None)
                if ticket.state is TicketState.ANSWERED:
                    assert ticket.answered_at is not None
                    assert ticket.first_answered_at is not None
                if ticket.state is TicketState.CLOSED and ticket.close_reason is not CloseReason.MERGED:
                    assert ticket.first_closed_at is not None


TestTickets = Tickets.TestCase
TestTickets.settings = settings(
    max_examples=12, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
