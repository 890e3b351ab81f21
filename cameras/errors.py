"""What can go wrong with a camera, named for what somebody has to do about it. No sentence ever holds a password."""

from __future__ import annotations

from collections.abc import Sequence

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


def no_such_source(place: str, source: str, sources: Sequence[str]) -> BadAddress:
    """The address names a lens or channel that the device does not have. sources: those that it has, none where it has one alone."""
    if not sources:
        return BadAddress(
            N_("The camera at %(place)s has one picture only. Enter its address without “#%(source)s”."),
            place=place,
            source=source,
        )
    return BadAddress(
        N_("The device at %(place)s has no “%(source)s”. Put one of these behind the # instead: %(sources)s."),
        place=place,
        source=source,
        sources=", ".join(sources),
    )


def redirected_device(place: str, elsewhere: str) -> NotACamera:
    """It answers every question by naming another address."""
    return NotACamera(
        N_("The camera at %(place)s sends us on to %(elsewhere)s. Enter that address instead."),
        place=place,
        elsewhere=elsewhere,
    )


def other_scheme(place: str, scheme: str) -> NotACamera:
    """It speaks https where we asked by http, or the other way round. scheme: what it speaks."""
    return NotACamera(
        N_("The device at %(place)s speaks %(scheme)s. Enter the address with %(scheme)s:// before it."),
        place=place,
        scheme=scheme,
    )


def is_a_picture(place: str) -> NotACamera:
    """The address is that of a picture."""
    return NotACamera(
        N_(
            "%(place)s returned a picture, so this is a snapshot address and not an ONVIF one. Enter the whole address, ending in .jpg or"
            " .cgi, to watch it picture by picture."
        ),
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
    return StreamLost(N_("The camera at %(place)s closed the connection. We keep trying."), place=place)


def session_ended(place: str, status: int) -> StreamLost:
    """It ended the stream after refusing every way in which a viewer says that it is still there."""
    return StreamLost(
        N_(
            "The camera at %(place)s ended the stream: it refused each sign that we are still watching (status %(status)s). We connect"
            " again each time; a newer firmware may help."
        ),
        place=place,
        status=status,
    )


def over_udp_only(place: str) -> StreamRefused:
    """It gives out its video over UDP alone."""
    return StreamRefused(
        N_(
            "The camera at %(place)s sends its video over UDP only. Switch on RTP over RTSP (TCP) in the camera’s network settings."
        ),
        place=place,
    )


def sent_elsewhere(place: str) -> StreamLost:
    """It said that it plays, and nothing came."""
    return StreamLost(
        N_(
            "The camera at %(place)s accepts the connection but sends no video over it. Switch off multicast for this stream, and set"
            " its transport to TCP."
        ),
        place=place,
    )


def redirected(place: str, elsewhere: str) -> StreamRefused:
    """It sends viewers to another address."""
    return StreamRefused(
        N_("The camera at %(place)s sends viewers on to %(elsewhere)s. Enter that address instead."),
        place=place,
        elsewhere=elsewhere,
    )


def endless_picture(place: str) -> StreamLost:
    """What comes cannot be cut into pictures."""
    return StreamLost(
        N_(
            "The video from the camera at %(place)s cannot be divided into pictures. Restart the camera, or choose another stream."
        ),
        place=place,
    )


def refused(place: str) -> CameraUnreachable:
    """Something is at the address and takes no connection."""
    return CameraUnreachable(
        N_(
            "The device at %(place)s refuses the connection. Wait if the camera is starting; otherwise check the port of its"
            " video."
        ),
        place=place,
    )


def no_keyframe(place: str) -> NoUsableStream:
    """Pictures come, and none of them is whole by itself."""
    return NoUsableStream(
        N_(
            "The camera at %(place)s sends video without complete pictures. Set the keyframe interval to 2 s, and switch off intra"
            " refresh and “smart” or “plus” encoding."
        ),
        place=place,
    )


def no_parameter_sets(place: str) -> NoUsableStream:
    """Keyframes come, and never how they are coded."""
    return NoUsableStream(
        N_(
            "The camera at %(place)s never says how its video is coded (no parameter sets), so it cannot be decoded. Restart the camera,"
            " or set the stream to H.264 once more."
        ),
        place=place,
    )


def pictures_damaged(place: str) -> StreamLost:
    """Keyframes come, and none can be decoded."""
    return StreamLost(
        N_(
            "Pictures from the camera at %(place)s arrive damaged and cannot be decoded. Lower the stream’s bit rate, and check the"
            " network to the camera."
        ),
        place=place,
    )
