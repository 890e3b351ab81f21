"""The kinds of words that the reader of texts tells apart."""

from __future__ import annotations

from enum import Enum, auto


class Kind(Enum):
    """What a word or phrase does in a text. Whatever has none is unknown, and keeps a text from being understood."""

    YES = auto()
    """Says that somebody is there."""
    WELL = auto()
    ILL = auto()
    """A complaint, a symptom, a danger to life."""
    WISH = auto()
    """Asks for something."""
    NEED = auto()
    """A verb of need or lack: with a supply in its clause it is a wish."""
    SUPPLY = auto()
    NOT = auto()
    OVER = auto()
    """"hết": of an illness that it was there, of a supply that it is used up."""
    BRIDGE = auto()
    """May stand between a denial and the complaint that it denies."""
    OR = auto()
    BUT = auto()
    """Ends what a denial covers; a text with it is not simply well."""
    DEGREE = auto()
    """"lắm", "very": with a denied complaint it leaves some of it."""
    ANYTHING = auto()
    """"gì", "đâu": understood behind a denial only."""
    SELF = auto()
    EVERYBODY = auto()
    OTHERS = auto()
    """Somebody else than who writes: "mẹ em", "my son"."""
    RELATIVE = auto()
    """Of whom it depends on who writes: in Vietnamese "mẹ khỏe" may be said by the mother."""
    FILLER = auto()
    UNKNOWN = auto()
