"""Reads what people write in a text message, in whatever spelling: well, ill, help, a code word, stop. A pure decision.

Vietnamese is read with and without accents, composed or not, in full-width letters, with the mark of a tone on either vowel. A word that
is written with accents must have the right ones ("đúng" is not "dừng"); one without any is taken for the word it may be. Where words
can be taken two ways, the reading that makes a person look is chosen.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from monitor.models.inbound import InboundMeaning
from rollcall.codes import LENGTH as CODE_LENGTH
from rollcall.codes import LOWEST as LOWEST_CODE

LONGEST = 1600  # characters, ten parts of a text message
_HOTLINES = {"1022", "115", "113", "114"}
_TEMPERATURE = re.compile(r"(?<![\d.,])(3[4-9]|4[0-3])[.,](\d)(?!\d)")
_FEVER = 38.0
# F0 and F1 are what Vietnam calls an infected person and a contact: no number of a household's member.
_NO_NUMBER = re.compile(r"\bf\d\b|\bcovid\W?19\b")
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[.,;:!?\n]+(?=\s|$)")

Folded = tuple[str, str]  # letters without accents, and the accents


@dataclass(frozen=True)
class Statement:
    """What is said of some people, or of everybody. members: as numbered in the message; none for everybody.

    unwell, symptoms, wishes: as in an answer on the page; none of them says well.
    """

    members: tuple[int, ...] = ()
    unwell: bool = False
    symptoms: tuple[str, ...] = ()
    wishes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A text as it was understood. code: a code word in it, "" for none; temperature: degrees Celsius."""

    meaning: InboundMeaning
    statements: tuple[Statement, ...] = ()
    code: str = ""
    temperature: float | None = None


def _fold(word: str) -> Folded:
    """Letters without accents, and the accents in an order that does not tell on which letter each stands."""
    parts = unicodedata.normalize("NFD", word)
    letters = "".join(each for each in parts if unicodedata.category(each) != "Mn")
    marks = sorted(each for each in parts if unicodedata.category(each) == "Mn")
    return letters.replace("đ", "d"), "".join(marks) + "đ" * letters.count("đ")


def _words(text: str) -> tuple[Folded, ...]:
    return tuple(_fold(each) for each in text.split())


def _is(written: Folded, known: Folded) -> bool:
    return written[0] == known[0] and written[1] in ("", known[1])


