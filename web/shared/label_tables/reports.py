"""Reports to the province."""

from __future__ import annotations

from monitor.models.daily_report import ReportState
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    ReportState: {
        ReportState.DRAFT: Label(N_("Draft"), "idle", "note"),
        ReportState.PROVISIONAL: Label(N_("Provisional"), "watch", "warning"),
        ReportState.FINAL: Label(N_("Final"), "good", "check"),
    },
}
