"""The cheapest page there is, which still asks the database: whoever watches the service asks it every few seconds."""

from __future__ import annotations

from flask import Blueprint, Response
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from monitor.database.database import Database
from monitor.models.service import ProcessBeat
from web.shared.guard import open_to_all


def up_page(database: Database) -> Blueprint:
    """`/up`, open to all: it says nothing but "ok"."""
    pages = Blueprint("up", __name__)

    @pages.get("/up")
    @open_to_all
    def up() -> Response:
        try:
            with database.read() as session:
                session.scalar(select(ProcessBeat.name).limit(1))
        except SQLAlchemyError:
            return Response("no database\n", 503, content_type="text/plain")
        return Response("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})

    return pages
