"""What is kept how long, what will be deleted next, what was deleted; holds, early deletion, and certificates."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission, Reader
from monitor.models.people.residents import Resident
from monitor.models.people.retention import DeletionCertificate, DeletionScope, PurgeReport
from monitor.models.places import Zone
from monitor.personal_data.coming import Due, coming
from monitor.personal_data.deletion import by_whom, forget
from monitor.personal_data.holds import end_hold, hold, require_over, require_reason
from monitor.personal_data.periods import rules
from monitor.problems import BadInput
from monitor.settings import Settings
from monitor.timekeeping.confirming import deletion_doubt
from monitor.trail.actions import Action
from monitor.words import N_, words
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

MOST = 200
REPORTS = 20


def coming_deletions(session: Session, settings: Settings, reader: Reader, at: datetime) -> list[tuple[DeletionScope, Due]]:
    """Whose faces or other data will be deleted within the days of warning, the earliest first; at most MOST of each."""
    kept = {rule.kind: rule.kept for rule in rules(settings)}
    ahead = at + timedelta(days=settings.warn_before_deletion_days)
    found = coming(session, kept, before=ahead, now=at, reader=reader, limit=MOST)
    return sorted(found, key=lambda pair: (pair[1].at, pair[1].resident_id))


pages = Blueprint("retention", __name__)


@pages.get("/retention")
@guarded(Permission.SEE_AUDIT, audit=None)
def show() -> str:
    reader = the_reader()
    with parts().database.read() as session:
        coming = coming_deletions(session, parts().settings, reader, now())
        doubt = deletion_doubt(session, now())
        zones = {row.id: row.name for row in session.execute(select(Zone.id, Zone.name))}
        reports = session.scalars(select(PurgeReport).order_by(PurgeReport.id.desc()).limit(REPORTS)).all()
        certificates = select(DeletionCertificate).order_by(DeletionCertificate.id.desc()).limit(MOST)
        if reader.zones is not None:
            certificates = certificates.where(DeletionCertificate.zone_id.in_(reader.zones))
        done = session.scalars(certificates).all()
    return render_template(
        "console/records/retention.html",
        doubt=doubt,
        rules=rules(parts().settings),
        coming=coming,
        zones=zones,
        reports=reports,
        certificates=done,
        days=parts().settings.warn_before_deletion_days,
        names=reader.may(Permission.SEE_RESIDENT),
        DeletionScope=DeletionScope,
    )


@pages.get("/certificates/<int:certificate_id>")
@guarded(Permission.SEE_AUDIT, audit=None)
def certificate(certificate_id: int) -> str:
    with parts().database.read() as session:
        found = session.get(DeletionCertificate, certificate_id)
        require_zone(the_reader(), found.zone_id if found else None)
        assert found is not None
        zone = session.get_one(Zone, found.zone_id)
        by = by_whom(session, found)
    return render_template("console/records/certificate.html", certificate=found, zone=zone, by=by, DeletionScope=DeletionScope)


@pages.post("/residents/<int:resident_id>/hold")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.DELETION_HELD)
def put_off(resident_id: int) -> Response:
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        zone = session.get_one(Zone, resident.zone_id)
        form = request.form
        hold(session, resident, form.get("until", ""), form.get("reason", ""), zone.timezone, the_reader().account_id, now())
    flash(_("The deletion was postponed."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/hold/end")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.DELETION_LET_GO_ON)
def go_on(resident_id: int) -> Response:
    with parts().database.write() as session:
        end_hold(session, _resident(session, resident_id), the_reader().account_id, now())
    flash(_("Deletion continues as planned."))
    return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)


@pages.post("/residents/<int:resident_id>/forget-face")
@guarded(Permission.MANAGE_RESIDENT, audit=Action.FACE_DELETION_ASKED)
def forget_face(resident_id: int) -> Response:
    if request.form.get("sure") != "yes":
        raise BadInput(N_("Please tick that you understand this cannot be undone."), field="sure")
    reason = require_reason(request.form.get("reason", ""))
    reader = the_reader()
    with parts().database.write() as session:
        resident = _resident(session, resident_id)
        require_over(session, resident_id, now())
        doubt = deletion_doubt(session, now())
        if doubt is not None:
            # By a clock that is ahead, orders seem to be over that are not.
            raise BadInput(doubt.template, **doubt.values)
        note_view(session, zone_id=resident.zone_id, resident_id=resident_id, reason=reason)
    done = forget(
        parts().database,
        parts().vault,
        resident_id,
        DeletionScope.FACES,
        reason=words(N_("Ahead of time: %(reason)s"), reason=reason),
        account_id=reader.account_id,
        now=now(),
    )
    flash(_("The photos and face data were permanently deleted."))
    return redirect(url_for("retention.certificate", certificate_id=done.id), 303)


def _resident(session: Session, resident_id: int) -> Resident:
    """Raises NotFound, also where the reader may not work in the zone."""
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident
