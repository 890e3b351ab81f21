"""What a phone of staff needs to receive alerts: the service worker, and where it says that a notification was shown."""

from __future__ import annotations

import json

from flask import Blueprint, Response, current_app, jsonify, make_response, request
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.alerts import AlertDelivery
from rollcall.alerting.receipts import note_shown
from web.shared.common import now
from web.shared.guard import open_to_all
from web.shared.parts import parts

LARGEST_BODY = 1024  # bytes
LONGEST_REFERENCE = 64

pages = Blueprint("receiving", __name__)


@pages.get("/alerts-worker.js")
@open_to_all
def worker() -> Response:
    """From the root, so that it may open every page of the console; it keeps none of them."""
    assets = current_app.jinja_env.globals["asset"]
    script, icon = assets("alerts-worker.js"), assets("residents/icon-192.png")  # type: ignore[operator]
    response = make_response(f"self.icon = {json.dumps(icon)};\nimportScripts({json.dumps(script)});\n")
    response.mimetype = "text/javascript"
    response.headers["Cache-Control"] = "no-cache"
    return response


@pages.post("/alerts/received")
@open_to_all
def received() -> Response:
    """A phone showed a notification. Its reference is a secret of that notification, so that no sign-in is needed: it may have ended."""
    request.max_content_length = LARGEST_BODY
    body = request.get_json(force=True, silent=True)
    reference = str(body.get("reference") or "")[:LONGEST_REFERENCE] if isinstance(body, dict) else ""
    database: Database = parts().database
    noted = 0
    with database.read() as session:
        # Whoever guesses gets no transaction that writes.
        known = session.scalar(select(AlertDelivery.id).where(AlertDelivery.reference == reference))
    if known is not None:
        with database.write() as session:
            noted = note_shown(session, [reference], now())
    return jsonify(noted=noted)
