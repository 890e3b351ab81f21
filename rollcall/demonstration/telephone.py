"""The message gateway and the page on which a visitor reads everybody's messages."""

from __future__ import annotations

import hmac
import json
import re
from io import BytesIO
from typing import Any
from urllib.parse import quote

import httpx
from flask import Flask, Response, abort, make_response, render_template, request
from jinja2 import StrictUndefined
from PIL import Image, ImageOps
from werkzeug.exceptions import HTTPException

from monitor.clock import local_clock, utc_now
from monitor.words import LANGUAGES, N_, translator
from rollcall.demonstration.configuration import Behaviour, Configuration, Owner
from rollcall.demonstration.inbox import Inbox, Message, ReferenceReused
from rollcall.demonstration.mail_pages import add_mail_pages
from rollcall.demonstration.mailbox import MailFolder

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
LONGEST = {"to": 32, "text": 1600, "reference": 128}  # characters; 1600 are ten parts of a text message
BEHAVIOURS = {
    Behaviour.ANSWERS: N_("Answers automatically, with the right face."),
    Behaviour.SOMEBODY_ELSE: N_("Answers automatically, with someone else’s face."),
    Behaviour.UNWELL: N_("Answers automatically: unwell."),
    Behaviour.BY_TEXT: N_("Has no smartphone: answers by text message."),
    Behaviour.IGNORES: N_("Never answers."),
    Behaviour.ON_DUTY: N_("The phone of staff on duty: alerts arrive here. Their links open the console."),
    Behaviour.BY_HAND: N_("Yours to try: open the link and answer."),
}
SWITCHED_OFF = N_("Switched off: no messages arrive.")
KEYS = {"1": N_("well"), "2": N_("ill"), "3": N_("help"), "4": N_("danger"), "9": N_("once more")}
_LINK = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)]")


