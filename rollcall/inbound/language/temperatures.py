"""Numbers in a text that are no numbers of people: temperatures, oxygen, times, rooms; taken out of it, and what they say kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from monitor.people.oxygen import is_low
from monitor.people.oxygen import is_possible as is_oxygen
from monitor.people.temperature import HOTTEST, is_fever, is_possible
from rollcall.inbound.language.folding import bare

NEVER_WELL = 37.5
"""From here on a text is not simply well, though it is no fever yet."""
ODD_BELOW = 35.0
_FAHRENHEIT = (95.0, 108.9)

_TENS = {"ba": 3, "bon": 4, "thirty": 3, "forty": 4, "fourty": 4}
_ONES = {
    **{"mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "sau": 6, "bay": 7, "bảy": 7, "tam": 8, "chin": 9},
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
}
_ONE = "|".join(sorted(_ONES, key=len, reverse=True))
_SPELT = re.compile(
    rf"\b(?:(ba|bon) *(?:muoi|mươi|chuc)(?: *({_ONE}))?|(ba|bon) ({_ONE})(?= *(?:do|ruoi)\b)|(thirty|fou?rty)(?:[ -]({_ONE}))?)\b"
    rf"(?:(?: do)? *(?:phay|cham|point) *({_ONE})\b)?"
)
_SPELT_HUNDRED = re.compile(rf"\b(?:a |one )?hundred(?: and)?(?: ({_ONE}))?(?: point ({_ONE}))?\b")

_NO_UNIT = (
    r"(?! *(?:tuoi|t\b|years?|yrs?|y\.?o\b|%|kg|ki|km|m\b|cm|nguoi|ngay|days?|lan|times?|phut|minutes?|mins?|h\b|gio|hours?|people"
    r"|vach|k\b|ngan|nghin|trieu|dong|vnd|viên|vien|mg|ml|/ ?\d|: ?\d|th\b|thang|months?|weeks?|tuan))"
)
_DEGREES = re.compile(
    r"(?<![\d.,/])(?<!\d:)(?P<whole>\d{2,3})(?!\d)"
    r"(?:"
    r" *[.,·] ?(?P<decimals>\d{1,2})(?![\d])(?![.,]\d)"
    r"| *(?P<sign>do|°|º|degrees?|deg|o(?=[ \dc]|$)|['*]) *(?P<after>\d{1,2}(?!\d)|ruoi|r\b)?(?![a-bd-eg-qs-z])"
    r"| *(?:phay|cham|point|chấm) *(?P<spoken>\d{1,2})(?!\d)"
    r"| *(?P<half>ruoi)\b"
    r"| (?P<apart>\d)(?= *(?:do|c|f)?\b *(?:$|[.,;!?\n]))"
    r")?"
    r"(?: *(?P<unit>do c|°c|ºc|oc|c|f|°f|ºf|of|do|°|º|degrees?|celsius|celcius|fahrenheit|cel)(?![^\W\d_]))?" + _NO_UNIT
)
_OXYGEN = re.compile(
    r"\b(?:sp ?[o0]2|sa ?[o0]2|[o0]2|oxy|oxi|oxygen|nong do oxy)\b[ :=-]*"
    r"(?:(?:level|sat|saturation|la|is|at|tut|con|xuong|giam|only|chi|down|to|mau|trong)\b[ :=]*){0,4}"
    r"(\d{2,3}) *(?:%|phan tram|percent)?"
)
_TIME = re.compile(
    r"\b(?:luc |at |vao )?"
    r"(?:(?:[01]?\d|2[0-4]) *(?:h|gio|g)(?: *[0-5]?\d\b(?! *(?:do|c|f|[.,]\d))| *ruoi\b)?(?![a-z])"
    r"|(?:[01]?\d|2[0-3]):[0-5]\d(?: *[ap]m)?|(?:0?\d|1[0-2]) *(?:am|pm)\b)"
    r"(?: *(?:sang|chieu|toi|trua|dem)\b(?! *(?:qua|hom)))?"
)
_DATE = re.compile(
    r"\b(?:ngay|date|hom nay) *(?:ngay *)?[0-3]?\d(?:[/-][01]?\d(?:[/-](?:20)?\d\d)?)?\b(?! *(?:ngay|do|c\b|f\b))"
    r"|\b[0-3]?\d[/-][01]?\d[/-](?:20)?\d\d\b"
)
_ROOM = re.compile(
    r"(?<![^\W_])(?:phong|buong|room|rm|flat|apt|apartment|p|ph|can ho|giuong|bed)(?: *(?:so|no|number|#|\.|:|-) *)* *"
    r"(?P<room>[a-z]?\d{1,4}[a-z]?)(?![\w])(?! *(?:do|°|nguoi|[.,]\d))"
)
_LIKE_DEGREES = re.compile(r"\d{2,3}[cf]")
_COUNT = re.compile(
    r"\b(?:ca|all|tat ca|du) *(?P<before>[2-9]|hai|ba|bon|nam|sau|bay|tam)\b(?! *(?:do|°|[.,]\d))"
    r"(?: *(?:nguoi|me con|bo con|vo chong|anh em|chi em|chau|con|of us|people|persons)\b)*"
    r"|\b(?:nha|gia dinh)(?: (?:em|toi|minh|con|chau|co|tui))* *(?P<home>[2-9]) *(?:nguoi|thanh vien|nhan khau)"
    r"|\b(?:family of (?P<family>[2-9])|(?P<after>[2-9]|two|three|four|five|six) of us)\b"
)
_WORD_COUNTS = {
    "hai": 2,
    "ba": 3,
    "bon": 4,
    "nam": 5,
    "sau": 6,
    "bay": 7,
    "tam": 8,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
}
_SPACE = " \x1f "


@dataclass
class Measured:
    """A text without these numbers. temperature: the hottest in it, degrees Celsius; spo2: the lowest oxygen saturation, per cent; odd: a
    number in it is not understood.

    everybody: it says how many they are, and that it is all of them.
    """

    text: str
    temperature: float | None = None
    spo2: int | None = None
    odd: bool = False
    everybody: bool = False
    rooms: list[str] = field(default_factory=list)

    @property
    def fever(self) -> bool:
        """Whether it tells of illness."""
        return is_fever(self.temperature)

    @property
    def low_oxygen(self) -> bool:
        """Whether so little oxygen tells of illness."""
        return is_low(self.spo2)

    @property
    def never_well(self) -> bool:
        """Whether a person must look at it, whatever else is said."""
        return self.odd or self.low_oxygen or (self.temperature is not None and self.temperature >= NEVER_WELL)


def measure(text: str, *, rooms: Collection[str] | None, count: int, own: Collection[str]) -> Measured:
    """Take out of a normal text what is no number of a person.

    rooms: digits of the writers' own rooms, None where they are not known; count: how many write with the number, 0 where that is not
    known; own: numbers that are theirs or ours and stay in the text.
    """
    found = Measured(text)
    if not any(each.isdigit() for each in text):
        found.text = _cut(text, _SPELT_HUNDRED, _hundred) if "hundred" in text else text
        found.text = _cut(found.text, _SPELT, _digits)
        if found.text == text and not _COUNT.search(bare(text)):
            return found
    else:
        found.text = _cut(text, _SPELT, _digits)

    def oxygen(match: re.Match[str]) -> str:
        percent = int(match[1])
        if is_oxygen(percent):
            found.spo2 = min(percent, found.spo2 or percent)
        found.odd |= not is_oxygen(percent)
        return " "

    def room(match: re.Match[str]) -> str:
        found.rooms.append(match["room"])
        # "phòng 103F" may be a room; where theirs are not known, it may be a fever.
        theirs = match["room"].lstrip("0") in rooms if rooms is not None else not _LIKE_DEGREES.fullmatch(match["room"])
        found.odd |= not theirs
        return " "

    def number_of_people(match: re.Match[str]) -> str:
        given = next(each for each in match.groups() if each)
        number = _WORD_COUNTS.get(given) or int(given)
        found.everybody = True
        found.odd |= number < count
        return " "

    def degrees(match: re.Match[str]) -> str:
        if match[0].strip() in own:
            return match[0]
        value = _celsius(match)
        if value is None:
            return match[0]
        found.odd |= not ODD_BELOW <= value <= HOTTEST
        if value <= HOTTEST:
            found.temperature = max(value, found.temperature or value)
        return _SPACE

    found.text = _cut(found.text, _OXYGEN, oxygen)
    found.text = _cut(found.text, _ROOM, room)
    for pattern in (_TIME, _DATE):
        found.text = _cut(found.text, pattern, lambda _: " ")
    found.text = _cut(found.text, _COUNT, number_of_people)
    found.text = _cut(found.text, _DEGREES, degrees).replace(_SPACE, " ")
    return found


def _cut(text: str, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str]) -> str:
    """A text in which what a pattern finds without accents is replaced; a match that is given back as it was stays with its accents."""
    pieces, at = [], 0
    for match in pattern.finditer(bare(text)):
        if match.end() == match.start():
            continue
        new = replace(match)
        pieces += [text[at : match.start()], text[match.start() : match.end()] if new == match[0] else new]
        at = match.end()
    return "".join([*pieces, text[at:]]) if at else text


def _digits(match: re.Match[str]) -> str:
    tens = _TENS[match[1] or match[3] or match[5]]
    ones = _ONES.get(match[2] or match[4] or match[6] or "", 0)
    tenths = f".{_ONES[match[7]]}" if match[7] else ""
    return f"{tens}{ones}{tenths}" if is_possible(tens * 10 + ones) else match[0]


def _hundred(match: re.Match[str]) -> str:
    tenths = f".{_ONES[match[2]]}" if match[2] else ""
    return f"10{_ONES.get(match[1] or '', 0)}{tenths}"


def _celsius(match: re.Match[str]) -> float | None:
    """Degrees Celsius; None for a number that is no temperature."""
    whole, unit = match["whole"], (match["unit"] or "")
    fraction = match["decimals"] or match["spoken"] or match["apart"] or ""
    after = match["after"] or ""
    if match["half"] or after.startswith("r"):
        fraction = "5"
    elif after:
        fraction = after
    marked = bool(fraction or unit or match["sign"])
    value = float(f"{whole}.{fraction or 0}")
    if len(whole) == 3 and not _in(value, _FAHRENHEIT) and marked and 340 <= int(whole) <= 439:
        # "385 độ": the comma was left out.
        value = int(whole) / 10
    if "f" in unit or (_in(value, _FAHRENHEIT) and (fraction or unit or value >= 100)):
        return (value - 32) / 1.8
    if 34 <= value < 44:
        return value
    return value if marked and (unit or match["sign"] or len(whole) == 2) and not match["apart"] else None


def _in(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
