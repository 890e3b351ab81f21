"""A phone's contact log, sent by the person's own press with a code that staff gave: the base identifier is cut out before, in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, jsonify, render_template, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from monitor.contacts.bluezone.format import MOST_BYTES
from monitor.contacts.bluezone.receiving import LONGEST_KEY, Sent, receive
from monitor.problems import BadInput, Problem
from monitor.words import N_
from web.public.budget import require_within
from web.public.parts import parts
from web.shared.common import now

pages = Blueprint("sending_log", __name__)
PATH = "/bluezone"
CODES_WITHIN_S, MOST_CODES = 600, 20
"""Tries from one network: a code has 50 bits, and whoever has one needs a few tries at most."""
_CHUNK = 256 * 1024
LONGEST_CODE = 40


class TooLarge(BadInput):
    """More than any phone's log."""

    status = 413


@pages.get(PATH)
def page() -> str:
    return render_template("public/bluezone.html", most=MOST_BYTES // 2**20)


@pages.post(f"{PATH}/log")
def sent() -> Response:
    """The log itself as the body; its code, key and the phone's time in headers, so that nothing of them stands in an address or a form.

    JSON {rows, days, identifiers, nameless, fixed, old}.
    """
    require_within("contact-log", MOST_CODES, CODES_WITHIN_S)
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(
            N_("This file is larger than %(most)s MB: no contact log is. Choose the file data_trace.txt."),
            most=MOST_BYTES // 2**20,
        )
    request.max_content_length = MOST_BYTES
    said = Sent(
        code=request.headers.get("X-Log-Code", "")[:LONGEST_CODE],
        key=request.headers.get("X-Log-Key", "")[: LONGEST_KEY + 1],
        sent_at=_moment(request.headers.get("X-Sent-At", "")),
    )
    part = parts()
    try:
        log = receive(part.database, part.vault, said, _chunks(), now())
    except RequestEntityTooLarge:
        raise TooLarge(
            N_("This file is larger than %(most)s MB: no contact log is. Choose the file data_trace.txt."),
            most=MOST_BYTES // 2**20,
        ) from None
    except Problem:
        _read_some()
        raise
    return jsonify(
        rows=len(log.rows),
        days=log.days,
        identifiers=log.identifiers,
        nameless=log.nameless,
        fixed=log.fixed,
        old=log.old,
    )


def _chunks() -> Iterator[bytes]:
    while chunk := request.stream.read(_CHUNK):
        yield chunk


def _read_some() -> None:
    """What is still being sent of a refused log, as far as it is little: a phone that meets a closed line shows no sentence."""
    for number, _chunk in enumerate(_chunks()):
        if number * _CHUNK > MOST_BYTES:
            return


def _moment(said: str) -> datetime | None:
    """By the phone's clock, in milliseconds since 1970."""
    return datetime.fromtimestamp(int(said) / 1000, UTC) if said.isascii() and said.isdigit() and len(said) <= 14 else None
