"""Why staff look at photos, where a plan wants to know; and the page of who looked at what of a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.database.together import Reading, read
from monitor.models.people.residents import Resident
from monitor.models.places import Zone
from monitor.problems import BadInput, Forbidden
from monitor.trail.who_looked import LONGEST_REASON, REASONS, VIEWS, wants_reason, wants_reason_asked, who_looked
from monitor.words import N_
from web.console.signing_in import inside
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

# For one task with one person; the next one has its own reason.
GOOD_FOR = timedelta(minutes=15)
# A cookie holds some kilobytes.
MOST_REASONS = 10
_KEPT = "reasons"


def reason_given(resident_id: int | None) -> dict[str, Any] | None:
    """What the reader said a moment ago of this person, as it goes into the audit entry; None when they said nothing."""
    code, text, until = session.get(_KEPT, {}).get(str(resident_id), ("", "", 0))
    if code not in REASONS or until <= now().timestamp():
        return None
    return {"why": code, "reason": text} if text else {"why": code}


def require_reason_to_look(transaction: Session, resident_id: int | None) -> dict[str, Any]:
    """The reason, for the audit entry; empty where none is wanted and none was said. Raises Forbidden where one is wanted."""
    given = reason_given(resident_id)
    if given is None and wants_reason(transaction, resident_id):
        raise Forbidden(N_("Please first give your reason for seeing this person’s photos, on the person’s page."))
    return given or {}


def asks_reason(transaction: Session, resident_id: int) -> bool:
    """Whether a page shows the form in place of the photos."""
    return read(transaction, asks_reason_asked(resident_id))


def asks_reason_asked(resident_id: int) -> Reading[bool]:
    """The same as a reading."""
    wanted = yield from wants_reason_asked(resident_id)
    return wanted and reason_given(resident_id) is None


pages = Blueprint("looking", __name__)


@pages.app_context_processor
def _reasons() -> dict[str, object]:
    return {"look_reasons": REASONS}


@pages.post("/residents/<int:resident_id>/look")
@guarded(Permission.SEE_PHOTO, audit=None)
def say_why(resident_id: int) -> Response:
    """Each photo that is shown then has the reason in its own entry."""
    with parts().database.read() as transaction:
        resident = transaction.get(Resident, resident_id)
        require_zone(the_reader(), resident.zone_id if resident else None)
    code, text = request.form.get("why", ""), request.form.get("reason", "").strip()
    if code not in REASONS:
        raise BadInput(N_("Choose your reason for looking."), field="why")
    if len(text) > LONGEST_REASON or (code == "other" and not text):
        raise BadInput(N_("Please give the reason in 1 to %(length)s characters."), field="reason", length=LONGEST_REASON)
    kept = {**session.get(_KEPT, {}), str(resident_id): (code, text, (now() + GOOD_FOR).timestamp())}
    session[_KEPT] = dict(sorted(kept.items(), key=lambda each: -each[1][2])[:MOST_REASONS])
    back = inside(request.form.get("next"))
    return redirect(back or url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.get("/residents/<int:resident_id>/looked")
@guarded(Permission.SEE_VIEWS, audit=None)
def looked(resident_id: int) -> str:
    reader = the_reader()
    with parts().database.read() as transaction:
        resident = transaction.get(Resident, resident_id)
        zone_id = require_zone(reader, resident.zone_id if resident else None)
        views = who_looked(transaction, resident_id)
        zone = transaction.get_one(Zone, zone_id)
    return render_template(
        "console/records/looked.html",
        resident=resident,
        zone=zone,
        views=views,
        said=VIEWS,
        # Who may not see residents sees that somebody was looked at, and not who it was.
        names=reader.may(Permission.SEE_RESIDENT),
    )
