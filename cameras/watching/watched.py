"""What watching one camera is told, what it counts, and what all cameras of a process share: plain values."""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import datetime

from cameras.streams.ingest import Ingest
from cameras.watching.analysts import Analysts
from cameras.watching.faces import FaceLooker
from cameras.watching.people import PeopleLooker
from cameras.watching.recorder import Recorder
from monitor.models.cameras.cameras import CameraSource
from monitor.places.areas import Area
from monitor.settings import Settings
from monitor.vault.vault import Vault


@dataclass(frozen=True)
class Watched:
    """A camera as its row describes it; when what is compared changes, it is watched anew. Addresses are without login.

    The streams' addresses and the picture's name are what watching itself may have changed: they are only to begin with.
    """

    id: int
    room_id: int | None
    name: str
    address: str
    username: str
    sealed_password: bytes = field(repr=False)
    sub_uri: str = field(compare=False)
    main_uri: str = field(compare=False)
    picture: str | None = field(compare=False)
    view_confirmed_at: datetime | None = field(default=None, compare=False)
    sub_token: str = field(default="", compare=False)
    source: CameraSource = CameraSource.ONVIF
    zone_id: int = 0
    timezone: str = "Asia/Ho_Chi_Minh"
    sensitivity: float = 0.5
    areas: tuple[Area, ...] = ()
    schedule: tuple[object, ...] = ()
    hears_events: bool = False


@dataclass
class Counters:
    """What watching one camera has counted."""

    packets: int = 0
    bytes: int = 0
    decoded: int = 0
    gate_openings: int = 0
    reconnects: int = 0
    lag_s: float = 0.0


@dataclass(frozen=True)
class Services:
    """What all cameras of a process share. pool: for what waits, such as asking a device; looker: None watches without faces."""

    settings: Settings
    vault: Vault
    recorder: Recorder
    looker: FaceLooker | None
    ingest: Ingest
    analysts: Analysts
    pool: Executor
    people: PeopleLooker | None = None
