"""Takes the address under which a resident's browser can be notified, when they asked for it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request
from flask_limiter import Limiter
from werkzeug.exceptions import BadRequest

from monitor.database.database import Database
from monitor.problems import NotFound
from monitor.settings import Settings
from monitor.words import N_
from rollcall.answers.page import open_own
from rollcall.people.push_subscriptions import UNUSABLE, NoSubscription, read_subscription, subscribe
from web.residents.answering import MOST_ANSWERS, forged_limit
from web.shared.common import now

LARGEST_SUBSCRIPTION = 4 * 1024  # bytes


def notifying_pages(settings: Settings, database: Database, secret: bytes, limiter: Limiter, push_key: str) -> Blueprint:
    """POST /a/<token>/push with a PushSubscription as JSON. push_key: empty where no notifications are sent."""
    pages = Blueprint("notifying", __name__)
    limited = forged_limit(limiter, secret)

    @pages.post("/a/<token>/push", endpoint="subscribe")
    @limited
    @limiter.limit(MOST_ANSWERS, key_func=lambda: str((request.view_args or {}).get("token")))
    def take(token: str) -> tuple[Response, int]:
        with database.read() as session:
            own = open_own(session, secret, token, now())
        if not push_key:
            raise NotFound(N_("This service sends no notifications."))
        request.max_content_length = LARGEST_SUBSCRIPTION
        try:
            body = request.get_json(force=True)
        except BadRequest:
            raise NoSubscription(UNUSABLE, field="endpoint") from None
        address = read_subscription(body, settings.allowed)
        with database.write() as session:
            subscribe(session, own.resident_id, own.zone_id, address, now=now())
        return jsonify(kept=True), 201

    return pages
