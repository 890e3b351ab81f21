"""What is said of a person on a form, in a row of a file or on a card, read field by field. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from monitor.documents import read_document
from monitor.folding import folded
from monitor.models.people.residents import FStatus, Sex
from monitor.people.births import Birth, read_birth
from monitor.people.pasted import plain
from monitor.people.telephone_numbers import read_number
from monitor.people.typed import Fault, Faults, read_insurance, read_name, read_sex, read_whole_day
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.words import N_

LONGEST_NOTE, LONGEST_ADDRESS, MOST_DOSES = 300, 300, 12
_YES = frozenset({"yes", "y", "true", "x", "1", "on", "co", "c", "dung"})
_NO = frozenset({"no", "n", "false", "0", "khong", "k", "sai"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,4})?")


@dataclass(frozen=True)
class Details:
    """One person. Empty texts and None: nobody said. unit: of the address, which stands for itself otherwise."""

    full_name: str
    name_awaited: bool = False
    sex: Sex | None = None
    birth: Birth | None = None
    phone: str = ""
    document_number: str = ""
    earlier_number: str = ""
    insurance_number: str = ""
    nationality: str = "VN"
    address: str = ""
    unit: UnitKey | None = None
    language: str = "vi"
    f_status: FStatus | None = None
    f_rule_on: date | None = None
    vaccine_doses: int | None = None
    last_dose_on: date | None = None
    without_smartphone: bool = False
    holds_still: bool = False
    long_illness: bool = False
    pregnant: bool = False
    lives_alone: bool = False
    home_possible: bool | None = None
    home_note: str = ""
    supplies_ensured: bool | None = None
    supplies_note: str = ""
    help_needed: str = ""


FIELDS = tuple(each.name for each in fields(Details) if each.name != "unit")
"""Names of the fields that `read_details` reads."""


def read_details(
    typed: Mapping[str, str], today: date, unit: UnitKey | None = None
) -> tuple[Details | None, tuple[Fault, ...]]:
    """The person, or all that is wrong. typed: by the names of `Details`; what is missing counts as not said.

    unit: found by the caller, since that asks the database.
    """
    given = dict.fromkeys(FIELDS, "") | {name: plain(written) for name in FIELDS if (written := typed.get(name))}
    faults = Faults()

    def text(name: str, longest: int = LONGEST_NOTE) -> str:
        return faults.read(name, lambda: _short(given[name], longest, name), "")

    def yes(name: str) -> bool:
        return bool(faults.read(name, lambda: read_yes(given[name], name), None))

    birth = faults.read("birth", lambda: read_birth(given["birth"], today), None)
    details = Details(
        full_name=faults.read("full_name", lambda: read_name(given["full_name"]), ""),
        name_awaited=yes("name_awaited"),
        sex=faults.read("sex", lambda: read_sex(given["sex"]), None),
        birth=birth,
        phone=faults.read("phone", lambda: read_number(given["phone"]) if given["phone"] else "", ""),
        document_number=faults.read("document_number", lambda: _document(given["document_number"], "document_number"), ""),
        earlier_number=faults.read("earlier_number", lambda: _document(given["earlier_number"], "earlier_number"), ""),
        insurance_number=faults.read("insurance_number", lambda: read_insurance(given["insurance_number"]), ""),
        nationality=faults.read("nationality", lambda: _nationality(given["nationality"]), "VN"),
        address=text("address", LONGEST_ADDRESS),
        unit=unit,
        language=faults.read("language", lambda: _language(given["language"]), "vi"),
        f_status=faults.read("f_status", lambda: _status(given["f_status"]), None),
        f_rule_on=faults.read("f_rule_on", lambda: read_whole_day(given["f_rule_on"], "f_rule_on"), None),
        vaccine_doses=faults.read("vaccine_doses", lambda: _doses(given["vaccine_doses"]), None),
        last_dose_on=faults.read("last_dose_on", lambda: _past(given["last_dose_on"], "last_dose_on", today), None),
        without_smartphone=yes("without_smartphone"),
        holds_still=yes("holds_still"),
        long_illness=yes("long_illness"),
        pregnant=yes("pregnant"),
        lives_alone=yes("lives_alone"),
        home_possible=faults.read("home_possible", lambda: read_yes(given["home_possible"], "home_possible"), None),
        home_note=text("home_note"),
        supplies_ensured=faults.read("supplies_ensured", lambda: read_yes(given["supplies_ensured"], "supplies_ensured"), None),
        supplies_note=text("supplies_note"),
        help_needed=text("help_needed"),
    )
    return (None if faults.found else details), tuple(faults.found)


def read_yes(typed: str, field: str) -> bool | None:
    """Có, không, yes, no, x, 1, 0; None where nothing is given. Raises BadInput."""
    if not typed.strip():
        return None
    word = folded(typed).strip()
    if word not in _YES | _NO:
        raise BadInput(N_("Write Có or Không."), field=field)
    return word in _YES


def _past(typed: str, field: str, today: date) -> date | None:
    day = read_whole_day(typed, field)
    if day is not None and day > today:
        raise BadInput(N_("The day %(date)s lies in the future."), field=field, date=plain(typed))
    return day


def _short(text: str, longest: int, field: str) -> str:
    if len(text) > longest:
        raise BadInput(
            N_("At most %(most)s letters fit here; these are %(count)s."), most=longest, count=len(text), field=field
        )
    return text


def _document(typed: str, field: str) -> str:
    try:
        return read_document(typed)
    except BadInput as problem:
        problem.field = field
        raise


def _nationality(typed: str) -> str:
    word = folded(typed).strip()
    if word in ("", "viet nam", "vietnam", "vn", "kinh"):
        return "VN"
    if not re.fullmatch(r"[a-z]{2}", word):
        raise BadInput(N_("Write the nationality as two letters, for example VN, CN, KR or GB."), field="nationality")
    return word.upper()


def _language(typed: str) -> str:
    word = {"tieng viet": "vi", "vietnamese": "vi", "tieng anh": "en", "english": "en"}.get(
        folded(typed).strip(), typed.lower()
    )
    if word and not _LANGUAGE.fullmatch(word):
        raise BadInput(N_("Write the language as vi or en."), field="language")
    return word or "vi"


def _status(typed: str) -> FStatus | None:
    if not typed:
        return None
    try:
        return FStatus(typed.upper().replace(" ", ""))
    except ValueError:
        raise BadInput(N_("Write F0, F1, F2 or F3, or leave it empty."), field="f_status") from None


def _doses(typed: str) -> int | None:
    if not typed:
        return None
    if not typed.isdecimal() or int(typed) > MOST_DOSES:
        raise BadInput(
            N_("Write the number of vaccine doses as a number from 0 to %(most)s."), most=MOST_DOSES, field="vaccine_doses"
        )
    return int(typed)
