"""Judges the place that came with an answer beside those of earlier answers, where the plan asks for one."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.models.rollcalls.answers import Answer
from rollcall.answers.page import AnswerPage
from rollcall.answers.places import REPEATS, Earlier, Place, PlaceFinding, implausible, judge_place
from rollcall.answers.said import Said


def find_place(session: Session, page: AnswerPage, said: Said) -> PlaceFinding | None:
    """None where the plan does not ask: then nothing of a place is kept either."""
    if page.circle is None:
        return None
    found = judge_place(said.place, page.circle, withheld=said.place_withheld)
    if said.place is None:
        return found
    rows = session.execute(
        select(Answer.fix, Answer.taken_at)
        .where(Answer.resident_id == page.resident_id, Answer.fix.is_not(None))
        .order_by(Answer.id.desc())
        .limit(REPEATS)
    )
    earlier = [Earlier(Place(*row.fix), row.taken_at) for row in rows]
    doubts = implausible(said.place, said.made_at, earlier)
    return replace(found, reasons=(*found.reasons, *doubts), doubtful=found.doubtful or bool(doubts))
