"""Check-ins driven through every order of events by hypothesis: whatever happens, the invariants of `rollcall/checkins/checkin.py` hold."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from datetime import timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import select, update

from monitor.accounts.access import Reader
from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentState
from monitor.models.people.residents import Exemption, Household, OrderState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer, Review, Verification
from monitor.models.rollcalls.plans import Plan
from monitor.models.rollcalls.prompts import Prompt, PromptState, PromptStop
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange, CheckInState
from monitor.problems import Problem
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.channels.channel import Receipt
from rollcall.checkins.checkin import AWAITED, NEXT, Step
from rollcall.checkins.steps import take_step
from rollcall.followup.reviews import decide
from rollcall.prompts.outcomes import HandedOver, note_sent, note_uncertain
from rollcall.prompts.receipts import take_receipts
from rollcall.prompts.stopping import let_prompts_go_on, stop_prompts
from rollcall.work.scheduler import tick_rounds
from tests.worlds.due_round import answer_by_link, jpeg, world
from tests.worlds.small_zone import NOW
from tests.worlds.tables import make_tables

WHO = st.integers(0, 2)
FINAL = {state for state, following in NEXT.items() if not following}


@cache
def template() -> Path:
    """A database with three people, two of whom share a phone, made once."""
    folder = Path(tempfile.mkdtemp(prefix="quarantine-machine-"))
    database = Database(f"sqlite:///{folder}/test.db", bytes(32))
    make_tables(database)
    zone, residents = world(database, "An", "Bình", "Cường", every_minutes=45.0, ladder=[[5, "reminder"], [9, "voice"]])
    with database.write() as session:
        household = Household(zone_id=zone, name="Nhà", phone="+84911111111")
        session.add(household)
        session.flush()
        session.execute(update(Resident).where(Resident.id.in_(residents[:2])).values(phone="", household_id=household.id))
        add_account(session, "lan", "a long password", Role.SUPERVISOR, zones=None, now=NOW)
    database.dispose()
    return folder


class CheckIns(RuleBasedStateMachine):
    """Time goes on, is set back for a while, messages fare well and badly, people answer, leave, come late and decide."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="quarantine-machine-"))
        for path in template().iterdir():
            shutil.copy(path, self.folder)
        self.database = Database(f"sqlite:///{self.folder}/test.db", bytes(32))
        self.vault = Vault(self.folder / "vault", bytes(32))
        self.now = NOW
        with self.database.read() as session:
            self.residents = list(session.scalars(select(Resident.id).order_by(Resident.id)))
            self.zone = session.scalars(select(Plan.zone_id)).one()
        self.reader = Reader(1, "lan", Role.SUPERVISOR, None, "vi")

    def teardown(self) -> None:
        self.database.dispose()
        shutil.rmtree(self.folder)

    @rule(minutes=st.sampled_from([0, 0.2, 4, 6, 11, 21, 46]))
    def time_goes_on(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)
        tick_rounds(self.database, self.now)

    @rule(minutes=st.sampled_from([1, 30, 600]))
    def a_ticker_whose_clock_is_behind(self, minutes: int) -> None:
        tick_rounds(self.database, self.now - timedelta(minutes=minutes))

    @rule(fate=st.sampled_from(["sent", "uncertain", "failed"]))
    def messages_leave(self, fate: str) -> None:
        with self.database.write() as session:
            waiting = session.execute(
                select(Prompt.id, Prompt.check_in_id).where(
                    Prompt.state == PromptState.QUEUED, Prompt.next_attempt_at <= self.now
                )
            ).all()
            session.execute(
                update(Prompt).where(Prompt.id.in_([row.id for row in waiting])).values(state=PromptState.LEASED, leased_by="w")
            )
            if fate == "sent":
                note_sent(session, [HandedOver(row.id, f"g{row.id}", self.now) for row in waiting], "w")
            elif fate == "uncertain":
                note_uncertain(session, [row.id for row in waiting], self.now)
            else:
                references = session.scalars(select(Prompt.reference).where(Prompt.id.in_([row.id for row in waiting])))
                told = [Receipt(f"x{each}", False, self.now, "off", each) for each in references]
                take_receipts(session, told)

    @rule(delivered=st.booleans())
    def receipts_come(self, delivered: bool) -> None:
        with self.database.write() as session:
            references = session.scalars(select(Prompt.reference).where(Prompt.state != PromptState.QUEUED)).all()
            take_receipts(session, [Receipt(f"r{each}", delivered, self.now, "", each) for each in references])

    @rule(who=WHO, photo=st.booleans(), unwell=st.booleans())
    def somebody_answers(self, who: int, photo: bool, unwell: bool) -> None:
        with self.database.read() as session:
            asked = select(CheckIn.id).where(CheckIn.resident_id == self.residents[who])
            if session.scalar(asked.limit(1)) is None:
                return
        picture = jpeg() if photo else None
        try:
            answer_by_link(self.database, self.vault, self.residents[who], picture, now=self.now, unwell=unwell)
        except Problem:
            return

    @rule(state=st.sampled_from([CheckInState.VERIFIED, CheckInState.IN_REVIEW, CheckInState.MISSED, CheckInState.PROMPTED]))
    def a_worker_judges(self, state: CheckInState) -> None:
        with self.database.write() as session:
            for each in session.scalars(select(Verification.check_in_id)):
                take_step(session, each, Step(state, (words("Judged."),)), now=self.now, frm=(CheckInState.ANSWERED,))

    @rule(accepted=st.booleans())
    def a_supervisor_decides(self, accepted: bool) -> None:
        with self.database.write() as session:
            for each in session.scalars(select(CheckIn.id).where(CheckIn.state == CheckInState.IN_REVIEW)):
                decide(session, each, self.reader, accepted, "looked at it", self.now)

    @rule(who=WHO, state=st.sampled_from(list(OrderState)))
    def an_order_changes(self, who: int, state: OrderState) -> None:
        with self.database.write() as session:
            session.execute(
                update(QuarantineOrder).where(QuarantineOrder.resident_id == self.residents[who]).values(state=state)
            )

    @rule(who=WHO)
    def somebody_is_away_with_permission(self, who: int) -> None:
        with self.database.write() as session:
            ends = self.now + timedelta(minutes=15)
            session.add(
                Exemption(resident_id=self.residents[who], zone_id=self.zone, starts_at=self.now, ends_at=ends, reason="PCR")
            )

    @rule()
    def all_messages_are_stopped_or_go_on(self) -> None:
        with self.database.write() as session:
            stop = session.scalars(select(PromptStop).where(PromptStop.ended_at.is_(None))).first()
            if stop is None:
                stop_prompts(session, None, "a wrong text", 1, self.now)
            else:
                let_prompts_go_on(session, stop, 1, self.now)

    @invariant()
    def every_step_was_allowed_and_no_final_state_was_left(self) -> None:
        with self.database.read() as session:
            states = {row.id: row.state for row in session.execute(select(CheckIn.id, CheckIn.state))}
            changes = session.scalars(select(CheckInChange).order_by(CheckInChange.id)).all()
        lives = defaultdict(list)
        for each in changes:
            lives[each.check_in_id].append(each)
            assert each.reasons or each.state == CheckInState.SCHEDULED
            # A review ends by a person and by nobody else.
            assert (each.account_id is not None) == (each.state in (CheckInState.ACCEPTED, CheckInState.REJECTED))
        for check_in, state in states.items():
            life = [each.state for each in lives[check_in]]
            assert life[-1] == state
            assert all(after in NEXT[before] for before, after in pairwise(life)), life
            assert sum(each in FINAL for each in life) <= 1

    @invariant()
    def what_waits_has_a_deadline_and_what_is_over_has_none(self) -> None:
        with self.database.read() as session:
            for each in session.scalars(select(CheckIn)):
                assert (each.due_at is not None) == (each.state in AWAITED)
                assert each.step_at is None or each.lead_id in (None, each.id)

    @invariant()
    def nothing_is_there_twice(self) -> None:
        with self.database.read() as session:
            for column in (Answer.check_in_id, Verification.check_in_id, Review.check_in_id):
                found = session.scalars(select(column)).all()
                assert len(found) == len(set(found))
            asked = session.execute(select(Prompt.check_in_id, Prompt.kind, Prompt.channel)).all()
            assert len(asked) == len(set(asked))
            causes = session.scalars(select(Incident.cause).where(Incident.state != IncidentState.RESOLVED)).all()
            assert len(causes) == len(set(causes))


CheckIns.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
test_check_ins = CheckIns.TestCase
