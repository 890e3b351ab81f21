"""Texts of numbers that no resident has: somebody may write from a neighbour's phone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.access import Permission
from monitor.database import Database
from monitor.models import InboundMessage
from monitor.problems import NotFound
from monitor.words import N_
from web.common import now
from web.guard import guarded, note_view, the_reader

MOST = 100


def _waiting() -> ColumnElement[bool]:
    return and_(
        InboundMessage.resident_id.is_(None), InboundMessage.seen_at.is_(None), InboundMessage.next_attempt_at.is_(None)
    )


def count_unknown(session: Session) -> int:
    """How many wait for a person."""
    return session.scalar(select(func.count()).select_from(InboundMessage).where(_waiting())) or 0


def unknown_text_pages(database: Database) -> Blueprint:
    """The list and its button. Nobody knows in which zone such a number is: whoever cares for residents may see them."""
    pages = Blueprint("unknown_texts", __name__)

    @pages.get("/texts/unknown")
    @guarded(Permission.SEE_RESIDENT, audit="unknown-texts-listed")
    def listed() -> str:
        with database.write() as session:
            texts = list(
                session.scalars(
                    select(InboundMessage).where(_waiting()).order_by(InboundMessage.received_at.desc()).limit(MOST)
                )
            )
            note_view(session, zone_id=None, texts=[each.id for each in texts])
        return render_template("console/unknown_texts.html", texts=texts, more=len(texts) == MOST)

    @pages.post("/texts/<int:number>/seen")
    @guarded(Permission.ACT_ON_INCIDENT, audit="unknown-text-seen")
    def seen(number: int) -> Response:
        with database.write() as session:
            done = session.scalars(
                update(InboundMessage)
                .where(InboundMessage.id == number, _waiting())
                .values(seen_at=now(), seen_by=the_reader().account_id)
                .returning(InboundMessage.id)
                .execution_options(synchronize_session=False)
            ).all()
            if not done:
                raise NotFound(N_("There is no such text, or somebody else has looked at it."))
            note_view(session, zone_id=None, text=number)
        flash(_("It was written down that you looked at it."))
        return redirect(url_for("unknown_texts.listed"), 303)

    return pages
