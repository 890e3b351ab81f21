"""Ask an ONVIF device who it is and which video it offers: few calls, each bounded, signed by the camera's own clock."""

from __future__ import annotations

import logging
import sysconfig
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from http.client import BadStatusLine
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
import zeep
import zeep.exceptions
from requests.auth import HTTPDigestAuth
from zeep.transports import Transport
from zeep.wsdl import Document

from cameras.errors import (
    CameraProblem,
    CameraUnreachable,
    WrongPassword,
    no_usable_stream,
    not_a_camera,
    unreachable,
    wrong_password,
)
from cameras.profiles import Probed, Profile, at_host, choose, device_address
from monitor.clock import utc_now
from monitor.words import N_

# Anything a camera answers to these calls is far smaller; what is larger comes from something else.
_LARGEST_ANSWER = 2 * 2**20
# A camera has two or three encodings, an encoder with several channels a few dozen.
_MOST_PROFILES = 32
_SERVICES = {
    "devicemgmt": ("devicemgmt.wsdl", "{http://www.onvif.org/ver10/device/wsdl}DeviceBinding"),
    "media": ("media.wsdl", "{http://www.onvif.org/ver10/media/wsdl}MediaBinding"),
}
# Cameras say in their own ways that a login is refused; these words are in all of them (Home Assistant's `is_auth_error`).
_REFUSALS = ("notauthorized", "not authorized", "unauthorized", "authority failure", "failedauthentication", "authentication")


def probe(address: str, username: str = "", password: str = "", timeout_s: float = 5.0) -> Probed:
    """Ask a camera for its make, clock and encodings.

    timeout_s: for each of the five or six questions; an unreachable camera fails at the first. Raises BadAddress, CameraUnreachable, WrongPassword, NotACamera,
    NoUsableStream.
    """
    asked = device_address(address)
    questions = _Questions(asked, username, password, timeout_s)
    offset = questions.clock_offset()
    device = questions.service("devicemgmt", asked, offset)
    information = questions.ask(device, "GetDeviceInformation")
    capabilities = questions.ask(device, "GetCapabilities", Category="Media")
    named = _text(_part(capabilities, "Media", "XAddr"))
    media_address = at_host(named, asked, port=True) or asked.replace("device_service", "media_service")
    media = questions.service("media", media_address, offset)
    profiles = []
    told = questions.ask(media, "GetProfiles")
    for each in told[:_MOST_PROFILES] if isinstance(told, list) else []:
        profile = _profile(each)
        if profile is None:
            continue
        if profile.codec == "H264":
            setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
            answer = questions.ask(media, "GetStreamUri", StreamSetup=setup, ProfileToken=profile.token)
            uri = at_host(_text(_part(answer, "Uri"), 2000), asked)
            profile = replace(profile, uri=uri if uri.startswith(("rtsp://", "rtsps://")) and len(uri) <= 500 else "")
        profiles.append(profile)
    if choose(profiles) is None:
        raise no_usable_stream(questions.place)
    make, model, firmware, serial = (
        _text(_part(information, name)) for name in ("Manufacturer", "Model", "FirmwareVersion", "SerialNumber")
    )
    return Probed(asked, make, model, firmware, serial, offset.total_seconds(), tuple(profiles))


