"""In which language somebody wrote, where no form says it. Pure."""

from __future__ import annotations

import re
import unicodedata

from monitor.folding import folded

_ENGLISH = frozenset(
    (
        "the",
        "i",
        "my",
        "we",
        "our",
        "and",
        "please",
        "is",
        "are",
        "need",
        "help",
        "have",
        "has",
        "no",
        "you",
        "do",
        "with",
        "can",
        "not",
    )
)
_THANKS = frozenset(
    (
        "cam",
        "on",
        "nhieu",
        "da",
        "vang",
        "ok",
        "oke",
        "rat",
        "xin",
        "thanks",
        "thank",
        "you",
        "very",
        "much",
        "so",
        "tot",
        "duoc",
        "roi",
        "a",
    )
)


def language_of(text: str) -> str:
    """en where the words are English and no letter is Vietnamese; else vi: many write without accents."""
    if any(unicodedata.combining(each) or each in "đĐ" for each in unicodedata.normalize("NFD", text)):
        return "vi"
    words = re.findall(r"[a-z]+", text.lower())
    english = sum(each in _ENGLISH for each in words)
    return "en" if english >= 2 and english * 5 >= len(words) else "vi"


def is_thanks(text: str) -> bool:
    """Whether somebody only says thank you: no word of it asks for anything."""
    words = folded(text).split()
    return 0 < len(words) <= 10 and set(words) <= _THANKS
