"""Who gets the province's report, in which language and as which files, and what stands around its figures."""

from __future__ import annotations

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from monitor.accounts.access import Permission
from monitor.models.report_mail import DocumentKind, FileForm, ReportLetterhead, ReportRecipient
from monitor.problems import BadInput, Problem
from monitor.reports.recipients import Typed, add_recipient, remove_recipient, set_letterhead
from monitor.trail.actions import Action
from rollcall.channels.email_addresses import read_email
from web.shared.common import now, storable
from web.shared.guard import guarded, require_province, the_reader
from web.shared.parts import parts
from web.shared.staff_words import say_to_staff

pages = Blueprint("report_recipients", __name__)


@pages.get("/reports/recipients")
@guarded(Permission.MANAGE_REPORTS, audit=None)
def listed() -> Response:
    return _shown(MultiDict([("language", "vi"), ("forms", "pdf"), ("forms", "xlsx")]))


def _shown(given: MultiDict[str, str], problem: Problem | None = None) -> Response:
    settings = parts().settings
    with parts().database.read() as session:
        of_reports = (
            ReportRecipient.kind == DocumentKind.DAILY,
            ReportRecipient.schedule_id.is_(None),
            ReportRecipient.closed_at.is_(None),
        )
        rows = session.scalars(
            select(ReportRecipient).where(*of_reports).order_by(ReportRecipient.copy, ReportRecipient.id)
        ).all()
        letterhead = session.scalars(select(ReportLetterhead).order_by(ReportLetterhead.id.desc()).limit(1)).first()
    html = render_template(
        "console/reports/recipients.html",
        rows=rows,
        letterhead=letterhead,
        given=given,
        forms=list(FileForm),
        problem=say_to_staff(problem.words) if problem is not None else None,
        wrong={problem.field: problem.words} if isinstance(problem, BadInput) and problem.field else {},
        mailed=bool(settings.smtp_host),
        second=bool(settings.smtp2_host),
        signed=bool(settings.dkim_key),
        sender=settings.mail_from,
        may_change=the_reader().zones is None,
    )
    return make_response(html, problem.status if problem is not None else 200)


@pages.post("/reports/recipients")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_RECIPIENTS_CHANGED)
def add() -> Response:
    require_province()
    given = MultiDict((name, storable(value)) for name, value in request.form.items(multi=True))
    try:
        typed = Typed(
            given.get("name", ""),
            read_email(given.get("address", "")),
            given.get("language", ""),
            given.getlist("forms"),
            given.get("copy") == "yes",
        )
        with parts().database.write() as session:
            add_recipient(session, DocumentKind.DAILY, typed, the_reader().account_id, now())
    except Problem as problem:
        return _shown(given, problem)
    flash(_("Saved. The next report goes to this address too."))
    return redirect(url_for("report_recipients.listed"), 303)


@pages.post("/reports/recipients/<int:recipient_id>/remove")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_RECIPIENTS_CHANGED)
def remove(recipient_id: int) -> Response:
    require_province()
    with parts().database.write() as session:
        remove_recipient(session, recipient_id, the_reader().account_id, now())
    flash(_("Removed. No further report goes to this address."))
    return redirect(url_for("report_recipients.listed"), 303)


@pages.post("/reports/letterhead")
@guarded(Permission.MANAGE_REPORTS, audit=Action.REPORT_LETTERHEAD_CHANGED)
def letterhead() -> Response:
    require_province()
    given = {name: storable(request.form.get(name, "")) for name in ("parent", "signer_role", "signer")}
    with parts().database.write() as session:
        set_letterhead(session, **given, account_id=the_reader().account_id, now=now())
    flash(_("Saved. It stands on the next report."))
    return redirect(url_for("report_recipients.listed"), 303)
