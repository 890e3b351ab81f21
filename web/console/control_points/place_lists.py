"""Who was at a place, for an inspector: by day, point and person, with a reason that stands in the trail; on a page or as a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from monitor.accounts.access import Permission
from monitor.control_points.lists import Listed, Wanted, all_of, page_of, people_of
from monitor.control_points.registering import points_of
from monitor.models.control_points import ControlPlace
from monitor.people.pasted import plain
from monitor.problems import BadInput, Problem
from monitor.sheets import FileKind, written_table
from monitor.trail.actions import Action
from monitor.words import N_, Translate, Words
from web.console.control_points.places import place_here
from web.console.paging import after_key, read_key
from web.shared import written
from web.shared.common import language, now, say, translate
from web.shared.guard import guarded, note_view
from web.shared.labels import label
from web.shared.parts import parts

PAGE = 100
SHORTEST_REASON, LONGEST_REASON = 5, 300

pages = Blueprint("place_lists", __name__)


@dataclass(frozen=True)
class _Asked:
    """What an inspector asked for, and why."""

    wanted: Wanted
    reason: str
    person: str


@pages.get("/places/<int:place_id>/list")
@guarded(Permission.SEE_PLACE_LISTS, audit=None)
def form(place_id: int) -> str:
    with parts().database.read() as session:
        return _page(session, place_here(session, place_id), {})


@pages.post("/places/<int:place_id>/list")
@guarded(Permission.SEE_PLACE_LISTS, audit=Action.PLACE_LIST_SEEN)
def show(place_id: int) -> tuple[str, int] | str:
    given = {name: value[:400] for name, value in request.form.items()}
    with parts().database.write() as session:
        place = place_here(session, place_id)
        try:
            asked = _asked(session, place, given)
        except Problem as problem:
            return _page(session, place, given, problem.words), 422
        _note(session, place, asked)
        after = read_key(given.get("after"))
        key = (after[0], after[2]) if after is not None else None
        rows = page_of(session, asked.wanted, now(), after=key, most=PAGE + 1)
        following = after_key(rows[PAGE - 1].possible_from, rows[PAGE - 1].stay_id) if len(rows) > PAGE else None
        return _page(session, place, given, rows=rows[:PAGE], following=following)


@pages.post("/places/<int:place_id>/list.<kind>")
@guarded(Permission.SEE_PLACE_LISTS, audit=Action.PLACE_LIST_EXPORTED)
def export(place_id: int, kind: str) -> AnyResponse | tuple[str, int]:
    given = {name: value[:400] for name, value in request.form.items()}
    file = FileKind(kind) if kind in tuple(FileKind) else FileKind.CSV
    with parts().database.write() as session:
        place = place_here(session, place_id)
        try:
            asked = _asked(session, place, given)
        except Problem as problem:
            return _page(session, place, given, problem.words), 422
        _note(session, place, asked)
    names = [translate(each) for each in _COLUMNS]
    database, zone, at, words, spoken = parts().database, parts().settings.zone, now(), translate, language()

    def lines() -> Iterator[list[str]]:
        with database.read() as reading:
            for each in all_of(reading, asked.wanted, at):
                yield _cells(each, zone, words, spoken)

    # Whole before it leaves: the words of a request are gone when its answer is on its way.
    content = b"".join(written_table(names, lines(), file))
    response = Response(content, mimetype=file.content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="place-{place_id}-{asked.wanted.day}.{file.value}"'
    return response


_COLUMNS = (
    N_("Name"),
    N_("Telephone"),
    N_("Control point"),
    N_("In"),
    N_("Out"),
    N_("How it ended"),
    N_("Surely there from"),
    N_("Surely there until"),
    N_("Possibly there from"),
    N_("Possibly there until"),
)


def _cells(each: Listed, zone: ZoneInfo, words: Translate, spoken: str) -> list[str]:
    def clock(at: datetime | None) -> str:
        return written.moment(at.astimezone(zone), spoken) if at is not None else ""

    sure = each.certain or (None, None)
    ended = label(each.out_kind).words.say(words) if each.out_kind is not None else ""
    return [
        each.full_name,
        each.phone,
        each.point,
        clock(each.in_at),
        clock(each.out_at),
        ended,
        clock(sure[0]),
        clock(sure[1]),
        clock(each.possible_from),
        clock(each.possible_to),
    ]


def _asked(session: Session, place: ControlPlace, given: dict[str, str]) -> _Asked:
    reason = plain(given.get("reason", ""))[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise BadInput(N_("Please say why this list is needed; it stands in the audit trail."), field="reason")
    try:
        day = date.fromisoformat(given.get("day", ""))
    except ValueError:
        raise BadInput(N_("Please enter a day."), field="day") from None
    point = next(
        (each.id for each in points_of(session, place.id, closed_too=True) if str(each.id) == given.get("point")), None
    )
    person = plain(given.get("person", ""))
    people = people_of(session, person) if person else None
    if person and not people:
        raise BadInput(N_("Nobody has declared with this number. Type a telephone number or a card’s number."), field="person")
    return _Asked(Wanted(place.id, day, parts().settings.zone, point, people), reason, person)


def _note(session: Session, place: ControlPlace, asked: _Asked) -> None:
    wanted = asked.wanted
    people = list(wanted.declarants) if wanted.declarants is not None else []
    note_view(
        session,
        zone_id=None,
        place=place.id,
        day=wanted.day.isoformat(),
        point=wanted.point_id,
        declarants=people,
        reason=asked.reason,
    )


def _page(
    session: Session,
    place: ControlPlace,
    given: dict[str, str],
    problem: Words | None = None,
    rows: list[Listed] | None = None,
    following: str | None = None,
) -> str:
    return render_template(
        "console/control_points/place_list.html",
        place=place,
        points=points_of(session, place.id, closed_too=True),
        given=given,
        problem=say(problem) if problem is not None else "",
        rows=rows,
        following=following,
        today=now().astimezone(parts().settings.zone).date().isoformat(),
        timezone=str(parts().settings.zone),
    )
