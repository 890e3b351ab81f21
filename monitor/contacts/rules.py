"""Contact rules: what a rule says, which one was in force on a day, and whether a typed one can hold. Pure decisions."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitor.models.contacts.contacts import Proximity
from monitor.problems import BadInput
from monitor.words import N_

_SHIPPED = Path(__file__).parent / "rules.toml"
MOST_DAYS = 60
"""A period or an order of more days is a mistake of typing."""


class Until(StrEnum):
    """When a case infects nobody any more."""

    ISOLATION = "isolation"
    ENDED = "ended"
    """The day of the test that says so, wherever the person is."""


@dataclass(frozen=True)
class Tier:
    """Who counts as which contact. minutes: together at least, None: however short. order_days: None: no order by this rule.

    order_days and test_days are counted from the last meeting.
    """

    key: str
    degree: int
    name: Mapping[str, str]
    proximity: frozenset[Proximity]
    minutes: int | None = None
    order_days: int | None = None
    test_days: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One rule with its dates. ends_on: its last day; None: in force. unsure: what of it does not stand in its source."""

    key: str
    disease: str
    name: Mapping[str, str]
    starts_on: date
    ends_on: date | None
    source: str
    metres: float
    before_onset_days: int
    before_sample_days: int
    until: Until
    tiers: tuple[Tier, ...]
    address: str = ""
    unsure: frozenset[str] = field(default_factory=frozenset)
    own: bool = False
    """Added by a province."""

    def tier(self, key: str) -> Tier | None:
        """The tier of that key."""
        return next((each for each in self.tiers if each.key == key), None)


@lru_cache(1)
def shipped() -> tuple[Rule, ...]:
    """The rules that the product brings, the oldest first."""
    return tuple(rule_of(each) for each in tomllib.loads(_SHIPPED.read_text("utf-8"))["rules"])


def rule_of(content: Mapping[str, Any], **stated: Any) -> Rule:
    """A rule as the file or the database has it. stated: what stands in columns of its own."""
    whole = {**content, **stated}
    return Rule(
        key=whole["key"],
        disease=whole["disease"],
        name={"vi": whole["name_vi"], "en": whole["name_en"]},
        starts_on=_day(whole["starts_on"]),
        ends_on=_day(whole["ends_on"]) if whole.get("ends_on") else None,
        source=whole["source"],
        address=whole.get("address", ""),
        metres=float(whole["metres"]),
        before_onset_days=whole["before_onset_days"],
        before_sample_days=whole["before_sample_days"],
        until=Until(whole["until"]),
        tiers=tuple(_tier(each) for each in whole["tiers"]),
        unsure=frozenset(whole.get("unsure", ())),
        own=whole.get("own", False),
    )


def written(rule: Rule) -> dict[str, Any]:
    """A rule as JSON, read again by `rule_of`: how an exposure keeps the rule that judged it."""
    return {
        "key": rule.key,
        "disease": rule.disease,
        "name_vi": rule.name["vi"],
        "name_en": rule.name["en"],
        "starts_on": rule.starts_on.isoformat(),
        "ends_on": rule.ends_on.isoformat() if rule.ends_on else None,
        "source": rule.source,
        "address": rule.address,
        "metres": rule.metres,
        "before_onset_days": rule.before_onset_days,
        "before_sample_days": rule.before_sample_days,
        "until": rule.until.value,
        "unsure": sorted(rule.unsure),
        "own": rule.own,
        "tiers": [
            {
                "key": each.key,
                "degree": each.degree,
                "name_vi": each.name["vi"],
                "name_en": each.name["en"],
                "proximity": sorted(near.value for near in each.proximity),
                "minutes": each.minutes,
                "order_days": each.order_days,
                "test_days": list(each.test_days),
            }
            for each in rule.tiers
        ],
    }


def in_force(rules: Iterable[Rule], disease: str, day: date) -> Rule | None:
    """The rule of a day: of those in force the one that began last, a province's own before a shipped one of the same day."""
    held = [
        each
        for each in rules
        if each.disease == disease and each.starts_on <= day and (each.ends_on is None or day <= each.ends_on)
    ]
    return max(held, key=lambda each: (each.starts_on, each.own, each.key), default=None)


def check_rule(rule: Rule) -> None:
    """That a typed rule can hold. Raises BadInput for the first thing that cannot."""
    if rule.ends_on is not None and rule.ends_on < rule.starts_on:
        raise BadInput(
            N_("The rule would end before it begins. Its last day must be the first day or a later one."), field="ends_on"
        )
    if not rule.source.strip():
        raise BadInput(N_("Name the document that the rule stands in, with its number and date."), field="source")
    if not 0 < rule.metres <= 50:
        raise BadInput(N_("The distance must be more than 0 and at most 50 metres."), field="metres")
    days = {"before_onset_days": rule.before_onset_days, "before_sample_days": rule.before_sample_days}
    days |= {"order_days": max((each.order_days or 0 for each in rule.tiers), default=0)}
    days |= {"test_days": max((day for each in rule.tiers for day in each.test_days), default=0)}
    for name, many in days.items():
        if not 0 <= many <= MOST_DAYS:
            raise BadInput(N_("A number of days must be between 0 and %(most)s."), most=MOST_DAYS, field=name)
    if not any(each.degree == 1 and each.proximity for each in rule.tiers):
        raise BadInput(N_("Say how near someone must have come to count as a contact."), field="proximity")


def overlapping(rule: Rule, others: Sequence[Rule]) -> list[Rule]:
    """Other rules of the disease that are in force on some day of this one: shown beside it, since the later one wins."""
    last = rule.ends_on or date.max
    return [
        each
        for each in others
        if each.disease == rule.disease and each.starts_on <= last and rule.starts_on <= (each.ends_on or date.max)
    ]


def _tier(content: Mapping[str, Any]) -> Tier:
    return Tier(
        key=content["key"],
        degree=content["degree"],
        name={"vi": content["name_vi"], "en": content["name_en"]},
        proximity=frozenset(Proximity(each) for each in content["proximity"]),
        minutes=content.get("minutes"),
        order_days=content.get("order_days"),
        test_days=tuple(content.get("test_days", ())),
    )


def _day(given: date | str) -> date:
    return date.fromisoformat(given) if isinstance(given, str) else given
