"""The addresses at which gateways known by name, and Zalo, tell what became of messages in their own words."""

from __future__ import annotations

import hmac
import json
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import BadRequest

from monitor.database.database import Database
from monitor.problems import BadInput
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels.gateway_files import read_gateway, read_receipts
from rollcall.channels.receipt_states import read_words
from rollcall.inbound.gateway_notes import GatewayNotes
from rollcall.inbound.zalo_events import take_event
from rollcall.prompts.receipts import take_receipts
from rollcall.work.channel_set_up import receipt_token
from web.gateways.receipts import LARGEST_BATCH, NotTheGateway
from web.shared.common import now


def gateway_receipt_hooks(settings: Settings, database: Database) -> Blueprint:
    """/hooks/sms/<gateway>/<token> for text messages, /hooks/zalo for the Official Account."""
    pages = Blueprint("gateway_receipts", __name__)
    notes, own_words = GatewayNotes(database, settings.sms_gateway or "http"), read_words(settings.sms_receipt_states)

    @pages.route("/hooks/sms/<gateway>/<token>", methods=["GET", "POST"])
    def receipts(gateway: str, token: str) -> Response:
        expected = receipt_token(settings, settings.sms_gateway)
        if not settings.sms_gateway or gateway != settings.sms_gateway or not hmac.compare_digest(token, expected):
            raise NotTheGateway(N_("The delivery receipt did not come to the gateway’s own address."))
        told = read_receipts(read_gateway(gateway), request.args.to_dict() | _body(), now(), own_words)
        if told.receipts:
            with database.write() as session:
                take_receipts(session, told.receipts)
        notes.note(told.heard, now())
        # Gateways repeat what is not answered with 200, also what decides nothing.
        return Response(status=200)

    @pages.post("/hooks/zalo")
    def zalo() -> Response:
        request.max_content_length = LARGEST_BATCH
        body = request.get_data()
        event = _json(body)
        if not settings.zalo_oa_secret or not take_event(
            database,
            settings.zalo_app_id,
            settings.zalo_oa_secret,
            settings.secret("secret_key"),
            body,
            event,
            request.headers.get("X-ZEvent-Signature", ""),
            now(),
        ):
            raise NotTheGateway(N_("The event is not signed by the Official Account."))
        return Response(status=200)

    return pages


def _body() -> dict[str, Any]:
    """What was posted: JSON, or a form."""
    request.max_content_length = LARGEST_BATCH
    if request.method != "POST":
        return {}
    if request.is_json:
        return _json(request.get_data())
    try:
        return request.form.to_dict()
    except BadRequest:
        raise BadInput(N_("The delivery receipt cannot be read.")) from None


def _json(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise BadInput(N_("The delivery receipt is not JSON."))
    return content