class _Questions:
    """Asks one camera, and turns whatever goes wrong into a CameraProblem."""

    def __init__(self, address: str, username: str, password: str, timeout_s: float) -> None:
        self._address, self._username, self._password = address, username, password
        self._transport = _BoundedTransport(timeout_s)
        self._timeout_s = timeout_s
        self.place = urlsplit(address).netloc

    def service(self, name: str, address: str, offset: timedelta | None) -> Any:
        """A service of the camera; offset: of the clock to sign with, or None to ask without login."""
        library = _onvif()
        file, binding = _SERVICES[name]
        signed = offset is not None and bool(self._username)
        token = (
            library.UsernameDigestTokenDtDiff(self._username, self._password, dt_diff=offset, use_digest=True)
            if signed
            else None
        )
        # Some cameras want HTTP Digest besides; it is only given when they ask.
        self._transport.session.auth = HTTPDigestAuth(self._username, self._password) if signed else None
        client: Any = _untyped(zeep.Client)(_document(file), wsse=token, transport=self._transport, settings=_lenient())
        return library.ONVIFService(
            address, self._username, self._password, str(_wsdl_folder() / file), zeep_client=client, binding_name=binding
        )

    def ask(self, service: Any, operation: str, **values: Any) -> Any:
        """One question. Raises CameraUnreachable, WrongPassword, NotACamera."""
        try:
            return getattr(service, operation)(values)
        except _onvif().ONVIFError as error:
            # onvif-zeep wraps whatever happened, the cause as the only word of its reason.
            cause = error.__context__
        except AttributeError as error:
            cause = error
        raise self._problem(cause) from None

    def _problem(self, cause: BaseException | None) -> CameraProblem:
        if isinstance(cause, CameraProblem):
            return cause
        if isinstance(cause, requests.exceptions.SSLError):
            return CameraUnreachable(
                N_("The certificate of %(place)s is not trusted by this machine. Trust it, or use the camera's http address."),
                place=self.place,
            )
        if isinstance(cause, requests.exceptions.ConnectionError | requests.exceptions.Timeout):
            inner = getattr(cause.args[0], "args", ()) if cause.args else ()
            if any(isinstance(each, BadStatusLine) and not isinstance(each, ConnectionResetError) for each in inner):
                return not_a_camera(self.place)  # it answered, in another language than HTTP
            return unreachable(self.place, self._timeout_s)
        if isinstance(cause, zeep.exceptions.Fault):
            said = " ".join([cause.message or "", *(str(each) for each in cause.subcodes or ())]).lower()
            if any(word in said for word in _REFUSALS):
                return wrong_password(self.place)
        if isinstance(cause, zeep.exceptions.TransportError) and cause.status_code in (401, 403):
            return wrong_password(self.place)
        return not_a_camera(self.place)

    def clock_offset(self) -> timedelta:
        """How much the camera's clock is ahead; none when it tells only after a login or not at all."""
        service = self.service("devicemgmt", self._address, None)
        try:
            before = utc_now()
            answer = self.ask(service, "GetSystemDateAndTime")
            asked_at = before + (utc_now() - before) / 2
        except WrongPassword:
            return timedelta()  # Axis asks for a login even here, against the standard
        told = _part(answer, "UTCDateTime")
        day, hour = _part(told, "Date"), _part(told, "Time")
        try:
            theirs = datetime(day.Year, day.Month, day.Day, hour.Hour, hour.Minute, min(hour.Second, 59), tzinfo=UTC)
        except (AttributeError, TypeError, ValueError):
            return timedelta()  # no UTC time, or one like 0000-00-00
        # They tell whole seconds, cut off: half a second more is the best guess.
        offset = theirs + timedelta(seconds=0.5) - asked_at
        return offset if abs(offset) > timedelta(seconds=1) else timedelta()


class _BoundedTransport(Transport):
    """HTTP that ends: no redirects, no proxies, and a limit of time and size on the whole answer."""

    def __init__(self, timeout_s: float) -> None:
        _untyped(super().__init__)(timeout=timeout_s, operation_timeout=timeout_s)
        self.session.trust_env = False

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:
        """As zeep's, but bounded."""
        deadline = time.monotonic() + self.operation_timeout
        response: requests.Response = self.session.post(
            address, data=message, headers=headers, timeout=self.operation_timeout, stream=True, allow_redirects=False
        )
        body = b""
        try:
            # Whatever has come so far: a server that drips must not hold us by staying below the time-out of each wait.
            while part := response.raw.read1(65_536, decode_content=True):
                body += part
                if len(body) > _LARGEST_ANSWER or time.monotonic() > deadline:
                    raise requests.exceptions.InvalidURL("no SOAP answer is so long")
        except urllib3.exceptions.HTTPError as error:
            raise requests.exceptions.ConnectionError(error) from error
        finally:
            response.close()
        response._content = body
        return response


@lru_cache
def _onvif() -> Any:
    """The module onvif.client. Importing it sets up the whole program's logging, which is undone here."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    import onvif.client

    root.handlers[:] = handlers
    root.setLevel(level)
    return onvif.client


@lru_cache
def _document(file: str) -> Any:
    """A service description, read once in a process: 0.1 s and 5 MB each."""
    return Document(str(_wsdl_folder() / file), _untyped(Transport)(), settings=_lenient())


def _untyped(library: Any) -> Any:
    """zeep says that it is typed, and mostly is not."""
    return library


def _lenient() -> Any:
    return zeep.Settings(strict=False)


def _wsdl_folder() -> Path:
    """onvif-zeep puts its descriptions beside the packages, wherever those are."""
    beside = Path(_onvif().__file__).parent.parent / "wsdl"
    return beside if beside.is_dir() else Path(sysconfig.get_paths()["purelib"]) / "wsdl"


def _part(value: Any, *names: str) -> Any:
    for name in names:
        value = getattr(value, name, None)
    return value


def _text(value: Any, longest: int = 120) -> str:
    """A camera's own words as one short printable line."""
    return "".join(each for each in str(value or "") if each.isprintable()).strip()[:longest]


def _profile(told: Any) -> Profile | None:
    """A profile of GetProfiles, or None when it has no video encoder or no token."""
    encoder = _part(told, "VideoEncoderConfiguration")
    token = _text(_part(told, "token"), 64)
    if encoder is None or not token:
        return None
    try:
        width, height = int(_part(encoder, "Resolution", "Width") or 0), int(_part(encoder, "Resolution", "Height") or 0)
        fps = float(_part(encoder, "RateControl", "FrameRateLimit") or 0)
    except (TypeError, ValueError):
        return None
    codec = _text(_part(encoder, "Encoding"), 16)
    return Profile(token, _text(_part(told, "Name"), 64), codec, width, height, fps)