_YES, _WELL, _ILL, _HELP, _NOT, _THANKS = "yes", "well", "ill", "help", "not", "thanks"
_MEANINGS: dict[tuple[str, str], Iterable[str]] = {
    (_YES, ""): (
        [
            "có",
            "co",
            "ok",
            "oke",
            "okay",
            "okie",
            "0k",
            "yes",
            "y",
            "yeah",
            "yep",
            "vâng",
            "dạ",
            "đúng",
            "rồi",
            "here",
            "present",
            "có mặt",
            "nhận được",
            "đã nhận",
            "xác nhận",
        ]
    ),
    (_WELL, ""): (
        [
            "khoẻ",
            "khỏe",
            "bình thường",
            "ổn",
            "ổn định",
            "tốt",
            "well",
            "fine",
            "good",
            "healthy",
            "alright",
            "all right",
            "không sao",
            "ko sao",
            "no problem",
        ]
    ),
    (_ILL, ""): (
        [
            "ốm",
            "bệnh",
            "bịnh",
            "mệt",
            "yếu",
            "đau",
            "nôn",
            "ói",
            "tiêu chảy",
            "cúm",
            "bị cảm",
            "cảm cúm",
            "cảm lạnh",
            "sổ mũi",
            "chảy mũi",
            "nghẹt mũi",
            "ớn lạnh",
            "chóng mặt",
            "nhức đầu",
            "ngất",
            "xỉu",
            "nặng hơn",
            "triệu chứng",
            "dương tính",
            "positive",
            "sick",
            "ill",
            "unwell",
            "tired",
            "dizzy",
            "pain",
            "headache",
            "symptom",
            "symptoms",
        ]
    ),
    (_ILL, "fever"): ["sốt", "fever", "feverish"],
    (_ILL, "cough"): ["ho", "cough", "coughing"],
    (_ILL, "breathless"): (
        [
            "khó thở",
            "không thở",
            "không thở được",
            "ko thở được",
            "hụt hơi",
            "tức ngực",
            "breathless",
            "can not breathe",
            "short of breath",
        ]
    ),
    (_ILL, "sore_throat"): ["đau họng", "rát họng", "viêm họng", "sore throat"],
    (_ILL, "no_taste"): [
        "mất vị",
        "mất mùi",
        "mất vị giác",
        "mất khứu giác",
        "không ngửi",
        "không còn mùi",
        "no taste",
        "no smell",
    ],
    (_HELP, "help"): [
        "giúp",
        "giúp đỡ",
        "cần giúp",
        "cần giúp đỡ",
        "cần trợ giúp",
        "need help",
        "cứu",
        "cứu với",
        "cấp cứu",
        "khẩn cấp",
        "sos",
        "help",
        "emergency",
        "cần người",
        "gọi cho",
    ],
    (_HELP, "medicine"): ["cần thuốc", "hết thuốc", "thiếu thuốc", "need medicine"],
    (_HELP, "food"): ["đói", "cần đồ ăn", "hết gạo", "hết đồ ăn", "thiếu đồ ăn", "cần nước", "hết nước", "need food", "hungry"],
    (_THANKS, ""): ["cảm ơn", "cám ơn", "thanks", "thank you"],
    (_NOT, ""): [
        "không",
        "ko",
        "kg",
        "khg",
        "k",
        "kh",
        "hok",
        "hông",
        "hong",
        "hem",
        "chưa",
        "chẳng",
        "chả",
        "hết",
        "đừng",
        "no",
        "not",
        "dont",
        "never",
        "without",
    ],
}
_KEYWORDS: list[tuple[tuple[Folded, ...], str, str]] = sorted(
    ((_words(phrase), kind, detail) for (kind, detail), phrases in _MEANINGS.items() for phrase in phrases),
    key=lambda each: -len(each[0]),
)
_COMMANDS: dict[InboundMeaning, list[tuple[Folded, ...]]] = {
    InboundMeaning.STOP: [
        _words(each)
        for each in [
            "stop",
            "dừng",
            "dừng lại",
            "dừng tin",
            "dừng nhắn",
            "dừng nhắn tin",
            "huỷ",
            "hủy",
            "huỷ tin",
            "stop all",
            "unsubscribe",
        ]
    ],
    InboundMeaning.START: [_words(each) for each in ["start", "bật", "bật lại", "bật tin", "bắt đầu", "unstop", "subscribe"]],
    InboundMeaning.EXPLAIN: [_words(each) for each in ["help", "trợ giúp", "hướng dẫn", "info", "menu", "cách trả lời"]],
}
_POLITE = [_fold(each) for each in ["xin", "vui", "lòng", "làm", "ơn", "ạ", "a", "nhé", "nha", "đi", "please", "pls"]]
_BETWEEN = [_fold(each) for each in ["hay", "hoặc", "và", "or", "and"]]
_HET = _fold("hết")
_BY_NUMBER = {
    "1": Statement(),
    "2": Statement(unwell=True),
    "3": Statement(wishes=("help",)),
}


def read(text: str) -> Reading:
    """What a text says; UNCLEAR where that cannot be told."""
    plain = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("👍", " ok ")
    plain = "".join(each for each in plain if unicodedata.category(each) != "Cf")
    if plain.strip() and not plain.strip(" \n\t?"):
        return Reading(InboundMeaning.EXPLAIN)
    measured = _TEMPERATURE.search(plain)
    temperature = float(f"{measured[1]}.{measured[2]}") if measured else None
    plain = _NO_NUMBER.sub(" ", _TEMPERATURE.sub(" ", plain))
    # "K.khoẻ": a point without a space ends no sentence.
    tokens = _TOKEN.findall(re.sub(r"(?<=\w)[.](?=\w)", " ", plain))
    said = [_fold(each) for each in tokens if each[0].isalnum()]
    bare = tuple(each for each in said if not any(_is(each, polite) for polite in _POLITE))
    for meaning, commands in _COMMANDS.items():
        if any(len(bare) == len(known) and all(map(_is, bare, known)) for known in commands):
            return Reading(meaning)
    statements, code = _statements(tokens)
    if not statements and temperature is not None and temperature >= _FEVER:
        statements = (Statement(unwell=True),)
    if not statements:
        return Reading(InboundMeaning.UNCLEAR, (), code, temperature)
    hot = temperature is not None and temperature >= _FEVER
    if any(each.wishes for each in statements):
        meaning = InboundMeaning.HELP
    elif hot or any(each.unwell for each in statements):
        meaning = InboundMeaning.ILL
    elif "?" in plain:
        # "Khoẻ không?" asks, and answers nothing.
        return Reading(InboundMeaning.UNCLEAR, (), code, temperature)
    else:
        meaning = InboundMeaning.WELL
    return Reading(meaning, statements, code, temperature)


