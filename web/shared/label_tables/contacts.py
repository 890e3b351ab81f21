"""Infected people, their contacts, and what is to be done about them."""

from __future__ import annotations

from monitor.models.contacts.cases import CaseState, FoundWhere, InterviewWay, MilestoneSource
from monitor.models.contacts.contacts import Certainty, ContactState, ExposureSource, Proximity, TaskKind, TaskOutcome
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    FoundWhere: {
        FoundWhere.QUARANTINE: Label(N_("In quarantine"), "good", "home"),
        FoundWhere.SEALED_OFF: Label(N_("In a sealed-off block"), "idle", "home"),
        FoundWhere.COMMUNITY: Label(N_("In the community"), "watch", "people"),
        FoundWhere.BORDER: Label(N_("At the border"), "idle", "globe"),
        FoundWhere.HOSPITAL: Label(N_("In a hospital"), "idle", "heart"),
        FoundWhere.WORKPLACE: Label(N_("At work"), "watch", "people"),
    },
    CaseState: {
        CaseState.OPEN: Label(N_("being traced"), "watch", "person"),
        CaseState.CLOSED: Label(N_("tracing ended"), "idle", "check"),
        CaseState.WITHDRAWN: Label(N_("entered by mistake"), "idle", "cross"),
    },
    InterviewWay: {
        InterviewWay.TELEPHONE: Label(N_("By telephone")),
        InterviewWay.IN_PERSON: Label(N_("In person")),
        InterviewWay.KIN: Label(N_("With a relative")),
    },
    MilestoneSource: {
        MilestoneSource.INTERVIEW: Label(N_("Interview")),
        MilestoneSource.OWN_LIST: Label(N_("Own list")),
        MilestoneSource.CHECK_IN: Label(N_("Scan at a control point")),
        MilestoneSource.STAFF: Label(N_("Entered by staff")),
    },
    ContactState: {
        ContactState.PROPOSED: Label(N_("to be decided"), "watch", "bell"),
        ContactState.RELEASED: Label(N_("released"), "good", "check"),
        ContactState.REFUSED: Label(N_("not a contact"), "idle", "cross"),
        ContactState.MERGED: Label(N_("part of another entry"), "idle", "people"),
    },
    ExposureSource: {
        ExposureSource.INTERVIEW: Label(N_("Interview"), "idle", "phone"),
        ExposureSource.OWN_LIST: Label(N_("Own list"), "idle", "note"),
        ExposureSource.HOUSEHOLD: Label(N_("Household"), "idle", "home"),
        ExposureSource.ROOM: Label(N_("Same room"), "idle", "home"),
        ExposureSource.WARD: Label(N_("Same ward"), "idle", "home"),
        ExposureSource.CAMERA_LINE: Label(N_("Line of a camera"), "idle", "eye"),
        ExposureSource.CHECK_IN: Label(N_("Scan at a control point"), "idle", "check"),
        ExposureSource.DECLARATION: Label(N_("Health declaration"), "idle", "note"),
        ExposureSource.BLUEZONE: Label(N_("Bluezone log"), "idle", "phone"),
    },
    Proximity: {
        Proximity.TOUCH: Label(N_("Touch, or care by hand")),
        Proximity.NEAR: Label(N_("Near, face to face")),
        Proximity.SAME_ROOM: Label(N_("In the same room")),
        Proximity.SAME_PLACE: Label(N_("At the same place")),
        Proximity.PASSING: Label(N_("In passing")),
        Proximity.UNKNOWN: Label(N_("Not known")),
    },
    Certainty: {
        Certainty.CERTAIN: Label(N_("certain"), "good", "check"),
        Certainty.POSSIBLE: Label(N_("possible"), "watch", "eye"),
    },
    TaskKind: {
        TaskKind.CALL: Label(N_("Call"), "idle", "phone"),
        TaskKind.TEST: Label(N_("Laboratory test"), "idle", "heart"),
        TaskKind.ORDER: Label(N_("Quarantine order"), "idle", "note"),
    },
    TaskOutcome: {
        TaskOutcome.DONE: Label(N_("done"), "good", "check"),
        TaskOutcome.NOT_REACHED: Label(N_("not reached"), "watch", "phone"),
        TaskOutcome.NOT_NEEDED: Label(N_("not needed"), "idle", "cross"),
    },
}
