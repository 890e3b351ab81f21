"""Links as they arrive: short ones, earlier ones, and those that apps and people changed on the way lead to the page they name."""

from __future__ import annotations

from flask import Flask, redirect, request
from werkzeug.routing import BaseConverter
from werkzeug.wrappers import Response

from monitor.words import LANGUAGES
from rollcall.people.earlier_links import token_now
from rollcall.people.links import FIRST_OF_SHARED, LENGTH, as_written, open_token
from rollcall.people.pasted_links import FoundLink, find_link

# So that what was cut off in the middle is told to be cut, and no word that somebody tries is.
_FEWEST = 8


class OwnToken(BaseConverter):
    """What may be the token of one person's link, or the beginning of it."""

    regex = rf"(?![{FIRST_OF_SHARED}{FIRST_OF_SHARED.upper()}])[0-9A-Za-z]{{{_FEWEST},}}"


class SharedToken(BaseConverter):
    """The same of a link of all who share a phone."""

    regex = rf"(?=[{FIRST_OF_SHARED}{FIRST_OF_SHARED.upper()}])[0-9A-Za-z]{{{_FEWEST},}}"


def add_arriving(app: Flask, secret: bytes) -> None:
    """Let rules name tokens, and lead requests to the page of the one link that their path holds. Before the rules are added.

    An earlier link is served where it is: programs and pages that were opened before send to it. Any other is led on with its method and
    its body (307).
    """
    app.url_map.converters["own"] = OwnToken
    app.url_map.converters["shared"] = SharedToken

    @app.before_request
    def _lead_to_the_page() -> Response | None:
        given = request.view_args or {}
        if request.endpoint is not None and not given.keys() & {"token", "shared"}:
            return None
        name = "shared" if "shared" in given else "token"
        token = str(given.get(name))
        now = token if token == as_written(token) else token_now(secret, token)
        content = open_token(secret, now) if now else None
        if content is not None and content.shared == (name == "shared"):
            given[name] = now
            return None
        if len(request.path) <= LENGTH or (request.endpoint is None and _known(request.path)):
            return None
        found = find_link(secret, request.path)
        path = _path(found) if found is not None else request.path
        wanted = request.args.get("lang")
        return redirect(f"{path}?lang={wanted}" if wanted in LANGUAGES else path, 307) if path != request.path else None

    def _path(found: FoundLink) -> str:
        """The link's page, and as much of what stands behind the link as is the address of one."""
        path, behind = f"/{'h' if found.shared else 'a'}/{found.token}", found.page
        while behind and not _known(path + behind):
            behind = behind.rpartition("/")[0]
        return path + behind

    def _known(path: str) -> bool:
        """Whether this is the address of something, whatever is done with it there."""
        adapter = app.create_url_adapter(request)
        return adapter is not None and bool(list(adapter.allowed_methods(path)))
