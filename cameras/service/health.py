"""What watching counted, written every few seconds: the metrics page and the camera's page read it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import bindparam

from monitor.models.cameras.cameras import CameraHealth

if TYPE_CHECKING:
    from cameras.watching.watcher import CameraWatcher

HEALTH_SECONDS = 10.0


def write_health(session: Session, watchers: Iterable[CameraWatcher], now: datetime) -> None:
    """Write the counters of all cameras, in the caller's transaction: two statements however many there are."""
    rows = [
        {
            "camera_id": each.watched.id,
            "at": now,
            "packets": each.counters.packets,
            "bytes": each.counters.bytes,
            "decoded": each.counters.decoded,
            "gate_openings": each.counters.gate_openings,
            "reconnects": each.counters.reconnects,
            "lag_seconds": round(each.counters.lag_s, 3),
            "keyframe_seconds": round(each.keyframe_seconds, 2),
        }
        for each in watchers
    ]
    if not rows:
        return
    known = set(session.scalars(select(CameraHealth.camera_id)))
    fresh = [row for row in rows if row["camera_id"] not in known]
    if fresh:
        session.execute(insert(CameraHealth), fresh)
    old = [{f"new_{key}": value for key, value in row.items()} for row in rows if row["camera_id"] in known]
    if old:
        values: dict[str, Any] = {key: bindparam(f"new_{key}") for key in rows[0] if key != "camera_id"}
        session.connection().execute(
            update(CameraHealth).where(CameraHealth.camera_id == bindparam("new_camera_id")).values(**values), old
        )
