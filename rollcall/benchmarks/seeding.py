"""People whose rounds are measured: zones of a thousand, each with a plan whose round is due."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import insert, select

from monitor.database.database import Database
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone, ZoneKind
from monitor.models.rollcalls.plans import EvidenceLevel, Plan, PlanKind
from monitor.models.rollcalls.quiet import QuietFloor
from rollcall.checkins.steps import chunks

IN_A_ZONE = 1000


def seed(database: Database, residents: int, now: datetime) -> None:
    """People under an order in zones of a thousand, each with a plan whose round is due."""
    with database.write() as session:
        zones = -(-residents // IN_A_ZONE)
        session.execute(insert(Zone), [{"name": f"Zone {number}", "kind": ZoneKind.FACILITY} for number in range(1, zones + 1)])
        ids = list(session.scalars(select(Zone.id).order_by(Zone.id)))
        for number, zone in enumerate(ids):
            session.add(
                Plan(
                    zone_id=zone,
                    name="Roll-call",
                    kind=PlanKind.EVERY,
                    every_minutes=240.0,
                    quiet_from="00:00",
                    quiet_to="00:00",
                    next_round_at=now,
                    # Every second zone asks for no picture, to measure answers without one.
                    evidence=EvidenceLevel.FACE if number % 2 == 0 or zones == 1 else EvidenceLevel.ACKNOWLEDGED,
                )
            )
        # On a real clock, on which it may be night.
        session.add(QuietFloor(quiet_from="00:00", quiet_to="00:00", since=now, made_by=None, reason="benchmark"))
        for some in chunks(range(residents)):
            rows = [
                {
                    "zone_id": ids[number // IN_A_ZONE],
                    "full_name": f"Nguyễn Văn {number}",
                    "phone": f"+849{number:08d}",
                    "created_at": now,
                    "agrees_to_faces": True,
                }
                for number in some
            ]
            session.execute(insert(Resident), rows)
        people = session.execute(select(Resident.id, Resident.zone_id)).all()
        order = {
            "starts_at": now - timedelta(days=2),
            "ends_at": now + timedelta(days=12),
            "authority": "Sở Y tế",
            "reason": "F1",
            "state": OrderState.ACTIVE,
        }
        for group in chunks(people):
            session.execute(
                insert(QuarantineOrder), [{"resident_id": row.id, "zone_id": row.zone_id, **order} for row in group]
            )
    # No round is over sooner.
    database.take_stock()
