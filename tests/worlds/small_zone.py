"""Small worlds that tests build on: a zone with rooms and residents at a fixed time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.database.database import Database
from monitor.models.people.residents import OrderState, QuarantineOrder, Resident
from monitor.models.places import Room, Zone, ZoneKind

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # ten in the morning in Vietnam


def add_zone(database: Database, name: str = "Khu A", residents: tuple[str, ...] = ("Nguyễn Thị An",)) -> tuple[int, list[int]]:
    """A facility with one room for each resident, all under an order in force at NOW, who agreed to face matching. Returns (zone id, resident ids)."""
    with database.write() as session:
        # Cameras may look into its bedrooms.
        zone = Zone(
            name=name,
            kind=ZoneKind.FACILITY,
            camera_order_number="12/QĐ-UBND",
            camera_order_date=NOW.date(),
            camera_order_authority="Ủy ban nhân dân tỉnh",
        )
        session.add(zone)
        session.flush()
        ids = []
        for number, full_name in enumerate(residents, start=101):
            room = Room(zone_id=zone.id, name=str(number))
            session.add(room)
            session.flush()
            phone = f"+8490000{zone.id:02}{number:03}"
            resident = Resident(
                zone_id=zone.id, room_id=room.id, full_name=full_name, phone=phone, created_at=NOW, agrees_to_faces=True
            )
            session.add(resident)
            session.flush()
            session.add(
                QuarantineOrder(
                    resident_id=resident.id,
                    zone_id=zone.id,
                    starts_at=NOW - timedelta(days=2),
                    ends_at=NOW + timedelta(days=12),
                    authority="Sở Y tế",
                    reason="F1",
                    state=OrderState.ACTIVE,
                )
            )
            ids.append(resident.id)
        return zone.id, ids
