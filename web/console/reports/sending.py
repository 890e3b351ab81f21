"""What left by mail: who got which number when, what each mail server said, and what a person does where nobody knows whether it arrived."""

from __future__ import annotations

from collections import defaultdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.accounts import Account
from monitor.models.places import Zone
from monitor.models.report_mail import (
    DocumentState,
    FileForm,
    ReportDelivery,
    ReportDocument,
    ReportFile,
    ReportTry,
)
from monitor.problems import NotFound, Problem
from monitor.reports.deliveries import LEFT_TO_A_PERSON, NOT_ARRIVED, make_again, note_arrived, send_again
from monitor.trail.actions import Action
from monitor.vault.vault import reports_owner
from monitor.words import N_
from rollcall.reporting.mail_texts import file_name
from web.shared.common import now
from web.shared.deed import one_deed
from web.shared.guard import guarded, note_view, require_province, the_reader
from web.shared.label_tables.report_mail import FATES
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

PAGE = 30
MOST_TRIES = 200
TYPES = {
    FileForm.PDF: "application/pdf",
    FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileForm.JSON: "application/json",
}
NO_PAGE = N_("This page does not exist. Check the address, or go back to the start.")

pages = Blueprint("report_sending", __name__)


@pages.get("/reports/sending")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def listed() -> str:
    before = request.args.get("before", type=int)
    asked = select(ReportDocument, Zone.name, Account.username)
    asked = asked.outerjoin(Zone, Zone.id == ReportDocument.zone_id)
    asked = asked.outerjoin(Account, Account.id == ReportDocument.account_id)
    if before is not None:
        asked = asked.where(ReportDocument.id < before)
    reader = the_reader()
    if reader.zones is not None:
        asked = asked.where(ReportDocument.zone_id.is_(None) | ReportDocument.zone_id.in_(reader.zones))
    with parts().database.read() as session:
        rows = session.execute(asked.order_by(ReportDocument.id.desc()).limit(PAGE + 1)).all()
        ids = [document.id for document, *_names in rows[:PAGE]]
        deliveries: dict[int, list[ReportDelivery]] = defaultdict(list)
        of_page = select(ReportDelivery).where(ReportDelivery.document_id.in_(ids))
        for each in session.scalars(of_page.order_by(ReportDelivery.copy, ReportDelivery.id)):
            deliveries[each.document_id].append(each)
    return render_template(
        "console/reports/sending.html",
        rows=rows[:PAGE],
        deliveries=deliveries,
        following=ids[-1] if len(rows) > PAGE else None,
        before=before,
        mailed=bool(parts().settings.smtp_host),
        left_to_a_person=LEFT_TO_A_PERSON,
        timezone=str(parts().settings.zone),
    )


@pages.get("/reports/sending/<int:document_id>")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def one(document_id: int) -> str:
    with parts().database.read() as session:
        document = _document(session, document_id)
        deliveries = session.execute(
            select(ReportDelivery, Account.username)
            .outerjoin(Account, Account.id == ReportDelivery.settled_by)
            .where(ReportDelivery.document_id == document_id)
            .order_by(ReportDelivery.copy, ReportDelivery.id)
        ).all()
        tries: dict[int, list[ReportTry]] = defaultdict(list)
        of_all = select(ReportTry).where(ReportTry.delivery_id.in_([row.id for row, _who in deliveries]))
        for each in session.scalars(of_all.order_by(ReportTry.id.desc()).limit(MOST_TRIES)):
            tries[each.delivery_id].insert(0, each)
        of_document = select(ReportFile).where(ReportFile.document_id == document_id)
        files = session.scalars(of_document.order_by(ReportFile.language.desc(), ReportFile.id)).all()
        zone = session.get(Zone, document.zone_id) if document.zone_id is not None else None
        account = session.get(Account, document.account_id) if document.account_id is not None else None
    return render_template(
        "console/reports/document.html",
        document=document,
        deliveries=deliveries,
        tries=tries,
        files=files,
        zone=zone,
        account=account,
        left_to_a_person=LEFT_TO_A_PERSON,
        not_arrived=NOT_ARRIVED,
        failed=document.state is DocumentState.FAILED,
        mailed=bool(parts().settings.smtp_host),
        may_act=the_reader().zones is None,
        timezone=str(parts().settings.zone),
        fates=FATES,
    )


