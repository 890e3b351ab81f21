"""All words of both languages in one table, made once, and which of them stand at a place in a text."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rollcall.inbound.language import english, vietnamese
from rollcall.inbound.language.folding import TONES, Sort, Word, fold, normal, same, tokens_of
from rollcall.inbound.language.kinds import Kind

_NO = "không"


class Meaning(NamedTuple):
    """What a word does. detail: of an illness or a wish, a key of the page, "danger" or nothing."""

    kind: Kind
    detail: str = ""


class Entry(NamedTuple):
    """A phrase. exact: it counts with its accents only."""

    words: tuple[Word, ...]
    exact: bool
    meaning: Meaning


UNKNOWN = Meaning(Kind.UNKNOWN)


def phrase(text: str) -> tuple[Word, ...]:
    """A phrase of a word list."""
    return tuple(each.word for each in tokens_of(normal(text)) if each.sort in (Sort.WORD, Sort.NUMBER))


def _listed(text: str) -> list[str]:
    return [each for part in text.split(",") if (each := part.strip())]


def _generated() -> list[tuple[str, Meaning]]:
    """Relatives, of whom it depends on who writes, and those with an owner, who are others than who writes."""
    found = [(kin, Meaning(Kind.RELATIVE)) for kin in _listed(vietnamese.KIN)]
    found += [(kin, Meaning(Kind.OTHERS)) for kin in _listed(vietnamese.OTHERS) + _listed(english.KIN)]
    owned = [(kin, owner) for kin in _listed(vietnamese.KIN) for owner in _listed(vietnamese.OWNERS)]
    found += [(f"{kin} {owner}", Meaning(Kind.OTHERS)) for kin, owner in owned if kin not in ("em", "anh", "chị")]
    contractions = [each for each in _listed(english.WORDS[Kind.NOT, ""]) if each.endswith("nt") and " " not in each]
    found += [(f"{each[:-1]}'t", Meaning(Kind.NOT)) for each in contractions]
    found += [(f"{owner} {kin}", Meaning(Kind.OTHERS)) for kin in _listed(english.KIN) for owner in ("my", "our", "the")]
    return found


def _spellings(text: str) -> list[str]:
    """A phrase with each way to write "không"."""
    first, _, rest = text.partition(" ")
    return [f"{each} {rest}" for each in _listed(vietnamese.NOT)] if first == _NO and rest else [text]


@lru_cache(1)
def _table() -> dict[str, list[Entry]]:
    """Entries by the letters of their first word, the longest first; what is listed by hand comes before what is generated."""
    listed = [
        (text, Meaning(kind, detail))
        for words in (vietnamese.WORDS, english.WORDS)
        for (kind, detail), texts in words.items()
        for text in _listed(texts)
    ]
    table: dict[str, list[Entry]] = defaultdict(list)
    for text, meaning in [*listed, *_generated()]:
        for spelling in _spellings(text.removeprefix("=")):
            words = phrase(spelling)
            table[words[0].letters].append(Entry(words, text.startswith("="), meaning))
    for entries in table.values():
        # A word that has no accents is what it looks like, before it is one whose accents were left out.
        entries.sort(key=lambda each: (-len(each.words), any(word.accents for word in each.words)))
    return dict(table)


@lru_cache(1)
def _signs() -> dict[str, Meaning]:
    return {sign: Meaning(kind) for kind, signs in english.SIGNS.items() for sign in signs.split()}


def meaning_at(words: Sequence[Word], at: int) -> tuple[int, Meaning]:
    """The longest phrase that begins at a place, how many words it has and what it does; one unknown word where there is none."""
    for entry in _table().get(words[at].letters, ()):
        length = len(entry.words)
        given = words[at : at + length]
        if len(given) == length and (tuple(given) == entry.words if entry.exact else all(map(same, given, entry.words))):
            return length, entry.meaning
    return 1, UNKNOWN


def meaning_of_sign(sign: str) -> Meaning:
    """What a picture or another sign says."""
    return _signs().get(sign, UNKNOWN)


def is_known(word: Word) -> bool:
    """Whether a word alone has a meaning."""
    return meaning_at((word,), 0)[1] is not UNKNOWN


# What people run together: "Toikhoe", "allgood", "khongkhoe". Any other run stays unknown: "cook" is not "co ok".
_RUN_TOGETHER = re.compile(
    r"(?P<who>toi|tui|em|minh|con|chau|canha|moinguoi|i|im|iam|we|weare|all|feeling|feel|da|van|dang)?(?P<no>khong|ko|chua|not|no)?"
    r"(?P<what>khoe|khoemanh|on|ondinh|binhthuong|tot|fine|good|well|ok|okay|okey|sot|om|met|khotho|sick|ill|unwell|fever|cough)"
    r"(?P<end>a|nhe|nha|roi|ca|lam|thanks|today)?"
)
_TELEX = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_TELEX_LETTERS = (("dd", "đ"), ("aa", "â"), ("ee", "ê"), ("oo", "ô"), ("uow", "ươ"), ("aw", "ă"), ("ow", "ơ"), ("uw", "ư"))


@lru_cache(4096)
def apart(word: Word) -> tuple[Word, ...]:
    """A word as it was meant: run together, or with the accents that a keyboard left as letters ("khoer"); else as it is."""
    if is_known(word):
        return (word,)
    if not word.accents and (typed := _telex(word.letters)) is not None:
        return (typed,)
    match = _RUN_TOGETHER.fullmatch(word.letters)
    if match is None:
        return (word,)
    who, no, what, end = (match[each] or "" for each in ("who", "no", "what", "end"))
    native = not {who, no} & _ENGLISH and (who or no)
    if not (who or no or len(end) > 1) or (what == "on" and not native):
        # "noon", "ion", "Ona".
        return (word,)
    # The accents do not tell on which letter they stand; each part is taken for the word it may be.
    return tuple(spelt for each in (who, no, what, end) if each for spelt in phrase(_SPELT.get(each, each)))


_ENGLISH = {"i", "im", "iam", "we", "weare", "all", "feeling", "feel", "not", "no"}
_SPELT = {
    "canha": "ca nha",
    "moinguoi": "moi nguoi",
    "iam": "i am",
    "weare": "we are",
    "khoemanh": "khoe manh",
    "on": "ổn",
    "ondinh": "on dinh",
    "binhthuong": "binh thuong",
    "khotho": "kho tho",
}


def _telex(letters: str) -> Word | None:
    """A known word with accents as the Telex keyboard types them."""
    tone = _TELEX.get(letters[-1]) if len(letters) > 2 else None
    stem = letters[:-1] if tone else letters
    for typed, meant in _TELEX_LETTERS:
        stem = stem.replace(typed, meant)
    word = fold(normal(unicodedata.normalize("NFC", stem)))
    if tone:
        # On whichever letter it stands: folded, that is the same.
        marks = word.accents.rstrip("đ")
        word = Word(word.letters, "".join(sorted([*marks, TONES.get(tone, tone)])) + word.accents[len(marks) :])
    return word if word.accents and _vietnamese(word) else None


def _vietnamese(word: Word) -> bool:
    """Whether just this word, with its accents, begins a known phrase."""
    return any(entry.words[0] == word for entry in _table().get(word.letters, ()))


@lru_cache(1)
def _english_complaints() -> frozenset[Word]:
    listed = [phrases for (kind, _detail), phrases in english.WORDS.items() if kind is Kind.ILL]
    return frozenset(phrase(each)[0] for phrases in listed for each in _listed(phrases))


def is_english_complaint(word: Word) -> bool:
    """Whether a complaint in English begins with a word: there "no fever cough" is no list."""
    return word in _english_complaints()
