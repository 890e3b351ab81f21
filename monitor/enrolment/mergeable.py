"""Whether two records of one person can become one, as things stand, and why not. Pure decisions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from monitor.people.order_deeds import Term, holds
from monitor.words import N_, Words, words


@dataclass(frozen=True)
class Side:
    """One of the two records.

    faces_deleted: its photos were deleted for good. unsettled: a roll-call, an incident, an offer or a planned change of it is open.
    answers_for: residents for whom it answers; answered_for: whether someone answers for it. tests: kind and day of each that was not
    cancelled.
    """

    resident_id: int
    zone_id: int
    deleted: bool = False
    orders: tuple[Term, ...] = ()
    refused_faces: bool = False
    photos: bool = False
    faces_deleted: bool = False
    unsettled: bool = False
    answers_for: frozenset[int] = frozenset()
    answered_for: bool = False
    tests: frozenset[tuple[str, date]] = frozenset()


def why_not(stays: Side, goes: Side, now: datetime) -> Words | None:
    """Why one cannot become a part of the other; None: it can."""
    return next(_against(stays, goes, now), None)


def _against(stays: Side, goes: Side, now: datetime) -> Iterator[Words]:
    if stays.resident_id == goes.resident_id:
        yield words(N_("These are one record already. Choose another one."))
    if stays.deleted or goes.deleted:
        yield words(N_("The data of one of the records was deleted; nothing can be merged any more."))
    yield from _of_orders(stays, goes, now)
    if goes.unsettled:
        yield words(
            N_(
                "A roll-call, an incident, an offer or a planned change of the record that goes is still open. Settle it first, then "
                "merge."
            )
        )
    yield from _of_guardians(stays, goes)
    yield from _of_faces(stays, goes)
    for _kind, day in sorted(stays.tests & goes.tests):
        yield words(
            N_("Both records have a test of the same kind on %(day)s. Cancel one of them first."), day=f"{day:%d/%m/%Y}"
        )


def _of_orders(stays: Side, goes: Side, now: datetime) -> Iterator[Words]:
    mine, theirs = (tuple(_held(each.orders, now)) for each in (stays, goes))
    if mine and theirs and stays.zone_id != goes.zone_id:
        yield words(
            N_(
                "Both records have an order that holds, in different zones. End one of the orders, or transfer the person first."
            )
        )
    if any(one.starts_at < other.ends_at and other.starts_at < one.ends_at for one in mine for other in theirs):
        yield words(N_("Both records have an order that holds at the same time. End one of them first, with the reason."))
    if theirs and not mine:
        yield words(N_("The record that goes has the order that holds now. Let that one stay, and the other one go."))


def _held(orders: Iterable[Term], now: datetime) -> Iterator[Term]:
    return (each for each in orders if holds(each) and each.ends_at > now)


def _of_guardians(stays: Side, goes: Side) -> Iterator[Words]:
    if goes.resident_id in stays.answers_for or stays.resident_id in goes.answers_for:
        yield words(N_("One of the two records answers for the other. Change that first."))
    elif (stays.answers_for | goes.answers_for) and (stays.answered_for or goes.answered_for):
        yield words(
            N_("One of the records answers for someone, and someone answers for one of them. Change one of the two first.")
        )


def _of_faces(stays: Side, goes: Side) -> Iterator[Words]:
    if (stays.refused_faces and goes.photos) or (goes.refused_faces and stays.photos):
        yield words(
            N_(
                "One of the records refuses face matching, and the other has photos of the face. Ask the person, and note it on both."
            )
        )
    if stays.faces_deleted and goes.photos:
        yield words(N_("The photos of the record that stays were permanently deleted. Let the other record stay."))
