"""Roll-calls: schedules, rounds, messages, answers and texts."""

from __future__ import annotations

from monitor.models.rollcalls.answers import PlaceVerdict
from monitor.models.rollcalls.gateways import GatewayReading
from monitor.models.rollcalls.inbound import InboundMeaning
from monitor.models.rollcalls.messages import MessageKind
from monitor.models.rollcalls.plans import EvidenceLevel, PlanKind
from monitor.models.rollcalls.prompts import PromptKind, PromptState
from monitor.models.rollcalls.rounds import CheckInState
from monitor.words import N_
from rollcall.followup.whereabouts import Guess
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    PlaceVerdict: {
        PlaceVerdict.INSIDE: Label(N_("In the zone"), "good", "check"),
        PlaceVerdict.OUTSIDE: Label(N_("Outside the zone"), "watch", "question"),
        PlaceVerdict.UNKNOWN: Label(N_("Not known"), "idle", "question"),
    },
    CheckInState: {
        CheckInState.SCHEDULED: Label(N_("Planned"), "idle", "clock"),
        CheckInState.PROMPTED: Label(N_("Message sent"), "calm", "message"),
        CheckInState.ANSWERED: Label(N_("Answered"), "calm", "hourglass"),
        CheckInState.VERIFIED: Label(N_("Verified"), "good", "check"),
        CheckInState.IN_REVIEW: Label(N_("To be checked"), "watch", "eye"),
        CheckInState.ACCEPTED: Label(N_("Accepted"), "good", "check"),
        CheckInState.REJECTED: Label(N_("Not accepted"), "bad", "cross"),
        CheckInState.MISSED: Label(N_("No answer in time"), "bad", "bell"),
        CheckInState.UNREACHED: Label(N_("Not reached yet"), "watch", "phone-off"),
        CheckInState.EXCUSED: Label(N_("Excused"), "idle", "shield"),
    },
    PlanKind: {
        PlanKind.TIMES: Label(N_("At fixed times"), "idle", "clock"),
        PlanKind.EVERY: Label(N_("At regular intervals"), "idle", "clock"),
        PlanKind.RANDOM: Label(N_("At random times that residents cannot foresee"), "idle", "question"),
    },
    EvidenceLevel: {
        EvidenceLevel.ACKNOWLEDGED: Label(N_("an answer"), "idle", "check"),
        EvidenceLevel.CODE_WORD: Label(N_("an answer with the code of the message"), "idle", "check"),
        EvidenceLevel.PLACE: Label(N_("an answer with the location"), "idle", "check"),
        EvidenceLevel.FACE: Label(N_("a photo that matches"), "idle", "eye"),
        EvidenceLevel.FACE_AND_LIVENESS: Label(N_("a photo that matches, with head movements"), "idle", "eye"),
        EvidenceLevel.SEEN_BY_CAMERA: Label(N_("seen by a camera"), "idle", "camera"),
        EvidenceLevel.SEEN_BY_STAFF: Label(N_("seen by staff"), "idle", "person"),
    },
    PromptState: {
        PromptState.QUEUED: Label(N_("waiting to be sent"), "idle", "clock"),
        PromptState.LEASED: Label(N_("being sent"), "calm", "message"),
        PromptState.SENT: Label(N_("sent"), "calm", "message"),
        PromptState.DELIVERED: Label(N_("delivered"), "good", "message"),
        PromptState.FAILED: Label(N_("could not be sent"), "bad", "phone-off"),
        PromptState.UNCERTAIN: Label(N_("not known whether sent"), "watch", "question"),
    },
    InboundMeaning: {
        InboundMeaning.WELL: Label(N_("Well"), "good", "check"),
        InboundMeaning.ILL: Label(N_("Feels ill"), "bad", "heart"),
        InboundMeaning.HELP: Label(N_("Asks for help"), "bad", "bell"),
        InboundMeaning.EXPLAIN: Label(N_("Asks how to answer"), "calm", "question"),
        InboundMeaning.STOP: Label(N_("No more text messages"), "watch", "phone-off"),
        InboundMeaning.START: Label(N_("Text messages again"), "calm", "message"),
        InboundMeaning.QUOTATION: Label(N_("Quotation or reaction"), "calm", "message"),
        InboundMeaning.UNCLEAR: Label(N_("Not understood"), "watch", "question"),
    },
    GatewayReading: {
        GatewayReading.DELIVERED: Label(N_("Receipt: delivered"), "good", "check"),
        GatewayReading.FAILED: Label(N_("Receipt: not delivered"), "bad", "phone-off"),
        GatewayReading.UNDER_WAY: Label(N_("Receipt: on its way"), "calm", "clock"),
        GatewayReading.TEXT: Label(N_("Text message"), "good", "message"),
        GatewayReading.PART: Label(N_("Part of a text message"), "calm", "message"),
        GatewayReading.UNKNOWN_STATE: Label(N_("Receipt: unknown status"), "watch", "question"),
        GatewayReading.UNREADABLE: Label(N_("Receipt: unreadable"), "watch", "question"),
        GatewayReading.INCOMPLETE: Label(N_("Part without a number"), "watch", "question"),
        GatewayReading.TIME_UNREADABLE: Label(N_("Time unreadable"), "watch", "clock"),
        GatewayReading.TIME_IMPOSSIBLE: Label(N_("Time cannot be right"), "watch", "clock"),
    },
    PromptKind: {
        PromptKind.FIRST: Label(N_("Message"), "calm", "message"),
        PromptKind.REMINDER: Label(N_("Reminder"), "calm", "message"),
        PromptKind.VOICE: Label(N_("Automatic call"), "calm", "phone"),
        PromptKind.HOUSEHOLD: Label(N_("Message to the household"), "calm", "people"),
        PromptKind.REPLY_TAKEN: Label(N_("Reply: received"), "calm", "message"),
        PromptKind.REPLY_CARE: Label(N_("Reply: staff will call"), "calm", "message"),
        PromptKind.REPLY_DANGER: Label(N_("Reply: call 115"), "calm", "message"),
        PromptKind.REPLY_HOW: Label(N_("Reply: how to answer"), "calm", "message"),
        PromptKind.REPLY_EXPLAIN: Label(N_("Reply: explanation"), "calm", "message"),
        PromptKind.REPLY_STOPPED: Label(N_("Reply: text messages stopped"), "calm", "message"),
        PromptKind.REPLY_STARTED: Label(N_("Reply: text messages resumed"), "calm", "message"),
        PromptKind.NOTICE: Label(N_("Message: words from staff"), "calm", "message"),
        PromptKind.REQUEST_ANSWERED: Label(N_("Message: a request has its answer"), "calm", "message"),
        PromptKind.EMERGENCY: Label(N_("Message in an emergency"), "bad", "warning"),
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
        Guess.THERE: Label(N_("On site"), "good", "check"),
        Guess.PHONE_OFF: Label(N_("The phone seems to be off"), "watch", "phone-off"),
        Guess.PHONE_ON: Label(N_("The phone works"), "calm", "phone"),
        Guess.PERHAPS_LEFT: Label(N_("May have left the zone"), "bad", "door"),
        Guess.UNKNOWN: Label(N_("Nothing is known"), "idle", "question"),
    },
}
