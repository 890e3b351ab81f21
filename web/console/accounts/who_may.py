"""Who may do what: a page, and a table as a file, made from what each page of the console declares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, Flask, Response, current_app, render_template
from flask_babel import gettext as _

from monitor.accounts.access import GRANTS, Permission
from monitor.accounts.sessions import LASTS
from monitor.models.accounts import Role
from monitor.sheets import written_csv
from monitor.trail.actions import Action
from web.shared.common import say
from web.shared.guard import guarded, note_view, rules
from web.shared.labels import action, label
from web.shared.parts import parts

pages = Blueprint("who_may", __name__)


class Address(NamedTuple):
    """One address of the console: who may use it, and what each use writes into the trail. permission None: open to all."""

    method: str
    path: str
    permission: Permission | None
    roles: frozenset[Role]
    audit: Action | None
    confirmed: bool


def addresses(app: Flask) -> list[Address]:
    """Every address of the application that answers people, in the order of the alphabet; read from its declarations."""
    declared, found = rules(app), []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        said = declared[rule.endpoint]
        roles = frozenset(each for each in Role if said.permission is None or said.permission in GRANTS[each])
        method = next(each for each in ("POST", "GET") if each in (rule.methods or ()))
        found.append(Address(method, rule.rule, said.permission, roles, said.audit, said.confirmed is not None))
    return sorted(found, key=lambda each: (each.path, each.method))


@pages.get("/access")
@guarded(Permission.SEE_ACCESS, audit=None)
def show() -> str:
    return render_template(
        "console/accounts/access.html",
        grants=GRANTS,
        roles=list(Role),
        permissions=list(Permission),
        addresses=addresses(current_app),
        lasts=LASTS,
        needing=parts().needing,
    )


@pages.get("/access.csv")
@guarded(Permission.SEE_ACCESS, audit=Action.ACCESS_EXPORTED)
def as_file() -> Response:
    with parts().database.write() as transaction:
        note_view(transaction, zone_id=None)
    roles = list(Role)
    header = [_("Address"), _("Method"), _("Permission"), *(say(label(each).words) for each in roles), _("In the trail as")]
    lines = written_csv([header, *(_cells(each, roles) for each in addresses(current_app))])
    headers = {"Content-Disposition": "attachment; filename=access.csv"}
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _cells(one: Address, roles: Sequence[Role]) -> list[str]:
    needs = say(label(one.permission).words) if one.permission else _("open to all")
    marks = [_("yes") if each in one.roles else _("no") for each in roles]
    return [one.path, one.method, needs, *marks, say(action(one.audit)) if one.audit else ""]
