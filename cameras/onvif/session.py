"""One conversation with an ONVIF device: questions signed by its own clock, and every failure named for what to do about it."""

from __future__ import annotations

import logging
import socket
import sysconfig
import threading
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from http.client import BadStatusLine, IncompleteRead
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import zeep
import zeep.exceptions
from lxml import etree  # type: ignore[import-untyped]
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin
from zeep.wsdl import Document

from cameras.errors import (
    CameraProblem,
    CameraUnreachable,
    NotACamera,
    WrongPassword,
    is_a_picture,
    not_a_camera,
    other_scheme,
    readable_password,
    redirected_device,
    unreachable,
    wrong_password,
)
from cameras.masking import place_shown
from cameras.onvif.mending import SOAP, read_xml
from cameras.onvif.times import device_time
from cameras.onvif.transport import BoundedTransport, Stopped, causes
from cameras.profiles import at_host
from monitor.clock import utc_now
from monitor.words import N_

DEVICE = "http://www.onvif.org/ver10/device/wsdl"
MEDIA = "http://www.onvif.org/ver10/media/wsdl"
MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
EVENTS = "http://www.onvif.org/ver10/events/wsdl"
PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
# What the services are called in GetCapabilities.
_CAPABILITIES = {"Media": MEDIA, "Events": EVENTS, "PTZ": PTZ}
_MOST_SERVICES, _MOST_ELEMENTS = 64, 1000
_PORTS = {"http": 80, "https": 443}
# How a server that speaks TLS says so to whoever does not: an alert of TLS, or a page of its HTTP server.
_TLS_ALERT = ("\x15\x03", "HTTP request was sent to HTTPS", "speaking plain HTTP to an SSL")
_JPEG = b"\xff\xd8"
_NOT_TLS = ("wrong version number", "record layer failure", "packet length too long", "http request", "unknown protocol")
# The descriptions that are used, by a short name: the file, and the binding in it.
_BINDINGS = {
    "device": ("devicemgmt.wsdl", f"{{{DEVICE}}}DeviceBinding"),
    "media": ("media.wsdl", f"{{{MEDIA}}}MediaBinding"),
    "ptz": ("ptz.wsdl", f"{{{PTZ}}}PTZBinding"),
    "events": ("events.wsdl", f"{{{EVENTS}}}EventBinding"),
    "pull": ("events.wsdl", f"{{{EVENTS}}}PullPointSubscriptionBinding"),
    "subscription": ("events.wsdl", f"{{{EVENTS}}}SubscriptionManagerBinding"),
}
# Cameras say in their own ways that a login is refused; these words are in all of them (Home Assistant's `is_auth_error`).
_REFUSALS = ("notauthorized", "not authorized", "unauthorized", "authority failure", "failedauthentication", "authentication")


class DeviceRefused(NotACamera):
    """The device understood the question and answered with a fault: it cannot, or does not want to."""


class HungUp(CameraUnreachable):
    """The device ended the connection instead of answering."""


