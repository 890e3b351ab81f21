"""What messages cost: by day, zone, plan and channel."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import flask_babel
from flask import Blueprint, render_template, request

from monitor.access import Permission
from monitor.database import Database
from monitor.settings import Settings
from rollcall.costs import costs_of
from web.common import now
from web.console.overview import zones_of
from web.guard import guarded, the_reader

SPANS = (7, 14, 31)


def money(amount: int | None) -> str:
    """An amount of đồng in the reader's way of writing; a dash for none."""
    return "—" if amount is None else str(flask_babel.format_currency(amount, "VND"))


def message_cost_pages(settings: Settings, database: Database) -> Blueprint:
    """The one page."""
    pages = Blueprint("message_costs", __name__)

    @pages.get("/messages/costs")
    @guarded(Permission.MANAGE_MESSAGES, audit=None)
    def cost_page() -> str:
        days = next((each for each in SPANS if str(each) == request.args.get("days")), SPANS[0])
        timezone = ZoneInfo(settings.timezone)
        with database.read() as session:
            zones = [zone.id for zone in zones_of(session, the_reader())]
            costs = costs_of(session, zones, now().astimezone(timezone).date(), days, timezone)
        priced = any((settings.price_sms_part, settings.price_voice_minute, settings.price_email, settings.price_push))
        priced = priced or bool(settings.price_zalo or settings.price_zns or settings.price_apprise)
        by_day = [(flask_babel.format_date(day, "full"), counted) for day, counted in costs.days.items()]
        return render_template("console/message_costs.html", costs=costs, by_day=by_day, days=days, spans=SPANS, priced=priced)

    return pages
