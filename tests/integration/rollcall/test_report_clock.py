"""The clock of the report: counted at the cut-off, a person alarmed, out as provisional; run twice, set back, killed and raced."""

from __future__ import annotations

import threading
from datetime import datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, func, select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.alerts import AlertDelivery
from monitor.models.daily_report import Report, ReportKind, ReportList, ReportState, ReportTimes
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import OrderState, QuarantineOrder
from monitor.problems import Conflict, Problem
from monitor.reports.kept import figures_of
from monitor.reports.releasing import begin_again, begin_day, count_anew, release
from monitor.reports.settling import accept
from monitor.reports.stating import keep_times
from monitor.reports.times import SHIPPED, Times
from monitor.words import Words
from rollcall.reporting.daily import tick_reports, whom_to_call
from rollcall.reporting.drawing_up import count_report
from tests.processes.killing import killed_at_every_step
from tests.worlds.reporting import DAY, FIRST, HERE, HOUR, SECOND, WHY, SmallProvince, cut_off

MINUTE = timedelta(minutes=1)
BEFORE, AT, ALARM, LEAVES = (
    cut_off(FIRST) - MINUTE,
    cut_off(FIRST),
    cut_off(FIRST) + 30 * MINUTE,
    cut_off(FIRST) + 45 * MINUTE,
)


@pytest.fixture
def province(both_databases: Database) -> SmallProvince:
    province = SmallProvince(both_databases)
    with both_databases.write() as session:
        keep_times(session, SHIPPED, cut_off(FIRST) - DAY, account_id=None)
    return province


def rows(database: Database) -> list[tuple[str, int | None, int]]:
    """State, number and version of all reports."""
    with database.read() as session:
        return [
            (each.state.value, each.number, each.version)
            for each in session.scalars(select(Report).order_by(Report.day, Report.version))
        ]


def tick(province: SmallProvince, *moments: datetime) -> None:
    for moment in moments:
        tick_reports(province.database, moment, HERE)


def late(database: Database) -> list[Incident]:
    with database.read() as session:
        return list(session.scalars(select(Incident).where(Incident.kind == IncidentKind.REPORT_LATE)))


def test_a_correction_that_cannot_be_counted_holds_up_no_other_report(province: SmallProvince) -> None:
    province.report(FIRST)
    with province.database.read() as session:
        of_first = set(session.scalars(select(ReportList.digest)))
    province.person("Lò Văn Mới", "Trại Tây", cut_off(FIRST) + HOUR)
    second = province.report(SECOND)
    with province.database.write() as session:
        # What the second goes on from was lost, but for what stands in the second too.
        kept = figures_of(session, second).values()
        of_second = {digest for figure in kept for _count, digest in figure.units.values()}
        session.execute(delete(ReportList).where(ReportList.digest.in_(of_first - of_second)))
        begin_again(session, second, WHY, cut_off(SECOND) + HOUR, account_id=province.account)
    province.person("Hà Thị Muộn", "Nhà Tây", cut_off(SECOND) + HOUR)
    tick(province, cut_off(SECOND + DAY))
    with province.database.read() as session:
        counted = dict(session.execute(select(Report.day, func.max(Report.made_at)).group_by(Report.day)).all())
        waiting = session.scalars(select(Report.version).where(Report.made_at.is_(None))).all()
    assert counted[SECOND + DAY] is not None
    assert waiting == [2]


def test_a_day_from_the_cut_off_to_the_provisional_report_goes_once_whatever_the_clock_does(province: SmallProvince) -> None:
    tick(province, BEFORE)
    assert rows(province.database) == []
    tick(province, AT, AT, AT + MINUTE, BEFORE, AT)
    assert rows(province.database) == [("draft", None, 1)]
    tick(province, ALARM, BEFORE, ALARM, ALARM + MINUTE)
    (incident,) = late(province.database)
    assert incident.assigned_to == province.account
    said = Words.load(incident.reason).say(str)
    assert "The report of 23/11/2026 is not released. At 14:45 it leaves as provisional. It adds up" in said
    with province.database.read() as session:
        assert set(session.scalars(select(AlertDelivery.account_id))) == {province.account}
    tick(province, LEAVES, BEFORE, ALARM, LEAVES, LEAVES + HOUR)
    assert rows(province.database) == [("provisional", 1, 1), ("draft", None, 2)]
    (incident,) = late(province.database)
    assert incident.cause_ended_at is not None
    # The next version is counted already, and waits for a person.
    newest = _newest(province.database)
    assert newest.made_at is not None
    assert [Words.load(each).say(str) for each in _first(province.database).gaps] == [
        "No person had released this report by 14:45; it left by itself."
    ]
    with province.database.write() as session:
        release(session, newest.id, ReportState.FINAL, LEAVES + HOUR, account_id=province.account)
    tick(province, LEAVES + 2 * HOUR, cut_off(SECOND))
    assert rows(province.database) == [("provisional", 1, 1), ("final", 2, 2), ("draft", None, 1)]


