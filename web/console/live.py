"""The address of the server-sent events."""

from __future__ import annotations

from flask import Blueprint, Response, request, session

from monitor.accounts.access import Permission
from web.shared.guard import guarded, the_reader
from web.shared.live import still_connected, stream
from web.shared.parts import parts

pages = Blueprint("live", __name__)


@pages.get("/live")
@guarded(Permission.SEE_OVERVIEW, audit=None, page=False)
def live() -> Response:
    broadcaster = parts().live
    subscriber = broadcaster.subscribe(session["token"], the_reader())
    if subscriber is None:
        return Response("busy", 503, {"Retry-After": "10"}, content_type="text/plain")
    events = stream(broadcaster, subscriber, still_connected(request.environ))
    answer = Response(events, content_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    # A stream whose first event was never asked for has not begun, and would not clean up by itself.
    answer.call_on_close(lambda: broadcaster.leave(subscriber))
    return answer
