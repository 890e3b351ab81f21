"""The address of the server-sent events."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request, session

from monitor.access import Permission, Reader
from monitor.accounts import reader_of
from monitor.database import Database
from web.guard import guarded, the_reader
from web.live import Broadcaster, still_connected, stream


def live_pages(database: Database, broadcaster: Broadcaster) -> Blueprint:
    """One address; a page has one stream."""
    pages = Blueprint("live", __name__)

    @pages.get("/live")
    @guarded(Permission.SEE_OVERVIEW, audit=None, page=False)
    def live() -> Response:
        clock, token = current_app.extensions["now"], session["token"]

        def recheck() -> Reader | None:
            with database.read() as transaction:
                return reader_of(transaction, token, now=clock())

        subscriber = broadcaster.subscribe()
        if subscriber is None:
            return Response("busy", 503, {"Retry-After": "10"}, content_type="text/plain")
        events = stream(broadcaster, subscriber, the_reader(), recheck, still_connected(request.environ))
        answer = Response(events, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        # A stream whose first event was never asked for has not begun, and would not clean up by itself.
        answer.call_on_close(lambda: broadcaster.leave(subscriber))
        return answer

    return pages
