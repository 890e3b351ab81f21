"""What can go wrong with a camera, named for what somebody has to do about it. No sentence ever holds a password."""

from __future__ import annotations

from monitor.problems import Problem
from monitor.words import N_


class CameraProblem(Problem):
    """Something about a camera; the service itself is well."""

    status = 502


class BadAddress(CameraProblem):
    """The address cannot be that of a camera."""

    status = 422


class CameraUnreachable(CameraProblem):
    """Nothing answers: look at power, network and address."""

    status = 504


class WrongPassword(CameraProblem):
    """The camera is there and refuses the login: correct the user name or the password."""


class NotACamera(CameraProblem):
    """Something answers that does not speak ONVIF: correct the address."""


class NoUsableStream(CameraProblem):
    """The camera offers nothing that can be watched: change its video settings."""


class StreamRefused(CameraProblem):
    """The camera does not give out the stream it named; its profiles have changed, so ask for them again."""


class StreamLost(CameraProblem):
    """A stream that was running ended or fell silent; connect again."""


def unreachable(place: str, seconds: float) -> CameraUnreachable:
    """Nothing answers at a host and port."""
    return CameraUnreachable(
        N_("%(place)s did not answer within %(seconds)s s. Check the camera’s power, network and address."),
        place=place,
        seconds=f"{seconds:g}",
    )


def wrong_password(place: str) -> WrongPassword:
    """A login was refused."""
    return WrongPassword(
        N_("The camera at %(place)s rejects the user name or password. Correct them and try again."), place=place
    )


def readable_password(place: str) -> WrongPassword:
    """The device wants the password in a way that everybody on the network could read."""
    return WrongPassword(
        N_(
            "The camera at %(place)s wants the password unencrypted (HTTP Basic), which we do not send over http. Use its"
            " https address, or switch its login to Digest."
        ),
        place=place,
    )


def not_a_camera(place: str) -> NotACamera:
    """Something else than an ONVIF device answered."""
    return NotACamera(
        N_("The device at %(place)s is not an ONVIF camera. Check address and port, and switch ONVIF on in the camera."),
        place=place,
    )


def no_usable_stream(place: str) -> NoUsableStream:
    """Nothing that can be watched is offered."""
    return NoUsableStream(
        N_(
            "The camera at %(place)s offers no video that can be watched. Set one of its streams to H.264, H.265 or Motion JPEG."
        ),
        place=place,
    )


def stream_refused(place: str) -> StreamRefused:
    """The address of a stream is not known to the camera any more."""
    return StreamRefused(
        N_("The camera at %(place)s does not deliver the stream it announced. Restart the camera, or choose another stream."),
        place=place,
    )


def stream_lost(place: str) -> StreamLost:
    """A running stream ended or stalled."""
    return StreamLost(N_("The camera at %(place)s stopped sending pictures, though the connection stands."), place=place)


def stream_garbled(place: str) -> StreamLost:
    """What comes is neither RTSP nor video."""
    return StreamLost(N_("The video from %(place)s cannot be decoded. We ask again."), place=place)


def too_many_viewers(place: str) -> StreamRefused:
    """The camera has no free place: most allow one to four viewers."""
    return StreamRefused(
        N_("The camera at %(place)s allows no more viewers. Close other programs that watch it, or raise its limit."),
        place=place,
    )


def not_a_picture(place: str) -> NoUsableStream:
    """A snapshot address gave something else than a JPEG."""
    return NoUsableStream(N_("%(place)s does not return a JPEG picture. Check the snapshot address."), place=place)


def stream_closed(place: str) -> StreamLost:
    """The camera hung up: it was restarted, or its settings were changed."""
    return StreamLost(N_("The camera at %(place)s closed the connection, as when restarting. We keep trying."), place=place)


def refused(place: str) -> CameraUnreachable:
    """Something is at the address and takes no connection."""
    return CameraUnreachable(
        N_(
            "The device at %(place)s refuses the connection. Wait if the camera is starting; otherwise check the port of its"
            " video."
        ),
        place=place,
    )
