"""How each state looks and is called: a word, an icon and a tone, so that colour never stands alone."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from monitor.challenge import Move
from monitor.models import (
    AreaKind,
    CameraState,
    CheckInState,
    ConsentKind,
    ConsentWay,
    ContactOutcome,
    ContactWay,
    DeletionScope,
    EnrolmentState,
    EvidenceLevel,
    GuardianRelation,
    InboundMeaning,
    IncidentKind,
    IncidentState,
    MediaKind,
    MessageKind,
    ObservationKind,
    OrderState,
    PlaceVerdict,
    PlanKind,
    PresenceState,
    PromptKind,
    PromptState,
    RequestKind,
    RequestOutcome,
    Role,
    RoomKind,
    ZoneKind,
)
from monitor.retention import Kind
from monitor.words import N_, Words
from rollcall.data_requests import ASKED, OUTCOMES
from rollcall.whereabouts import Guess


class Label(NamedTuple):
    """text: a template for the catalogue. tone: good, watch, bad, idle or calm. icon: a name in `icons.html`."""

    text: str
    tone: str = "idle"
    icon: str = "dot"

    @property
    def words(self) -> Words:
        """The text as words."""
        return Words(self.text)


LABELS: dict[type[StrEnum], dict[str, Label]] = {
    RequestKind: {kind: Label(text, "calm", "message") for kind, text in ASKED.items()},
    RequestOutcome: {
        RequestOutcome.DONE: Label(OUTCOMES[RequestOutcome.DONE], "good", "check"),
        RequestOutcome.PARTLY: Label(OUTCOMES[RequestOutcome.PARTLY], "watch", "check"),
        RequestOutcome.REFUSED: Label(OUTCOMES[RequestOutcome.REFUSED], "idle", "cross"),
    },
    ConsentKind: {
        ConsentKind.NOTICE: Label(N_("The notice was read or heard"), "idle", "list"),
        ConsentKind.FACES: Label(N_("Face matching"), "idle", "eye"),
    },
    MediaKind: {
        MediaKind.ENROLMENT: Label(N_("Enrolled photo"), "idle", "eye"),
        MediaKind.OFFERED: Label(N_("Photo offered for enrolment"), "idle", "eye"),
        MediaKind.SELFIE: Label(N_("Photo of an answer"), "idle", "eye"),
        MediaKind.BURST: Label(N_("Head movements of an answer"), "idle", "eye"),
        MediaKind.INCIDENT: Label(N_("Picture of an incident"), "idle", "camera"),
    },
    ObservationKind: {
        ObservationKind.MOTION: Label(N_("Motion"), "idle", "camera"),
        ObservationKind.PERSON: Label(N_("A person"), "idle", "person"),
        ObservationKind.FACE: Label(N_("Your face"), "good", "eye"),
        ObservationKind.NOBODY: Label(N_("Nobody"), "idle", "eye-off"),
        ObservationKind.TAMPER: Label(N_("Camera covered"), "watch", "eye-off"),
        ObservationKind.OFFLINE: Label(N_("Camera offline"), "watch", "plug"),
        ObservationKind.CROSSING: Label(N_("Somebody at the door"), "idle", "door"),
    },
    PlaceVerdict: {
        PlaceVerdict.INSIDE: Label(N_("In the zone"), "good", "check"),
        PlaceVerdict.OUTSIDE: Label(N_("Outside the zone"), "watch", "question"),
        PlaceVerdict.UNKNOWN: Label(N_("Not known"), "idle", "question"),
    },
    DeletionScope: {
        DeletionScope.FACES: Label(N_("Photos and face data"), "idle", "eye"),
        DeletionScope.PERSON: Label(N_("All else about the person"), "idle", "person"),
    },
    PresenceState: {
        PresenceState.PRESENT: Label(N_("Present"), "good", "check"),
        PresenceState.ABSENT: Label(N_("Absent"), "bad", "door"),
        PresenceState.UNKNOWN: Label(N_("Unknown"), "idle", "question"),
    },
    CheckInState: {
        CheckInState.SCHEDULED: Label(N_("Planned"), "idle", "clock"),
        CheckInState.PROMPTED: Label(N_("Asked"), "calm", "message"),
        CheckInState.ANSWERED: Label(N_("Answered"), "calm", "hourglass"),
        CheckInState.VERIFIED: Label(N_("Verified"), "good", "check"),
        CheckInState.IN_REVIEW: Label(N_("To be looked at"), "watch", "eye"),
        CheckInState.ACCEPTED: Label(N_("Accepted"), "good", "check"),
        CheckInState.REJECTED: Label(N_("Rejected"), "bad", "cross"),
        CheckInState.MISSED: Label(N_("Missed"), "bad", "bell"),
        CheckInState.UNREACHED: Label(N_("Not reached"), "watch", "phone-off"),
        CheckInState.EXCUSED: Label(N_("Excused"), "idle", "shield"),
    },
    EnrolmentState: {
        EnrolmentState.WAITING: Label(N_("Being looked at"), "calm", "hourglass"),
        EnrolmentState.LEASED: Label(N_("Being looked at"), "calm", "hourglass"),
        EnrolmentState.KEPT: Label(N_("Kept"), "good", "check"),
        EnrolmentState.REFUSED: Label(N_("Not kept"), "watch", "warning"),
    },
    PlanKind: {
        PlanKind.TIMES: Label(N_("At fixed times"), "idle", "clock"),
        PlanKind.EVERY: Label(N_("Again and again, with a pause"), "idle", "clock"),
        PlanKind.RANDOM: Label(N_("At random moments, which residents cannot foresee"), "idle", "question"),
    },
    EvidenceLevel: {
        EvidenceLevel.ACKNOWLEDGED: Label(N_("an answer"), "idle", "check"),
        EvidenceLevel.CODE_WORD: Label(N_("an answer with the code of the message"), "idle", "check"),
        EvidenceLevel.PLACE: Label(N_("an answer with the place"), "idle", "check"),
        EvidenceLevel.FACE: Label(N_("a photo that matches"), "idle", "eye"),
        EvidenceLevel.FACE_AND_LIVENESS: Label(N_("a photo that matches, with head movements"), "idle", "eye"),
        EvidenceLevel.SEEN_BY_CAMERA: Label(N_("seen by a camera"), "idle", "camera"),
        EvidenceLevel.SEEN_BY_STAFF: Label(N_("seen by staff"), "idle", "person"),
    },
    CameraState: {
        CameraState.NEW: Label(N_("New"), "idle", "clock"),
        CameraState.ONLINE: Label(N_("Working"), "good", "check"),
        CameraState.OFFLINE: Label(N_("Offline"), "bad", "plug"),
        CameraState.COVERED: Label(N_("Covered"), "bad", "eye-off"),
        CameraState.MOVED: Label(N_("Turned away"), "bad", "eye-off"),
        CameraState.DEFOCUSED: Label(N_("Out of focus"), "bad", "eye-off"),
        CameraState.FROZEN: Label(N_("Picture stands still"), "bad", "eye-off"),
        CameraState.REPLAYED: Label(N_("Shows a recording"), "bad", "eye-off"),
        CameraState.DARK: Label(N_("Dark"), "watch", "moon"),
    },
    AreaKind: {
        AreaKind.WATCH: Label(N_("Watch only here"), "good", "eye"),
        AreaKind.IGNORE: Label(N_("Ignore motion here"), "idle", "eye-off"),
        AreaKind.PRIVACY: Label(N_("Private: never in a picture"), "calm", "shield"),
        AreaKind.CLOSED: Label(N_("Closed area: nobody may be here"), "bad", "cross"),
        AreaKind.EXIT: Label(N_("Line at an exit"), "watch", "door"),
    },
    IncidentState: {
        IncidentState.OPEN: Label(N_("Open"), "bad", "bell"),
        IncidentState.ACKNOWLEDGED: Label(N_("Taken on"), "watch", "person"),
        IncidentState.RESOLVED: Label(N_("Resolved"), "good", "check"),
    },
    IncidentKind: {
        IncidentKind.MISSED: Label(N_("Roll-call missed"), "bad", "bell"),
        IncidentKind.MISSED_REPEATEDLY: Label(N_("Three roll-calls missed"), "bad", "bell"),
        IncidentKind.UNREACHED: Label(N_("Not reached"), "watch", "phone-off"),
        IncidentKind.FACE_DOUBTFUL: Label(N_("Face in doubt"), "watch", "eye"),
        IncidentKind.PLACE_DOUBTFUL: Label(N_("Place in doubt"), "watch", "question"),
        IncidentKind.CONTESTED: Label(N_("Resident says it is not right"), "watch", "message"),
        IncidentKind.UNWELL: Label(N_("Feels unwell"), "bad", "heart"),
        IncidentKind.TEXT_UNCLEAR: Label(N_("A text to be read"), "watch", "message"),
        IncidentKind.TEXTS_STOPPED: Label(N_("Wants no more texts"), "watch", "phone-off"),
        IncidentKind.GUARDIAN_NEEDED: Label(N_("Guardian needed"), "watch", "people"),
        IncidentKind.REQUEST_OVERDUE: Label(N_("Request about data is overdue"), "bad", "clock"),
        IncidentKind.CAMERA_OFFLINE: Label(N_("Camera offline"), "watch", "plug"),
        IncidentKind.CAMERA_COVERED: Label(N_("Camera covered"), "watch", "eye-off"),
        IncidentKind.CAMERA_MOVED: Label(N_("Camera turned away"), "watch", "eye-off"),
        IncidentKind.CAMERA_DEFOCUSED: Label(N_("Camera out of focus"), "watch", "eye-off"),
        IncidentKind.CAMERA_FROZEN: Label(N_("Camera’s picture stands still"), "watch", "eye-off"),
        IncidentKind.CAMERA_REPLAYED: Label(N_("Camera shows a recording"), "bad", "eye-off"),
        IncidentKind.SITE_OUTAGE: Label(N_("Many cameras silent at once"), "bad", "plug"),
        IncidentKind.ROOM_EMPTY: Label(N_("Room empty"), "bad", "door"),
        IncidentKind.TOO_MANY_PEOPLE: Label(N_("More people than assigned"), "watch", "person"),
        IncidentKind.CLOSED_AREA: Label(N_("Somebody in a closed area"), "bad", "door"),
        IncidentKind.EXIT_CROSSED: Label(N_("Somebody went out"), "bad", "door"),
    },
    PromptState: {
        PromptState.QUEUED: Label(N_("waiting to be sent"), "idle", "clock"),
        PromptState.LEASED: Label(N_("being sent"), "calm", "message"),
        PromptState.SENT: Label(N_("sent"), "calm", "message"),
        PromptState.DELIVERED: Label(N_("delivered"), "good", "message"),
        PromptState.FAILED: Label(N_("could not be sent"), "bad", "phone-off"),
        PromptState.UNCERTAIN: Label(N_("sending uncertain"), "watch", "question"),
    },
    InboundMeaning: {
        InboundMeaning.WELL: Label(N_("Well"), "good", "check"),
        InboundMeaning.ILL: Label(N_("Feels ill"), "bad", "heart"),
        InboundMeaning.HELP: Label(N_("Asks for help"), "bad", "bell"),
        InboundMeaning.EXPLAIN: Label(N_("Asks how to answer"), "calm", "question"),
        InboundMeaning.STOP: Label(N_("No more texts"), "watch", "phone-off"),
        InboundMeaning.START: Label(N_("Texts again"), "calm", "message"),
        InboundMeaning.UNCLEAR: Label(N_("Not understood"), "watch", "question"),
    },
    PromptKind: {
        PromptKind.FIRST: Label(N_("Message"), "calm", "message"),
        PromptKind.REMINDER: Label(N_("Reminder"), "calm", "message"),
        PromptKind.VOICE: Label(N_("Automatic call"), "calm", "phone"),
        PromptKind.HOUSEHOLD: Label(N_("Message to the household"), "calm", "people"),
        PromptKind.REPLY_TAKEN: Label(N_("Reply: it was taken"), "calm", "message"),
        PromptKind.REPLY_CARE: Label(N_("Reply: staff know"), "calm", "message"),
        PromptKind.REPLY_HOW: Label(N_("Reply: how to answer"), "calm", "message"),
        PromptKind.REPLY_EXPLAIN: Label(N_("Reply: explanation"), "calm", "message"),
        PromptKind.REPLY_STOPPED: Label(N_("Reply: texts stop"), "calm", "message"),
        PromptKind.REPLY_STARTED: Label(N_("Reply: texts go on"), "calm", "message"),
        PromptKind.REQUEST_ANSWERED: Label(N_("Message: a request has its answer"), "calm", "message"),
    },
    MessageKind: {
        MessageKind.FIRST: Label(N_("Message"), "calm", "message"),
        MessageKind.SHARED_FIRST: Label(N_("Message to a shared phone"), "calm", "people"),
        MessageKind.GUARDIAN_FIRST: Label(N_("Message to a guardian"), "calm", "people"),
        MessageKind.REMINDER: Label(N_("Reminder"), "calm", "message"),
        MessageKind.SHARED_REMINDER: Label(N_("Reminder to a shared phone"), "calm", "people"),
        MessageKind.GUARDIAN_REMINDER: Label(N_("Reminder to a guardian"), "calm", "people"),
        MessageKind.VOICE: Label(N_("Automatic call"), "calm", "phone"),
        MessageKind.GUARDIAN_VOICE: Label(N_("Automatic call to a guardian"), "calm", "phone"),
        MessageKind.HOUSEHOLD: Label(N_("Message to the household"), "calm", "people"),
    },
    Guess: {
        Guess.THERE: Label(N_("They are there"), "good", "check"),
        Guess.PHONE_OFF: Label(N_("The phone seems to be off"), "watch", "phone-off"),
        Guess.PHONE_ON: Label(N_("The phone works"), "calm", "phone"),
        Guess.PERHAPS_LEFT: Label(N_("May have left"), "bad", "door"),
        Guess.UNKNOWN: Label(N_("Nothing is known"), "idle", "question"),
    },
    ContactWay: {
        ContactWay.CALL: Label(N_("Call"), "calm", "phone"),
        ContactWay.VISIT: Label(N_("Visit"), "calm", "door"),
        ContactWay.HOUSEHOLD: Label(N_("Asked the household"), "calm", "people"),
    },
    ContactOutcome: {
        ContactOutcome.WELL: Label(N_("Reached: is well"), "good", "check"),
        ContactOutcome.UNWELL: Label(N_("Reached: feels unwell"), "bad", "heart"),
        ContactOutcome.NO_ANSWER: Label(N_("Nobody answered"), "watch", "bell"),
        ContactOutcome.PHONE_OFF: Label(N_("The phone is off"), "watch", "phone-off"),
        ContactOutcome.WRONG_NUMBER: Label(N_("The number is wrong"), "watch", "cross"),
        ContactOutcome.NOT_THERE: Label(N_("Not there"), "bad", "door"),
    },
    OrderState: {
        OrderState.ACTIVE: Label(N_("In force"), "calm", "shield"),
        OrderState.RELEASED: Label(N_("Released"), "good", "check"),
        OrderState.TRANSFERRED: Label(N_("Transferred"), "idle", "door"),
        OrderState.HOSPITALISED: Label(N_("In hospital"), "watch", "heart"),
        OrderState.LEFT: Label(N_("Left"), "bad", "door"),
        OrderState.DIED: Label(N_("Died"), "idle", "dot"),
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
        ConsentWay.SPOKEN: Label(N_("in words to staff"), "good", "check"),
    },
    ZoneKind: {
        ZoneKind.FACILITY: Label(N_("Facility")),
        ZoneKind.STREET_BLOCK: Label(N_("Street block")),
        ZoneKind.HOME_CLUSTER: Label(N_("Homes")),
    },
    RoomKind: {
        RoomKind.ROOM: Label(N_("Room")),
        RoomKind.CORRIDOR: Label(N_("Corridor")),
        RoomKind.COMMON: Label(N_("Common room")),
        RoomKind.OUTDOORS: Label(N_("Outdoors")),
        RoomKind.HOME: Label(N_("Home")),
    },
    Role: {
        Role.STAFF: Label(N_("Staff")),
        Role.SUPERVISOR: Label(N_("Supervisor")),
        Role.ADMINISTRATOR: Label(N_("Administrator")),
        Role.AUDITOR: Label(N_("Auditor")),
    },
}

# The steps of a ladder as plans store them.
KIND_WORDS = {str(kind): entry.words for kind, entry in LABELS[PromptKind].items()}

# What the audit trail's actions are called; others are shown as they are written.
MOVES = {
    Move.LEFT: N_("to the left"),
    Move.RIGHT: N_("to the right"),
    Move.UP: N_("up"),
    Move.NEARER: N_("nearer"),
}

ACTIONS = {
    "record-opened": N_("Record of a resident opened"),
    "request-made": N_("Request about data made"),
    "request-answered": N_("Request about data answered"),
    "faces-refused": N_("Face matching refused"),
    "faces-agreed": N_("Face matching agreed to"),
    "notice-given": N_("Notice given"),
    "export-made": N_("Copy of all data made"),
    "export-fetched": N_("Copy of data fetched by link"),
    "movements-changed": N_("Head movements set"),
    "data-deleted": N_("Data deleted"),
    "deletion-held": N_("Deletion put off"),
    "deletion-let-go-on": N_("Deletion let go on"),
    "face-deletion-asked": N_("Deletion of face data asked for"),
    "document-changed": N_("Document number changed"),
    "person-searched": N_("Person searched by number"),
    "signed-in": N_("Signed in"),
    "signed-out": N_("Signed out"),
    "sign-in-refused": N_("Sign-in refused"),
    "account-added": N_("Account added"),
    "photo-viewed": N_("Photo viewed"),
    "camera-viewed": N_("Camera viewed"),
    "camera-changed": N_("Camera changed"),
    "camera-commanded": N_("Camera commanded"),
    "camera-areas-changed": N_("Areas of a camera changed"),
    "camera-added": N_("Camera added"),
    "cameras-searched": N_("Cameras searched for"),
    "incident-media-viewed": N_("Pictures of an incident viewed"),
    "camera-live-viewed": N_("Camera watched live"),
    "incident-acknowledged": N_("Incident taken on"),
    "incident-resolved": N_("Incident resolved"),
    "incident-noted": N_("Note on an incident"),
    "check-in-reviewed": N_("Answer reviewed"),
    "check-in-set-right": N_("Roll-call set right"),
    "contact-attempted": N_("Tried to reach somebody"),
    "visits-listed": N_("List of visits viewed"),
    "order-changed": N_("Quarantine order changed"),
    "exemption-added": N_("Allowed to be away"),
    "face-photo-added": N_("Photo of a face added"),
    "face-photo-removed": N_("Photo of a face deleted"),
    "likeness-dismissed": N_("Two who look alike to the machine: seen"),
    "face-thresholds-set": N_("Thresholds of face matching set"),
    "resident-seen": N_("Seen by staff"),
    "resident-not-there": N_("Not found by staff"),
    "bracelets-printed": N_("Bracelets printed"),
    "plan-made": N_("Plan made"),
    "plan-replaced": N_("Plan replaced"),
    "plan-ended": N_("Plan ended"),
    "asked-now": N_("Everybody asked now"),
    "zone-changed": N_("Zone's settings changed"),
    "unknown-texts-listed": N_("Texts of unknown numbers viewed"),
    "unknown-text-seen": N_("Text of an unknown number looked at"),
    "telephone-changed": N_("Kind of telephone changed"),
    "prompts-stopped": N_("Messages stopped"),
    "prompts-go-on": N_("Messages let go on"),
    "message-text-changed": N_("Text of messages changed"),
    "guardian-set": N_("Guardian set"),
    "guardian-ended": N_("Guardian ended"),
    "guardian-agreed": N_("Guardian agreed"),
    "guardian-declined": N_("Guardian declined"),
    "address-changed": N_("Address of a resident changed"),
}


def label(state: StrEnum) -> Label:
    """The look of a state, by its kind: "offline" of a camera is another than that of an observation."""
    return LABELS[type(state)][state]


# What the purge and certificates count.
COUNTED = {
    "resumed": N_("Interrupted deletions finished"),
    "refused": N_("Enrolled photos of who refused face matching"),
    "restored": N_("Deleted again after a backup was put back"),
    Kind.FACES.value: N_("People whose face data was deleted"),
    Kind.PERSONS.value: N_("People whose data was deleted"),
    Kind.SELFIES.value: N_("Selfies"),
    Kind.PLACES.value: N_("Places"),
    Kind.INCIDENT_MEDIA.value: N_("Pictures and clips of incidents"),
    Kind.UNKNOWN_TEXTS.value: N_("Texts from unknown numbers"),
    "orphans": N_("Files without a record"),
    "photos": N_("Photos"),
    "templates": N_("Face templates"),
    "answers": N_("Answers"),
    "messages": N_("Messages"),
    "addresses": N_("Addresses"),
    "texts": N_("Texts"),
}


def counted(name: str) -> Words:
    """What a count of a purge or a certificate is called."""
    return Words(COUNTED.get(name, name))


def action(name: str) -> Words:
    """What an audit action is called."""
    return Words(ACTIONS.get(name, name))
