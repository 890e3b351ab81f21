"""After a day that somebody decided nobody can be enrolled, until somebody decides anew and says why."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from monitor.database.database import Database
from monitor.people.sunset import Standing, Sunset, judge, renew, require_enrolment_allowed, sunset_of
from monitor.problems import BadInput

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
CLOCK = "Asia/Ho_Chi_Minh"
# Midnight in Vietnam after 31 December.
END = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)


def decide(database: Database, day: date, now: datetime = NOW, why: str = "Dịch còn kéo dài") -> None:
    with database.write() as session:
        renew(session, last_day=day, timezone=CLOCK, why=why, account_id=None, now=now)


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        (END - timedelta(days=31), Standing.OPEN),
        (END - timedelta(days=14), Standing.ENDS_SOON),
        (END - timedelta(seconds=1), Standing.ENDS_SOON),
        (END, Standing.OVER),
        (END + timedelta(days=400), Standing.OVER),
    ],
)
def test_how_it_stands(now: datetime, standing: Standing) -> None:
    assert judge(Sunset(date(2026, 12, 31), END), now) is standing
    assert judge(None, now) is Standing.NO_DATE


def test_people_are_enrolled_until_the_day_is_over_and_again_after_a_new_decision(both_databases: Database) -> None:
    with both_databases.read() as session:
        require_enrolment_allowed(session, NOW)
    decide(both_databases, date(2026, 12, 31))
    with both_databases.read() as session:
        assert sunset_of(session) == Sunset(date(2026, 12, 31), END)
        require_enrolment_allowed(session, END - timedelta(microseconds=1))
        with pytest.raises(BadInput, match="until 31/12/2026") as refused:
            require_enrolment_allowed(session, END)
        assert "administrator" in str(refused.value)
    decide(both_databases, date(2027, 1, 31), END)
    with both_databases.read() as session:
        require_enrolment_allowed(session, END)


def test_the_newest_decision_holds_also_where_it_ends_sooner(both_databases: Database) -> None:
    decide(both_databases, date(2027, 6, 30))
    decide(both_databases, date(2026, 11, 30), why="Hết dịch")
    with both_databases.read() as session, pytest.raises(BadInput):
        require_enrolment_allowed(session, NOW + timedelta(days=1))


@pytest.mark.parametrize(
    ("day", "why", "field"),
    [
        (date(2026, 11, 29), "muộn", "last_day"),
        (date(2027, 12, 2), "xa quá", "last_day"),
        (date(2026, 12, 1), " \n", "why"),
        (date(2026, 12, 1), "x" * 1001, "why"),
    ],
)
def test_a_decision_needs_a_day_within_a_year_and_a_reason(database: Database, day: date, why: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        decide(database, day, why=why)
    assert refused.value.field == field
    with database.read() as session:
        assert sunset_of(session) is None
