"""The columns of files of people: what they are called in both languages and otherwise, and which a file must have. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from monitor.enrolment.field_names import NAMES
from monitor.folding import folded
from monitor.problems import BadInput
from monitor.words import LANGUAGES, N_, Words, translator

OBLIGATORY = ("full_name", "sex", "birth", "phone", "document_number", "starts_at", "ends_at", "authority")
"""A file without one of these headings is another file. Cells may stay empty, but for the name."""
COLUMNS = (
    *OBLIGATORY[:5],
    *("zone", "room", "household", "household_phone"),
    *OBLIGATORY[5:],
    *("number", "reason", "legal_basis", "ordered_orally_on", "written_on", "delivered_on", "arrived_at"),
    *("f_status", "f_rule_on", "address", "unit", "earlier_number", "insurance_number", "nationality", "language"),
    *("vaccine_doses", "last_dose_on", "long_illness", "pregnant", "lives_alone", "without_smartphone", "holds_still"),
    *("name_awaited", "help_needed", "home_possible", "home_note", "supplies_ensured", "supplies_note"),
    *("record",),
)
"""All columns in the order in which we write them. The last one is in our own exports: whose record a row came from."""
WRONG = N_("What is wrong")
"""The heading over what is wrong with refused rows; ignored when they come again."""
_HEADINGS = NAMES | {
    "full_name": N_("Full name"),
    "starts_at": N_("From date"),
    "ends_at": N_("To date"),
    "arrived_at": N_("Arrival date"),
    "f_rule_on": N_("F-status by the rule of"),
    "last_dose_on": N_("Date of the last dose"),
}
"""In the first row; the names of fields, where they say enough outside a form."""
TEXTS = frozenset({"phone", "household_phone", "document_number", "earlier_number", "insurance_number", "room", "number"})
"""Of digits that are no amount: a spreadsheet must not take a zero off."""
YES_OR_NO = frozenset(
    {
        "long_illness",
        "pregnant",
        "lives_alone",
        "without_smartphone",
        "holds_still",
        "name_awaited",
        "home_possible",
        "supplies_ensured",
    }
)
DAYS = frozenset(
    {
        "birth",
        "starts_at",
        "ends_at",
        "ordered_orally_on",
        "written_on",
        "delivered_on",
        "arrived_at",
        "f_rule_on",
        "last_dose_on",
    }
)
# What else people write over the columns, in plain letters.
_ALSO = {
    "full_name": "ho va ten|ho ten|ten|ho va ten nguoi cach ly|full name|ho ten nguoi cach ly",
    "sex": "gioi|gioi tinh nam nu|nam nu|gender",
    "birth": "ngay sinh|ngay thang nam sinh|nam sinh|ngay thang nam sinh dd mm yyyy|dob|birth date|birthday|year of birth",
    "phone": "sdt|so dien thoai|dien thoai|dt|dien thoai di dong|so dt|phone|mobile|phone number|telephone number",
    "document_number": "cccd|so cccd|can cuoc|can cuoc cong dan|so can cuoc|so can cuoc cong dan|cmnd|so cmnd|cccd cmnd|cmnd cccd|"
    "so cccd cmnd|so cmnd cccd|so giay to|so ho chieu|ho chieu|so dinh danh|so dinh danh ca nhan|passport|id number|identity card",
    "earlier_number": "cmnd cu|so cmnd cu|so giay to cu",
    "insurance_number": "bhyt|the bhyt|so the bhyt|ma the bhyt|so bhyt|ma so bhxh|bhxh|so the bao hiem y te",
    "nationality": "quoc tich|ma quoc tich",
    "address": "dia chi|noi o|cho o|so nha|dia chi thuong tru|noi cu tru",
    "unit": "phuong xa|xa phuong|xa|phuong|don vi hanh chinh|ward|commune|ward commune",
    "language": "ngon ngu|tieng",
    "f_status": "dien|phan loai|doi tuong|f0 f1|loai f|f status|dien cach ly",
    "zone": "khu|khu cach ly|noi cach ly|zone",
    "room": "so phong|phong so|phong|room number",
    "household": "ho|ho gia dinh|gia dinh|ten ho|chu ho",
    "household_phone": "sdt ho|dien thoai ho|so dien thoai ho|sdt chu ho|dien thoai chu ho|household phone",
    "starts_at": "tu ngay|ngay bat dau|bat dau|ngay bat dau cach ly|from date|start|start date",
    "ends_at": "den ngay|ngay ket thuc|ket thuc|ngay ket thuc cach ly|het ngay|to date|until|end|end date",
    "authority": "co quan|co quan ra quyet dinh|co quan ban hanh|noi ban hanh|nguoi ra quyet dinh",
    "number": "so quyet dinh|quyet dinh so|so qd|qd so|order number",
    "reason": "ly do|ly do cach ly",
    "legal_basis": "can cu|can cu phap ly",
    "arrived_at": "ngay vao|ngay den|ngay vao khu|ngay nhap khu|ngay tiep nhan|arrival",
    "vaccine_doses": "so mui|so mui tiem|so mui vac xin|so mui vaccine|tiem chung|doses",
    "long_illness": "benh nen|benh man tinh",
    "pregnant": "mang thai|co thai|thai phu",
    "record": "ma ho so",
}
# Headings that say nothing of a person: told of neither as unknown.
_NUMBERING = frozenset({" stt", " so thu tu", " tt", " no", " nr", " stt so thu tu"})
_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
EXAMPLE = N_("Example: %(name)s")
_EXAMPLES = (" vi du ", " example ")
"""How the name in the template's example row begins, in plain letters."""
# What stands behind a heading that must be filled in.
_MARKED = "* "


