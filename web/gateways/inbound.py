"""The addresses at which gateways hand over texts that people wrote, keys that they pressed, and how calls ended."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, request
from flask_limiter import Limiter
from werkzeug.exceptions import BadRequest

from monitor.database import Database
from monitor.problems import BadInput
from monitor.settings import CALL_FIELDS, TEXT_FIELDS, Settings
from monitor.words import N_
from rollcall.channels import Receipt
from rollcall.inbound import Arrived, keep, note_acknowledged, take_one
from rollcall.keys import take_key
from rollcall.reading import LONGEST
from rollcall.receipts import take_receipts
from web.common import now, storable
from web.residents.receipts import LARGEST_RECEIPT, LONGEST_REFERENCE, NotTheGateway

# A gateway sends what a whole province writes; who guesses a token is stopped early.
MOST_TEXTS = "6000 per minute"
MOST_WRONG = "30 per minute"
LONGEST_NUMBER = 32
# How calls end, in the words of usual gateways. Anything else is a call that is still under way.
ENDS = {
    "answered": "",
    "completed": "",
    "human": "",
    "busy": "busy",
    "no-answer": "no-answer",
    "noanswer": "no-answer",
    "unanswered": "no-answer",
    "timeout": "no-answer",
    "machine": "machine",
    "voicemail": "machine",
    "fax": "machine",
    "failed": "call-failed",
    "rejected": "call-failed",
    "canceled": "call-failed",
    "cancelled": "call-failed",
}


def gateway_hooks(settings: Settings, database: Database, limiter: Limiter) -> Blueprint:
    """POST /hooks/sms/messages, /hooks/voice/keys and /hooks/voice/receipts, as JSON or a form.

    The token comes as `Authorization: Bearer`, or as the password of HTTP Basic for gateways that can only be given an address.
    """
    pages = Blueprint("gateways", __name__)
    often = limiter.shared_limit(MOST_TEXTS, scope="gateways")
    wrong = limiter.shared_limit(
        MOST_WRONG, scope="gateway-tokens", deduct_when=lambda response: response.status_code == NotTheGateway.status
    )
    text_token = settings.sms_inbound_token or settings.sms_gateway_token
    text_names = _names(TEXT_FIELDS, settings.sms_inbound_fields)
    call_names = _names(CALL_FIELDS, settings.voice_fields)

    @pages.post("/hooks/sms/messages")
    @often
    @wrong
    def text() -> Response:
        body = _body(text_token, text_names)
        arrived = Arrived(
            sender=_text(body, "from", LONGEST_NUMBER),
            text=storable(str(body.get("text") or "")[:LONGEST]),
            at=now(),
            reference=_text(body, "id", LONGEST_REFERENCE, needed=False),
            said_at=_moment(body),
        )
        with database.write() as session:
            (number,) = keep(session, [arrived])
            # Our answer says so; where it does not arrive, the gateway's own name makes the same of it, or a minute's silence.
            note_acknowledged(session, [number])
        take_one(database, number, now())
        return jsonify(taken=True)

    @pages.post("/hooks/voice/keys")
    @often
    @wrong
    def key() -> Response:
        body = _body(settings.voice_gateway_token, call_names)
        call, reference = _call(body)
        with database.write() as session:
            said = take_key(session, reference, call, _text(body, "key", 8).strip("#* "), now())
        return jsonify(say=said.text, language=said.language, again=said.again)

    @pages.post("/hooks/voice/receipts")
    @often
    @wrong
    def call_ended() -> Response:
        body = _body(settings.voice_gateway_token, call_names)
        call, reference = _call(body)
        by = str(body.get("answered_by") or "").lower().replace("_", "-")
        status = _text(body, "status", 40).lower().replace("_", "-").replace(" ", "-")
        # A machine took the call: nobody heard it.
        end = "machine" if by.startswith(("machine", "voicemail", "fax")) else ENDS.get(status)
        if end is None:
            return jsonify(new=False)
        receipt = Receipt(call or reference, delivered=not end, at=_moment(body) or now(), detail=end, reference=reference)
        with database.write() as session:
            new = bool(take_receipts(session, [receipt]))
        return jsonify(new=new)

    return pages


def _names(ours: tuple[str, ...], given: str) -> dict[str, str]:
    """Our names of fields -> the gateway's."""
    return {each: each for each in ours} | dict(each.split("=", 1) for each in given.split())


def _body(token: str, names: Mapping[str, str]) -> dict[str, Any]:
    """The fields under our names. Raises NotTheGateway, BadInput."""
    basic = request.authorization
    given = (basic.password or "") if basic and basic.type == "basic" else ""
    if not given:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    # An empty setting lets nobody in: no token is not the same as any token.
    if not token or not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise NotTheGateway(N_("The request does not carry the gateway's token."))
    request.max_content_length = LARGEST_RECEIPT
    body: Mapping[str, Any]
    if request.is_json:
        try:
            body = request.get_json()
        except BadRequest:
            raise BadInput(N_("The request is no JSON.")) from None
        if not isinstance(body, dict):
            raise BadInput(N_("The request is no JSON."))
    else:
        body = request.form
    return {ours: body.get(theirs) for ours, theirs in names.items()}


def _text(body: Mapping[str, Any], field: str, longest: int, *, needed: bool = True) -> str:
    value = body.get(field)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not needed and value in (None, ""):
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= longest:
        raise BadInput(N_("The field %(name)s is missing or too long."), field=field, name=field)
    return value


def _call(body: Mapping[str, Any]) -> tuple[str, str]:
    """The gateway's name of a call and ours; one of them is there."""
    call, reference = (_text(body, name, LONGEST_REFERENCE, needed=False) for name in ("id", "reference"))
    if not call and not reference:
        raise BadInput(N_("The field %(name)s is missing or too long."), field="reference", name="reference")
    return call, reference


def _moment(body: Mapping[str, Any]) -> datetime | None:
    """When the gateway says it was, never later than now; None where it says nothing that can be read."""
    try:
        at = datetime.fromisoformat(str(body.get("at") or ""))
    except ValueError:
        return None
    return None if at.tzinfo is None else min(at, now())
