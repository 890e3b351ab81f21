"""What a room is called in a sentence: its number with the word "room" before it, or a name, which says enough alone."""

from __future__ import annotations

import re

from monitor.words import N_, Words, words

# 101, A101, B-2.04, P.12: what hangs on a door. "Sân 2" is a name.
_NUMBER = re.compile(r"[A-Za-zĐđ]{0,2}[.\-/ ]?\d[\w.\-/]*")


def room_words(name: str) -> Words:
    """101 -> room 101; Yard -> Yard. In sentences it stands in the place of the room: "in %(room)s"."""
    return words(N_("room %(name)s"), name=name) if _NUMBER.fullmatch(name.strip()) else words("%(name)s", name=name)
