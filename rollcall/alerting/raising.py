"""The clock's part of alerts: raised for what is urgent, the next called while nobody takes them, ended, and told to be over.

Each function looks without the write lock first, may run twice, and is one transaction.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from monitor.alerts.escalation import Rules, next_call
from monitor.alerts.record import ALARMS, LEFT, open_and
from monitor.alerts.roster import Roster, read_roster
from monitor.alerts.ways import OPEN_PAGE, ways_for_all_clear
from monitor.changes import Topic, announce
from monitor.database.database import Database
from monitor.database.locks import Lock, only_one
from monitor.database.many_rows import insert_rows, one_of
from monitor.database.statements import changed
from monitor.incidents.cases import goes_on, parts_of
from monitor.models.alerts import Alert, AlertDelivery, AlertIncident, AlertState, AlertWay, DeliveryAbout
from monitor.models.incidents import Incident, IncidentKind, IncidentState, Urgency
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import N_, words
from rollcall.alerting.deliveries import PAGE, addresses_of, after_failure, call, queue

log = logging.getLogger(__name__)
MOST_AT_ONCE = 2000
# An open page shows an alert within two seconds or three; a page that nobody has open never does.
PAGE_SHOWS_WITHIN = timedelta(seconds=20)
NO_PAGE = words(N_("No page of the console was open."))


@dataclass(frozen=True)
class Urgent:
    """An incident that staff must be told of."""

    id: int
    zone_id: int
    kind: IncidentKind
    urgency: Urgency


def tick_alerts(database: Database, now: datetime, rules: Rules, timezone: ZoneInfo) -> None:
    """One second's work on alerts. What fails is told in the log and keeps nothing else from its turn."""
    ticks: tuple[Callable[[], int], ...] = (
        partial(raise_due, database, now, rules),
        partial(end_over, database, now),
        partial(note_unseen, database, now),
        partial(call_due, database, now, rules, timezone),
    )
    for tick in ticks:
        try:
            tick()
        except Exception:
            log.exception("a tick of alerts failed and is repeated")


def raise_due(database: Database, now: datetime, rules: Rules) -> int:
    """Make alerts for incidents that are urgent and part of none, or join them to one; returns for how many."""
    with database.read() as session:
        if not _due(session, now, rules, 1):
            return 0
    with database.write() as session:
        only_one(session, Lock.ALERTING)
        groups: dict[tuple[int, IncidentKind], list[Urgent]] = defaultdict(list)
        due = _due(session, now, rules, MOST_AT_ONCE)
        for each in due:
            groups[each.zone_id, each.kind].append(each)
        for (zone_id, kind), group in groups.items():
            _join(session, zone_id, kind, group, now, rules)
        return len(due)


def _due(session: Session, now: datetime, rules: Rules, most: int) -> list[Urgent]:
    """Incidents of which nobody is being told as urgently as they are, those with danger first."""
    told = select(AlertIncident.incident_id).join(Alert, Alert.id == AlertIncident.alert_id)
    told = told.where(Alert.state == AlertState.OPEN)
    asked = select(Incident.id, Incident.zone_id, Incident.kind, Incident.urgency)
    danger = asked.where(*open_and(Urgency.DANGER), Incident.id.not_in(told.where(Alert.urgency == Urgency.DANGER)))
    waited = now - rules.soon
    soon = asked.where(
        *open_and(Urgency.SOON), Incident.opened_at <= waited, Incident.last_occurred_at <= waited, Incident.id.not_in(told)
    )
    found: list[Urgent] = []
    for query in (danger, soon):
        found += [Urgent(*row) for row in session.execute(query.order_by(Incident.id).limit(most - len(found)))]
        if len(found) >= most:
            break
    # A case is told of by what speaks most for looking, not by what it began with.
    tops = {lead: parts[0].kind for lead, parts in parts_of(session, [each.id for each in found]).items()} if found else {}
    return [replace(each, kind=tops.get(each.id, each.kind)) for each in found]


