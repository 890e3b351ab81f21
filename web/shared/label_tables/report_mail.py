"""Documents of reports, and their mails."""

from __future__ import annotations

from monitor.models.report_mail import DeliveryState, DocumentKind, DocumentState, FileForm
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    DocumentKind: {
        DocumentKind.DAILY: Label(N_("Province’s daily report"), "idle", "note"),
        DocumentKind.DAY_SHEET: Label(N_("Day sheet of a zone"), "idle", "list"),
        DocumentKind.WEEK: Label(N_("Week of a supervisor"), "idle", "list"),
    },
    DocumentState: {
        DocumentState.WAITING: Label(N_("files are being made"), "idle", "hourglass"),
        DocumentState.MAKING: Label(N_("files are being made"), "idle", "hourglass"),
        DocumentState.MADE: Label(N_("files are ready"), "good", "check"),
        DocumentState.FAILED: Label(N_("files could not be made"), "bad", "warning"),
    },
    DeliveryState: {
        DeliveryState.WAITING: Label(N_("waiting, tried again automatically"), "watch", "clock"),
        DeliveryState.SENDING: Label(N_("on its way to the mail server"), "idle", "arrow"),
        DeliveryState.ACCEPTED: Label(N_("accepted"), "good", "check"),
        DeliveryState.UNCERTAIN: Label(N_("not known whether it arrived"), "bad", "question"),
        DeliveryState.FAILED: Label(N_("could not be mailed"), "bad", "warning"),
        DeliveryState.STOPPED: Label(N_("not mailed"), "watch", "cross"),
    },
    FileForm: {
        FileForm.PDF: Label(N_("PDF, to print"), "idle", "note"),
        FileForm.XLSX: Label(N_("Excel"), "idle", "list"),
        FileForm.JSON: Label(N_("JSON, for programs"), "idle", "list"),
    },
}
FATES = {
    "accepted": N_("accepted"),
    "refused": N_("refused"),
    "broken": N_("the line broke before the end: nothing was sent"),
    "uncertain": N_("the line broke after the end: not known"),
    "unreachable": N_("the server could not be reached"),
    "died": N_("the process that sent it ended"),
}
"""What came of a try, as `ReportTry.fate` has it."""
