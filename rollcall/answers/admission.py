"""Whether an answer is taken: a pure decision over what was asked of whom and what came back."""

from __future__ import annotations

from datetime import datetime

from monitor.problems import BadInput, Conflict
from monitor.words import N_
from rollcall.answers.page import AnswerPage, nothing_needed, time_is_over
from rollcall.answers.said import Said
from rollcall.answers.source import OwnPage, Source


class AlreadyAnswered(Conflict):
    """The check-in has its answer."""


def admit(page: AnswerPage, said: Said, source: Source, now: datetime) -> None:
    """Raise RoundClosed, AlreadyAnswered or BadInput (with the form's field) where an answer is not taken.

    One that comes after its window was closed is admitted as late. While nobody has closed the window yet, the deadline may be some
    seconds past: that the clock's tick comes late is not the resident's fault.
    """
    if page.needs_nothing:
        raise nothing_needed()
    if not page.open:
        raise AlreadyAnswered(N_("We already have your answer. Thank you."))
    if page.closed_at is not None and source.too_late(page.closed_at, now):
        raise time_is_over()
    if page.needs_photo and said.photo is None and isinstance(source, OwnPage):
        raise BadInput(N_("The photo is missing. Please take it and send it again."), field="photo")
