"""The vectors of contact rules, each with its source, and what this code makes of them: for tests and for the bench."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from monitor.contacts.periods import Dates, Meeting, infectious, judge, of_contact
from monitor.contacts.rules import in_force, shipped
from monitor.models.contacts.contacts import Proximity

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
_FILE = Path(__file__).parent / "rule_vectors.toml"


@dataclass(frozen=True)
class Answer:
    """What a vector wants, or what was reckoned. order_days: 0 where no order follows; None: not asked."""

    rule: str
    tier: str
    certainty: str | None
    order_days: int | None


def vectors() -> list[dict[str, Any]]:
    """All of them, as they stand in the file; each has a `source`."""
    return list(tomllib.loads(_FILE.read_text("utf-8"))["vectors"])


def wanted(vector: Mapping[str, Any]) -> Answer:
    """What must come out."""
    return Answer(vector["rule"], vector["tier"], vector.get("certainty"), vector.get("order_days"))


def reckoned(vector: Mapping[str, Any]) -> Answer:
    """What comes out, as far as the vector asks for it."""
    start = _at(vector["met"])
    end = start + timedelta(minutes=vector.get("minutes", 1))
    meeting = Meeting(start, end, start, end, vector.get("minutes"), Proximity(vector["proximity"]))
    dates = Dates(
        onset_on=vector.get("onset_on"),
        without_signs=vector.get("without_signs", False),
        sampled_on=vector.get("sampled_on"),
        isolated_at=_at(vector["isolated_at"]) if "isolated_at" in vector else None,
        ended_on=vector.get("ended_on"),
    )
    rule = in_force(shipped(), vector.get("disease", "covid-19"), start.date())
    if "through_from" in vector:
        until = _at(vector["through_until"]) if "through_until" in vector else None
        degree, period = 2, of_contact(_at(vector["through_from"]), until)
    else:
        degree, period = 1, infectious(dates, rule, ZONE) if rule is not None else None
    judged = judge(rule, degree, period, meeting, start.date().isoformat())
    tier = rule.tier(judged.tier) if rule is not None else None
    return Answer(
        rule.key if rule is not None else "",
        judged.tier,
        judged.certainty.value if "certainty" in vector else None,
        (tier.order_days or 0) if tier is not None and "order_days" in vector else None,
    )


def _at(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZONE)
