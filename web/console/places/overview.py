"""The first page: what is to be done now, and the zones, those that need somebody first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from sqlalchemy import select, union

from monitor.accounts.access import Permission
from monitor.alerts.record import untold_asked
from monitor.database.together import Reading, at_once, first, known, read
from monitor.folding import folded
from monitor.models.people.retention import PurgeReport
from monitor.places.quiet_floor import in_force, quiet_until
from rollcall.prompts.stopping import stops_asked
from web.console.alerts.duty import on_duty_in
from web.console.incidents.listed import most_urgent
from web.console.places.zone_figures import Waiting, ZoneFigures, by_need, zone_figures
from web.console.rollcalls.rounds import Round, newest_of, open_in, rounds_of
from web.console.zones_of_reader import zones_of
from web.shared.common import now
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts
from web.shared.setting_up import steps_left

RECENT_ROUNDS, MOST_INCIDENTS, PAGE = 6, 8, 16
LONGEST = 60


@dataclass(frozen=True)
class Filling:
    """All rounds that are open together. settled: people of whom nothing is awaited any more."""

    rounds: int
    settled: int
    total: int


def filling(rounds: Sequence[Round]) -> Filling:
    """The sum of what is open."""
    return Filling(len(rounds), sum(each.settled for each in rounds), sum(each.total for each in rounds))


def _deletions_coming(zones: list[int]) -> Reading[int]:
    """Of how many people in these zones something will be deleted soon, as the last run of the purge counted."""
    done = select(PurgeReport.coming).where(PurgeReport.finished_at.is_not(None))
    coming = (yield from first(done.order_by(PurgeReport.id.desc()))) or {}
    return sum(coming.get(str(zone_id), 0) for zone_id in zones)


def _page(figures: list[ZoneFigures], after: int, wanted: str) -> tuple[list[ZoneFigures], int | None]:
    """One page of the zones with a word in their name, behind one of them; and the zone behind which the next page begins."""
    word = folded(wanted).strip()
    named = [each for each in by_need(figures) if not word or word in folded(each.zone.name)]
    start = next((place + 1 for place, each in enumerate(named) if each.zone.id == after), 0)
    return named[start : start + PAGE], named[start + PAGE - 1].zone.id if len(named) > start + PAGE else None


pages = Blueprint("overview", __name__)


@pages.get("/")
@guarded(Permission.SEE_OVERVIEW, audit=None)
def overview() -> str:
    reader = the_reader()
    after, wanted = request.args.get("after", 0, type=int), request.args.get("zone", "")[:LONGEST]
    with parts().database.read() as session:
        zones = [zone for zone in zones_of(session, reader) if zone.closed_at is None]
        ids = [zone.id for zone in zones]
        rounds = rounds_of(session, union(open_in(ids), select(newest_of(ids, RECENT_ROUNDS, closed=True).subquery().c.id)))
        running, recent = [each for each in rounds if each.open], [each for each in rounds if not each.open]
        figures = zone_figures(session, zones, running, now())
        shown, following = _page(figures, after, wanted)
        # An incident names a resident: who may not see residents gets the numbers of the zones only.
        incidents = most_urgent(session, reader, MOST_INCIDENTS) if reader.may(Permission.SEE_RESIDENT) else None
        stops, silent, deletions = read(
            session,
            at_once(
                stops_asked(ids),
                untold_asked(now()),
                _deletions_coming(ids) if reader.may(Permission.SEE_AUDIT) else known(0),
            ),
        )
        on_duty = on_duty_in(session, [each.zone for each in shown], now())
        province = in_force(session, now())
        to_set_up = steps_left(session) if reader.may(Permission.SET_UP) else 0
    waiting = Waiting()
    for each in figures:
        waiting.add(each.waiting)
    return render_template(
        "console/places/overview.html",
        waiting=waiting,
        filling=filling(running),
        zones=shown,
        all_zones=len(zones),
        wanted=wanted,
        following=following,
        first=not after,
        incidents=incidents,
        recent=recent,
        stops=stops,
        on_duty=on_duty,
        quiet={each.zone.id: quiet_until(each.zone, province, now()) for each in shown},
        silent=silent,
        deletions_coming=deletions,
        set_up_left=to_set_up,
    )
