"""Answers and scripts of the hotline: found by operators, written by whoever sets it up."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.hotline.desk_words import end, find, in_use, save
from monitor.models.hotline import TicketKind
from monitor.models.hotline_desk import TextPurpose
from monitor.problems import BadInput, Problem
from monitor.trail.actions import Action
from web.shared.common import now, storable
from web.shared.guard import guarded, note_view, require_province, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

pages = Blueprint("hotline_texts", __name__)


@pages.get("/hotline/texts")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def listed() -> str:
    typed = request.args.get("q", "")
    with parts().database.read() as session:
        found = {purpose: find(session, purpose, typed=typed) for purpose in TextPurpose}
    return render_template("console/hotline/texts.html", found=found, typed=typed)


@pages.get("/hotline/texts/<purpose>/new")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def new(purpose: str) -> Response:
    return _form(_purpose(purpose), {}, None)


@pages.get("/hotline/texts/<int:text_id>")
@guarded(Permission.MANAGE_HOTLINE, audit=None)
def one(text_id: int) -> Response:
    with parts().database.read() as session:
        row = in_use(session, text_id)
    given = {name: getattr(row, name) for name in ("title_vi", "title_en", "text_vi", "text_en")}
    return _form(row.purpose, {**given, "kind": row.kind.value if row.kind else ""}, text_id)


def _purpose(typed: str) -> TextPurpose:
    return TextPurpose.SCRIPT if typed == TextPurpose.SCRIPT.value else TextPurpose.ANSWER


def _form(purpose: TextPurpose, given: dict[str, str], text_id: int | None, problem: Problem | None = None) -> Response:
    with parts().database.read() as session:
        row = in_use(session, text_id) if text_id is not None else None
    html = render_template(
        "console/hotline/text.html",
        purpose=purpose,
        given=given,
        row=row,
        kinds=list(TicketKind),
        problem=say_to_staff(problem.words) if problem is not None else None,
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.post("/hotline/texts")
@guarded(Permission.MANAGE_HOTLINE, audit=Action.HOTLINE_TEXT_CHANGED)
def saved() -> Response:
    require_province()
    given = {name: storable(value) for name, value in request.form.items()}
    purpose = _purpose(given.get("purpose", ""))
    before = request.form.get("instead_of", type=int)
    try:
        with parts().database.write() as session:
            kept = save(
                session,
                in_use(session, before).purpose if before is not None else purpose,
                kind=next((each for each in TicketKind if each.value == given.get("kind")), None),
                titles=(given.get("title_vi", ""), given.get("title_en", "")),
                texts=(given.get("text_vi", ""), given.get("text_en", "")),
                account_id=the_reader().account_id,
                now=now(),
                instead_of=before,
            )
            note_view(session, zone_id=None, text=kept.id, version=kept.version)
    except BadInput as problem:
        return _form(purpose, given, before, problem)
    flash(_("Saved. Operators find it from now on."))
    return redirect(url_for("hotline_texts.listed"), 303)


@pages.post("/hotline/texts/<int:text_id>/end")
@guarded(Permission.MANAGE_HOTLINE, audit=Action.HOTLINE_TEXT_CHANGED)
def ended(text_id: int) -> Response:
    require_province()
    with parts().database.write() as session:
        end(session, text_id, now())
        note_view(session, zone_id=None, text=text_id, ended=True)
    flash(_("It is offered no more. Answers sent with it stay as they were."))
    return redirect(url_for("hotline_texts.listed"), 303)
