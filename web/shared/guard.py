"""What every endpoint declares (permission and audit), and the one hook that checks it; without both the application does not start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor import audit
from monitor.access import Permission, Reader
from monitor.accounts import reader_of
from monitor.database import Database
from monitor.problems import Forbidden, NotFound
from monitor.views import living_in
from monitor.words import N_, words
from web.common import EXPLAINED, now, problem_page, wants_json

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """An endpoint's declaration. permission None: open to all. audit: the action that each use of it writes, or None."""

    permission: Permission | None
    audit: str | None
    page: bool


class Unguarded(RuntimeError):
    """An endpoint declares nothing: a mistake in the program, told at start."""


def guarded(permission: Permission, *, audit: str | None, page: bool = True) -> Callable[[View], View]:
    """Declare what an endpoint needs and what it writes into the audit trail.

    page: False for pictures and streams, which answer 401 instead of leading to the sign-in page.
    """

    def mark(view: View) -> View:
        view.rule = Rule(permission, audit, page)  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Declare that an endpoint needs no sign-in."""
    view.rule = Rule(None, None, True)  # type: ignore[attr-defined]
    return view


def rules(app: Flask) -> dict[str, Rule]:
    """The declaration of each endpoint except static files. Raises Unguarded."""
    found = {}
    for endpoint, view in app.view_functions.items():
        if endpoint == "static":
            continue
        rule = getattr(view, "rule", None)
        if not isinstance(rule, Rule):
            raise Unguarded(f"endpoint {endpoint} declares neither permission nor audit")
        found[endpoint] = rule
    return found


def guard(app: Flask, database: Database) -> None:
    """Check every request of a finished application against the declarations. Raises Unguarded."""
    declared = rules(app)

    @app.before_request
    def _check() -> Response | tuple[Response | str, int] | None:
        g.reader = None
        if request.endpoint == "static":
            return None
        token = session.get("token")
        if token:
            with database.read() as transaction:
                g.reader = reader_of(transaction, token, now=now())
        if request.endpoint is None:
            return None
        # An endpoint that was added later is not in the table: refused, not let through.
        g.rule = rule = declared[request.endpoint]
        if rule.permission is None:
            return None
        if g.reader is None:
            if not rule.page or wants_json() or "X-Fragment" in request.headers:
                return current_app.make_response(problem_page(words(EXPLAINED[401]), 401))
            target = request.full_path.rstrip("?") if request.method == "GET" else None
            return redirect(url_for("session.sign_in", next=target), 303)
        if not g.reader.may(rule.permission):
            raise Forbidden(N_("Your account may not do this."))
        return None


def the_reader() -> Reader:
    """Who is signed in; only for endpoints that declare a permission."""
    reader: Reader = g.reader
    return reader


def require_zone(reader: Reader, zone_id: int | None) -> int:
    """The zone of a thing, when the reader may work in it. None: the thing does not exist. Raises NotFound for both, so that
    nobody can find out which numbers exist elsewhere."""
    if zone_id is None or not reader.among({zone_id}):
        raise NotFound(N_("There is no such page."))
    return zone_id


def note_view(
    transaction: Session,
    *,
    zone_id: int | None,
    resident_id: int | None = None,
    room_id: int | None = None,
    **details: Any,
) -> None:
    """Write the audit action that the current endpoint declares, in the transaction that reads what is shown.

    room_id: the room that a camera shows; whoever lives there now can read of it.
    """
    audit.note(
        transaction,
        g.rule.audit,
        at=now(),
        account_id=the_reader().account_id,
        zone_id=zone_id,
        resident_id=resident_id,
        about=living_in(transaction, room_id),
        **details,
    )
