"""Vietnamese text as scanners type it: in capitals, as the keys of Telex, as hex, with letters lost. Pure decisions."""

from __future__ import annotations

import re
import unicodedata

_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){2,}")
# The sounds that a Vietnamese syllable can have, without accents: what does not fit was not typed by Telex.
_ONSET = r"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?"
_RIME = r"[aăâeêioôơuưy]{1,3}(?:ng|nh|ch|[cmnpt])?"
_SYLLABLE = re.compile(_ONSET + _RIME)
# A letter, not a tone, that has a mark.
_MARKED = re.compile("[đ\u0302\u0306\u031b]")
_FRONT = re.compile(r"([^aeiouyw]*)(.*)")
_TONES = {"f": "\u0300", "s": "\u0301", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_DOUBLED = {"aa": "â", "ee": "ê", "oo": "ô", "dd": "đ", "aw": "ă", "ow": "ơ", "uw": "ư"}


def hex_read(text: str) -> str:
    """A text that a card writes as hexadecimal UTF-8; another one as it is."""
    if not _HEX.fullmatch(text) or text.isdecimal():
        return text
    try:
        read = unicodedata.normalize("NFC", bytes.fromhex(text).decode("utf-8"))
    except ValueError:
        return text
    return read.strip() if read.isprintable() and any(sign.isascii() and sign.isalpha() for sign in read) else text


def letters_lost(text: str) -> bool:
    """Whether something stands where letters were: a question mark, or the sign for what could not be decoded."""
    return "\ufffd" in text or bool(re.search(r"\w\?|\?\w", text))


def in_capitals_undone(name: str) -> str:
    """NGUYỄN THỊ AN, or nGUYỄN with the key for capitals held -> Nguyễn Thị An. A name in both sizes of letters stays."""
    held = bool(re.search(r"\b[^\W\d_][^\W\d_]+", name)) and name.swapcase().istitle()
    if not (name.isupper() or held) or len(name) < 2:
        return name
    return " ".join(
        "-".join("'".join(piece.capitalize() for piece in bit.split("'")) for bit in part.split("-")) for part in name.split()
    )


def telex_read(text: str) -> str:
    """Words that were typed by the keys of Telex: Nguyeexn -> Nguyễn, DDoong -> Đông. Others, and what has accents already, stay.

    One word that ends in s or x may be somebody's name as it is, so more must speak for Telex: two words with tones, or a doubled key.
    """
    if not text.isascii():
        return text
    read = {word: _word(word) for word in re.findall(r"[A-Za-z]+", text)}
    changed = {word: each for word, each in read.items() if each != word}
    if len(changed) < 2 and not any(_MARKED.search(unicodedata.normalize("NFD", each.lower())) for each in changed.values()):
        return text
    return re.sub(r"[A-Za-z]+", lambda found: read[found[0]], text)


def _word(typed: str) -> str:
    front, body = _FRONT.fullmatch(typed.lower()).groups()  # type: ignore[union-attr]
    # A tone's key comes last, or before the consonants that end a word; never before a vowel.
    tones = re.findall(r"[fsrxj](?![aeiouy])", body)
    letters = front + re.sub(r"[fsrxj](?![aeiouy])", "", body)
    letters = re.sub(r"^d(.+)d$", r"dd\1", letters)
    letters = re.sub(r"uo(ng|nh|ch|[cmnptiu]?)w", r"uwow\1", letters).replace("uow", "uwow")
    letters = re.sub(r"([aou])(ng|nh|ch|[cmnptiya])w", r"\1w\2", letters)
    letters = re.sub(r"([aeo])(ng|nh|ch|[uyimncpt])\1$", r"\1\1\2", letters)
    for keys, letter in _DOUBLED.items():
        letters = letters.replace(keys, letter)
    # Without keys of Telex it is a word as it is; with letters that no syllable has it is somebody's name.
    if letters == typed.lower() or not _SYLLABLE.fullmatch(letters):
        return typed
    toned = _toned(letters, _TONES[tones[-1]] if tones else "")
    return toned.upper() if typed.isupper() and len(typed) > 1 else toned.capitalize() if typed[0].isupper() else toned


def _toned(letters: str, mark: str) -> str:
    """The tone on the vowel that carries it: the one with a mark of its own, else the last but one before a vowel's end, else the last."""
    if not mark:
        return letters
    found = re.fullmatch(f"({_ONSET})(.*?)((?:ng|nh|ch|[cmnpt])?)", letters)
    onset, vowels, end = found.groups() if found else ("", letters, "")
    marked = [at for at, letter in enumerate(vowels) if letter in "ăâêôơư"]
    at = marked[-1] if marked else len(vowels) - 1 if end or len(vowels) < 2 else len(vowels) - 2
    return unicodedata.normalize("NFC", onset + vowels[: at + 1] + mark + vowels[at + 1 :] + end)
