"""Who lives in the demonstration, where, and what their telephones do: plain values, everybody invented."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.models.accounts import Role
from monitor.models.places import RoomKind


@dataclass(frozen=True)
class Person:
    """An invented resident. behaviour: of their telephone; photo: whose face they have; answers: whose they send.

    agrees: whether they agreed to face matching.
    """

    zone: str
    room: str
    name: str
    phone: str
    behaviour: str
    photo: str | None = None
    answers: str | None = None
    delay_seconds: float = 0.0
    agrees: bool = True


FACILITY, HOMES = "Khu cách ly A, Thủ Dầu Một", "Cụm nhà Phú Cường"
ROOMS: dict[str, list[tuple[str, RoomKind]]] = {
    FACILITY: [
        ("101", RoomKind.ROOM),
        ("102", RoomKind.ROOM),
        ("103", RoomKind.ROOM),
        ("104", RoomKind.ROOM),
        ("Hành lang tầng 1", RoomKind.CORRIDOR),
        ("Phòng sinh hoạt chung", RoomKind.COMMON),
        ("Sân", RoomKind.OUTDOORS),
    ],
    HOMES: [("Nhà 12", RoomKind.HOME), ("Nhà 14", RoomKind.HOME), ("Phòng khách nhà 12", RoomKind.COMMON)],
}
# The numbers' prefix is given to nobody in Vietnam.
PEOPLE = [
    Person(FACILITY, "101", "Nguyễn Thị An", "+84000000101", "answers", "astronaut", "astronaut", 6),
    Person(FACILITY, "102", "Trần Thị Hoa", "+84000000102", "somebody-else", "hopper", "astronaut", 10),
    Person(FACILITY, "103", "Lê Văn Bình", "+84000000103", "ignores", agrees=False),
    Person(FACILITY, "103", "Võ Minh Đức", "+84000000113", "ignores"),
    Person(FACILITY, "104", "Phạm Quốc Cường", "+84000000104", "unreachable"),
    Person(HOMES, "Nhà 12", "Đỗ Thị Lan", "+84000000212", "by-hand", "hopper", "hopper"),
    Person(HOMES, "Nhà 14", "Hồ Văn Tám", "+84000000224", "by-text", delay_seconds=15, agrees=False),
    Person(HOMES, "Nhà 14", "Bùi Thị Nga", "+84000000214", "unwell", "astronaut", "astronaut", 20),
]
AWAY = "Võ Minh Đức"
# Which camera looks at which room, by the name that the camera announces.
VIEWS = {
    "Room 101": (FACILITY, "101"),
    "Room 102": (FACILITY, "102"),
    "Corridor": (FACILITY, "Hành lang tầng 1"),
    "Common room": (FACILITY, "Phòng sinh hoạt chung"),
    "Yard": (FACILITY, "Sân"),
    "Home, Nguyễn Trãi street": (HOMES, "Phòng khách nhà 12"),
}
ACCOUNTS = [
    ("dieuduong", Role.STAFF, [FACILITY]),
    ("giamsat", Role.SUPERVISOR, None),
    ("quantri", Role.ADMINISTRATOR, None),
    ("kiemtoan", Role.AUDITOR, None),
]
# Who is on duty at every hour, with a telephone on which alerts arrive: account, whose it is called on the telephone's page, number.
ON_DUTY = [
    ("dieuduong", "Điều dưỡng trực", "+84000000001"),
    ("giamsat", "Cán bộ phụ trách trực", "+84000000002"),
]
