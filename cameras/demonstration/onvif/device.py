"""The ONVIF device of one demonstration camera: its device service, who answers for its other services, and its snapshot."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.onvif.events import EventService
from cameras.demonstration.onvif.media import SOURCE, MediaService
from cameras.demonstration.onvif.motor import Motor
from cameras.demonstration.onvif.soap import (
    DEVICE,
    EVENTS,
    MEDIA,
    MEDIA2,
    NOTIFICATION,
    PREFIXES,
    PTZ,
    Call,
    Fault,
    TokenCheck,
    read,
    wrap,
)
from cameras.demonstration.onvif.web import Reply, Request
from cameras.demonstration.scenes.clips import Clip

_SOAP = "application/soap+xml; charset=utf-8"


class Device:
    """Answers HTTP requests as the camera; `keyframe` gives the newest keyframe of its main stream, in H.264."""

    def __init__(
        self, camera: DemonstrationCamera, clip: Clip, location: str, login: DigestLogin, keyframe: Callable[[], bytes]
    ) -> None:
        self._camera, self._location = camera, location
        self._login, self._keyframe = login, keyframe
        self._tokens = TokenCheck(camera.username, camera.password, self._now)
        self.events = EventService(SOURCE, self._now, lambda path: f"http://127.0.0.1:{camera.http_port}{path}")
        self.media, self.motor = MediaService(camera, clip), Motor()
        # The newer media service comes instead of the first one, so that each is really used by somebody.
        self._media_service = (MEDIA2, self.media.newer) if camera.only_media2 else (MEDIA, self.media.first)
        self._operations: dict[str, Mapping[str, Callable[[Call], str]]] = {
            DEVICE: {
                "GetSystemDateAndTime": self._date_and_time,
                "GetDeviceInformation": self._information,
                "GetCapabilities": self._capabilities,
                "GetServices": self._services,
                "GetScopes": self._scopes,
                "GetHostname": self._hostname,
            },
            self._media_service[0]: self._media_service[1],
        }
        if camera.turns:
            self._operations[PTZ] = self.motor.operations

    async def handle(self, request: Request) -> Reply:
        """Answer one request."""
        if request.path == "/snapshot.jpg":
            if not self._login.allows(request.headers.get("authorization", ""), request.method):
                return Reply("401 Unauthorized", headers={"WWW-Authenticate": self._login.challenge()})
            return Reply(kind="image/jpeg", body=_jpeg(self._keyframe()))
        if not request.path.startswith("/onvif/"):
            return Reply("404 Not Found")
        if request.method != "POST":
            return Reply("405 Method Not Allowed", headers={"Allow": "POST"})
        try:
            call = read(request.body, request.path)
            # ONVIF Core, PRE_AUTH: a client must learn the camera's clock before it can sign anything.
            if call.operation != "GetSystemDateAndTime":
                self._tokens.check(call.header)
            name = f"{PREFIXES.get(call.namespace, 'tds')}:{call.operation}Response"
            return Reply(kind=_SOAP, body=wrap(f"<{name}>{await self._answer(call)}</{name}>"))
        except Fault as fault:
            status = "500 Internal Server Error" if fault.ours else "400 Bad Request"
            return Reply(status, _SOAP, fault.envelope())

    async def _answer(self, call: Call) -> str:
        if call.namespace in (EVENTS, NOTIFICATION):
            return await self.events.answer(call)
        operation = self._operations.get(call.namespace, {}).get(call.operation)
        if operation is None:
            raise Fault(("ActionNotSupported",), "Optional action not implemented", ours=True)
        return operation(call)

    def _now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self._camera.clock_offset_seconds)

    def _date_and_time(self, _call: Call) -> str:
        now = self._now()
        time = f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second></tt:Time>"
        date = f"<tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date>"
        return (
            "<tds:SystemDateAndTime><tt:DateTimeType>Manual</tt:DateTimeType><tt:DaylightSavings>false</tt:DaylightSavings>"
            f"<tt:TimeZone><tt:TZ>UTC0</tt:TZ></tt:TimeZone><tt:UTCDateTime>{time}{date}</tt:UTCDateTime></tds:SystemDateAndTime>"
        )

    def _information(self, _call: Call) -> str:
        camera = self._camera
        values = (
            ("Manufacturer", camera.make),
            ("Model", camera.model),
            ("FirmwareVersion", camera.firmware),
            ("SerialNumber", camera.serial),
            ("HardwareId", camera.model),
        )
        return "".join(f"<tds:{name}>{escape(value)}</tds:{name}>" for name, value in values)

    def _service(self, name: str) -> str:
        return f"http://127.0.0.1:{self._camera.http_port}/onvif/{name}"

    def _capabilities(self, _call: Call) -> str:
        streaming = (
            "<tt:RTPMulticast>false</tt:RTPMulticast><tt:RTP_TCP>false</tt:RTP_TCP><tt:RTP_RTSP_TCP>true</tt:RTP_RTSP_TCP>"
        )
        first = (
            f"<tt:Media><tt:XAddr>{self._service('media_service')}</tt:XAddr>"
            f"<tt:StreamingCapabilities>{streaming}</tt:StreamingCapabilities></tt:Media>"
        )
        motor = f"<tt:PTZ><tt:XAddr>{self._service('ptz_service')}</tt:XAddr></tt:PTZ>"
        return (
            f"<tds:Capabilities><tt:Device><tt:XAddr>{self._service('device_service')}</tt:XAddr></tt:Device>"
            f"<tt:Events><tt:XAddr>{self._service('event_service')}</tt:XAddr><tt:WSSubscriptionPolicySupport>false"
            "</tt:WSSubscriptionPolicySupport><tt:WSPullPointSupport>true</tt:WSPullPointSupport>"
            "<tt:WSPausableSubscriptionManagerInterfaceSupport>false</tt:WSPausableSubscriptionManagerInterfaceSupport></tt:Events>"
            f"{'' if self._camera.only_media2 else first}{motor if self._camera.turns else ''}</tds:Capabilities>"
        )

    def _services(self, _call: Call) -> str:
        version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
        return "".join(
            f"<tds:Service><tds:Namespace>{space}</tds:Namespace><tds:XAddr>{self._service(name)}</tds:XAddr>{version}</tds:Service>"
            for space, name in (
                (DEVICE, "device_service"),
                (self._media_service[0], "media_service"),
                (EVENTS, "event_service"),
                *([(PTZ, "ptz_service")] if self._camera.turns else []),
            )
        )

    def _scopes(self, _call: Call) -> str:
        return "".join(
            f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{escape(scope)}</tt:ScopeItem></tds:Scopes>"
            for scope in self._camera.scopes(self._location)
        )

    def _hostname(self, _call: Call) -> str:
        name = f"camera-{self._camera.serial.lower()}"
        return f"<tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>{escape(name)}</tt:Name></tds:HostnameInformation>"


def _jpeg(keyframe: bytes) -> bytes:
    """A keyframe in H.264 as a JPEG."""
    # Imported here because hardly anybody asks, and they would triple the memory of the process.
    import av
    import cv2

    with av.open(io.BytesIO(keyframe), "r", format="h264") as container:
        picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return encoded.tobytes()
