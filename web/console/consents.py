"""What staff write down for a person: that they were told, and whether they agree to face matching; and the copy of all their data."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, request, stream_with_context, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.access import Permission
from monitor.consent import name_of, record
from monitor.database import Database
from monitor.holds import require_reason
from monitor.models import ConsentKind, Resident
from monitor.problems import BadInput
from monitor.vault import Vault
from monitor.words import N_
from rollcall.face_consent import agree_to_faces, refuse_faces
from web.common import now
from web.export_pages import copy_of, zip_parts
from web.guard import guarded, note_view, require_zone, the_reader


def consent_pages(database: Database, vault: Vault) -> Blueprint:
    """Three actions."""
    pages = Blueprint("consents", __name__)

    @pages.post("/residents/<int:resident_id>/notice")
    @guarded(Permission.ENROL, audit="notice-given")
    def notice(resident_id: int) -> AnyResponse:
        given_by = name_of(request.form.get("given_by", ""))
        with database.write() as session:
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
        flash(_("It was written down."))
        return _back(resident_id)

    @pages.post("/residents/<int:resident_id>/face-matching")
    @guarded(Permission.ENROL, audit="faces-refused")
    def faces(resident_id: int) -> AnyResponse:
        agrees = request.form.get("agrees")
        if agrees not in ("yes", "no"):
            raise BadInput(N_("Choose whether face matching is agreed to."), field="agrees")
        with database.read() as session:
            language = _resident(session, resident_id).language
        given_by, account_id = request.form.get("given_by", ""), the_reader().account_id
        if agrees == "yes":
            agree_to_faces(database, resident_id, language=language, account_id=account_id, given_by=given_by, now=now())
            flash(_("It was written down. Photos can be added now."))
        else:
            refuse_faces(database, vault, resident_id, language=language, account_id=account_id, given_by=given_by, now=now())
            flash(_("It was written down. Photos and templates are gone, and no face of this person is looked for any more."))
        return _back(resident_id)

    @pages.post("/residents/<int:resident_id>/export")
    @guarded(Permission.EXPORT_RESIDENT, audit="export-made")
    def export(resident_id: int) -> Response:
        reason = require_reason(request.form.get("reason", ""))
        with database.write() as session:
            resident = _resident(session, resident_id)
            note_view(session, zone_id=resident.zone_id, resident_id=resident_id, reason=reason)
        copy = copy_of(database, resident_id, now(), by_link=False)
        answer = Response(stream_with_context(zip_parts(database, vault, copy)), content_type="application/zip")
        answer.headers["Content-Disposition"] = f'attachment; filename="resident-{resident_id}.zip"'
        return answer

    return pages


def _resident(session: Session, resident_id: int) -> Resident:
    """Raises NotFound, also where the reader may not work in the zone."""
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident


def _back(resident_id: int) -> AnyResponse:
    return redirect(url_for("residents.resident_page", resident_id=resident_id, _anchor="rights-title"), 303)
