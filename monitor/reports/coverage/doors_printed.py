"""The list for the doors as a PDF: by neighbourhood, with room to tick and to write, in the language of whoever prints it."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from monitor.letters.typesetting import typeset_content
from monitor.reports.coverage.doors import Door, Why
from monitor.typesetting.glyphs import WRITABLE
from monitor.words import N_, Translate, words

TEMPLATE = "doors.typ"
MOST_BYTES = 2**20
"""Of one part as JSON, with addresses as long as they come."""
MOST_IN_PART = 1000
"""People on one PDF: they are set with 200 MB and in half a second, five thousand would take 600 MB."""
_PIECE = 24
TITLE = N_("From door to door: %(place)s")
WHO = N_(
    "On this list: people quarantined at home, and people who declared before and have no health declaration in force. Anyone who has never declared"
    " is not on it: ring at the other doors too, and help them to declare."
)
KEPT = N_("Health data. Do not copy or photograph it; give it back, or destroy it, after the round.")
COLUMNS = (
    N_("No."),
    N_("Full name"),
    N_("Address"),
    N_("Telephone"),
    N_("Why"),
    N_("Met"),
    N_("Declared"),
    N_("Note"),
)
WHY: Mapping[Why, str] = {
    Why.AT_HOME: N_("quarantined at home until %(day)s"),
    Why.RUN_OUT: N_("declaration ran out on %(day)s"),
}
_UNWRITTEN = "□"


@dataclass(frozen=True)
class Round:
    """Who walks where. issuer: who speaks to people here; recipient: who walks with the list; day: on which it is printed."""

    place: str
    recipient: str
    issuer: str
    day: date
    language: str


def parts_of(doors: Sequence[Door]) -> list[list[Door]]:
    """The list in parts that one process sets with little memory: neighbourhoods stay together as far as they fit."""
    parts: list[list[Door]] = []
    for _name, those in groupby(doors, key=lambda door: door.neighbourhood):
        near = list(those)
        for start in range(0, len(near), MOST_IN_PART):
            piece = near[start : start + MOST_IN_PART]
            if parts and len(parts[-1]) + len(piece) <= MOST_IN_PART:
                parts[-1] += piece
            else:
                parts.append(piece)
    return parts


def doors_pdfs(doors: Sequence[Door], walk: Round, translate: Translate) -> Iterator[bytes]:
    """A PDF of each part, as soon as it is set. doors: in the order in which one walks. Raises BadInput, NotSet."""
    first = 1
    for part in parts_of(doors):
        yield typeset_content(TEMPLATE, content_of(part, walk, translate, first), most_bytes=MOST_BYTES)
        first += len(part)


def written(doors: Sequence[Door], walk: Round, translate: Translate) -> tuple[bytes, str]:
    """What is handed out, and what kind of file it is: one PDF, or an archive of several where there are many. Raises BadInput, NotSet."""
    pdfs = list(doors_pdfs(doors, walk, translate))
    if len(pdfs) == 1:
        return pdfs[0], "pdf"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for number, pdf in enumerate(pdfs, start=1):
            packed.writestr(f"{number:02}.pdf", pdf)
    return archive.getvalue(), "zip"


def content_of(doors: Sequence[Door], walk: Round, translate: Translate, first: int = 1) -> dict[str, Any]:
    """What the template reads. first: the number of the first row, since a list may have several parts."""
    number = first - 1
    groups = []
    for name, those in groupby(doors, key=lambda door: door.neighbourhood):
        rows = []
        for door in those:
            number += 1
            rows.append(_row(number, door, translate))
        groups.append({"name": printable(name), "pieces": [rows[at : at + _PIECE] for at in range(0, len(rows), _PIECE)]})
    counted = words(
        N_("Printed on %(day)s for %(recipient)s. People: %(count)s."),
        day=f"{walk.day:%d/%m/%Y}",
        recipient=walk.recipient,
        count=len(doors),
    )
    return {
        "title": words(TITLE, place=printable(walk.place)).say(translate),
        "issuer": walk.issuer,
        "day": {"year": walk.day.year, "month": walk.day.month, "day": walk.day.day},
        "language": walk.language,
        "head": [printable(counted.say(translate)), translate(WHO)],
        "footer": translate(KEPT),
        "columns": [translate(each) for each in COLUMNS],
        "groups": groups,
    }


def _row(number: int, door: Door, translate: Translate) -> list[str]:
    why = words(WHY[door.why], day=f"{door.on:%d/%m/%Y}" if door.on else "?").say(translate)
    return [str(number), printable(door.full_name), printable(door.address) or "?", door.phone or "–", why, "", "", ""]


def printable(text: str) -> str:
    """Without signs that the font lacks: a name with one is printed with a box in its place, and nobody misses from the list for it."""
    return "".join(
        sign if any(first <= ord(sign) <= last for first, last in WRITABLE) else _UNWRITTEN
        for sign in unicodedata.normalize("NFC", text)
    )
