"""What the record says: who was told of an alert, when and how, and what is urgent and was told to nobody. Nothing else is ever claimed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, literal_column, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, read
from monitor.incidents.cases import goes_on, leads
from monitor.models.accounts import Account
from monitor.models.alerts import Alert, AlertAddress, AlertDelivery, AlertIncident, AlertState, AlertWay, DeliveryAbout
from monitor.models.incidents import Incident, IncidentState, Urgency
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import Words

ALARMS = (DeliveryAbout.ALARM, DeliveryAbout.AGAIN)
# What left, as far as we know; of an open page: what it showed.
LEFT = (PromptState.SENT, PromptState.DELIVERED)
UNTOLD_AFTER = timedelta(seconds=120)
"""Then the service is not whole: the telling itself did not run, or nobody can be told."""


@dataclass(frozen=True)
class Told:
    """One delivery. at: when it was received, or left, or was made. device: as its owner calls it."""

    delivery_id: int
    alert_id: int | None
    account_id: int
    name: str
    way: AlertWay
    device: str
    about: DeliveryAbout
    state: PromptState
    at: datetime
    problem: Words | None


@dataclass(frozen=True)
class Untold:
    """count: incidents in which somebody may be in danger and nobody was told of; oldest: since when; zones: where."""

    count: int
    oldest: datetime | None
    zones: frozenset[int]


def told_of(session: Session, alert_ids: Collection[int]) -> list[Told]:
    """All deliveries of alerts, oldest first."""
    return read(session, told_of_asked(alert_ids))


def told_of_asked(alert_ids: Collection[int]) -> Reading[list[Told]]:
    """The same as a reading."""
    return _told(AlertDelivery.alert_id.in_(alert_ids))


def told_of_incident(incident_id: int) -> Reading[list[Told]]:
    """All deliveries of the alerts that an incident is part of, oldest first."""
    alerts = select(AlertIncident.alert_id).where(AlertIncident.incident_id == incident_id)
    return _told(AlertDelivery.alert_id.in_(alerts))


def newest_tests(session: Session, account_id: int) -> dict[int, Told]:
    """The newest test of each of a person's addresses; 0 is the open page."""
    tests = read(session, _told(AlertDelivery.account_id == account_id, AlertDelivery.about == DeliveryAbout.TEST))
    addresses = dict(
        session.execute(select(AlertDelivery.id, AlertDelivery.address_id).where(AlertDelivery.account_id == account_id)).all()
    )
    return {addresses[each.delivery_id]: each for each in tests}


def _told(*conditions: ColumnElement[bool]) -> Reading[list[Told]]:
    rows = yield from asked(
        select(AlertDelivery, Account.username, AlertAddress.name)
        .join(Account, Account.id == AlertDelivery.account_id)
        .outerjoin(AlertAddress, AlertAddress.id == AlertDelivery.address_id)
        .where(*conditions)
        .order_by(AlertDelivery.id)
    )
    return [
        Told(
            row.id,
            row.alert_id,
            row.account_id,
            username,
            row.way,
            device or "",
            row.about,
            row.state,
            row.delivered_at or row.sent_at or row.made_at,
            Words.load(row.problem) if row.problem else None,
        )
        for row, username, device in rows
    ]


def names_told(told: Sequence[Told]) -> list[str]:
    """Who was told, each once: only those to whom an alarm surely left."""
    return list(dict.fromkeys(each.name for each in told if each.about in ALARMS and each.state in LEFT))


def first_told(session: Session, incident_id: int) -> datetime | None:
    """When the first alarm left that surely did since an incident became urgent; None where none has."""
    return session.scalar(
        select(func.min(AlertDelivery.sent_at))
        .join(Alert, Alert.id == AlertDelivery.alert_id)
        .join(AlertIncident, AlertIncident.alert_id == Alert.id)
        .join(Incident, Incident.id == AlertIncident.incident_id)
        .where(Incident.id == incident_id, *_told_of())
    )


def _told_of() -> tuple[ColumnElement[bool], ...]:
    """Conditions on a delivery, its alert and an incident: it surely left as an alarm, and not before the danger was there."""
    return (
        AlertDelivery.about.in_(ALARMS),
        AlertDelivery.state.in_(LEFT),
        AlertDelivery.made_at >= Alert.raised_at,
        AlertDelivery.made_at >= func.coalesce(Incident.urgent_since, Incident.opened_at, type_=Incident.opened_at.type),
        Alert.urgency == Urgency.DANGER,
        Alert.state != AlertState.CLEARED,
    )


def untold(session: Session, now: datetime, after: timedelta = UNTOLD_AFTER) -> Untold:
    """Incidents with danger that nobody took, whose cause lasts, and of which no alarm left within `after`."""
    return read(session, untold_asked(now, after))


def untold_asked(now: datetime, after: timedelta = UNTOLD_AFTER) -> Reading[Untold]:
    """The same as a reading."""
    left = (
        select(AlertDelivery.id)
        .join(AlertIncident, AlertIncident.alert_id == AlertDelivery.alert_id)
        .join(Alert, Alert.id == AlertDelivery.alert_id)
        .where(
            AlertIncident.incident_id == Incident.id,
            *_told_of(),
        )
        .correlate(Incident)
        .exists()
    )
    rows = yield from asked(
        select(Incident.zone_id, Incident.last_occurred_at).where(
            *open_and(Urgency.DANGER), Incident.last_occurred_at <= now - after, ~left
        )
    )
    return Untold(len(rows), min((row.last_occurred_at for row in rows), default=None), frozenset(row.zone_id for row in rows))


def open_and(urgency: Urgency) -> tuple[ColumnElement[bool], ...]:
    """Conditions on Incident: a case or what stands alone, which nobody took, goes on and is so urgent. Written out, for the partial indexes."""
    columns = Incident.__table__.c
    return (
        Incident.urgency == literal_column(f"'{urgency}'", columns.urgency.type),
        Incident.state == literal_column(f"'{IncidentState.OPEN}'", columns.state.type),
        Incident.state != literal_column(f"'{IncidentState.RESOLVED}'", columns.state.type),
        leads(),
        goes_on(),
    )


def counted_since(accounts: Collection[int], since: datetime) -> Reading[Mapping[int, int]]:
    """How many alerts each person was called to since a moment."""
    rows = yield from asked(
        select(AlertDelivery.account_id, func.count(AlertDelivery.alert_id.distinct()))
        .where(AlertDelivery.account_id.in_(accounts), AlertDelivery.made_at >= since, AlertDelivery.about.in_(ALARMS))
        .group_by(AlertDelivery.account_id)
    )
    return {row[0]: row[1] for row in rows}
