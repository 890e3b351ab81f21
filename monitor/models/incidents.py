"""What a person must look at, and the notes people made on it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base, copied, filled_index, refers_to, text_enum


class IncidentKind(StrEnum):
    """Why somebody is asked to look."""

    MISSED = "missed"
    MISSED_REPEATEDLY = "missed_repeatedly"
    UNREACHED = "unreached"
    FACE_DOUBTFUL = "face_doubtful"
    PLACE_DOUBTFUL = "place_doubtful"
    CONTESTED = "contested"
    UNWELL = "unwell"
    WISH = "wish"
    TEXT_UNCLEAR = "text_unclear"
    TEXTS_STOPPED = "texts_stopped"
    GUARDIAN_NEEDED = "guardian_needed"
    REQUEST_OVERDUE = "request_overdue"
    CHANGE_FAILED = "change_failed"
    TEST_POSITIVE = "test_positive"
    NOBODY_ON_DUTY = "nobody_on_duty"
    TELLING_STALLED = "telling_stalled"
    CAMERA_OFFLINE = "camera_offline"
    CAMERA_COVERED = "camera_covered"
    CAMERA_MOVED = "camera_moved"
    CAMERA_DEFOCUSED = "camera_defocused"
    CAMERA_FROZEN = "camera_frozen"
    CAMERA_REPLAYED = "camera_replayed"
    SITE_OUTAGE = "site_outage"
    ROOM_EMPTY = "room_empty"
    """Somebody was seen leaving, or staff did not find them."""
    NOT_SEEN = "not_seen"
    """Nobody has seen them for long, and nobody saw them leave."""
    TOO_MANY_PEOPLE = "too_many_people"
    CLOSED_AREA = "closed_area"
    EXIT_CROSSED = "exit_crossed"
    DATA_UNREADABLE = "data_unreadable"
    AT_CONTROL_POINT = "at_control_point"
    """Somebody under an order was scanned at a control point."""
    DECLARED_CONTACT = "declared_contact"
    DECLARED_SYMPTOM = "declared_symptom"
    DECLARED_DANGER = "declared_danger"
    """In health declarations of the public, who are no residents."""
    HOTLINE_EMERGENCY = "hotline_emergency"
    HOTLINE_WAITS = "hotline_waits"
    HOTLINE_REFUSED = "hotline_refused"
    HOTLINE_DUE = "hotline_due"
    HOTLINE_BREACHED = "hotline_breached"
    """What alerts about the hotline's tickets are called; these stand on the hotline's list, and are no incidents."""
    HOTLINE_STALLED = "hotline_stalled"
    """Tickets are due, and the alarm of the hotline did not run."""
    REPORT_NOT_SENT = "report_not_sent"
    """A report could not be made or mailed in time, or nobody knows whether it arrived."""
    REPORTERS_TO_CALL = "reporters_to_call"
    """The name of an alert, as those of tickets: communes and organisations that have entered nothing are to be called."""
    REPORT_LATE = "report_late"
    """The province's report is due soon, and nobody has released it."""