class _Part:
    """A stretch of a text, with the numbers it is about."""

    def __init__(self) -> None:
        self.members: list[int] = []
        self.found: list[tuple[str, str]] = []

    def statement(self) -> Statement:
        symptoms = tuple(dict.fromkeys(detail for kind, detail in self.found if kind == _ILL and detail))
        wishes = tuple(dict.fromkeys(detail for kind, detail in self.found if kind == _HELP))
        unwell = any(kind == _ILL for kind, _ in self.found)
        return Statement(tuple(dict.fromkeys(self.members)), unwell, symptoms, wishes)


def _statements(tokens: list[str]) -> tuple[tuple[Statement, ...], str]:
    """What is said of whom, and a code word."""
    codes = [each for each in tokens if _is_code(each)]
    tokens = [each for each in tokens if not _is_code(each) and each not in _HOTLINES]
    code = codes[0] if codes else ""
    words = [each for each in tokens if each[0].isalnum()]
    if len(words) == 1 and words[0] in _BY_NUMBER:
        return (_BY_NUMBER[words[0]],), code
    if not words and code:
        # The code word alone: whoever sends it has read our message.
        return (Statement(),), code
    if words and words[0] == "c" and all(each.isdigit() for each in words[1:]):
        tokens[tokens.index("c")] = "ok"
    elif len(words) > 1 and words[0] in _BY_NUMBER and all(each.isdigit() for each in words):
        return (), code
    parts = _parts(tokens, numbers_first=bool(words) and words[0].isdigit())
    said = [each.statement() for each in parts if each.found]
    return tuple(said), code


def _is_code(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) == CODE_LENGTH and int(token) >= LOWEST_CODE


def _parts(tokens: list[str], *, numbers_first: bool) -> list[_Part]:
    """Words and the numbers behind them ("CO 1 3, OM 2"), or in front where the text begins with one ("1 khoẻ, 2 sốt")."""
    parts = [_Part()]
    for kind, detail in _walk(tokens):
        if kind == "number":
            if numbers_first and parts[-1].found:
                parts.append(_Part())
            parts[-1].members.append(int(detail))
        else:
            if not numbers_first and parts[-1].members:
                parts.append(_Part())
            parts[-1].found.append((kind, detail))
    if len(parts) > 1 and not parts[-1].members:
        # "CO 1 sốt": what follows without a number is still about those who were named.
        parts[-2].found += parts.pop().found
    return parts


def _walk(tokens: list[str]) -> Iterable[tuple[str, str]]:
    """Keywords and numbers in their order, what is denied turned round."""
    folded = [_fold(each) for each in tokens]
    position, denied, distance = 0, False, 0
    while position < len(tokens):
        token = tokens[position]
        if token.isdigit():
            if len(token) <= 2:
                yield "number", token
            position, denied = position + 1, False
            continue
        if not token[0].isalnum():
            position, denied = position + 1, False
            continue
        length, kind, detail = _keyword(folded, position)
        if kind == _NOT:
            # "Chưa hết sốt": still a fever.
            denied = not (denied and _is(folded[position], _HET))
            distance = 0
        elif kind == _YES:
            if not denied:
                yield _YES, ""
        elif kind == _WELL:
            yield (_ILL, "") if denied and distance <= 2 else (_WELL, "")
            denied = False
        elif kind == _ILL:
            if denied and distance <= 1:
                yield _WELL, ""
                # "Không sốt ho": the next one is denied too, unless a word stands between.
                distance = 1
            else:
                yield _ILL, detail
                denied = False
        elif kind == _HELP:
            if not (denied and distance == 0):
                yield _HELP, detail
            denied = False
        elif kind != _THANKS and not any(_is(folded[position], each) for each in _BETWEEN):
            distance += 1
        position += length


def _keyword(folded: list[Folded], position: int) -> tuple[int, str, str]:
    for words, kind, detail in _KEYWORDS:
        given = folded[position : position + len(words)]
        if len(given) == len(words) and all(map(_is, given, words)):
            return len(words), kind, detail
    return 1, "", ""
