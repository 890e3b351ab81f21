"""A zone with a plan whose round is due, and the pieces to carry it through."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import select

from monitor.database import Database
from monitor.models import CheckIn, Plan, PlanKind
from rollcall.links import make_link
from tests.support import NOW, add_zone

SECRET = b"a secret of the tests"


def add_plan(database: Database, zone: int, **more: Any) -> int:
    """A plan with a round due at NOW, every 3 hours, 20 minutes to answer, cameras excuse nothing."""
    with database.write() as session:
        values: dict[str, Any] = {
            "name": "Roll-call",
            "kind": PlanKind.EVERY,
            "every_minutes": 180.0,
            "camera_excuses": False,
            "window_minutes": 20.0,
            "ladder": [[10, "reminder"]],
            "next_round_at": NOW,
            **more,
        }
        plan = Plan(zone_id=zone, **values)
        session.add(plan)
        session.flush()
        return plan.id


# For tests on the real clock, on which it may be night.
WITHOUT_NIGHT = {"quiet_from": "00:00", "quiet_to": "00:00"}


def world(database: Database, *names: str, **plan: Any) -> tuple[int, list[int]]:
    """A zone with residents and a plan. Returns (zone id, resident ids)."""
    zone, residents = add_zone(database, residents=names or ("An",))
    add_plan(database, zone, **plan)
    return zone, residents


def check_in_of(database: Database, resident: int) -> CheckIn:
    """A resident's newest check-in."""
    with database.read() as session:
        return session.scalars(
            select(CheckIn).where(CheckIn.resident_id == resident).order_by(CheckIn.id.desc()).limit(1)
        ).one()


def token_of(database: Database, resident: int) -> str:
    """The token of a resident's newest link."""
    check_in = check_in_of(database, resident)
    return make_link(SECRET, "", check_in.id, check_in.nonce).removeprefix("/a/")


def jpeg(width: int = 320, height: int = 240) -> bytes:
    """A picture of nothing."""
    content = BytesIO()
    Image.fromarray(np.full((height, width, 3), 120, np.uint8)).save(content, "JPEG")
    return content.getvalue()


def minutes(number: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=number)