class IncidentState(StrEnum):
    """Open until a person acknowledges, then resolves it."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Urgency(StrEnum):
    """How soon a person must look: within minutes because somebody may be in danger, within the hour, or in the course of the day."""

    DANGER = "danger"
    SOON = "soon"
    ROUTINE = "routine"


class NextStep(StrEnum):
    """What a supervisor wants first, before anything is decided: it stands on the list of those who do it, or waits for the person."""

    ASK = "ask"
    CALL = "call"
    VISIT = "visit"


class Incident(Base):
    """Something a person must look at. One per cause while it is not resolved."""

    __tablename__ = "incident"
    __table_args__ = (
        Index(
            "uq_incident_unresolved_cause",
            "cause",
            unique=True,
            sqlite_where=text("state != 'resolved'"),
            postgresql_where=text("state != 'resolved'"),
        ),
        Index("ix_incident_zone_id_state_deadline_at", "zone_id", "state", "deadline_at"),
        # What somebody must be told of at once is asked for every few seconds, among all that is and was.
        Index(
            "ix_incident_danger",
            "state",
            sqlite_where=text("urgency = 'danger' AND state != 'resolved'"),
            postgresql_where=text("urgency = 'danger' AND state != 'resolved'"),
        ),
        # One case a person, while nobody has resolved it.
        Index(
            "uq_incident_case",
            "case_of",
            unique=True,
            sqlite_where=text("state != 'resolved' AND lead_id IS NULL"),
            postgresql_where=text("state != 'resolved' AND lead_id IS NULL"),
        ),
        # What waits in each zone, how urgent it is and how late: counted on each first page.
        Index(
            "ix_incident_unresolved",
            *("zone_id", "state", "urgency", "deadline_at"),
            sqlite_where=text("state != 'resolved' AND lead_id IS NULL"),
            postgresql_where=text("state != 'resolved' AND lead_id IS NULL"),
        ),
        # Who may have to be visited is counted for each page.
        Index(
            "ix_incident_visited",
            "resident_id",
            sqlite_where=text("state != 'resolved' AND (visit_due_at IS NOT NULL OR next_step IS NOT NULL)"),
            postgresql_where=text("state != 'resolved' AND (visit_due_at IS NOT NULL OR next_step IS NOT NULL)"),
        ),
        # What is told of when it has waited for some minutes.
        Index(
            "ix_incident_soon",
            "opened_at",
            sqlite_where=text("urgency = 'soon' AND state = 'open'"),
            postgresql_where=text("urgency = 'soon' AND state = 'open'"),
        ),
        # Lists of what waits, the most urgent first, among all that ever was.
        Index(
            "ix_incident_waiting",
            *("urgency", "deadline_at", "id"),
            sqlite_where=text("state != 'resolved' AND lead_id IS NULL"),
            postgresql_where=text("state != 'resolved' AND lead_id IS NULL"),
        ),
        # Lists of what is resolved, the newest first, also of one zone or of one kind.
        *(
            Index(
                "_".join(("ix_incident_resolved", *before)),
                *before,
                *("resolved_at", "id"),
                sqlite_where=text("state = 'resolved' AND lead_id IS NULL"),
                postgresql_where=text("state = 'resolved' AND lead_id IS NULL"),
            )
            for before in ((), ("zone_id",), ("kind",))
        ),
        *(
            filled_index("incident", column)
            for column in ("lead_id", "room_id", "camera_id", "acknowledged_by", "assigned_to", "resolved_by", "next_step")
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    zone_id: Mapped[int] = copied()
    kind: Mapped[IncidentKind] = mapped_column(text_enum(IncidentKind))
    cause: Mapped[str] = mapped_column(String(120))
    """What it is about, as a key: `camera-3-offline`, `check-in-17`."""
    state: Mapped[IncidentState] = mapped_column(text_enum(IncidentState), default=IncidentState.OPEN)
    case_of: Mapped[int | None]
    """The resident whose symptoms, silence or presence it is about; None: it is of no case, see `monitor/incidents/cases.py`."""
    lead_id: Mapped[int | None] = refers_to("incident.id", index=False)
    """Of a further part of a case: the incident that stands for all of it, and whose state and owner it shares."""
    urgency: Mapped[Urgency] = mapped_column(text_enum(Urgency), default=Urgency.ROUTINE)
    """Of the incident that stands for a case: of the whole of it."""
    urgency_reasons: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    """Stored Words; empty where no table decided."""
    triage_version: Mapped[str] = mapped_column(String(32), default="", server_default="")
    """By which version of the table of warning signs; empty where none decided."""
    urgent_since: Mapped[datetime | None]
    """When it rose to its urgency; None: it has had that since it was opened. Who was told before must be told anew."""
    room_id: Mapped[int | None] = refers_to("room.id", index=False)
    resident_id: Mapped[int | None] = copied(index=True)
    camera_id: Mapped[int | None] = refers_to("camera.id", index=False)
    check_in_id: Mapped[int | None]
    """What it is about; found by the resident, whose check-in it is. Check-ins are never deleted, so that no foreign key watches it."""
    reason: Mapped[dict[str, Any]]
    opened_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    occurrences: Mapped[int] = mapped_column(default=1)
    """How often the cause came back before a person resolved it."""
    last_occurred_at: Mapped[datetime]
    visit_due_at: Mapped[datetime | None] = mapped_column(index=True)
    """When somebody should go and look, where calling cleared nothing up."""
    next_step: Mapped[NextStep | None] = mapped_column(text_enum(NextStep))
    """Of what stands for a case: what a supervisor wants done before it is decided; see `rollcall/followup/worklists.py`."""
    next_step_until: Mapped[datetime | None]
    """Of one that was asked again: until when the answer may come."""
    escalated_at: Mapped[datetime | None]
    """When it came onto the supervisors' list as overdue."""
    cause_ended_at: Mapped[datetime | None]
    """When the cause went away by itself; a person still resolves the incident."""
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = refers_to("account.id", index=False)
    assigned_to: Mapped[int | None] = refers_to("account.id", index=False)
    """Whom a colleague asked to take it on; None: nobody, or somebody has taken it on since."""
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = refers_to("account.id", index=False)


