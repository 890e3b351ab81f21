"""Every sentence that a person reads has its Vietnamese, with the same places for values."""

from __future__ import annotations

import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
PLACE = re.compile(r"%\((\w+)\)[.\d]*[a-z]")


def extracted() -> set[str | tuple[str, ...]]:
    """What pybabel finds, as `make translations` calls it."""
    keywords: dict[str, tuple[int, ...] | None] = {"N_": None, "_": None, "gettext": None, "ngettext": (1, 2)}
    methods = [("**.py", "python"), ("**.html", "jinja2")]
    found: set[str | tuple[str, ...]] = set()
    for room in ("monitor", "cameras", "rollcall", "web"):
        for _, _, message, _, _ in extract_from_dir(ROOT / room, methods, keywords=keywords):  # type: ignore[arg-type]
            found.add(message if isinstance(message, str) else tuple(message))
    return found


def catalogue() -> Catalog:
    with (ROOT / "monitor/translations/vi/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="vi")


def test_every_sentence_has_its_vietnamese() -> None:
    known = catalogue()
    missing = []
    for message in extracted():
        found = known.get(message if isinstance(message, str) else message[0])
        text = found.string if found else None
        if not found or found.fuzzy or not (text if isinstance(text, str) else text and all(text)):
            missing.append(message)
    assert missing == []


def test_translations_keep_the_places_of_values() -> None:
    wrong = []
    for message in catalogue():
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        if ids[0] and any(sorted(PLACE.findall(text or "")) != sorted(PLACE.findall(ids[-1])) for text in strings):
            wrong.append(ids[0])
    assert wrong == []
