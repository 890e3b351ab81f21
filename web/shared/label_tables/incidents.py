"""Incidents, alerts, and what people do about them."""

from __future__ import annotations

from monitor.incidents.kinds import NAMES
from monitor.incidents.triage import Risk
from monitor.models.alerts import AlertState, AlertWay, DeliveryAbout, DutyScope
from monitor.models.incidents import ContactOutcome, ContactWay, IncidentKind, IncidentState, Urgency
from monitor.models.legal import LegalDeed, ProposalState, RecipientKind
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    IncidentState: {
        IncidentState.OPEN: Label(N_("New"), "bad", "bell"),
        IncidentState.ACKNOWLEDGED: Label(N_("Taken on"), "watch", "person"),
        IncidentState.RESOLVED: Label(N_("Resolved"), "good", "check"),
    },
    AlertState: {
        AlertState.OPEN: Label(N_("Not taken yet"), "bad", "bell"),
        AlertState.TAKEN: Label(N_("Taken on"), "watch", "person"),
        AlertState.CLEARED: Label(N_("All clear"), "good", "check"),
    },
    AlertWay: {
        AlertWay.PAGE: Label(N_("Open page of the console"), "idle", "home"),
        AlertWay.PUSH: Label(N_("Notification on a phone or computer"), "idle", "bell"),
        AlertWay.SMS: Label(N_("Text message"), "idle", "message"),
        AlertWay.VOICE: Label(N_("Call"), "idle", "phone"),
        AlertWay.EMAIL: Label(N_("E-mail"), "idle", "note"),
        AlertWay.APPRISE: Label(N_("Another service"), "idle", "globe"),
    },
    DeliveryAbout: {
        DeliveryAbout.ALARM: Label(N_("Alert"), "bad", "bell"),
        DeliveryAbout.AGAIN: Label(N_("Alert, repeated"), "bad", "bell"),
        DeliveryAbout.ALL_CLEAR: Label(N_("All clear"), "good", "check"),
        DeliveryAbout.TEST: Label(N_("Test"), "idle", "question"),
    },
    DutyScope: {
        DutyScope.EVERYTHING: Label(N_("Everything")),
        DutyScope.PEOPLE: Label(N_("Residents")),
        DutyScope.CAMERAS: Label(N_("Cameras")),
    },
    IncidentKind: {
        IncidentKind.MISSED: Label(NAMES[IncidentKind.MISSED], "bad", "bell"),
        IncidentKind.MISSED_REPEATEDLY: Label(NAMES[IncidentKind.MISSED_REPEATEDLY], "bad", "bell"),
        IncidentKind.UNREACHED: Label(NAMES[IncidentKind.UNREACHED], "watch", "phone-off"),
        IncidentKind.FACE_DOUBTFUL: Label(NAMES[IncidentKind.FACE_DOUBTFUL], "watch", "eye"),
        IncidentKind.PLACE_DOUBTFUL: Label(NAMES[IncidentKind.PLACE_DOUBTFUL], "watch", "question"),
        IncidentKind.CONTESTED: Label(NAMES[IncidentKind.CONTESTED], "watch", "message"),
        IncidentKind.UNWELL: Label(NAMES[IncidentKind.UNWELL], "bad", "heart"),
        IncidentKind.WISH: Label(NAMES[IncidentKind.WISH], "watch", "message"),
        IncidentKind.TEXT_UNCLEAR: Label(NAMES[IncidentKind.TEXT_UNCLEAR], "watch", "message"),
        IncidentKind.TEXTS_STOPPED: Label(NAMES[IncidentKind.TEXTS_STOPPED], "watch", "phone-off"),
        IncidentKind.GUARDIAN_NEEDED: Label(NAMES[IncidentKind.GUARDIAN_NEEDED], "watch", "people"),
        IncidentKind.REQUEST_OVERDUE: Label(NAMES[IncidentKind.REQUEST_OVERDUE], "bad", "clock"),
        IncidentKind.CHANGE_FAILED: Label(NAMES[IncidentKind.CHANGE_FAILED], "watch", "warning"),
        IncidentKind.TEST_POSITIVE: Label(NAMES[IncidentKind.TEST_POSITIVE], "bad", "heart"),
        IncidentKind.NOBODY_ON_DUTY: Label(NAMES[IncidentKind.NOBODY_ON_DUTY], "bad", "person"),
        IncidentKind.TELLING_STALLED: Label(NAMES[IncidentKind.TELLING_STALLED], "bad", "warning"),
        IncidentKind.CAMERA_OFFLINE: Label(NAMES[IncidentKind.CAMERA_OFFLINE], "watch", "plug"),
        IncidentKind.CAMERA_COVERED: Label(NAMES[IncidentKind.CAMERA_COVERED], "watch", "eye-off"),
        IncidentKind.CAMERA_MOVED: Label(NAMES[IncidentKind.CAMERA_MOVED], "watch", "eye-off"),
        IncidentKind.CAMERA_DEFOCUSED: Label(NAMES[IncidentKind.CAMERA_DEFOCUSED], "watch", "eye-off"),
        IncidentKind.CAMERA_FROZEN: Label(NAMES[IncidentKind.CAMERA_FROZEN], "watch", "eye-off"),
        IncidentKind.CAMERA_REPLAYED: Label(NAMES[IncidentKind.CAMERA_REPLAYED], "bad", "eye-off"),
        IncidentKind.SITE_OUTAGE: Label(NAMES[IncidentKind.SITE_OUTAGE], "bad", "plug"),
        IncidentKind.ROOM_EMPTY: Label(NAMES[IncidentKind.ROOM_EMPTY], "bad", "door"),
        IncidentKind.NOT_SEEN: Label(NAMES[IncidentKind.NOT_SEEN], "watch", "eye-off"),
        IncidentKind.TOO_MANY_PEOPLE: Label(NAMES[IncidentKind.TOO_MANY_PEOPLE], "watch", "person"),
        IncidentKind.CLOSED_AREA: Label(NAMES[IncidentKind.CLOSED_AREA], "bad", "door"),
        IncidentKind.EXIT_CROSSED: Label(NAMES[IncidentKind.EXIT_CROSSED], "bad", "door"),
        IncidentKind.DATA_UNREADABLE: Label(NAMES[IncidentKind.DATA_UNREADABLE], "watch", "warning"),
        IncidentKind.AT_CONTROL_POINT: Label(NAMES[IncidentKind.AT_CONTROL_POINT], "watch", "door"),
        IncidentKind.DECLARED_CONTACT: Label(NAMES[IncidentKind.DECLARED_CONTACT], "watch", "people"),
        IncidentKind.DECLARED_SYMPTOM: Label(NAMES[IncidentKind.DECLARED_SYMPTOM], "watch", "heart"),
        IncidentKind.DECLARED_DANGER: Label(NAMES[IncidentKind.DECLARED_DANGER], "bad", "heart"),
        IncidentKind.HOTLINE_EMERGENCY: Label(NAMES[IncidentKind.HOTLINE_EMERGENCY], "bad", "phone"),
        IncidentKind.HOTLINE_WAITS: Label(NAMES[IncidentKind.HOTLINE_WAITS], "watch", "phone"),
        IncidentKind.HOTLINE_REFUSED: Label(NAMES[IncidentKind.HOTLINE_REFUSED], "watch", "phone"),
        IncidentKind.HOTLINE_DUE: Label(NAMES[IncidentKind.HOTLINE_DUE], "watch", "clock"),
        IncidentKind.HOTLINE_BREACHED: Label(NAMES[IncidentKind.HOTLINE_BREACHED], "bad", "clock"),
        IncidentKind.HOTLINE_STALLED: Label(NAMES[IncidentKind.HOTLINE_STALLED], "bad", "warning"),
        IncidentKind.REPORT_NOT_SENT: Label(NAMES[IncidentKind.REPORT_NOT_SENT], "bad", "warning"),
        IncidentKind.REPORTERS_TO_CALL: Label(NAMES[IncidentKind.REPORTERS_TO_CALL], "watch", "phone"),
        IncidentKind.REPORT_LATE: Label(NAMES[IncidentKind.REPORT_LATE], "bad", "warning"),
    },
    Urgency: {
        Urgency.DANGER: Label(N_("Danger: within minutes"), "bad", "warning"),
        Urgency.SOON: Label(N_("Within the hour"), "watch", "hourglass"),
        Urgency.ROUTINE: Label(N_("Today"), "idle", "clock"),
    },
    Risk: {
        Risk.AGE: Label(N_("Old age"), "idle", "person"),
        Risk.LONG_ILLNESS: Label(N_("Long-term illness"), "idle", "heart"),
        Risk.PREGNANT: Label(N_("Pregnant"), "idle", "heart"),
        Risk.ALONE: Label(N_("Lives alone"), "idle", "person"),
    },
    ContactWay: {
        ContactWay.CALL: Label(N_("Call"), "calm", "phone"),
        ContactWay.VISIT: Label(N_("Visit"), "calm", "door"),
        ContactWay.HOUSEHOLD: Label(N_("Asked the household"), "calm", "people"),
    },
    ContactOutcome: {
        ContactOutcome.WELL: Label(N_("Reached: is well"), "good", "check"),
        ContactOutcome.UNWELL: Label(N_("Reached: feels unwell"), "bad", "heart"),
        ContactOutcome.NEEDS: Label(N_("Reached: needs something"), "watch", "note"),
        ContactOutcome.REFUSED: Label(N_("Reached: does not want to talk"), "watch", "cross"),
        ContactOutcome.NO_ANSWER: Label(N_("Nobody answered"), "watch", "bell"),
        ContactOutcome.PHONE_OFF: Label(N_("The phone is off"), "watch", "phone-off"),
        ContactOutcome.WRONG_NUMBER: Label(N_("The number is wrong"), "watch", "cross"),
        ContactOutcome.NOT_THERE: Label(N_("Not there"), "bad", "door"),
    },
    LegalDeed: {
        LegalDeed.BREACH: Label(N_("Record a breach of the order"), "bad", "warning"),
        LegalDeed.POLICE: Label(N_("Hand over to the police"), "bad", "shield"),
        LegalDeed.EXTENSION: Label(N_("Extend the order after missed roll-calls"), "watch", "clock"),
        LegalDeed.IDENTIFICATION: Label(N_("Say who is seen in a recording"), "watch", "eye"),
    },
    ProposalState: {
        ProposalState.WAITING: Label(N_("waits for a second person"), "watch", "hourglass"),
        ProposalState.CONFIRMED: Label(N_("confirmed"), "good", "check"),
        ProposalState.DECLINED: Label(N_("declined"), "idle", "cross"),
        ProposalState.WITHDRAWN: Label(N_("withdrawn"), "idle", "cross"),
        ProposalState.EXPIRED: Label(N_("expired without a decision"), "bad", "clock"),
    },
    RecipientKind: {
        RecipientKind.PERSON: Label(N_("The person, or who answers for them"), "good", "person"),
        RecipientKind.POLICE: Label(N_("Police"), "bad", "shield"),
        RecipientKind.AUTHORITY: Label(N_("Another authority or province"), "watch", "home"),
        RecipientKind.HEALTH: Label(N_("Hospital or laboratory"), "calm", "heart"),
        RecipientKind.OTHER: Label(N_("Other recipient"), "watch", "people"),
        RecipientKind.FILE: Label(N_("File saved by staff"), "idle", "note"),
    },
}
