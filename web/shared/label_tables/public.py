"""Health declarations and control points."""

from __future__ import annotations

from monitor.incidents.kinds import NAMES
from monitor.models.control_points import Direction, OutKind, PlaceKind, PlaceState, PointKind, Source
from monitor.models.declarations import DeclarationState, Signs, Way
from monitor.models.incidents import IncidentKind
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    Signs: {
        Signs.NONE: Label(N_("No symptoms, no contact"), "good", "check"),
        Signs.CONTACT: Label(NAMES[IncidentKind.DECLARED_CONTACT], "watch", "people"),
        Signs.SYMPTOM: Label(NAMES[IncidentKind.DECLARED_SYMPTOM], "watch", "heart"),
        Signs.DANGER: Label(NAMES[IncidentKind.DECLARED_DANGER], "bad", "heart"),
    },
    DeclarationState: {
        DeclarationState.TAKEN: Label(N_("It counts"), "good", "check"),
        DeclarationState.WAITING: Label(N_("Waits to be confirmed"), "watch", "clock"),
    },
    Way: {
        Way.SELF: Label(N_("By themselves"), "idle", "phone"),
        Way.OTHER: Label(N_("By someone else"), "idle", "people"),
        Way.GUARD: Label(N_("At a control point"), "idle", "shield"),
        Way.STAFF: Label(N_("By staff"), "idle", "person"),
        Way.TELEPHONE: Label(N_("By telephone"), "idle", "phone"),
        Way.PAPER: Label(N_("On paper, entered later"), "idle", "note"),
    },
    PlaceKind: {
        PlaceKind.FACTORY: Label(N_("factory")),
        PlaceKind.INDUSTRIAL_PARK: Label(N_("industrial park")),
        PlaceKind.OFFICE: Label(N_("office")),
        PlaceKind.HOTEL: Label(N_("hotel")),
        PlaceKind.BOARDING_HOUSE: Label(N_("boarding house")),
        PlaceKind.MARKET: Label(N_("market")),
        PlaceKind.SHOP: Label(N_("shop or restaurant")),
        PlaceKind.SCHOOL: Label(N_("school")),
        PlaceKind.HEALTH_FACILITY: Label(N_("health facility")),
        PlaceKind.TRANSPORT: Label(N_("station or vehicle")),
        PlaceKind.CHECKPOINT: Label(N_("checkpoint on a road")),
        PlaceKind.OTHER: Label(N_("another kind of place")),
    },
    PlaceState: {
        PlaceState.UNCONFIRMED: Label(N_("Number not confirmed yet"), "idle", "hourglass"),
        PlaceState.WAITING: Label(N_("Waits for the ward’s decision"), "watch", "hourglass"),
        PlaceState.APPROVED: Label(N_("Approved"), "good", "check"),
        PlaceState.REFUSED: Label(N_("Not approved"), "watch", "cross"),
        PlaceState.CLOSED: Label(N_("Closed"), "idle", "cross"),
    },
    PointKind: {
        PointKind.GATE: Label(N_("gate")),
        PointKind.FLOOR: Label(N_("floor or workshop")),
        PointKind.CANTEEN: Label(N_("canteen")),
        PointKind.SHIFT: Label(N_("shift")),
        PointKind.OTHER: Label(N_("another kind of point")),
    },
    OutKind: {
        OutKind.SCANNED: Label(N_("scanned out"), "good", "check"),
        OutKind.GUARD: Label(N_("scanned out by a guard"), "good", "check"),
        OutKind.NEXT_CHECK_IN: Label(N_("no exit: until the next scan elsewhere"), "watch", "question"),
        OutKind.PLACE_DEFAULT: Label(N_("no exit: until the usual time was over"), "watch", "question"),
        OutKind.CLOSED_AT_NIGHT: Label(N_("no exit: until the closing at night"), "watch", "question"),
    },
    Direction: {Direction.IN: Label(N_("in")), Direction.OUT: Label(N_("out"))},
    Source: {
        Source.SELF: Label(N_("own phone")),
        Source.GUARD: Label(N_("guard")),
        Source.PAPER: Label(N_("paper list, entered later")),
    },
}