def _newest(database: Database) -> Report:
    with database.read() as session:
        return session.scalars(select(Report).order_by(Report.id.desc()).limit(1)).one()


def _first(database: Database) -> Report:
    with database.read() as session:
        return session.scalars(select(Report).order_by(Report.id).limit(1)).one()


def test_who_released_it_in_time_is_called_by_nobody(province: SmallProvince) -> None:
    tick(province, AT)
    with province.database.write() as session:
        release(session, _first(province.database).id, ReportState.FINAL, AT + MINUTE, account_id=province.account)
    tick(province, ALARM, LEAVES)
    assert late(province.database) == []
    assert rows(province.database) == [("final", 1, 1)]


def test_a_provisional_report_names_each_unit_that_does_not_add_up_and_the_alarm_says_how_many(province: SmallProvince) -> None:
    province.report(FIRST)
    with province.database.write() as session:
        for resident in (province.an, province.dung):
            mine = update(QuarantineOrder).where(QuarantineOrder.resident_id == resident)
            session.execute(mine.values(state=OrderState.RELEASED))
    tick(province, cut_off(SECOND), cut_off(SECOND) + 30 * MINUTE)
    (incident,) = late(province.database)
    assert Words.load(incident.reason).say(str).endswith("2 people do not add up.")
    tick(province, cut_off(SECOND) + 45 * MINUTE)
    with province.database.read() as session:
        left = session.scalars(select(Report).where(Report.day == SECOND, Report.version == 1)).one()
    assert [Words.load(each).say(str) for each in left.gaps][1:] == [
        "Xã Tây: 1 people do not add up with the last report.",
        "Xã Đông: 1 people do not add up with the last report.",
    ]


def test_a_day_whose_cut_off_was_over_when_reports_were_begun_has_none(both_databases: Database) -> None:
    province = SmallProvince(both_databases)
    with both_databases.write() as session:
        keep_times(session, SHIPPED, AT + HOUR, account_id=None)
    tick(province, AT + 2 * HOUR)
    assert rows(both_databases) == []
    tick(province, cut_off(SECOND))
    assert rows(both_databases) == [("draft", None, 1)]


def test_times_changed_in_the_afternoon_keep_the_day_and_stopped_reports_stop(province: SmallProvince) -> None:
    tick(province, AT)
    with province.database.write() as session:
        later = Times(**{**vars(SHIPPED), "provisional_at": SHIPPED.due_at, "due_at": time(16)})
        keep_times(session, later, AT + MINUTE, account_id=province.account)
    tick(province, LEAVES)
    assert rows(province.database) == [("draft", None, 1)]
    tick(province, AT + HOUR)
    assert rows(province.database)[0] == ("provisional", 1, 1)
    with province.database.write() as session:
        keep_times(session, Times(**{**vars(SHIPPED), "runs": False}), AT + 2 * HOUR, account_id=province.account)
        assert session.scalar(select(func.count()).select_from(ReportTimes)) == 3
    tick(province, cut_off(SECOND))
    assert len(rows(province.database)) == 2


def test_a_report_that_nobody_released_before_the_service_stood_still_leaves_when_it_is_back(province: SmallProvince) -> None:
    tick(province, AT)
    tick(province, cut_off(SECOND) - HOUR)
    assert rows(province.database)[0] == ("provisional", 1, 1)
    tick(province, cut_off(SECOND))
    assert province.row(_newest(province.database).id).before_id == _first(province.database).id


def test_who_is_named_but_works_here_no_more_is_replaced_by_a_supervisor_of_all_zones(province: SmallProvince) -> None:
    with province.database.write() as session:
        gone = add_account(session, "nghiviec", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=AT)
        session.flush()
        assert whom_to_call(session, gone.id) == gone.id
        session.execute(update(Account).where(Account.id == gone.id).values(active=False))
        session.expire_all()
        assert whom_to_call(session, gone.id) == province.account


