"""How somebody of staff is alerted: their own addresses and devices, their order, quiet hours, and a test of each."""

from __future__ import annotations

from datetime import time, timedelta

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response as Answer

from monitor.accounts.access import Permission
from monitor.alerts.record import newest_tests
from monitor.alerts.ways import OPEN_PAGE, QUIET_WAYS, Address
from monitor.database.database import insert_new
from monitor.models.alerts import AlertAddress, AlertDelivery, AlertHabit, AlertWay, DeliveryAbout
from monitor.people.telephone_numbers import read_number
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.alerting.deliveries import PAGE, queue
from rollcall.channels.addresses import read_address
from rollcall.channels.names import channel_names
from rollcall.channels.push_keys import public_key
from rollcall.people.push_subscriptions import NoSubscription, read_subscription
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST_ADDRESSES, LONGEST_NAME = 12, 60
LARGEST_SUBSCRIPTION = 4 * 1024  # bytes
# What is typed; a browser is added by its own button.
# Between two tests of one address, and of all in an hour.
TEST_PAUSE, AN_HOUR, MOST_TESTS = timedelta(seconds=30), timedelta(hours=1), 20
TYPED = (AlertWay.SMS, AlertWay.VOICE, AlertWay.EMAIL, AlertWay.APPRISE)

pages = Blueprint("alert_ways", __name__)


def _set_up() -> set[str]:
    """The ways that this service can send over."""
    settings = parts().settings
    there = {str(each) for each in channel_names(settings)} - {AlertWay.APPRISE.value}
    return there | ({AlertWay.APPRISE.value} if settings.staff_apprise_schemes else set())


def _own(session: Session) -> list[AlertAddress]:
    mine = select(AlertAddress).where(AlertAddress.account_id == the_reader().account_id)
    return list(session.scalars(mine.order_by(AlertAddress.rank, AlertAddress.id)))


def _one(session: Session, address_id: int) -> AlertAddress:
    """One of the reader's own. Raises NotFound."""
    found = session.get(AlertAddress, address_id)
    if found is None or found.account_id != the_reader().account_id:
        raise NotFound(N_("This address does not exist (any more)."))
    return found


@pages.get("/alerts/ways")
@guarded(Permission.ACT_ON_INCIDENT, audit=None)
def show() -> str:
    reader = the_reader()
    with parts().database.read() as session:
        own = _own(session)
        tests = newest_tests(session, reader.account_id)
        habit = session.get(AlertHabit, reader.account_id)
    there = _set_up()
    return render_template(
        "console/alerts/ways.html",
        own=own,
        tests=tests,
        habit=habit,
        typed=[each for each in TYPED if each.value in there],
        there=there,
        page=AlertWay.PAGE,
        push_key=public_key(parts().settings),
        schemes=parts().settings.staff_apprise_schemes.split(),
    )


def _keep(session: Session, way: AlertWay, address: str, name: str) -> None:
    """Keep an address, once; it comes last. Raises BadInput."""
    reader = the_reader()
    mine = AlertAddress.account_id == reader.account_id
    if (session.scalar(select(func.count()).select_from(AlertAddress).where(mine)) or 0) >= MOST_ADDRESSES:
        raise BadInput(N_("These are enough addresses. Remove one that you no longer use first."), field="address")
    last = session.scalar(select(func.max(AlertAddress.rank)).where(mine)) or 0
    row = {
        "account_id": reader.account_id,
        "way": way,
        "address": address,
        "name": name,
        "rank": last + 1,
        "also_soon": way in QUIET_WAYS,
        "made_at": now(),
    }
    session.execute(insert_new(session, AlertAddress), [row])
    note_view(session, zone_id=None, way=way.value)


def _read(way: str, given: str) -> tuple[AlertWay, str]:
    """Raises BadInput."""
    if way not in TYPED or way not in _set_up():
        raise BadInput(N_("Please choose what kind of address this is."), field="way")
    chosen = AlertWay(way)
    if chosen not in (AlertWay.SMS, AlertWay.VOICE):
        return chosen, read_address(way, given, parts().settings.staff_apprise_schemes.split())
    return chosen, read_number(given, field="address")


