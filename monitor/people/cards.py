"""What the code on a citizen card or a health-insurance card says, read as it comes from cameras and from scanners. Pure decisions.

Such codes are not signed: anybody can print one. They help to type, and prove nothing. What cannot be read surely is left out and said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from monitor.folding import folded
from monitor.people.births import Birth, read_birth
from monitor.people.card_text import hex_read, in_capitals_undone, letters_lost, telex_read
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_, Words, words

CITIZEN_DIGITS, EARLIER_DIGITS = 12, 9
MOST_SHOWN = 300  # letters of a text that is no card's
# Of birth registration, as the first three digits say: the 63 provinces until June 2025; above them stand countries.
_PROVINCES = frozenset(
    f"{code:03}"
    for code in (
        1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45, 46, 48, 49, 51,
        52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96,
    )
)  # fmt: skip
_INSURANCE = re.compile(r"(?:[A-Z]{2}\d{13}|\d{10})")
_INSURANCE_LONGER = re.compile(r"[A-Z]{2}\d{13}\w+")
_SEXES = {"nam": "male", "1": "male", "nu": "female", "2": "female", "khac": "other"}
_TYPES = {
    "tp": "Thành phố", "tx": "Thị xã", "tt": "Thị trấn", "p": "Phường", "q": "Quận", "h": "Huyện", "x": "Xã", "t": "Tỉnh",
}  # fmt: skip
_TYPE = re.compile(r"(tp|tx|tt|p|q|h|x|t)\s*\.\s*", re.IGNORECASE)
_UNIT_PARTS = 3  # of an address: commune, district, province


class CardKind(StrEnum):
    """Which card a text is from."""

    CITIZEN = "citizen"
    INSURANCE = "insurance"
    NUMBER = "number"
    """The number of a card alone, as older cards have it as a bar code."""


@dataclass(frozen=True)
class Card:
    """What was read. fields: by the names of `monitor.enrolment.details.Details`, as forms hold them. doubts: what to look at again.

    facility: of an insurance card: the five digits of the health facility for first care; empty: there is none, or it cannot be read.
    """

    kind: CardKind
    fields: Mapping[str, str]
    doubts: tuple[Words, ...] = ()
    facility: str = ""


@dataclass(frozen=True)
class NoCard:
    """A text that is no card's. reason: what it is, or is not. text: as it came, cut off."""

    reason: Words
    text: str


@dataclass
class _Reading:
    today: date
    fields: dict[str, str] = field(default_factory=dict)
    doubts: list[Words] = field(default_factory=list)
    birth: Birth | None = None

    def doubt(self, template: str, **values: object) -> None:
        self.doubts.append(words(template, **values))


def read_card(text: str, today: date) -> Card | NoCard:
    """What a scanned text says of a person, whichever card it is from. today: no birth lies after it."""
    line = plain(text.replace("¦", "|"))
    parts = [part.strip() for part in line.split("|")]
    first = re.sub(r"[\s.\-]", "", parts[0]).upper()
    if len(parts) >= 6 and re.fullmatch(r"\d{9,12}", first) and len(first) != 10:
        return _citizen(first, parts, today)
    if len(parts) >= 4 and (_INSURANCE.fullmatch(first) or _INSURANCE_LONGER.fullmatch(first)):
        return _insurance(first[:15] if first[0].isalpha() else first, parts, today)
    if len(parts) == 1 and _is_citizen_number(first):
        doubt = words(N_("Only the number was read. Please take the rest from the card."))
        return Card(CardKind.NUMBER, {"document_number": first, "nationality": "VN"}, (doubt,))
    if len(parts) == 1 and re.fullmatch(r"[A-Z]{2}\d{13}", first):
        doubt = words(N_("Only the number was read. Please take the rest from the card."))
        return Card(CardKind.NUMBER, {"insurance_number": first}, (doubt,))
    return NoCard(_what_else(line, parts, first), line[:MOST_SHOWN])


