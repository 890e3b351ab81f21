"""Where the process that watches a camera hands out its pictures, and with which word: for the console's live view."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.cameras.cameras import Camera
from monitor.models.service import ProcessBeat
from monitor.service.process import ALIVE_SECONDS

# The messages of a live feed: camera number, kind, length (big-endian, 4 + 1 + 4 bytes), then the content.
MIME, VIDEO, PICTURES_ONLY, ENDED = 0, 1, 2, 3
VIEWER = "X-Viewer"
"""The header that says who looks at a single picture, and when."""


def feed_token(secret: bytes) -> str:
    """What proves to a watching process that its own service asks: made from the secret that all its processes share."""
    return hmac.digest(secret, b"camera feed", hashlib.sha256).hex()


def feed_addresses(session: Session, cameras: Collection[int], now: datetime) -> dict[int, str]:
    """host:port of the process that watches each camera; those that nobody watches now are left out."""
    alive = now - timedelta(seconds=ALIVE_SECONDS)
    feeds: dict[str, str] = {}
    for details in session.scalars(select(ProcessBeat.details).where(ProcessBeat.kind == "watch", ProcessBeat.beat_at > alive)):
        if details.get("holder") and details.get("feed"):
            feeds[details["holder"]] = details["feed"]
    rows = session.execute(select(Camera.id, Camera.leased_by).where(Camera.id.in_(cameras), Camera.leased_until > now))
    return {row.id: feeds[row.leased_by] for row in rows if row.leased_by in feeds}