@pages.get("/reports/<int:report_id>/sending")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def of_report(report_id: int) -> Response:
    with parts().database.read() as session:
        document_id = session.scalar(select(ReportDocument.id).where(ReportDocument.report_id == report_id))
    if document_id is None:
        # A draft, or one that left a second ago.
        return redirect(url_for("report_sending.listed"), 303)
    return redirect(url_for("report_sending.one", document_id=document_id), 303)


def _document(session: Session, document_id: int) -> ReportDocument:
    """Raises NotFound, also for a sheet of a zone that the reader does not see."""
    document = session.get(ReportDocument, document_id)
    reader = the_reader()
    if document is None or (document.zone_id is not None and not reader.among({document.zone_id})):
        raise NotFound(NO_PAGE)
    return document


@pages.get("/reports/sending/<int:document_id>/<any(pdf, xlsx, json):form>/<any(vi, en):of>")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_FILE_OPENED)
def file(document_id: int, form: str, of: str) -> Response:
    with parts().database.write() as session:
        document = _document(session, document_id)
        which = (ReportFile.document_id == document_id, ReportFile.form == FileForm(form), ReportFile.language == of)
        row = session.scalars(select(ReportFile).where(*which)).first()
        if row is None:
            raise NotFound(NO_PAGE)
        content = parts().vault.get(reports_owner(document.day.year), row.name)
        note_view(session, zone_id=None, document=document_id, form=form)
    name = file_name(document, FileForm(form), of)
    shown = "inline" if form == FileForm.PDF else "attachment"
    return Response(content, mimetype=TYPES[FileForm(form)], headers={"Content-Disposition": f'{shown}; filename="{name}"'})


@pages.post("/reports/sending/<int:document_id>/mails/<int:delivery_id>/again")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_SENT_AGAIN)
def again(document_id: int, delivery_id: int) -> Response:
    require_province()
    if not parts().settings.smtp_host:
        flash(_("No mail server is set up. Print the report and bring it."), "problem")
        return redirect(url_for("report_sending.one", document_id=document_id), 303)
    return one_deed(
        lambda session: _of_document(session, document_id, delivery_id),
        lambda session, _mail: send_again(session, delivery_id, the_reader().account_id, now()),
        N_("It is mailed again. Reload the page in a minute to see what the server said."),
        url_for("report_sending.one", document_id=document_id),
    )


@pages.post("/reports/sending/<int:document_id>/mails/<int:delivery_id>/arrived")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_ARRIVED)
def arrived(document_id: int, delivery_id: int) -> Response:
    require_province()
    return one_deed(
        lambda session: _of_document(session, document_id, delivery_id),
        lambda session, _mail: note_arrived(session, delivery_id, the_reader().account_id, now()),
        N_("Noted: it arrived. It is not mailed again."),
        url_for("report_sending.one", document_id=document_id),
    )


def _of_document(session: Session, document_id: int, delivery_id: int) -> None:
    delivery = session.get(ReportDelivery, delivery_id)
    if delivery is None or delivery.document_id != document_id:
        raise NotFound(NO_PAGE)


@pages.post("/reports/sending/<int:document_id>/make")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_MADE_AGAIN)
def make(document_id: int) -> Response:
    require_province()
    try:
        with parts().database.write() as session:
            _document(session, document_id)
            make_again(session, document_id, the_reader().account_id, now())
    except Problem as problem:
        if isinstance(problem, NotFound):
            raise
        flash(say_to_staff(problem.words), "problem")
    else:
        flash(_("The files are being made. Reload the page in a minute."))
    return redirect(url_for("report_sending.one", document_id=document_id), 303)
