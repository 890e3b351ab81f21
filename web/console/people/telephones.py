"""Staff note how a resident can be reached and can answer: without texts, smartphone or head movements; links of a lost phone."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.changes import Topic, announce
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes
from monitor.models.people.residents import Resident
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.inbound.phone_users import users_of
from rollcall.people.guardians import number_of
from rollcall.people.text_stops import let_texts_go_on, stop_texts
from rollcall.people.withdrawn_links import withdraw_links
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

_NO_NUMBER = N_("There is no telephone number to send text messages to.")

pages = Blueprint("telephones", __name__)


@pages.post("/residents/<int:resident_id>/telephone")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.TELEPHONE_CHANGED)
def change(resident_id: int) -> Response:
    smartphone = request.form.get("smartphone")
    if smartphone not in ("yes", "no"):
        raise BadInput(N_("Choose whether there is a smartphone."), field="smartphone")
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
        assert resident is not None
        resident.without_smartphone = smartphone == "no"
        note_view(session, zone_id=zone_id, resident_id=resident_id, smartphone=smartphone)
    flash(_("Saved; the next message will say how to answer."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/movements")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.MOVEMENTS_CHANGED)
def movements(resident_id: int) -> Response:
    still = request.form.get("still")
    if still not in ("yes", "no"):
        raise BadInput(N_("Choose whether head movements can be asked for."), field="still")
    reason = require_reason(request.form.get("reason", "")) if still == "yes" else ""
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
        assert resident is not None
        resident.holds_still = still == "yes"
        note_view(session, zone_id=zone_id, resident_id=resident_id, still=still, reason=reason)
    flash(_("Saved; it applies from the next roll-call page."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/links/withdraw")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.LINKS_WITHDRAWN)
def withdraw(resident_id: int) -> Response:
    reader, reason = the_reader(), require_reason(request.form.get("reason", ""))
    with parts().database.write() as session:
        resident = session.get(Resident, resident_id)
        zone_id = require_zone(reader, resident.zone_id if resident else None)
        others = [each for each in withdraw_links(session, resident_id, now()) if each.id != resident_id]
        note_view(session, zone_id=zone_id, resident_id=resident_id, reason=reason)
        for each in others:
            audit.note(
                session,
                Action.LINKS_WITHDRAWN,
                at=now(),
                account_id=reader.account_id,
                zone_id=each.zone_id,
                resident_id=each.id,
                reason=reason,
            )
    flash(_("The links were withdrawn; the next message brings a new one."))
    if others:
        flash(
            ngettext(
                "So were those of %(num)s other person who answers with the same phone.",
                "So were those of %(num)s other people who answer with the same phone.",
                len(others),
            )
        )
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


def _number_of(session: Session, resident_id: int) -> tuple[int, str]:
    """The zone of a resident and the number that they answer with. Raises NotFound, Conflict."""
    resident = session.get(Resident, resident_id)
    zone_id = require_zone(the_reader(), resident.zone_id if resident else None)
    number = number_of(session, resident_id)
    if not number:
        raise Conflict(_NO_NUMBER)
    return zone_id, number


@pages.post("/residents/<int:resident_id>/texts/stop")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEXTS_STOPPED)
def stop(resident_id: int) -> Response:
    """Whoever asks for it in words that the service does not understand, or in a call, is heard by a person."""
    reason = require_reason(request.form.get("reason", ""))
    with parts().database.write() as session:
        zone_id, number = _number_of(session, resident_id)
        if not stop_texts(session, number, now()):
            raise Conflict(N_("Text messages to this number are stopped already."))
        note_view(session, zone_id=zone_id, resident_id=resident_id, reason=reason)
        announce(session, zone_id, Topic.PEOPLE, now())
    flash(_("No text message goes to this number any more. Please agree on another way."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/texts/start")
@guarded(Permission.ACT_ON_INCIDENT, audit=Action.TEXTS_STARTED)
def start(resident_id: int) -> Response:
    """All who answer with the number get texts again; what staff were to agree on with them is no longer needed."""
    reason = require_reason(request.form.get("reason", ""))
    with parts().database.write() as session:
        zone_id, number = _number_of(session, resident_id)
        if not let_texts_go_on(session, number, now(), by_staff=True):
            raise Conflict(N_("Text messages to this number are not stopped."))
        users = users_of(session, number, now(), now())
        end_causes(session, [causes.texts_stopped(each.resident_id) for each in users], now=now())
        note_view(session, zone_id=zone_id, resident_id=resident_id, reason=reason)
        announce(session, zone_id, Topic.PEOPLE, now())
    flash(_("This number gets text messages again."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)
