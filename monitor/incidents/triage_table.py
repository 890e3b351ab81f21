"""The table of warning signs that holds: the shipped file, or the newest version that somebody made on the console."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, first, read
from monitor.incidents.triage import LIMITED, SIGNS, Risk, Rule, Table
from monitor.models.incidents import Urgency
from monitor.models.triage import TriageTable
from monitor.problems import BadInput
from monitor.words import N_

_SHIPPED = Path(__file__).parent / "warning_signs.toml"
LONGEST_WHY = 1000
MINUTES = (1, 24 * 60)
"""What a deadline may be."""
AGES = (18, 120)


@lru_cache(1)
def shipped() -> Table:
    """The table that holds while nobody has made another one."""
    content = tomllib.loads(_SHIPPED.read_text("utf-8"))
    return _table(content, content["version"])


def in_force(session: Session, now: datetime) -> Table:
    """The table that decides at this moment."""
    return read(session, in_force_asked(now))


def in_force_asked(now: datetime) -> Reading[Table]:
    """The same as a reading."""
    made = select(TriageTable).where(TriageTable.valid_from <= now)
    row = yield from first(made.order_by(TriageTable.valid_from.desc(), TriageTable.id.desc()))
    return shipped() if row is None else table_of(row)


def table_of(row: TriageTable) -> Table:
    """A stored version."""
    return _table(row.content, str(row.id), row.why)


def _table(content: Mapping[str, Any], version: str, why: str = "") -> Table:
    return Table(
        version=version,
        rules=tuple(
            Rule(each["sign"], Urgency(each["usual"]), Urgency(each["at_risk"]), each.get("limit")) for each in content["rules"]
        ),
        risks=frozenset(Risk(each) for each in content["risks"]["count"]),
        old_from=content["risks"]["old_from"],
        minutes={Urgency(urgency): (usual, first) for urgency, (usual, first) in content["minutes"].items()},
        why=why,
    )


def dump(table: Table) -> dict[str, Any]:
    """As it is stored, with the same members as the shipped file."""
    return {
        "rules": [
            {"sign": each.sign, "usual": each.usual.value, "at_risk": each.at_risk.value}
            | ({} if each.limit is None else {"limit": each.limit})
            for each in table.rules
        ],
        "risks": {"count": [each.value for each in Risk if each in table.risks], "old_from": table.old_from},
        "minutes": {urgency.value: list(minutes) for urgency, minutes in table.minutes.items()},
    }


def check(table: Table) -> None:
    """Raise BadInput, with the form's field, for a table that cannot hold."""
    for number, rule in enumerate(table.rules):
        if rule.sign not in SIGNS or (rule.limit is None) == (rule.sign in LIMITED):
            raise BadInput(N_("The form is out of date. Please reload the page."), field=f"rule-{number}")
        lowest, highest = LIMITED.get(rule.sign, (0.0, 0.0))
        if rule.limit is not None and not lowest <= rule.limit <= highest:
            raise BadInput(
                N_("This limit must be from %(low)s to %(high)s."), field=f"limit-{number}", low=lowest, high=highest
            )
    if not AGES[0] <= table.old_from <= AGES[1]:
        raise BadInput(N_("The age must be from %(low)s to %(high)s years."), field="old_from", low=AGES[0], high=AGES[1])
    for urgency, minutes in table.minutes.items():
        if not all(MINUTES[0] <= each <= MINUTES[1] for each in minutes):
            raise BadInput(
                N_("A deadline must be from %(low)s to %(high)s minutes."),
                field=f"minutes-{urgency}",
                low=MINUTES[0],
                high=MINUTES[1],
            )


def save(session: Session, table: Table, *, valid_from: datetime, why: str, account_id: int, now: datetime) -> TriageTable:
    """Make a new version, in the caller's write transaction; all before it stay. Raises BadInput, with the form's field."""
    check(table)
    why = why.strip()
    if not 1 <= len(why) <= LONGEST_WHY:
        raise BadInput(N_("Please say why the table changes, in 1 to 1,000 characters."), field="why")
    if valid_from < now:
        # What was decided before was decided by the version of then.
        valid_from = now
    row = TriageTable(valid_from=valid_from, made_at=now, made_by=account_id, content=dump(table), why=why)
    session.add(row)
    session.flush()
    return row
