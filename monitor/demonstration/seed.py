"""The demonstration's zones, rooms, residents, plans and accounts, put into an empty database."""

from __future__ import annotations

import secrets
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import cv2
import numpy as np
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.accounts import add_account
from monitor.demonstration.people import ACCOUNTS, AWAY, FACILITY, FLOOR, HOMES, ON_DUTY, PEOPLE, RESTING, ROOMS, Person
from monitor.demonstration.photographs import photograph
from monitor.demonstration.taken_alert import tell_of_test
from monitor.faces.gallery import enrol
from monitor.models.accounts import Account
from monitor.models.alerts import AlertAddress, AlertWay, DutyEntry, DutyScope
from monitor.models.floor_plans import FloorPlan, PlanPlace
from monitor.models.people.residents import Exemption, Household, QuarantineOrder, Resident
from monitor.models.people.rights import ConsentKind
from monitor.models.places import Room, Zone, ZoneKind
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.quiet import QuietFloor
from monitor.personal_data.consent import record
from monitor.settings import FIRST_TIMEZONE
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine


def seed(session: Session, vault: Vault, engines: list[FaceEngine], now: datetime, rounds_every: float) -> dict[str, str]:
    """Fill an empty database, in the caller's write transaction; returns the accounts' passwords by user name.

    rounds_every: minutes from one round of the facility to its next; the homes are asked a third more seldom.
    """
    zones: dict[str, Zone] = {}
    rooms: dict[tuple[str, str], Room] = {}
    for name, kind in ((FACILITY, ZoneKind.FACILITY), (HOMES, ZoneKind.HOME_CLUSTER), (RESTING, ZoneKind.FACILITY)):
        zones[name] = zone = Zone(
            name=name,
            kind=kind,
            address="Bình Dương",
            # Thủ Dầu Một, which was Phú Cường until June 2025.
            unit_code="25747",
            unit_from=date(2025, 7, 1),
            camera_order_number="01/QĐ-BCĐ (trình diễn)",
            camera_order_date=now.date(),
            camera_order_authority="Ban chỉ đạo phòng, chống dịch (trình diễn)",
        )
        session.add(zone)
        session.flush()
        for room_name, room_kind in ROOMS[name]:
            rooms[name, room_name] = Room(zone_id=zone.id, name=room_name, kind=room_kind)
            session.add(rooms[name, room_name])
    session.flush()
    for person in PEOPLE:
        _add_person(session, vault, engines, person, zones[person.zone], rooms[person.zone, person.room], now)
    _draw_floor(session, zones[FACILITY], rooms, now)
    _rest(zones[RESTING], now)
    # Quick rounds, and no hours are quiet but where it rests, so that a visitor sees them at any time; the floor of 21:00 to 07:00 is
    # lifted for that here alone. Where there is no camera a miss stays one.
    session.add(QuietFloor(quiet_from="00:00", quiet_to="00:00", since=now, made_by=None, reason="Trình diễn"))
    asked = ((FACILITY, rounds_every, 1.0), (HOMES, rounds_every * 4 / 3, 3.0), (RESTING, 60.0, 20.0))
    for name, every, usual_window in asked:
        # Each is over before the next begins.
        window = min(usual_window, every * 3 / 4)
        session.add(
            Plan(
                zone_id=zones[name].id,
                name="Trình diễn",
                kind=PlanKind.EVERY,
                every_minutes=every,
                window_minutes=window,
                # At home a call comes besides: the telephone shows it with its keys.
                ladder=[[window / 2, "reminder"], *([[window * 0.7, "voice"]] if name == HOMES else [])],
                quiet_from="00:00",
                quiet_to="00:00",
                camera_excuses=True,
                next_round_at=now,
            )
        )
    passwords = {username: secrets.token_urlsafe(9) for username, _, _ in ACCOUNTS}
    for username, role, limited in ACCOUNTS:
        ids = None if limited is None else [zones[name].id for name in limited]
        add_account(session, username, passwords[username], role, zones=ids, now=now)
    _put_on_duty(session, now)
    tell_of_test(session, now)
    return passwords


def _draw_floor(session: Session, zone: Zone, rooms: dict[tuple[str, str], Room], now: datetime) -> None:
    """The facility's map, on which the first picture of the zone is."""
    plan = FloorPlan(zone_id=zone.id, name="Tầng 1", made_at=now)
    session.add(plan)
    session.flush()
    for name, (x, y, width, height) in FLOOR.items():
        session.add(PlanPlace(plan_id=plan.id, room_id=rooms[zone.name, name].id, x=x, y=y, width=width, height=height))


def _rest(zone: Zone, now: datetime) -> None:
    """It has been night rest there for an hour, and is for eleven more."""
    local = now.astimezone(ZoneInfo(zone.timezone or FIRST_TIMEZONE))
    zone.quiet_from = f"{local - timedelta(hours=1):%H:00}"
    zone.quiet_to = f"{local + timedelta(hours=11):%H:00}"


def _put_on_duty(session: Session, now: datetime) -> None:
    """At every hour, and told of everything by text: so that a visitor sees alerts arrive on the telephone's page."""
    accounts = {row.username: row.id for row in session.execute(select(Account.id, Account.username))}
    for rank, (username, _name, number) in enumerate(ON_DUTY, start=1):
        account_id = accounts[username]
        session.add(AlertAddress(account_id=account_id, way=AlertWay.SMS, address=number, rank=1, also_soon=True, made_at=now))
        session.add_all(
            DutyEntry(
                account_id=account_id,
                zone_id=None,
                scope=DutyScope.EVERYTHING,
                weekday=weekday,
                from_minute=0,
                minutes=1440,
                rank=rank,
                made_by=account_id,
                made_at=now,
            )
            for weekday in range(7)
        )


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
        agrees_to_faces=person.agrees,
        refuses_faces=not person.agrees,
        created_at=now,
    )
    session.add(resident)
    session.flush()
    # What they were told and said, as on their own page, with the notice's version and the time.
    for kind, given in ((ConsentKind.NOTICE, True), (ConsentKind.FACES, person.agrees)):
        record(session, resident, kind, given=given, language="vi", account_id=None, now=now)
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
