"""Names as people search and sort them: without accents, and in the order of the Vietnamese alphabet. Pure decisions."""

from __future__ import annotations

import re
import unicodedata

_NO_WORD = re.compile(r"[^\w]+|_")
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
# Letters are told from one another by these marks; the other marks are tones.
_MARKS = {"\u0306", "\u0302", "\u031b"}
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_PLACE = {letter: chr(0x41 + place) for place, letter in enumerate(_LETTERS)}
# Below all letters and digits: first what has fewer words, then what has no tones.
_NEXT_WORD, _TONES_FOLLOW = '"', "!"
LONGEST_KEY = 320


def folded(text: str) -> str:
    """In plain small letters, with a space before each word: Phường Bến Nghé -> ` phuong ben nghe`."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("đ", "d").replace("ð", "d"))
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return "".join(f" {word}" for word in _NO_WORD.split(plain) if word)


def sort_key(name: str) -> str:
    """A key by which names sort as in Vietnamese lists, byte by byte: by the given name, which comes last, then from the front.

    a ă â … d đ … o ô ơ …; words that differ in nothing but tones stand in the order ngang, huyền, hỏi, ngã, sắc, nặng. A tone belongs
    to the word, so that hòa and hoà are the same.
    """
    parts = [part for part in _NO_WORD.split(unicodedata.normalize("NFC", name).lower().replace("ð", "đ")) if part]
    given_first = [_keyed(part) for part in [*parts[-1:], *parts[:-1]]]
    letters = _NEXT_WORD.join(word for word, _tone in given_first)
    tones = "".join(tone for _word, tone in given_first).rstrip("0")
    return f"{letters}{_TONES_FOLLOW}{tones}"[:LONGEST_KEY]


def _keyed(word: str) -> tuple[str, str]:
    tone, kept = "0", []
    for sign in unicodedata.normalize("NFD", word):
        if sign in _TONES:
            tone = _TONES[sign]
        elif sign in _MARKS or not unicodedata.combining(sign):
            kept.append(sign)
    return "".join(_PLACE.get(letter, letter) for letter in unicodedata.normalize("NFC", "".join(kept))), tone
