"""Communes and organisations that enter numbers, and what came of calls and of tables."""

from __future__ import annotations

from monitor.models.reporters import AskedOf, CallOutcome, ReporterKind
from monitor.reports.collected.files import Fate
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    ReporterKind: {
        ReporterKind.COMMUNE: Label(N_("Commune"), "idle", "home"),
        ReporterKind.AGENCY: Label(N_("Agency"), "idle", "people"),
        ReporterKind.ENTERPRISE: Label(N_("Enterprise"), "idle", "people"),
        ReporterKind.INDUSTRIAL_PARK: Label(N_("Industrial park"), "idle", "people"),
    },
    AskedOf: {
        AskedOf.ALL: Label(N_("asked of all")),
        AskedOf.COMMUNES: Label(N_("asked of communes")),
        AskedOf.ORGANISATIONS: Label(N_("asked of organisations")),
    },
    CallOutcome: {
        CallOutcome.WILL_ENTER: Label(N_("They will enter the numbers"), "good", "check"),
        CallOutcome.ENTERED: Label(N_("Entered for them"), "good", "note"),
        CallOutcome.NO_ANSWER: Label(N_("Nobody answered"), "watch", "phone-off"),
        CallOutcome.WRONG_NUMBER: Label(N_("Wrong number"), "bad", "cross"),
    },
    Fate: {
        Fate.NEW: Label(N_("new"), "good", "check"),
        Fate.CHANGED: Label(N_("there, something changes"), "calm", "note"),
        Fate.SAME: Label(N_("there already, as it is"), "idle", "dot"),
        Fate.CLOSED: Label(N_("closed here: open it again first"), "watch", "warning"),
    },
}
