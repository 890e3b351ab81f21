"""The hotline's tickets."""

from __future__ import annotations

from monitor.hotline.listing import Part, Which
from monitor.models.hotline import AlarmLevel, CloseReason, EventKind, TicketChannel, TicketKind, TicketState
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    TicketKind: {
        TicketKind.EMERGENCY: Label(N_("Emergency"), "bad", "warning"),
        TicketKind.FOOD: Label(N_("Hardship: food"), "watch", "home"),
        TicketKind.MEDICINE: Label(N_("Hardship: medicine"), "watch", "heart"),
        TicketKind.MONEY: Label(N_("Hardship: money"), "watch", "note"),
        TicketKind.HEALTH_ADVICE: Label(N_("Health advice"), "idle", "heart"),
        TicketKind.VIOLATION: Label(N_("Breach of rules"), "idle", "eye"),
        TicketKind.TECHNICAL: Label(N_("Technical help"), "idle", "plug"),
        TicketKind.OTHER: Label(N_("Another matter"), "idle", "message"),
    },
    TicketChannel: {
        TicketChannel.TELEPHONE: Label(N_("Telephone"), "idle", "phone"),
        TicketChannel.TEXT: Label(N_("Text message"), "idle", "message"),
        TicketChannel.ZALO: Label(N_("Zalo message"), "idle", "message"),
        TicketChannel.EMAIL: Label(N_("E-mail"), "idle", "note"),
        TicketChannel.PAGE: Label(N_("Public page"), "idle", "globe"),
        TicketChannel.ANSWER: Label(N_("Answer to a roll-call"), "idle", "check"),
        TicketChannel.STAFF: Label(N_("Entered by staff"), "idle", "person"),
    },
    TicketState: {
        TicketState.NEW: Label(N_("new, nobody has it"), "watch", "bell"),
        TicketState.TAKEN: Label(N_("in hand at the desk"), "idle", "person"),
        TicketState.HANDED_OVER: Label(N_("handed over, not accepted yet"), "watch", "arrow"),
        TicketState.ACCEPTED: Label(N_("accepted by the unit"), "idle", "people"),
        TicketState.ANSWERED: Label(N_("answered"), "good", "check"),
        TicketState.CLOSED: Label(N_("closed"), "idle", "cross"),
    },
    CloseReason: {
        CloseReason.ANSWERED: Label(N_("It was answered")),
        CloseReason.NO_ANSWER_WANTED: Label(N_("The caller wants no answer, and it is passed on")),
        CloseReason.NOT_REACHED: Label(N_("The caller cannot be reached")),
        CloseReason.WITHDRAWN: Label(N_("The caller needs it no more")),
        CloseReason.NOT_OURS: Label(N_("Another authority is responsible")),
        CloseReason.NO_MATTER: Label(N_("Advertising, a joke or a wrong number")),
        CloseReason.MERGED: Label(N_("It is part of another ticket")),
    },
    EventKind: {
        EventKind.CAME: Label(N_("It came")),
        EventKind.ADDED: Label(N_("The caller said more")),
        EventKind.TAKEN: Label(N_("Taken")),
        EventKind.CHANGED: Label(N_("Details changed")),
        EventKind.HANDED_OVER: Label(N_("Handed over")),
        EventKind.ACCEPTED: Label(N_("Accepted by the unit")),
        EventKind.REFUSED: Label(N_("Not accepted by the unit")),
        EventKind.RETURNED: Label(N_("Came back: its unit or its owner has gone")),
        EventKind.ANSWERED: Label(N_("Answered")),
        EventKind.CLOSED: Label(N_("Closed")),
        EventKind.REOPENED: Label(N_("Opened again")),
        EventKind.MERGED: Label(N_("Two tickets became one")),
        EventKind.UNMERGED: Label(N_("Two tickets again")),
        EventKind.BUNDLED: Label(N_("Put under another ticket")),
        EventKind.UNBUNDLED: Label(N_("By itself again")),
        EventKind.ALARMED: Label(N_("Staff were told")),
        EventKind.RATED: Label(N_("The caller said how satisfied they are")),
        EventKind.NOTED: Label(N_("Note")),
    },
    AlarmLevel: {
        AlarmLevel.EMERGENCY: Label(N_("Emergency: whoever is on duty was called")),
        AlarmLevel.EMERGENCY_LATE: Label(N_("Emergency without a unit after 15 minutes")),
        AlarmLevel.TAKE_LATE: Label(N_("Not taken within 15 minutes")),
        AlarmLevel.HAND_OVER_LATE: Label(N_("Not handed over within 30 minutes")),
        AlarmLevel.HANDED_OVER: Label(N_("The unit was told that it has this ticket")),
        AlarmLevel.ACCEPT_LATE: Label(N_("Not accepted within 60 minutes")),
        AlarmLevel.ANSWER_LATE: Label(N_("Not answered within 4 working hours")),
        AlarmLevel.REFUSED: Label(N_("Refused three times: the head was told")),
        AlarmLevel.UNIT: Label(N_("Three hours are over: the unit was told")),
        AlarmLevel.HEAD: Label(N_("Four hours are over: the unit’s head was told")),
        AlarmLevel.BREACH: Label(N_("Five hours are over: the province was told")),
    },
    Which: {
        Which.OPEN: Label(N_("Waiting")),
        Which.NEW: Label(N_("Nobody has it")),
        Which.MINE: Label(N_("Mine")),
        Which.SOON: Label(N_("Due within two hours")),
        Which.LATE: Label(N_("Late")),
        Which.ANSWERED: Label(N_("Answered")),
        Which.CLOSED: Label(N_("Closed")),
        Which.ALL: Label(N_("All")),
    },
    Part: {
        Part.IN_TIME: Label(N_("Answered within five hours")),
        Part.TOO_LATE: Label(N_("Not answered within five hours")),
        Part.UNASSIGNED: Label(N_("Late, and nobody had it in hand")),
        Part.REOPENED: Label(N_("Opened again")),
    },
}
