"""Whether a name is that of many, by a look at some people from all over. Pure decisions.

To look up whom an index has under a name that every fifth has takes longer than all else, and tells no more than that they are many. What
is found is the same either way: it is a guess of what costs less.
"""

from __future__ import annotations

from collections.abc import Sequence

# So many names are looked at.
LOOKED_AT = 400
# Where so many times as many as would be few are guessed, and so many of those who were looked at have the name, they are many: where no
# more have it than are few, that guess is made once in a hundred times.
_SURELY, _SURE = 2, 12


def of_many(words: Sequence[str], names: Sequence[str], distance: int, few: int) -> bool:
    """Whether more than few have all these words in the name. names: folded, of some people from all over; each stands for so many."""
    having = sum(all(f" {word}" in name for word in words) for name in names)
    return having >= _SURE and having * distance > _SURELY * few
