"""Letters without accents, and a text cut into words, numbers and marks: however it was typed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻ`´′＇ʹ", "'") | {"ð": "đ", "Ð": "đ", "\u0111": "đ"})
# Hỏi and ngã are one tone in half of the country, and are written for each other.
TONES = {"\u0303": "\u0309"}
"""What each other mark of a tone counts as."""
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[0-9]+|[.…;!?\n]+|[,:()/–—~*\[\]|-]+|[^\s\w]|[_\w]")
_REPEATED = re.compile(r"(.)\1{2,}")
# A nought typed for the letter: "k0", "kh0ng", "0k".
_NOUGHT = re.compile(r"(?<=[a-eg-oq-z])0(?![0-9])|(?<![\w])0(?=k\b|n\b)")


class Word(NamedTuple):
    """A word without accents, and the accents in an order that does not tell on which letter each stands."""

    letters: str
    accents: str


class Sort(Enum):
    """What a token is. END ends a sentence, PAUSE a part of one; SIGN is anything else that is no word."""

    WORD = auto()
    NUMBER = auto()
    END = auto()
    PAUSE = auto()
    SIGN = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text. word: of a WORD; of all others the characters, without accents."""

    sort: Sort
    word: Word


def normal(text: str) -> str:
    """Small letters of one width, composed, with one apostrophe and one đ, without what cannot be seen."""
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES)).casefold().translate(_APOSTROPHES)
    plain = "".join(
        each for each in plain if each.isalnum() or unicodedata.category(each) not in ("Cf", "Cc", "Mn") or each in "\n\t"
    )
    return _NOUGHT.sub("o", unicodedata.normalize("NFC", plain))


@lru_cache(4096)
def fold(word: str) -> Word:
    """A normal word as it is compared; a letter that is held down counts once ("okkkk")."""
    if word.isascii():
        return Word(_REPEATED.sub(r"\1", word), "")
    parts = unicodedata.normalize("NFD", _REPEATED.sub(r"\1", word))
    letters = "".join(each for each in parts if unicodedata.category(each) != "Mn")
    marks = sorted(TONES.get(each, each) for each in parts if unicodedata.category(each) == "Mn")
    return Word(_REPEATED.sub(r"\1", letters.replace("đ", "d")), "".join(marks) + "đ" * letters.count("đ"))


@lru_cache(2048)
def _base(character: str) -> str:
    return "d" if character == "đ" else unicodedata.normalize("NFD", character)[0]


def bare(text: str) -> str:
    """A normal text without accents, sign for sign as long as it is."""
    return text if text.isascii() else "".join(map(_base, text))


def same(written: Word, known: Word) -> bool:
    """Whether a written word may be a known one: without any accents, or with just its accents."""
    return written.letters == known.letters and written.accents in ("", known.accents)


def tokens_of(text: str) -> list[Token]:
    """A normal text as tokens. "K.khoẻ": a point without a space ends no sentence; "khong-khoe": nor does such a hyphen."""
    joined = re.sub(r"(?<=\w)[.&+-](?=[^\W\d_])", " ", text)
    found = []
    for each in _TOKEN.findall(joined):
        first = each[0]
        if first.isalpha():
            found.append(Token(Sort.WORD, fold(each)))
        elif first.isascii() and first.isdigit():
            found.append(Token(Sort.NUMBER, Word(each, "")))
        elif first in ".…;!?\n":
            found.append(Token(Sort.END, Word(each, "")))
        elif first in ",:()/–—~*[]|-":
            found.append(Token(Sort.PAUSE, Word(each, "")))
        else:
            found.append(Token(Sort.SIGN, Word(each, "")))
    return found
