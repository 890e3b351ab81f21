"""What cannot be right, or was forgotten, in a chain of infections: questions for a person, never corrections. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

LONGEST_INCUBATION = timedelta(days=14)
"""Source: WHO, Contact tracing in the context of COVID-19 (1 February 2021): exposures in the 14 days before."""
INTERVIEWED_WITHIN = timedelta(hours=24)
FEWEST_CONTACTS = 5


class Kind(StrEnum):
    """What is implausible."""

    SECOND_BEFORE_FIRST = "second_before_first"
    CONTACT_TOO_EARLY = "contact_too_early"
    ONSET_TOO_LATE = "onset_too_late"
    CONTACT_AFTER_ISOLATION = "contact_after_isolation"
    FEW_CONTACTS = "few_contacts"
    NOT_INTERVIEWED = "not_interviewed"


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """A case as it is judged. known_at: when it became known; contacts: how many people are named, those refused left out."""

    key: int
    known_at: datetime
    interviewed_at: datetime | None
    contacts: int


@dataclass(frozen=True, slots=True)
class EdgeFacts:
    """A contact as it is judged. first, last: when it began and ended, as days where these are; onset: of the case, and of the other person
    where they fell ill too."""

    key: int
    case: int
    case_onset: date | None
    other_onset: date | None
    isolated_at: datetime | None
    first_at: datetime | None
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. edge: of which contact, None where it is about the case alone; number: days, hours or contacts, as the kind
    has it."""

    kind: Kind
    case: int
    edge: int | None
    number: int


def of_case(case: CaseFacts, now: datetime) -> Iterator[Finding]:
    """What is missing of a case. A case within its first 24 hours is not late."""
    waited = (case.interviewed_at or now) - case.known_at
    if waited > INTERVIEWED_WITHIN:
        yield Finding(Kind.NOT_INTERVIEWED, case.key, None, int(waited.total_seconds() // 3600))
    # Before the interview nobody can be expected to be named.
    if case.contacts < FEWEST_CONTACTS and case.interviewed_at is not None:
        yield Finding(Kind.FEW_CONTACTS, case.key, None, case.contacts)


def of_edge(edge: EdgeFacts) -> Iterator[Finding]:
    """What cannot be right about a contact; what is not known contradicts nothing."""
    onset, other = edge.case_onset, edge.other_onset
    if onset is not None and other is not None and other < onset:
        yield Finding(Kind.SECOND_BEFORE_FIRST, edge.case, edge.key, (onset - other).days)
    if onset is not None and edge.last_day is not None and edge.last_day < onset - LONGEST_INCUBATION:
        yield Finding(Kind.CONTACT_TOO_EARLY, edge.case, edge.key, (onset - edge.last_day).days)
    if other is not None and edge.last_day is not None and edge.last_day < other - LONGEST_INCUBATION:
        yield Finding(Kind.ONSET_TOO_LATE, edge.case, edge.key, (other - edge.last_day).days)
    if edge.isolated_at is not None and edge.first_at is not None and edge.first_at > edge.isolated_at:
        hours = int((edge.first_at - edge.isolated_at).total_seconds() // 3600)
        yield Finding(Kind.CONTACT_AFTER_ISOLATION, edge.case, edge.key, hours)


def implausible(cases: Iterable[CaseFacts], edges: Iterable[EdgeFacts], now: datetime) -> list[Finding]:
    """All findings, those of one case together, what cannot be right before what is missing."""
    found = [each for edge in edges for each in of_edge(edge)]
    found += [each for case in cases for each in of_case(case, now)]
    order = {kind: place for place, kind in enumerate(Kind)}
    return sorted(found, key=lambda each: (each.case, order[each.kind], each.edge or 0))
