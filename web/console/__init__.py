"""The staff console: put together here, one module for each kind of page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Flask, g, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from cameras.feed_address import feed_token
from monitor.access import Permission, Reader
from monitor.clock import utc_now
from monitor.database import Database
from monitor.settings import Settings
from monitor.vault import Vault
from rollcall.visits import count_visits
from web.common import configure, new_app
from web.console.addresses import address_pages
from web.console.attempts import attempt_pages
from web.console.camera_adding import camera_adding_pages
from web.console.camera_pages import camera_page_pages
from web.console.cameras import camera_pages
from web.console.consents import consent_pages
from web.console.data_requests import count_unanswered, data_request_pages
from web.console.enrolment import enrolment_pages
from web.console.faces import face_pages
from web.console.finding import finding_pages
from web.console.guardians import guardian_pages
from web.console.incidents import incident_pages, unresolved
from web.console.live import live_pages
from web.console.live_view import live_view_pages
from web.console.looking import looking_pages
from web.console.message_costs import message_cost_pages, money
from web.console.message_log import message_log_pages
from web.console.message_texts import message_text_pages
from web.console.messages import message_pages
from web.console.orders import order_pages
from web.console.overview import overview_pages
from web.console.pictures import picture_pages
from web.console.plans import plan_pages
from web.console.records import record_pages
from web.console.residents import resident_pages
from web.console.retention import retention_pages
from web.console.signing_in import session_pages
from web.console.telephones import telephone_pages
from web.console.unknown_texts import count_unknown, unknown_text_pages
from web.console.visits import visit_pages
from web.console.ward import ward_pages
from web.console.zone_settings import zone_setting_pages
from web.console.zones import zone_pages
from web.guard import guard
from web.health import health_pages
from web.labels import KIND_WORDS, action, counted, label
from web.live import Broadcaster
from web.uploads import UploadRequest


def create_console(settings: Settings, database: Database, vault: Vault, *, now: Callable[[], datetime] = utc_now) -> Flask:
    """The console's Flask application. `app.extensions["live"]` is its Broadcaster, to be closed at the end of the process.

    Raises web.guard.Unguarded when an endpoint declares no permission.
    """
    app = new_app("web.console")
    app.request_class = UploadRequest

    def reader() -> Reader | None:
        found: Reader | None = g.get("reader")
        return found

    def choose_language() -> str:
        signed_in = reader()
        return signed_in.language if signed_in else str(session.get("language", settings.language))

    configure(app, settings, choose_language=choose_language, layout="console/layout.html", now=now)
    CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    live = Broadcaster(database, now, most_streams=max(1, settings.web_threads // 2))
    app.extensions["live"] = live
    app.jinja_env.globals.update(
        label=label, action=action, counted=counted, money=money, Permission=Permission, kind_words=KIND_WORDS
    )
    app.register_blueprint(session_pages(database, limiter))
    app.register_blueprint(overview_pages(database))
    app.register_blueprint(zone_pages(database))
    app.register_blueprint(resident_pages(settings, database))
    app.register_blueprint(incident_pages(database))
    app.register_blueprint(attempt_pages(database))
    app.register_blueprint(visit_pages(database))
    app.register_blueprint(order_pages(database, vault))
    app.register_blueprint(retention_pages(settings, database, vault))
    app.register_blueprint(data_request_pages(settings, database))
    app.register_blueprint(consent_pages(database, vault))
    app.register_blueprint(looking_pages(database))
    app.register_blueprint(finding_pages(database))
    app.register_blueprint(message_pages(settings, database))
    app.register_blueprint(message_log_pages(database))
    app.register_blueprint(enrolment_pages(settings, database, vault))
    app.register_blueprint(ward_pages(settings, database, vault))
    app.register_blueprint(face_pages(database))
    app.register_blueprint(plan_pages(settings, database))
    app.register_blueprint(zone_setting_pages(database))
    app.register_blueprint(message_text_pages(settings, database))
    app.register_blueprint(message_cost_pages(settings, database))
    app.register_blueprint(address_pages(settings, database))
    app.register_blueprint(guardian_pages(database))
    app.register_blueprint(unknown_text_pages(database))
    app.register_blueprint(telephone_pages(database))
    app.register_blueprint(camera_pages(database))
    app.register_blueprint(camera_adding_pages(database, vault))
    app.register_blueprint(camera_page_pages(database, vault))
    app.register_blueprint(record_pages(database))
    token = feed_token(settings.secret("secret_key"))
    app.register_blueprint(picture_pages(database, vault, token))
    app.register_blueprint(live_view_pages(database, token, most_views=max(1, settings.web_threads // 4)))
    app.register_blueprint(live_pages(database, live))
    app.register_blueprint(health_pages(database, now, live))

    @app.context_processor
    def _for_layout() -> dict[str, Any]:
        signed_in = reader()
        waiting = visits = unknown = asked = None
        if signed_in and signed_in.may(Permission.SEE_RESIDENT):
            with database.read() as transaction:
                waiting = unresolved(transaction, signed_in)
                unknown = count_unknown(transaction)
                asked = count_unanswered(transaction, signed_in)
                if signed_in.may(Permission.ACT_ON_INCIDENT):
                    visits = count_visits(transaction, signed_in, now())
        return {
            "reader": signed_in,
            "waiting": waiting,
            "visits_waiting": visits,
            "unknown_texts": unknown,
            "requests_waiting": asked,
        }

    guard(app, database)
    return app
