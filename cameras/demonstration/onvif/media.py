"""The media services of a demonstration camera, the first and the newer one, and the settings of its encoders, which it remembers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.onvif.soap import Call, Fault
from cameras.demonstration.scenes.clips import FRAMES_PER_SECOND, KEYFRAME_INTERVAL, Clip

SOURCE = "VideoSource_1"
_INTERVALS, _RATES = (1, 300), (1, 25)


@dataclass(frozen=True)
class _Encoder:
    """What is set and told. The video was encoded once, so it does not follow: a demonstration tells what it was told."""

    width: int
    height: int
    fps: int
    keyframe_interval: int
    bit_rate: int


class MediaService:
    """Answers the operations of both services; each is a method named in `FIRST` or `NEWER`."""

    def __init__(self, camera: DemonstrationCamera, clip: Clip) -> None:
        self._camera, self._main = camera, clip.streams["main"]
        self._encoders = {
            name: _Encoder(each.width, each.height, FRAMES_PER_SECOND, KEYFRAME_INTERVAL, each.bit_rate // 1000)
            for name, each in clip.streams.items()
        }
        self.keyframes_asked = 0
        self.first = {
            "GetProfiles": self._profiles,
            "GetProfile": lambda call: self._profile(self._chosen(call), "Profile"),
            "GetVideoSources": self._video_sources,
            "GetVideoEncoderConfigurations": self._configurations,
            "GetVideoEncoderConfiguration": lambda call: self._configuration(self._configured(call), "trt:Configuration"),
            "GetVideoEncoderConfigurationOptions": self._options,
            "SetVideoEncoderConfiguration": self._configure,
            "GetStreamUri": lambda call: _media_address(self._stream(call)),
            "GetSnapshotUri": self._snapshot_address,
            "SetSynchronizationPoint": self._synchronise,
        }
        self.newer = {
            "GetProfiles": self._newer_profiles,
            "GetStreamUri": lambda call: f"<tr2:Uri>{self._stream(call)}</tr2:Uri>",
            "SetSynchronizationPoint": self._synchronise,
        }

    def _rate(self, name: str) -> str:
        encoder = self._encoders[name]
        return (
            f"<tt:FrameRateLimit>{encoder.fps}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval>"
            f"<tt:BitrateLimit>{encoder.bit_rate}</tt:BitrateLimit>"
        )

    def _configuration(self, name: str, element: str) -> str:
        encoder = self._encoders[name]
        return (
            f'<{element} token="Encoder_{name}"><tt:Name>{name}</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>'
            f"<tt:Resolution><tt:Width>{encoder.width}</tt:Width><tt:Height>{encoder.height}</tt:Height></tt:Resolution>"
            f"<tt:Quality>5</tt:Quality><tt:RateControl>{self._rate(name)}</tt:RateControl>"
            f"<tt:H264><tt:GovLength>{encoder.keyframe_interval}</tt:GovLength><tt:H264Profile>High</tt:H264Profile></tt:H264>"
            "<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address>"
            "<tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>"
            f"<tt:SessionTimeout>PT60S</tt:SessionTimeout></{element}>"
        )

    def _profile(self, name: str, element: str) -> str:
        motor = (
            '<tt:PTZConfiguration token="Motor"><tt:Name>motor</tt:Name><tt:UseCount>2</tt:UseCount>'
            "<tt:NodeToken>Motor_node</tt:NodeToken></tt:PTZConfiguration>"
        )
        return (
            f'<trt:{element} token="Profile_{name}" fixed="true"><tt:Name>{name}</tt:Name>'
            f'<tt:VideoSourceConfiguration token="{SOURCE}_configuration"><tt:Name>source</tt:Name><tt:UseCount>2</tt:UseCount>'
            f'<tt:SourceToken>{SOURCE}</tt:SourceToken><tt:Bounds x="0" y="0" width="{self._main.width}"'
            f' height="{self._main.height}"/></tt:VideoSourceConfiguration>'
            f"{self._configuration(name, 'tt:VideoEncoderConfiguration')}{motor if self._camera.turns else ''}</trt:{element}>"
        )

    def _profiles(self, _call: Call) -> str:
        return "".join(self._profile(name, "Profiles") for name in self._encoders)

    def _newer_profiles(self, _call: Call) -> str:
        return "".join(
            f'<tr2:Profiles token="Profile_{name}" fixed="true"><tr2:Name>{name}</tr2:Name><tr2:Configurations>'
            f'<tr2:VideoEncoder token="Encoder_{name}" GovLength="{each.keyframe_interval}" Profile="High"><tt:Name>{name}</tt:Name>'
            "<tt:UseCount>1</tt:UseCount><tt:Encoding>H264</tt:Encoding>"
            f"<tt:Resolution><tt:Width>{each.width}</tt:Width><tt:Height>{each.height}</tt:Height></tt:Resolution>"
            f"<tt:RateControl><tt:FrameRateLimit>{each.fps}</tt:FrameRateLimit><tt:BitrateLimit>{each.bit_rate}</tt:BitrateLimit>"
            "</tt:RateControl><tt:Quality>5</tt:Quality></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>"
            for name, each in self._encoders.items()
        )

    def _video_sources(self, _call: Call) -> str:
        return (
            f'<trt:VideoSources token="{SOURCE}"><tt:Framerate>{FRAMES_PER_SECOND}</tt:Framerate><tt:Resolution>'
            f"<tt:Width>{self._main.width}</tt:Width><tt:Height>{self._main.height}</tt:Height></tt:Resolution></trt:VideoSources>"
        )

    def _configurations(self, _call: Call) -> str:
        return "".join(self._configuration(name, "trt:Configurations") for name in self._encoders)

    def _options(self, call: Call) -> str:
        name = self._configured(call) if call.text("ConfigurationToken") else self._chosen(call)
        encoder = self._encoders[name]

        def limits(element: str, least: int, most: int) -> str:
            return f"<tt:{element}><tt:Min>{least}</tt:Min><tt:Max>{most}</tt:Max></tt:{element}>"

        return (
            f"<trt:Options>{limits('QualityRange', 1, 10)}<tt:H264><tt:ResolutionsAvailable><tt:Width>{encoder.width}</tt:Width>"
            f"<tt:Height>{encoder.height}</tt:Height></tt:ResolutionsAvailable>{limits('GovLengthRange', *_INTERVALS)}"
            f"{limits('FrameRateRange', *_RATES)}{limits('EncodingIntervalRange', 1, 1)}"
            "<tt:H264ProfilesSupported>High</tt:H264ProfilesSupported></tt:H264></trt:Options>"
        )

    def _configure(self, call: Call) -> str:
        configuration = next((part for part in call.body if part.tag.endswith("}Configuration")), None)
        token = configuration.get("token", "") if configuration is not None else ""
        name = token.removeprefix("Encoder_")
        if self._camera.settings_locked:
            raise Fault(("OperationProhibited",), "The settings are locked")
        if name not in self._encoders:
            raise Fault(("InvalidArgVal", "NoConfig"), "Configuration token does not exist")
        told = {field: call.text(field) for field in ("Width", "Height", "FrameRateLimit", "GovLength", "BitrateLimit")}
        now = self._encoders[name]
        if not all(value.isdigit() for value in told.values()) or (int(told["Width"]), int(told["Height"])) != (
            now.width,
            now.height,
        ):
            raise Fault(("InvalidArgVal", "ConfigModify"), "The configuration cannot be set")
        fps, interval = int(told["FrameRateLimit"]), int(told["GovLength"])
        if not (_RATES[0] <= fps <= _RATES[1] and _INTERVALS[0] <= interval <= _INTERVALS[1]):
            raise Fault(("InvalidArgVal", "ConfigModify"), "The configuration cannot be set")
        self._encoders[name] = replace(now, fps=fps, keyframe_interval=interval, bit_rate=int(told["BitrateLimit"]))
        return ""

    def _chosen(self, call: Call) -> str:
        name = call.text("ProfileToken").removeprefix("Profile_")
        if name not in self._encoders:
            raise Fault(("InvalidArgVal", "NoProfile"), "Profile token does not exist")
        return name

    def _configured(self, call: Call) -> str:
        name = call.text("ConfigurationToken").removeprefix("Encoder_")
        if name not in self._encoders:
            raise Fault(("InvalidArgVal", "NoConfig"), "Configuration token does not exist")
        return name

    def _stream(self, call: Call) -> str:
        return f"rtsp://127.0.0.1:{self._camera.rtsp_port}/{self._chosen(call)}"

    def _snapshot_address(self, call: Call) -> str:
        self._chosen(call)
        return _media_address(f"http://127.0.0.1:{self._camera.http_port}/snapshot.jpg")

    def _synchronise(self, call: Call) -> str:
        self._chosen(call)  # a keyframe comes within two seconds anyway
        self.keyframes_asked += 1
        return ""


def _media_address(address: str) -> str:
    flags = "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect><tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
    return f"<trt:MediaUri><tt:Uri>{address}</tt:Uri>{flags}<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>"
