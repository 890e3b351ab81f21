"""A zone's day sheet as PDF: landscape, a line a person, boxes that are filled or left for the pen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from monitor import written
from monitor.reports.day_sheet import SIGNS, DaySheet, Line
from monitor.reports.form.said import Spoken
from monitor.stated import hotline
from monitor.typesetting.glyphs import written as settable
from monitor.typesetting.process import set_document
from monitor.words import N_

TEMPLATE = Path(__file__).parent / "day_sheet.typ"
MOST_BYTES, MEMORY = 4 * 2**20, 1024 * 2**20
EMPTY_LINES = 22
"""Of a form without names: a page."""
MARK = "x"
HEADS = (
    N_("No."),
    N_("Room"),
    N_("Full name"),
    N_("Date of birth"),
    N_("Day of quarantine"),
    N_("°C, morning"),
    N_("°C, afternoon"),
)
LAST = (N_("Normal"), N_("Suspected"), N_("Absent*"), N_("Remarks"))


def day_sheet_pdf(said: Spoken, sheet: DaySheet, authority: str) -> bytes:
    """The file. Raises NotSet."""
    return set_document(TEMPLATE, day_sheet_document(said, sheet, authority), most_bytes=MOST_BYTES, memory=MEMORY)


def day_sheet_document(said: Spoken, sheet: DaySheet, authority: str) -> dict[str, Any]:
    """What the template reads."""
    say = said.say
    title = said.one(N_("Day sheet of %(zone)s, %(day)s"), zone=sheet.zone, day=written.day(sheet.day, said.language))
    empty = [""] * (len(HEADS) + len(SIGNS) + len(LAST))
    rows = [_row(said, number, each) for number, each in enumerate(sheet.lines, start=1)]
    return {
        "language": said.language,
        "title": title,
        "day": {"year": sheet.day.year, "month": sheet.day.month, "day": sheet.day.day},
        "authority": settable(authority),
        "note": said.one(
            N_(
                "* Absent: tell the person in charge at once, number %(number)s. Only who looked into the room writes it. A box that is"
                " empty was not answered. Sneezing and aches are not asked on the phone: ask, and tick them by hand."
            ),
            number=hotline(),
        ),
        "heads": [say(each) for each in (*HEADS, *(words for _key, words in SIGNS), *LAST)],
        "rows": rows or [[str(number), *empty[1:]] for number in range(1, EMPTY_LINES + 1)],
        "signs": [say(N_("Filled in by (name, signature)")), say(N_("Person in charge (name, signature)"))],
    }


def _row(said: Spoken, number: int, line: Line) -> list[str]:
    degrees = ["" if each is None else written.number(each, said.language, 1) for each in (line.morning, line.afternoon)]
    signs = [MARK if key in line.signs else "" for key, _words in SIGNS]
    others = ", ".join(said.words(each) for each in line.others)
    states = [MARK if line.normal else "", MARK if line.suspected else "", ""]
    who = [str(number), settable(line.room), settable(line.name), line.born, "" if line.day is None else str(line.day)]
    return [*who, *degrees, *signs, *states, others]
