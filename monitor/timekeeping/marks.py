"""Which rows were written while nobody knew what time it was: by their numbers, since their times are what is in doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, asked, at_once, first, read
from monitor.models.base import Base
from monitor.models.cameras.cameras import Observation
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import Prompt
from monitor.models.rollcalls.rounds import CheckInChange
from monitor.models.service import ClockJump

MARKED: tuple[type[Base], ...] = (CheckInChange, Prompt, Answer, Observation)


def last_rows(session: Session) -> dict[str, int]:
    """By table, the number of the row that was written last."""
    newest = read(session, at_once(*(first(select(func.max(each.id))) for each in MARKED)))  # type: ignore[attr-defined]
    return {each.__tablename__: number or 0 for each, number in zip(MARKED, newest, strict=True)}


class Marks:
    """Asks of rows whether they were written in such a time; read once for a page. spans: the last rows before, and within."""

    def __init__(self, spans: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
        self._spans = list(spans)

    def in_doubt(self, row: Base) -> bool:
        """Whether a row's times are in doubt. Of tables that are not `MARKED`, none is."""
        name, number = row.__tablename__, getattr(row, "id", 0)
        return any(
            name in begun and begun[name] < number and (name not in ended or number <= ended[name])
            for begun, ended in self._spans
        )


def marks() -> Reading[Marks]:
    """Those of all jumps of the clock."""
    rows = yield from asked(select(ClockJump.written_from, ClockJump.written_to).order_by(ClockJump.id))
    return Marks((row[0], row[1]) for row in rows)


def counted(jump: ClockJump, newest: Mapping[str, int]) -> dict[str, int]:
    """By table, how many rows were written in it. newest: see `last_rows`, for one that lasts."""
    ended = jump.written_to or newest
    counts = {name: ended.get(name, before) - before for name, before in jump.written_from.items()}
    return {name: count for name, count in counts.items() if count > 0}
