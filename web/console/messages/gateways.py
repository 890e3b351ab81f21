"""What gateways sent and how it was read, so that whoever sets one up sees what it really sends."""

from __future__ import annotations

from flask import Blueprint, render_template

from monitor.accounts.access import Permission
from monitor.settings import Settings
from monitor.trail.actions import Action
from rollcall.inbound.gateway_report import DAYS, counted, of_nobody, samples
from rollcall.work.channel_set_up import text_gateway
from web.shared.common import now
from web.shared.guard import guarded, note_view
from web.shared.parts import parts

# What says how a gateway writes.
WAYS = ("sms_inbound_fields", "sms_timezone", "sms_receipt_states")
SMPP_WAYS = ("smpp_receipt_ids", "smpp_alphabet")

pages = Blueprint("gateways", __name__)


def _ways(settings: Settings) -> list[tuple[str, str]]:
    names = (*WAYS, *SMPP_WAYS) if settings.smpp_host else WAYS
    return [(name, str(getattr(settings, name))) for name in names]


@pages.get("/messages/gateways")
@guarded(Permission.MANAGE_GATEWAYS, audit=None)
def show() -> str:
    with parts().database.read() as session:
        counts, strangers = counted(session, now()), of_nobody(session)
    return render_template(
        "console/messages/gateways.html",
        gateway=text_gateway(parts().settings),
        ways=_ways(parts().settings),
        counts=counts,
        strangers=strangers,
        days=DAYS.days,
        came=None,
    )


@pages.post("/messages/gateways")
@guarded(Permission.MANAGE_GATEWAYS, audit=Action.GATEWAY_VIEWED)
def test() -> str:
    with parts().database.write() as session:
        note_view(session, zone_id=None)
        counts, strangers, came = counted(session, now()), of_nobody(session), samples(session)
    return render_template(
        "console/messages/gateways.html",
        gateway=text_gateway(parts().settings),
        ways=_ways(parts().settings),
        counts=counts,
        strangers=strangers,
        days=DAYS.days,
        came=came,
    )
