"""Ask an ONVIF device who it is and what it offers: few calls, each bounded, signed by the camera's own clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from cameras.errors import CameraProblem, NotACamera, WrongPassword, no_such_source, no_usable_stream
from cameras.onvif.media2 import media2_profiles
from cameras.onvif.ptz import read_presets
from cameras.onvif.session import EVENTS, MEDIA, MEDIA2, PTZ, Session, part, text_of
from cameras.profiles import CODECS, Preset, Probed, Profile, at_host, choose, device_address, sources_of

# A camera has two or three encodings, an encoder with several channels a few dozen.
_MOST_PROFILES = 32
_LONGEST_URI = 500
_RTSP = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}


def probe(address: str, username: str = "", password: str = "", timeout_s: float = 5.0) -> Probed:
    """Ask a camera for its make, clock, encodings and services.

    timeout_s: for each of about eight questions; an unreachable camera fails at the first. Raises BadAddress, CameraUnreachable,
    WrongPassword, NotACamera, NoUsableStream.
    """
    with Session(device_address(address), username, password, timeout_s) as session:
        return _probe(session)


def _probe(session: Session) -> Probed:
    session.tell_time()
    device = session.service("device", session.address)
    try:
        information = session.ask(device, "GetDeviceInformation")
    except WrongPassword:
        raise  # at the first refusal: cameras lock an account after a few
    except CameraProblem:
        information = None  # some send broken letters here, and are cameras all the same
    services = session.services()
    media_address = session.reach(services.get(MEDIA, "")) or session.address.replace("device_service", "media_service")
    profiles, told, media = _profiles(session, services, media_address)
    sources = sources_of(profiles)
    if session.source:
        if session.source not in sources:
            raise no_such_source(session.place, session.source, sources)
        profiles = [each for each in profiles if each.source == session.source]
    chosen = choose(profiles)
    if chosen is None:
        raise no_usable_stream(session.place)
    ptz = bool(services.get(PTZ)) and (not told or any(part(each, "PTZConfiguration") is not None for each in told))
    presets: tuple[Preset, ...] = ()
    if ptz:
        presets = tuple(read_presets(session, session.reach(services[PTZ]), chosen[1].token, required=False))
    make, model, firmware, serial = (
        text_of(part(information, name)) for name in ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber")
    )
    return Probed(
        f"{session.address}#{session.source}" if session.source else session.address,
        make,
        model,
        firmware,
        serial,
        session.offset.total_seconds(),
        tuple(profiles),
        events=bool(services.get(EVENTS)),
        ptz=ptz,
        presets=presets,
        media2=bool(services.get(MEDIA2)),
        snapshot_uri=_snapshot(session, media, chosen[1].token),
        video_source=chosen[1].source,
        sources=sources,
        digest=session.transport.asked_for_digest,
        named_host=_other_host(services.get(MEDIA) or services.get(MEDIA2, ""), session.address),
    )


def _profiles(session: Session, services: Mapping[str, str], address: str) -> tuple[list[Profile], list[Any], Any]:
    """(profiles, the same as the first media service told them, that service): of Media2 where the first one has no H.264 or H.265."""
    media = session.service("media", address)
    try:
        answer = session.ask(media, "GetProfiles")
    except CameraProblem:
        if not services.get(MEDIA2):
            raise
        answer = None
    told = answer[:_MOST_PROFILES] if isinstance(answer, list) else []
    profiles = [_with_uri(session, media, each) for each in map(_profile, told) if each is not None]
    if services.get(MEDIA2) and not any(each.uri and each.codec in ("H264", "H265") for each in profiles):
        newer = media2_profiles(session, session.reach(services[MEDIA2]))[:_MOST_PROFILES]
        profiles = [replace(each, uri=_stream(session, each.uri)) for each in newer] or profiles
    return profiles, told, media


def _with_uri(session: Session, media: Any, profile: Profile) -> Profile:
    if profile.codec not in CODECS:
        return profile
    try:
        answer = session.ask(media, "GetStreamUri", StreamSetup=_RTSP, ProfileToken=profile.token)
    except NotACamera:
        return profile  # refused, or answered with nonsense, for this one: the others may do
    return replace(profile, uri=_stream(session, text_of(part(answer, "Uri"), 2000)))


def _stream(session: Session, named: str) -> str:
    uri = at_host(named, session.address)
    return uri if uri.startswith(("rtsp://", "rtsps://")) and len(uri) <= _LONGEST_URI else ""


def _snapshot(session: Session, media: Any, profile: str) -> str:
    """The address of a still picture, or nothing: many cameras have none, and some say so in odd ways."""
    try:
        answer = session.ask(media, "GetSnapshotUri", ProfileToken=profile)
    except CameraProblem:
        return ""
    uri = at_host(text_of(part(answer, "Uri"), 2000), session.address)
    return uri if uri.startswith(("http://", "https://")) and len(uri) <= _LONGEST_URI else ""


def _other_host(named: str, asked: str) -> str:
    """What the device calls its own host, or nothing when it is what was asked."""
    try:
        host = urlsplit(named).hostname or ""
    except ValueError:
        return ""
    return "" if host == urlsplit(asked).hostname else host[:100]


def _profile(told: Any) -> Profile | None:
    """A profile of GetProfiles, or None when it has no video encoder or no token."""
    encoder = part(told, "VideoEncoderConfiguration")
    token = text_of(part(told, "token"), 64)
    if encoder is None or not token:
        return None
    try:
        width, height = int(part(encoder, "Resolution", "Width") or 0), int(part(encoder, "Resolution", "Height") or 0)
        fps = float(part(encoder, "RateControl", "FrameRateLimit") or 0)
        fps /= max(1, int(part(encoder, "RateControl", "EncodingInterval") or 1))
        bit_rate = int(part(encoder, "RateControl", "BitrateLimit") or 0)
        interval = int(part(encoder, "H264", "GovLength") or 0)
    except (TypeError, ValueError, OverflowError):
        return None
    codec = text_of(part(encoder, "Encoding"), 16)
    source = text_of(part(told, "VideoSourceConfiguration", "SourceToken"), 64)
    return Profile(token, text_of(part(told, "Name"), 64), codec, width, height, fps, "", interval, bit_rate, source)
