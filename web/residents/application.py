"""The residents' page: a Flask application of its own for phones, put together here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from flask import Flask, Response, g, render_template, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.problems import Problem
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import LANGUAGES, N_, Words
from rollcall.answers.page import LinkExpired, RoundClosed
from rollcall.people.links import LinkForged, LinkWithdrawn
from rollcall.people.pasted_links import LinksMixed
from web.gateways.inbound import gateway_hooks
from web.gateways.named_receipts import gateway_receipt_hooks
from web.gateways.receipts import receipt_hook
from web.gateways.switchboard import switchboard_hook
from web.residents.answering import address_of, answer_pages, language_of_link
from web.residents.arriving import add_arriving
from web.residents.guardian import guardian_pages
from web.residents.history import history_pages
from web.residents.household import household_pages
from web.residents.lab_tests import lab_test_pages
from web.residents.letters import letter_pages
from web.residents.notifying import notifying_pages
from web.residents.own_data import own_data_pages
from web.residents.photos import photo_pages
from web.residents.shell import shell_pages
from web.shared.common import configure, new_app, problem_page, say, wants_json
from web.shared.compression import add_compression
from web.shared.steady import STEADY_STORAGE
from web.shared.up import up_page
from web.shared.uploads import UploadRequest, add_upload_limit

# Beside the picture: the form's other fields and what multipart puts around them.
AROUND_PICTURE = 64 * 1024
DEVICES = "camera=(self), microphone=(), geolocation=(self)"


_BROKEN = N_("This link does not work")


def _kind_page(title: str, problem: Problem) -> tuple[Response | str, int]:
    if wants_json():
        return problem_page(problem.words, problem.status)
    own = (request.view_args or {}).get("token") if isinstance(problem, RoundClosed) else None
    history = address_of("history.show", own) if own else None
    own_data = address_of("own_data.show", own) if own else None
    return render_template(
        "residents/closed.html", title=say(Words(title)), text=say(problem.words), history=history, own_data=own_data
    ), problem.status


def create_residents(
    settings: Settings, database: Database, vault: Vault, *, push_key: str = "", now: Callable[[], datetime] = utc_now
) -> Flask:
    """The residents' Flask application. There is no signing in and no cookie: the token in the address is the secret.

    push_key: the public half of the key that notifications are sent with (VAPID); empty where none are sent.
    """
    app = new_app("web.residents")
    app.request_class = UploadRequest
    secret = settings.secret("secret_key")

    def choose_language() -> str:
        wanted = request.args.get("lang", "")
        return wanted if wanted in LANGUAGES else str(g.get("language", settings.first_language))

    configure(
        app,
        settings,
        choose_language=choose_language,
        layout="residents/layout.html",
        largest_body=settings.upload_megabytes * 2**20 + AROUND_PICTURE,
        devices=DEVICES,
        now=now,
    )

    add_arriving(app, secret)

    # Before the limits below, so that their pages speak the resident's language too.
    @app.before_request
    def _know_language() -> None:
        token = (request.view_args or {}).get("token")
        if token and request.args.get("lang") not in LANGUAGES:
            g.language = language_of_link(database, secret, token) or settings.first_language

    add_compression(app)
    add_upload_limit(app, settings.upload_megabytes)
    limiter = Limiter(get_remote_address, app=app, storage_uri=STEADY_STORAGE)
    app.register_blueprint(answer_pages(settings, database, vault, secret, limiter, push_key))
    app.register_blueprint(guardian_pages(database, secret, limiter))
    app.register_blueprint(history_pages(database, secret, limiter))
    app.register_blueprint(household_pages(database, secret, limiter))
    app.register_blueprint(lab_test_pages(database, secret, limiter))
    app.register_blueprint(letter_pages(database, limiter))
    app.register_blueprint(notifying_pages(settings, database, secret, limiter, push_key))
    app.register_blueprint(own_data_pages(settings, database, vault, secret, limiter))
    app.register_blueprint(photo_pages(settings, database, vault, secret, limiter))
    app.register_blueprint(shell_pages())
    app.register_blueprint(up_page(database))
    app.register_blueprint(receipt_hook(settings, database))
    app.register_blueprint(gateway_receipt_hooks(settings, database))
    app.register_blueprint(gateway_hooks(settings, database, limiter))
    app.register_blueprint(switchboard_hook(settings, database, limiter))

    # Who comes too late, or with half a link, did nothing wrong: a kinder page than other errors have.
    app.register_error_handler(RoundClosed, partial(_kind_page, N_("Nothing to answer now")))
    for kind in (LinkExpired, LinkForged, LinkWithdrawn, LinksMixed):
        app.register_error_handler(kind, partial(_kind_page, _BROKEN))

    @app.get("/")
    def hello() -> str:
        return render_template("residents/hello.html")

    return app