class Session:
    """Asks one device, and turns whatever goes wrong into a CameraProblem. Not for several threads at once.

    offset: how much the device's clock is ahead, once `tell_time` asked; questions are signed with its time. source: which of several
    video sources the address names (behind a #), or nothing.
    """

    def __init__(
        self, address: str, username: str, password: str, timeout_s: float, stopping: threading.Event | None = None
    ) -> None:
        self.address, _, self.source = address.partition("#")
        parts = urlsplit(self.address)
        self.place, self._host = parts.netloc, parts.hostname or ""
        self._port = parts.port or _PORTS.get(parts.scheme, 0)
        self._open_ports: dict[int, bool] = {}
        self.offset = timedelta()
        self.transport = BoundedTransport(timeout_s, username, password, stopping)
        self._username, self._password, self._timeout_s = username, password, timeout_s
        self._understood = False

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.transport.close()

    def service(self, name: str, address: str, *, signed: bool = True, plain: bool = False) -> Any:
        """A service at an address, by its short name in `_BINDINGS`. plain: its answers are XML elements, as those of `ask_raw`."""
        file, binding = _BINDINGS[name]
        client: Any = _untyped(zeep.Client)(
            _document(file),
            wsse=self._token() if signed else None,
            transport=self.transport,
            settings=_lenient(plain),
            # zeep numbers and addresses only the questions whose description asks for it; WS-Notification's own leaves that out.
            plugins=[_untyped(WsAddressingPlugin)()] if name == "subscription" else [],
        )
        return _onvif().ONVIFService(address, "", "", str(_wsdl_folder() / file), zeep_client=client, binding_name=binding)

    def ask(self, service: Any, operation: str, *, wait_s: float = 0.0, **values: Any) -> Any:
        """One question. wait_s: how long the device was asked to think. Raises CameraProblem, Stopped."""
        self.transport.operation_timeout = self._timeout_s + wait_s
        try:
            answer = getattr(service, operation)(values)
            told = self._body(answer) if isinstance(answer, requests.Response) else answer
            self._understood = True
            return told
        except _onvif().ONVIFError as error:
            # onvif-zeep wraps whatever happened, the cause as the only word of its reason.
            cause = error.__context__
        except AttributeError as error:
            cause = error
        raise self._problem(cause) from None

    def ask_raw(self, address: str, question: Any) -> Any:
        """One question and its answer as XML elements, for what no description is at hand, and where nothing may get lost.

        Raises CameraProblem.
        """
        envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
        etree.SubElement(envelope, f"{{{SOAP}}}Body").append(question)
        token = self._token()
        if token is not None:
            envelope, _ = token.apply(envelope, {})
        action = question.tag.lstrip("{").replace("}", "/")
        self.transport.operation_timeout = self._timeout_s
        try:
            response = self.transport.post(
                address, etree.tostring(envelope), {"Content-Type": f'application/soap+xml; charset=utf-8; action="{action}"'}
            )
        except requests.exceptions.RequestException as error:
            raise self._problem(error) from None
        return self._body(response)

    def tell_time(self) -> None:
        """Learn how much the device's clock is ahead, where it tells. Raises CameraUnreachable."""
        service = self.service("device", self.address, signed=False)
        try:
            before = utc_now()
            answer = self.ask(service, "GetSystemDateAndTime")
            asked_at = before + (utc_now() - before) / 2
        except CameraUnreachable:
            raise
        except CameraProblem:
            return  # Axis asks for a login even here, against the standard; others do not know the question
        theirs = device_time(answer)
        if theirs is None:
            return
        # They tell whole seconds, cut off: half a second more is the best guess.
        offset = theirs + timedelta(seconds=0.5) - asked_at
        self.offset = offset if abs(offset) > timedelta(seconds=1) else timedelta()

    def services(self) -> Mapping[str, str]:
        """The addresses of the device's services by namespace, as it names them itself. Raises CameraProblem.

        Asked both ways where it must be: old devices know no GetServices, and only GetServices tells of Media2. Read by bare names,
        since devices put these in every order.
        """
        device = self.service("device", self.address, plain=True)
        found: dict[str, str] = {}
        try:
            told = self.ask(device, "GetServices", IncludeCapability=False)
            for each in [each for each in told if local_name(each) == "Service"][:_MOST_SERVICES]:
                found.setdefault(_inside(each, "Namespace"), _inside(each, "XAddr"))
        except (WrongPassword, CameraUnreachable):
            raise
        except CameraProblem:
            pass
        if MEDIA not in found and MEDIA2 not in found:
            try:
                told = self.ask(device, "GetCapabilities", Category="All")
            except (WrongPassword, CameraUnreachable):
                raise
            except CameraProblem:
                if not self._understood:
                    raise
                told = None  # it speaks ONVIF: its media service is asked where such services usually are
            for each in _elements(told):
                if (namespace := _CAPABILITIES.get(local_name(each))) is not None:
                    found.setdefault(namespace, _inside(each, "XAddr"))
        return {namespace: address for namespace, address in found.items() if address}

    def reach(self, named: str) -> str:
        """The address of a service, or nothing: where the device says, as far as it names the host that was asked, else (behind NAT) on
        the port that was asked."""
        direct = at_host(named, self.address)
        try:
            parts = urlsplit(named)
            port = parts.port or _PORTS.get(parts.scheme, 0)
        except ValueError:
            return ""
        if direct and port != self._port and self._is_asked_host(parts.hostname or "") and self._takes_connections(port):
            return direct
        return at_host(named, self.address, port=True)

    def _is_asked_host(self, named: str) -> bool:
        if named == self._host:
            return True
        try:
            return named in {str(each[4][0]) for each in socket.getaddrinfo(self._host, None, type=socket.SOCK_STREAM)}
        except OSError:
            return False

    def _takes_connections(self, port: int) -> bool:
        """Whether something listens on a port of the device; asked once. Forwarded to us may be another one only."""
        if port not in self._open_ports:
            try:
                socket.create_connection((self._host, port), timeout=min(2.0, self._timeout_s)).close()
                self._open_ports[port] = True
            except OSError:
                self._open_ports[port] = False
        return self._open_ports[port]

    def _body(self, response: requests.Response) -> Any:
        """What an answer holds, as an element. Raises CameraProblem."""
        if response.status_code in (401, 403):
            raise self._refused_login()
        body = read_xml(response.content)
        body = body.find(f"{{{SOAP}}}Body") if body is not None else None
        if body is None or len(body) == 0:
            raise self._refusal()
        if local_name(body[0]) == "Fault":
            raise self._refusal()
        return body[0]

    def _token(self) -> Any:
        if not self._username:
            return None
        return _onvif().UsernameDigestTokenDtDiff(self._username, self._password, dt_diff=self.offset, use_digest=True)

    def _problem(self, cause: BaseException | None) -> Exception:
        wrapped = causes(cause)
        if isinstance(cause, CameraProblem | Stopped):
            return cause
        if any(isinstance(each, Stopped) for each in wrapped):
            return Stopped()
        if isinstance(cause, requests.exceptions.SSLError):
            if any(word in str(cause).replace("_", " ").lower() for word in _NOT_TLS):
                return other_scheme(self.place, "http")
            return CameraUnreachable(
                N_(
                    "This machine does not trust the certificate of %(place)s. Install the certificate, or use the camera’s"
                    " http address."
                ),
                place=self.place,
            )
        if isinstance(cause, requests.exceptions.ConnectionError | requests.exceptions.Timeout):
            if any(isinstance(each, BadStatusLine) and not isinstance(each, ConnectionResetError) for each in wrapped):
                if any(word in str(each) for each in wrapped for word in _TLS_ALERT):
                    return other_scheme(self.place, "https")
                return not_a_camera(self.place)  # it answered, in another language than HTTP
            told = unreachable(self.place, self.transport.operation_timeout)
            if any(isinstance(each, ConnectionResetError | BrokenPipeError | IncompleteRead) for each in wrapped):
                return HungUp(told.words.template, **told.words.values)
            return told
        if self.transport.last_status in (401, 403):
            return self._refused_login()
        return self._refusal()

    def _refused_login(self) -> CameraProblem:
        return readable_password(self.place) if self.transport.refused_basic else wrong_password(self.place)

    def _refusal(self) -> CameraProblem:
        """What the last answer says against the question; whatever it is when it is no fault at all."""
        content, location = self.transport.last_answer, self.transport.last_location
        if 300 <= self.transport.last_status < 400 and location:
            return redirected_device(self.place, place_shown(location))
        if any(word.encode() in content[:2000] for word in _TLS_ALERT):
            return other_scheme(self.place, "https")
        if content.startswith(_JPEG):
            return is_a_picture(self.place)
        root = read_xml(content)
        fault = next((each for each in _elements(root) if local_name(each) == "Fault"), None)
        if fault is None:
            if self._understood and self.transport.last_status >= 400:
                # It speaks ONVIF, and says just by HTTP that it does not know this question (go2rtc).
                return self._said_no(f"HTTP {self.transport.last_status}")
            return not_a_camera(self.place)
        if any(word in " ".join(fault.itertext()).lower() for word in _REFUSALS):
            return wrong_password(self.place)
        said = next((text_of(each.text) for each in _elements(fault) if local_name(each) in ("Text", "faultstring")), "")
        return self._said_no(said or "?")

    def _said_no(self, said: str) -> DeviceRefused:
        return DeviceRefused(N_("The camera at %(place)s refused the request: “%(said)s”."), place=self.place, said=said)


def part(value: Any, *names: str) -> Any:
    """A part of a part of an answer, or None where any of them is missing."""
    for name in names:
        value = getattr(value, name, None)
    return value


def text_of(value: Any, longest: int = 120) -> str:
    """A device's own words as one short printable line."""
    return "".join(each if each.isprintable() else " " for each in str(value or "")[: 4 * longest]).strip()[:longest]


def _inside(element: Any, name: str) -> str:
    """The text of an element's child by its bare name, or nothing."""
    return next((text_of(each.text, 300) for each in element if local_name(each) == name), "")


def _elements(root: Any) -> list[Any]:
    return [] if root is None else list(islice(root.iter("*"), _MOST_ELEMENTS))


def local_name(element: Any) -> str:
    """An element's name without its namespace, or without a prefix that was never explained."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


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


def _lenient(plain: bool = False) -> Any:
    return zeep.Settings(strict=False, forbid_dtd=True, raw_response=plain)


def _wsdl_folder() -> Path:
    """onvif-zeep puts its descriptions beside the packages, wherever those are."""
    beside = Path(_onvif().__file__).parent.parent / "wsdl"
    return beside if beside.is_dir() else Path(sysconfig.get_paths()["purelib"]) / "wsdl"