def test_two_who_release_and_count_at_once_give_one_number(province: SmallProvince) -> None:
    tick(province, AT)
    report_id = _first(province.database).id
    done: list[str] = []
    start = threading.Barrier(6)

    def release_it() -> None:
        start.wait()
        try:
            with province.database.write() as session:
                release(session, report_id, ReportState.FINAL, AT + MINUTE, account_id=province.account)
            done.append("released")
        except Conflict:
            done.append("refused")

    def count_it() -> None:
        start.wait()
        done.append(f"counted {count_report(province.database, report_id, HERE, AT + MINUTE)}")

    threads = [threading.Thread(target=each) for each in (release_it, count_it, release_it, count_it, release_it, release_it)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done.count("released") == 1
    assert rows(province.database) == [("final", 1, 1)]


def test_a_clock_that_is_killed_before_any_of_its_commits_does_nothing_twice_and_leaves_nothing_out(
    province: SmallProvince,
) -> None:
    address = province.database.engine.url.render_as_string(hide_password=False)

    def a_day() -> None:
        database = Database(address, bytes(32))
        for moment in (AT, ALARM, LEAVES):
            tick_reports(database, moment, HERE)

    killed = sum(1 for _step in killed_at_every_step(a_day))
    assert killed > 3
    assert rows(province.database) == [("provisional", 1, 1), ("draft", None, 2)]
    assert len(late(province.database)) == 1
    with province.database.read() as session:
        assert session.scalar(select(func.count()).select_from(AlertDelivery)) == 1
    assert province.members(_newest(province.database).id, "central.now")


class Reports(RuleBasedStateMachine):
    """People and the clock do with reports whatever they like, in any order."""

    database: Database
    account: int

    def __init__(self) -> None:
        super().__init__()
        self.now = AT
        self.day = Reports.begin
        Reports.begin += 400
        with self.database.write() as session:
            session.execute(update(Report).where(Report.state == ReportState.DRAFT).values(state=ReportState.PROVISIONAL))

    begin = 0

    def _ids(self) -> list[int]:
        with self.database.read() as session:
            return list(session.scalars(select(Report.id).order_by(Report.id.desc()).limit(3)))

    @rule(days=st.integers(0, 2))
    def begin_a_day(self, days: int) -> None:
        with self.database.write() as session:
            day = FIRST + timedelta(days=self.day + days)
            begin_day(session, ReportKind.DAILY, day, cut_off(FIRST) + timedelta(days=self.day + days))

    @rule(which=st.integers(0, 2), state=st.sampled_from([ReportState.PROVISIONAL, ReportState.FINAL]))
    def release_one(self, which: int, state: ReportState) -> None:
        self._try(which, lambda session, number: release(session, number, state, self.now, account_id=self.account))

    @rule(which=st.integers(0, 2))
    def correct(self, which: int) -> None:
        self._try(which, lambda session, number: begin_again(session, number, WHY, self.now, account_id=self.account))

    @rule(which=st.integers(0, 2))
    def count(self, which: int) -> None:
        for number in self._ids()[which : which + 1]:
            count_report(self.database, number, HERE, self.now)

    @rule(which=st.integers(0, 2))
    def ask_for_a_count(self, which: int) -> None:
        self._try(which, count_anew)

    @rule(which=st.integers(0, 2))
    def accept_whoever(self, which: int) -> None:
        self._try(which, lambda session, number: accept(session, number, [1, 2, 3], WHY, self.account, self.now))

    def _try(self, which: int, deed: object) -> None:
        for number in self._ids()[which : which + 1]:
            try:
                with self.database.write() as session:
                    deed(session, number)  # type: ignore[operator]
            except Problem:
                pass

    @invariant()
    def numbers_are_given_once_without_a_gap_and_nothing_released_is_without_one(self) -> None:
        with self.database.read() as session:
            reports = session.scalars(select(Report)).all()
        numbered: dict[int | None, list[int]] = {}
        for each in reports:
            if each.number is not None:
                numbered.setdefault(each.year, []).append(each.number)
            assert each.state is not ReportState.DRAFT or each.number is None
        for numbers in numbered.values():
            assert sorted(numbers) == list(range(1, len(numbers) + 1))
        drafts = [each.day for each in reports if each.state is ReportState.DRAFT]
        assert len(drafts) == len(set(drafts))


def test_never_two_of_one_number_whatever_people_and_the_clock_do(both_databases: Database) -> None:
    province = SmallProvince(both_databases)
    Reports.database, Reports.account, Reports.begin = both_databases, province.account, 0
    few = settings(
        max_examples=8,
        stateful_step_count=20,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(Reports, settings=few)
