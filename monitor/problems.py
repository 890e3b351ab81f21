"""Errors that a person can do something about: what is wrong, in words, and what to do."""

from __future__ import annotations

from typing import Any

from monitor.words import Translate, Words, translator


class Problem(Exception):
    """An expected failure with a sentence for the reader. `status` is the HTTP status a page answers with.

    Raise a subclass named for what the caller must do, with a template marked N_:
        raise CameraUnreachable(N_("No answer from %(address)s within %(seconds)s s. Is it powered and on this network?"), …)
    """

    status = 400

    def __init__(self, template: str, **values: Any) -> None:
        self.words = Words(template, values)
        super().__init__(template, values)

    def __reduce__(self) -> tuple[Any, ...]:
        # Problems travel from worker processes; their own __init__ does not take what pickle would give it.
        return _restored, (type(self), self.args, self.__dict__)

    def say(self, translate: Translate) -> str:
        """The sentence in the reader's language."""
        return self.words.say(translate)

    def __str__(self) -> str:
        return self.say(translator("en"))


def _restored(kind: type[Problem], args: tuple[Any, ...], state: dict[str, Any]) -> Problem:
    problem = kind.__new__(kind, *args)
    problem.__dict__.update(state)
    return problem


class NotFound(Problem):
    """What was asked for does not exist, or not for this reader."""

    status = 404


class Forbidden(Problem):
    """The reader's role or zones do not allow it."""

    status = 403


class BadInput(Problem):
    """Something that was typed or sent cannot be used; `field` names the form field."""

    status = 422

    def __init__(self, template: str, *, field: str | None = None, **values: Any) -> None:
        super().__init__(template, **values)
        self.field = field


class Conflict(Problem):
    """Somebody else, or the clock, was there first."""

    status = 409
