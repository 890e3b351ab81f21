"""What all Flask applications share: language, words and times in templates, headers, cookies, and errors in words."""

from __future__ import annotations

import hashlib
import hmac
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from gettext import NullTranslations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import flask_babel
from babel import dates
from flask import Flask, Response, current_app, g, jsonify, render_template, request, url_for
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel
from flask_wtf.csrf import CSRFError
from jinja2 import StrictUndefined
from markupsafe import Markup
from sqlalchemy.exc import DataError, SQLAlchemyError, StatementError
from werkzeug.exceptions import HTTPException

from monitor.clock import utc_now
from monitor.problems import Problem
from monitor.room_names import room_words
from monitor.settings import Settings
from monitor.stated import dialled, hotline, insist
from monitor.words import LANGUAGES, N_, TRANSLATIONS, Words, with_hotline
from web.shared import written
from web.shared.caller import behind_proxies
from web.shared.steady import AgelessCookies

WEB = Path(__file__).parents[1]
# Everything comes from our own address; scripts and styles are files, never written into a page.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
NO_DEVICES = "camera=(), microphone=(), geolocation=()"
SMALL_BODY = 256 * 1024  # bytes: a form without a picture
EXPLAINED = {
    400: N_("The request could not be read. Go back, reload the page and try again."),
    401: N_("Please sign in first."),
    403: N_("Your account is not allowed to do this. Ask an administrator."),
    404: N_("This page does not exist. Check the address, or go back to the start."),
    405: N_("This address does not accept such a request. Go back and try again."),
    413: N_("The data sent is too large. Please choose a smaller file."),
    429: N_("Too many attempts. Wait a minute, then try again."),
    503: N_("The service is busy. Please try again in a few seconds."),
}
log = logging.getLogger(__name__)


class _Json(DefaultJSONProvider):
    """Takes what is nested too deep for no JSON, as Flask takes what is cut off."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """As DefaultJSONProvider.loads. Raises ValueError alone."""
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deep") from None


def new_app(name: str, *, static: bool = True) -> Flask:
    """A Flask application over the shared folders `web/templates` and `web/static`. name: "web.console".

    static: False where it hands out files of its own alone, see `VersionedFiles`.
    """
    folder = WEB / "static" if static else None
    app = Flask(name, template_folder=WEB / "templates", static_folder=folder, static_url_path="/static")
    app.json = _Json(app)
    return app


def configure(
    app: Flask,
    settings: Settings,
    *,
    choose_language: Callable[[], str],
    layout: str = "bare.html",
    largest_body: int = SMALL_BODY,
    devices: str = NO_DEVICES,
    now: Callable[[], datetime] = utc_now,
    languages: Sequence[str] = LANGUAGES,
    catalogues: Sequence[Path] = (TRANSLATIONS,),
) -> None:
    """Give an application its language, filters, headers, cookies and error pages.

    choose_language: called once a request, returns one of `languages`. catalogues: the folders that their sentences stand in. layout: the template that `problem.html` extends; it has the
    blocks `title` and `content`. largest_body: bytes. devices: the Permissions-Policy. now: the clock of this application.
    """
    # The applications share a host name and one secret: each has its own cookie and its own key made from the secret.
    app.config.update(
        SECRET_KEY=hmac.digest(settings.secret("secret_key"), app.name.encode(), hashlib.sha256),
        SESSION_COOKIE_NAME=f"quarantine_{app.name.rsplit('.', 1)[-1]}",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        MAX_CONTENT_LENGTH=largest_body,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(days=30),
        TEMPLATES_AUTO_RELOAD=False,
        # A page may stay open for a shift. No Referer is ever sent, so it cannot be compared.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    app.session_interface = AgelessCookies()
    app.extensions["now"] = now
    insist(settings.hotline)
    app.wsgi_app = behind_proxies(app.wsgi_app, settings.proxies)  # type: ignore[method-assign,assignment]
    Babel(
        app,
        default_locale="vi",
        default_translation_directories=";".join(map(str, catalogues)),
        locale_selector=lambda: _known(choose_language(), languages),
    )
    _add_to_templates(app, settings, layout)
    _add_errors(app)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        response.headers.setdefault("Permissions-Policy", devices)
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if settings.secure_cookies:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if request.endpoint != "static":
            # Pages name people: nothing of them stays in a shared computer's cache.
            response.headers.setdefault("Cache-Control", "no-store")
        return response


def now() -> datetime:
    """This application's time, UTC."""
    clock: Callable[[], datetime] = current_app.extensions["now"]
    return clock()


@dataclass(frozen=True)
class _Spoken:
    """A language, and its sentences."""

    language: str
    catalogue: NullTranslations


def _spoken() -> _Spoken:
    """What this request speaks. Flask-Babel would look for it anew at each of the hundreds of sentences of a page."""
    found: _Spoken | None = g.get("spoken")
    if found is None:
        found = g.spoken = _Spoken(str(flask_babel.get_locale() or "vi"), flask_babel.get_translations())
    return found


def language() -> str:
    """The language of this request: "vi", "en", or another that the application offers."""
    return _spoken().language


def translate(template: str) -> str:
    """A sentence of the catalogue in the language of this request."""
    return with_hotline(_spoken().catalogue.gettext(template))


def _one_or_many(one: str, many: str, count: int) -> str:
    return with_hotline(_spoken().catalogue.ngettext(one, many, count))


def say(stored: Mapping[str, Any] | Words | None) -> str:
    """A sentence (Words, or as stored in a JSON column) in the language of this request; nothing for None."""
    if not stored:
        return ""
    return (stored if isinstance(stored, Words) else Words.load(stored)).say(translate)


