"""What watching costs and how well it goes, per camera and per process, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.cameras.cameras import Camera, CameraHealth
from monitor.models.service import ProcessBeat
from monitor.service.process import ALIVE_SECONDS

# Name, what it is, the column.
_COUNTERS = (
    ("packets", "Coded pictures received", CameraHealth.packets),
    ("bytes", "Bytes of video received", CameraHealth.bytes),
    ("decoded_frames", "Pictures decoded", CameraHealth.decoded),
    ("gate_openings", "Looks that growing packets asked for", CameraHealth.gate_openings),
    ("reconnects", "Streams that ended and were connected again", CameraHealth.reconnects),
)
_GAUGES = (
    ("lag_seconds", "From the arrival of a picture to its judgement", CameraHealth.lag_seconds),
    ("keyframe_seconds", "Between two keyframes as they come", CameraHealth.keyframe_seconds),
)


def camera_metrics(session: Session, now: datetime) -> Iterator[Metric]:
    """A family for each counter and gauge; counters begin anew when another process takes a camera."""
    wanted = [column for _, _, column in (*_COUNTERS, *_GAUGES)]
    rows = session.execute(
        select(CameraHealth.camera_id, *wanted).join(Camera, Camera.id == CameraHealth.camera_id).where(Camera.enabled)
    ).all()
    for name, says, column in _COUNTERS:
        counter = CounterMetricFamily(f"quarantine_camera_{name}", says, labels=["camera"])
        for row in rows:
            counter.add_metric([str(row.camera_id)], getattr(row, column.key))
        yield counter
    for name, says, measured in _GAUGES:
        gauge = GaugeMetricFamily(f"quarantine_camera_{name}", says, labels=["camera"])
        for row in rows:
            gauge.add_metric([str(row.camera_id)], getattr(row, measured.key))
        yield gauge
    yield from _processes(session, now)


def _processes(session: Session, now: datetime) -> Iterator[Metric]:
    watched = GaugeMetricFamily("quarantine_watch_cameras", "Cameras that a process watches", labels=["process"])
    late = GaugeMetricFamily("quarantine_watch_late_seconds", "How late a process looks at its sockets", labels=["process"])
    waiting = GaugeMetricFamily("quarantine_watch_waiting", "Cameras whose pictures wait to be judged", labels=["process"])
    alive = now - timedelta(seconds=ALIVE_SECONDS)
    for name, details in session.execute(
        select(ProcessBeat.name, ProcessBeat.details).where(ProcessBeat.kind == "watch", ProcessBeat.beat_at > alive)
    ):
        for family, key in ((watched, "cameras"), (late, "late_s"), (waiting, "waiting")):
            family.add_metric([name], float(details.get(key) or 0))
    yield from (watched, late, waiting)
