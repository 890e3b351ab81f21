"""What each kind of incident is called, on screens and in what staff are told."""

from __future__ import annotations

from monitor.models.incidents import IncidentKind
from monitor.words import N_

ALERTS_ONLY = frozenset(
    {
        IncidentKind.HOTLINE_EMERGENCY,
        IncidentKind.HOTLINE_WAITS,
        IncidentKind.HOTLINE_REFUSED,
        IncidentKind.HOTLINE_DUE,
        IncidentKind.HOTLINE_BREACHED,
        IncidentKind.REPORTERS_TO_CALL,
    }
)
"""Names of alerts about tickets of the hotline and about reporters, which are no incidents."""
NAMES = {
    IncidentKind.MISSED: N_("Roll-call not answered"),
    IncidentKind.MISSED_REPEATEDLY: N_("Three roll-calls without an answer"),
    IncidentKind.UNREACHED: N_("Not reached yet"),
    IncidentKind.FACE_DOUBTFUL: N_("Face to be checked"),
    IncidentKind.PLACE_DOUBTFUL: N_("Location to be checked"),
    IncidentKind.CONTESTED: N_("Resident disputes the result"),
    IncidentKind.UNWELL: N_("Feels unwell"),
    IncidentKind.WISH: N_("Needs something"),
    IncidentKind.TEXT_UNCLEAR: N_("Text message to read"),
    IncidentKind.TEXTS_STOPPED: N_("Wants no more text messages"),
    IncidentKind.GUARDIAN_NEEDED: N_("Guardian needed"),
    IncidentKind.REQUEST_OVERDUE: N_("Request about personal data overdue"),
    IncidentKind.CHANGE_FAILED: N_("A planned change could not be made"),
    IncidentKind.TEST_POSITIVE: N_("Positive test"),
    IncidentKind.NOBODY_ON_DUTY: N_("Nobody is on duty"),
    IncidentKind.TELLING_STALLED: N_("Urgent, and no alert has left"),
    IncidentKind.CAMERA_OFFLINE: N_("Camera offline"),
    IncidentKind.CAMERA_COVERED: N_("Camera covered"),
    IncidentKind.CAMERA_MOVED: N_("Camera turned away"),
    IncidentKind.CAMERA_DEFOCUSED: N_("Camera out of focus"),
    IncidentKind.CAMERA_FROZEN: N_("Camera picture frozen"),
    IncidentKind.CAMERA_REPLAYED: N_("Camera shows a recording"),
    IncidentKind.SITE_OUTAGE: N_("Many cameras stopped at once"),
    IncidentKind.ROOM_EMPTY: N_("Room empty"),
    IncidentKind.NOT_SEEN: N_("Not seen for long"),
    IncidentKind.TOO_MANY_PEOPLE: N_("More people than assigned"),
    IncidentKind.CLOSED_AREA: N_("Someone in a closed area"),
    IncidentKind.EXIT_CROSSED: N_("Someone went out"),
    IncidentKind.DATA_UNREADABLE: N_("Data cannot be read"),
    IncidentKind.AT_CONTROL_POINT: N_("Scanned at a control point"),
    IncidentKind.DECLARED_CONTACT: N_("Contact declared"),
    IncidentKind.DECLARED_SYMPTOM: N_("Symptom declared"),
    IncidentKind.DECLARED_DANGER: N_("Sign of danger declared"),
    IncidentKind.HOTLINE_EMERGENCY: N_("Emergency reported to 1022"),
    IncidentKind.HOTLINE_WAITS: N_("Ticket of 1022 that waits"),
    IncidentKind.HOTLINE_REFUSED: N_("Ticket of 1022 refused three times"),
    IncidentKind.HOTLINE_DUE: N_("Ticket of 1022 due soon"),
    IncidentKind.HOTLINE_BREACHED: N_("Ticket of 1022 past its five hours"),
    IncidentKind.HOTLINE_STALLED: N_("The alarm of 1022 does not run"),
    IncidentKind.REPORT_NOT_SENT: N_("Report not sent"),
    IncidentKind.REPORTERS_TO_CALL: N_("Reporters to call: their numbers are missing"),
    IncidentKind.REPORT_LATE: N_("The report to the province is not released"),
}
