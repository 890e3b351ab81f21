"""What a list of people is narrowed down to: read from an address, and written into one again. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from monitor.folding import folded
from monitor.incidents.triage import Risk
from monitor.models.people.residents import FStatus, PresenceState
from monitor.problems import BadInput
from monitor.words import N_

MOST_WORDS, LONGEST_TYPED, MOST_AGE, MOST_HOURS, MOST_DAYS = 8, 120, 130, 24 * 60, 366


class Standing(StrEnum):
    """Where somebody is in their quarantine."""

    HERE = "here"
    """Has a place: an order that holds or will hold them, in hospital, or only just entered."""
    IN_FORCE = "in_force"
    """An order holds them now."""
    AWAITING = "awaiting"
    """Entered, and without any order yet."""
    HOSPITALISED = "hospitalised"
    LEFT = "left"
    OVER = "over"
    """Released, transferred or died, or the time of the order is over."""
    ALL = "all"


class Order(StrEnum):
    """What the list is sorted by."""

    NAME = "name"
    NEWEST = "newest"
    ENDS = "ends"
    """When the order ends, the soonest first; only those whom one holds."""


@dataclass(frozen=True)
class Typed:
    """What was typed into the field, taken apart. numbers: as it stands, where it may be a whole number.

    words: beginnings of the words of a name, of a room or of a unit. tails: last four signs of a number.
    """

    words: tuple[str, ...] = ()
    number: str = ""
    tail: str = ""


@dataclass(frozen=True)
class Criteria:
    """None and "": does not matter. answered_hours: nobody who answered within so many hours. age_from, age_to: in full years.

    ends_days: whose order ends within so many days. unit: the code of a commune, or of what is above it.
    """

    typed: str = ""
    zone: int | None = None
    room: int | None = None
    standing: Standing = Standing.HERE
    presence: PresenceState | None = None
    unanswered_hours: int | None = None
    f_status: FStatus | None = None
    age_from: int | None = None
    age_to: int | None = None
    risk: Risk | None = None
    ends_days: int | None = None
    test_due_days: int | None = None
    """Who has an open test that is due within so many days, or was due before; 0: today."""
    unit: str = ""
    order: Order = Order.NAME

    def address(self) -> dict[str, str]:
        """As `read_criteria` reads it, without what does not matter."""
        usual = Criteria()
        return {
            each.name: str(value) for each in fields(self) if (value := getattr(self, each.name)) != getattr(usual, each.name)
        }

    @property
    def narrowed(self) -> bool:
        """Whether anything but the order was chosen."""
        return self != Criteria(order=self.order)


def read_criteria(given: Mapping[str, str]) -> Criteria:
    """What an address or a form says. Raises BadInput that names the field."""

    def number(name: str, most: int) -> int | None:
        text = given.get(name, "").strip()
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > most:
            raise BadInput(N_("Write a number from 0 to %(most)s."), field=name, most=most)
        return int(text)

    def choice(kind: type[StrEnum], name: str) -> StrEnum | None:
        text = given.get(name, "").strip()
        try:
            return kind(text) if text else None
        except ValueError:
            raise BadInput(N_("This address is incomplete. Go back to the start of the list."), field=name) from None

    ages = number("age_from", MOST_AGE), number("age_to", MOST_AGE)
    if None not in ages and ages[0] > ages[1]:  # type: ignore[operator]
        ages = ages[1], ages[0]
    return Criteria(
        typed=" ".join(given.get("typed", "").split())[:LONGEST_TYPED],
        zone=number("zone", 10**9),
        room=number("room", 10**9),
        standing=Standing(choice(Standing, "standing") or Standing.HERE),
        presence=choice(PresenceState, "presence"),  # type: ignore[arg-type]
        unanswered_hours=number("unanswered_hours", MOST_HOURS),
        f_status=choice(FStatus, "f_status"),  # type: ignore[arg-type]
        age_from=ages[0],
        age_to=ages[1],
        risk=choice(Risk, "risk"),  # type: ignore[arg-type]
        ends_days=number("ends_days", MOST_DAYS),
        test_due_days=number("test_due_days", MOST_DAYS),
        unit="".join(sign for sign in given.get("unit", "") if sign.isalnum())[:16],
        order=Order(choice(Order, "order") or Order.NAME),
    )


def taken_apart(typed: str) -> Typed:
    """What somebody means who types this: a number, whole or its last four signs; or words. Accents and capitals are the same."""
    signs = re.sub(r"[\s.\-()+/]", "", typed)
    if len(signs) >= 7 and sum(sign.isdigit() for sign in signs) >= 6:
        return Typed(number=typed)
    words = tuple(dict.fromkeys(folded(typed).split()))[:MOST_WORDS]
    tail = signs.upper() if len(signs) == 4 and any(sign.isdigit() for sign in signs) else ""
    return Typed(words=words, tail=tail)
