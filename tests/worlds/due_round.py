"""A zone with a plan whose round is due, and the pieces to carry it through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.quiet import QuietFloor
from monitor.models.rollcalls.rounds import CheckIn
from monitor.vault.vault import Vault
from rollcall.answers.answers import AnswerOutcome, take_on_page
from rollcall.answers.page import open_page
from rollcall.answers.said import Said
from rollcall.people.links import make_token
from tests.worlds.small_zone import NOW, add_zone

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
        if values.get("quiet_from") == values.get("quiet_to") is not None:
            lift_floor(session)
        session.flush()
        return plan.id


def lift_floor(session: Session) -> None:
    """No hours are quiet any more in the whole province."""
    since = datetime(2020, 1, 1, tzinfo=UTC)
    session.add(QuietFloor(quiet_from="00:00", quiet_to="00:00", since=since, reason="Tests at any hour"))


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
    with database.read() as session:
        withdrawn_at = session.get_one(Resident, resident).links_withdrawn_at
    return make_token(SECRET, check_in.id, check_in.nonce, withdrawn_at)


def answer_by_link(
    database: Database,
    vault: Vault,
    resident: int,
    photo: bytes | None = None,
    *,
    now: datetime = NOW,
    max_bytes: int = 8 * 2**20,
    **said: Any,
) -> AnswerOutcome:
    """What comes of an answer on the page of a resident's newest link. said: fields of Said; without any they are well."""
    with database.read() as session:
        page = open_page(session, SECRET, token_of(database, resident), now)
    return take_on_page(database, vault, page, Said(made_at=now, photo=photo, **said), now=now, max_bytes=max_bytes)


def jpeg(width: int = 320, height: int = 240) -> bytes:
    """A picture of nothing."""
    content = BytesIO()
    Image.fromarray(np.full((height, width, 3), 120, np.uint8)).save(content, "JPEG")
    return content.getvalue()


def minutes(number: float) -> datetime:
    """So many minutes after NOW."""
    return NOW + timedelta(minutes=number)
