"""Compresses what phones load, in the applications without accounts.

Nobody can make a phone ask for what they want to guess there: on the residents' page no cookie opens anything, and on the public pages an
address that is only read says nothing of what stands in it, while a form that is sent from elsewhere comes without the cookie.
"""

from __future__ import annotations

import gzip

from flask import Flask, Response, request

SMALLEST = 500  # bytes; below it nothing is won
COMPRESSED = ("text/", "application/json", "application/manifest+json", "image/svg+xml")


def add_compression(app: Flask) -> None:
    """gzip for text, where the browser takes it."""

    @app.after_request
    def _compress(response: Response) -> Response:
        if not (response.mimetype or "").startswith(COMPRESSED) or response.status_code in (204, 304):
            return response
        response.vary.add("Accept-Encoding")
        if request.accept_encodings["gzip"] <= 0 or "Content-Encoding" in response.headers:
            return response
        response.direct_passthrough = False
        content = response.get_data()
        if len(content) >= SMALLEST:
            response.set_data(gzip.compress(content, 6, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
            # The file's own ETag would be that of other bytes.
            response.headers.pop("ETag", None)
        return response
