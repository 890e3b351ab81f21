"""The demonstration's zones, rooms, residents, plans and accounts, put into an empty database."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from io import BytesIO

import cv2
import numpy as np
from PIL import Image
from sqlalchemy.orm import Session

from monitor.accounts import add_account
from monitor.demonstration.people import ACCOUNTS, AWAY, FACILITY, HOMES, PEOPLE, ROOMS, Person
from monitor.demonstration.photographs import photograph
from monitor.gallery import enrol
from monitor.models import (
    Exemption,
    Household,
    Plan,
    PlanKind,
    QuarantineOrder,
    Resident,
    Room,
    Zone,
    ZoneKind,
)
from monitor.vault import Vault
from monitor.vision.faces import FaceEngine


def seed(session: Session, vault: Vault, engines: list[FaceEngine], now: datetime) -> dict[str, str]:
    """Fill an empty database, in the caller's write transaction; returns the accounts' passwords by user name."""
    zones: dict[str, Zone] = {}
    rooms: dict[tuple[str, str], Room] = {}
    for name, kind in ((FACILITY, ZoneKind.FACILITY), (HOMES, ZoneKind.HOME_CLUSTER)):
        zones[name] = zone = Zone(name=name, kind=kind, address="Bình Dương")
        session.add(zone)
        session.flush()
        for room_name, room_kind in ROOMS[name]:
            rooms[name, room_name] = Room(zone_id=zone.id, name=room_name, kind=room_kind)
            session.add(rooms[name, room_name])
    session.flush()
    for person in PEOPLE:
        _add_person(session, vault, engines, person, zones[person.zone], rooms[person.zone, person.room], now)
    # Quick rounds, and none are quiet, so that a visitor sees them at any hour. Cameras do not excuse here: a miss is to be seen.
    for name, every, window in ((FACILITY, 3.0, 1.0), (HOMES, 4.0, 3.0)):
        session.add(
            Plan(
                zone_id=zones[name].id,
                name="Trình diễn",
                kind=PlanKind.EVERY,
                every_minutes=every,
                window_minutes=window,
                # A call comes where there is time for one: the telephone shows it with its keys.
                ladder=[[window / 2, "reminder"], *([[window * 0.7, "voice"]] if window > 2 else [])],
                quiet_from="00:00",
                quiet_to="00:00",
                camera_excuses=False,
                next_round_at=now,
            )
        )
    passwords = {username: secrets.token_urlsafe(9) for username, _, _ in ACCOUNTS}
    for username, role, limited in ACCOUNTS:
        ids = None if limited is None else [zones[name].id for name in limited]
        add_account(session, username, passwords[username], role, zones=ids, now=now)
    return passwords


def _add_person(
    session: Session, vault: Vault, engines: list[FaceEngine], person: Person, zone: Zone, room: Room, now: datetime
) -> None:
    household = None
    if zone.name == HOMES:
        household = Household(zone_id=zone.id, name=person.room, phone=person.phone)
        session.add(household)
        session.flush()
    resident = Resident(
        zone_id=zone.id,
        room_id=room.id,
        household_id=household.id if household else None,
        full_name=person.name,
        phone=person.phone,
        without_smartphone=person.behaviour == "by-text",
        created_at=now,
    )
    session.add(resident)
    session.flush()
    session.add(
        QuarantineOrder(
            resident_id=resident.id,
            zone_id=zone.id,
            starts_at=now - timedelta(days=3),
            ends_at=now + timedelta(days=11),
            authority="Ban chỉ đạo phòng, chống dịch (trình diễn)",
            reason="F1",
        )
    )
    if person.name == AWAY:
        session.add(
            Exemption(
                resident_id=resident.id,
                zone_id=zone.id,
                starts_at=now - timedelta(hours=1),
                ends_at=now + timedelta(days=1),
                reason="Xét nghiệm tại bệnh viện",
            )
        )
    if person.photo:
        with Image.open(photograph(person.photo)) as image:
            picture = image.convert("RGB")
        encoded = BytesIO()
        picture.save(encoded, "JPEG", quality=92)
        bgr = cv2.cvtColor(np.asarray(picture), cv2.COLOR_RGB2BGR)
        enrol(session, vault, engines, resident, bgr, encoded.getvalue(), now=now)
