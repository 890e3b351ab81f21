"""What messages cost: by day, zone, plan and channel."""

from __future__ import annotations

from collections.abc import Mapping

import flask_babel
from flask import Blueprint, render_template, request

from monitor.accounts.access import Permission
from rollcall.prompts.costs import Sum, costs_of
from web.console.zones_of_reader import zones_of
from web.shared.common import language, now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.written import weekday

SPANS = (7, 14, 31)
# Of zones and schedules the dearest are shown.
MOST = 40


def dearest(sums: Mapping[str, Sum]) -> list[tuple[str, Sum]]:
    """By name, where they are few; of many those that cost most, or of which most left."""
    if len(sums) <= MOST:
        return sorted(sums.items())
    return sorted(sums.items(), key=lambda pair: (-pair[1].cost, -pair[1].messages, pair[0]))[:MOST]


def money(amount: int | None) -> str:
    """An amount of đồng in the reader's way of writing; a dash for none."""
    return "—" if amount is None else str(flask_babel.format_currency(amount, "VND"))


pages = Blueprint("message_costs", __name__)


@pages.get("/messages/costs")
@guarded(Permission.MANAGE_MESSAGES, audit=None)
def cost_page() -> str:
    days = next((each for each in SPANS if str(each) == request.args.get("days")), SPANS[0])
    timezone = parts().settings.zone
    with parts().database.read() as session:
        zones = [zone.id for zone in zones_of(session, the_reader())]
        costs = costs_of(session, zones, now().astimezone(timezone).date(), days, timezone)
    priced = any(
        (
            parts().settings.price_sms_part,
            parts().settings.price_voice_minute,
            parts().settings.price_email,
            parts().settings.price_push,
        )
    )
    priced = priced or bool(parts().settings.price_zalo or parts().settings.price_zns or parts().settings.price_apprise)
    by_day = [(weekday(day, language()), counted) for day, counted in costs.days.items()]
    plans = {f"{zone} · {plan}": counted for (zone, plan), counted in costs.plans.items()}
    return render_template(
        "console/messages/message_costs.html",
        costs=costs,
        by_day=by_day,
        by_zone=dearest(costs.zones),
        by_plan=dearest(plans),
        most=MOST if max(len(costs.zones), len(plans)) > MOST else None,
        days=days,
        spans=SPANS,
        priced=priced,
    )
