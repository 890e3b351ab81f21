"""Everything about a resident, table by table: which columns a copy holds, which not and why. A test holds it against the schema."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, inspect, or_, select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry
from monitor.models.cameras.cameras import Observation
from monitor.models.contacts.cases import CaseInterview, InfectionCase, Milestone
from monitor.models.contacts.contacts import CaseContact, ContactTask, Exposure
from monitor.models.control_points import PlaceStay
from monitor.models.declarations import Declarant, Declaration
from monitor.models.hotline import HotlineTicket
from monitor.models.incidents import ContactAttempt, Incident, IncidentNote
from monitor.models.legal import Disclosure, DisclosureAbout, Proposal, ProposalState
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, FaceTemplate
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.people.guardians import Guardian
from monitor.models.people.laboratory import LaboratoryTest
from monitor.models.people.letters import Letter
from monitor.models.people.measurements import Measurement
from monitor.models.people.moves import PlannedChange, Transfer
from monitor.models.people.residents import (
    Exemption,
    Household,
    Media,
    OrderChange,
    Presence,
    QuarantineOrder,
    Resident,
    StatusPeriod,
)
from monitor.models.people.retention import DeletionCertificate, RetentionHold
from monitor.models.people.rights import AuditAbout, Consent, RightsRequest
from monitor.models.rollcalls.answers import Answer, Review, Verification
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import PlanResident
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckIn, CheckInChange
from monitor.people.merged import merged_into
from monitor.words import N_

PAGE = 500
"""Rows that are in memory at once."""
Whose = Callable[[int], ColumnElement[bool]]

WHEN, STATE, WHY, KIND, BY, NOTE = N_("When"), N_("State"), N_("Why"), N_("Item"), N_("Done by"), N_("Note")
FROM, TO, ENDED, CHANNEL = N_("From"), N_("To"), N_("Ended"), N_("Channel")


@dataclass(frozen=True)
class Part:
    """A table of the copy. columns: in their order, with their headings. whose: which rows are a resident's.

    by_link: whether the copy that a link hands out has it, and masked: the columns of which it then shows the last characters only.
    """

    model: type[Any]
    title: str
    columns: dict[str, str]
    whose: Whose
    by_link: bool = False
    masked: frozenset[str] = field(default_factory=frozenset)

    @property
    def table(self) -> str:
        """Its name in the database and in the JSON."""
        return str(self.model.__tablename__)


def _whose(model: type[Any], resident: int) -> ColumnElement[bool]:
    """Also what stayed under the number of a record that became a part of this one."""
    return or_(model.resident_id == resident, model.resident_id.in_(merged_into(resident)))


def _own(model: type[Any]) -> Whose:
    return lambda resident: _whose(model, resident)


def _of_check_ins(model: type[Any]) -> Whose:
    return lambda resident: model.check_in_id.in_(select(CheckIn.id).where(_whose(CheckIn, resident)))


def _of_case(model: type[Any]) -> Whose:
    return lambda resident: model.case_id.in_(select(InfectionCase.id).where(_whose(InfectionCase, resident)))


def _as_contact(model: type[Any]) -> Whose:
    return lambda resident: model.contact_id.in_(select(CaseContact.id).where(_whose(CaseContact, resident)))


def _audit(resident: int) -> ColumnElement[bool]:
    about = select(AuditAbout.entry_id).where(_whose(AuditAbout, resident))
    return or_(_whose(AuditEntry, resident), AuditEntry.id.in_(about))


PARTS = (
    Part(
        Resident,
        N_("About you"),
        {
            "full_name": N_("Name"),
            "name_awaited": N_("Name not given yet"),
            "sex": N_("Sex"),
            "birth_date": N_("Date of birth"),
            "birth_precision": N_("Precision of the date of birth"),
            "phone": N_("Telephone"),
            "phone_confirmed_at": N_("Telephone confirmed"),
            "document_number": N_("Document number"),
            "earlier_number": N_("Earlier document number"),
            "insurance_number": N_("Health-insurance number"),
            "nationality": N_("Nationality"),
            "address": N_("Address"),
            "unit_code": N_("Code of the commune"),
            "f_status": N_("F-status"),
            "vaccine_doses": N_("Vaccine doses"),
            "last_dose_on": N_("Last dose"),
            "arrived_at": N_("Arrived"),
            "home_possible": N_("Home fit for quarantine"),
            "home_note": N_("About the home"),
            "supplies_ensured": N_("Supplies ensured"),
            "supplies_note": N_("About supplies"),
            "help_needed": N_("Help needed"),
            "zone_id": N_("Zone"),
            "room_id": N_("Room"),
            "room_since": N_("In this room since"),
            "language": N_("Language"),
            "without_smartphone": N_("Without a smartphone"),
            "holds_still": N_("Cannot move the head"),
            "agrees_to_faces": N_("Agrees to face matching"),
            "refuses_faces": N_("Refuses face matching"),
            "links_withdrawn_at": N_("Links withdrawn"),
            "long_illness": N_("Long-term illness"),
            "pregnant": N_("Pregnant"),
            "lives_alone": N_("Lives alone"),
            "created_at": N_("Entered"),
            "deleted_at": N_("Deleted"),
        },
        lambda resident: Resident.id == resident,
        by_link=True,
        masked=frozenset({"phone", "document_number", "earlier_number", "insurance_number", "address"}),
    ),
    Part(
        Household,
        N_("Your household"),
        {"name": N_("Name"), "phone": N_("Telephone"), "address": N_("Address"), "unit_code": N_("Code of the commune")},
        lambda resident: Household.id.in_(select(Resident.household_id).where(Resident.id == resident)),
    ),
    Part(
        QuarantineOrder,
        N_("Quarantine orders"),
        {
            "number": N_("Number of the order"),
            "starts_at": FROM,
            "ends_at": TO,
            "authority": N_("Authority"),
            "reason": WHY,
            "legal_basis": N_("Legal basis"),
            "ordered_orally_on": N_("Ordered orally on"),
            "written_on": N_("Written on"),
            "delivered_on": N_("Delivered on"),
            "state": STATE,
            "ended_at": ENDED,
            "end_reason": N_("Reason for its end"),
        },
        _own(QuarantineOrder),
        by_link=True,
    ),
    Part(
        OrderChange,
        N_("Changes of your orders"),
        {"at": WHEN, "before": N_("Before"), "after": N_("After"), "reason": WHY, "account_id": N_("Recorded by")},
        _own(OrderChange),
        by_link=True,
    ),
    Part(
        Transfer,
        N_("Transfers between zones"),
        {
            "offered_at": N_("Offered"),
            "from_zone_id": N_("From zone"),
            "to_zone_id": N_("To zone"),
            "wanted_on": N_("Wanted on"),
            "reason": WHY,
            "state": STATE,
            "decided_at": N_("Decided"),
            "decision": N_("Reason for the decision"),
            "offered_by": N_("Recorded by"),
            "decided_by": BY,
        },
        _own(Transfer),
    ),
    Part(
        PlannedChange,
        N_("Planned changes about you"),
        {
            "due_at": WHEN,
            "kind": KIND,
            "reason": WHY,
            "state": STATE,
            "finished_at": ENDED,
            "problem": N_("Problem"),
            "made_at": N_("Entered"),
            "made_by": N_("Recorded by"),
            "finished_by": BY,
        },
        _own(PlannedChange),
    ),
    Part(
        Letter,
        N_("Letters about your orders"),
        {
            "made_at": WHEN,
            "kind": KIND,
            "number": N_("Number of the letter"),
            "issuer": N_("Authority"),
            "dated_on": N_("Dated"),
            "withdrawn_at": N_("Withdrawn"),
            "withdrawn_why": WHY,
            "sha256": N_("Digest of the PDF (SHA-256)"),
            "id": N_("File"),
        },
        _own(Letter),
    ),
    Part(
        StatusPeriod,
        N_("Your F-status"),
        {
            "status": N_("F-status"),
            "rule_on": N_("By the rule of"),
            "starts_on": FROM,
            "ends_on": TO,
            "noted_at": N_("Recorded"),
            "noted_by": N_("Recorded by"),
        },
        _own(StatusPeriod),
    ),
    Part(
        Exemption,
        N_("Permitted absences"),
        {"starts_at": FROM, "ends_at": TO, "reason": WHY, "ended_at": N_("Ended early")},
        _own(Exemption),
        by_link=True,
    ),
    # Not by a link: its copy would tell a result before staff or a day's wait did.
    Part(
        LaboratoryTest,
        N_("Your laboratory tests"),
        {
            "kind": KIND,
            "due_on": N_("Due on"),
            "counted_from": N_("Counted from"),
            "why": WHY,
            "state": STATE,
            "planned_at": N_("Planned"),
            "taken_at": N_("Sample taken"),
            "sample_number": N_("Sample number"),
            "sent_at": N_("Sent"),
            "laboratory": N_("Laboratory"),
            "result": N_("Result"),
            "result_on": N_("Day of the result"),
            "resulted_at": N_("Recorded"),
            "source": N_("Source of the result"),
            "released_at": N_("Shown to you"),
            "cancelled_at": N_("Cancelled"),
            "cancel_reason": N_("Why cancelled"),
            "taken_by": BY,
            "resulted_by": N_("Recorded by"),
        },
        _own(LaboratoryTest),
    ),
    Part(
        Consent,
        N_("Your consents"),
        {
            "at": WHEN,
            "kind": KIND,
            "given": N_("Agreed"),
            "version": N_("Version of the notice"),
            "language": N_("Language"),
            "given_by": N_("Who spoke for you"),
            "account_id": N_("Recorded by"),
        },
        _own(Consent),
        by_link=True,
    ),
    Part(
        Guardian,
        N_("Who answers for you, and for whom you answer"),
        {
            "full_name": N_("Name"),
            "relation": N_("Relation"),
            "phone": N_("Telephone"),
            "consented_at": N_("Agreed"),
            "consent_way": N_("How agreed"),
            "consent_version": N_("Version of the notice"),
            "set_at": N_("Entered"),
            "ended_at": ENDED,
            "set_by": BY,
        },
        lambda resident: or_(Guardian.resident_id == resident, Guardian.kin_id == resident),
    ),
    Part(
        RightsRequest,
        N_("Your requests about your data"),
        {
            "made_at": WHEN,
            "kind": KIND,
            "text": N_("Your words"),
            "asked_by": N_("Requested on your behalf by"),
            "due_at": N_("Answer by"),
            "answered_at": N_("Answered"),
            "outcome": N_("Outcome"),
            "answer": N_("Answer"),
            "entered_by": N_("Recorded by"),
            "answered_by": BY,
        },
        _own(RightsRequest),
        by_link=True,
    ),
    Part(
        Presence,
        N_("Where the service believes you are"),
        {
            "state": STATE,
            "since": N_("Since"),
            "reason": WHY,
            "seen_at": N_("Last sign"),
            "expires_at": N_("Valid until"),
            "confidence": N_("Certainty (0 to 1)"),
        },
        _own(Presence),
    ),
    Part(
        CheckIn,
        N_("Roll-calls"),
        {
            "opened_at": WHEN,
            "state": STATE,
            "state_since": N_("Since"),
            "evidence": N_("Evidence"),
            "reasons": WHY,
            "due_at": N_("Answer by"),
        },
        _own(CheckIn),
        by_link=True,
    ),
    Part(
        CheckInChange,
        N_("Course of the roll-calls"),
        {"at": WHEN, "state": STATE, "reasons": WHY, "account_id": BY},
        _of_check_ins(CheckInChange),
    ),
    Part(
        Answer,
        N_("Your answers"),
        {
            "taken_at": WHEN,
            "received_at": N_("Arrived"),
            "channel": CHANNEL,
            "unwell": N_("Unwell"),
            "symptoms": N_("Symptoms"),
            "temperature": N_("Temperature in °C"),
            "spo2": N_("Oxygen saturation (SpO₂) in per cent"),
            "help_wanted": N_("Help needed"),
            "note": N_("Your words"),
            "fix": N_("Location: latitude, longitude, metres"),
            "place": N_("Location assessed as"),
            "place_reasons": WHY,
            "late": N_("Late"),
            "entered_by": N_("Recorded by"),
        },
        _own(Answer),
        by_link=True,
        masked=frozenset({"fix"}),
    ),
    Part(
        Measurement,
        N_("Temperature and oxygen that staff entered"),
        {
            "measured_at": WHEN,
            "temperature": N_("Temperature in °C"),
            "spo2": N_("Oxygen saturation (SpO₂) in per cent"),
            "how": N_("How this is known"),
            "entered_at": N_("Entered"),
            "entered_by": BY,
        },
        _own(Measurement),
    ),
    Part(
        Verification,
        N_("How answers were assessed"),
        {
            "judged_at": WHEN,
            "verdict": STATE,
            "reasons": WHY,
            "faces": N_("Faces found"),
            "engine": N_("Engine"),
            "similarity": N_("Likeness"),
            "second_engine": N_("Second engine"),
            "second_similarity": N_("Second likeness"),
        },
        _own(Verification),
    ),
    Part(
        Review,
        N_("Decisions of supervisors"),
        {"at": WHEN, "decision": STATE, "reason": WHY, "account_id": BY},
        _of_check_ins(Review),
    ),
    Part(
        Proposal,
        N_("Decisions by two people"),
        {
            "proposed_at": WHEN,
            "deed": KIND,
            "state": STATE,
            "reason": WHY,
            "legal_basis": N_("Legal basis"),
            "details": N_("Further details"),
            "decided_at": N_("Decided"),
            "decision": N_("Reason for the decision"),
            "proposed_by": N_("Recorded by"),
            "decided_by": BY,
        },
        # What waits is nothing yet.
        lambda resident: and_(_whose(Proposal, resident), Proposal.state != ProposalState.WAITING),
    ),
    Part(
        Disclosure,
        N_("Recipients of your data"),
        {
            "at": WHEN,
            "kind": N_("Recipient"),
            "recipient": N_("Name of the recipient"),
            "what": N_("Content"),
            "legal_basis": N_("Legal basis"),
            "account_id": BY,
        },
        lambda resident: Disclosure.id.in_(select(DisclosureAbout.disclosure_id).where(_whose(DisclosureAbout, resident))),
        by_link=True,
    ),
    Part(
        Prompt,
        N_("Messages to you"),
        {
            "created_at": WHEN,
            "kind": KIND,
            "channel": CHANNEL,
            "state": STATE,
            "sent_at": N_("Sent"),
            "delivered_at": N_("Delivered"),
            "problem": N_("Problem"),
            "address": N_("Number or address"),
        },
        _own(Prompt),
        by_link=True,
        masked=frozenset({"address"}),
    ),
    Part(
        InboundMessage,
        N_("Your text messages and key presses"),
        {
            "received_at": WHEN,
            "said_at": N_("Written"),
            "said": N_("Written, in the gateway’s words"),
            "channel": CHANNEL,
            "sender": N_("Number"),
            "text": N_("Your words"),
            "meaning": N_("Understood as"),
            "outcome": N_("Outcome"),
        },
        _own(InboundMessage),
    ),
    Part(
        PhoneConfirmation,
        N_("Codes with which your telephone number was confirmed"),
        {
            "phone": N_("Telephone"),
            "made_at": N_("Asked for"),
            "made_by": BY,
            "state": N_("Message"),
            "sent_at": N_("Sent"),
            "delivered_at": N_("Delivered"),
            "problem": N_("Problem"),
            "tries": N_("Wrong tries"),
            "language": N_("Language"),
            "confirmed_at": N_("Telephone confirmed"),
        },
        _own(PhoneConfirmation),
    ),
    Part(
        Declarant,
        N_("Who you said you are in health declarations"),
        {
            "created_at": N_("First declared"),
            "full_name": N_("Name"),
            "sex": N_("Sex"),
            "birth_date": N_("Date of birth"),
            "birth_precision": N_("Precision of the date of birth"),
            "nationality": N_("Nationality"),
            "document_number": N_("Document number"),
            "insurance_number": N_("Health-insurance number"),
            "phone": N_("Telephone"),
            "phone_confirmed_at": N_("Telephone confirmed"),
            "unit_code": N_("Code of the commune"),
            "address": N_("Address"),
            "language": N_("Language"),
            "code_made_at": N_("Personal code made"),
        },
        _own(Declarant),
    ),
    Part(
        Declaration,
        N_("Your health declarations"),
        {
            "made_at": WHEN,
            "declared_on": N_("Day on the paper"),
            "way": N_("How it was declared"),
            "by_whom": N_("By whom"),
            "answers": N_("Answers"),
            "signs": N_("Signs"),
            "state": STATE,
            "until": N_("In force until"),
        },
        lambda resident: Declaration.declarant_id.in_(select(Declarant.id).where(_whose(Declarant, resident))),
    ),
    Part(
        PlaceStay,
        N_("When you were scanned at control points"),
        {
            "place_id": N_("Place"),
            "point_id": N_("Point"),
            "in_at": N_("In"),
            "out_at": N_("Out"),
            "out_kind": N_("How it ended"),
            "certain_from": N_("Surely there from"),
            "certain_to": N_("Surely there until"),
            "possible_from": N_("Possibly there from"),
            "possible_to": N_("Possibly there until"),
        },
        lambda resident: PlaceStay.declarant_id.in_(select(Declarant.id).where(_whose(Declarant, resident))),
    ),
    Part(
        HotlineTicket,
        N_("Why you turned to 1022"),
        {
            "first_contact_at": WHEN,
            "code": N_("Code of the ticket"),
            "kind": KIND,
            "channel": CHANNEL,
            "state": STATE,
            "due_at": N_("To be answered by"),
            "caller": N_("Telephone"),
            "caller_name": N_("Name"),
            "mail_address": N_("E-mail address"),
            "anonymous": N_("Wanted not to be named"),
            "wants_answer": N_("Wanted an answer"),
            "language": N_("Language"),
            "subject": N_("Subject of the mail"),
            "said": N_("Your words"),
            "unit_code": N_("Code of the commune"),
            "place": N_("Place, in words"),
            "fix": N_("Place on the map"),
            "answered_at": N_("Answered"),
            "answer": N_("Answer"),
            "closed_at": N_("Closed"),
            "close_reason": N_("Why it was closed"),
            "reopened_at": N_("Opened again"),
            "satisfaction": N_("How satisfied you were (1 to 5)"),
        },
        _own(HotlineTicket),
    ),
    Part(
        InfectionCase,
        N_("Your infection, as it was noted to find contacts"),
        {
            "disease": N_("Disease"),
            "onset_on": N_("First signs"),
            "without_signs": N_("Without signs"),
            "sampled_on": N_("Sample taken"),
            "result_on": N_("Result"),
            "isolated_at": N_("Isolated since"),
            "ended_on": N_("Not infectious any more"),
            "symptoms": N_("Symptoms"),
            "found_where": N_("Where it was found"),
            "entered_at": N_("Entered"),
            "entered_by": N_("Recorded by"),
            "interviewed_at": N_("Interviewed"),
            "state": STATE,
            "why": WHY,
            "closed_at": ENDED,
        },
        _own(InfectionCase),
    ),
    Part(
        CaseInterview,
        N_("Interviews about whom you met"),
        {
            "begun_at": FROM,
            "ended_at": ENDED,
            "way": N_("How contacted"),
            "read_back_at": N_("Read back to you"),
            "notes": NOTE,
            "account_id": BY,
        },
        _of_case(CaseInterview),
    ),
    Part(
        Milestone,
        N_("Where you were, as it was noted to find contacts"),
        {
            "from_at": FROM,
            "to_at": TO,
            "place": N_("Name of the place"),
            "done": N_("Activity there"),
            "source": N_("Source"),
            "noted_at": N_("Recorded"),
            "noted_by": N_("Recorded by"),
            "removed_at": N_("Taken out"),
        },
        _of_case(Milestone),
    ),
    Part(
        CaseContact,
        N_("That you met an infected person"),
        {
            "named_at": N_("Recorded"),
            "named_by": N_("Recorded by"),
            "degree": N_("Degree (1: met the infected person; 2: met one who had)"),
            "full_name": N_("Name"),
            "phone": N_("Telephone"),
            "address": N_("Address"),
            "document_number": N_("Document number"),
            "sex": N_("Sex"),
            "birth_date": N_("Date of birth"),
            "birth_precision": N_("Precision of the date of birth"),
            "note": NOTE,
            "tier": N_("By the rule"),
            "certainty": N_("Certainty"),
            "first_at": FROM,
            "last_at": TO,
            "state": STATE,
            "decided_at": N_("Decided"),
            "decided_by": BY,
            "decided_why": WHY,
            "isolated_at": N_("Isolated since"),
        },
        _own(CaseContact),
    ),
    Part(
        Exposure,
        N_("When you met an infected person"),
        {
            "possible_from": FROM,
            "possible_to": TO,
            "minutes": N_("Minutes"),
            "source": N_("Source"),
            "proximity": N_("How near"),
            "certainty": N_("Certainty"),
            "tier": N_("By the rule"),
            "why": WHY,
            "noted_at": N_("Recorded"),
            "noted_by": N_("Recorded by"),
        },
        _as_contact(Exposure),
    ),
    Part(
        ContactTask,
        N_("Tasks since you met an infected person"),
        {
            "kind": KIND,
            "due_at": N_("Due"),
            "done_at": N_("Done"),
            "done_by": BY,
            "outcome": N_("Outcome"),
            "note": NOTE,
            "tried": N_("How often tried"),
            "day": N_("Day after the last meeting"),
        },
        _as_contact(ContactTask),
    ),
    Part(
        ContactAddress,
        N_("Your other addresses"),
        {"channel": CHANNEL, "address": N_("Address"), "created_at": N_("Entered")},
        _own(ContactAddress),
    ),
    Part(
        Observation,
        N_("When a camera recognised you"),
        {
            "started_at": FROM,
            "last_at": TO,
            "kind": KIND,
            "camera_id": N_("Camera"),
            "room_id": N_("Room"),
            "confidence": N_("Certainty (0 to 1)"),
        },
        _own(Observation),
    ),
    Part(
        Incident,
        N_("Incidents about you"),
        {
            "opened_at": WHEN,
            "kind": KIND,
            "state": STATE,
            "reason": WHY,
            "urgency": N_("Urgency"),
            "urgency_reasons": N_("Why so urgent"),
            "resolved_at": ENDED,
        },
        _own(Incident),
    ),
    Part(
        IncidentNote,
        N_("Notes of staff"),
        {"at": WHEN, "text": NOTE, "account_id": BY},
        lambda resident: IncidentNote.incident_id.in_(select(Incident.id).where(Incident.resident_id == resident)),
    ),
    Part(
        ContactAttempt,
        N_("When staff tried to reach you"),
        {"at": WHEN, "way": N_("How contacted"), "outcome": N_("Outcome"), "note": NOTE, "account_id": BY},
        _own(ContactAttempt),
    ),
    Part(
        EnrolmentPhoto,
        N_("Photos offered as reference photos"),
        {
            "offered_at": WHEN,
            "state": STATE,
            "reasons": WHY,
            "judged_at": N_("Checked at"),
            "figures": N_("Measurements"),
            "offered_by": BY,
        },
        _own(EnrolmentPhoto),
        by_link=True,
    ),
    Part(
        FaceTemplate,
        N_("Data computed from photos"),
        {"engine": N_("Engine"), "model": N_("Model"), "media_id": N_("Picture")},
        _own(FaceTemplate),
    ),
    Part(
        Media,
        N_("Your photos"),
        {"taken_at": WHEN, "kind": KIND, "id": N_("Picture")},
        _own(Media),
    ),
    Part(PlanResident, N_("Roll-call schedules that name you"), {"plan_id": N_("Schedule")}, _own(PlanResident)),
    Part(
        RetentionHold,
        N_("Postponed deletions"),
        {"made_at": WHEN, "until": TO, "reason": WHY, "ended_at": ENDED, "account_id": BY},
        _own(RetentionHold),
    ),
    Part(
        DeletionCertificate,
        N_("Certificates of deletion"),
        {"begun_at": WHEN, "scope": KIND, "reason": WHY, "finished_at": ENDED, "account_id": BY},
        _own(DeletionCertificate),
    ),
    Part(
        AuditEntry,
        N_("Who did and saw what"),
        {"at": WHEN, "action": KIND, "account_id": BY, "details": N_("Further details")},
        _audit,
    ),
)

LEFT_OUT = {
    "done_for_many": "how what was done to many can be taken back for some minutes; what was done is in the copy",
    "place_scan": "single scans at control points; the stays that follow from them are in the copy",
    "second_look": "how another supervisor would have decided, to learn from; it changed nothing about the person",
    "disclosure_about": "says which disclosures are about somebody; those are in the copy",
    "review_decision": "how a decision can be taken back within seconds, and how long it took; the decision itself is in the copy",
    "review_claim": "which supervisor is deciding about somebody right now, for some seconds; the decision is in the copy",
    "parked_result": "a result that nobody can assign yet: it may be somebody else's",
    "audit_about": "says which audit entries are about a room; those entries are in the copy",
    "incident_media": "a camera's pictures of a room may show other people; staff show them on request",
    "gate_entry": "which form somebody was entered with; when and by whom is in the audit trail",
    "face_likeness": "whom the machine might take for whom: it is as much about somebody else",
    "merged_record": "that another record of the same person became a part of this one; in the audit trail too",
    "likeness_check": "that a face waits to be compared with those of other people, for some seconds",
    "import_row": "the row of a file by which somebody was entered; what it said stands in the record, and is erased here then",
    "not_the_same": "whom somebody might be taken for: it is as much about somebody else",
    "letter_batch": "what staff filled in for the letters of many people at once; a letter itself is in the copy",
    "camera_request": "what staff asked of cameras; names nobody",
    "alert_incident": "which alert to staff an incident was part of; an alert names nobody",
    "replaced_code": "a key that opens nothing any more",
    "hotline_event": "what staff did about a matter told to 1022, one step after the other; what was said and answered is in the copy",
    "hotline_alarm": "that staff were told of a matter that waited; names nobody",
    "hotline_message": "answers of the hotline on their way; the answer itself is in the copy",
    "hotline_call": "that the hotline’s telephone rang; what was said is in the copy",
    "case_purpose": "why staff looked at where somebody was; who looked and why is in the audit trail",
    "cluster_member": "which infections belong together: it is as much about others",
    "contact_link": "a key by which somebody listed whom they met; what they wrote is about others",
    "parked_receipt": "receipts of messages that nobody can assign yet",
}
"""Tables that refer to a resident, or to one of the tables above, and are not in the copy: why."""
OUR_OWN = {
    "token": "keeps a form that is sent twice from being two",
    "test_id": "from which test it is known; the test is in the copy",
    "interviewer": "who asked; given with the interviews",
    "saved_at": "when an interview was last saved",
    "draft": "what an interviewer had typed and not noted yet",
    "interview_id": "a number that says nothing",
    "case_id": "whose infection it was, which is about somebody else",
    "contact_id": "a number that says nothing",
    "through_id": "through whom, which is about somebody else",
    "control_place_id": "given as the place in words; of a meeting it would tell where somebody else was",
    "point_id": "of a meeting it would tell where somebody else was",
    "milestone_id": "of a meeting it would tell where somebody else was",
    "words": "what somebody else said",
    "figures": "what a phone of somebody else recorded",
    "certain_from": "given as from when to when they met",
    "certain_to": "given as from when to when they met",
    "rule": "the rule as it read; given by its tier",
    "rule_key": "the rule's number here",
    "source_key": "keeps what a gateway hands over twice from being two tickets",
    "noted_at": "when the service wrote it down",
    "mail_id": "what an answer to a mail refers to",
    "taken_at": "a step of staff",
    "taken_by": "who of staff had it in hand",
    "handed_over_at": "a step of staff",
    "accepted_at": "a step of staff",
    "refusals": "how often a unit said that it was not theirs",
    "first_answered_at": "given as when it was answered",
    "first_closed_at": "given as when it was closed",
    "unit_id": "which unit answered",
    "reopened": "how often it was opened again",
    "merged_into_id": "which other ticket or entry of the same it became a part of",
    "bundled_under_id": "which other ticket it was answered with",
    "warned_at": "when staff were told that it waited",
    "head_warned_at": "when staff were told that it waited",
    "breached_at": "when staff were told that it waited",
    "breached_unassigned": "whether staff had it in hand then",
    "waiting_since": "since when staff of the hotline had it",
    "round": "how often it came back to them",
    "next_alarm_at": "when staff are told that it waits",
    "erased_at": "when its words were deleted by rule",
    "in_scan": "from which scans a stay was reckoned; numbers that say nothing",
    "out_scan": "from which scans a stay was reckoned; numbers that say nothing",
    "ends_by": "when a stay is looked at again by itself",
    "code": "a key that the person shows; it stands on their own page",
    "page_key": "opens the page of declarations on the person’s own phone",
    "declarant_id": "a number that says nothing",
    "form_id": "which version of the questions; a number that says nothing",
    "key": "keeps the same from being written down twice",
    "people": "about how many people a disclosure was",
    "about": "given with the further details",
    "next_step": "what a supervisor wanted done before deciding; in the audit trail too",
    "next_step_until": "given as the roll-call by which they were asked again",
    "planned_by": "who planned a test; in the audit trail too",
    "sent_by": "who sent a sample; in the audit trail too",
    "released_by": "who showed a result; in the audit trail too",
    "cancelled_by": "who cancelled a test; in the audit trail too",
    "id": "a number that says nothing",
    "resident_id": "whose copy it is",
    "household_id": "given as the household",
    "unit_from": "since when the commune has its code",
    "phone_tail": "the last four signs of the number again, to search by",
    "document_tail": "the last four signs of the number again, to search by",
    "sort_key": "the name again, to sort by",
    "name_folded": "the name again, to search by",
    "version": "counts changes, so that nobody writes over another's",
    "values": "to what a planned change leads; said on the page where it was planned, and in the order's changes once it is done",
    "order_id": "a number that says nothing",
    "batch_id": "which letters were asked for together",
    "order_version": "counts changes of the order",
    "made_by": "in the audit trail",
    "code_hash": "a digest of the code on the letter, which is on the letter",
    "size": "the size of the file",
    "problem": "why a letter was not made; shown to staff",
    "guardian_id": "given as the guardian",
    "kin_id": "given as the guardian's name",
    "check_in_id": "a number that says nothing",
    "answer_id": "a number that says nothing",
    "roll_call_id": "a number that says nothing",
    "incident_id": "a number that says nothing",
    "lead_id": "which check-in's message stood for those who share a phone; which incident stands for a case",
    "case_of": "whose case it is part of",
    "urgent_since": "when it became more urgent",
    "triage_version": "which version of the table of warning signs decided",
    "text_id": "whose wording a message had",
    "burst_id": "given as a picture",
    "media_id": "given as a picture",
    "name": "the file's random name in the vault",
    "owner": "whose key opens the file",
    "content_type": "told by the file's name",
    "sealed": "a row of numbers that helps nobody but whoever wants to pass for the person",
    "nonce": "a secret of the link, good for answering in the person's name",
    "expires_at": "until when a code was good, or a second person could decide",
    "leased_by": "which process worked on it",
    "next_attempt_at": "when a process looks again",
    "attempts": "how often a process tried",
    "step": "how far the ladder of messages is",
    "step_at": "when its next step is due",
    "reference": "the message's key at the gateway",
    "gateway_reference": "the message's name at the gateway",
    "emergency_id": "which message in an emergency it was; its words went to everybody in the zone",
    "parts": "how a message was divided",
    "cost": "what a message cost the service",
    "acknowledged": "whether a gateway was told",
    "doubt": "why a text counted for nothing by itself; said as its outcome",
    "seen_at": "when staff looked through unknown numbers, or noted that no second person came",
    "seen_by": "who looked through unknown numbers",
    "in_window": "shown as the reason of a late answer",
    "outage_id": "which fault of ours it was; said as the reason",
    "correction": "said as the reason",
    "handed_at": "when a process began to send a message",
    "place_doubtful": "shown as the reason of the place",
    "movements": "digests of frames, against playing them again",
    "insisted": "that staff kept a photo which is not good",
    "cause": "a key that keeps one question from being asked twice",
    "occurrences": "how often a question came back",
    "last_occurred_at": "when it came back",
    "urgency": "how soon staff were to look",
    "deadline_at": "until when staff were to look",
    "visit_due_at": "until when staff were to visit",
    "escalated_at": "when it came onto the supervisors' list",
    "cause_ended_at": "when a question ended by itself",
    "acknowledged_at": "when staff took a question on",
    "acknowledged_by": "who took it on",
    "assigned_to": "whom a colleague asked to take it on",
    "resolved_by": "who ended it; in the audit trail too",
    "previous_hash": "of the trail's chain",
    "hash": "of the trail's chain",
    "digest": "of the certificate, which has it printed",
    "content": "how many of what were deleted; in the certificate",
    "details": "what a camera counted, of everybody in the room",
    "zone_id": "the zone is named once",
    "room_id": "the room is named once",
    "camera_id": "the camera is named with what it saw",
    "state": "whether a machine has looked; shown as the verdict",
}
"""Columns of the tables above that are not in the copy: why."""


def rows_of(database: Database, part: Part, resident_id: int) -> Iterator[Any]:
    """The rows of one part, in their order, a page in memory at once and no connection held in between."""
    keys = [part.model.__mapper__.get_property_by_column(each).key for each in inspect(part.model).primary_key]
    last: int | None = None
    while True:
        query = (
            select(part.model).where(part.whose(resident_id)).order_by(*(getattr(part.model, key) for key in keys)).limit(PAGE)
        )
        if last is not None:
            query = query.where(part.model.id > last)
        with database.read() as session:
            rows = session.scalars(query).all()
        yield from rows
        if len(rows) < PAGE or keys != ["id"]:
            return
        last = rows[-1].id
