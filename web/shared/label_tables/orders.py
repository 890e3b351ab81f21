"""Orders of quarantine: their states, what is done with them, what is set for later, and letters."""

from __future__ import annotations

from monitor.letters.letters import Holds
from monitor.models.people.letters import LetterKind, LetterState
from monitor.models.people.moves import PlannedKind, PlannedState, TransferState
from monitor.models.people.residents import OrderState
from monitor.people.order_deeds import Deed
from monitor.words import N_
from rollcall.orders.many import ManyDeed
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    TransferState: {
        TransferState.OFFERED: Label(N_("Offered"), "watch", "hourglass"),
        TransferState.ACCEPTED: Label(N_("Accepted"), "good", "check"),
        TransferState.REFUSED: Label(N_("Refused"), "idle", "cross"),
        TransferState.WITHDRAWN: Label(N_("Withdrawn"), "idle", "cross"),
    },
    PlannedState: {
        PlannedState.WAITING: Label(N_("Planned"), "calm", "clock"),
        PlannedState.DONE: Label(N_("Done"), "good", "check"),
        PlannedState.FAILED: Label(N_("Could not be done"), "bad", "warning"),
        PlannedState.CANCELLED: Label(N_("Called off"), "idle", "cross"),
    },
    PlannedKind: {
        PlannedKind.EXTEND: Label(N_("Extend the order"), "idle", "clock"),
        PlannedKind.RELEASE: Label(N_("Release"), "good", "check"),
        PlannedKind.HOSPITAL: Label(N_("To hospital"), "watch", "heart"),
        PlannedKind.BACK: Label(N_("Back from hospital"), "calm", "home"),
        PlannedKind.MOVED_AWAY: Label(N_("Move to a place outside this system"), "idle", "door"),
        PlannedKind.ROOM: Label(N_("Move to another room"), "idle", "door"),
        PlannedKind.TRANSFER: Label(N_("Transfer to another zone"), "idle", "leave"),
    },
    Deed: {
        Deed.EXTEND: Label(N_("Extend the order"), "idle", "clock"),
        Deed.SHORTEN: Label(N_("Shorten the order"), "idle", "clock"),
        Deed.CORRECT: Label(N_("Correct what is written"), "idle", "note"),
        Deed.START: Label(N_("Correct the beginning"), "idle", "clock"),
        Deed.TRANSFER: Label(N_("Transfer to another zone"), "idle", "leave"),
        Deed.ROOM: Label(N_("Move to another room"), "idle", "door"),
        Deed.EXEMPT: Label(N_("Permit absence"), "idle", "shield"),
        Deed.HOSPITAL: Label(N_("To hospital"), "watch", "heart"),
        Deed.BACK: Label(N_("Back from hospital"), "calm", "home"),
        Deed.RELEASE: Label(N_("Release"), "good", "check"),
        Deed.MOVED_AWAY: Label(N_("Move to a place outside this system"), "idle", "door"),
        Deed.LEFT: Label(N_("Left without release"), "bad", "door"),
        Deed.FOUND: Label(N_("Found again"), "good", "check"),
        Deed.DIED: Label(N_("Died"), "idle", "dot"),
        Deed.REOPEN: Label(N_("Recorded by mistake: in force again"), "idle", "question"),
        Deed.FURTHER: Label(N_("Give a further order"), "idle", "note"),
    },
    ManyDeed: {
        ManyDeed.EXTEND: Label(N_("Extend the order"), "idle", "clock"),
        ManyDeed.RELEASE: Label(N_("Release"), "good", "check"),
        ManyDeed.ROOM: Label(N_("Move to another room"), "idle", "door"),
        ManyDeed.EXEMPT: Label(N_("Permit absence"), "idle", "shield"),
        ManyDeed.TRANSFER: Label(N_("Offer to another zone"), "idle", "leave"),
    },
    LetterKind: {
        LetterKind.QUARANTINE: Label(N_("Quarantine order"), "calm", "note"),
        LetterKind.CHANGE: Label(N_("Change of the beginning or end"), "calm", "clock"),
        LetterKind.TRANSFER: Label(N_("Move to another zone"), "calm", "door"),
        LetterKind.RELEASE: Label(N_("Certificate of completion"), "calm", "check"),
    },
    LetterState: {
        LetterState.WAITING: Label(N_("Being made"), "calm", "clock"),
        LetterState.MADE: Label(N_("Made"), "good", "check"),
        LetterState.REFUSED: Label(N_("Not made"), "bad", "warning"),
    },
    Holds: {
        Holds.HOLDS: Label(N_("Holds"), "good", "check"),
        Holds.REPLACED: Label(N_("Replaced by a newer one"), "watch", "clock"),
        Holds.WITHDRAWN: Label(N_("Withdrawn"), "bad", "cross"),
    },
    OrderState: {
        OrderState.ACTIVE: Label(N_("In force"), "calm", "shield"),
        OrderState.RELEASED: Label(N_("Released"), "good", "check"),
        OrderState.TRANSFERRED: Label(N_("Transferred"), "idle", "door"),
        OrderState.HOSPITALISED: Label(N_("In hospital"), "watch", "heart"),
        OrderState.LEFT: Label(N_("Left without release"), "bad", "door"),
        OrderState.DIED: Label(N_("Died"), "idle", "dot"),
    },
}
