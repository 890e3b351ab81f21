"""The addresses at which gateways hand over texts that people wrote, keys that they pressed, and how calls ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify
from flask_limiter import Limiter

from monitor.database.database import Database
from monitor.problems import BadInput
from monitor.settings import CALL_FIELDS, TEXT_FIELDS, USUAL_FIELDS, Settings
from monitor.words import N_
from rollcall.answers.said import LONGEST_TEXT
from rollcall.channels.channel import Receipt
from rollcall.channels.deliveries import UCS2, Delivery
from rollcall.channels.heard import heard_call, heard_no_text
from rollcall.channels.smpp_receipts import reads_as_receipt
from rollcall.inbound.call_keys import take_key
from rollcall.inbound.gateway_notes import GatewayNotes
from rollcall.inbound.keeping import (
    Arrived,
    heard_arrived,
    heard_delivery,
    keep,
    keep_deliveries,
    note_acknowledged,
    take_one,
)
from rollcall.inbound.written import BrokenPart, part_of
from rollcall.prompts.receipts import take_receipts
from rollcall.work.channel_set_up import text_gateway, text_ways
from web.gateways.bodies import bodies_of, body_of, field_names, text_in
from web.gateways.receipts import LONGEST_REFERENCE, NotTheGateway, moment_of
from web.shared.common import now, storable

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


# Those that say so.
UNDER_WAY = ("queued", "initiated", "started", "ringing", "in-progress", "early-media", "dialing", "trying", "progress")


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
    ways, notes = text_ways(settings), GatewayNotes(database, text_gateway(settings) or "http")
    calls = GatewayNotes(database, "voice")
    text_names = field_names(TEXT_FIELDS, settings.sms_inbound_fields)
    call_names = field_names(CALL_FIELDS, settings.voice_fields)

    @pages.post("/hooks/sms/messages")
    @often
    @wrong
    def text() -> Response:
        at = now()
        bodies = bodies_of(text_token, text_names)
        # Receipts of gateways that have one address for everything say no words; those of SMPP gateways behind others say such ones.
        strange = [each for each in bodies if each["text"] is None or reads_as_receipt(str(each["text"]))]
        texts = []
        for body in bodies:
            if body in strange:
                continue
            try:
                texts.append(_one_text(body, at))
            except BadInput:
                # Alone it is refused; of several the gateway would send all again and again.
                if len(bodies) == 1:
                    raise
                strange.append(body)
        notes.note([heard_no_text(str(body["from"] or "")) for body in strange], at)
        with database.write() as session:
            kept: list[int] = []
            for each in texts:
                kept += keep(session, [each]) if isinstance(each, Arrived) else keep_deliveries(session, [each], at, ways)
            # Our answer says so; where it does not arrive, the gateway's own name makes the same of it, or the same words soon after.
            note_acknowledged(session, kept)
        for number in kept:
            take_one(database, number, now(), settings.sms_answer_number)
        notes.note([heard_arrived(each) if isinstance(each, Arrived) else heard_delivery(each, at, ways) for each in texts], at)
        return jsonify(taken=True)

    def _one_text(body: Mapping[str, Any], at: datetime) -> Arrived | Delivery:
        sender, said = text_in(body, "from", LONGEST_NUMBER), str(body.get("at") or "")
        words = str(body.get("text") or "")[:LONGEST_TEXT]
        incomplete = False
        try:
            part = part_of({name: str(body.get(name) or "").strip() for name in USUAL_FIELDS})
            if part is not None:
                # Joined before it is read: a character may be cut in two.
                return Delivery(sender, words.encode("utf-16-be", "surrogatepass"), UCS2, *part, said)
        except BrokenPart:
            incomplete = True
        reference = text_in(body, "id", LONGEST_REFERENCE, needed=False)
        return Arrived(sender, storable(words), at, reference, ways.clock.read(said), said, incomplete=incomplete)

    @pages.post("/hooks/voice/keys")
    @often
    @wrong
    def key() -> Response:
        body = body_of(settings.voice_gateway_token, call_names)
        call, reference = _call(body)
        with database.write() as session:
            said = take_key(session, reference, call, text_in(body, "key", 8).strip("#* "), now(), settings.speaker)
        return jsonify(say=said.text, language=said.language, again=said.again)

    @pages.post("/hooks/voice/receipts")
    @often
    @wrong
    def call_ended() -> Response:
        body = body_of(settings.voice_gateway_token, call_names)
        call, reference = _call(body)
        by = str(body.get("answered_by") or "").lower().replace("_", "-")
        status = text_in(body, "status", 40).lower().replace("_", "-").replace(" ", "-")
        # A machine took the call: nobody heard it.
        end = "machine" if by.startswith(("machine", "voicemail", "fax")) else ENDS.get(status)
        if end is None:
            calls.note([heard_call(call or reference, status, known=status in UNDER_WAY)], now())
            return jsonify(new=False)
        receipt = Receipt(
            call or reference, delivered=not end, at=moment_of(ways.clock, body.get("at")), detail=end, reference=reference
        )
        with database.write() as session:
            new = bool(take_receipts(session, [receipt]))
        return jsonify(new=new)

    return pages


def _call(body: Mapping[str, Any]) -> tuple[str, str]:
    """The gateway's name of a call and ours; one of them is there."""
    call, reference = (text_in(body, name, LONGEST_REFERENCE, needed=False) for name in ("id", "reference"))
    if not call and not reference:
        raise BadInput(N_("The field %(name)s is missing or too long."), field="reference", name="reference")
    return call, reference
