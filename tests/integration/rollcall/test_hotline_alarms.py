"""The hotline's alarms on both databases: claimed once, told to those whom they name, ended with what they are about, and watched."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.alerts.escalation import Rules
from monitor.database.database import Database
from monitor.hotline.doing import CALLER, Doer, accept, answer, change, close, hand_over, mark, refuse, reopen, take
from monitor.hotline.joining import bundle, merge, unbundle, unmerge
from monitor.hotline.setting_up import save_calendar
from monitor.hotline.steps import Party
from monitor.models.accounts import Account
from monitor.models.alerts import Alert, AlertDelivery, AlertState, AlertWay
from monitor.models.hotline import (
    AlarmLevel,
    CloseReason,
    HotlineAlarm,
    HotlineMessage,
    HotlineTicket,
    MessageAbout,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineUnit, HotlineWatch
from monitor.models.incidents import Incident, IncidentKind, Urgency
from monitor.problems import BadInput, Conflict, Forbidden
from monitor.working_days import Holidays
from rollcall.alerting.raising import call_due
from rollcall.hotline.alarms import DeskRules, raise_due, tick_hotline
from rollcall.hotline.watching import watch_alarms
from tests.worlds.hotline import Desk, add_desk, add_unit, come
from tests.worlds.small_zone import NOW

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
RULES = DeskRules(HERE, Holidays(frozenset(), {}))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def told(database: Database, kind: IncidentKind) -> set[int]:
    """Accounts that were called to alerts of this kind."""
    with database.read() as session:
        rows = select(AlertDelivery.account_id).join(Alert, Alert.id == AlertDelivery.alert_id).where(Alert.kind == kind)
        return set(session.scalars(rows))


def levels(database: Database) -> list[AlarmLevel]:
    with database.read() as session:
        return list(session.scalars(select(HotlineAlarm.level).order_by(HotlineAlarm.id)))


def handed_over(database: Database, desk: Desk, **values: Any) -> int:
    with database.write() as session:
        ticket = come(session, **values)
        hand_over(session, ticket.id, desk.unit, desk.by_desk, NOW, seen=mark(ticket))
        return ticket.id


def test_a_ticket_that_nobody_answers_is_told_to_unit_head_and_province_each_once(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    ticket_id = handed_over(both_databases, desk)
    with both_databases.write() as session:
        accept(session, ticket_id, desk.by_unit, NOW, seen=mark(session.get_one(HotlineTicket, ticket_id)))
    for hours, level, called in (
        (3, AlarmLevel.UNIT, {desk.member}),
        (4, AlarmLevel.HEAD, {desk.member, desk.head}),
        (5, AlarmLevel.BREACH, {desk.member, desk.head}),
    ):
        tick_hotline(both_databases, NOW + hours * HOUR - timedelta(seconds=1), RULES)
        assert level not in levels(both_databases)
        for _twice in range(2):
            tick_hotline(both_databases, NOW + hours * HOUR, RULES)
        assert levels(both_databases).count(level) == 1
        assert told(both_databases, IncidentKind.HOTLINE_DUE) == called
    # The province, and nobody of the unit again.
    assert told(both_databases, IncidentKind.HOTLINE_BREACHED) == {desk.boss}
    with both_databases.read() as session:
        ticket = session.get_one(HotlineTicket, ticket_id)
        assert (ticket.breached_at, ticket.breached_unassigned) == (NOW + 5 * HOUR, False)
        assert ticket.due_at == NOW + 5 * HOUR
    with both_databases.write() as session:
        answer(session, ticket_id, desk.by_unit, NOW + 6 * HOUR, seen=mark(ticket), words="Mai có gạo.")
    tick_hotline(both_databases, NOW + 6 * HOUR, RULES)
    with both_databases.read() as session:
        assert set(session.scalars(select(Alert.state))) == {AlertState.CLEARED}
        looked = session.scalars(select(HotlineWatch)).one()
        assert (looked.ran_at, looked.late_s) == (NOW + 6 * HOUR, 0)


def test_after_a_standstill_all_that_came_due_is_told_and_how_late_is_noted(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    handed_over(both_databases, desk)
    assert raise_due(both_databases, NOW + 9 * HOUR, RULES) == 6
    assert set(levels(both_databases)) == {
        AlarmLevel.HANDED_OVER,
        AlarmLevel.ACCEPT_LATE,
        AlarmLevel.UNIT,
        AlarmLevel.HEAD,
        AlarmLevel.ANSWER_LATE,
        AlarmLevel.BREACH,
    }
    with both_databases.read() as session:
        assert session.scalars(select(HotlineWatch)).one().late_s == 9 * 3600


def test_an_emergency_rings_by_itself_until_a_unit_has_it(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        first = come(session, kind=TicketKind.EMERGENCY, said="Mẹ tôi bất tỉnh.")
        come(session, kind=TicketKind.EMERGENCY, said="Cháy nhà ở hẻm 12.")
    tick_hotline(both_databases, NOW, RULES)
    with both_databases.read() as session:
        alerts = session.scalars(select(Alert)).all()
        assert [(each.urgency, each.kind) for each in alerts] == [(Urgency.DANGER, IncidentKind.HOTLINE_EMERGENCY)] * 2
    call_due(both_databases, NOW, Rules(), HERE)
    assert told(both_databases, IncidentKind.HOTLINE_EMERGENCY) >= {desk.head, desk.boss}
    with both_databases.write() as session:
        taken = take(session, first.id, desk.by_desk, NOW + MINUTE, seen=mark(first))
        handed = hand_over(session, first.id, desk.unit, desk.by_desk, NOW + MINUTE, seen=mark(taken))
    tick_hotline(both_databases, NOW + MINUTE, RULES)
    with both_databases.read() as session:
        states = session.scalars(select(Alert.state).order_by(Alert.id)).all()
        # The unit is told of it by an alert of its own.
        assert states == [AlertState.TAKEN, AlertState.OPEN, AlertState.OPEN]
    tick_hotline(both_databases, NOW + 15 * MINUTE, RULES)
    assert levels(both_databases).count(AlarmLevel.EMERGENCY_LATE) == 2
    with both_databases.write() as session:
        accept(session, first.id, desk.by_unit, NOW + 16 * MINUTE, seen=mark(handed))
    tick_hotline(both_databases, NOW + 16 * MINUTE, RULES)
    with both_databases.read() as session:
        assert session.scalars(select(Alert.state).order_by(Alert.id)).all()[0] is AlertState.CLEARED


def test_two_operators_on_one_ticket_and_the_second_is_told_who_has_it(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        ticket = come(session)
        seen = mark(ticket)
        take(session, ticket.id, desk.by_desk, NOW, seen=seen)
    with pytest.raises(Conflict, match=r"lan has had this ticket since 10:00"), both_databases.write() as session:
        take(session, ticket.id, desk.by_colleague, NOW + MINUTE, seen=seen)
    with pytest.raises(Conflict, match="lan has had"), both_databases.write() as session:
        hand_over(session, ticket.id, desk.unit, desk.by_colleague, NOW, seen=seen)
    with pytest.raises(Forbidden, match="for others to do"), both_databases.write() as session:
        take(session, ticket.id, desk.by_unit, NOW, seen=mark(session.get_one(HotlineTicket, ticket.id)))
    # Whoever sees that a colleague has it may take it over from them.
    with both_databases.write() as session:
        now_seen = mark(session.get_one(HotlineTicket, ticket.id))
        assert take(session, ticket.id, desk.by_colleague, NOW, seen=now_seen).taken_by == desk.colleague


def test_the_third_refusal_reaches_the_heads_and_the_clock_goes_on(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        ticket = come(session)
        for number in range(1, 4):
            at = NOW + number * MINUTE
            handed = hand_over(session, ticket.id, desk.unit, desk.by_desk, at, seen=mark(ticket))
            with pytest.raises(BadInput, match="Say why"):
                refuse(session, ticket.id, desk.by_unit, at, seen=mark(handed), words=" ")
            ticket = refuse(session, ticket.id, desk.by_unit, at, seen=mark(handed), words="Không thuộc phường này.")
            assert (ticket.state, ticket.refusals, ticket.unit_id) == (TicketState.NEW, number, None)
    tick_hotline(both_databases, NOW + 4 * MINUTE, RULES)
    assert told(both_databases, IncidentKind.HOTLINE_REFUSED) == {desk.head}
    assert ticket.due_at == NOW + 5 * HOUR


def test_tickets_of_a_dissolved_unit_and_of_who_left_have_an_owner_again(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    heir = add_unit(both_databases, "Tổ hỗ trợ phường 6", desk.zone)
    ticket_id = handed_over(both_databases, desk)
    with both_databases.write() as session:
        mine = come(session)
        take(session, mine.id, desk.by_desk, NOW, seen=mark(mine))
        tomorrow = {"dissolved_at": NOW + 24 * HOUR, "successor_id": heir}
        session.execute(update(HotlineUnit).where(HotlineUnit.id == desk.unit).values(**tomorrow))
        session.execute(update(Account).where(Account.id == desk.operator).values(active=False))
    tick_hotline(both_databases, NOW + MINUTE, RULES)
    with both_databases.read() as session:
        assert session.get_one(HotlineTicket, ticket_id).unit_id == desk.unit
        assert session.get_one(HotlineTicket, mine.id).state is TicketState.NEW
    tick_hotline(both_databases, NOW + 24 * HOUR, RULES)
    with both_databases.read() as session:
        moved = session.get_one(HotlineTicket, ticket_id)
        assert (moved.unit_id, moved.state) == (heir, TicketState.HANDED_OVER)
    with both_databases.write() as session:
        session.execute(update(HotlineUnit).where(HotlineUnit.id == heir).values(dissolved_at=NOW))
    tick_hotline(both_databases, NOW + 25 * HOUR, RULES)
    with both_databases.read() as session:
        back = session.get_one(HotlineTicket, ticket_id)
        assert (back.unit_id, back.state, back.due_at) == (None, TicketState.NEW, NOW + 5 * HOUR)


def test_what_is_bundled_is_answered_together_and_each_caller_is_told(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        above, below, late = (come(session, caller=f"090123456{number}") for number in range(3))
        for each in (below, late):
            bundle(session, above.id, each.id, desk.by_desk, NOW)
        with pytest.raises(Conflict, match="stand under no other"):
            bundle(session, below.id, late.id, desk.by_desk, NOW)
        unbundle(session, late.id, desk.by_desk, NOW)
        _answered, reached = answer(session, above.id, desk.by_desk, NOW, seen=mark(above), words="Chiều nay có xe gạo.")
        assert reached
    with both_databases.read() as session:
        states = dict(session.execute(select(HotlineTicket.id, HotlineTicket.state)).all())
        assert states == {above.id: TicketState.ANSWERED, below.id: TicketState.ANSWERED, late.id: TicketState.NEW}
        said = select(HotlineMessage.address).where(HotlineMessage.about == MessageAbout.ANSWER)
        assert set(session.scalars(said)) == {above.caller, below.caller}
    with pytest.raises(Conflict, match="answered together"), both_databases.write() as session:
        unbundle(session, below.id, desk.by_desk, NOW)


def test_merging_keeps_the_earlier_hour_and_is_taken_back_whole(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        newer = come(session, NOW, caller="0901234567")
        older = come(session, NOW + MINUTE, caller="0901234567", at=NOW - HOUR)
        other = come(session, caller="0907654321")
        take(session, newer.id, desk.by_desk, NOW, seen=mark(newer))
        bundle(session, newer.id, other.id, desk.by_desk, NOW)
        with pytest.raises(Conflict, match="different callers"):
            merge(session, older.id, come(session, caller="0911111111").id, desk.by_desk, NOW)
        stays = merge(session, newer.id, older.id, desk.by_desk, NOW)
        assert stays.id == older.id
        assert session.get_one(HotlineTicket, other.id, populate_existing=True).bundled_under_id == older.id
        gone = session.get_one(HotlineTicket, newer.id, populate_existing=True)
        assert (gone.state, gone.close_reason) == (TicketState.CLOSED, CloseReason.MERGED)
        with pytest.raises(Conflict, match="72 hours"):
            reopen(session, newer.id, CALLER, NOW)
        back = unmerge(session, newer.id, desk.by_desk, NOW + 7 * HOUR)
        assert (back.state, back.taken_by, back.closed_at) == (TicketState.TAKEN, desk.operator, None)
        assert session.get_one(HotlineTicket, other.id, populate_existing=True).bundled_under_id == newer.id
    tick_hotline(both_databases, NOW + 7 * HOUR, RULES)
    with both_databases.read() as session:
        # What is due of it by law is told at once: its clock ran all along.
        assert session.get_one(HotlineTicket, newer.id).breached_at == NOW + 7 * HOUR


def test_an_answer_leaves_over_the_callers_channel_and_reopening_goes_to_who_answered(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    ticket_id = handed_over(
        both_databases, desk, channel=TicketChannel.EMAIL, mail_address="an@example.vn", mail_id="<1@example.vn>"
    )
    with both_databases.write() as session:
        seen = mark(session.get_one(HotlineTicket, ticket_id))
        with pytest.raises(BadInput, match="Write the answer first"):
            close(session, ticket_id, desk.by_unit, NOW, seen=seen, reason=CloseReason.ANSWERED)
        with pytest.raises(BadInput, match="Say in a sentence"):
            close(session, ticket_id, desk.by_unit, NOW, seen=seen, reason=CloseReason.NOT_OURS)
        _ticket, reached = answer(session, ticket_id, desk.by_unit, NOW + HOUR, seen=seen, words="Mai có gạo.")
        assert reached
        message = session.scalars(select(HotlineMessage).where(HotlineMessage.about == MessageAbout.ANSWER)).one()
        assert (message.channel, message.address, message.in_reply_to) == (
            TicketChannel.EMAIL,
            "an@example.vn",
            "<1@example.vn>",
        )
        again = reopen(session, ticket_id, CALLER, NOW + 72 * HOUR, words="Chưa thấy.")
        assert (again.state, again.unit_id, again.reopened) == (TicketState.HANDED_OVER, desk.unit, 1)
        assert (again.first_answered_at, again.due_at) == (NOW + HOUR, NOW + 5 * HOUR)
        answer(session, ticket_id, desk.by_unit, NOW + 74 * HOUR, seen=mark(again), words="Đã giao.")
        about = select(HotlineMessage.id).where(HotlineMessage.about == MessageAbout.ANSWER)
        assert len(session.scalars(about).all()) == 2
        with pytest.raises(Conflict, match="72 hours"):
            reopen(session, ticket_id, CALLER, NOW + 147 * HOUR)
    tick_hotline(both_databases, NOW + 147 * HOUR, RULES)
    with both_databases.read() as session:
        closed = session.get_one(HotlineTicket, ticket_id)
        assert (closed.state, closed.close_reason) == (TicketState.CLOSED, CloseReason.ANSWERED)


def test_a_unit_is_told_at_once_of_what_it_is_given(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    handed_over(both_databases, desk)
    tick_hotline(both_databases, NOW, RULES)
    assert told(both_databases, IncidentKind.HOTLINE_WAITS) == {desk.member}
    outside = add_unit(both_databases, "Hội Chữ thập đỏ", None, phone="+84905555555")
    with both_databases.write() as session:
        ticket = come(session)
        hand_over(session, ticket.id, outside, desk.by_desk, NOW, seen=mark(ticket))
    tick_hotline(both_databases, NOW + MINUTE, RULES)
    with both_databases.read() as session:
        about = HotlineMessage.about == MessageAbout.UNIT_TOLD
        (message,) = session.scalars(select(HotlineMessage).where(about)).all()
        assert (message.channel, message.address) == (TicketChannel.TEXT, "+84905555555")


def test_a_unit_without_accounts_is_written_to_and_one_without_anything_leaves_it_to_whoever_is_on_duty(
    both_databases: Database,
) -> None:
    desk = add_desk(both_databases)
    outside = add_unit(both_databases, "Hội Chữ thập đỏ", None, email="ctd@example.vn")
    nobody = add_unit(both_databases, "Tổ trống", None)
    with both_databases.write() as session:
        for unit in (outside, nobody):
            ticket = come(session, caller="0901234567")
            hand_over(session, ticket.id, unit, desk.by_desk, NOW, seen=mark(ticket))
    tick_hotline(both_databases, NOW + 3 * HOUR, RULES)
    with both_databases.read() as session:
        about = HotlineMessage.about == MessageAbout.UNIT_WARNED
        warned = session.scalars(select(HotlineMessage).where(about)).all()
        assert {each.address for each in warned} == {"ctd@example.vn"}
        # Nothing of who it is about.
        assert not any("901234567" in each.text or "gạo" in each.text for each in warned)
        duty = select(Alert).where(Alert.next_step_at.is_not(None), Alert.kind == IncidentKind.HOTLINE_DUE)
        assert len(session.scalars(duty).all()) == 1


def test_many_of_one_unit_are_one_alert(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        for _number in range(40):
            ticket = come(session, caller="")
            handed = hand_over(session, ticket.id, desk.unit, desk.by_desk, NOW, seen=mark(ticket))
            accept(session, ticket.id, desk.by_unit, NOW, seen=mark(handed))
    tick_hotline(both_databases, NOW + 3 * HOUR, RULES)
    with both_databases.read() as session:
        (alert,) = session.scalars(select(Alert)).all()
        assert (alert.incidents, alert.next_step_at) == (40, None)
        page = select(AlertDelivery.id).where(AlertDelivery.way == AlertWay.PAGE)
        assert len(session.scalars(page).all()) == 1


def test_the_watchdog_says_when_the_alarm_itself_did_not_run(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    handed_over(both_databases, desk)
    tick_hotline(both_databases, NOW, RULES)
    said: list[int] = []
    assert not watch_alarms(both_databases, NOW + 30 * MINUTE, lambda: said.append(1))
    # Due since an hour was over, and nobody looked.
    assert watch_alarms(both_databases, NOW + HOUR + 2 * MINUTE, lambda: said.append(1))
    assert watch_alarms(both_databases, NOW + HOUR + 3 * MINUTE, lambda: said.append(1))
    assert said == [1]
    with both_databases.read() as session:
        (incident,) = session.scalars(select(Incident)).all()
        assert (incident.kind, incident.zone_id) == (IncidentKind.HOTLINE_STALLED, desk.zone)
    tick_hotline(both_databases, NOW + HOUR + 4 * MINUTE, RULES)
    assert not watch_alarms(both_databases, NOW + HOUR + 5 * MINUTE, lambda: said.append(1))
    with both_databases.read() as session:
        assert session.scalars(select(Incident.cause_ended_at)).one() == NOW + HOUR + 5 * MINUTE


def test_glpi_6902_no_change_of_anything_forgets_time_or_moves_the_hour(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    with both_databases.write() as session:
        ticket = come(session)
        for number, kind in enumerate((TicketKind.EMERGENCY, TicketKind.OTHER, TicketKind.MONEY), start=1):
            ticket = change(
                session,
                ticket.id,
                desk.by_desk,
                NOW + number * HOUR,
                kind=kind,
                wants_answer=bool(number % 2),
                anonymous=False,
                language="en",
                caller="0901234567",
                caller_name="An",
                unit=None,
                place=f"Hẻm {number}",
            )
            assert (ticket.first_contact_at, ticket.due_at) == (NOW, NOW + 5 * HOUR)
    with both_databases.write() as session:
        for week in (["8:00-12:00"], ["", "", "", "", "", "9:00-10:00"]):
            days = [*week, *[""] * (7 - len(week))]
            save_calendar(session, None, 1, name=str(days), days=days, off_on_holidays=True, opening=True, now=NOW)
    tick_hotline(both_databases, NOW + 5 * HOUR, RULES)
    assert levels(both_databases).count(AlarmLevel.BREACH) == 1


def test_zammad_2082_3551_2579_4516_every_way_to_an_end_writes_its_times(both_databases: Database) -> None:
    desk = add_desk(both_databases)
    both = Doer(desk.operator, frozenset({Party.DESK, Party.UNIT}))

    def moved(session: Session, ticket: HotlineTicket, how: str) -> HotlineTicket:
        if how == "taken":
            return take(session, ticket.id, both, NOW, seen=mark(ticket))
        if how == "new":
            return ticket
        ticket = hand_over(session, ticket.id, desk.unit, both, NOW, seen=mark(ticket))
        return accept(session, ticket.id, both, NOW, seen=mark(ticket)) if how == "accepted" else ticket

    with both_databases.write() as session:
        for how in ("new", "taken", "handed over", "accepted"):
            answered, _reached = answer(
                session, (it := moved(session, come(session), how)).id, both, NOW + HOUR, seen=mark(it), words="Có gạo."
            )
            assert (answered.answered_at, answered.first_answered_at, answered.closed_at) == (NOW + HOUR, NOW + HOUR, None)
            ended = close(session, answered.id, both, NOW + 2 * HOUR, seen=mark(answered), reason=CloseReason.ANSWERED)
            assert (ended.closed_at, ended.first_closed_at, ended.answered_at) == (NOW + 2 * HOUR, NOW + 2 * HOUR, NOW + HOUR)
            plain = moved(session, come(session), how)
            given_up = close(
                session, plain.id, both, NOW + HOUR, seen=mark(plain), reason=CloseReason.NOT_REACHED, words="Không nghe máy."
            )
            assert (given_up.closed_at, given_up.first_closed_at, given_up.answered_at) == (NOW + HOUR, NOW + HOUR, None)
            again = reopen(session, ended.id, both, NOW + 3 * HOUR, words="Chưa có.")
            assert (again.closed_at, again.answered_at, again.first_answered_at) == (None, None, NOW + HOUR)