def _join(session: Session, zone_id: int, kind: IncidentKind, group: Sequence[Urgent], now: datetime, rules: Rules) -> None:
    """Add incidents of one zone and kind to the alert that is open for them, or make it."""
    urgency = Urgency.DANGER if any(each.urgency is Urgency.DANGER for each in group) else Urgency.SOON
    ids = [each.id for each in group]
    part_of = select(AlertIncident.alert_id).where(one_of(AlertIncident.incident_id, ids))
    alert = session.scalars(
        select(Alert)
        .where(
            Alert.zone_id == zone_id,
            Alert.kind == kind,
            Alert.state == AlertState.OPEN,
            # One whose calls have ended tells nobody of what joins it.
            or_(and_(Alert.joined_at >= now - rules.group, Alert.next_step_at.is_not(None)), Alert.id.in_(part_of)),
        )
        .order_by(Alert.id.desc())
        .limit(1)
    ).first()
    if alert is None:
        alert = Alert(
            zone_id=zone_id,
            kind=kind,
            urgency=urgency,
            state=AlertState.OPEN,
            opened_at=now,
            joined_at=now,
            raised_at=now,
            next_step_at=now,
            incidents=0,
            calls=0,
            again=0,
        )
        session.add(alert)
        session.flush()
    joined = insert_rows(session, AlertIncident, [{"incident_id": each} for each in ids], {"alert_id": alert.id})
    values: dict[str, object] = {"incidents": Alert.incidents + joined, "joined_at": now}
    if urgency is Urgency.DANGER and alert.urgency is not Urgency.DANGER:
        # Whoever was told before was told of less.
        values |= {"urgency": urgency, "raised_at": now, "next_step_at": now, "again": 0}
    elif urgency is Urgency.DANGER and joined:
        # Whoever was called knows of others: nobody of these waits for longer than for a first call.
        values |= {"next_step_at": min(alert.next_step_at or now, now + rules.wait), "again": 0}
    changed(session, update(Alert).where(Alert.id == alert.id).values(**values))
    announce(session, zone_id, Topic.ALERT, now)


def call_due(database: Database, now: datetime, rules: Rules, timezone: ZoneInfo) -> int:
    """Call the next people to alerts that nobody took; returns to how many alerts."""
    due = (Alert.state == AlertState.OPEN, Alert.next_step_at <= now)
    with database.read() as session:
        if session.scalar(select(Alert.id).where(*due).limit(1)) is None:
            return 0
    with database.write() as session:
        only_one(session, Lock.ALERTING)
        alerts = session.scalars(select(Alert).where(*due).order_by(Alert.next_step_at)).all()
        roster = read_roster(session, {each.zone_id for each in alerts})
        for alert in alerts:
            _call_next(session, alert, roster, now, rules, timezone)
        return len(alerts)


def _call_next(session: Session, alert: Alert, roster: Roster, now: datetime, rules: Rules, timezone: ZoneInfo) -> None:
    called = session.scalars(
        select(AlertDelivery.account_id)
        .where(
            AlertDelivery.alert_id == alert.id,
            AlertDelivery.about.in_(ALARMS),
            AlertDelivery.made_at >= alert.raised_at,
        )
        .distinct()
    ).all()
    duty = roster.on_duty(alert.zone_id, alert.kind, now)
    following = next_call(alert.urgency, duty, roster.supervisors(alert.zone_id), called, alert.again, rules)
    alert.next_step_at = None if following.pause is None else now + following.pause
    if following.accounts:
        alert.calls += 1
        alert.again += following.again
        call(session, alert, following.accounts, alert.calls, now, timezone)


def end_over(database: Database, now: datetime) -> int:
    """Note alerts that people took by taking all their incidents, and clear those that are over; returns how many changed."""
    with database.read() as session:
        if not _ended(session):
            return 0
    with database.write() as session:
        only_one(session, Lock.ALERTING)
        ended = _ended(session)
        for alert_id, state in ended:
            if state is AlertState.TAKEN:
                _note_taken(session, alert_id)
            else:
                clear_alert(session, alert_id, now)
        return len(ended)


