"""What spreadsheets do to what people type: zeros lost, numbers shortened, days as counts. Mended where it is sure. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from monitor.enrolment.columns import COLUMNS, DAYS
from monitor.people.births import read_birth
from monitor.people.pasted import plain
from monitor.people.typed import Fault
from monitor.problems import BadInput
from monitor.words import N_, words

# As many digits as a spreadsheet keeps of a number.
_POWER = re.compile(r"([+-]?\d+(?:[.,]\d+)?)[eE]\+?(\d{1,2})")
_DECIMALS = re.compile(r"(\d+)[.,]0+")
# 912345678: a mobile number without its zero; 84912345678: without its plus, which is read as it is.
_MOBILE = re.compile(r"[35789]\d{8}")
_FIXED = re.compile(r"2\d{9}")
_COLUMNS = frozenset(COLUMNS)
_OF_DIGITS = ("phone", "household_phone", "document_number", "earlier_number", "insurance_number")
# Days since the end of 1899, as a spreadsheet counts them: 1927 to 2064.
_COUNTED = re.compile(r"[1-5]\d{4}(?:\.\d+)?")
_SHORTENED = N_(
    "The spreadsheet has shortened this number and its last digits are lost. Format the column as text, then type the number again."
)


@dataclass(frozen=True)
class Mended:
    """cells: as a person would have typed them. faults: what cannot be mended; hints: what was, to be looked at."""

    cells: Mapping[str, str]
    faults: tuple[Fault, ...] = ()
    hints: tuple[Fault, ...] = ()


def mend(cells: Mapping[str, str], today: date) -> Mended:
    """The cells of one row, by their columns."""
    mended = {name: said for name, text in cells.items() if name in _COLUMNS and (said := plain(text))}
    faults: list[Fault] = []
    hints: list[Fault] = []
    for name in _OF_DIGITS:
        if name not in mended:
            continue
        whole = _whole(mended[name])
        if whole is None:
            faults.append(Fault(name, words(_SHORTENED)))
            del mended[name]
            continue
        mended[name] = whole
        if _ZEROS[name](whole, mended, today):
            mended[name] = f"0{whole}"
            # Of telephone numbers nobody need look at it: without a zero they are no number at all.
            if name == "document_number":
                back = N_("The zero in front, which the spreadsheet took away, was put back: %(number)s.")
                hints.append(Fault(name, words(back, number=mended[name])))
        elif name in ("document_number", "earlier_number") and re.fullmatch(r"\d{11}", whole):
            lost = N_("An identity card has 12 digits; this one has 11. If a zero in front is lost, format the column as text.")
            faults.append(Fault(name, words(lost)))
            del mended[name]
    for name in DAYS & mended.keys():
        if _COUNTED.fullmatch(mended[name]):
            counted = N_("“%(number)s” is a number, not a day. Format the column as a date, or type day/month/year.")
            faults.append(Fault(name, words(counted, number=mended[name])))
            del mended[name]
    for name in ("vaccine_doses", "room", "record"):
        if name in mended and (found := _DECIMALS.fullmatch(mended[name])):
            mended[name] = found[1]
    return Mended(mended, tuple(faults), tuple(hints))


def _whole(text: str) -> str | None:
    """9.12345678E+08 and 912345678.0 as the digits that were typed; None where some of them are lost."""
    decimal = _DECIMALS.fullmatch(text)
    if decimal:
        return decimal[1]
    power = _POWER.fullmatch(text)
    if power is None:
        return text
    digits, _point, behind = power[1].replace(",", ".").partition(".")
    if len(behind) != int(power[2]):
        return None
    return digits + behind


def _of_phone(number: str, _cells: Mapping[str, str], _today: date) -> bool:
    return bool(_MOBILE.fullmatch(number) or _FIXED.fullmatch(number))


def _of_document(number: str, cells: Mapping[str, str], today: date) -> bool:
    """Whether eleven digits are a citizen's card without its zero: then they say the year of birth."""
    if not re.fullmatch(r"\d{11}", number):
        return False
    with suppress(BadInput):
        birth = read_birth(cells.get("birth", ""), today)
        # Province (three digits, of which one is lost), then century and sex in one, then the year.
        return birth is not None and (number[3:5], int(number[2]) // 2) == (
            f"{birth.first.year % 100:02d}",
            birth.first.year // 100 - 19,
        )
    return False


def _never(_number: str, _cells: Mapping[str, str], _today: date) -> bool:
    return False


_ZEROS: Mapping[str, Callable[[str, Mapping[str, str], date], bool]] = {
    "phone": _of_phone,
    "household_phone": _of_phone,
    "document_number": _of_document,
    "earlier_number": _never,
    "insurance_number": _never,
}
