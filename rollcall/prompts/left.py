"""When a message left, or may have: told alike where messages are counted for the budget, the costs and the quiet hours."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func

from monitor.models.base import UtcDateTime
from monitor.models.rollcalls.prompts import Prompt, PromptState

_LOST_SIGHT_OF = (PromptState.QUEUED, PromptState.UNCERTAIN)


def left_at() -> ColumnElement[datetime | None]:
    """When a prompt left; of one that nobody knows of, when it may have: such a one counts like any that did."""
    may_have = case((Prompt.state.in_(_LOST_SIGHT_OF), Prompt.handed_at))
    return func.coalesce(Prompt.sent_at, may_have, type_=UtcDateTime())


def lost_sight_of() -> ColumnElement[bool]:
    """A condition on Prompt: it waits, and may have left already by the hands of a worker that died."""
    return and_(Prompt.state == PromptState.QUEUED, Prompt.handed_at.is_not(None))
