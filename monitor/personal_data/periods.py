"""How long each kind of data is kept, since when, and on which legal basis; and when someone's quarantine ended. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.models.people.residents import OVER, OrderState
from monitor.settings import Settings
from monitor.words import N_


class Kind(StrEnum):
    """What is kept for a time."""

    SELFIES = "selfies"
    PLACES = "places"
    FACES = "faces"
    PERSONS = "persons"
    INCIDENT_MEDIA = "incident_media"
    UNKNOWN_TEXTS = "unknown_texts"
    FILE_ROWS = "file_rows"
    DOUBTFUL_ROWS = "doubtful_rows"
    PARKED_RESULTS = "parked_results"
    UNORDERED = "unordered"
    SCANS = "scans"
    WORKER_LISTS = "worker_lists"
    DECLARATIONS = "declarations"
    TICKETS = "tickets"
    CONTACTS = "contacts"


@dataclass(frozen=True)
class Rule:
    """kept: how long. what, since, basis: templates for `Words`."""

    kind: Kind
    kept: timedelta
    what: str
    since: str
    basis: str


_EPIDEMIC = N_(
    "Law 114/2025/QH15 on disease prevention, article 19 (isolation), with Law 91/2025/QH15 on personal data: kept only as long as the "
    "purpose needs it"
)
_AGREED = N_(
    "The person’s own agreement to face matching, recorded with version and time (Law 91/2025/QH15 on personal data): never the quarantine"
    " order"
)
_SECURITY = N_("Law 91/2025/QH15 on personal data, recording in public places for order and safety: only as long as needed")


def rules(settings: Settings) -> tuple[Rule, ...]:
    """All rules, as set."""
    return (
        Rule(
            Kind.SELFIES,
            timedelta(hours=settings.keep_selfies_hours),
            N_("Roll-call selfies"),
            N_("after the result"),
            _AGREED,
        ),
        Rule(
            Kind.PLACES,
            timedelta(hours=settings.keep_selfies_hours),
            N_("Locations reported by phones"),
            N_("after the result"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.FACES,
            timedelta(days=settings.keep_faces_days),
            N_("Reference photos and face templates"),
            N_("after release"),
            _AGREED,
        ),
        Rule(
            Kind.PERSONS,
            timedelta(days=settings.keep_person_days),
            N_("Names, telephone numbers, documents, addresses, symptoms and notes"),
            N_("after release"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.INCIDENT_MEDIA,
            timedelta(days=settings.keep_incident_media_days),
            N_("Pictures and clips of incidents"),
            N_("after the incident was resolved"),
            _SECURITY,
        ),
        Rule(
            Kind.UNKNOWN_TEXTS,
            timedelta(days=settings.keep_unknown_texts_days),
            N_("Text messages from unknown numbers"),
            N_("after they came"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.FILE_ROWS,
            timedelta(days=settings.keep_import_days),
            N_("Files of people, and their rows that were not entered"),
            N_("after they came, or after the others were entered"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.DOUBTFUL_ROWS,
            timedelta(days=settings.keep_doubtful_days),
            N_("Rows of files that may be people who are there already"),
            N_("after the question was asked"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.PARKED_RESULTS,
            timedelta(days=settings.keep_parked_results_days),
            N_("Laboratory results of which nobody has decided whose they are"),
            N_("after the question was asked"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.UNORDERED,
            timedelta(days=settings.keep_unordered_days),
            N_("All data about people who were entered and never got a quarantine order"),
            N_("after they were entered, or after their last test"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.SCANS,
            timedelta(days=settings.keep_control_point_days),
            N_("Scans at control points, and who was where by them"),
            N_("after they came"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.WORKER_LISTS,
            timedelta(days=settings.keep_worker_list_days),
            N_("Employers’ lists of workers at control points"),
            N_("after they were last sent"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.DECLARATIONS,
            timedelta(days=settings.keep_declarations_days),
            N_("Health declarations of the public, and who declared"),
            N_("after they came, unless an open case needs them"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.TICKETS,
            timedelta(days=settings.keep_tickets_days),
            N_("Words of people who turned to 1022, with their numbers and the answers"),
            N_("after the ticket was closed"),
            _EPIDEMIC,
        ),
        Rule(
            Kind.CONTACTS,
            timedelta(days=settings.keep_contacts_days),
            N_("Interviews about infected people, where they were, and the names of their contacts"),
            N_("after tracing ended"),
            _EPIDEMIC,
        ),
    )


def last_sign(entered: datetime, *later: datetime | None) -> datetime:
    """Since when someone without an order only waits: the last that is known of them."""
    return max((entered, *(each for each in later if each is not None)))


@dataclass(frozen=True)
class Held:
    """An order, as far as its end goes."""

    state: OrderState
    ends_at: datetime
    ended_at: datetime | None


def end_of_quarantine(orders: Iterable[Held]) -> datetime | None:
    """When the last of someone's orders ended or will end; None for someone who never had one."""
    ends = [
        min(order.ends_at, order.ended_at) if order.state in OVER and order.ended_at is not None else order.ends_at
        for order in orders
    ]
    return max(ends, default=None)
