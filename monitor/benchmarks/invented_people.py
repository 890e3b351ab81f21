"""Invented people with Vietnamese names as common as they are, so that namesakes are as many as in earnest. The same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from monitor.folding import folded, sort_key
from monitor.models.people.residents import BirthPrecision, Sex
from monitor.people.births import Birth
from monitor.places.units.search import UnitKey

# Shares of a hundred, as counted in Vietnam; what is left over are the rarer ones.
_SURNAMES = {
    "Nguyễn": 38.4,
    "Trần": 12.1,
    "Lê": 9.5,
    "Phạm": 7.0,
    "Hoàng": 2.7,
    "Huỳnh": 2.4,
    "Phan": 4.5,
    "Vũ": 2.0,
    "Võ": 1.9,
    "Đặng": 2.1,
    "Bùi": 2.0,
    "Đỗ": 1.4,
    "Hồ": 1.3,
    "Ngô": 1.3,
    "Dương": 1.0,
    "Lý": 0.5,
    "Đinh": 1.0,
    "Trịnh": 0.9,
    "Đoàn": 0.9,
    "Mai": 0.8,
    "Cao": 0.8,
    "Lâm": 0.8,
    "Trương": 1.4,
    "Hà": 0.8,
    "Tạ": 0.5,
    "Thạch": 0.4,
    "Châu": 0.4,
    "Kiều": 0.3,
    "Tô": 0.4,
    "Quách": 0.2,
    "Từ": 0.2,
    "Lưu": 0.6,
    "Lương": 0.6,
    "Đào": 0.6,
    "Nghiêm": 0.2,
}
_MIDDLE = {
    Sex.FEMALE: {"Thị": 86.0, "Ngọc": 4.0, "Thanh": 2.0, "Minh": 2.0, "Phương": 2.0, "Thu": 2.0, "Kim": 2.0},
    Sex.MALE: {
        "Văn": 80.0,
        "Hữu": 3.0,
        "Đức": 3.0,
        "Minh": 4.0,
        "Quốc": 3.0,
        "Thanh": 2.0,
        "Công": 2.0,
        "Xuân": 2.0,
        "Đình": 1.0,
    },
}
# The first are the commonest.
_GIVEN = {
    Sex.FEMALE: (
        "Lan Hoa Hương Thảo Hằng Mai Linh Thủy Hà Ngọc Trang Nga Hạnh Phương Dung Hiền Yến Loan Nhung Tuyết Vân Liên Thu Anh Huệ "
        "Oanh Trâm Thanh Xuân Bích Nguyệt Cúc Đào Hồng Quyên My Ngân Như Diễm Kiều Lệ Lý Minh Mỹ Na Nhàn Nhi Phượng Quỳnh Sương "
        "Tâm Thắm Thi Thoa Thơm Thúy Tiên Trinh Trúc Tú Uyên Vy Ánh Ái Chi Châu Diệp Duyên Gấm Giang"
    ),
    Sex.MALE: (
        "Hùng Dũng Tuấn Minh Nam Hải Sơn Long Bình Thành Cường Đức Tùng Hiếu Quân Khoa Phúc An Phong Trung Thắng Tiến Việt Vinh "
        "Hòa Hưng Kiên Lâm Lộc Mạnh Nghĩa Nhân Phát Phú Quang Quý Sang Tài Tâm Tân Thái Thịnh Thông Toàn Trí Trọng Tú Tường Vũ "
        "Xuân Bảo Chiến Chung Công Danh Đạt Đông Duy Giang Hậu Hoàng Huy Khang Khánh Kỳ Lực Luân Lợi Năm Tám"
    ),
}
_DOUBLE = 0.3
"""Share of given names of two words."""
_MOBILE = "90 91 93 94 96 97 98 86 88 70 76 77 78 79 81 82 83 84 85 32 33 34 35 36 37 38 39 56 58 59"
_STREETS = "Lê Lợi,Trần Hưng Đạo,Nguyễn Huệ,Hai Bà Trưng,Quang Trung,Lý Thường Kiệt,Phan Chu Trinh,Hùng Vương"
_OLDEST, _YOUNGEST = date(1935, 1, 1), date(2025, 12, 31)


@dataclass(frozen=True)
class Invented:
    """One of them. phone: +84…, or empty; document: twelve digits, or empty; earlier: nine digits, or empty; insurance: ten, or empty."""

    full_name: str
    sex: Sex
    birth: Birth
    phone: str
    document: str
    earlier: str
    insurance: str
    unit: UnitKey | None
    address: str


def invent(count: int, units: Sequence[UnitKey], seed: int, first: int = 0) -> Iterator[Invented]:
    """So many people. first: from which number on they are counted: telephone and other numbers of two ranges never meet.

    Four of a hundred know only the year of their birth, three have no document, one in ten no telephone, one in five no insurance.
    """
    chance = random.Random(seed)  # noqa: S311 - figures to be compared need the same people each time
    surnames, shares = list(_SURNAMES), list(_SURNAMES.values())
    middles = {sex: (list(told), list(told.values())) for sex, told in _MIDDLE.items()}
    names = {sex: told.split() for sex, told in _GIVEN.items()}
    commonness = {sex: [1 / (place + 18) for place in range(len(told))] for sex, told in names.items()}
    streets = _STREETS.split(",")
    days = (_YOUNGEST - _OLDEST).days
    for number in range(first, first + count):
        sex = Sex.FEMALE if chance.random() < 0.5 else Sex.MALE
        given = chance.choices(names[sex], commonness[sex], k=2 if chance.random() < _DOUBLE else 1)
        name = [chance.choices(surnames, shares)[0], chance.choices(*middles[sex])[0], *given]
        born = _OLDEST + timedelta(days=chance.randrange(days))
        known, lacks = chance.random(), chance.random()
        precise = known >= 0.04
        yield Invented(
            full_name=" ".join(name),
            sex=sex,
            birth=Birth(born) if precise else Birth(born.replace(month=1, day=1), BirthPrecision.YEAR),
            phone="" if chance.random() < 0.1 else telephone(number),
            document="" if lacks < 0.03 else _document(number, sex, born),
            earlier=f"{number % 1_000_000_000:09d}" if born.year < 1995 and lacks > 0.6 else "",
            insurance="" if chance.random() < 0.2 else f"75{number:08d}",
            unit=chance.choice(units),
            address=f"{chance.randrange(1, 400)} {chance.choice(streets)}",
        )


def telephone(number: int) -> str:
    """A mobile number that no other number below ten million has."""
    prefixes = _MOBILE.split()
    return f"+84{prefixes[number % len(prefixes)]}{number * 7919 % 10_000_000:07d}"


def _document(number: int, sex: Sex, born: date) -> str:
    century = 2 * (born.year >= 2000) + (sex is Sex.FEMALE)
    return f"{75 + number // 1_000_000:03d}{century}{born.year % 100:02d}{number * 104_729 % 1_000_000:06d}"


@lru_cache(1 << 17)
def keys_of(name: str) -> tuple[str, str]:
    """What the columns that follow a name hold: by which it is sorted, and found."""
    return sort_key(name), folded(name)
