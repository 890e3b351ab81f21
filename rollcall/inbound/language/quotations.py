"""Quotations in a text: of our own messages, and what phones send by themselves ("Liked “…”"). What is quoted says nothing of who quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from monitor.words import LANGUAGES, translator
from rollcall.followup.who_was_told import WHO_WAS_TOLD
from rollcall.inbound.language.folding import bare, normal
from rollcall.texts import built_in, replies

_RUN = 8
"""So many words in the order of a message of ours are not written by chance."""
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST = 6
"""So many words in all make a message that is told from what people write."""
_FILLED = r"(?:\W+(?:\S+\W+){0,9}?|\W*)"
_LINK = re.compile(r"\bhttps?://\S+|\bwww\.\S+")
_PLACE = re.compile(r"%\(\w+\)s|\{[^{}]*\}")
_TOLD = "%(told)s"
_OPEN, _CLOSE = '“”„«»"‟❝❞', '“”»«"❝❞'
_EMOTICON = r"[^\n“\"]{1,24}"
_REACTION_VERB = (
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|hearted|removed an? [\w -]{2,20}? from"
    r"|reacted(?: with)?(?: an?)? ?[^\s“\"]{0,12}(?: emoji)? ?to"
    rf"|reacted {_EMOTICON} to"
    r"|da (?:thich|yeu thich|khong thich|cuoi(?: voi| vi| vao)?|nhan manh|dat cau hoi(?: ve)?"
    rf"|bay to cam xuc(?: {_EMOTICON})?(?: voi| ve)?|tha (?:tim|cam xuc|like|[^\s\w]{{1,6}})(?: cho| vao| voi)?"
    rf"|phan ung(?: {_EMOTICON})? (?:voi|ve)|danh dau(?: [^\n“\"]{{1,16}})?|ghim|go (?:bo )?[\w ]{{2,20}} (?:khoi|voi))"
    r"|[^\w\s“\"]{1,8} (?:to|voi|cho))"
)
_REACTION = re.compile(rf"^\W{{0,4}}{_REACTION_VERB}\s*[{_OPEN}]", re.S)
# A picture or a voice message has no words to quote.
_REACTION_TO_MEDIA = re.compile(
    rf"^\W{{0,4}}{_REACTION_VERB} (?:an? |mot |this |tin nhan |buc )?"
    r"(?:image|photo|picture|video|movie|message|audio message|voice message|attachment|sticker|link|gif"
    r"|hinh anh|hinh|anh|tin nhan(?: thoai)?|video|nhan dan|tep|lien ket)\W*$"
)
_LINE = re.compile(r"^[ \t]*(?:>|&gt;|\|)+[^\n]*$", re.M)
_HEADER = re.compile(
    r"^(?:on [^\n]{3,80} wrote:|(?:vao|luc)[^\n]{3,80} (?:da )?viet:"
    r"|-{2,} ?(?:original message|forwarded message|tin nhan goc|thu goc|chuyen tiep)[^\n]*|begin forwarded message:?"
    r"|(?:sent from (?:my )?|(?:duoc )?gui tu )"
    r"(?:iphone|ipad|android|samsung|galaxy|outlook|yahoo|gmail|mail|dien thoai|xiaomi|oppo|vivo)[^\n]{0,40}$).*",
    re.M | re.S,
)
_REPLY_MARK = re.compile(
    r"^\s*(?:(?:re|rê|fw|fwd|tr|trl|tl|trả lời|tra loi|chuyen tiep|chuyển tiếp|forwarded|forward|quote|trích|trich|quoted)"
    r"\s*:\s*)+"
)
_MARKS = re.compile(rf"[{_OPEN}]([^{_CLOSE}]*)(?:[{_CLOSE}]|…?$)")


@dataclass(frozen=True)
class Unquoted:
    """What stands outside quotations. quoted: something was quoted; doubtful: of which it is not clear whose words it was."""

    text: str
    quoted: bool = False
    doubtful: bool = False


def unquoted(text: str, sent: Sequence[str] = ()) -> Unquoted:
    """A normal text without what is quoted in it. sent: own words that messages of this place have, beside the built-in ones."""
    plain = bare(text)
    if _REACTION_TO_MEDIA.match(plain):
        return Unquoted("", quoted=True)
    reaction = _REACTION.match(plain)
    if reaction:
        closing = max((text.rfind(each, reaction.end()) for each in _CLOSE), default=-1)
        return Unquoted(text[closing + 1 :] if closing >= 0 else "", quoted=True)
    doubtful = False
    ours = _ours(tuple(sent))
    header = _HEADER.search(plain)
    if header is not None:
        text = text[: header.start()]
    quoted = header is not None
    lines = _LINE.findall(text)
    if lines:
        quoted = True
        doubtful = not all(ours.holds(each) for each in lines)
        text = _LINE.sub("\n", text)
    marked = _REPLY_MARK.match(text)
    if marked:
        quoted, text = True, text[marked.end() :]
        doubtful |= not ours.holds(text.split("\n")[0])
        text = text if doubtful else text.partition("\n")[2]
    for mark in _MARKS.findall(text):
        quoted = True
        doubtful |= not ours.holds(mark)
    text = _MARKS.sub(lambda match: " \n " if ours.holds(match[1]) else match[0], text)
    rest, in_part = ours.removed_from(text)
    return Unquoted(rest, quoted or rest != text, doubtful or in_part)


class _Messages:
    """The words of our messages, and where a text has them."""

    def __init__(self, templates: Sequence[str]) -> None:
        self._runs: set[tuple[str, ...]] = set()
        self._pairs: set[tuple[str, str]] = set()
        self._patterns: list[re.Pattern[str]] = []
        for each in templates:
            pieces = [_letters(piece) for piece in _PLACE.split(each)]
            for words in pieces:
                self._runs.update(tuple(words[at : at + _RUN]) for at in range(len(words) - _RUN + 1))
                self._pairs.update(_pairs_of(words))
            spans = [r"\W+".join(map(re.escape, words)) for words in pieces if words]
            if sum(map(len, pieces)) >= _SHORTEST:
                self._patterns.append(
                    re.compile(
                        r"(?<!\w)" + _FILLED.join(spans) + r"(?!\w)(?:\W{0,3}(?:https?://\S+|\d[\d:/. ]{3,18})){0,2}[.!?]?"
                    )
                )

    def holds(self, quotation: str) -> bool:
        """Whether a marked quotation is of our words, as far as that can be told of a part of them."""
        words = [each for each in _letters(_LINK.sub(" ", quotation)) if not each.isdigit()]
        if not words:
            return True
        if len(words) < 3:
            return False
        pairs = _pairs_of(words)
        return sum(each in self._pairs for each in pairs) >= 0.6 * len(pairs)

    def removed_from(self, text: str) -> tuple[str, bool]:
        """A text without our whole messages, and without longer runs of their words; the second says that there were such runs."""
        words = list(_WORD.finditer(bare(text)))
        letters = [each[0] for each in words]
        starts = [at for at in range(len(words) - _RUN + 1) if tuple(letters[at : at + _RUN]) in self._runs]
        if not starts and sum(each in self._pairs for each in _pairs_of(letters)) < _SHORTEST - 2:
            return text, False
        plain = bare(text)
        for pattern in self._patterns:
            match = pattern.search(plain)
            if match is not None:
                return f"{text[: match.start()]} \n {text[match.end() :]}", False
        # A run that is no whole message: of whom the rest tells, a person must see.
        covered = sorted({at + step for at in starts for step in range(_RUN)}, reverse=True)
        for at in covered:
            text = f"{text[: words[at].start()]} {text[words[at].end() :]}"
        return text, bool(starts)


def _pairs_of(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(pairwise(words))


def _letters(text: str) -> list[str]:
    return _WORD.findall(bare(text))


@lru_cache(64)
def _ours(sent: tuple[str, ...]) -> _Messages:
    """Our messages in all languages, and own words of a place."""
    built = [getattr(module, name) for module in (built_in, replies) for name in dir(module) if name.isupper()]
    templates = [each for value in built for each in _texts_of(value)]
    said = [words for language in LANGUAGES for each in templates for words in _said(each, language)]
    return _Messages([normal(each) for each in (*said, *sent)])


def _said(template: str, language: str) -> list[str]:
    """A message in a language; one that says who was told, with each sentence that says so."""
    text = translator(language)(template)
    return [text.replace(_TOLD, translator(language)(each)) for each in WHO_WAS_TOLD] if _TOLD in text else [text]


def _texts_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [each for each in value.values() if isinstance(each, str)]
    return [value] if isinstance(value, str) else []
