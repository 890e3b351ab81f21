"""How many of its people a plan asks at first: a pure decision. Who types more gets it only with the word of a second supervisor."""

from __future__ import annotations

from rollcall.plans.typed_plan import NEW_SHARE


def share_allowed(wanted: int, before: int | None, *, has_run: bool) -> int:
    """How many per cent one supervisor may let a plan ask. wanted: what was typed.

    before: of the plan that it replaces, None for a new one; has_run: whether a round of that one was closed.

    | the plan | asks |
    |---|---|
    | is new | a tenth at most, whatever was typed |
    | replaces one that has not run yet | as many as that one at most, or a tenth |
    | replaces one that has run | what was typed |
    """
    if before is None:
        return min(wanted, NEW_SHARE)
    return wanted if has_run else min(wanted, max(before, NEW_SHARE))
