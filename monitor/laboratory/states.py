"""Which state of a laboratory test may follow which, and when the person may read the result. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from monitor.models.people.laboratory import LabTestState
from monitor.problems import BadInput
from monitor.words import N_

NEXT: Mapping[LabTestState, frozenset[LabTestState]] = {
    # A laboratory may answer before anybody here noted that the sample was taken.
    LabTestState.DUE: frozenset({LabTestState.TAKEN, LabTestState.RESULTED, LabTestState.CANCELLED}),
    # A strip is read at the bedside: nothing is sent anywhere.
    LabTestState.TAKEN: frozenset({LabTestState.SENT, LabTestState.RESULTED, LabTestState.CANCELLED}),
    LabTestState.SENT: frozenset({LabTestState.RESULTED, LabTestState.CANCELLED}),
    LabTestState.RESULTED: frozenset(),
    LabTestState.CANCELLED: frozenset(),
}
OPEN = tuple(state for state, following in NEXT.items() if following)
"""States of a test that is still to come to something."""
TOLD_AFTER = timedelta(hours=24)
"""The same for every result: if only bad ones waited, the waiting would tell them."""
LONGEST_SAMPLE = 40
LATEST_DAYS = 366


def before(state: LabTestState) -> tuple[LabTestState, ...]:
    """The states from which a test may come into this one."""
    return tuple(each for each, following in NEXT.items() if state in following)


def told(resulted_at: datetime | None, released_at: datetime | None, now: datetime) -> bool:
    """Whether the person may read the result: staff let them, or a day has gone by since it was noted."""
    return resulted_at is not None and (released_at is not None or now >= resulted_at + TOLD_AFTER)


def told_from(resulted_at: datetime) -> datetime:
    """From when on the person reads the result if staff do nothing."""
    return resulted_at + TOLD_AFTER


def read_sample(typed: str) -> str:
    """The number on a tube as it is typed or scanned: capital letters, digits and - / . _ between; empty stays empty. Raises BadInput."""
    number = re.sub(r"\s", "", typed).upper()
    if number and not re.fullmatch(r"[0-9A-Z][0-9A-Z\-/._]{0,39}", number):
        raise BadInput(
            N_("A sample number has at most %(most)s letters and digits, as they stand on the tube."),
            most=LONGEST_SAMPLE,
            field="sample_number",
        )
    return number


def counted_anew(due_on: date, first: date, right: date, today: date) -> date:
    """The day of a test counted from the right first day instead of another; pure. One that would be past is due today."""
    return max(due_on + (right - first), min(due_on, today))


def days_from(typed: str, start: date) -> list[date]:
    """Days counted from the order's first day, which is day 1: "1, 7, 14". Raises BadInput."""
    counted = [each for each in re.split(r"[\s,;]+", typed.strip()) if each]
    if not counted:
        raise BadInput(N_("Type the days, counted from the first day of the order: for example 1, 7, 14."), field="days")
    if len(counted) > 20 or not all(re.fullmatch(r"\d{1,3}", each) and 1 <= int(each) <= LATEST_DAYS for each in counted):
        raise BadInput(
            N_("Type days from 1 to %(most)s with commas between, for example 1, 7, 14."), most=LATEST_DAYS, field="days"
        )
    return [start + timedelta(days=each - 1) for each in sorted({int(each) for each in counted})]
