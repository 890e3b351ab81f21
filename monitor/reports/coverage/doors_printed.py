"""The list for the doors as a PDF: by neighbourhood, with room to tick and to write, in the language of whoever prints it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from monitor.letters.content import WRITABLE
from monitor.letters.typesetting import typeset_content
from monitor.reports.coverage.doors import Door, Why
from monitor.words import N_, Translate, words

TEMPLATE = "doors.typ"
MOST_BYTES = 4 * 2**20
"""Of 5,000 people as JSON, with addresses as long as they come."""
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


def doors_pdf(
    doors: Sequence[Door], place: str, recipient: str, issuer: str, day: date, language: str, translate: Translate
) -> bytes:
    """One PDF. issuer: who speaks to people here; recipient: who walks with it. Raises BadInput, LetterProblem."""
    return typeset_content(
        TEMPLATE, content_of(doors, place, recipient, issuer, day, language, translate), most_bytes=MOST_BYTES
    )


def content_of(
    doors: Sequence[Door], place: str, recipient: str, issuer: str, day: date, language: str, translate: Translate
) -> dict[str, Any]:
    """What the template reads. doors: in the order in which one walks."""
    number = 0
    groups = []
    for name, those in groupby(doors, key=lambda door: door.neighbourhood):
        rows = []
        for door in those:
            number += 1
            rows.append(_row(number, door, translate))
        groups.append({"name": printable(name), "pieces": [rows[at : at + _PIECE] for at in range(0, len(rows), _PIECE)]})
    counted = words(
        N_("Printed on %(day)s for %(recipient)s. People: %(count)s."), day=f"{day:%d/%m/%Y}", recipient=recipient, count=number
    )
    return {
        "title": words(TITLE, place=printable(place)).say(translate),
        "issuer": issuer,
        "day": {"year": day.year, "month": day.month, "day": day.day},
        "language": language,
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
