"""The rules that hold here: those that are shipped and those that the province added; added and withdrawn with a reason, never changed."""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.contacts.rules import Rule, check_rule, rule_of, shipped, written
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, read
from monitor.models.contacts.cases import ContactRule
from monitor.people.pasted import plain
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

OWN = "own-"
_DISEASE = re.compile(r"[a-z0-9][a-z0-9-]{1,38}")


def rules_of(session: Session) -> tuple[Rule, ...]:
    """All rules that count, shipped and own."""
    return read(session, rules_asked())


def rules_asked() -> Reading[tuple[Rule, ...]]:
    """The same as a reading."""
    rows = yield from asked(select(ContactRule).where(ContactRule.withdrawn_at.is_(None)).order_by(ContactRule.id))
    return (*shipped(), *(own_rule(each) for each in rows))


def own_rule(row: ContactRule) -> Rule:
    """A stored row as a rule."""
    stated = {
        "key": f"{OWN}{row.id}",
        "disease": row.disease,
        "name_vi": row.name,
        "name_en": row.name,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "source": row.source,
        "own": True,
    }
    return rule_of(row.details, **stated)


def add_rule(session: Session, rule: Rule, account_id: int, now: datetime) -> ContactRule:
    """Store a province's rule. Raises BadInput."""
    check_rule(rule)
    if not _DISEASE.fullmatch(rule.disease):
        raise BadInput(N_("Choose a disease."), field="disease")
    if not plain(rule.name["vi"]):
        raise BadInput(N_("Give the rule a name."), field="name")
    row = ContactRule(
        disease=rule.disease,
        name=plain(rule.name["vi"])[:200],
        starts_on=rule.starts_on,
        ends_on=rule.ends_on,
        source=plain(rule.source)[:400],
        details=written(rule),
        made_at=now,
        made_by=account_id,
    )
    session.add(row)
    session.flush()
    audit.note(session, Action.CONTACT_RULE_ADDED, at=now, account_id=account_id, name=row.name)
    return row


def withdraw_rule(session: Session, rule_id: int, why: str, account_id: int, now: datetime) -> None:
    """From now on it judges nothing more; what it judged keeps it as it read. Raises BadInput, Conflict."""
    reason = require_reason(why)
    mine = update(ContactRule).where(ContactRule.id == rule_id, ContactRule.withdrawn_at.is_(None))
    if not changed(session, mine.values(withdrawn_at=now, withdrawn_by=account_id, withdrawn_why=reason)):
        raise Conflict(N_("This rule was withdrawn already."))
    audit.note(session, Action.CONTACT_RULE_WITHDRAWN, at=now, account_id=account_id, reason=reason)
