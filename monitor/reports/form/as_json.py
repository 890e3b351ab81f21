"""A report as JSON, for another system's program: the same values as on paper; `documentation/reports.md` has its keys. Pure."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from monitor.reports.content import Cell
from monitor.reports.form.said import Said

FORMAT, VERSION = "quarantine-report", 1
"""The version grows when a key's meaning changes or one goes; keys may be added."""


def json_of(said: Said) -> bytes:
    """The file, in UTF-8; words in the language of `said`, moments with their offset from UTC."""
    return json.dumps(keyed(said), ensure_ascii=False, indent=1).encode() + b"\n"


def keyed(said: Said) -> dict[str, Any]:
    """The same as values."""
    content = said.content
    return {
        "format": FORMAT,
        "version": VERSION,
        "language": said.language,
        "kind": content.kind.value,
        "day": content.day.isoformat(),
        "year": content.year,
        "number": content.number,
        "state": content.state.value,
        "replaces": content.replaces,
        "changed": sorted([key, unit] for key, unit in content.changed),
        "cut_off": _moment(said, content.cut_off),
        "since": _moment(said, content.since),
        "made_at": _moment(said, content.made_at),
        "released_at": _moment(said, content.released_at),
        "released_by": content.released_by,
        "authority": said.authority,
        "place": content.place,
        "demonstration": content.fast,
        "sections": [
            {
                "key": section.key,
                "title": said.words(section.title),
                "columns": [said.words(each) for each in section.columns],
                "lines": [
                    {"title": said.words(line.words), "cells": [_cell(each) for each in line.cells]} for line in section.lines
                ],
            }
            for section in content.sections
        ],
        "unit_columns": [said.words(each) for each in content.unit_columns],
        "units": [
            {"unit": row.unit, "name": said.unit(row.name, row.name_en), "cells": [_cell(each) for each in row.cells]}
            for row in content.units
        ],
        "collected_columns": [list(each) for each in content.collected_columns],
        "collected": [
            {"reporter": each.reporter, "entered_at": _moment(said, each.entered_at), "values": list(each.values)}
            for each in content.collected
        ],
        "gaps": [said.words(each) for each in content.gaps],
        "notes": [said.words(each) for each in content.notes],
        "charts": [
            {
                "key": series.key,
                "title": said.words(series.words),
                "measure": series.measure.value,
                "days": [[day.isoformat(), value] for day, value in series.days],
            }
            for series in content.charts
        ],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    stated: dict[str, Any] = {"key": cell.key, "measure": cell.measure.value, "value": cell.value, "before": cell.yesterday}
    return stated | ({"changed": True, "replaced": cell.replaced} if cell.changed else {})


def _moment(said: Said, at: datetime | None) -> str | None:
    return at.astimezone(said.zone).isoformat(timespec="seconds") if at is not None else None
