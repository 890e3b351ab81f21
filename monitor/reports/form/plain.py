"""Figures that are no numbered report, as a supervisor's week or a span of days: the same tables and curves, as PDF and XLSX. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from monitor import written
from monitor.reports.content import Section, Series
from monitor.reports.form.pdf import MEMORY, MOST_BYTES, TEMPLATE, charts_of, section_of
from monitor.reports.form.said import Spoken
from monitor.reports.form.workbook import Sheets
from monitor.sheets import new_workbook
from monitor.typesetting.glyphs import written as settable
from monitor.typesetting.process import set_document
from monitor.words import N_, Words


@dataclass(frozen=True)
class Plain:
    """What such a document holds. status: what a reader must know before the figures."""

    title: Words
    authority: str
    made_at: datetime
    sections: Sequence[Section]
    charts: Sequence[Series] = field(default_factory=tuple)
    status: Sequence[Words] = field(default_factory=tuple)


def plain_document(said: Spoken, plain: Plain) -> dict[str, Any]:
    """What the template reads."""
    local = plain.made_at.astimezone(said.zone)
    none = {"title": "", "heads": [], "rows": []}
    return {
        "language": said.language,
        "title": said.words(plain.title),
        "day": {"year": local.year, "month": local.month, "day": local.day},
        "parent": "",
        "authority": settable(plain.authority),
        "number": "",
        "place_and_day": written.moment(local, said.language),
        "heading": said.say(N_("FIGURES")),
        "subject": said.words(plain.title),
        "provisional": "",
        "status": [said.words(each) for each in plain.status],
        "sections": [_without_before(section_of(said, each), each) for each in plain.sections],
        "gaps": {"title": "", "lines": []},
        "notes": {"title": "", "lines": []},
        "changed_note": "",
        "recipients": {"title": "", "names": []},
        "signer": None,
        "charts": {
            "title": said.say(N_("By day")),
            "heads": [said.say(N_("Day")), said.say(N_("Value"))],
            "list": charts_of(said, plain.charts),
        },
        "units": none,
        "collected": none,
    }


def _without_before(drawn: dict[str, Any], section: Section) -> dict[str, Any]:
    """There is no report before this one."""
    if section.columns:
        return drawn
    lines = [{**each, "cells": each["cells"][:-1]} for each in drawn["lines"]]
    return {**drawn, "heads": drawn["heads"][:-1], "lines": lines}


def plain_pdf(said: Spoken, plain: Plain) -> bytes:
    """The file. Raises NotSet."""
    return set_document(TEMPLATE, plain_document(said, plain), most_bytes=MOST_BYTES, memory=MEMORY)


def plain_workbook(said: Spoken, plain: Plain) -> bytes:
    """The file."""
    target = BytesIO()
    with new_workbook(target, row_by_row=False) as book:
        book.set_properties({"title": said.words(plain.title)})
        sheets = Sheets(book, said)
        sheet = sheets.sheet(N_("Figures"))
        row = sheets.line(sheet, 0, said.words(plain.title), bold=True)
        for each in plain.status:
            row = sheets.line(sheet, row, said.words(each))
        sheets.sections(sheet, row + 1, plain.sections, before=False)
        if plain.charts:
            sheets.days(plain.charts)
    return target.getvalue()
