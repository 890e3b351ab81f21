"""Figures of a span on paper: the tables and curves of the page, and for all zones what the released reports said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from monitor.accounts.access import Permission
from monitor.models.places import Zone
from monitor.reports.content import Cell, FigureLine, Measure, Section, Series
from monitor.reports.form.plain import Plain, plain_pdf
from monitor.reports.form.said import Spoken
from monitor.reports.span import released_series
from monitor.words import N_, Words
from web.console.records.figures import SUMS, charts_of, pages, today_here
from web.console.records.figures_read import Part, parts_of, read_span, whole, zones_counted
from web.shared.common import language, now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.written import day as written_day

# What of the page's bars is a table, and its heading.
_TABLES = (
    ("answered_within", N_("From the opening of a roll-call until the answer")),
    ("causes", N_("Why there was no answer")),
    ("reviews", N_("Decisions by staff")),
    ("decided_within", N_("Time until decided")),
    ("alerts", N_("Alerts")),
    ("taken_within", N_("Time until taken")),
    ("truth", N_("Cameras")),
)


@pages.get("/figures.pdf")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def paper() -> Response:
    span, reader, settings = read_span(request.args, today_here()), the_reader(), parts().settings
    with parts().database.read() as session:
        shown = parts_of(session, zones_counted(reader, span), span)
        zone = session.get(Zone, span.zone) if span.zone is not None else None
        reports = released_series(session, span.begin, span.end) if span.zone is None and reader.zones is None else []
    total, of = whole(shown, span), language()
    values = {
        "zone": zone.name if zone is not None else "",
        "begin": written_day(span.begin, of),
        "end": written_day(span.end, of),
    }
    title = N_("%(zone)s, %(begin)s to %(end)s") if zone is not None else N_("All zones, %(begin)s to %(end)s")
    if reader.zones is not None and zone is None:
        title = N_("Zones of this account, %(begin)s to %(end)s")
    plain = Plain(
        Words(title, values),
        settings.speaker.headed(of),
        now(),
        sections_of(total),
        [answered(shown), *reports],
        [Words(N_("Figures as counted at %(moment)s."), {"moment": Spoken(of, settings.zone).moment(now())})],
    )
    pdf = plain_pdf(Spoken(of, settings.zone), plain)
    name = f"figures-{span.begin:%Y%m%d}-{span.end:%Y%m%d}.pdf"
    return Response(pdf, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'})


def sections_of(total: Part) -> list[Section]:
    """The tables of a whole span; what was not counted at all is left out."""
    sums = [(Words(words), float(getattr(total.sums, name))) for name, words in SUMS.items()]
    found = [_section("answers", N_("Who answered"), sums, total.sums.rate)]
    bars: dict[str, Any] = charts_of(total)
    for key, title in _TABLES:
        if bars[key]:
            found.append(_section(key, title, [(each.words, float(each.number)) for each in bars[key]]))
    return found


def _section(key: str, title: str, counts: Sequence[tuple[Words, float]], rate: float | None = None) -> Section:
    lines = [FigureLine(words, (Cell(key, Measure.COUNT, value),)) for words, value in counts]
    if rate is not None:
        lines.append(FigureLine(Words(N_("Share that answered")), (Cell(key, Measure.SHARE, rate),)))
    return Section(key, Words(title), (), tuple(lines))


def answered(shown: Sequence[Part]) -> Series:
    """The share that answered, by day or week."""
    points = tuple((part.first, part.sums.rate) for part in shown)
    return Series("answered", Words(N_("Share that answered")), Measure.SHARE, points)
