"""What is kept how long, what will be deleted next, what was deleted; holds, early deletion, and certificates."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.access import Permission, Reader
from monitor.database import Database
from monitor.forgetting import by_whom, forget
from monitor.holds import end_hold, hold, require_over, require_reason
from monitor.models import DeletionCertificate, DeletionScope, PurgeReport, Resident, Zone
from monitor.problems import BadInput
from monitor.purge import Due, deletions
from monitor.retention import Kind, rules
from monitor.settings import Settings
from monitor.vault import Vault
from monitor.words import N_, words
from web.common import now
from web.guard import guarded, note_view, require_zone, the_reader

MOST = 200
REPORTS = 20


def coming_deletions(session: Session, settings: Settings, reader: Reader, at: datetime) -> list[tuple[DeletionScope, Due]]:
    """Whose faces or other data will be deleted within the days of warning, the earliest first; at most MOST of each."""
    kept = {rule.kind: rule.kept for rule in rules(settings)}
    ahead = at + timedelta(days=settings.warn_before_deletion_days)
    found = [
        (scope, each)
        for scope, kind in ((DeletionScope.FACES, Kind.FACES), (DeletionScope.PERSON, Kind.PERSONS))
        for each in deletions(session, scope, kept[kind], before=ahead, now=at, reader=reader, limit=MOST)
    ]
    return sorted(found, key=lambda pair: (pair[1].at, pair[1].resident_id))


def retention_pages(settings: Settings, database: Database, vault: Vault) -> Blueprint:
    """The page, the certificate, and three actions."""
    pages = Blueprint("retention", __name__)

    @pages.get("/retention")
    @guarded(Permission.SEE_AUDIT, audit=None)
    def show() -> str:
        reader = the_reader()
        with database.read() as session:
            coming = coming_deletions(session, settings, reader, now())
            zones = {row.id: row.name for row in session.execute(select(Zone.id, Zone.name))}
            reports = session.scalars(select(PurgeReport).order_by(PurgeReport.id.desc()).limit(REPORTS)).all()
            certificates = select(DeletionCertificate).order_by(DeletionCertificate.id.desc()).limit(MOST)
            if reader.zones is not None:
                certificates = certificates.where(DeletionCertificate.zone_id.in_(reader.zones))
            done = session.scalars(certificates).all()
        return render_template(
            "console/retention.html",
            rules=rules(settings),
            coming=coming,
            zones=zones,
            reports=reports,
            certificates=done,
            days=settings.warn_before_deletion_days,
            names=reader.may(Permission.SEE_RESIDENT),
            DeletionScope=DeletionScope,
        )

    @pages.get("/certificates/<int:certificate_id>")
    @guarded(Permission.SEE_AUDIT, audit=None)
    def certificate(certificate_id: int) -> str:
        with database.read() as session:
            found = session.get(DeletionCertificate, certificate_id)
            require_zone(the_reader(), found.zone_id if found else None)
            assert found is not None
            zone = session.get_one(Zone, found.zone_id)
            by = by_whom(session, found)
        return render_template("console/certificate.html", certificate=found, zone=zone, by=by, DeletionScope=DeletionScope)

    @pages.post("/residents/<int:resident_id>/hold")
    @guarded(Permission.MANAGE_RESIDENT, audit="deletion-held")
    def put_off(resident_id: int) -> Response:
        with database.write() as session:
            resident = _resident(session, resident_id)
            zone = session.get_one(Zone, resident.zone_id)
            form = request.form
            hold(
                session, resident, form.get("until", ""), form.get("reason", ""), zone.timezone, the_reader().account_id, now()
            )
        flash(_("The deletion was put off."))
        return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)

    @pages.post("/residents/<int:resident_id>/hold/end")
    @guarded(Permission.MANAGE_RESIDENT, audit="deletion-let-go-on")
    def go_on(resident_id: int) -> Response:
        with database.write() as session:
            end_hold(session, _resident(session, resident_id), the_reader().account_id, now())
        flash(_("The deletion goes on as planned."))
        return redirect(url_for("residents.resident_page", resident_id=resident_id), 303)

    @pages.post("/residents/<int:resident_id>/forget-face")
    @guarded(Permission.MANAGE_RESIDENT, audit="face-deletion-asked")
    def forget_face(resident_id: int) -> Response:
        if request.form.get("sure") != "yes":
            raise BadInput(N_("Please tick that you know it cannot be undone."), field="sure")
        reason = require_reason(request.form.get("reason", ""))
        reader = the_reader()
        with database.write() as session:
            resident = _resident(session, resident_id)
            require_over(session, resident_id, now())
            note_view(session, zone_id=resident.zone_id, resident_id=resident_id, reason=reason)
        done = forget(
            database,
            vault,
            resident_id,
            DeletionScope.FACES,
            reason=words(N_("Before its time: %(reason)s"), reason=reason),
            account_id=reader.account_id,
            now=now(),
        )
        flash(_("The photos and face data are gone for good."))
        return redirect(url_for("retention.certificate", certificate_id=done.id), 303)

    return pages


def _resident(session: Session, resident_id: int) -> Resident:
    """Raises NotFound, also where the reader may not work in the zone."""
    resident = session.get(Resident, resident_id)
    require_zone(the_reader(), resident.zone_id if resident else None)
    assert resident is not None
    return resident
