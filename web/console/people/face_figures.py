"""How sure face matching is on this site: likeness of verified and reviewed answers, thresholds, and models being changed."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from monitor.accounts.access import Permission
from monitor.reports.figures import BARS, HIGHEST, LOWEST
from rollcall.faces.renewal_progress import progress
from rollcall.faces.site_figures import SiteFigures, site_figures
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

SHOWN = timedelta(days=30)
WIDTH, HEIGHT, FOOT = 720, 180, 34


pages = Blueprint("faces", __name__)


@pages.get("/faces")
@guarded(Permission.SEE_FACE_FIGURES, audit=None)
def show() -> str:
    with parts().database.read() as session:
        figures = site_figures(session, (now() - SHOWN).date(), the_reader().zones)
        models = progress(session)
    return render_template(
        "console/people/faces.html",
        plots=[(each, bars(each)) for each in figures],
        models=models,
        days=SHOWN.days,
        ticks=[(x_of(value / 10), value / 10) for value in range(-2, 11, 2)],
        x_of=x_of,
        WIDTH=WIDTH,
        HEIGHT=HEIGHT,
        FOOT=FOOT,
    )


def x_of(similarity: float) -> float:
    """Where a likeness is in the plot."""
    return round((similarity - LOWEST) / (HIGHEST - LOWEST) * WIDTH, 1)


def bars(figures: SiteFigures) -> list[tuple[str, float, float, float, float]]:
    """(kind, x, y, width, height) of each bar, those of one likeness on each other."""
    kinds = (("verified", figures.verified), ("accepted", figures.accepted), ("rejected", figures.rejected))
    highest = max((sum(each) for each in zip(*(counts for _kind, counts in kinds), strict=True)), default=0) or 1
    wide, drawn = WIDTH / BARS, []
    for bar in range(BARS):
        top = float(HEIGHT)
        for kind, counts in kinds:
            high = counts[bar] / highest * HEIGHT
            if high:
                top -= high
                drawn.append((kind, round(bar * wide + 1, 1), round(top, 1), round(wide - 2, 1), round(high, 1)))
    return drawn
