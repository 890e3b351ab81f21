"""The address at which the hotline's switchboard tells of calls: ringing, answered, ended. It keeps the calls; we open the operator's screen."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify
from flask_limiter import Limiter

from monitor.database.database import Database
from monitor.hotline.calls import CallTold, note_call, read_event
from monitor.settings import HOTLINE_CALL_FIELDS, USUAL_CALL_FIELDS, Settings
from rollcall.channels.heard import heard_call
from rollcall.channels.moments import clock_of
from rollcall.inbound.gateway_notes import GatewayNotes
from web.gateways.bodies import body_of, field_names, text_in
from web.gateways.inbound import LONGEST_NUMBER, MOST_TEXTS, MOST_WRONG
from web.gateways.receipts import LONGEST_REFERENCE, NotTheGateway
from web.shared.common import now


def switchboard_hook(settings: Settings, database: Database, limiter: Limiter) -> Blueprint:
    """POST /hooks/hotline/calls as JSON or a form {id, event, from?, extension?, at?}, with the token as other gateways send theirs.

    Answers {"new": …}: whether it told us anything.
    """
    pages = Blueprint("switchboard", __name__)
    often = limiter.shared_limit(MOST_TEXTS, scope="switchboard")
    wrong = limiter.shared_limit(
        MOST_WRONG, scope="gateway-tokens", deduct_when=lambda response: response.status_code == NotTheGateway.status
    )
    names = field_names(HOTLINE_CALL_FIELDS, settings.hotline_call_fields, USUAL_CALL_FIELDS)
    clock, notes = clock_of(settings), GatewayNotes(database, "switchboard")

    @pages.post("/hooks/hotline/calls")
    @often
    @wrong
    def call() -> Response:
        body = body_of(settings.hotline_call_token, names)
        word = text_in(body, "event", 40)
        event = read_event(word)
        if event is None:
            # Music on hold, a key: repeated for ever where it is refused. Whoever sets the switchboard up sees which word it was.
            notes.note([heard_call(text_in(body, "id", LONGEST_REFERENCE, needed=False), word, known=False)], now())
            return jsonify(new=False)
        told = CallTold(
            text_in(body, "id", LONGEST_REFERENCE),
            event,
            clock.read(str(body.get("at") or "")),
            text_in(body, "from", LONGEST_NUMBER, needed=False),
            text_in(body, "extension", LONGEST_NUMBER, needed=False),
        )
        with database.write() as session:
            new = note_call(session, told, now())
        return jsonify(new=new)

    return pages
