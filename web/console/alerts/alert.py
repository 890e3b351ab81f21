"""Alerts: the list, one alert with who was told of it, taking it with one tap, and what an open page shows of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from monitor.accounts.access import Permission, Reader
from monitor.alerts.record import Told, told_of
from monitor.alerts.taking import take_alert
from monitor.models.accounts import Account
from monitor.models.alerts import Alert, AlertDelivery, AlertIncident, AlertState, AlertWay, DeliveryAbout
from monitor.models.hotline import HotlineAlarm, HotlineTicket
from monitor.models.incidents import Incident, Urgency
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.prompts import PromptState
from monitor.trail.actions import Action
from rollcall.alerting.receipts import note_shown
from rollcall.alerting.texts import Notice, code_of, title_of
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

MOST, MOST_SHOWN = 60, 20
LARGEST_LIST = 16 * 1024  # bytes

pages = Blueprint("alerts", __name__)


@dataclass(frozen=True)
class Listed:
    """An alert with its zone and who took it."""

    alert: Alert
    zone: str
    timezone: str
    taken_by: str | None

    @property
    def code(self) -> str:
        """Its name between people who telephone."""
        return code_of(self.alert.id)


@dataclass(frozen=True)
class About:
    """An incident that an alert is about."""

    incident: Incident
    resident: str | None
    room: str | None


def _listed(session: Session, reader: Reader, alert_id: int | None = None) -> list[Listed]:
    query = (
        select(Alert, Zone.name, Zone.timezone, Account.username)
        .join(Zone, Zone.id == Alert.zone_id)
        .outerjoin(Account, Account.id == Alert.taken_by)
        .order_by(Alert.id.desc())
        .limit(MOST)
    )
    if reader.zones is not None:
        query = query.where(Alert.zone_id.in_(reader.zones))
    if alert_id is not None:
        query = query.where(Alert.id == alert_id)
    return [Listed(*row) for row in session.execute(query)]


def _one(session: Session, alert_id: int) -> Listed:
    """An alert of the reader's zones. Raises NotFound."""
    found = _listed(session, the_reader(), alert_id)
    require_zone(the_reader(), found[0].alert.zone_id if found else None)
    return found[0]


def _about(session: Session, alert_id: int) -> list[About]:
    rows = session.execute(
        select(Incident, Resident.full_name, Room.name)
        .join(AlertIncident, AlertIncident.incident_id == Incident.id)
        .outerjoin(Resident, Resident.id == Incident.resident_id)
        .outerjoin(Room, Room.id == Incident.room_id)
        .where(AlertIncident.alert_id == alert_id)
        .order_by(Incident.id)
        .limit(MOST)
    )
    return [About(*row) for row in rows]


def _tickets(session: Session, alert_id: int) -> Sequence[HotlineTicket]:
    """Tickets of the hotline that an alert is about: they are taken and answered on their own pages."""
    mine = select(HotlineAlarm.ticket_id).where(HotlineAlarm.alert_id == alert_id)
    return session.scalars(
        select(HotlineTicket).where(HotlineTicket.id.in_(mine)).order_by(HotlineTicket.due_at, HotlineTicket.id).limit(MOST)
    ).all()


@pages.get("/alerts")
@guarded(Permission.SEE_RESIDENT, audit=None)
def alert_list() -> str:
    with parts().database.read() as session:
        listed = _listed(session, the_reader())
    return render_template("console/alerts/alerts.html", listed=listed)


@pages.get("/alerts/<int:alert_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def alert_page(alert_id: int) -> str:
    with parts().database.read() as session:
        one = _one(session, alert_id)
        about = _about(session, alert_id)
        told: list[Told] = told_of(session, [alert_id])
        tickets = _tickets(session, alert_id) if not about else []
    return render_template("console/alerts/alert.html", one=one, alert=one.alert, about=about, told=told, tickets=tickets)


@pages.post("/alerts/<int:alert_id>/take")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_TAKEN)
def take(alert_id: int) -> Answer:
    reader = the_reader()
    with parts().database.write() as session:
        one = _one(session, alert_id)
        taken = take_alert(session, alert_id, reader.account_id, now=now())
        note_view(session, zone_id=one.alert.zone_id, alert=one.code, incidents=taken)
    flash(_("You have taken this on. Nobody else is alerted to it any more."))
    if len(taken) == 1:
        return redirect(url_for("incidents.incident_page", incident_id=taken[0]), 303)
    return redirect(url_for("alerts.alert_page", alert_id=alert_id), 303)


@pages.get("/alerts/waiting")
@guarded(Permission.ACT_ON_INCIDENT, audit=None, page=False)
def waiting() -> Response:
    """What an open page shows to its reader: alerts that they were called to and nobody took, and what is new for them."""
    mine = (AlertDelivery.account_id == the_reader().account_id, AlertDelivery.way == AlertWay.PAGE)
    open_alarm = AlertDelivery.about.in_((DeliveryAbout.ALARM, DeliveryAbout.AGAIN)) & (Alert.state == AlertState.OPEN)
    fresh = AlertDelivery.state == PromptState.QUEUED
    with parts().database.read() as session:
        # Of what each alert said, the newest.
        newest = (
            select(func.max(AlertDelivery.id))
            .outerjoin(Alert, Alert.id == AlertDelivery.alert_id)
            .where(*mine, open_alarm | fresh)
            .group_by(AlertDelivery.alert_id)
            .order_by(func.max(AlertDelivery.id).desc())
            .limit(MOST_SHOWN)
        )
        rows = session.execute(
            select(AlertDelivery, Alert, Zone.name)
            .outerjoin(Alert, Alert.id == AlertDelivery.alert_id)
            .outerjoin(Zone, Zone.id == Alert.zone_id)
            .where(AlertDelivery.id.in_(list(session.scalars(newest))))
            .order_by(AlertDelivery.id.desc())
        ).all()
        unseen: dict[int | None, list[str]] = defaultdict(list)
        for alert_id, reference in session.execute(
            select(AlertDelivery.alert_id, AlertDelivery.reference).where(*mine, fresh).order_by(AlertDelivery.id.desc())
        ):
            unseen[alert_id].append(reference)
    shown = [_as_shown(delivery, alert, zone, unseen[delivery.alert_id]) for delivery, alert, zone in rows]
    return jsonify(alerts=shown)


def _as_shown(delivery: AlertDelivery, alert: Alert | None, zone: str | None, unseen: list[str]) -> dict[str, object]:
    notice = Notice(delivery.about)
    if alert is not None:
        notice = Notice(delivery.about, alert.id, alert.kind, alert.urgency, zone or "", alert.incidents)
    return {
        "id": alert.id if alert is not None else 0,
        "title": title_of(notice).say(gettext),
        "text": f"{zone}, {code_of(alert.id)}" if alert is not None else "",
        "link": url_for("alerts.alert_page", alert_id=alert.id) if alert is not None else url_for("alert_ways.show"),
        "danger": alert is not None and alert.urgency is Urgency.DANGER,
        "open": alert is not None and alert.state is AlertState.OPEN,
        "references": unseen,
    }


@pages.post("/alerts/shown")
@guarded(Permission.ACT_ON_INCIDENT, audit=None, page=False)
def shown() -> Response:
    """The open page showed these to whoever is signed in at it."""
    request.max_content_length = LARGEST_LIST
    body = request.get_json(force=True, silent=True)
    references = [str(each) for each in body.get("references", ())][:MOST] if isinstance(body, dict) else []
    with parts().database.write() as session:
        count = note_shown(session, references, now(), account_id=the_reader().account_id) if references else 0
    return jsonify(noted=count)
