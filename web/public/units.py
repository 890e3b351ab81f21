"""Administrative units for the public pages' forms, offered while somebody types."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from web.public.budget import require_within
from web.public.parts import parts
from web.shared.typed_units import offers

MOST_A_MINUTE = 300

pages = Blueprint("units", __name__)


@pages.get("/units")
def search() -> Response:
    require_within("units", MOST_A_MINUTE)
    with parts().database.read() as session:
        return jsonify(offers(session, request.args.get("q", "")))
