"""The steps of setting up an installation, and how far each is: a pure decision from facts, and from what people skipped."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """In the order in which one takes them."""

    LANGUAGE = "language"
    ADMINISTRATOR = "administrator"
    AUTHORITY = "authority"
    RECOVERY_SHEET = "recovery_sheet"
    ZONE = "zone"
    CHANNELS = "channels"
    MAIL = "mail"
    CAMERAS = "cameras"
    PEOPLE = "people"
    PLAN = "plan"


class Progress(StrEnum):
    """How far a step is. DONE comes from facts alone: who skipped a step and has done it since, has done it."""

    DONE = "done"
    SKIPPED = "skipped"
    TO_DO = "to_do"


@dataclass(frozen=True)
class SetUpFacts:
    """What is there. administrator: one with a second factor, where one is needed; zone: an open one with an open room.

    channels: set up, and one of them has carried a message; mail: the same of the mail server.
    """

    language: bool = False
    administrator: bool = False
    authority: bool = False
    recovery_sheet: bool = False
    zone: bool = False
    channels: bool = False
    mail: bool = False
    cameras: bool = False
    people: bool = False
    plan: bool = False


@dataclass(frozen=True)
class StepState:
    """One step and how far it is."""

    step: Step
    progress: Progress


def judge(facts: SetUpFacts, skipped: Collection[str]) -> list[StepState]:
    """Each step in its order."""
    found = []
    for step in Step:
        if getattr(facts, step.value):
            progress = Progress.DONE
        else:
            progress = Progress.SKIPPED if step.value in skipped else Progress.TO_DO
        found.append(StepState(step, progress))
    return found


def next_step(states: Collection[StepState], after: Step | None = None) -> Step | None:
    """The first step to do after this one, or from the beginning; None when none is left."""
    to_do = [each.step for each in states if each.progress is Progress.TO_DO]
    order = list(Step)
    later = [step for step in to_do if after is None or order.index(step) > order.index(after)]
    return next(iter(later or to_do), None)


def neighbours(step: Step) -> tuple[Step | None, Step | None]:
    """The steps before and after one, as the pages lead."""
    order = list(Step)
    place = order.index(step)
    return (order[place - 1] if place else None, order[place + 1] if place + 1 < len(order) else None)
