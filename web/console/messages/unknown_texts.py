"""Texts of numbers that no resident has: somebody may write from a neighbour's phone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, select, update
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.statements import changed
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.problems import NotFound
from monitor.trail.actions import Action
from monitor.words import N_, words
from rollcall.inbound.doubtful import WHY
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

MOST = 60


def _waiting() -> ColumnElement[bool]:
    return and_(
        InboundMessage.resident_id.is_(None), InboundMessage.seen_at.is_(None), InboundMessage.next_attempt_at.is_(None)
    )


def count_unknown() -> Select[int]:
    """How many wait for a person."""
    return select(func.count()).select_from(InboundMessage).where(_waiting())


pages = Blueprint("unknown_texts", __name__)


@pages.get("/texts/unknown")
@guarded(Permission.SEE_RESIDENT, audit=Action.UNKNOWN_TEXTS_LISTED)
def listed() -> str:
    with parts().database.write() as session:
        texts = list(
            session.scalars(select(InboundMessage).where(_waiting()).order_by(InboundMessage.received_at.desc()).limit(MOST))
        )
        note_view(session, zone_id=None, texts=[each.id for each in texts])
    return render_template(
        "console/messages/unknown_texts.html",
        texts=texts,
        more=len(texts) == MOST,
        days=parts().settings.keep_unknown_texts_days,
        why={each.id: words(WHY[each.doubt], said=each.said).dump() for each in texts if each.doubt is not None},
    )


@pages.post("/texts/<int:number>/seen")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.UNKNOWN_TEXT_SEEN)
def seen(number: int) -> Response:
    with parts().database.write() as session:
        looked_at = (
            update(InboundMessage)
            .where(InboundMessage.id == number, _waiting())
            .values(seen_at=now(), seen_by=the_reader().account_id)
        )
        if not changed(session, looked_at):
            raise NotFound(N_("This text message does not exist, or someone else has read it."))
        note_view(session, zone_id=None, text=number)
    flash(_("Your look at it was recorded."))
    return redirect(url_for("unknown_texts.listed"), 303)