@pages.post("/alerts/ways")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_WAY_CHANGED)
def add() -> Answer:
    way, address = _read(request.form.get("way", ""), storable(request.form.get("address", "")))
    with parts().database.write() as session:
        _keep(session, way, address, "")
    flash(_("The address was added. Send a test to see that it works."))
    return redirect(url_for("alert_ways.show"), 303)


@pages.post("/alerts/ways/push")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_WAY_CHANGED, page=False)
def subscribe() -> tuple[Response, int]:
    if not public_key(parts().settings):
        raise NotFound(N_("This service sends no notifications."))
    request.max_content_length = LARGEST_SUBSCRIPTION
    try:
        body = request.get_json(force=True)
    except BadRequest:
        raise NoSubscription(N_("The browser’s address for notifications cannot be used."), field="endpoint") from None
    given = body if isinstance(body, dict) else {}
    address = read_subscription(given.get("subscription"), parts().settings.allowed)
    name = storable(str(given.get("name") or ""))[:LONGEST_NAME].strip()
    with parts().database.write() as session:
        _keep(session, AlertWay.PUSH, address, name)
    return jsonify(kept=True), 201


@pages.post("/alerts/ways/<int:address_id>/remove")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_WAY_CHANGED)
def remove(address_id: int) -> Answer:
    with parts().database.write() as session:
        found = _one(session, address_id)
        note_view(session, zone_id=None, way=found.way.value)
        session.execute(delete(AlertAddress).where(AlertAddress.id == found.id))
    flash(_("The address was removed."))
    return redirect(url_for("alert_ways.show"), 303)


@pages.post("/alerts/ways/<int:address_id>")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_WAY_CHANGED)
def change(address_id: int) -> Answer:
    """Up in the order, or used where nobody is in danger too, or not."""
    with parts().database.write() as session:
        found = _one(session, address_id)
        if request.form.get("do") == "first":
            found.rank = min(each.rank for each in _own(session)) - 1
        else:
            found.also_soon = request.form.get("also_soon") == "yes"
        note_view(session, zone_id=None, way=found.way.value)
    flash(_("Saved."))
    return redirect(url_for("alert_ways.show"), 303)


@pages.post("/alerts/ways/quiet")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_WAY_CHANGED)
def quiet() -> Answer:
    try:
        start, end = (time.fromisoformat(request.form.get(name, "")).strftime("%H:%M") for name in ("start", "until"))
    except ValueError:
        raise BadInput(N_("Please enter both times, for example 22:00 and 06:00."), field="start") from None
    with parts().database.write() as session:
        session.merge(AlertHabit(account_id=the_reader().account_id, quiet_from=start, quiet_to=end))
        note_view(session, zone_id=None)
    flash(_("Saved."))
    return redirect(url_for("alert_ways.show"), 303)


def _require_pause(session: Session, address_id: int) -> None:
    """A test may go to any number: not one after the other. Raises Conflict."""
    mine = (AlertDelivery.account_id == the_reader().account_id, AlertDelivery.about == DeliveryAbout.TEST)
    lately = select(func.count()).select_from(AlertDelivery).where(*mine)
    to_it = lately.where(AlertDelivery.address_id == address_id, AlertDelivery.made_at > now() - TEST_PAUSE)
    if session.scalar(to_it) or (session.scalar(lately.where(AlertDelivery.made_at > now() - AN_HOUR)) or 0) >= MOST_TESTS:
        raise Conflict(N_("A test was sent a moment ago. Please wait a little before the next one."))


@pages.post("/alerts/ways/<int:address_id>/test")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.ALERT_TESTED)
def test(address_id: int) -> Answer:
    """address_id: 0 for the open page."""
    with parts().database.write() as session:
        if address_id == OPEN_PAGE:
            address = PAGE
        else:
            found = _one(session, address_id)
            address = Address(found.id, found.way, found.rank, found.also_soon)
        _require_pause(session, address.id)
        queue(session, None, the_reader().account_id, DeliveryAbout.TEST, "test", [address], now())
        note_view(session, zone_id=None, way=address.way.value)
    flash(_("A test alert is on its way. Its result appears here."))
    return redirect(url_for("alert_ways.show"), 303)
