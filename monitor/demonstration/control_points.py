"""The demonstration's control points: a factory with three points, its posters, a guard, and workers whose phones come and go."""

from __future__ import annotations

import json
import secrets
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.control_points.codes import address_of
from monitor.control_points.keys import signed_fragment
from monitor.control_points.posters import PosterOf, posters_pdf
from monitor.control_points.registering import PlaceDetails, add_checker, add_point, confirmed, points_of, register
from monitor.declarations.codes import new_code
from monitor.declarations.versions import version_in_force
from monitor.models.cameras.cameras import LineHour
from monitor.models.control_points import ControlPlace, ControlPoint, PlaceHour, PlaceKind, PlaceState, PointKind
from monitor.models.declarations import Declarant, Declaration, DeclarationState, Signs, Way
from monitor.places.units.search import UnitKey
from monitor.settings import Settings
from monitor.vault.vault import Vault

FACTORY = "Công ty TNHH May Bình Minh (trình diễn)"
VISITORS, POSTERS, LINKS = "visitors.json", "posters.pdf", "control-points.json"
"""Files of the data folder: for the phones that come and go, to be printed, and the links of who runs the factory and of its guard."""
# Thủ Dầu Một, as the demonstration's zones.
_UNIT = UnitKey("25747", date(2025, 7, 1))
_POINTS = (("Nhà ăn", PointKind.CANTEEN), ("Xưởng 1", PointKind.FLOOR))
_PASSED_AND_SCANNED = ((96, 88), (31, 27), (12, 12), (58, 31), (64, 35), (14, 13), (9, 9), (88, 81))
"""Of each hour, the newest first."""
_WORKERS = (
    "Nguyễn Thị Hoa", "Trần Văn Lực", "Lê Thị Thắm", "Phạm Minh Quân", "Hoàng Thị Yến", "Vũ Đình Khôi", "Đặng Thị Mơ", "Bùi Văn Sơn",
    "Đỗ Thị Ngân", "Hồ Quốc Trí", "Ngô Thị Xuân", "Dương Văn Tài",
)  # fmt: skip


def seed_factory(session: Session, vault: Vault, settings: Settings, now: datetime) -> None:
    """The rows, in the caller's write transaction; and the files beside the database."""
    details = PlaceDetails(
        PlaceKind.FACTORY,
        FACTORY,
        "12 Đại lộ Bình Dương",
        _UNIT,
        "Trần Thị Thu",
        "+84900000801",
        "vi",
        (10.9804, 106.6519),
        most_people=10,
    )
    place = register(session, details, secrets.token_urlsafe(16), now=now)
    owner = confirmed(session, place.id, now)
    session.refresh(place)
    place.state, place.decided_at = PlaceState.APPROVED, now
    for name, kind in _POINTS:
        add_point(session, place, name, kind, now=now)
    _checker, guard = add_checker(session, place, "Lý Văn Gác", "+84900000802", now=now)
    fragments = [signed_fragment(session, vault, point, now) for point in points_of(session, place.id)]
    codes = _workers(session, now)
    _write(settings, place, session, fragments, codes, owner or "", guard, now)


def watch_gate(session: Session, camera_id: int, line: str, now: datetime) -> None:
    """A camera's line stands for the factory's gate, with a working day behind it: at noon fewer are scanned than pass. In the caller's
    write transaction."""
    gates = select(ControlPoint).join(ControlPlace, ControlPlace.id == ControlPoint.place_id)
    gate = session.scalar(gates.where(ControlPlace.name == FACTORY, ControlPoint.kind == PointKind.GATE).limit(1))
    if gate is None:
        return
    gate.camera_id, gate.camera_line = camera_id, line
    this_hour = now.replace(minute=0, second=0, microsecond=0)
    for ago, (passed, scanned) in enumerate(_PASSED_AND_SCANNED, start=1):
        hour = this_hour - timedelta(hours=ago)
        session.add(LineHour(camera_id=camera_id, line=line, hour=hour, ins=passed - passed // 3, outs=passed // 3))
        session.add(PlaceHour(point_id=gate.id, hour=hour, ins=scanned - scanned // 3, outs=scanned // 3))


def _workers(session: Session, now: datetime) -> list[str]:
    """Their personal codes; one of them has not declared for long."""
    form, codes = version_in_force(session, now).id, []
    for number, name in enumerate(_WORKERS):
        person = Declarant(
            full_name=name,
            phone=f"+849000008{number + 10}",
            unit_code=_UNIT.code,
            unit_from=_UNIT.valid_from,
            language="vi",
            code=new_code(),
            code_made_at=now,
            page_key=secrets.token_urlsafe(24),
            created_at=now,
        )
        session.add(person)
        session.flush()
        made_at = now - timedelta(days=20 if number == len(_WORKERS) - 1 else 1)
        session.add(
            Declaration(
                key=secrets.token_hex(32),
                declarant_id=person.id,
                form_id=form,
                answers={},
                way=Way.SELF,
                state=DeclarationState.TAKEN,
                signs=Signs.NONE,
                made_at=made_at,
                until=made_at + timedelta(days=7),
            )
        )
        codes.append(person.code)
    return codes


def _write(
    settings: Settings,
    place: ControlPlace,
    session: Session,
    fragments: list[str],
    codes: list[str],
    owner: str,
    guard: str,
    now: datetime,
) -> None:
    folder, address = settings.data_folder, settings.public_address
    posters = [
        PosterOf(place.name, point.name, place.address, address_of(address, fragment))
        for point, fragment in zip(points_of(session, place.id), fragments, strict=True)
    ]
    (folder / POSTERS).write_bytes(posters_pdf(posters, settings.speaker.headed("vi"), now.astimezone(settings.zone).date()))
    (folder / VISITORS).write_text(json.dumps({"address": address, "codes": fragments, "people": codes}))
    (folder / LINKS).write_text(json.dumps({"owner": f"{address}/o/{owner}", "guard": f"{address}/g/{guard}"}))


def links_of(folder: Path) -> dict[str, str]:
    """The links of who runs the factory and of its guard; empty where there are none."""
    try:
        return dict(json.loads((folder / LINKS).read_text()))
    except FileNotFoundError:
        return {}