def number_doubts(number: str, sex: str, birth: Birth | None) -> tuple[Words, ...]:
    """Where a citizen card's number says otherwise than the rest: province, sex, century and year of birth. Other numbers say nothing.

    sex: "male", "female" or "".
    """
    if not re.fullmatch(rf"\d{{{CITIZEN_DIGITS}}}", number):
        return ()
    doubts = []
    if number[0] == "0" and number[:3] not in _PROVINCES:
        doubts.append(
            words(N_("No province has the code %(code)s with which the number begins. Please check it."), code=number[:3])
        )
    if sex in ("male", "female") and sex != ("female" if int(number[3]) % 2 else "male"):
        doubts.append(words(N_("The number is that of the other sex. Please check number and sex.")))
    year = 1900 + 100 * (int(number[3]) // 2) + int(number[4:6])
    if birth is not None and birth.first.year != year:
        doubts.append(words(N_("The number says born in %(year)s. Please check number and date of birth."), year=str(year)))
    return tuple(doubts)


def unit_texts(address: str) -> tuple[str, ...]:
    """What of a card's address may name its administrative unit, the likeliest first: its last three parts, then the last two.

    Cards until June 2025 name commune, district and province; later ones commune and province.
    """
    parts = [_type_written(part.strip()) for part in plain(address).split(",") if part.strip()]
    tails = [parts[-count:] for count in (_UNIT_PARTS, _UNIT_PARTS - 1) if len(parts) >= count]
    return tuple(dict.fromkeys(", ".join(tail) for tail in tails))


def _citizen(number: str, parts: Sequence[str], today: date) -> Card:
    """number | earlier number, maybe empty or left out | name | birth | sex | address | issued … ; whatever follows is not read."""
    reading = _Reading(today, {"nationality": "VN"})
    if len(number) in (CITIZEN_DIGITS, EARLIER_DIGITS):
        reading.fields["document_number"] = number
    else:
        reading.doubt(
            N_("A card’s number has 12 digits; %(number)s has %(count)s. Please type it from the card."),
            number=number,
            count=len(number),
        )
    rest = list(parts[1:])
    if not rest[0] or rest[0].replace(" ", "").isdecimal():
        earlier = rest.pop(0).replace(" ", "")
        if len(earlier) in (CITIZEN_DIGITS, EARLIER_DIGITS):
            reading.fields["earlier_number"] = earlier
        elif earlier:
            reading.doubt(N_("The earlier number %(number)s is not whole and was left out."), number=earlier)
    name, birth, sex, address = (*rest, "", "", "", "")[:4]
    _take_birth(reading, birth)
    _take_sex(reading, sex)
    _take_name(reading, name)
    _take_address(reading, address)
    _say_lost_accents(reading, (name, sex, address))
    reading.doubts += number_doubts(number, reading.fields.get("sex", ""), reading.birth)
    return Card(CardKind.CITIZEN, reading.fields, tuple(reading.doubts))


def _insurance(code: str, parts: Sequence[str], today: date) -> Card:
    """number | name | birth | 1 or 2 | address | facility | from | to | issued | manager | parent | …, names as text or as hex."""
    reading = _Reading(today, {"insurance_number": code})
    told = [part for part in parts if part != "$"]
    name, birth, sex, address = (hex_read(part) for part in (*told[1:], "", "", "", "")[:4])
    _take_birth(reading, birth)
    _take_sex(reading, sex)
    _take_name(reading, name)
    _take_address(reading, address)
    ended = told[7] if len(told) > 7 else ""
    if (day := _last_day(ended)) is not None and day < today:
        reading.doubt(N_("The card was good until %(day)s. Please ask whether there is a newer one."), day=day)
    parent = hex_read(told[10]).strip() if len(told) > 10 else ""
    if parent and any(sign.isalpha() for sign in parent):
        reading.doubt(N_("The card names a parent: %(name)s."), name=in_capitals_undone(parent))
    _say_lost_accents(reading, (name, address))
    return Card(CardKind.INSURANCE, reading.fields, tuple(reading.doubts), _facility(told[5] if len(told) > 5 else ""))


def _facility(given: str) -> str:
    """79 - 034 -> 79034: province and number there, however they are divided."""
    digits = re.sub(r"[\s\-–—]", "", given)
    return digits if re.fullmatch(r"\d{5}", digits) else ""


def _last_day(given: str) -> date | None:
    """d/M/yyyy, zeros left out as well; None for anything else, as where a card never ends."""
    found = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", given)
    try:
        return date(int(found[3]), int(found[2]), int(found[1])) if found else None
    except ValueError:
        return None


def _take_name(reading: _Reading, given: str) -> None:
    if not given or letters_lost(given):
        if given:
            reading.doubt(N_("Letters of the name were lost: “%(name)s”. Please type it from the card."), name=given)
        else:
            reading.doubt(N_("The code names nobody. Please type the name from the card."))
        return
    name = in_capitals_undone(given)
    read = telex_read(name)
    if read != name:
        reading.doubt(
            N_("The scanner wrote “%(typed)s”; that was read as “%(name)s”. Please check it on the card."),
            typed=given,
            name=read,
        )
    reading.fields["full_name"] = read


def _take_birth(reading: _Reading, given: str) -> None:
    # Who does not know the day has zeros there, or nothing.
    known = re.sub(r"^(?:00[/.\-]?){1,2}(?=\d{2}[/.\-]?\d{4}$|\d{4}$)", "", given)
    try:
        reading.birth = read_birth(known, reading.today)
    except BadInput as problem:
        reading.doubts.append(problem.words)
    if reading.birth is not None:
        reading.fields["birth"] = reading.birth.written()
    elif not given:
        reading.doubt(N_("The code has no date of birth. Please type it from the card."))


def _take_sex(reading: _Reading, given: str) -> None:
    sex = _SEXES.get(folded(telex_read(given)).strip())
    if sex:
        reading.fields["sex"] = sex
    else:
        reading.doubt(N_("The sex could not be read. Please choose it."))


def _take_address(reading: _Reading, given: str) -> None:
    if not given:
        return
    if letters_lost(given):
        reading.doubt(N_("Letters of the address were lost: “%(address)s”. Please type it from the card."), address=given)
        return
    reading.fields["address"] = telex_read(given)


def _say_lost_accents(reading: _Reading, given: Sequence[str]) -> None:
    # A name may be without accents; a name, Nam or Nữ, and an address together hardly ever are.
    if "address" in reading.fields and all(part.isascii() for part in given) and reading.fields["address"].isascii():
        reading.doubt(N_("The scanner leaves out accents. Please check name and address on the card."))


def _is_citizen_number(first: str) -> bool:
    return bool(re.fullmatch(rf"\d{{{CITIZEN_DIGITS}}}", first)) and first[:3] in _PROVINCES


def _what_else(line: str, parts: Sequence[str], first: str) -> Words:
    """What a text is that is no card's, as far as that is sure."""
    small = line.lower()
    if not line:
        return words(N_("Nothing was read."))
    if re.match(r"[a-z][a-z0-9+.\-]*://|www\.", small):
        return words(N_("This is a web address, not the code of a card."))
    if line.startswith("000201"):
        return words(N_("This is a code for paying, not the code of a card."))
    if small.startswith(("begin:vcard", "mecard:")):
        return words(N_("This is a contact, not the code of a card."))
    if re.match(r"[PIAC][A-Z<][A-Z]{3}[A-Z<]+$|[PIAC]<", line):
        return words(N_("This is the line of a passport. Please type name and number from it."))
    if re.fullmatch(r"\d+", first) and len(parts) == 1:
        return words(
            N_("This is a number alone, of %(count)s digits; a citizen card’s has 12. Please type what it is."),
            count=len(first),
        )
    if len(parts) >= 4:
        return words(
            N_("This has fields as a card has, but neither a citizen card’s number nor a health-insurance number in front.")
        )
    return words(N_("This is neither the code of a citizen card nor that of a health-insurance card."))


def _type_written(part: str) -> str:
    """TP. Thủ Dầu Một -> Thành phố Thủ Dầu Một."""
    found = _TYPE.match(part)
    return f"{_TYPES[found[1].lower()]} {part[found.end() :]}" if found else part
