"""The ONVIF device and media services of one demonstration camera, and its snapshot."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape

from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.clips import FRAMES_PER_SECOND, KEYFRAME_INTERVAL, Clip
from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.soap import DEVICE, MEDIA, Call, Fault, TokenCheck, read, wrap
from cameras.demonstration.web import Reply, Request

_SOAP = "application/soap+xml; charset=utf-8"
_SOURCE = "VideoSource_1"


class Device:
    """Answers HTTP requests as the camera; `keyframe` gives the newest keyframe of its main stream, in H.264."""

    def __init__(
        self, camera: DemonstrationCamera, clip: Clip, location: str, login: DigestLogin, keyframe: Callable[[], bytes]
    ) -> None:
        self._camera, self._clip, self._location = camera, clip, location
        self._login, self._keyframe = login, keyframe
        self._tokens = TokenCheck(camera.username, camera.password, self._now)
        self._operations: dict[tuple[str, str], Callable[[Call], str]] = {
            (DEVICE, "GetSystemDateAndTime"): self._date_and_time,
            (DEVICE, "GetDeviceInformation"): self._information,
            (DEVICE, "GetCapabilities"): self._capabilities,
            (DEVICE, "GetServices"): self._services,
            (DEVICE, "GetScopes"): self._scopes,
            (DEVICE, "GetHostname"): self._hostname,
            (MEDIA, "GetProfiles"): self._profiles,
            (MEDIA, "GetProfile"): self._one_profile,
            (MEDIA, "GetVideoSources"): self._video_sources,
            (MEDIA, "GetVideoEncoderConfigurations"): self._encoders,
            (MEDIA, "GetStreamUri"): self._stream_address,
            (MEDIA, "GetSnapshotUri"): self._snapshot_address,
            (MEDIA, "SetSynchronizationPoint"): self._synchronise,
        }

    def handle(self, request: Request) -> Reply:
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
            call = read(request.body)
            # ONVIF Core, PRE_AUTH: a client must learn the camera's clock before it can sign anything.
            if call.operation != "GetSystemDateAndTime":
                self._tokens.check(call.header)
            operation = self._operations.get((call.namespace, call.operation))
            if operation is None:
                raise Fault(("ActionNotSupported",), "Optional action not implemented", ours=True)
            prefix = "tds" if call.namespace == DEVICE else "trt"
            name = f"{prefix}:{call.operation}Response"
            return Reply(kind=_SOAP, body=wrap(f"<{name}>{operation(call)}</{name}>"))
        except Fault as fault:
            status = "500 Internal Server Error" if fault.ours else "400 Bad Request"
            return Reply(status, _SOAP, fault.envelope())

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
        return (
            f"<tds:Capabilities><tt:Device><tt:XAddr>{self._service('device_service')}</tt:XAddr></tt:Device>"
            f"<tt:Media><tt:XAddr>{self._service('media_service')}</tt:XAddr>"
            f"<tt:StreamingCapabilities>{streaming}</tt:StreamingCapabilities></tt:Media></tds:Capabilities>"
        )

    def _services(self, _call: Call) -> str:
        version = "<tds:Version><tt:Major>2</tt:Major><tt:Minor>60</tt:Minor></tds:Version>"
        return "".join(
            f"<tds:Service><tds:Namespace>{space}</tds:Namespace><tds:XAddr>{self._service(name)}</tds:XAddr>{version}</tds:Service>"
            for space, name in ((DEVICE, "device_service"), (MEDIA, "media_service"))
        )

    def _scopes(self, _call: Call) -> str:
        return "".join(
            f"<tds:Scopes><tt:ScopeDef>Fixed</tt:ScopeDef><tt:ScopeItem>{escape(scope)}</tt:ScopeItem></tds:Scopes>"
            for scope in self._camera.scopes(self._location)
        )

    def _hostname(self, _call: Call) -> str:
        name = f"camera-{self._camera.serial.lower()}"
        return f"<tds:HostnameInformation><tt:FromDHCP>false</tt:FromDHCP><tt:Name>{escape(name)}</tt:Name></tds:HostnameInformation>"

    def _encoder(self, name: str) -> str:
        stream = self._clip.streams[name]
        rate = (
            f"<tt:FrameRateLimit>{FRAMES_PER_SECOND}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
            f"<tt:BitrateLimit>{stream.bit_rate // 1000}</tt:BitrateLimit>"
        )
        return (
            f"<tt:Name>{name}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>"
            f"<tt:Resolution><tt:Width>{stream.width}</tt:Width><tt:Height>{stream.height}</tt:Height></tt:Resolution>"
            f"<tt:Quality>5</tt:Quality><tt:RateControl>{rate}</tt:RateControl>"
            f"<tt:H264><tt:GovLength>{KEYFRAME_INTERVAL}</tt:GovLength><tt:H264Profile>High</tt:H264Profile></tt:H264>"
            "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>"
            "<tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
            "<tt:SessionTimeout>PT60S</tt:SessionTimeout>"
        )

    def _profile(self, name: str, element: str) -> str:
        main = self._clip.streams["main"]
        return (
            f'<trt:{element} token="Profile_{name}" fixed="true"><tt:Name>{name}</tt:Name>'
            f'<tt:VideoSourceConfiguration token="{_SOURCE}_configuration"><tt:Name>source</tt:Name><tt:UseCount>2</tt:UseCount>'
            f'<tt:SourceToken>{_SOURCE}</tt:SourceToken><tt:Bounds x="0" y="0" width="{main.width}" height="{main.height}"/>'
            "</tt:VideoSourceConfiguration>"
            f'<tt:VideoEncoderConfiguration token="Encoder_{name}">{self._encoder(name)}</tt:VideoEncoderConfiguration></trt:{element}>'
        )

    def _profiles(self, _call: Call) -> str:
        return "".join(self._profile(name, "Profiles") for name in self._clip.streams)

    def _chosen(self, call: Call) -> str:
        name = call.text("ProfileToken").removeprefix("Profile_")
        if name not in self._clip.streams:
            raise Fault(("InvalidArgVal", "NoProfile"), "Profile token does not exist")
        return name

    def _one_profile(self, call: Call) -> str:
        return self._profile(self._chosen(call), "Profile")

    def _video_sources(self, _call: Call) -> str:
        main = self._clip.streams["main"]
        return (
            f'<trt:VideoSources token="{_SOURCE}"><tt:Framerate>{FRAMES_PER_SECOND}</tt:Framerate><tt:Resolution>'
            f"<tt:Width>{main.width}</tt:Width><tt:Height>{main.height}</tt:Height></tt:Resolution></trt:VideoSources>"
        )

    def _encoders(self, _call: Call) -> str:
        return "".join(
            f'<trt:Configurations token="Encoder_{name}">{self._encoder(name)}</trt:Configurations>'
            for name in self._clip.streams
        )

    def _stream_address(self, call: Call) -> str:
        return _media_address(f"rtsp://127.0.0.1:{self._camera.rtsp_port}/{self._chosen(call)}")

    def _snapshot_address(self, call: Call) -> str:
        self._chosen(call)
        return _media_address(f"http://127.0.0.1:{self._camera.http_port}/snapshot.jpg")

    def _synchronise(self, call: Call) -> str:
        self._chosen(call)  # a keyframe comes within two seconds anyway
        return ""


def _media_address(address: str) -> str:
    flags = "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
    return f"<trt:MediaUri><tt:Uri>{address}</tt:Uri>{flags}<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>"


def _jpeg(keyframe: bytes) -> bytes:
    """A keyframe in H.264 as a JPEG."""
    # Imported here because hardly anybody asks, and they would triple the memory of the process.
    import av
    import cv2

    with av.open(io.BytesIO(keyframe), "r", format="h264") as container:
        picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
    _, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    return encoded.tobytes()
