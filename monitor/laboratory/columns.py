"""The columns of laboratories' files: what they are called in both languages and otherwise, and what stands in their cells. Pure decisions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.clock import read_day
from monitor.documents import read_document
from monitor.folding import folded
from monitor.laboratory.states import read_sample
from monitor.models.people.laboratory import LabResult
from monitor.people.births import Birth, read_birth
from monitor.people.pasted import plain
from monitor.problems import BadInput
from monitor.words import N_, Words, words

COLUMNS = ("sample_number", "document_number", "full_name", "birth", "result", "result_on")
HEADINGS = {
    "sample_number": N_("Sample number"),
    "document_number": N_("Document number"),
    "full_name": N_("Full name"),
    "birth": N_("Date of birth"),
    "result": N_("Result"),
    "result_on": N_("Day of the result"),
}
# What laboratories write over their columns, in plain letters.
_ALSO = {
    "sample_number": "ma mau|so mau|ma so mau|ma mau xet nghiem|ma benh pham|ma ong|barcode|ma vach|sample|sample id|sample no|sample code"
    "|specimen|specimen id|sid|ma xet nghiem|sample number",
    "document_number": "cccd|so cccd|cmnd|so cmnd|cccd cmnd|cmnd cccd|so cmnd cccd|so cccd cmnd|can cuoc|so can cuoc|can cuoc cong dan"
    "|so dinh danh|so giay to|so giay to tuy than|ho chieu|so ho chieu|passport|id number|identity card|document|document no|document number"
    "|cccd ho chieu",
    "full_name": "ho ten|ho va ten|ten|ten benh nhan|ho ten benh nhan|ho va ten nguoi duoc xet nghiem|name|full name|patient|patient name"
    "|nguoi duoc lay mau",
    "birth": "ngay sinh|nam sinh|ngay thang nam sinh|ngay sinh nam sinh|dob|date of birth|birth date|birthday|year of birth",
    "result": "ket qua|ket qua xet nghiem|kq|kqxn|ket luan|result|test result|ket qua pcr|ket qua rt pcr|ket qua realtime pcr|finding",
    "result_on": "ngay tra ket qua|ngay ket qua|ngay co ket qua|ngay xet nghiem|ngay lam xet nghiem|ngay tra kq|result date|date of result"
    "|date|report date|test date|ngay|ngay cua ket qua|day of the result",
}
_KNOWN = {folded(said): column for column, also in _ALSO.items() for said in also.split("|")}
_RESULTS = {
    LabResult.POSITIVE: "duong tinh|duong tinh voi sars cov 2|positive|pos|dt|detected|phat hien|phat hien sars cov 2|f0",
    LabResult.NEGATIVE: "am tinh|am tinh voi sars cov 2|negative|neg|at|not detected|khong phat hien|khong phat hien sars cov 2",
    LabResult.INVALID: "khong xac dinh|khong hop le|khong ket luan duoc|invalid|inconclusive|indeterminate|nghi ngo|mau khong dat|lay mau lai",
}
_READ = {folded(said): result for result, also in _RESULTS.items() for said in also.split("|")}
_SIGNS = {"+": LabResult.POSITIVE, "(+)": LabResult.POSITIVE, "-": LabResult.NEGATIVE, "(-)": LabResult.NEGATIVE}
_IN_BRACKETS = re.compile(r"\(.*?\)|\[.*?\]")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2})?$|^\d{1,2}:\d{2}(:\d{2})? ")


@dataclass(frozen=True)
class LabRow:
    """What one row says. number: of the row in the file. cells: as they came, by column. document, sample: "" where none is given."""

    number: int
    cells: Mapping[str, str]
    sample: str = ""
    document: str = ""
    full_name: str = ""
    birth: Birth | None = None
    result: LabResult | None = None
    result_on: date | None = None
    wrong: tuple[Words, ...] = ()


def places_of(head: Sequence[str]) -> Mapping[str, int]:
    """Column -> where it stands. Raises BadInput where one is there twice, or what tells whose a result is is missing."""
    places: dict[str, int] = {}
    for place, said in enumerate(head):
        column = _KNOWN.get(folded(said)) or _KNOWN.get(folded(_IN_BRACKETS.sub("", said)))
        if column is None:
            continue
        if column in places:
            raise BadInput(
                N_("Two columns are both “%(column)s”: %(one)s and %(other)s. Take one of them out."),
                column={"template": HEADINGS[column]},
                one=head[places[column]][:60],
                other=said[:60],
                field="table",
            )
        places[column] = place
    if not {"result", "result_on"} <= set(places):
        raise BadInput(
            N_("The file needs a column for the result and one for its day. Name them in the first row."), field="table"
        )
    if not ("sample_number" in places or {"document_number", "birth"} <= set(places) or {"full_name", "birth"} <= set(places)):
        raise BadInput(
            N_(
                "The file does not say whose the results are: it needs sample numbers, or document numbers with dates of birth."
            ),
            field="table",
        )
    return places


def read_row(number: int, cells: Sequence[str], places: Mapping[str, int], today: date) -> LabRow:
    """The row, with all that is wrong with it."""
    said = {name: plain(cells[places[name]]) if name in places and places[name] < len(cells) else "" for name in COLUMNS}
    wrong: list[Words] = []
    sample, document, birth = "", "", None
    try:
        sample = read_sample(said["sample_number"])
    except BadInput as problem:
        wrong.append(problem.words)
    try:
        document = read_document(said["document_number"])
    except BadInput as problem:
        wrong.append(problem.words)
    try:
        birth = read_birth(said["birth"], today)
    except BadInput as problem:
        wrong.append(problem.words)
    result = read_result_word(said["result"])
    if result is None:
        wrong.append(
            words(N_("The result must be positive, negative or invalid; here stands “%(said)s”."), said=said["result"][:60])
        )
    day = _day(said["result_on"])
    if day is None:
        wrong.append(words(N_("Write the day of the result as day/month/year, for example 24/11/2026.")))
    elif day > today:
        wrong.append(words(N_("The day of the result lies in the future.")))
    return LabRow(number, said, sample, document, said["full_name"], birth, result, day, tuple(wrong))


def read_result_word(said: str) -> LabResult | None:
    """As laboratories write it; None where it is none of the words that are sure."""
    sign = _SIGNS.get(said.replace(" ", ""))
    return sign or _READ.get(folded(said)) or _READ.get(folded(_IN_BRACKETS.sub("", said)))


def _day(said: str) -> date | None:
    try:
        return read_day(_TIME.sub("", said).replace("-", "/") if not said[:4].isdigit() else _TIME.sub("", said)[:10])
    except ValueError:
        return None