@dataclass(frozen=True)
class Headings:
    """What the first row of a file says. places: column -> where it stands; unknown: headings that are none of ours."""

    places: dict[str, int]
    unknown: tuple[str, ...]


def heading(column: str, language: str) -> str:
    """What a column is called. language: "vi" or "en"."""
    return translator(language)(_HEADINGS[column])


def heading_words(column: str) -> Words:
    """The same, to stand in a sentence."""
    return Words(_HEADINGS[column])


def read_headings(head: Sequence[str]) -> Headings:
    """Which column is which. Raises BadInput where an obligatory one is missing, or one is there twice."""
    places: dict[str, int] = {}
    unknown = []
    for place, said in enumerate(head):
        plain = folded(said)
        if not plain or plain in _NUMBERING or plain in _ignored():
            continue
        # Ngày sinh (ngày/tháng/năm)
        column = _known().get(plain) or _known().get(folded(_IN_BRACKETS.sub("", said)))
        if column is None:
            unknown.append(said.strip(_MARKED)[:80])
        elif column in places:
            raise BadInput(
                N_("Two columns are both “%(column)s”: %(one)s and %(other)s. Take one of them out."),
                column={"template": _HEADINGS[column]},
                one=head[places[column]][:60],
                other=said[:60],
                field="table",
            )
        else:
            places[column] = place
    missing = [column for column in OBLIGATORY if column not in places]
    if missing:
        raise _missing(missing)
    return Headings(places, tuple(unknown))


def is_example(cells: Mapping[str, str]) -> bool:
    """Whether a row is the template's example, which nobody is."""
    return folded(cells.get("full_name", "")).startswith(_EXAMPLES)


def _missing(columns: Sequence[str]) -> BadInput:
    if len(columns) > len(OBLIGATORY) // 2:
        return BadInput(
            N_("The first row of the file does not name the columns of people. Take the template, and copy the rows into it."),
            field="table",
        )
    names: dict[str, object] = {"template": _HEADINGS[columns[-1]]}
    for column in reversed(columns[:-1]):
        names = {"template": "%(one)s, %(others)s", "values": {"one": {"template": _HEADINGS[column]}, "others": names}}
    return BadInput(
        N_("The file lacks these columns: %(columns)s. Add them; cells may stay empty where something is unknown."),
        columns=names,
        field="table",
    )


@lru_cache(1)
def _known() -> Mapping[str, str]:
    """Heading in plain letters -> column."""
    known = {folded(said): column for column, also in _ALSO.items() for said in also.split("|")}
    for language in LANGUAGES:
        known.update({folded(heading(column, language)): column for column in COLUMNS})
    # The names in the program, as its own tables have them.
    return (
        known
        | {folded(column): column for column in COLUMNS}
        | {folded(column.replace("_", " ")): column for column in COLUMNS}
    )


@lru_cache(1)
def _ignored() -> frozenset[str]:
    return frozenset(folded(translator(language)(WRONG)) for language in LANGUAGES)
