"""The keys that codes of control points are signed with: which sign now, and one withdrawn when posters were copied or a key was lost."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.control_points.keys import withdraw_key
from monitor.models.accounts import Account
from monitor.models.control_points import PlaceKey
from monitor.problems import Forbidden, Problem
from monitor.trail.actions import Action
from monitor.words import N_
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

pages = Blueprint("place_keys", __name__)


@pages.get("/places/keys")
@guarded(Permission.MANAGE_PLACE_KEYS, audit=None)
def listed() -> str:
    with parts().database.read() as session:
        query = select(PlaceKey, Account.username).outerjoin(Account, Account.id == PlaceKey.withdrawn_by)
        rows = session.execute(query.order_by(PlaceKey.number.desc()).limit(100)).all()
    return render_template(
        "console/control_points/place_keys.html",
        rows=rows,
        for_all=the_reader().zones is None,
        timezone=str(parts().settings.zone),
    )


@pages.post("/places/keys/<key>/withdraw")
@guarded(Permission.MANAGE_PLACE_KEYS, audit=Action.PLACE_KEY_WITHDRAWN)
def withdraw(key: str) -> Response:
    if the_reader().zones is not None:
        raise Forbidden(N_("A key signs for the whole province. Ask an administrator of all zones."))
    try:
        with parts().database.write() as session:
            withdraw_key(session, key, request.form.get("why", ""), account_id=the_reader().account_id, now=now())
    except Problem as problem:
        flash(say_to_staff(problem.words), "problem")
    else:
        flash(_("The key is withdrawn. Every place must print its posters again."))
    return redirect(url_for("place_keys.listed"), 303)
