"""Figures of zones and days, counted from real rows on both databases."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.alerts import Alert
from monitor.models.cameras.cameras import CameraTruth, Observation, ObservationKind
from monitor.models.incidents import IncidentKind, Urgency
from monitor.models.reports import ALL_ZONES, DailyFigures
from monitor.models.rollcalls.answers import Review
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.reports.figures import window
from monitor.vault.vault import Vault
from rollcall.reporting.counting import count_figures
from tests.worlds.province import NOW, add_accounts, add_place

TODAY = window(NOW.date(), "Asia/Ho_Chi_Minh")


def figures(database: Database, zone: int) -> DailyFigures:
    with database.read() as session:
        return session.scalars(select(DailyFigures).where(DailyFigures.zone_id == zone)).one()


def test_a_day_is_counted_as_its_rows_are(both_databases: Database, vault: Vault) -> None:
    here, there = (add_place(both_databases, vault, name) for name in ("Khu A", "Khu B"))
    account = add_accounts(both_databases, here)["supervisor"]
    with both_databases.write() as session:
        alert = {"zone_id": here.zone, "kind": IncidentKind.UNWELL, "urgency": Urgency.DANGER, "incidents": 1}
        for opened, taken in ((30, 26), (20, None)):
            at = NOW - timedelta(minutes=opened)
            taken_at = None if taken is None else NOW - timedelta(minutes=taken)
            session.add(Alert(opened_at=at, joined_at=at, raised_at=at, taken_at=taken_at, **alert))
        session.add(
            Review(
                check_in_id=here.missed,
                zone_id=here.zone,
                account_id=account,
                decision=CheckInState.EXCUSED,
                reason="Lost signal",
                at=NOW,
            )
        )
        session.add(CameraTruth(camera_id=here.camera, day=NOW.date(), agreed=7, false_absent=1, unknown=2))
        for begin, end in ((50, 40), (45, 38), (20, 10)):
            session.add(
                Observation(
                    zone_id=here.zone,
                    camera_id=here.camera,
                    kind=ObservationKind.OFFLINE,
                    started_at=NOW - timedelta(minutes=begin),
                    last_at=NOW - timedelta(minutes=end),
                )
            )
    assert count_figures(both_databases, NOW) == 2
    found = figures(both_databases, here.zone)
    # Of twelve parts ten have come to something: one window is over without an answer, one was excused.
    assert (found.asked, found.answered, found.missed, found.unreached, found.excused) == (10, 8, 1, 0, 1)
    counts = found.counts
    states = {"verified": 6, "in_review": 1, "missed": 1, "excused": 1, "prompted": 1, "answered": 1, "scheduled": 1}
    assert counts["check_ins"] == states
    assert counts["answered_within"] == {"2": 1}
    assert counts["causes"] == {"no_answer": 1, "decided": 1}
    assert counts["messages"] == {"sms:arrived": 12}
    assert counts["reviews"] == {"excused": 1}
    assert counts["decided_within"] == {"240": 1}
    assert counts["alerts"] == {"danger": 2}
    assert counts["taken_within"] == {"5": 1, "never": 1}
    minutes = int((NOW - TODAY.begin).total_seconds() // 60)
    # Two outages that overlap are counted once.
    assert counts["cameras"] == {
        "watched": 3 * minutes,
        "silent": 22,
        "doubtful": 0,
        "agreed": 7,
        "false_absent": 1,
        "false_present": 0,
        "unknown": 2,
    }
    both = figures(both_databases, ALL_ZONES)
    assert both.asked == found.asked + figures(both_databases, there.zone).asked
    assert both.counts["messages"] == {"sms:arrived": 24}


def test_a_day_is_counted_again_and_replaces_what_was_counted(both_databases: Database, vault: Vault) -> None:
    here = add_place(both_databases, vault, "Khu A")
    count_figures(both_databases, NOW)
    # Nothing is due a minute later; then a decision is taken.
    assert count_figures(both_databases, NOW + timedelta(minutes=1)) == 0
    with both_databases.write() as session:
        session.execute(update(CheckIn).where(CheckIn.id == here.missed).values(state=CheckInState.ACCEPTED))
    assert count_figures(both_databases, NOW + timedelta(minutes=15)) == 1
    for zone in (here.zone, ALL_ZONES):
        found = figures(both_databases, zone)
        assert (found.answered, found.missed) == (9, 0)
    # Two hours after its end the day is counted once more, and the next one was begun meanwhile.
    assert count_figures(both_databases, TODAY.end + timedelta(hours=2)) == 2
    with both_databases.read() as session:
        days = session.scalars(select(DailyFigures.day).where(DailyFigures.zone_id == here.zone)).all()
    assert len(days) == 2


def test_it_begins_with_the_first_round_that_a_zone_had(both_databases: Database, vault: Vault) -> None:
    here = add_place(both_databases, vault, "Khu A")
    later = NOW + timedelta(days=30)
    done = count_figures(both_databases, later, most=10)
    assert done == 10
    with both_databases.read() as session:
        counted = session.scalars(
            select(DailyFigures.day).where(DailyFigures.zone_id == here.zone, DailyFigures.counted_at.is_not(None))
        )
        # The newest days first: they are looked at first.
        assert min(counted) == (later - timedelta(days=9)).date()
    while count_figures(both_databases, later):
        pass
    with both_databases.read() as session:
        rows = session.scalars(select(DailyFigures).where(DailyFigures.zone_id == here.zone).order_by(DailyFigures.day)).all()
        assert [row.day for row in rows] == [NOW.date() + timedelta(days=each) for each in range(31)]
        assert [row.asked for row in rows] == [10] + [0] * 30
