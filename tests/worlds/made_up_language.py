"""A language that nobody speaks, made of the English sentences: every letter accented, in brackets. What a page shows without is not translated."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from monitor.words import TRANSLATIONS

# Esperanto's code: Babel must know how to write its days, and nobody here reads it.
CODE = "eo"
_PLACE = re.compile(r"%\(\w+\)[.\d]*[sdf]|\{\w+\}|<[^>]+>|&\w+;")
_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "åƀçđéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ"
)


def made_up(sentence: str) -> str:
    """⟦Ñö åççöûñţ îš ñééđéđ.⟧, with its places as they are."""
    pieces, at = [], 0
    for place in _PLACE.finditer(sentence):
        pieces += [sentence[at : place.start()].translate(_ACCENTED), place[0]]
        at = place.end()
    return f"⟦{''.join(pieces)}{sentence[at:].translate(_ACCENTED)}⟧"


def write_made_up(folder: Path) -> None:
    """The whole catalogue in it, under `folder`, as somebody adds a language."""
    with (TRANSLATIONS / "vi" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        known = read_po(source)
    catalogue = Catalog(locale=CODE)
    for message in known:
        if not message.id:
            continue
        if isinstance(message.id, tuple | list):
            catalogue.add(message.id, tuple(made_up(each) for each in message.id))
        elif len(message.id) > 1:
            catalogue.add(message.id, made_up(message.id), context=message.context)
    target = folder / CODE / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "messages.po").open("wb") as file:
        write_po(file, catalogue)
