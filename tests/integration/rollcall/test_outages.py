"""Our own faults never count, and what they excuse is not forgotten: outages from the record to closed windows, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall, RollCallState
from monitor.models.service import OutagePart, ServiceOutage
from monitor.outages import keep_past, newest_end, note_end, note_outage, outages_since
from monitor.page_looks import IN_DOUBT_AFTER, Looked, in_doubt, write_look
from monitor.words import Words, translator
from rollcall.checkins.checkin import AWAITED
from rollcall.rounds.asking_after import Closed, Known, question_of
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import OUTAGE_AFTER, open_due_rounds, record_outage
from rollcall.rounds.welfare import InARow, in_a_row
from rollcall.work.scheduler import tick_rounds
from tests.worlds.due_round import add_plan, check_in_of, minutes, world
from tests.worlds.small_zone import NOW, add_zone

SECOND = timedelta(seconds=1)


def ward(database: Database, *names: str, delivered: bool = True) -> list[int]:
    """Residents who share a room, each with a message that arrived."""
    _, people = world(database, *names)
    with database.write() as session:
        session.execute(update(Resident).values(room_id=session.get_one(Resident, people[0]).room_id))
    open_due_rounds(database, NOW)
    if delivered:
        deliver(database, NOW)
    return people


def deliver(database: Database, at: datetime, *people: int) -> None:
    with database.write() as session:
        which = Prompt.resident_id.in_(people) if people else Prompt.id > 0
        session.execute(update(Prompt).where(which).values(state=PromptState.DELIVERED, sent_at=at, delivered_at=at))


def page_out(database: Database, begins: datetime, ends: datetime, part: OutagePart = OutagePart.PAGE) -> None:
    with database.write() as session:
        keep_past(session, part, started_at=begins, ended_at=ends, cause="no-answer")


def questions(database: Database) -> dict[int | None, str]:
    with database.read() as session:
        say = translator("en")
        return {row.resident_id: Words.load(row.reason).say(say) for row in session.scalars(select(Incident))}


def test_who_could_not_open_the_page_is_excused_and_who_is_ill_or_alone_or_was_not_reached_is_asked_after(
    both_databases: Database,
) -> None:
    database = both_databases
    well, ill, alone, no_delivery, before = ward(database, "An", "Bình", "Cúc", "Dũng", "Em")
    with database.write() as session:
        earlier = check_in_of(database, ill)
        session.execute(update(Resident).where(Resident.id == alone).values(lives_alone=True))
        session.execute(
            update(Prompt).where(Prompt.resident_id == no_delivery).values(state=PromptState.SENT, delivered_at=None)
        )
        common = {"zone_id": earlier.zone_id, "roll_call_id": earlier.roll_call_id, "nonce": "n", "state_since": minutes(-60)}
        open_before = CheckIn(
            **(common | {"roll_call_id": _another_round(session, earlier.roll_call_id)}),
            resident_id=before,
            opened_at=minutes(-80),
            state=CheckInState.UNREACHED,
        )
        session.add(open_before)
        session.add(
            Answer(check_in_id=earlier.id, resident_id=ill, zone_id=earlier.zone_id, received_at=minutes(-90), unwell=True)
        )
    page_out(database, minutes(-1), minutes(25))
    assert close_due(database, minutes(20)) == 5
    with database.read() as session:
        states = {row.state for row in session.scalars(select(CheckIn).where(CheckIn.opened_at == NOW))}
        outage = session.scalars(select(ServiceOutage.id)).one()
        excused_by = set(session.scalars(select(CheckIn.outage_id).where(CheckIn.opened_at == NOW)))
        kinds = set(session.scalars(select(Incident.kind)))
    assert (states, excused_by, kinds) == ({CheckInState.EXCUSED}, {outage}, {IncidentKind.UNREACHED})
    reason = check_in_of(database, well).reasons[0]
    assert Words.load(reason).say(translator("en")) == "Our page could not be opened at 09:59. This does not count against you."
    asked = questions(database)
    assert set(asked) == {ill, alone, no_delivery, before}
    assert all("fault in our service" in each for each in asked.values())
    assert "illness" in asked[ill]
    assert "No one lives with them" in asked[alone]
    assert "no message is known" in asked[no_delivery]
    assert "no message is known" in asked[before]


def _another_round(session: Session, like: int) -> int:
    this = session.get_one(RollCall, like)
    other = RollCall(
        plan_id=this.plan_id,
        zone_id=this.zone_id,
        opens_at=minutes(-80),
        closes_at=minutes(-60),
        state=RollCallState.CLOSED,
    )
    session.add(other)
    session.flush()
    return other.id


def test_a_stall_of_21_seconds_does_not_silence_a_province(both_databases: Database) -> None:
    database = both_databases
    (one, _) = ward(database, "An", "Bình")
    page_out(database, minutes(5), minutes(5) + 21 * SECOND)
    page_out(database, minutes(8), minutes(8) + 21 * SECOND, OutagePart.SERVICE)
    assert close_due(database, minutes(20)) == 2
    assert check_in_of(database, one).state == CheckInState.MISSED
    assert check_in_of(database, one).outage_id is None


def test_what_lasts_excuses_and_what_nobody_saw_for_long_ended_when_it_was_last_seen(both_databases: Database) -> None:
    database = both_databases
    one, two = ward(database, "An", "Bình")
    with database.write() as session:
        session.execute(update(CheckIn).where(CheckIn.resident_id == two).values(due_at=minutes(40)))
        assert note_outage(session, OutagePart.PAGE, started_at=minutes(-9), now=minutes(-8), cause="no-answer")
        # Whoever saw that one is gone: this is another. Looked at again and again it stays one.
        assert note_outage(session, OutagePart.PAGE, started_at=minutes(1), now=minutes(1.5), cause="no-answer")
        for now in (minutes(each / 4) for each in range(7, 81)):
            assert not note_outage(session, OutagePart.PAGE, started_at=now, now=now, cause="no-answer")
    assert close_due(database, minutes(20)) == 1
    assert check_in_of(database, one).state == CheckInState.EXCUSED
    # Whoever watched was not heard of since: it lasted as far as it was seen.
    with database.read() as session:
        (outage,) = outages_since(session, NOW, minutes(40))
    assert (outage.started_at, outage.ended_at) == (minutes(1), minutes(20))
    assert close_due(database, minutes(40)) == 1
    assert check_in_of(database, two).state == CheckInState.MISSED
    with database.write() as session:
        assert note_end(session, OutagePart.PAGE, now=minutes(41))
        assert not note_end(session, OutagePart.PAGE, now=minutes(42))
        assert outages_since(session, minutes(41), minutes(50)) == []


def test_a_lost_line_excuses_only_its_zone_and_a_gateway_only_whom_it_kept_waiting(both_databases: Database) -> None:
    database = both_databases
    (here,) = ward(database, "An", delivered=False)
    zone, (there,) = add_zone(database, "Khu B", residents=("Bình",))
    add_plan(database, zone)
    open_due_rounds(database, NOW)
    with database.write() as session:
        zone = session.get_one(Resident, here).zone_id
        note_outage(session, OutagePart.LINE, started_at=NOW, now=minutes(20), cause="silent", zone_id=zone)
    close_due(database, minutes(20))
    assert check_in_of(database, here).state == CheckInState.EXCUSED
    assert check_in_of(database, there).state == CheckInState.UNREACHED
    # Both were not reached anyway: staff are asked after both.
    assert set(questions(database)) == {here, there}


def test_a_gateway_that_refused_for_the_whole_time_excuses_whom_it_took_no_message_for(both_databases: Database) -> None:
    database = both_databases
    kept_waiting, other_way, asked = ward(database, "An", "Bình", "Cúc", delivered=False)
    deliver(database, minutes(1), asked)
    with database.write() as session:
        session.execute(update(Prompt).where(Prompt.resident_id == other_way).values(channel="push"))
        note_outage(session, OutagePart.GATEWAY, started_at=NOW, now=minutes(20), cause="refused", subject="sms")
    with database.write() as session:
        session.execute(update(CheckIn).values(due_at=minutes(20)))
    close_due(database, minutes(20))
    states = [check_in_of(database, each).state for each in (kept_waiting, other_way, asked)]
    assert states == [CheckInState.EXCUSED, CheckInState.UNREACHED, CheckInState.MISSED]
    said = Words.load(check_in_of(database, kept_waiting).reasons[0]).say(translator("en"))
    assert "messages could not be sent" in said


def test_what_a_fault_excused_neither_counts_in_a_row_of_misses_nor_breaks_it(both_databases: Database) -> None:
    database = both_databases
    one, _ = ward(database, "An", "Bình")
    for number in range(4):
        begins = 180 * number
        if number:
            open_due_rounds(database, minutes(begins))
            deliver(database, minutes(begins))
        if number == 1:
            page_out(database, minutes(begins), minutes(begins + 20))
        close_due(database, minutes(begins + 20))
        expected = CheckInState.EXCUSED if number == 1 else CheckInState.MISSED
        assert check_in_of(database, one).state == expected
        with database.read() as session:
            rows = in_a_row(session, [one])
        assert rows.get(one, InARow(1, 1)).missed == max(1, number)
    with database.read() as session:
        assert IncidentKind.MISSED_REPEATEDLY in session.scalars(select(Incident.kind)).all()


def test_a_window_is_closed_only_when_it_is_known_whether_the_page_answers(both_databases: Database) -> None:
    database = both_databases
    one, _ = ward(database, "An", "Bình")

    def looked(good: datetime, at: datetime, *, out: bool = False) -> None:
        with database.write() as session:
            write_look(session, Looked(NOW, good, at, out), 1)

    over = minutes(20)
    record_outage(database, over - SECOND)
    looked(over - IN_DOUBT_AFTER - SECOND, over)
    tick_rounds(database, over)
    assert check_in_of(database, one).state in AWAITED
    # It was only slow: as before, some seconds later.
    looked(over + SECOND, over + SECOND)
    tick_rounds(database, over + SECOND)
    assert check_in_of(database, one).state == CheckInState.MISSED


LOOK = Looked(NOW, minutes(10), minutes(10), out=False)


@pytest.mark.parametrize(
    ("look", "now", "doubt"),
    [
        (None, minutes(10), False),
        (LOOK, minutes(10), False),
        (LOOK, minutes(10) + 3 * SECOND, False),
        (LOOK, minutes(10) + 6 * SECOND, True),
        # Once it is noted it excuses by itself; and where nobody looks any more nobody waits for them.
        (Looked(NOW, minutes(10), minutes(11), out=True), minutes(11), False),
        (Looked(NOW, minutes(10), minutes(11), out=False), minutes(11), True),
        (LOOK, minutes(11), False),
    ],
)
def test_the_page_is_in_doubt_for_seconds_only(look: Looked | None, now: datetime, doubt: bool) -> None:
    assert in_doubt(look, now) is doubt


@pytest.mark.parametrize(
    ("good_since", "good_at", "part"),
    [
        # Somebody saw the page answer all the time: residents noticed nothing but late messages.
        (-60, 9.9, OutagePart.SCHEDULER),
        (-60, 5, OutagePart.SERVICE),
        (6, 9.9, OutagePart.SERVICE),
        (None, None, OutagePart.SERVICE),
    ],
)
def test_a_clock_that_stood_still_is_an_outage_of_all_unless_the_page_was_seen_to_answer(
    database: Database, good_since: float | None, good_at: float | None, part: OutagePart
) -> None:
    record_outage(database, minutes(5))
    if good_since is not None and good_at is not None:
        with database.write() as session:
            write_look(session, Looked(minutes(good_since), minutes(good_at), minutes(good_at), out=False), 1)
    assert record_outage(database, minutes(10))
    with database.read() as session:
        assert session.scalars(select(ServiceOutage.part)).all() == [part]


def test_a_gap_of_half_a_minute_in_the_clock_is_an_outage_and_a_slow_tick_is_none(database: Database) -> None:
    """Mutation: with an OUTAGE_AFTER of 25 minutes a whole window without a clock would count as if nothing had been."""
    record_outage(database, NOW)
    assert not record_outage(database, NOW + 10 * SECOND)
    assert record_outage(database, NOW + 40 * SECOND)
    assert timedelta(seconds=5) < OUTAGE_AFTER <= timedelta(seconds=30)


def test_presence_takes_only_what_kept_cameras_from_being_heard(database: Database) -> None:
    def newest(now: datetime) -> datetime | None:
        with database.read() as session:
            return newest_end(session, now, OutagePart.SERVICE, OutagePart.DATABASE)

    assert newest(minutes(30)) is None
    page_out(database, minutes(1), minutes(9))
    page_out(database, minutes(1), minutes(8), OutagePart.GATEWAY)
    assert newest(minutes(30)) is None
    page_out(database, minutes(1), minutes(3), OutagePart.SERVICE)
    assert newest(minutes(30)) == minutes(3)
    with database.write() as session:
        note_outage(session, OutagePart.DATABASE, started_at=minutes(4), now=minutes(6), cause="no-answer")
    assert newest(minutes(30)) == minutes(6)


S, K = CheckInState, IncidentKind
BY_FAULT: Callable[[CheckInState], Closed] = lambda without: Closed(S.EXCUSED, [], NOW, True, without)  # noqa: E731


@pytest.mark.parametrize(
    ("closed", "known", "kind"),
    [
        (Closed(S.MISSED, [], NOW, True), Known(InARow(1, 1)), K.MISSED),
        (Closed(S.MISSED, [], NOW, True), Known(InARow(3, 3)), K.MISSED_REPEATEDLY),
        (Closed(S.UNREACHED, [], NOW, False), Known(InARow(0, 1)), K.UNREACHED),
        (Closed(S.EXCUSED, [], NOW, True), Known(InARow(0, 0), ill=True, alone=True), None),
        (BY_FAULT(S.MISSED), Known(InARow(0, 1)), None),
        (BY_FAULT(S.MISSED), Known(InARow(0, 1), ill=True), K.UNREACHED),
        (BY_FAULT(S.MISSED), Known(InARow(0, 1), alone=True), K.UNREACHED),
        (BY_FAULT(S.MISSED), Known(InARow(0, 1), unreached_before=True), K.UNREACHED),
        (BY_FAULT(S.UNREACHED), Known(InARow(0, 1)), K.UNREACHED),
        # A camera saw them, or all messages were stopped: nothing of ours was lost.
        (BY_FAULT(S.EXCUSED), Known(InARow(0, 1), ill=True), None),
    ],
)
def test_whom_staff_are_asked_to_reach(closed: Closed, known: Known, kind: IncidentKind | None) -> None:
    question = question_of(closed, known)
    assert (question[0] if question else None) == kind
