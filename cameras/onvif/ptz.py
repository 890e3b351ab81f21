"""Turn an ONVIF camera to a place it knows, and stop it."""

from __future__ import annotations

from typing import Any

from cameras.errors import CameraProblem, NotACamera
from cameras.onvif.session import PTZ, Session, local_name, text_of
from cameras.profiles import Preset, device_address
from monitor.words import N_

# Some cameras tell all of their 300 places, named or not.
_MOST_PRESETS = 300


class CannotTurn(NotACamera):
    """The camera has no motor, or keeps it to itself."""


class Turning:
    """The motor of one camera, kept connected until `close`. Not for several threads at once.

    profile: the token of any of its encodings. Every method raises CameraProblem.
    """

    def __init__(self, address: str, username: str, password: str, profile: str, timeout_s: float = 5.0) -> None:
        self._session = Session(device_address(address), username, password, timeout_s)
        self._profile = profile
        self._address = ""

    def presets(self) -> list[Preset]:
        """The places it can be sent to."""
        return read_presets(self._session, self._reached(), self._profile)

    def go_to(self, preset: str) -> None:
        """Send it to a place, by the token; returns when it has begun to turn."""
        self._ask("GotoPreset", PresetToken=preset)

    def stop(self) -> None:
        """Stop it. Some cameras know no Stop; they are told to move at no speed."""
        try:
            self._ask("Stop", PanTilt=True, Zoom=True)
        except NotACamera:
            self._ask("ContinuousMove", Velocity={"PanTilt": {"x": 0, "y": 0}, "Zoom": {"x": 0}})

    def close(self) -> None:
        """Hang up."""
        self._session.transport.close()

    def _ask(self, operation: str, **values: Any) -> None:
        service = self._session.service("ptz", self._reached(), plain=True)
        self._session.ask(service, operation, ProfileToken=self._profile, **values)

    def _reached(self) -> str:
        if not self._address:
            self._session.tell_time()
            named = self._session.services().get(PTZ, "")
            self._address = self._session.reach(named)
            if not self._address:
                raise CannotTurn(N_("The camera at %(place)s cannot be turned."), place=self._session.place)
        return self._address


def read_presets(session: Session, address: str, profile: str, *, required: bool = True) -> list[Preset]:
    """The places known to the motor at that address; with required=False none, where it does not want to tell them."""
    try:
        answer = session.ask(session.service("ptz", address, plain=True), "GetPresets", ProfileToken=profile)
    except CameraProblem:
        if required:
            raise
        return []
    # By their bare names: some servers forget to say what the prefix of this service means.
    told = [each for each in answer if local_name(each) == "Preset"][:_MOST_PRESETS]
    names = [
        (text_of(each.get("token"), 64), [text_of(part.text) for part in each if local_name(part) == "Name"]) for each in told
    ]
    return [Preset(token, next(iter(name), "") or token) for token, name in names if token]