class IncidentNote(Base):
    """What a person wrote on an incident."""

    __tablename__ = "incident_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = refers_to("incident.id")
    zone_id: Mapped[int] = refers_to("zone.id")
    account_id: Mapped[int] = refers_to("account.id")
    at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)


class ContactWay(StrEnum):
    """How staff tried to reach a person."""

    CALL = "call"
    VISIT = "visit"
    HOUSEHOLD = "household"


class ContactOutcome(StrEnum):
    """What came of it."""

    WELL = "well"
    UNWELL = "unwell"
    NEEDS = "needs"
    REFUSED = "refused"
    """They were reached, and did not want to talk; nothing follows from that by itself."""
    NO_ANSWER = "no_answer"
    PHONE_OFF = "phone_off"
    WRONG_NUMBER = "wrong_number"
    NOT_THERE = "not_there"


REACHED = (ContactOutcome.WELL, ContactOutcome.UNWELL, ContactOutcome.NEEDS, ContactOutcome.REFUSED)
"""Outcomes that tell where somebody is."""


class ContactAttempt(Base):
    """One try of staff to reach a person; never changed."""

    __tablename__ = "contact_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int | None] = refers_to("incident.id")
    """What it was made about; None: nobody waited for it, as of a call to ask how somebody is."""
    zone_id: Mapped[int] = refers_to("zone.id")
    resident_id: Mapped[int] = refers_to("resident.id")
    account_id: Mapped[int] = refers_to("account.id")
    at: Mapped[datetime]
    way: Mapped[ContactWay] = mapped_column(text_enum(ContactWay))
    outcome: Mapped[ContactOutcome] = mapped_column(text_enum(ContactOutcome))
    note: Mapped[str] = mapped_column(Text, default="")


class IncidentMediaKind(StrEnum):
    """What was kept of an incident."""

    PICTURE = "picture"
    CLIP = "clip"


class IncidentMedia(Base):
    """A picture of an incident or the seconds around it, encrypted in the vault with the camera's key."""

    __tablename__ = "incident_media"

    id: Mapped[int] = mapped_column(primary_key=True)
    incident_id: Mapped[int] = refers_to("incident.id", cascade=True)
    zone_id: Mapped[int] = refers_to("zone.id")
    camera_id: Mapped[int] = refers_to("camera.id")
    kind: Mapped[IncidentMediaKind] = mapped_column(text_enum(IncidentMediaKind))
    name: Mapped[str] = mapped_column(String(64), unique=True)
    """The vault's name of the file."""
    at: Mapped[datetime]
    """When the picture was taken, or when the clip begins."""
    seconds: Mapped[float] = mapped_column(default=0.0)
