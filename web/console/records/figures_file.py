"""Figures as a file: a line for each zone and day, for a spreadsheet."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from flask import Response, request, stream_with_context

from monitor.accounts.access import Permission
from monitor.models.incidents import Urgency
from monitor.models.reports import DailyFigures
from monitor.problems import BadInput
from monitor.reports.figures import ANSWERED_WITHIN, DECIDED_WITHIN, TAKEN_WITHIN, Subject
from monitor.sheets import IN_MEMORY, csv_lines, new_workbook
from monitor.words import N_, Words, translator
from web.console.records.figures import ARRIVAL, CAUSES, MOST_IN_FILE, SUMS, TRUTH, named, pages, today_here, within
from web.console.records.figures_read import Span, read_span, rows_for_file, zones_counted
from web.shared.common import language
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE = 2**16
# A heading, and the parts that have a column each.
_PARTS: tuple[tuple[str, Subject, Mapping[str, str | Words]], ...] = (
    (N_("Time to answer"), Subject.ANSWERED_WITHIN, within(ANSWERED_WITHIN)),
    (N_("Why there was no answer"), Subject.CAUSES, {cause.value: words for cause, words in CAUSES.items()}),
    (N_("Time until decided"), Subject.DECIDED_WITHIN, within(DECIDED_WITHIN)),
    (N_("Alerts"), Subject.ALERTS, named(Urgency, list(Urgency))),
    (N_("Time until taken"), Subject.TAKEN_WITHIN, within(TAKEN_WITHIN)),
    (N_("Cameras"), Subject.CAMERAS, TRUTH),
)


@pages.get("/figures.<any(csv, xlsx):kind>")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def file(kind: str) -> Response:
    span = read_span(request.args, today_here())
    zones_counted(the_reader(), span)
    if span.days > MOST_IN_FILE:
        raise BadInput(N_("Choose at most %(most)s days for a file."), most=MOST_IN_FILE)
    lines = _table(span, language())
    pieces: Iterator[str] | Iterator[bytes] = csv_lines([str(cell) for cell in line] for line in lines)
    if kind == "xlsx":
        pieces = _workbook(lines)
    response = Response(stream_with_context(pieces), content_type=_SHEET if kind == "xlsx" else "text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=figures-{span.begin:%Y%m%d}-{span.end:%Y%m%d}.{kind}"
    return response


def _table(span: Span, of: str) -> Iterator[list[str | int]]:
    """The headings in a language, then a line for each zone and day."""
    say = translator(of)

    def said(words: str | Words) -> str:
        return words.say(say) if isinstance(words, Words) else say(words)

    arrival = [f"{say(N_('Messages'))}: {say(words)}" for words in ARRIVAL.values()]
    heads = [f"{say(title)}: {said(words)}" for title, _subject, names in _PARTS for words in names.values()]
    yield [say(N_("Zone")), say(N_("Day")), *map(say, SUMS.values()), *arrival, *heads]
    with parts().database.read() as session:
        for zone, figures in rows_for_file(session, the_reader(), span):
            yield [zone, figures.day.isoformat(), *_numbers(figures)]


def _numbers(figures: DailyFigures) -> list[int]:
    counts: Mapping[str, Mapping[str, int]] = figures.counts
    messages = counts.get(Subject.MESSAGES, {})
    arrival = [sum(number for part, number in messages.items() if part.endswith(f":{each}")) for each in ARRIVAL]
    by_part: Sequence[Any] = [[counts.get(subject, {}).get(part, 0) for part in names] for _title, subject, names in _PARTS]
    return [*(getattr(figures, name) for name in SUMS), *arrival, *chain.from_iterable(by_part)]


def _workbook(lines: Iterator[list[str | int]]) -> Iterator[bytes]:
    with tempfile.TemporaryFile(dir=IN_MEMORY) as target:
        with new_workbook(target) as book:
            sheet = book.add_worksheet()
            sheet.freeze_panes(1, 2)
            for number, line in enumerate(lines):
                for place, cell in enumerate(line):
                    if isinstance(cell, int):
                        sheet.write_number(number, place, cell)
                    else:
                        sheet.write_string(number, place, cell)
        target.seek(0)
        while piece := target.read(_PIECE):
            yield piece
