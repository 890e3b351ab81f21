"""The address at which the message gateway tells what became of a message."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from monitor.database.database import Database
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels.channel import Receipt
from rollcall.channels.heard import heard_receipt
from rollcall.channels.moments import GatewayClock, clock_of
from rollcall.channels.receipt_states import Decision, decide, read_words
from rollcall.inbound.gateway_notes import GatewayNotes
from rollcall.prompts.receipts import take_receipts
from web.shared.common import now, storable

LARGEST_RECEIPT = 16 * 1024  # bytes
# Of gateways that hand over up to a hundred at once.
LARGEST_BATCH = 256 * 1024
LONGEST_REFERENCE = 128
LONGEST_DETAIL = 300
LONGEST_WORD = 40
LONGEST_LATE = timedelta(days=3)
_EAST = timezone(timedelta(hours=1))


class NotTheGateway(Problem):
    """The token, the address or the signature is not the one that only the gateway knows."""

    status = 401


def receipt_hook(settings: Settings, database: Database) -> Blueprint:
    """POST /hooks/sms/receipts with JSON {id, reference, status: delivered, failed or another word that is known, at?, detail?}."""
    pages = Blueprint("receipts", __name__)
    notes, clock = GatewayNotes(database, "http"), clock_of(settings)
    own_words = read_words(settings.sms_receipt_states)
    expected = f"Bearer {settings.sms_gateway_token}".encode()

    @pages.post("/hooks/sms/receipts")
    def receipt() -> Response:
        given = request.headers.get("Authorization", "").encode()
        # An empty setting lets nobody in: no token is not the same as any token.
        if not settings.sms_gateway_token or not hmac.compare_digest(given, expected):
            raise NotTheGateway(N_("The delivery receipt lacks the gateway’s token."))
        request.max_content_length = LARGEST_RECEIPT
        try:
            body = request.get_json(force=True)
        except BadRequest:
            raise BadInput(N_("The delivery receipt is not JSON.")) from None
        if not isinstance(body, dict) or not isinstance(body.get("status"), str):
            raise BadInput(N_("The receipt’s status must be delivered or failed."), field="status")
        name, reference, word = _text(body, "id"), _text(body, "reference"), storable(body["status"])[:LONGEST_WORD]
        decision = decide(word, own_words)
        notes.note([heard_receipt("", f"id={name} status={word}", name, word, decision)], now())
        if decision is None:
            raise BadInput(N_("The receipt’s status must be delivered or failed."), field="status")
        if body.get("at") is not None and not _says_its_zone(clock, str(body["at"])):
            raise BadInput(N_("The receipt’s time must be ISO 8601 with a time zone."), field="at")
        if decision is Decision.UNDER_WAY:
            return jsonify(new=False)
        detail = str(body.get("detail") or "")[:LONGEST_DETAIL]
        told = Receipt(name, decision is Decision.DELIVERED, moment_of(clock, body.get("at")), detail, reference)
        with database.write() as session:
            new = bool(take_receipts(session, [told]))
        return jsonify(new=new)

    return pages


def _text(body: dict[str, Any], field: str) -> str:
    given = body.get(field)
    value = storable(given) if isinstance(given, str) else ""
    if not 0 < len(value) <= LONGEST_REFERENCE:
        raise BadInput(N_("The receipt’s %(name)s is missing or too long."), field=field, name=field)
    return value


def moment_of(clock: GatewayClock, given: Any) -> datetime:
    """When a gateway says that something became of a message. One that it cannot say, or that cannot be, is now: a gateway whose clock is
    ahead gives nobody a longer window, and no message comes days before its receipt.
    """
    at = clock.read(str(given or ""))
    return at if at is not None and now() - LONGEST_LATE <= at <= now() else now()


def _says_its_zone(clock: GatewayClock, given: str) -> bool:
    """Whether a time can be read without a guess: it has a zone, or a setting says which."""
    readings = {each.read(given) for each in (clock, GatewayClock(UTC, UTC), GatewayClock(_EAST, _EAST))}
    return None not in readings and (clock.zone is not None or len(readings) == 1)