def wants_json() -> bool:
    """Whether the client asks for JSON rather than a page."""
    accepted = request.accept_mimetypes
    return accepted["application/json"] > accepted["text/html"]


def problem_page(words: Words, status: int) -> tuple[Response | str, int]:
    """An error in words, as a page or as JSON {"problem": …}."""
    text = say(words)
    if wants_json():
        return jsonify(problem=text), status
    try:
        return render_template("problem.html", text=text, status=status), status
    except SQLAlchemyError:
        # A page's head asks the database: where that is what is wrong, the page goes without.
        log.exception("no head for the page of an error")
        bare = current_app.jinja_env.get_template("problem.html")
        return bare.render(text=text, status=status, layout="bare.html"), status


def storable(text: str) -> str:
    """What somebody wrote, without what no database holds: a text or a note is not lost for a stray character."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _known(wanted: str, languages: Sequence[str]) -> str:
    return wanted if wanted in languages else languages[0]


def _add_errors(app: Flask) -> None:
    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> tuple[Response | str, int]:
        return problem_page(problem.words, problem.status)

    @app.errorhandler(CSRFError)
    def _forged(_error: CSRFError) -> tuple[Response | str, int]:
        return problem_page(Words(N_("This page was open too long. Go back, reload it and try again.")), 400)

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error
        template = EXPLAINED.get(status)
        if template is None:
            template = EXPLAINED[400] if status < 500 else EXPLAINED[503]
        page, code = problem_page(Words(template), status)
        response = current_app.make_response((page, code))
        for name, value in error.get_headers(request.environ):
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(StatementError)
    @app.errorhandler(OverflowError)
    def _refused(error: StatementError | OverflowError) -> tuple[Response | str, int]:
        # Half a surrogate, a NUL, a number of twenty digits: what a request can carry and no column holds. The drivers tell it each in
        # their own way.
        causes = (error, getattr(error, "orig", None))
        if any(isinstance(each, DataError | UnicodeEncodeError | OverflowError) for each in causes):
            log.warning("%s was sent what no column holds", request.endpoint)
            return problem_page(Words(EXPLAINED[400]), 400)
        return _bug(error)

    @app.errorhandler(Exception)
    def _bug(_error: Exception) -> tuple[Response | str, int]:
        log.exception("error in %s", request.endpoint)
        return problem_page(Words(N_("Something went wrong on our side; the error was recorded. Please try again.")), 500)


def _add_to_templates(app: Flask, settings: Settings, layout: str) -> None:
    def local(at: datetime, timezone: str | None) -> datetime:
        return at.astimezone(ZoneInfo(timezone) if timezone else settings.zone)

    def clock(at: datetime, timezone: str | None = None) -> str:
        """UTC -> 14:05 on the wall clock of the zone."""
        return local(at, timezone).strftime("%H:%M")

    def day(at: date | datetime, timezone: str | None = None) -> str:
        """UTC moment, or a date -> 23/11/2026."""
        return written.day(local(at, timezone).date() if isinstance(at, datetime) else at, language())

    def moment(at: datetime, timezone: str | None = None) -> str:
        """UTC -> 14:05, with the day unless that is today, and with the year where another could be meant."""
        if local(at, timezone).date() == local(now(), timezone).date():
            return clock(at, timezone)
        return written.moment(local(at, timezone), language(), year=abs(at - now()) >= timedelta(days=180))

    def number(value: float, places: int | None = None) -> str:
        """37.2 -> 37,2. places: decimals; None: as many as it has."""
        return written.number(value, language(), places)

    def amount(count: int) -> str:
        """1234 -> 1.234, or 1,234."""
        return written.amount(count, language())

    def room(name: str) -> str:
        """101 -> room 101; a name that is no number stands alone."""
        return say(room_words(name))

    def ago(at: datetime) -> str:
        """UTC -> 3 minutes ago, in 3 minutes."""
        return dates.format_timedelta(at - now(), add_direction=True, locale=language(), threshold=1)

    def lasted(at: datetime) -> str:
        """UTC -> 3 minutes: how long it has been so."""
        return dates.format_timedelta(now() - at, locale=language(), threshold=1)

    def span(of: timedelta) -> str:
        """30 minutes, 12 hours."""
        return dates.format_timedelta(of, locale=language(), threshold=1.01)

    def when(at: datetime, timezone: str | None = None) -> Markup:
        """UTC -> a <time> element: the clock, with the exact moment for machines."""
        return Markup('<time datetime="{}">{}</time>').format(
            at.astimezone(UTC).isoformat(timespec="seconds"), moment(at, timezone)
        )

    def age(at: datetime) -> Markup:
        """UTC -> a <time> element: how long ago, with the exact moment for machines."""
        return Markup('<time datetime="{}">{}</time>').format(at.astimezone(UTC).isoformat(timespec="seconds"), ago(at))

    def asset(name: str) -> str:
        """The address of a file in `static`, with its version, so that it can be cached for long."""
        return url_for("static", filename=name, v=int((WEB / "static" / name).stat().st_mtime))

    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        say=say,
        clock=clock,
        day=day,
        moment=moment,
        number=number,
        amount=amount,
        ago=ago,
        lasted=lasted,
        span=span,
        when=when,
        age=age,
        room=room,
        last_signs=written.last_signs,
    )
    # As Flask-Babel has them, with the authority's own number in the sentences.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        translate,
        _one_or_many,
        newstyle=True,
    )
    app.jinja_env.globals.update(
        asset=asset,
        authority=settings.speaker,
        demonstration=settings.demonstration,
        hotline_dialled=lambda: dialled(hotline()),
        language=language,
        now=now,
        layout=layout,
    )
