"""What is kept of a judged row until all rows are: enough to tell whether two rows of one file are one person, or want one bed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from monitor.enrolment.duplicates import Marks, marks_of
from monitor.enrolment.rows import Wanted
from monitor.models.people.residents import BirthPrecision
from monitor.people.births import Birth
from monitor.people.typed import Fault
from monitor.words import Words


@dataclass(frozen=True)
class Kept:
    """What a row's `marks` hold. household: its name in the zone; household_phone: as this row gives it."""

    marks: Marks
    zone_id: int
    room_id: int | None
    household: str
    household_phone: str

    def dump(self) -> dict[str, Any]:
        """As JSON."""
        marks = self.marks
        return {
            "name": marks.name,
            "born": [marks.birth.first.isoformat(), marks.birth.precision.value] if marks.birth else None,
            "documents": sorted(marks.documents),
            "insurance": marks.insurance,
            "phones": sorted(marks.phones),
            "unit": marks.unit,
            "zone": self.zone_id,
            "room": self.room_id,
            "household": self.household,
            "household_phone": self.household_phone,
        }

    @classmethod
    def load(cls, stored: dict[str, Any]) -> Kept:
        """What `dump` made."""
        born = stored["born"]
        marks = Marks(
            stored["name"],
            Birth(date.fromisoformat(born[0]), BirthPrecision(born[1])) if born else None,
            frozenset(stored["documents"]),
            stored["insurance"],
            frozenset(stored["phones"]),
            stored["unit"],
        )
        return cls(marks, stored["zone"], stored["room"], stored["household"], stored["household_phone"])


def kept_of(wanted: Wanted) -> Kept:
    """Of a row without faults."""
    marks = marks_of(wanted.details, wanted.household_phone)
    return Kept(marks, wanted.zone_id, wanted.room_id, wanted.household, wanted.household_phone)


def dump_faults(faults: tuple[Fault, ...]) -> list[dict[str, Any]] | None:
    """As a row keeps them."""
    return [{"field": each.field, "words": each.words.dump()} for each in faults] or None


def load_faults(stored: list[dict[str, Any]] | None) -> list[Fault]:
    """What `dump_faults` made."""
    return [Fault(each["field"], Words.load(each["words"])) for each in stored or []]
