"""What staff write down for a person: that they were told, and whether they agree to face matching; and the copy of all their data."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.models.legal import RecipientKind
from monitor.models.people.residents import Resident
from monitor.models.people.rights import ConsentKind
from monitor.personal_data.consent import name_of, record
from monitor.personal_data.disclosures import COPY, OWN_REQUEST, HandedOut, hand_out
from monitor.personal_data.holds import require_reason
from monitor.problems import BadInput
from monitor.trail.actions import Action
from monitor.words import N_
from rollcall.faces.face_consent import agree_to_faces, refuse_faces
from web.shared.common import now
from web.shared.export_pages import copy_of, zip_parts
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

pages = Blueprint("consents", __name__)


@pages.post("/residents/<int:resident_id>/notice")
@guarded(Permission.ENROL, audit=Action.NOTICE_GIVEN)
def notice(resident_id: int) -> AnyResponse:
    given_by = name_of(request.form.get("given_by", ""))
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        record(
            session,
            resident,
            ConsentKind.NOTICE,
            given=True,
            language=resident.language,
            account_id=the_reader().account_id,
            given_by=given_by,
            now=now(),
        )
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, by=given_by)
    flash(_("Saved."))
    return _back(resident_id)


@pages.post("/residents/<int:resident_id>/face-matching")
@guarded(Permission.ENROL, audit=Action.FACES_REFUSED)
def faces(resident_id: int) -> AnyResponse:
    agrees = request.form.get("agrees")
    if agrees not in ("yes", "no"):
        raise BadInput(N_("Choose whether face matching is agreed to."), field="agrees")
    with parts().database.read() as session:
        language = _resident(session, resident_id).language
    given_by, account_id = request.form.get("given_by", ""), the_reader().account_id
    if agrees == "yes":
        agree_to_faces(parts().database, resident_id, language=language, account_id=account_id, given_by=given_by, now=now())
        flash(_("Saved. Photos can be added now."))
    else:
        refuse_faces(
            parts().database, parts().vault, resident_id, language=language, account_id=account_id, given_by=given_by, now=now()
        )
        flash(_("Saved. Photos and templates are deleted, and this person’s face is no longer looked for."))
    if request.form.get("back") == "photos":
        return redirect(url_for("enrolment.show", resident_id=resident_id), 303)
    return _back(resident_id)


@pages.post("/residents/<int:resident_id>/export")
@guarded(Permission.EXPORT_RESIDENT, audit=Action.EXPORT_MADE)
def export(resident_id: int) -> Response:
    reason = require_reason(request.form.get("reason", ""))
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, reason=reason)
        handed = HandedOut(RecipientKind.PERSON, COPY, resident.zone_id, the_reader().account_id, legal_basis=OWN_REQUEST)
        hand_out(session, handed, [resident_id], now())
    copy = copy_of(parts().database, resident_id, now(), parts().settings.speaker, by_link=False)
    answer = Response(zip_parts(parts().database, parts().vault, copy), content_type="application/zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="resident-{resident_id}.zip"'
    return answer


def _resident(session: Session, resident_id: int) -> Resident:
    """Raises NotFound, also where the reader may not work in the zone."""
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


def _back(resident_id: int) -> AnyResponse:
    return redirect(url_for("residents.resident_page", resident_id=resident_id, _anchor="rights-title"), 303)
