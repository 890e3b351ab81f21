"""Which questions stand on which page of a phone: few pages, none too long, and what depends on an answer beside it. Pure decisions."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from monitor.declarations.forms import Form, Kind, Question

MOST_PAGES = 4
"""Beside the first, which asks who it is: twenty questions make five."""
ON_A_PAGE = 6.0
"""In questions with two answers; about three screens of a phone that is 360 pixels wide."""
_WEIGHTS = {
    Kind.YES_NO: 1.0,
    Kind.TEXT: 1.0,
    Kind.NUMBER: 1.0,
    Kind.DATE: 1.0,
    Kind.UNIT: 1.0,
    Kind.PLACES: 3.0,
    Kind.CONTACTS: 3.0,
}
_PER_OPTION = 0.35


def weight(question: Question) -> float:
    """How much of a page a question takes; half of it where only some are asked it."""
    whole = _WEIGHTS.get(question.kind, 0.5 + _PER_OPTION * len(question.options))
    return whole if question.when is None else whole / 2


def pages_of(questions: Sequence[Question]) -> list[tuple[Question, ...]]:
    """Pages in the form's sequence, as few as hold it and at most `MOST_PAGES`; the longest of them as short as can be.

    A question that depends on an answer stays on the page of that answer, where it follows it at once.
    """
    blocks = _blocks(questions)
    if not blocks:
        return []
    weights = [sum(map(weight, block)) for block in blocks]
    most = min(MOST_PAGES, len(blocks))
    # The shortest longest page for each count of pages: blocks are few, so that each way to cut is looked at.
    for count in range(1, most + 1):
        longest, cuts = _cut(weights, count)
        if longest <= ON_A_PAGE or count == most:
            break
    edges = [0, *cuts, len(blocks)]
    return [tuple(question for block in blocks[first:last] for question in block) for first, last in itertools.pairwise(edges)]


_paged: dict[int, tuple[Form, list[tuple[Question, ...]]]] = {}
_MOST_PAGED = 100


def pages_of_form(form: Form) -> list[tuple[Question, ...]]:
    """The same of a whole form, reckoned once for each: they are few, and every page of every declaration asks."""
    known = _paged.get(id(form))
    # Another form may lie where an earlier one lay.
    if known is None or known[0] is not form:
        if len(_paged) >= _MOST_PAGED:
            _paged.clear()
        known = _paged[id(form)] = (form, pages_of(form.questions))
    return known[1]


def _blocks(questions: Sequence[Question]) -> list[list[Question]]:
    blocks: list[list[Question]] = []
    for question in questions:
        if blocks and question.when is not None and question.when.question in {each.key for each in blocks[-1]}:
            blocks[-1].append(question)
        else:
            blocks.append([question])
    return blocks


def _cut(weights: Sequence[float], count: int) -> tuple[float, list[int]]:
    """Where to cut so many weights into so many pages: the longest page's weight, and the first block of each page but the first."""
    best: list[tuple[float, list[int]]] = [(sum(weights[: end + 1]), []) for end in range(len(weights))]
    for _page in range(1, count):
        best = [
            min(
                ((max(best[cut - 1][0], sum(weights[cut : end + 1])), [*best[cut - 1][1], cut]) for cut in range(1, end + 1)),
                default=best[end],
            )
            for end in range(len(weights))
        ]
    return best[-1]
