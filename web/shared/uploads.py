"""Uploads from phones: bounded before they are read, never on the disk in the clear, and refused so that the phone hears it."""

from __future__ import annotations

import time
from io import BytesIO
from typing import IO, Any

from flask import Flask, Request, Response, current_app, request
from werkzeug.exceptions import RequestEntityTooLarge

from monitor.words import N_, Words, words
from web.shared.common import problem_page

# What is still read of a refused upload, after the answer was sent: a phone that meets a closed connection while it sends
# shows "connection reset" instead of the page. 64 MiB is some way above a phone's largest photograph.
MOST_DRAINED = 64 * 2**20
DRAIN_SECONDS = 20.0


class UploadRequest(Request):
    """Keeps uploaded files in memory: Werkzeug would put the larger ones into a temporary file, unencrypted."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def add_upload_limit(app: Flask, megabytes: int) -> None:
    """Answer what is above MAX_CONTENT_LENGTH with a page in words, at once, and read the rest of it afterwards."""

    @app.errorhandler(RequestEntityTooLarge)
    def _too_large(_error: RequestEntityTooLarge) -> Response:
        template = N_("This is too large; the limit is %(limit)d MB. Please take the photo with this page’s camera.")
        return too_large(words(template, limit=megabytes))


def too_large(said: Words, most_drained: int = MOST_DRAINED) -> Response:
    """A page in words, at once; what is still being sent is read afterwards, so that whoever sends hears it."""
    response = current_app.make_response(problem_page(said, 413))
    environ = request.environ
    response.headers["Connection"] = "close"
    response.call_on_close(lambda: _drain(environ, most_drained))
    return response


def _drain(environ: dict[str, Any], most: int) -> None:
    """Read on for a bounded time and amount; what sends more than that is cut off."""
    connection = environ.get("gunicorn.socket")
    deadline = time.monotonic() + DRAIN_SECONDS
    left = min(int(environ.get("CONTENT_LENGTH") or most), most)
    try:
        while left > 0 and (remaining := deadline - time.monotonic()) > 0:
            if connection is not None:
                connection.settimeout(remaining)
            chunk = environ["wsgi.input"].read(min(left, 2**16))
            if not chunk:
                return
            left -= len(chunk)
    except (OSError, ValueError):
        return  # the phone went away, or sent no valid chunks: nobody is left to hear the answer
    finally:
        if connection is not None:
            connection.settimeout(None)
