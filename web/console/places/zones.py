"""One zone: who is believed to be there, its rooms so many at once, the rounds, and who is on the way."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from sqlalchemy import select, union
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.database.together import at_once, read
from monitor.models.people.residents import PresenceState, Resident
from monitor.models.places import Zone
from monitor.personal_data.coming import without_order
from monitor.personal_data.periods import Kind, rules
from monitor.places.quiet_floor import in_force, quiet_until
from monitor.presence.counted import counted
from rollcall.orders.movements import count_movements
from web.console.places.rooms_shown import SHOWN, Wanted, rooms_shown
from web.console.rollcalls.rounds import newest_of, open_in, rounds_of
from web.shared.common import now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

MOST_WAITING, NEWEST = 10, 3
LONGEST = 60


def _wanted() -> Wanted:
    given = request.args
    show = given.get("show", "")
    return Wanted(
        show if show in SHOWN else "",
        given.get("floor", "")[:LONGEST],
        given.get("room", "")[:LONGEST],
        given.get("after", 0, type=int),
    )


def _believed(session: Session, zone_id: int) -> dict[PresenceState, int]:
    """People in quarantine in a zone by what is believed of them."""
    found = dict.fromkeys(PresenceState, 0)
    active, off = counted([zone_id], now())
    for _zone, state, people in session.execute(active.union_all(off)):
        found[PresenceState(state)] += int(people)
    return found


pages = Blueprint("zones", __name__)


@pages.get("/zones/<int:zone_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def zone_page(zone_id: int) -> str:
    wanted = _wanted()
    with parts().database.read() as session:
        zone = session.get(Zone, zone_id)
        require_zone(the_reader(), zone.id if zone else None)
        rooms = rooms_shown(session, zone_id, wanted, now())
        rounds = rounds_of(session, union(open_in([zone_id]), select(newest_of([zone_id], NEWEST).subquery().c.id)))
        believed = _believed(session, zone_id)
        assert zone is not None
        quiet = quiet_until(zone, in_force(session, now()), now())
        moving, unordered = read(session, at_once(count_movements(zone_id, now()), without_order(Resident.zone_id == zone_id)))
        kept = next(rule.kept for rule in rules(parts().settings) if rule.kind is Kind.UNORDERED)
    return render_template(
        "console/places/zone.html",
        zone=zone,
        wanted=wanted,
        rooms=rooms,
        believed=believed,
        rounds=rounds,
        quiet=quiet,
        moving=moving,
        unordered=unordered,
        most_waiting=MOST_WAITING,
        kept=kept,
    )