def _ended(session: Session) -> list[tuple[int, AlertState]]:
    """Alerts that are in another state by now than is noted, and in which."""
    lasts: ColumnElement[bool] = and_(Incident.state != IncidentState.RESOLVED, goes_on())
    waits = and_(lasts, Incident.state == IncidentState.OPEN)
    counts = (
        select(
            Alert.id,
            Alert.state,
            func.sum(case((lasts, 1), else_=0)).label("lasting"),
            func.sum(case((waits, 1), else_=0)).label("waiting"),
        )
        .join(AlertIncident, AlertIncident.alert_id == Alert.id)
        .join(Incident, Incident.id == AlertIncident.incident_id)
        .where(Alert.state.in_((AlertState.OPEN, AlertState.TAKEN)))
        .group_by(Alert.id, Alert.state)
    )
    found: list[tuple[int, AlertState]] = []
    for row in session.execute(counts):
        if not row.lasting:
            found.append((row.id, AlertState.CLEARED))
        elif row.state is AlertState.OPEN and not row.waiting:
            found.append((row.id, AlertState.TAKEN))
    return found


def _note_taken(session: Session, alert_id: int) -> None:
    newest = session.execute(
        select(Incident.acknowledged_at, Incident.acknowledged_by)
        .join(AlertIncident, AlertIncident.incident_id == Incident.id)
        .where(AlertIncident.alert_id == alert_id, Incident.acknowledged_at.is_not(None))
        .order_by(Incident.acknowledged_at.desc())
        .limit(1)
    ).first()
    at, by = (newest.acknowledged_at, newest.acknowledged_by) if newest else (None, None)
    changed(
        session,
        update(Alert)
        .where(Alert.id == alert_id, Alert.state == AlertState.OPEN)
        .values(state=AlertState.TAKEN, taken_at=at, taken_by=by, next_step_at=None),
    )


def clear_alert(session: Session, alert_id: int, now: datetime) -> None:
    """End an alert, and tell those who were told of it, but for whoever resolved all of it and knows."""
    cleared = changed(
        session,
        update(Alert)
        .where(Alert.id == alert_id, Alert.state != AlertState.CLEARED)
        .values(state=AlertState.CLEARED, cleared_at=now, next_step_at=None),
    )
    if not cleared:
        return
    told: dict[int, set[int]] = defaultdict(set)
    rows = session.execute(
        select(AlertDelivery.account_id, AlertDelivery.address_id).where(
            AlertDelivery.alert_id == alert_id,
            AlertDelivery.about.in_(ALARMS),
            AlertDelivery.state.in_((*LEFT, PromptState.UNCERTAIN)),
        )
    )
    for account_id, address_id in rows:
        told[account_id].add(address_id)
    of_alert = select(Incident.resolved_by).join(AlertIncident, AlertIncident.incident_id == Incident.id)
    resolvers = set(session.scalars(of_alert.where(AlertIncident.alert_id == alert_id)))
    addresses = addresses_of(session, told)
    for account_id, over in told.items():
        if resolvers == {account_id}:
            continue
        ways = ways_for_all_clear(addresses[account_id], over)
        page = [PAGE] if OPEN_PAGE in over or not ways else []
        queue(session, alert_id, account_id, DeliveryAbout.ALL_CLEAR, "clear", [*page, *ways], now)
    announce(session, session.scalar(select(Alert.zone_id).where(Alert.id == alert_id)), Topic.ALERT, now)


def note_unseen(database: Database, now: datetime) -> int:
    """Note that no open page showed what was due to one; returns how many."""
    unseen = (
        AlertDelivery.way == AlertWay.PAGE,
        AlertDelivery.state == PromptState.QUEUED,
        AlertDelivery.next_attempt_at <= now - PAGE_SHOWS_WITHIN,
    )
    with database.read() as session:
        if session.scalar(select(AlertDelivery.id).where(*unseen).limit(1)) is None:
            return 0
    with database.write() as session:
        only_one(session, Lock.ALERTING)
        rows = session.scalars(select(AlertDelivery).where(*unseen)).all()
        for row in rows:
            row.state, row.next_attempt_at, row.problem = PromptState.FAILED, None, NO_PAGE.dump()
            session.flush()
            after_failure(session, row, now)
        return len(rows)
