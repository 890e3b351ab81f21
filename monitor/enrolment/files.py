"""People as rows of a file: how each value is written so that it is read as the same again, and files of any length, CSV and XLSX.

Whoever writes people into a file does it here: the list's export, refused rows, the template.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from monitor.enrolment.columns import COLUMNS, OBLIGATORY, WRONG, heading
from monitor.enrolment.details import Details
from monitor.enrolment.orders import OrderDetails
from monitor.models.people.residents import Sex
from monitor.people.telephone_numbers import COUNTRY
from monitor.sheets import FileKind, written_table
from monitor.words import N_, translator

SEXES = {Sex.MALE: N_("Male"), Sex.FEMALE: N_("Female"), Sex.OTHER: N_("Other sex")}
YES, NO = N_("Yes"), N_("No")


@dataclass(frozen=True)
class Filed:
    """Someone as a row. record: the number of their row; unit: the commune as `Unit.written("vi")` has it; timezone: of the zone."""

    details: Details
    record: int
    zone: str
    timezone: str
    room: str = ""
    household: str = ""
    household_phone: str = ""
    unit: str = ""
    arrived_at: datetime | None = None
    order: OrderDetails | None = None


def cells_of(person: Filed, language: str) -> dict[str, str]:
    """What stands in each column; what nobody said is left out. Read again, it says the same."""
    say, said, order = _sayings(language), person.details, person.order
    cells = {
        "full_name": said.full_name,
        "sex": say[SEXES[said.sex]] if said.sex else "",
        "birth": said.birth.written() if said.birth else "",
        "phone": national(said.phone),
        "document_number": said.document_number,
        "zone": person.zone,
        "room": person.room,
        "household": person.household,
        "household_phone": national(person.household_phone),
        "arrived_at": _moment(person.arrived_at, person.timezone),
        "f_status": said.f_status.value if said.f_status else "",
        "f_rule_on": _day(said.f_rule_on),
        "unit": person.unit,
        "vaccine_doses": "" if said.vaccine_doses is None else str(said.vaccine_doses),
        "last_dose_on": _day(said.last_dose_on),
        "record": str(person.record),
    }
    for name in ("address", "earlier_number", "insurance_number", "nationality", "language"):
        cells[name] = getattr(said, name)
    for name in ("help_needed", "home_note", "supplies_note"):
        cells[name] = getattr(said, name)
    for name in ("long_illness", "pregnant", "lives_alone", "without_smartphone", "holds_still", "name_awaited"):
        cells[name] = say[YES] if getattr(said, name) else ""
    for name in ("home_possible", "supplies_ensured"):
        value = getattr(said, name)
        cells[name] = "" if value is None else say[YES if value else NO]
    if order is not None:
        cells |= {name: getattr(order, name) for name in ("number", "authority", "reason", "legal_basis")}
        cells |= {name: _day(getattr(order, name)) for name in ("ordered_orally_on", "written_on", "delivered_on")}
        cells["starts_at"] = _moment(order.starts_at, person.timezone)
        cells["ends_at"] = _moment(order.ends_at, person.timezone, until=True)
    return {name: value for name, value in cells.items() if value}


def written_people(
    rows: Iterable[Mapping[str, str]], kind: FileKind, language: str, columns: Sequence[str] = COLUMNS, *, wrong: bool = False
) -> Iterator[bytes]:
    """A file of people, piece by piece; in memory is a part of it only, however many there are.

    rows: by columns, as `cells_of` makes them. wrong: with a last column that says what is wrong, which rows have under `WRONG`.
    """
    names = [f"{heading(each, language)}{' *' if each in OBLIGATORY else ''}" for each in columns]
    keys = list(columns)
    if wrong:
        names.append(translator(language)(WRONG))
        keys.append(WRONG)
    lines = ([row.get(key, "") for key in keys] for row in rows)
    yield from written_table(names, lines, kind)


def national(phone: str) -> str:
    """As people in Vietnam write it; a number of elsewhere stays as it is."""
    return f"0{phone[len(COUNTRY) + 1 :]}" if phone.startswith(f"+{COUNTRY}") else phone


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""


def _moment(at: datetime | None, timezone: str, *, until: bool = False) -> str:
    """On the zone's clock. until: the end of a day is written as that day."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(timezone))
    if (local.hour, local.minute) == (0, 0):
        return _day(local.date() - timedelta(days=until))
    return local.strftime("%d/%m/%Y %H:%M")


@lru_cache
def _sayings(language: str) -> Mapping[str, str]:
    say = translator(language)
    return {each: say(each) for each in (*SEXES.values(), YES, NO)}
