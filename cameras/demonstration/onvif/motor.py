"""The motor of a demonstration camera: places it knows, and where it was sent last; its picture stays, since it was filmed once."""

from __future__ import annotations

from xml.sax.saxutils import escape

from cameras.demonstration.onvif.soap import Call, Fault

PRESETS = {"1": "Door", "2": "Window", "3": "Beds"}


class Motor:
    """Answers the operations of the PTZ service. It knows no Stop, as some do not: it is told to move at no speed instead."""

    def __init__(self) -> None:
        self.position, self.moving = "1", False
        self.operations = {"GetPresets": self._presets, "GotoPreset": self._go, "ContinuousMove": self._move}

    def _presets(self, _call: Call) -> str:
        return "".join(
            f'<tptz:Preset token="{token}"><tt:Name>{escape(name)}</tt:Name></tptz:Preset>' for token, name in PRESETS.items()
        )

    def _go(self, call: Call) -> str:
        token = call.text("PresetToken")
        if token not in PRESETS:
            raise Fault(("InvalidArgVal", "NoToken"), "The requested preset does not exist")
        self.position, self.moving = token, False
        return ""

    def _move(self, call: Call) -> str:
        speeds = [
            part.get(axis) or "0" for part in call.body.iter() if part.tag.endswith(("}PanTilt", "}Zoom")) for axis in "xy"
        ]
        try:
            self.moving = any(float(each) for each in speeds)
        except ValueError:
            raise Fault(("InvalidArgVal", "InvalidVelocity"), "That is no speed") from None
        return ""
