"""Who declares, as they say themselves: name, birth, numbers, telephone, where they live now. Pure decisions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from monitor.documents import read_document
from monitor.folding import folded
from monitor.models.declarations import Declarant
from monitor.models.people.residents import Sex
from monitor.people.births import Birth, birth_of, read_birth
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.people.typed import Fault, Faults, read_insurance, read_name, read_sex
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.words import N_, words

LONGEST_ADDRESS = 300
FIELDS = ("full_name", "birth", "sex", "document_number", "insurance_number", "phone", "address")
"""Of a page, beside the unit."""


@dataclass(frozen=True)
class Who:
    """One person. Empty texts and None: nobody said. unit: where they live now."""

    full_name: str
    birth: Birth | None
    sex: Sex | None
    document_number: str
    insurance_number: str
    phone: str
    address: str
    unit: UnitKey | None


def read_who(typed: Mapping[str, str], today: date, unit: UnitKey | None) -> tuple[Who | None, list[Fault]]:
    """The person, or all that is wrong. typed: by FIELDS. unit: found by the caller, who says by himself what is wrong with it."""
    given = {name: plain(typed.get(name, "")) for name in FIELDS}
    faults = Faults()

    def document() -> str:
        try:
            return read_document(given["document_number"])
        except BadInput as problem:
            problem.field = "document_number"
            raise

    def address() -> str:
        if len(given["address"]) > LONGEST_ADDRESS:
            raise BadInput(
                N_("At most %(most)s letters fit here; these are %(count)s."),
                most=LONGEST_ADDRESS,
                count=len(given["address"]),
                field="address",
            )
        return given["address"]

    birth = faults.read("birth", lambda: read_birth(given["birth"], today), None)
    who = Who(
        full_name=faults.read("full_name", lambda: read_name(given["full_name"]), ""),
        birth=birth,
        sex=faults.read("sex", lambda: read_sex(given["sex"]), None),
        document_number=faults.read("document_number", document, ""),
        insurance_number=faults.read("insurance_number", lambda: read_insurance(given["insurance_number"]), ""),
        phone=faults.read("phone", lambda: read_number(given["phone"]) if given["phone"] else "", ""),
        address=faults.read("address", address, ""),
        unit=unit,
    )
    found = list(faults.found)
    if birth is None and not any(each.field == "birth" for each in found):
        found.append(Fault("birth", words(N_("Please write the date of birth, or only the year."))))
    return (None if found else who), found


def who_of(row: Declarant) -> Who:
    """As they said last time."""
    return Who(
        full_name=row.full_name,
        birth=birth_of(row.birth_date, row.birth_precision),
        sex=row.sex,
        document_number=row.document_number,
        insurance_number=row.insurance_number,
        phone=row.phone,
        address=row.address,
        unit=UnitKey(row.unit_code, row.unit_from) if row.unit_code and row.unit_from else None,
    )


def fields_of(who: Who) -> dict[str, str]:
    """As a page's fields hold them."""
    return {
        "full_name": who.full_name,
        "birth": who.birth.written() if who.birth else "",
        "sex": who.sex.value if who.sex else "",
        "document_number": who.document_number,
        "insurance_number": who.insurance_number,
        "phone": who.phone,
        "address": who.address,
    }


def is_same(before: Who, now: Who) -> bool:
    """Whether somebody who declares again with the key of their page is who they were: a name may be written better, an address
    be another, but another card or another name with another birth is another person."""
    if before.document_number and now.document_number:
        return before.document_number == now.document_number
    if folded(before.full_name) == folded(now.full_name):
        return True
    return before.birth == now.birth
