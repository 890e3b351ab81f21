"""Who lives in the demonstration, where, and what their telephones do: plain values, everybody invented."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.models.accounts import Role
from monitor.models.places import RoomKind


@dataclass(frozen=True)
class Person:
    """An invented resident. behaviour: of their telephone; photo: whose face they have; answers: whose they send.

    agrees: whether they agreed to face matching. leaves_out: each so-many-th roll-call has no answer; 0: none.
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
    leaves_out: int = 0


FACILITY, HOMES, RESTING = "Khu cách ly A, Thủ Dầu Một", "Cụm nhà Phú Cường", "Nhà nghỉ Chánh Nghĩa"
"""Where it rests it is night rest now: nobody is asked."""
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
    RESTING: [("201", RoomKind.ROOM)],
    HOMES: [("Nhà 12", RoomKind.HOME), ("Nhà 14", RoomKind.HOME), ("Phòng khách nhà 12", RoomKind.COMMON)],
}
# The numbers' prefix is given to nobody in Vietnam.
PEOPLE = [
    Person(FACILITY, "101", "Nguyễn Thị An", "+84000000101", "answers", "astronaut", "astronaut", 6, leaves_out=3),
    Person(FACILITY, "102", "Trần Thị Hoa", "+84000000102", "somebody-else", "hopper", "astronaut", 10),
    Person(FACILITY, "103", "Lê Văn Bình", "+84000000103", "ignores", agrees=False),
    Person(FACILITY, "103", "Võ Minh Đức", "+84000000113", "ignores"),
    Person(FACILITY, "104", "Phạm Quốc Cường", "+84000000104", "unreachable"),
    Person(RESTING, "201", "Lý Thị Mai", "+84000000301", "ignores"),
    Person(HOMES, "Nhà 12", "Đỗ Thị Lan", "+84000000212", "by-hand", "hopper", "hopper"),
    Person(HOMES, "Nhà 14", "Hồ Văn Tám", "+84000000224", "by-text", delay_seconds=15, agrees=False),
    Person(HOMES, "Nhà 14", "Bùi Thị Nga", "+84000000214", "unwell", "astronaut", "astronaut", 20),
]
AWAY = "Võ Minh Đức"
# Whose test was positive shortly before, and who took the alert about it.
TESTED, TESTED_BY = "Lý Thị Mai", "giamsat"
# Which camera looks at which room, by the name that the camera announces.
VIEWS = {
    "Room 101": (FACILITY, "101"),
    "Room 102": (FACILITY, "102"),
    "Corridor": (FACILITY, "Hành lang tầng 1"),
    "Common room": (FACILITY, "Phòng sinh hoạt chung"),
    "Yard": (FACILITY, "Sân"),
    "Home, Nguyễn Trãi street": (HOMES, "Phòng khách nhà 12"),
}
# Where the facility's rooms are on its map: x, y, width and height, from 0 to 1.
FLOOR = {
    **{f"10{number}": (0.03 + 0.24 * (number - 1), 0.05, 0.22, 0.4) for number in range(1, 5)},
    "Hành lang tầng 1": (0.03, 0.48, 0.94, 0.12),
    "Phòng sinh hoạt chung": (0.03, 0.63, 0.4, 0.32),
    "Sân": (0.46, 0.63, 0.51, 0.32),
}
# A line across the corridor's picture: who walks over it to the right, as seen from its first point, goes out.
EXIT_OF, EXIT = "Hành lang tầng 1", [[0.62, 0.98], [0.62, 0.25]]
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
