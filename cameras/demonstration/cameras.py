"""Which demonstration cameras there are, as plain values."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from urllib.parse import quote

_NAMES = uuid.UUID("6b1f6a52-7f0e-4e6c-8a55-0d5a3a1c9f10")


@dataclass(frozen=True)
class OfflineSchedule:
    """When a camera loses its power: from `from_s` to `to_s` of every `every_s` seconds since the cameras were started."""

    every_s: float
    from_s: float
    to_s: float

    def offline(self, elapsed_s: float) -> bool:
        """Whether the camera is off so many seconds after the start."""
        return self.from_s <= elapsed_s % self.every_s < self.to_s


@dataclass(frozen=True)
class DemonstrationCamera:
    """One camera: what it shows, where it listens on 127.0.0.1, what it says of itself, and its faults.

    clock_offset_seconds: how much its own clock is ahead of the true time. turns: it has a motor. only_media2: it speaks ONVIF's newer
    media service (Profile T) and not the first. settings_locked: it refuses every change of its encodings.
    """

    name: str
    scene: str
    http_port: int
    rtsp_port: int
    username: str
    password: str
    make: str = "Demonstration"
    model: str = "D-1"
    firmware: str = "1.0"
    serial: str = "0"
    clock_offset_seconds: float = 0.0
    offline: OfflineSchedule | None = None
    turns: bool = False
    only_media2: bool = False
    settings_locked: bool = False

    @property
    def address(self) -> str:
        """The address of its ONVIF device service."""
        return f"http://127.0.0.1:{self.http_port}/onvif/device_service"

    @property
    def identity(self) -> str:
        """What it is called in WS-Discovery, the same after every start."""
        return f"urn:uuid:{uuid.uuid5(_NAMES, f'{self.make}/{self.model}/{self.serial}')}"

    def scopes(self, location: str) -> list[str]:
        """Its ONVIF scopes; `location` tells one demonstration from another on the same machine."""
        base = "onvif://www.onvif.org/"
        pairs = (("name", self.name), ("hardware", self.model), ("location", location))
        return [
            f"{base}type/video_encoder",
            f"{base}Profile/Streaming",
            *(f"{base}{kind}/{quote(value)}" for kind, value in pairs),
        ]


def standard_cameras(base_port: int, password: str, username: str = "quarantine") -> list[DemonstrationCamera]:
    """The six cameras of the demonstration, on the twelve ports from `base_port` on: HTTP and RTSP of each in turn."""

    def camera(
        number: int,
        name: str,
        scene: str,
        device: tuple[str, str, str],
        ahead: float = 0.0,
        offline: OfflineSchedule | None = None,
        turns: bool = False,
        only_media2: bool = False,
    ) -> DemonstrationCamera:
        make, model, firmware = device
        port, serial = base_port + 2 * number, f"DEMO{number + 1:04d}"
        return DemonstrationCamera(
            name,
            scene,
            port,
            port + 1,
            username,
            password,
            make,
            model,
            firmware,
            serial,
            ahead,
            offline,
            turns,
            only_media2,
        )

    return [
        camera(0, "Room 101", "room-astronaut", ("Lotus Optics", "LO-720 Dome", "2.4.1")),
        # An hour ahead: somebody forgot about summer time when it was set up.
        camera(1, "Room 102", "room-hopper", ("Lotus Optics", "LO-720 Dome", "2.3.0"), ahead=3600.0),
        camera(2, "Corridor", "corridor", ("Bamboo Vision", "BV Bullet 4", "5.1.7 build 210305")),
        camera(3, "Common room", "common-room", ("Bamboo Vision", "BV Turret 2", "5.0.9 build 200812"), turns=True),
        camera(
            4,
            "Yard",
            "yard",
            ("Heron", "Heron Outdoor", "1.0.12"),
            offline=OfflineSchedule(150.0, 30.0, 55.0),
            only_media2=True,
        ),
        camera(5, "Home, Nguyễn Trãi street", "home", ("Heron", "Heron Mini", "1.2.0"), ahead=-42.0),
    ]
