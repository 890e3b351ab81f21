"""Telephone numbers in one form, so that the one who writes is found however staff typed the number. Pure decisions.

What a number looks like in each country is known by `phonenumbers`, which is Google's libphonenumber in Python.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

from monitor.people.pasted import named, plain
from monitor.problems import BadInput
from monitor.words import N_

REGION, COUNTRY = "VN", "84"
LONGEST = 32
# Vietnam's mobile numbers had eleven digits until September 2018: 0120 became 070, and so on (decision 798 of the Ministry of Information).
SINCE_2018 = {
    "120": "70",
    "121": "79",
    "122": "77",
    "126": "76",
    "128": "78",
    "123": "83",
    "124": "84",
    "125": "85",
    "127": "81",
    "129": "82",
    **{f"16{digit}": f"3{digit}" for digit in range(2, 10)},
    "186": "56",
    "188": "58",
    "199": "59",
}
_BEFORE_2018 = {since: before for before, since in SINCE_2018.items()}
_OLD_MOBILE = re.compile(r"(12\d|16\d|18[68]|199)(\d{7})")
# What may stand between digits.
_BETWEEN = re.compile(r"[\s().\-/]")
_SHORTEST, _MOBILE_DIGITS = 7, 9
_OF_SERVICES = (
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.PREMIUM_RATE,
    PhoneNumberType.SHARED_COST,
    PhoneNumberType.UAN,
    PhoneNumberType.VOICEMAIL,
    PhoneNumberType.PAGER,
)
_EXTENSION = re.compile(r"(?:;ext=|[,;x#]|\s(?:ext\.?|x|máy lẻ|ml\.?|số lẻ)[\s.:]*)\s*\d{1,6}$", re.IGNORECASE)
_SEVERAL = re.compile(r"[/,;|&+\n]|\s-\s|\s(?:or|and|hoặc|hay|và)\s|\s{1,}(?=\+|0\d)", re.IGNORECASE)


class Line(StrEnum):
    """What can be done with a number."""

    TEXTED = "texted"
    CALLED_ONLY = "called-only"
    UNKNOWN = "unknown"


def international(number: str) -> str:
    """+84…; what is no telephone number (a name, a short number, several numbers) as it is, without spaces."""
    given = plain(number)
    as_it_is = "".join(given.split())[:LONGEST]
    body = _without_uri(given)
    digits = _BETWEEN.sub("", re.sub(r"(?<=\d)\s*\(0\)", "", _EXTENSION.sub("", body)))
    if not re.fullmatch(r"\+?[0-9]{7,17}", digits) or len(_parts(body)) > 1:
        return as_it_is
    parsed = _parsed(digits)
    if parsed is not None and phonenumbers.is_valid_number(parsed):
        return _written(parsed)
    # Numbers that nobody has, of tests and of gateways, are numbers too.
    if re.fullmatch(r"\+\d{6,15}", digits):
        return digits
    if re.fullmatch(r"00\d{6,15}", digits):
        return international(f"+{digits[2:]}")
    if re.fullmatch(r"0\d{8,11}", digits):
        return f"+{COUNTRY}{digits[1:]}"
    if re.fullmatch(rf"{COUNTRY}\d{{7,12}}", digits):
        return f"+{digits}"
    return as_it_is


def read_number(given: str, *, field: str = "phone") -> str:
    """A number that somebody types, in the one form. Raises BadInput that says which sign is wrong, or what else. field: of the form."""
    body = _without_uri(plain(given))
    if not body.strip("+()./- "):
        raise BadInput(N_("Please enter a telephone number, for example 0901234567."), field=field)
    if len(_parts(body)) > 1:
        raise BadInput(N_("Please enter one telephone number only."), field=field)
    if _EXTENSION.search(body):
        raise BadInput(N_("Extensions cannot be dialled; please enter a number that rings by itself."), field=field)
    signs = _BETWEEN.sub("", body)
    wrong = re.search(r"[^0-9+]|(?<!^)\+", signs)
    if wrong:
        raise BadInput(N_("%(sign)s cannot stand in a telephone number."), sign=named(wrong[0]), field=field)
    number = international(body)
    digits = signs.lstrip("+")
    if len(digits) < _SHORTEST:
        raise BadInput(
            N_("%(number)s is a short number; please enter the whole number with its area code."), number=signs, field=field
        )
    parsed = _parsed(number) if number.startswith("+") else None
    if parsed is not None and phonenumbers.number_type(parsed) in _OF_SERVICES:
        raise BadInput(N_("%(number)s is the number of a service, not of a person."), number=signs, field=field)
    if parsed is not None and phonenumbers.is_valid_number(parsed):
        return number
    mobile = re.fullmatch(rf"\+{COUNTRY}([35789]\d*)", number)
    if mobile and len(mobile[1]) != _MOBILE_DIGITS:
        raise BadInput(
            N_("A Vietnamese mobile number has ten digits; this one has %(count)s."), count=len(mobile[1]) + 1, field=field
        )
    reason = phonenumbers.is_possible_number_with_reason(parsed) if parsed is not None else None
    if reason == phonenumbers.ValidationResult.TOO_LONG or len(digits) > 15:
        raise BadInput(N_("This telephone number has too many digits."), field=field)
    if reason in (phonenumbers.ValidationResult.TOO_SHORT, phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY, None):
        raise BadInput(N_("This telephone number has too few digits, or lacks its area code."), field=field)
    raise BadInput(
        N_("There is no telephone number like %(number)s; please check its first digits."), number=number, field=field
    )


def line_of(number: str) -> Line:
    """Whether a number can be texted. number: of any form."""
    one = international(number)
    parsed = _parsed(one) if one.startswith("+") else None
    kind = phonenumbers.number_type(parsed) if parsed is not None else PhoneNumberType.UNKNOWN
    if kind == PhoneNumberType.FIXED_LINE or kind in _OF_SERVICES:
        return Line.CALLED_ONLY
    mobile = kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
    return Line.TEXTED if mobile else Line.UNKNOWN


def spellings(number: str) -> list[str]:
    """How a number may have been typed: +8490…, 8490…, 090…, 008490…, in groups, and as it was before 2018."""
    one = international(number)
    if not one.startswith("+"):
        return [one] if one else []
    found = _international_spellings(one)
    if one.startswith(f"+{COUNTRY}"):
        national = one[len(COUNTRY) + 1 :]
        found += _national_spellings(national)
        before = _BEFORE_2018.get(national[:2]) if len(national) == 9 else None
        if before:
            old = before + national[2:]
            found += _international_spellings(f"+{COUNTRY}{old}") + _national_spellings(old)
    return list(dict.fromkeys(found))


def _international_spellings(one: str) -> list[str]:
    return [one, one[1:], f"00{one[1:]}"]


def _national_spellings(national: str) -> list[str]:
    local = f"0{national}"
    found = [local, f"+{COUNTRY} {national}", f"+{COUNTRY}{local}", f"{COUNTRY}{local}", f"+{COUNTRY}(0){national}"]
    # As people group them on paper.
    for groups in ((local[:4], local[4:7], local[7:]), (local[:3], local[3:6], local[6:])):
        found += [between.join(groups) for between in (" ", ".", "-")]
    return found


def _without_uri(given: str) -> str:
    """What a link to a number holds: tel:+84-90-123-4567;phone-context=…"""
    link = re.fullmatch(r"(?:tel|sms|smsto|callto):(?://)?(.*)", given, re.IGNORECASE)
    if link is None:
        return given
    context = re.search(r";phone-context=(\+\d+)", link[1], re.IGNORECASE)
    body = re.sub(r";(?!ext=)[\w-]+(?:=[^;]*)?(?=;|$)", "", link[1], flags=re.IGNORECASE).strip()
    return context[1] + body.lstrip("0") if context and not body.startswith("+") else body


def _parts(body: str) -> list[str]:
    """The numbers in one field: those parts that are long enough for one."""
    parts = [re.sub(r"\D", "", each) for each in _SEVERAL.split(body)]
    return [each for each in parts if len(each) > _SHORTEST]


@lru_cache(1024)
def _parsed(number: str) -> PhoneNumber | None:
    try:
        parsed = phonenumbers.parse(number, REGION)
    except NumberParseException:
        return None
    old = _OLD_MOBILE.fullmatch(str(parsed.national_number)) if str(parsed.country_code) == COUNTRY else None
    if old and old[1] in SINCE_2018:
        return phonenumbers.parse(f"+{COUNTRY}{SINCE_2018[old[1]]}{old[2]}")
    return parsed


def _written(parsed: PhoneNumber) -> str:
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
