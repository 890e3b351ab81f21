"""One round: how far it is, beside the last ones, and each person's part in it, on the screen or on paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import Select, select, tuple_, union_all
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission
from monitor.models.accounts import Account
from monitor.models.people.residents import Resident
from monitor.models.places import Room
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.problems import BadInput, NotFound
from monitor.trail.actions import Action
from monitor.words import N_
from web.console.rollcalls.rounds import WAITING, Round, rounds_of
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

PAGE, BESIDE, MOST_PRINTED = 50, 5, 1000
SILENT = "silent"
"""Of whom nothing came: whoever is still awaited, did not answer or was not reached."""
_SILENT = (*WAITING, CheckInState.MISSED, CheckInState.UNREACHED)


@dataclass(frozen=True)
class Part:
    """One person's part. channel: how the answer came, None where there is none; by: who of staff entered it."""

    check_in: CheckIn
    resident: Resident
    room: str | None
    received_at: datetime | None
    channel: str | None
    late: bool | None
    by: str | None

    @property
    def took(self) -> timedelta | None:
        """From the round's opening to the answer."""
        return None if self.received_at is None else self.received_at - self.check_in.opened_at


def _wanted() -> CheckInState | str:
    """A state, SILENT, or "" for all. Raises BadInput."""
    given = request.args.get("state", "")
    if given in ("", SILENT):
        return given
    try:
        return CheckInState(given)
    except ValueError:
        raise BadInput(N_("Choose one of the options."), field="state") from None


def _states(wanted: CheckInState | str) -> Sequence[CheckInState]:
    """None for all."""
    if wanted == SILENT:
        return _SILENT
    return [CheckInState(wanted)] if wanted else []


def _parts(round_id: int, wanted: CheckInState | str) -> Select[CheckIn, Resident, str, datetime, str, bool, str]:
    """By name, as lists of people are."""
    query = (
        select(CheckIn, Resident, Room.name, Answer.received_at, Answer.channel, Answer.late, Account.username)
        .join(Resident, Resident.id == CheckIn.resident_id)
        .outerjoin(Room, Room.id == Resident.room_id)
        .outerjoin(Answer, Answer.check_in_id == CheckIn.id)
        .outerjoin(Account, Account.id == Answer.entered_by)
        .where(CheckIn.roll_call_id == round_id)
        .order_by(Resident.sort_key, Resident.id)
    )
    return query.where(CheckIn.state.in_(_states(wanted))) if wanted else query


def _page(session: Session, round_id: int, wanted: CheckInState | str, after: int, most: int) -> tuple[list[Part], int | None]:
    """So many parts behind a person, and the number of the person behind whom the next page begins."""
    query = _parts(round_id, wanted).limit(most + 1)
    if after:
        behind = select(Resident.sort_key, Resident.id).where(Resident.id == after).subquery()
        query = query.where(
            tuple_(Resident.sort_key, Resident.id)
            > tuple_(select(behind.c.sort_key).scalar_subquery(), select(behind.c.id).scalar_subquery())
        )
    found = [Part(*row) for row in session.execute(query)]
    return found[:most], found[most - 1].resident.id if len(found) > most else None


def _with_the_last(session: Session, round_id: int) -> tuple[Round, Sequence[Round]]:
    """A round, and those of the same schedule before it, the newest first. Raises NotFound."""
    this = select(RollCall).where(RollCall.id == round_id).subquery()
    before = (
        select(RollCall.id)
        .join(this, (this.c.plan_id == RollCall.plan_id) & (RollCall.opens_at < this.c.opens_at))
        .order_by(RollCall.opens_at.desc())
        .limit(BESIDE)
        .subquery()
    )
    found = rounds_of(session, union_all(select(this.c.id), select(before.c.id)))
    if not found:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    require_zone(the_reader(), found[0].zone_id)
    return found[0], found[1:]


pages = Blueprint("rounds", __name__)


@pages.get("/rounds/<int:round_id>")
@guarded(Permission.SEE_RESIDENT, audit=None)
def round_page(round_id: int) -> str:
    wanted, after = _wanted(), request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        round_, before = _with_the_last(session, round_id)
        people, following = _page(session, round_id, wanted, after, PAGE)
    return render_template(
        "console/rollcalls/round.html",
        round=round_,
        before=before,
        people=people,
        wanted=str(wanted),
        silent=sum(round_.counts.get(state, 0) for state in _SILENT),
        following=following,
        first=not after,
        # For what is done to many of them at once.
        fields=[("round", round_id), *(("state", state.value) for state in _states(wanted))],
    )


@pages.get("/rounds/<int:round_id>/print")
@guarded(Permission.SEE_RESIDENT, audit=Action.PEOPLE_PRINTED)
def printed(round_id: int) -> str:
    wanted = _wanted()
    with parts().database.write() as session:
        round_, _before = _with_the_last(session, round_id)
        people, following = _page(session, round_id, wanted, 0, MOST_PRINTED)
        note_view(session, zone_id=round_.zone_id, people=len(people), round=round_id)
    return render_template(
        "console/rollcalls/round_printed.html",
        round=round_,
        people=people,
        wanted=str(wanted),
        more=following is not None,
        most=MOST_PRINTED,
    )
