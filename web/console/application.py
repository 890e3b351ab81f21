"""The staff console: put together here, one module for each kind of page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from flask import Flask, g, request, session
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_wtf.csrf import CSRFProtect

from cameras.masking import masked
from cameras.service.feed_address import feed_token
from monitor.accounts.access import Permission, Reader
from monitor.accounts.passkeys import relying_party
from monitor.accounts.sessions import LOCKED_AFTER, Standing
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.people.code_words import country, spoken
from monitor.settings import Settings
from monitor.vault.vault import Vault
from web.console import find, pictures, shortcuts
from web.console import live as live_events
from web.console.accounts import (
    all_accounts,
    authenticator_app,
    invitation,
    locked,
    one_account,
    own,
    passkeys,
    second_step,
    who_may,
)  # fmt: skip
from web.console.alerts import alert, duty, receiving, ways
from web.console.cameras import adding, all_cameras, areas, editor, live_view, one_camera, page
from web.console.contacts import cases, chain, clusters, curve, deciding, implausible, interviews, known, tasks
from web.console.contacts import rules as contact_rules
from web.console.control_points import place_keys, place_lists, places
from web.console.declarations import entering, form_editor, look_up, paper
from web.console.gate import details, person, reading, steps
from web.console.hotline import call, figure_pages, listed, shift_pages, ticket, unit_pages, word_pages
from web.console.incidents import attempts, calls, incidents, many_misses, proposals, review, second_looks, triage, visits
from web.console.menu import menu_of
from web.console.messages import costs, emergency, gateways, log, messages, texts, unknown_texts
from web.console.messages.costs import money
from web.console.page_help import help_of
from web.console.people import (
    acting,
    addresses,
    doubtful,
    enrolment,
    everybody,
    exemptions,
    face_figures,
    files,
    guardians,
    lab_files,
    lab_tests,
    letters,
    many,
    many_letters,
    many_texts,
    many_transfers,
    merging,
    movements,
    orders,
    residents,
    risks,
    room_moves,
    telephones,
    transfers,
)  # fmt: skip
from web.console.places import floor_plan, households, night_rest, overview, room, rooms, units, zone_list, zone_settings, zones
from web.console.records import (
    answers,
    consents,
    data_requests,
    disclosures,
    figures,
    figures_file,
    figures_paper,
    looking,
    outages,
    papers,
    retention,
    service,
    trail,
)
from web.console.reports import collected, coverage, day_sheet, doors, recipients, reporter_files, reporters, schedules, sending
from web.console.reports import deeds as report_deeds
from web.console.reports import lists as report_lists
from web.console.reports import reading as reports
from web.console.reports import times as report_times
from web.console.rollcalls import all_roll_calls, plans, round_page, ward
from web.console.setting_up import first_plan, first_start, health, recovery_sheet
from web.console.setting_up import pages as set_up
from web.console.signing_in import MOST_TRIES, WRONG, session_pages
from web.console.waiting import JUMPS, waiting_for
from web.shared import written
from web.shared.common import configure, language, new_app
from web.shared.guard import guard
from web.shared.health import health_pages
from web.shared.labels import KIND_WORDS, action, channel_words, counted, detail, label
from web.shared.live import Broadcaster
from web.shared.parts import Parts, install
from web.shared.staff_words import say_to_staff
from web.shared.steady import STEADY_STORAGE
from web.shared.up import up_page
from web.shared.uploads import UploadRequest

# Every kind of page; a new one is named here. What a camera's page, editor and areas add to goes by its blueprint.
PAGES = (
    overview, zones, zone_list, zone_settings, night_rest, rooms, room, floor_plan, units, residents, acting, answers, incidents, review, triage, attempts, calls, visits, proposals, second_looks, many_misses, risks, orders, exemptions, room_moves, transfers, movements, many, many_transfers, merging, letters, many_letters, many_texts, retention, data_requests, disclosures, consents, looking, everybody, files, doubtful, papers,
    messages, emergency, log, texts, costs, gateways, unknown_texts, addresses, guardians, telephones, enrolment, ward, face_figures, plans, all_cameras,
    adding, one_camera, live_view, trail, pictures, live_events, duty, ways, alert, receiving,
    reading, person, steps, details,
    look_up, entering, form_editor, paper,
    all_accounts, one_account, own, authenticator_app, passkeys, who_may,
    places, place_lists, place_keys,
    coverage, doors, collected, reporters, reporter_files,
    reports, report_lists, report_deeds, report_times,
    cases, interviews, deciding, known, tasks, contact_rules,
    chain, curve, implausible, clusters,
    listed, ticket, call, shift_pages, unit_pages, word_pages, figure_pages,
    sending, recipients, schedules, day_sheet,
    health, set_up, recovery_sheet, first_plan, service, outages, figures, lab_tests, lab_files, households, all_roll_calls, round_page, find, shortcuts,
)  # fmt: skip
# What is open before anybody is signed in: wrong codes, PINs and invitations count as wrong passwords do.
ENTERING = (second_step, invitation, locked, first_start)
# These put their views into the blueprint of one camera, and of figures, when they are imported.
CAMERA_VIEWS = (page, editor, areas)
FIGURE_VIEWS = (figures_file, figures_paper)


def create_console(
    settings: Settings,
    database: Database,
    vault: Vault,
    *,
    now: Callable[[], datetime] = utc_now,
    needing: Collection[Role] = (),
) -> Flask:
    """The console's Flask application. `app.extensions["live"]` is its Broadcaster, to be closed at the end of the process.

    needing: the roles that must have a second factor, see the setting `second_factor_roles`. Raises web.shared.guard.Unguarded when an endpoint declares no permission.
    """
    app = new_app("web.console")
    app.request_class = UploadRequest

    def reader() -> Reader | None:
        found: Reader | None = g.get("reader")
        return found

    def choose_language() -> str:
        # A locked tablet goes on speaking the language of whoever is signed in on it.
        standing: Standing | None = g.get("standing")
        return standing.reader.language if standing else str(session.get("language", settings.first_language))

    configure(app, settings, choose_language=choose_language, layout="console/layout.html", now=now)
    forgery = CSRFProtect(app)
    limiter = Limiter(get_remote_address, app=app, storage_uri=STEADY_STORAGE)
    live = Broadcaster(database, now, most_streams=max(1, settings.web_threads // 2))
    app.extensions["live"] = live
    app.jinja_env.filters.update(
        masked=masked,
        say=say_to_staff,
        country=lambda code: country(code, language()),
        spoken=lambda code: spoken(code, language()),
        short_day=lambda of: written.short_day(of, language()),
    )
    app.jinja_env.globals.update(
        label=label,
        channel_words=channel_words,
        action=action,
        counted=counted,
        detail=detail,
        money=money,
        Permission=Permission,
        kind_words=KIND_WORDS,
    )
    app.register_blueprint(session_pages(database, limiter))
    parts = Parts(
        settings=settings,
        database=database,
        vault=vault,
        live=live,
        feed_token=feed_token(settings.secret("secret_key")),
        views=threading.BoundedSemaphore(max(1, settings.web_threads // 4)),
        needing=frozenset(needing),
        site=relying_party(settings.console_address),
    )
    install(app, parts)
    for module in PAGES:
        app.register_blueprint(module.pages)
    # A service worker has no page with a token; what it sends says nothing but that a notification was shown.
    forgery.exempt(receiving.received)
    for module in ENTERING:
        limiter.limit(MOST_TRIES, deduct_when=lambda response: response.status_code in WRONG)(module.pages)
        app.register_blueprint(module.pages)
    app.register_blueprint(health_pages(database, now, live))
    app.register_blueprint(up_page(database))

    @app.context_processor
    def _for_layout() -> dict[str, Any]:
        signed_in = reader()
        counts: dict[str, int] = {}
        if signed_in:
            with database.read() as transaction:
                counts = waiting_for(transaction, signed_in, now())
        return {
            "reader": signed_in,
            "viewers_clock": settings.zone.key,
            "clock_jumps": counts.get(JUMPS, 0),
            # Something must be done first: no menu leads elsewhere.
            "must": g.standing.must if g.get("standing") else None,
            "shared_tablet": bool(signed_in and g.standing.shared),
            "locked_after": int(LOCKED_AFTER.total_seconds()),
            "menu": menu_of(signed_in, counts, request.endpoint or "", request.blueprint or "") if signed_in else None,
            "page_help": help_of(request.endpoint) if signed_in else None,
        }

    guard(app, database, needing)
    return app
