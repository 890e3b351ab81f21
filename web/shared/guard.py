"""What every endpoint declares (permission and audit), and the one hook that checks it; without both the application does not start."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, redirect, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.accounts.sessions import Must, Standing, note_use, reader_of, standing_of
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.problems import Forbidden, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.trail.who_looked import living_in
from monitor.words import N_, words
from web.shared.common import EXPLAINED, now, problem_page, wants_json

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """An endpoint's declaration. permission None: open to all. audit: the action that each use of it writes, or None.

    before: what somebody must do first, and may come here without having done. confirmed: the page to come back to after showing the
    password again, for whoever has not done so for a while; None where nobody is asked.
    """

    permission: Permission | None
    audit: Action | None
    page: bool
    before: frozenset[Must] = frozenset()
    confirmed: str | None = None


class Unguarded(RuntimeError):
    """An endpoint declares nothing: a mistake in the program, told at start."""


def guarded(
    permission: Permission,
    *,
    audit: Action | None,
    page: bool = True,
    before: Collection[Must] = (),
    confirmed: str | None = None,
) -> Callable[[View], View]:
    """Declare what an endpoint needs and what it writes into the audit trail.

    page: False for pictures and streams, which answer 401 instead of leading to the sign-in page. before, confirmed: see Rule.
    """

    def mark(view: View) -> View:
        view.rule = Rule(permission, audit, page, frozenset(before), confirmed)  # type: ignore[attr-defined]
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


def guard(app: Flask, database: Database, needing: Collection[Role] = ()) -> None:
    """Check every request of a finished application against the declarations. Raises Unguarded.

    needing: the roles that must have a second factor.
    """
    declared = rules(app)

    @app.before_request
    def _check() -> Response | tuple[Response | str, int] | None:
        g.reader = g.standing = None
        if request.endpoint == "static":
            return None
        standing = _standing(database, needing)
        if standing is not None and standing.must is not Must.UNLOCK:
            g.reader = standing.reader
        if request.endpoint is None:
            return None
        # An endpoint that was added later is not in the table: refused, not let through.
        g.rule = rule = declared[request.endpoint]
        if rule.permission is None:
            return None
        if standing is None:
            return _lead("session.sign_in")
        if standing.must is not None and standing.must not in rule.before:
            return _lead("locked.locked" if standing.must is Must.UNLOCK else "own.show")
        if not standing.reader.may(rule.permission):
            raise Forbidden(N_("Your account is not allowed to do this. Ask an administrator."))
        if rule.confirmed is not None and not standing.confirmed:
            expected = app.url_map.is_endpoint_expecting
            given = {name: value for name, value in (request.view_args or {}).items() if expected(rule.confirmed, name)}
            back = url_for(rule.confirmed, **given)
            return redirect(url_for("own.confirm", next=_asked_for() or back), 303)
        if standing.worth_noting and rule.page and "X-Fragment" not in request.headers:
            with database.write() as transaction:
                note_use(transaction, session["token"], now=now())
        return None


def _standing(database: Database, needing: Collection[Role]) -> Standing | None:
    token = session.get("token")
    if token:
        with database.read() as transaction:
            g.standing = standing_of(transaction, token, now=now(), needing=needing)
    found: Standing | None = g.standing
    return found


def _asked_for() -> str | None:
    """The page that somebody wanted, to be led back to."""
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _lead(endpoint: str) -> Response:
    """To where something must be done first; what is no page is answered instead."""
    rule: Rule = g.rule
    if not rule.page or wants_json() or "X-Fragment" in request.headers:
        return current_app.make_response(problem_page(words(EXPLAINED[401]), 401))
    return redirect(url_for(endpoint, next=_asked_for()), 303)


def rechecked(database: Database) -> Callable[[], Reader | None]:
    """Asks who this session belongs to, also after its request, where there is no application to ask: for what goes on and on."""
    clock, token = current_app.extensions["now"], session["token"]

    def recheck() -> Reader | None:
        with database.read() as transaction:
            return reader_of(transaction, token, now=clock())

    return recheck


def standing() -> Standing:
    """The session of who is signed in; only for endpoints that declare a permission."""
    found: Standing = g.standing
    return found


def the_reader() -> Reader:
    """Who is signed in; only for endpoints that declare a permission."""
    return standing().reader


def require_zone(reader: Reader, zone_id: int | None) -> int:
    """The zone of a thing, when the reader may work in it. None: the thing does not exist. Raises NotFound for both, so that
    nobody can find out which numbers exist elsewhere."""
    if zone_id is None or not reader.among({zone_id}):
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return zone_id


def require_province() -> None:
    """That the reader may change what holds for the whole province. Raises Forbidden."""
    if the_reader().zones is not None:
        raise Forbidden(N_("This holds for the whole province, and your account has certain zones only."))


def note_view(
    transaction: Session,
    *,
    zone_id: int | None,
    resident_id: int | None = None,
    room_id: int | None = None,
    about: Collection[int] = (),
    **details: Any,
) -> None:
    """Write the audit action that the current endpoint declares, in the transaction that reads what is shown.

    room_id: the room that a camera shows; whoever lives there now can read of it. about: residents whose names stand on one page.
    """
    audit.note(
        transaction,
        g.rule.audit,
        at=now(),
        account_id=the_reader().account_id,
        zone_id=zone_id,
        resident_id=resident_id,
        about=[*living_in(transaction, room_id), *about],
        **details,
    )
