"""The address at which the message gateway tells what became of a message."""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from werkzeug.exceptions import BadRequest

from monitor.database import Database
from monitor.problems import BadInput, Problem
from monitor.settings import Settings
from monitor.words import N_
from rollcall.channels import Receipt
from rollcall.receipts import take_receipts
from web.common import now

LARGEST_RECEIPT = 16 * 1024  # bytes
LONGEST_REFERENCE = 128
LONGEST_DETAIL = 300


class NotTheGateway(Problem):
    """The token, the address or the signature is not the one that only the gateway knows."""

    status = 401


def receipt_hook(settings: Settings, database: Database) -> Blueprint:
    """POST /hooks/sms/receipts with JSON {id, reference, status: delivered or failed, at?, detail?}."""
    pages = Blueprint("receipts", __name__)
    expected = f"Bearer {settings.sms_gateway_token}".encode()

    @pages.post("/hooks/sms/receipts")
    def receipt() -> Response:
        given = request.headers.get("Authorization", "").encode()
        # An empty setting lets nobody in: no token is not the same as any token.
        if not settings.sms_gateway_token or not hmac.compare_digest(given, expected):
            raise NotTheGateway(N_("The receipt does not carry the gateway's token."))
        request.max_content_length = LARGEST_RECEIPT
        try:
            body = request.get_json(force=True)
        except BadRequest:
            raise BadInput(N_("The receipt is no JSON.")) from None
        if not isinstance(body, dict) or body.get("status") not in ("delivered", "failed"):
            raise BadInput(N_("The receipt's status must be delivered or failed."), field="status")
        with database.write() as session:
            told = Receipt(
                gateway_reference=_text(body, "id"),
                reference=_text(body, "reference"),
                delivered=body["status"] == "delivered",
                at=_moment(body),
                detail=str(body.get("detail") or "")[:LONGEST_DETAIL],
            )
            new = bool(take_receipts(session, [told]))
        return jsonify(new=new)

    return pages


def _text(body: dict[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_REFERENCE:
        raise BadInput(N_("The receipt's %(name)s is missing or too long."), field=field, name=field)
    return value


def _moment(body: dict[str, Any]) -> datetime:
    """When the gateway says it was; a gateway whose clock is ahead gives nobody a longer window."""
    if body.get("at") is None:
        return now()
    try:
        at = datetime.fromisoformat(str(body["at"]))
        if at.tzinfo is None:
            raise ValueError
    except ValueError:
        raise BadInput(N_("The receipt's time must be ISO 8601 with a time zone."), field="at") from None
    return min(at, now())
