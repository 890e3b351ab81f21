"""Reports by day, and one report with all its figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template, request
from sqlalchemy import Select, func, select

from monitor.accounts.access import Permission
from monitor.database.together import asked, at_once, first, read
from monitor.models.daily_report import Report, ReportDifference, ReportKind, ReportState
from monitor.problems import NotFound
from monitor.reports.content import Measure, ReportContent, Series
from monitor.reports.reading import content_of, report_of
from monitor.reports.releasing import NO_PAGE
from monitor.reports.stating import runs_since, times_held
from monitor.reports.times import day_at
from web.shared import charts
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

DAYS = 31

pages = Blueprint("reports", __name__)


def may_release() -> bool:
    """Whether the reader may settle and release reports: these are of the whole province."""
    reader = the_reader()
    return reader.may(Permission.RELEASE_REPORT) and reader.zones is None


@pages.get("/reports")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def listed() -> str:
    """The newest days first, each with its versions. `before`: the day from which the page goes back."""
    before = _day(request.args.get("before"))
    with parts().database.read() as session:
        days = select(Report.day).where(Report.kind == ReportKind.DAILY).distinct().order_by(Report.day.desc())
        shown = session.scalars((days.where(Report.day < before) if before else days).limit(DAYS + 1)).all()
        rows = session.scalars(
            select(Report)
            .where(Report.kind == ReportKind.DAILY, Report.day.in_(shown[:DAYS]))
            .order_by(Report.day.desc(), Report.version.desc())
        ).all()
        times, since = times_held(session), runs_since(session)
    zone = parts().settings.zone
    return render_template(
        "console/reports/reports.html",
        rows=rows,
        following=shown[DAYS - 1] if len(shown) > DAYS else None,
        times=times,
        today=day_at(times, now(), zone) if times and since else None,
        may_set_up=the_reader().may(Permission.MANAGE_REPORTS),
        timezone=str(zone),
    )


def _day(typed: str | None) -> date | None:
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise NotFound(NO_PAGE) from None


@pages.get("/reports/<int:report_id>")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def one(report_id: int) -> str:
    """One version of a day's report."""
    return shown(report_id)


def shown(report_id: int, problem: str | None = None) -> str:
    """The page of a report. problem: what kept a deed from being done."""
    with parts().database.read() as session:
        report = report_of(session, report_id)
        content = content_of(session, report_id, parts().settings.speaker)
        of_day = select(Report).where(Report.kind == report.kind, Report.day == report.day).order_by(Report.version)
        versions, differences = read(session, at_once(asked(of_day), first(_differences(report_id))))
        named, accepted = differences or (0, 0)
    return render_template(
        "console/reports/report.html",
        report=report,
        content=content,
        versions=versions,
        newest=versions[-1].id == report.id,
        named_differences=named,
        accepted=accepted,
        problem=problem,
        may_release=may_release(),
        may_open=the_reader().may(Permission.SEE_RESIDENT),
        drawn=_drawn(content),
        entered=_entered(content),
        may_see_entered=the_reader().may(Permission.ENTER_COLLECTED),
        charts=charts,
        ReportState=ReportState,
        Measure=Measure,
        timezone=str(parts().settings.zone),
    )


@dataclass(frozen=True)
class Entered:
    """What reporters entered, together; who entered what is on a page of its own. sums: names of a field, and None where nobody entered it."""

    many: int
    silent: int
    sums: list[tuple[tuple[str, str], float | None]]


def _entered(content: ReportContent) -> Entered | None:
    """None: nobody is asked for anything."""
    if not content.collected or not content.collected_columns:
        return None
    said = [each for each in content.collected if each.entered_at is not None]
    sums: list[tuple[tuple[str, str], float | None]] = []
    for place, names in enumerate(content.collected_columns):
        known = [value for each in said if (value := each.values[place]) is not None]
        sums.append((names, sum(known) if known else None))
    return Entered(len(said), len(content.collected) - len(said), sums)


def _drawn(content: ReportContent) -> list[tuple[Series, charts.Curve]]:
    """Each chart with its curve."""
    return [
        (each, charts.curve([value for _day, value in each.days]))
        if each.measure is Measure.SHARE
        else (each, charts.counts([value for _day, value in each.days]))
        for each in content.charts
    ]


def _differences(report_id: int) -> Select[int, int]:
    """How many differences were named, and how many of these a person accepted."""
    counts = select(func.count(ReportDifference.resident_id), func.count(ReportDifference.accepted_at))
    return counts.where(ReportDifference.report_id == report_id)
