"""The public pages: a Flask application of its own on a port of its own, put together here. There are no accounts.

Nothing of the console or of the residents' page can be reached from it: a test walks its addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, Flask, request, session
from flask_wtf.csrf import CSRFProtect

from monitor.clock import utc_now
from monitor.control_points.scanning import PointBook
from monitor.database.database import Database
from monitor.database.grouped import GroupedWrites
from monitor.declarations.taking import take_several
from monitor.declarations.versions import FormBook
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import N_
from web.public import (
    asking,
    changing,
    declaring,
    guard_declaring,
    guarding,
    home,
    own,
    own_lists,
    owning,
    registering,
    units,
    visiting,
)
from web.public.languages import best, folders, offered
from web.public.parts import Parts, install
from web.public.self_scans import take_scans
from web.shared.common import configure, language, new_app, translate
from web.shared.compression import add_compression
from web.shared.labels import label
from web.shared.steady import SteadyStorage
from web.shared.up import up_page
from web.shared.uploads import UploadRequest
from web.shared.versioned_files import VersionedFiles

# In the sequence in which they stand; each module has a blueprint `pages`.
PAGES = (home, asking, declaring, own, units, guarding, guard_declaring, owning, changing, registering, visiting, own_lists)
# What is asked of a guard's page needs the secret in its address, which no other site knows.
BY_LINK = (guarding,)
# Of other folders: what offers units and prints, what reads codes, and what seals what waits on a tablet.
MORE = (
    "questions.css",
    "units.js",
    "print.js",
    "residents/sealing.js",
    "residents/store.js",
    "zxing/codes.js",
    "zxing/zxing_reader.js",
    "zxing/zxing_reader.wasm",
)
LANGUAGE = "language"
KEPT = timedelta(days=60)


def create_public(settings: Settings, database: Database, vault: Vault, *, now: Callable[[], datetime] = utc_now) -> Flask:
    """The Flask application of the public pages. Its cookie holds a language and the keys of who declared with this phone."""
    app = new_app("web.public", static=False)
    app.request_class = UploadRequest
    where = folders(settings)
    languages = offered(where)

    def choose_language() -> str:
        chosen = str(session.get(LANGUAGE, ""))
        if chosen in languages:
            return chosen
        return best(list(request.accept_languages.values()), languages, settings.first_language)

    configure(
        app,
        settings,
        choose_language=choose_language,
        layout="public/layout.html",
        now=now,
        languages=tuple(languages),
        catalogues=where,
    )
    # A phone keeps who declared with it, so that the second time is short.
    app.config["PERMANENT_SESSION_LIFETIME"] = KEPT
    csrf = CSRFProtect(app)
    for module in BY_LINK:
        csrf.exempt(module.pages)

    @app.before_request
    def _note_language() -> None:
        wanted = request.args.get("lang", "")
        if wanted in languages and session.get(LANGUAGE) != wanted:
            session[LANGUAGE] = wanted

    add_compression(app)
    parts = Parts(
        settings,
        database,
        vault,
        counters=SteadyStorage(),
        forms=FormBook(database),
        declaring=GroupedWrites(database, partial(take_several, zone=settings.zone)),
        scans=GroupedWrites(database, take_scans),
        languages=languages,
        secret=settings.secret("secret_key"),
    )
    install(app, parts)
    app.extensions["place-points"] = PointBook(database)
    shell = Blueprint("shell", __name__)
    app.extensions["public-files"] = files = VersionedFiles("public", *MORE)
    files.offer(shell)
    app.register_blueprint(shell)
    for module in PAGES:
        app.register_blueprint(module.pages)
    app.register_blueprint(up_page(database))

    @app.context_processor
    def _for_layout() -> dict[str, Any]:
        speaker = settings.speaker
        # Nobody is named: said in the reader's language, whichever catalogue has that.
        heading = speaker.headed(language()) if speaker.is_named else translate(N_("The health service"))
        return {"languages": languages, "keep_days": settings.keep_declarations_days, "heading": heading, "label": label}

    return app