def create_telephone(
    configuration: Configuration,
    inbox: Inbox,
    *,
    token: str,
    language: str,
    timezone: str,
    service: str,
    mails: MailFolder | None = None,
) -> Flask:
    """The telephone's Flask application. token: what a gateway's customer must carry, and what the gateway carries itself.

    language: of visitors who chose none. service: the address that keys of calls are told to. mails: of the province's mailbox.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _add_gateway(app, inbox, token, mails)
    _add_pages(app, configuration, inbox, language, timezone, mails)
    _add_answering(app, configuration, inbox, token, service)

    @app.after_request
    def _headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.errorhandler(HTTPException)
    def _error(error: HTTPException) -> tuple[dict[str, str], int]:
        return {"problem": error.description or error.name}, error.code or 500

    return app


def _add_gateway(app: Flask, inbox: Inbox, token: str, mails: MailFolder | None) -> None:
    expected = f"Bearer {token}".encode()

    @app.post("/messages")
    @app.post("/calls")
    def take() -> tuple[dict[str, str], int]:
        if not token or not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected):
            abort(401, "the bearer token is missing or another one")
        body = request.get_json(force=True, silent=True)
        if not isinstance(body, dict):
            abort(400, "JSON with to, text and reference is wanted")
        for field, longest in LONGEST.items():
            if not isinstance(body.get(field), str) or not 0 < len(body[field]) <= longest:
                abort(422, f"{field} is missing or too long")
        try:
            message = inbox.take(body["to"], body["text"], body["reference"], utc_now(), call=request.path == "/calls")
        except ReferenceReused:
            abort(409, "this reference was used for another message")
        # On disk by now: what was said to be taken is not lost by a kill.
        return {"id": message.id}, 202

    @app.get("/api/messages")
    def messages() -> Response:
        after = request.args.get("after", 0, int)
        found = inbox.messages(request.args.get("to"), after=after)
        return _json([{**each.as_json(), "link": link_in(each.text)} for each in found])

    @app.get("/api/version")
    def version() -> Response:
        return _json({"version": _version(inbox, mails)})


def _version(inbox: Inbox, mails: MailFolder | None) -> int:
    """Grows with each message and mail."""
    return inbox.version + (mails.count if mails is not None else 0)


def _add_pages(
    app: Flask, configuration: Configuration, inbox: Inbox, language: str, timezone: str, mails: MailFolder | None
) -> None:
    def page(template: str, **values: Any) -> str:
        wanted = request.args.get("lang", "")
        chosen = wanted if wanted in LANGUAGES else language
        translate = translator(chosen)

        def _(text: str, **parts: Any) -> str:
            return translate(text) % parts if parts else translate(text)

        query = f"?lang={chosen}"
        return render_template(
            template,
            _=_,
            language=chosen,
            query=query,
            version=_version(inbox, mails),
            mailbox=mails is not None,
            minutes=round(configuration.report_minutes),
            keys=KEYS,
            clock=lambda at: local_clock(at, timezone),
            **values,
        )

    if mails is not None:
        add_mail_pages(app, mails, page)

    def phone(number: str) -> dict[str, Any]:
        owner = configuration.owner(number) or Owner(number, number, Behaviour.BY_HAND, 0, None, None)
        newest = inbox.messages(number, limit=1)
        off = number in configuration.unreachable
        return {
            "name": owner.name,
            "number": number,
            "path": quote(number),
            "off": off,
            "on_duty": owner.behaviour is Behaviour.ON_DUTY,
            "by_hand": owner.behaviour is Behaviour.BY_HAND and not off,
            "does": SWITCHED_OFF if off else BEHAVIOURS[owner.behaviour],
            "unread": 0 if off else inbox.unread(number),
            "newest": newest[0] if newest else None,
            "photo": owner.picture is not None,
        }

    @app.get("/")
    def phones() -> str:
        known = [owner.number for owner in configuration.owners]
        numbers = known + [each for each in inbox.numbers() if each not in known]
        # What a visitor can do something with comes first.
        return page(
            "phones.html", phones=sorted(map(phone, numbers), key=lambda each: (not each["by_hand"], not each["on_duty"]))
        )

    @app.get("/inbox/<number>")
    def messages_of(number: str) -> str:
        if configuration.owner(number) is None and not inbox.count(number):
            abort(404, "nobody has this number")
        inbox.mark_read(number)
        found = [(each, *_split(each)) for each in reversed(inbox.messages(number, limit=50))]
        return page("inbox.html", phone=phone(number), messages=found)

    @app.get("/photos/<number>.jpg")
    def photo(number: str) -> Response:
        owner = configuration.owner(number)
        if owner is None or owner.picture is None or not owner.picture.is_file():
            abort(404, "there is no picture for this number")
        with Image.open(owner.picture) as opened:
            content = BytesIO()
            ImageOps.exif_transpose(opened).convert("RGB").save(content, "JPEG", quality=92)
        response = make_response(content.getvalue())
        response.headers["Content-Type"] = "image/jpeg"
        if "view" not in request.args:
            response.headers["Content-Disposition"] = f'attachment; filename="{number.strip("+")}.jpg"'
        return response


def _add_answering(app: Flask, configuration: Configuration, inbox: Inbox, token: str, service: str) -> None:
    """What a visitor does with a telephone: writes a text, presses a key of a call."""

    def back(number: str) -> Response:
        return make_response("", 303, {"Location": f"/inbox/{quote(number)}?{request.query_string.decode()}"})

    def require(number: str) -> None:
        # Another site's page must not write in anybody's name.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403, "this form belongs to the telephone's own page")
        if configuration.owner(number) is None:
            abort(404, "nobody has this number")

    @app.post("/inbox/<number>/texts")
    def write(number: str) -> Response:
        require(number)
        text = request.form.get("text", "").strip()
        if not 0 < len(text) <= LONGEST["text"]:
            abort(422, "text is missing or too long")
        inbox.write(number, text, utc_now())
        return back(number)

    @app.post("/inbox/<number>/keys")
    def press(number: str) -> Response:
        require(number)
        call, key = inbox.call_of(number, request.form.get("call", "")), request.form.get("key", "")
        if call is None or key not in KEYS:
            abort(422, "call or key is missing")
        try:
            answer = httpx.post(
                f"{service}/hooks/voice/keys",
                json={"id": call.id, "reference": call.reference, "key": key},
                headers={"Authorization": f"Bearer {token}"},
                timeout=5,
            )
            said = str(answer.raise_for_status().json()["say"])
        except (httpx.HTTPError, ValueError, KeyError):
            abort(503, "the service does not answer; press again in a moment")
        inbox.mark_said(call, f"{key}: {said}")
        return back(number)


def link_in(text: str) -> str | None:
    """The first link in a message."""
    found = _LINK.search(text)
    return found[0] if found else None


def _split(message: Message) -> tuple[str, str | None, str]:
    """A message's text before its link, the link, and the text after it."""
    link = link_in(message.text)
    if link is None:
        return message.text, None, ""
    before, _, after = message.text.partition(link)
    return before, link, after


def _json(content: Any) -> Response:
    response = make_response(json.dumps(content))
    response.headers["Content-Type"] = "application/json"
    return response
