"""How a state looks and is called: a word, an icon and a tone, so that colour never stands alone."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from monitor.words import Words


class Label(NamedTuple):
    """text: a template for the catalogue. tone: good, watch, bad, idle or calm. icon: a name in `icons.html`."""

    text: str
    tone: str = "idle"
    icon: str = "dot"

    @property
    def words(self) -> Words:
        """The text as words."""
        return Words(self.text)


Looks: TypeAlias = dict[type[StrEnum], dict[str, Label]]
"""By kind of state and its value."""
