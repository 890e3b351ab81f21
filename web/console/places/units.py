"""Administrative units for the console's forms: an endpoint for the field that offers them while somebody types.

Forms use it with the macro `unit_field` of `console/places/parts.html`; what was typed means what `web/shared/typed_units.py` says.
"""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from monitor.accounts.access import Permission
from web.shared.guard import guarded
from web.shared.parts import parts
from web.shared.typed_units import offers

pages = Blueprint("units", __name__)


@pages.get("/units")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def search() -> Response:
    with parts().database.read() as session:
        return jsonify(offers(session, request.args.get("q", "")))
