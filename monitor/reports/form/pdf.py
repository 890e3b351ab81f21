"""A report as PDF: Decree 30/2020/NĐ-CP for its form, tagged, for archives (PDF/A-2a) and for readers who do not see (PDF/UA-1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from monitor.reports.content import Cell, FigureLine, Measure, ReportContent, Section, Series
from monitor.reports.form.charts import drawn, top_of
from monitor.reports.form.said import CHANGED, NOTHING, Letterhead, Said, Spoken
from monitor.typesetting.glyphs import written as settable
from monitor.typesetting.process import set_document
from monitor.words import N_

TEMPLATE = Path(__file__).parent / "report.typ"
MOST_BYTES = 8 * 2**20
MEMORY = 1024 * 2**20


def pdf_of(said: Said, letterhead: Letterhead) -> bytes:
    """The file. Raises NotSet."""
    return set_document(TEMPLATE, document_of(said, letterhead), most_bytes=MOST_BYTES, memory=MEMORY)


def document_of(said: Said, letterhead: Letterhead) -> dict[str, Any]:
    """What the template reads."""
    content, say = said.content, said.say
    day = content.released_at or content.made_at or content.cut_off
    local = day.astimezone(said.zone)
    place = settable(content.place) or "…"
    return {
        "language": said.language,
        "title": said.title,
        "day": {"year": local.year, "month": local.month, "day": local.day},
        "parent": settable(letterhead.parent),
        "authority": said.authority,
        "number": f"{say(N_('No.'))} {said.number}",
        "place_and_day": said.one(
            N_("%(place)s, day %(day)s month %(month)s year %(year)s"),
            place=place,
            # A zero before days, and before the first two months, as the decree wants it: nobody is to make 12 of 2.
            day=f"{local.day:02}",
            month=f"{local.month:02}" if local.month < 3 else str(local.month),
            year=str(local.year),
        ),
        "heading": say(N_("REPORT")),
        "subject": said.subject,
        "provisional": said.provisional,
        "status": said.status,
        "sections": [section_of(said, each) for each in content.sections],
        "gaps": {"title": say(N_("Missing in this report")), "lines": [said.words(each) for each in content.gaps]},
        "notes": {"title": say(N_("Notes")), "lines": [said.words(each) for each in content.notes]},
        "changed_note": _changed_note(said),
        "recipients": _recipients(said, letterhead),
        "signer": {
            "role": settable(letterhead.signer_role) or said.authority,
            "here": say(N_("(signature, full name, seal)")),
            "name": settable(letterhead.signer),
        },
        "charts": {
            "title": say(N_("The last 14 days")),
            "heads": [say(N_("Day")), say(N_("Value"))],
            "list": charts_of(said, content.charts),
        },
        "units": _units(said),
        "collected": _collected(said),
    }


def _changed_note(said: Said) -> str:
    if said.content.replaces is None or not said.content.changed:
        return ""
    return said.one(N_("* differs from report no. %(number)s, whose value stands in brackets."), number=said.content.replaces)


def _recipients(said: Said, letterhead: Letterhead) -> dict[str, Any]:
    names = [settable(each.name) for each in letterhead.recipients if each.name and not each.copy]
    copies = [settable(each.name) for each in letterhead.recipients if each.name and each.copy]
    copied = [f"{each} ({said.say(N_('for information'))})" for each in copies]
    return {"title": said.say(N_("Recipients:")), "names": [*names, *copied, said.say(N_("File."))]}


def _cell(said: Spoken, cell: Cell) -> dict[str, str]:
    return {"value": said.value(cell) + (CHANGED if cell.changed else ""), "before": said.before(cell)}


def section_of(said: Spoken, section: Section) -> dict[str, Any]:
    """A table of figures, with how they are counted under it; of one value each, what the report before had stands beside it."""
    columns = [said.words(each) for each in section.columns] or [said.say(N_("Value"))]
    yesterday = not section.columns
    heads = [said.say(N_("Figure")), *columns, *([said.say(N_("In the report before"))] if yesterday else [])]
    notes = list(dict.fromkeys(said.words(line.note) for line in section.lines if line.note is not None))
    return {
        "title": said.words(section.title),
        "heads": heads,
        "lines": [_line(said, line, len(columns), yesterday=yesterday) for line in section.lines],
        "notes": notes,
    }


def _line(said: Spoken, line: FigureLine, columns: int, *, yesterday: bool) -> dict[str, Any]:
    cells = [_cell(said, each) for each in line.cells[:columns]]
    cells += [{"value": NOTHING, "before": ""}] * (columns - len(cells))
    if yesterday:
        cells.append({"value": said.yesterday(line.cells[0]) if line.cells else NOTHING, "before": ""})
    return {"words": said.words(line.words), "cells": cells}


def charts_of(said: Spoken, charts: Sequence[Series]) -> list[dict[str, Any]]:
    """Those of which anything is known."""
    return [_chart(said, each) for each in charts if any(value is not None for _day, value in each.days)]


def _chart(said: Spoken, series: Series) -> dict[str, Any]:
    values = [value for _day, value in series.days]
    top = top_of(values, shares=series.measure is Measure.SHARE)
    rows = said.series(series)
    marks = [said.number_of(top * share, series.measure) for share in (0, 0.5, 1)]
    title = said.words(series.words)
    return {
        "title": title,
        "svg": drawn(values, [day for day, _value in rows], marks, top),
        "alt": said.one(
            N_("Curve over %(count)s days: %(title)s. The table beside it has each value."), title=title, count=len(rows)
        ),
        "rows": [list(row) for row in rows],
    }


def _units(said: Said) -> dict[str, Any]:
    content: ReportContent = said.content
    return {
        "title": said.say(N_("Appendix: by administrative unit")),
        "heads": [said.say(N_("No.")), said.say(N_("Unit")), *(said.words(each) for each in content.unit_columns)],
        "rows": [
            {"name": said.unit(row.name, row.name_en), "cells": [_cell(said, cell) for cell in row.cells]}
            for row in content.units
        ],
    }


def _collected(said: Said) -> dict[str, Any]:
    content = said.content
    own = 1 if said.language == "en" else 0
    return {
        "title": said.say(N_("Appendix: entered by units and organisations")),
        "heads": [
            said.say(N_("Unit or organisation")),
            said.say(N_("Entered at")),
            *(settable(each[own] or each[0]) for each in content.collected_columns),
        ],
        "rows": [
            [
                settable(each.reporter),
                said.moment(each.entered_at) if each.entered_at is not None else said.say(N_("nothing entered")),
                *(said.number_of(value, Measure.COUNT) for value in each.values),
            ]
            for each in content.collected
        ],
    }
