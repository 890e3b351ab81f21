"""Cameras and what they show."""

from __future__ import annotations

from monitor.models.cameras.cameras import AreaKind, CameraState, ObservationKind
from monitor.words import N_
from web.shared.label_tables.look import Label, Looks

LABELS: Looks = {
    ObservationKind: {
        ObservationKind.MOTION: Label(N_("Motion"), "idle", "camera"),
        ObservationKind.PERSON: Label(N_("Someone"), "idle", "person"),
        ObservationKind.FACE: Label(N_("Face recognised"), "good", "eye"),
        ObservationKind.NOBODY: Label(N_("Nobody"), "idle", "eye-off"),
        ObservationKind.TAMPER: Label(N_("Camera covered"), "watch", "eye-off"),
        ObservationKind.OFFLINE: Label(N_("Camera offline"), "watch", "plug"),
        ObservationKind.CROSSING: Label(N_("Someone at the door"), "idle", "door"),
    },
    CameraState: {
        CameraState.NEW: Label(N_("New"), "idle", "clock"),
        CameraState.ONLINE: Label(N_("Working"), "good", "check"),
        CameraState.OFFLINE: Label(N_("Offline"), "bad", "plug"),
        CameraState.COVERED: Label(N_("Covered"), "bad", "eye-off"),
        CameraState.MOVED: Label(N_("Turned away"), "bad", "eye-off"),
        CameraState.DEFOCUSED: Label(N_("Out of focus"), "bad", "eye-off"),
        CameraState.FROZEN: Label(N_("Picture frozen"), "bad", "eye-off"),
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
}
