"""A report as values: sections, 168 communes, charts of 14 days, gaps; as large as a province's and as odd as a test wants it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from monitor.models.daily_report import ReportKind, ReportState
from monitor.reports.content import (
    Cell,
    Collected,
    FigureLine,
    Measure,
    ReportContent,
    Section,
    Series,
    UnitRow,
)
from monitor.reports.form.said import Letterhead, Recipient, Said
from monitor.words import Words

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
DAY = date(2026, 11, 24)
CUT_OFF = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
UNITS = 168
LETTERHEAD = Letterhead(
    parent="Ủy ban nhân dân tỉnh Bình Dương",
    signer_role="Trưởng ban chỉ đạo",
    signer="Nguyễn Hoàng Phương Thảo",
    recipients=(Recipient("Ủy ban nhân dân tỉnh"), Recipient("Sở Y tế"), Recipient("Trung tâm Kiểm soát bệnh tật", copy=True)),
)
_STEPS = ("ever", "now", "new", "ended")
_SETTINGS = ("Central quarantine", "Home quarantine", "Medical facility")


def cell(key: str, value: float | None, **more: Any) -> Cell:
    """A count that has a list."""
    return Cell(key, Measure.COUNT, value, has_list=True, **more)


def content(**changes: Any) -> ReportContent:
    """A final report of 24 November 2026, no. 12."""
    quarantine = Section(
        "quarantine",
        Words("People in quarantine"),
        tuple(Words(each) for each in _SETTINGS),
        tuple(
            FigureLine(Words(step.capitalize()), tuple(cell(f"{step}.{number}", 1200 * number + 7) for number in range(1, 4)))
            for step in _STEPS
        ),
    )
    tests = Section(
        "tests",
        Words("Tests"),
        (),
        (
            FigureLine(Words("Samples taken"), (cell("tests.taken", 431, yesterday=420),)),
            FigureLine(
                Words("Share checked today"),
                (Cell("share.checked", Measure.SHARE, 0.9254, yesterday=0.9),),
                Words("Share of all who are in quarantine at the cut-off."),
            ),
            FigureLine(Words("Share of nobody"), (Cell("share.none", Measure.SHARE, None),)),
        ),
    )
    columns = ("Central: now", "new", "ended", "Home: now", "new", "ended", "Medical: now", "Positive", "Misses", "Coverage")
    units = tuple(
        UnitRow(
            f"{26700 + number}_2025-07-01",
            f"Phường Thủy Nguyên Đỗ Ẵm {number}",
            f"Thuy Nguyen Do Am Ward {number}",
            (*(cell(f"unit.{each}", number * each % 97) for each in range(9)), Cell("cover", Measure.SHARE, number / UNITS)),
        )
        for number in range(1, UNITS + 1)
    )
    days = [DAY - timedelta(days=each) for each in range(13, -1, -1)]
    charts = tuple(
        Series(
            name,
            Words(name.capitalize()),
            Measure.COUNT,
            tuple((day, None if place == 4 else float(100 + place * place)) for place, day in enumerate(days)),
        )
        for name in ("now", "new", "ended", "positive", "misses", "calls")
    )
    made = ReportContent(
        report_id=1,
        kind=ReportKind.DAILY,
        day=DAY,
        year=2026,
        number=12,
        state=ReportState.FINAL,
        replaces=None,
        changed=frozenset(),
        cut_off=CUT_OFF,
        since=CUT_OFF - timedelta(days=1),
        made_at=CUT_OFF + timedelta(minutes=10),
        released_at=CUT_OFF + timedelta(minutes=40),
        released_by="giamsat",
        authority="Ban chỉ đạo phòng, chống dịch tỉnh Bình Dương",
        authority_in_english="Steering Committee of Binh Duong Province",
        place="Bình Dương",
        sections=(quarantine, tests),
        unit_columns=tuple(map(Words, columns)),
        units=units,
        collected_columns=(("Số test nhanh", "Rapid tests"),),
        collected=(Collected("Công ty TNHH May Bình Minh", CUT_OFF, (120,)), Collected("Phường Phú Cường", None, (None,))),
        notes=(Words("Two communes were merged."),),
        charts=charts,
    )
    return replace(made, **changes)


def corrected() -> ReportContent:
    """No. 13 in the place of no. 12, with one figure and one commune's that changed."""
    before = content()
    (line, *lines), first = before.sections[1].lines, before.units[0]
    section = replace(
        before.sections[1],
        lines=(replace(line, cells=(replace(line.cells[0], value=433, changed=True, replaced=431),)), *lines),
    )
    unit = replace(first, cells=(replace(first.cells[0], value=77, changed=True, replaced=0), *first.cells[1:]))
    return replace(
        before,
        number=13,
        replaces=12,
        changed=frozenset({("tests.taken", ""), ("unit.0", first.unit)}),
        sections=(before.sections[0], section),
        units=(unit, *before.units[1:]),
    )


def provisional() -> ReportContent:
    """What left by itself, with its gaps."""
    gaps = (Words("No person released it."), Words("Phường Phú Cường entered nothing."))
    return content(state=ReportState.PROVISIONAL, released_by=None, gaps=gaps)


def said(of: ReportContent | None = None, language: str = "vi") -> Said:
    """In a language, on the province's clock."""
    return Said(language, ZONE, of or content())
