"""People and their data: who they are, what was agreed, orders, letters, tests, files."""

from __future__ import annotations

from monitor.models.people.faces import EnrolmentState
from monitor.models.people.guardians import ConsentWay, GuardianRelation
from monitor.models.people.imports import ImportState, RowState
from monitor.models.people.laboratory import LabResult, LabTestKind, LabTestState, ResultSource
from monitor.models.people.measurements import MeasuredHow
from monitor.models.people.residents import FStatus, MediaKind, PresenceState, Sex
from monitor.models.people.retention import DeletionScope
from monitor.models.people.rights import ConsentKind, RequestKind, RequestOutcome
from monitor.people.roles import PersonRole
from monitor.register.criteria import Order, Standing
from monitor.words import N_
from rollcall.rights.data_requests import ASKED, OUTCOMES
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    RequestKind: {kind: Label(text, "calm", "message") for kind, text in ASKED.items()},
    RequestOutcome: {
        RequestOutcome.DONE: Label(OUTCOMES[RequestOutcome.DONE], "good", "check"),
        RequestOutcome.PARTLY: Label(OUTCOMES[RequestOutcome.PARTLY], "watch", "check"),
        RequestOutcome.REFUSED: Label(OUTCOMES[RequestOutcome.REFUSED], "idle", "cross"),
    },
    ConsentKind: {
        ConsentKind.NOTICE: Label(N_("Read or heard the notice"), "idle", "list"),
        ConsentKind.FACES: Label(N_("Face matching"), "idle", "eye"),
    },
    MediaKind: {
        MediaKind.ENROLMENT: Label(N_("Reference photo"), "idle", "eye"),
        MediaKind.OFFERED: Label(N_("Photo offered as a reference photo"), "idle", "eye"),
        MediaKind.SELFIE: Label(N_("Photo of an answer"), "idle", "eye"),
        MediaKind.BURST: Label(N_("Head movements of an answer"), "idle", "eye"),
        MediaKind.INCIDENT: Label(N_("Picture of an incident"), "idle", "camera"),
    },
    DeletionScope: {
        DeletionScope.FACES: Label(N_("Photos and face data"), "idle", "eye"),
        DeletionScope.PERSON: Label(N_("Everything else about the person"), "idle", "person"),
    },
    Sex: {
        Sex.FEMALE: Label(N_("Female")),
        Sex.MALE: Label(N_("Male")),
        Sex.OTHER: Label(N_("Other")),
    },
    PresenceState: {
        PresenceState.PRESENT: Label(N_("Present"), "good", "check"),
        PresenceState.NOT_SEEN: Label(N_("Not seen"), "watch", "eye-off"),
        PresenceState.ABSENT: Label(N_("Absent"), "bad", "door"),
        PresenceState.UNKNOWN: Label(N_("Unknown"), "idle", "question"),
    },
    EnrolmentState: {
        EnrolmentState.WAITING: Label(N_("Being checked"), "calm", "hourglass"),
        EnrolmentState.LEASED: Label(N_("Being checked"), "calm", "hourglass"),
        EnrolmentState.KEPT: Label(N_("Usable"), "good", "check"),
        EnrolmentState.REFUSED: Label(N_("Not usable"), "watch", "warning"),
    },
    ImportState: {
        ImportState.WAITING: Label(N_("Waits to be read"), "calm", "hourglass"),
        ImportState.JUDGING: Label(N_("Rows are being checked"), "calm", "hourglass"),
        ImportState.READ: Label(N_("Ready for you to look at"), "watch", "eye"),
        ImportState.ENTERING: Label(N_("People are being entered"), "calm", "hourglass"),
        ImportState.DONE: Label(N_("Done"), "good", "check"),
        ImportState.FAILED: Label(N_("Could not be read"), "bad", "warning"),
        ImportState.DROPPED: Label(N_("Thrown away"), "idle", "cross"),
        ImportState.UNDONE: Label(N_("Undone"), "idle", "cross"),
    },
    RowState: {
        RowState.UNJUDGED: Label(N_("Not checked yet"), "calm", "hourglass"),
        RowState.READY: Label(N_("To be entered"), "good", "check"),
        RowState.REFUSED: Label(N_("With faults"), "bad", "warning"),
        RowState.THERE: Label(N_("Already there"), "idle", "person"),
        RowState.PARKED: Label(N_("Doubtful"), "watch", "question"),
        RowState.ENTERED: Label(N_("Entered as new"), "good", "check"),
        RowState.TAKEN_OVER: Label(N_("Added to a record"), "good", "check"),
        RowState.LEFT_OUT: Label(N_("Left out"), "idle", "cross"),
        RowState.UNDONE: Label(N_("Removed"), "idle", "cross"),
    },
    PersonRole: {
        PersonRole.ORDER_TO_BEGIN: Label(N_("Order begins later")),
        PersonRole.UNDER_ORDER: Label(N_("Under an order")),
        PersonRole.IN_HOSPITAL: Label(N_("In hospital")),
        PersonRole.LEFT: Label(N_("Left without release")),
        PersonRole.RELEASED: Label(N_("Quarantine over")),
        PersonRole.MOVED: Label(N_("Moved to another place")),
        PersonRole.DIED: Label(N_("Died")),
        PersonRole.AWAITING_TEST: Label(N_("Awaiting a test, without an order")),
        PersonRole.HAS_STATUS: Label(N_("F-status")),
    },
    MeasuredHow: {
        MeasuredHow.BY_STAFF: Label(N_("Measured by staff"), "idle", "person"),
        MeasuredHow.TOLD: Label(N_("Told by the person"), "idle", "phone"),
        MeasuredHow.OTHERS: Label(N_("Told by someone else"), "idle", "people"),
    },
    GuardianRelation: {
        GuardianRelation.MOTHER: Label(N_("Mother")),
        GuardianRelation.FATHER: Label(N_("Father")),
        GuardianRelation.GRANDPARENT: Label(N_("Grandparent")),
        GuardianRelation.SIBLING: Label(N_("Brother or sister")),
        GuardianRelation.RELATIVE: Label(N_("Another relative")),
        GuardianRelation.CARER: Label(N_("Carer")),
    },
    ConsentWay: {
        ConsentWay.PAGE: Label(N_("on the page"), "good", "check"),
        ConsentWay.PAPER: Label(N_("on paper"), "good", "check"),
        ConsentWay.SPOKEN: Label(N_("in person to staff"), "good", "check"),
    },
    FStatus: {each: Label(each.value) for each in FStatus},
    Standing: {
        Standing.HERE: Label(N_("Here, or with a place kept")),
        Standing.IN_FORCE: Label(N_("An order in force")),
        Standing.AWAITING: Label(N_("Without an order yet")),
        Standing.HOSPITALISED: Label(N_("In hospital")),
        Standing.LEFT: Label(N_("Left without release")),
        Standing.OVER: Label(N_("Quarantine over")),
        Standing.ALL: Label(N_("Everyone")),
    },
    Order: {
        Order.NAME: Label(N_("By name")),
        Order.NEWEST: Label(N_("Newest first")),
        Order.ENDS: Label(N_("By the end of the order")),
    },
    LabTestKind: {
        LabTestKind.PCR: Label(N_("PCR"), "idle", "note"),
        LabTestKind.ANTIGEN: Label(N_("Rapid antigen test"), "idle", "note"),
    },
    LabTestState: {
        LabTestState.DUE: Label(N_("Test due"), "watch", "clock"),
        LabTestState.TAKEN: Label(N_("Sample taken"), "calm", "check"),
        LabTestState.SENT: Label(N_("At the laboratory"), "calm", "hourglass"),
        LabTestState.RESULTED: Label(N_("Result is there"), "good", "check"),
        LabTestState.CANCELLED: Label(N_("Test cancelled"), "idle", "cross"),
    },
    LabResult: {
        LabResult.POSITIVE: Label(N_("Positive"), "bad", "warning"),
        LabResult.NEGATIVE: Label(N_("Negative"), "good", "check"),
        LabResult.INVALID: Label(N_("Invalid"), "watch", "question"),
    },
    ResultSource: {
        ResultSource.STAFF: Label(N_("noted by staff")),
        ResultSource.LABORATORY: Label(N_("from the laboratory")),
    },
}
