"""Reads what people write in a text message, in whatever spelling: well, ill, help, a code word, stop. A pure decision.

Well is only what was understood to the last word: a yes or a well word, known fillers, the writer's own name or number, and nothing else.
An unknown word, a denial of what is not a complaint, a number that may be a fever: a person reads it. Vietnamese is read with and without
accents, composed or not, in full-width letters, with the mark of a tone on either vowel. A word that is written with accents must have the
right ones ("đúng" is not "dừng"); one without any is taken for the word it may be. Where words can be taken two ways, the reading that makes
a person look is chosen. What the words are stands in `rollcall/inbound/language/`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from monitor.models.rollcalls.inbound import InboundMeaning
from monitor.people.telephone_numbers import international
from monitor.people.temperature import is_possible
from rollcall.answers.said import LONGEST_TEXT
from rollcall.inbound.language.clauses import Clause, People, clauses_of
from rollcall.inbound.language.commands import command_of
from rollcall.inbound.language.folding import Sort, Token, Word, normal, tokens_of
from rollcall.inbound.language.kinds import Kind
from rollcall.inbound.language.lexicon import apart, phrase
from rollcall.inbound.language.quotations import unquoted
from rollcall.inbound.language.temperatures import Measured, measure
from rollcall.verdicts.code_word import LENGTH as CODE_LENGTH
from rollcall.verdicts.code_word import LOWEST as LOWEST_CODE

_HOTLINE = "1022"
_MOST_MEMBERS = 30
_LONG_NUMBER = re.compile(r"(?<![\w.,])\+?\d[\d .()-]{6,17}\d(?!\w)")
_NO_SYMPTOM = ("", "danger")
_C, _YES = Word("c", ""), Token(Sort.WORD, Word("ok", ""))
_BY_NUMBER = {1: (Kind.WELL, ""), 2: (Kind.ILL, ""), 3: (Kind.WISH, "help")}


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
class Writers:
    """What is known of those who may have written a text.

    names: of all who answer with the number, as our message numbers them; empty where that is not known. rooms: names of their rooms, None
    where that is not known. numbers: theirs and ours, to which they write. codes: their code words, empty where none is asked for; None: any.
    sent: own words of messages that may be quoted, beside the built-in ones.
    """

    names: tuple[str, ...] = ()
    rooms: tuple[str, ...] | None = None
    numbers: tuple[str, ...] = ()
    codes: tuple[str, ...] | None = None
    sent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A text as it was understood. code: a code word in it, "" for none; temperature: degrees Celsius, the highest; spo2: per cent, the
    lowest; whole: every word was understood. What is urgent counts also where not, and a person reads the rest.
    """

    meaning: InboundMeaning
    statements: tuple[Statement, ...] = ()
    code: str = ""
    temperature: float | None = None
    spo2: int | None = None
    whole: bool = True


NOBODY_KNOWN = Writers()


def read(text: str, writers: Writers = NOBODY_KNOWN) -> Reading:
    """What a text says; UNCLEAR where that cannot be told."""
    plain = normal(text[:LONGEST_TEXT])
    if plain.strip() and not plain.strip(" \n\t?"):
        return Reading(InboundMeaning.EXPLAIN)
    outside = unquoted(plain, writers.sent)
    own = _own_numbers(writers)
    said, foreign_number = _without_telephones(outside.text, own)
    measured = measure(said, rooms=_room_numbers(writers.rooms), count=len(writers.names), own=own)
    tokens = _with_yes(tokens_of(measured.text))
    people = _people(writers.names)
    beside = _beside_names(tokens, people)
    if outside.quoted and not outside.doubtful and not beside and not any(each.sort is Sort.NUMBER for each in tokens):
        return Reading(InboundMeaning.QUOTATION)
    code, numbers = _numbers(tokens, writers, own)
    clauses = clauses_of(tokens, people, numbers)
    told = _Told(clauses, len(writers.names), measured)
    command = command_of(beside)
    if command is not None and (not told.urgent or (command is InboundMeaning.EXPLAIN and not told.ill)):
        return Reading(command)
    whole = not (outside.doubtful or foreign_number or "?" in outside.text or measured.odd or told.doubtful)
    return replace(_reading(told, code, whole=whole), temperature=measured.temperature, spo2=measured.spo2, whole=whole)


def _reading(told: _Told, code: str, *, whole: bool) -> Reading:
    statements = told.statements()
    if any(each.wishes for each in statements):
        return Reading(InboundMeaning.HELP, statements, code)
    if told.ill:
        return Reading(InboundMeaning.ILL, statements or (Statement(unwell=True),), code)
    if told.measured.never_well or not whole:
        return Reading(InboundMeaning.UNCLEAR, (), code)
    if not statements and code and not told.says_something:
        # The code word alone: whoever sends it has read our message.
        statements = (Statement(),)
    return Reading(InboundMeaning.WELL if statements else InboundMeaning.UNCLEAR, statements, code)


def _with_yes(tokens: list[Token]) -> list[Token]:
    """A lone "C", as on the shortest telephones, is "có"; beside other words it is "chị"."""
    words = [each for each in tokens if each.sort is Sort.WORD]
    return [_YES if each is words[0] else each for each in tokens] if [each.word for each in words] == [_C] else tokens


def _own_numbers(writers: Writers) -> frozenset[str]:
    return frozenset({_HOTLINE, *(_digits(each) for each in writers.numbers), *(writers.codes or ())} - {""})


def _digits(number: str) -> str:
    return "".join(each for each in international(number) if each.isdigit())


def _without_telephones(text: str, own: frozenset[str]) -> tuple[str, bool]:
    """A text without telephone numbers, and whether one of them is neither theirs nor ours."""
    foreign = False

    def known(match: re.Match[str]) -> str:
        nonlocal foreign
        if sum(each.isdigit() for each in match[0]) < 8:
            return match[0]
        foreign |= _digits(match[0]) not in own
        return " "

    text = _LONG_NUMBER.sub(known, text)
    if any(each.isdigit() for each in text):
        text = _addressed(own).sub(" ", text)
    return text, foreign


@lru_cache(256)
def _addressed(own: frozenset[str]) -> re.Pattern[str]:
    """A number of theirs or ours with what says that the text goes there: "gửi 8149"."""
    return re.compile(rf"(?:\b(?:gửi|gui|nhắn|nhan|to|đến|den|tới|toi) +)+(?:{'|'.join(map(re.escape, sorted(own)))})(?!\w)")


@lru_cache(256)
def _room_numbers(rooms: tuple[str, ...] | None) -> frozenset[str] | None:
    """What may stand behind "phòng": the digits of the rooms' names, with a letter beside them."""
    if rooms is None:
        return None
    found = {each for room in rooms for each in re.findall(r"[a-z]?\d+[a-z]?", normal(room))}
    return frozenset({*found, *("".join(filter(str.isdigit, each)).lstrip("0") for each in found)})


@lru_cache(1024)
def _people(names: tuple[str, ...]) -> People:
    return People(tuple(phrase(each) for each in names))


def _numbers(tokens: Sequence[Token], writers: Writers, own: frozenset[str]) -> tuple[str, dict[str, int]]:
    """The code word in a text, and what its other numbers stand for: somebody's number, or 0 for what says nothing of anybody."""
    codes, numbers = list[str](), dict[str, int]()
    # Where none is asked for, one of an earlier message does no harm; "3850" may be a temperature.
    asked, theirs = writers.codes != (), set(writers.codes or ())
    rooms = _room_numbers(writers.rooms) or frozenset()
    # One person alone is asked to answer with 1, 2 or 3.
    highest = len(writers.names) if len(writers.names) > 1 else max(_BY_NUMBER) if writers.names else _MOST_MEMBERS
    for digits in dict.fromkeys(each.word.letters for each in tokens if each.sort is Sort.NUMBER):
        if _is_code(digits) and (digits in theirs or digits not in own) and (asked or not is_possible(int(digits) / 100)):
            codes.append(digits)
            numbers[digits] = 0
        elif digits in own or (len(digits) > 2 and digits in rooms):
            numbers[digits] = 0
        elif len(digits) <= 2 and 1 <= int(digits) <= highest:
            numbers[digits] = int(digits)
    # The right one counts, whatever other number looks like one.
    return next((each for each in codes if each in theirs), codes[0] if codes else ""), numbers


def _is_code(digits: str) -> bool:
    return len(digits) == CODE_LENGTH and int(digits) >= LOWEST_CODE


def _beside_names(tokens: Sequence[Token], people: People) -> list[list[Word]]:
    """What each clause says beside names and numbers."""
    clauses: list[list[Word]] = [[]]
    for token in tokens:
        if token.sort is Sort.WORD:
            clauses[-1] += apart(token.word)
        elif token.sort in (Sort.END, Sort.PAUSE):
            clauses.append([])
        elif token.sort is Sort.SIGN:
            clauses[-1].append(token.word)
    return [kept for each in clauses if (kept := _without_names(each, people))]


def _without_names(words: list[Word], people: People) -> list[Word]:
    kept, at = [], 0
    while at < len(words):
        length, _ = people.at(words, at)
        if not length:
            kept.append(words[at])
        at += length or 1
    return kept


class _Told:
    """What the clauses of a text say together, and of whom. count: how many answer with the number, 0 where that is not known."""

    def __init__(self, clauses: list[Clause], count: int, measured: Measured) -> None:
        self._clauses, self._count, self.measured = clauses, count, measured
        self._by_number()
        found = [each for clause in clauses for each in clause.found if not isinstance(each, int)]
        self.says_something = bool(clauses) and any(
            each.items and any(i.meaning.kind is not Kind.FILLER for i in each.items) for each in clauses
        )
        self.ill = measured.fever or measured.low_oxygen or any(kind is Kind.ILL for kind, _ in found)
        self.urgent = self.ill or any(kind is Kind.WISH for kind, _ in found)
        self._members = [each for clause in clauses for each in clause.found if isinstance(each, int)]
        self.doubtful = any(each.doubt for each in clauses) or self._of_others() or self._of_one_of_several()

    def _by_number(self) -> None:
        """ "1", "2" and "3" as our messages offer them, where one person answers; there no other number is anybody's."""
        numbers = [each for clause in self._clauses for each in clause.found if isinstance(each, int)]
        items = [each for clause in self._clauses for each in clause.items]
        if self._count > 1 or not numbers:
            if self._count > 1 and numbers and all(each.number or each.meaning.kind is Kind.FILLER for each in items):
                # On a shared phone a number alone may be a person's, or the key of a call.
                self._alone(numbers)
            return
        spoken = any(not isinstance(each, int) for clause in self._clauses for each in clause.found)
        unknown = any(each.doubt for each in self._clauses)
        if len(set(numbers)) == 1 and not unknown and (not spoken or self._count == 1):
            self._alone(numbers, spoken=spoken)
        elif not spoken or self._count == 1:
            # "2 vạch" is not the answer 2.
            self._clauses[0].doubt = True

    def _alone(self, numbers: list[int], *, spoken: bool = False) -> None:
        meaning = _BY_NUMBER.get(numbers[0])
        for clause in self._clauses:
            clause.found = [each for each in clause.found if not isinstance(each, int)]
        if meaning is None or len(set(numbers)) > 1 or (self._count > 1 and meaning[0] is Kind.WELL):
            self._clauses[0].doubt = True
        elif not spoken:
            self._clauses[0].found.append(meaning)
        elif meaning[0] is not Kind.WELL:
            # "2, khỏe": one of them is wrong.
            self._clauses[0].doubt = True

    def _of_others(self) -> bool:
        """ "My mother is well" says nothing of who writes."""
        kinds = (Kind.SELF, Kind.EVERYBODY)
        if self.measured.everybody or any(each.has(*kinds) for each in self._clauses) or self._members:
            return False
        well = [each for each in self._clauses if each.says_well()]
        return bool(well) and all(each.has(Kind.OTHERS) for each in well)

    def _of_one_of_several(self) -> bool:
        """ "Tôi khỏe" from a phone that several share says nothing of the others."""
        if (
            self._count <= 1
            or self._members
            or self.measured.everybody
            or any(each.has(Kind.EVERYBODY) for each in self._clauses)
        ):
            return False
        return any(each.has(Kind.SELF, Kind.RELATIVE, Kind.OTHERS) for each in self._clauses)

    def statements(self) -> tuple[Statement, ...]:
        """What is said of whom. Numbers stand behind the words ("CO 1 3, OM 2"), or in front where a clause begins with one."""
        parts: list[tuple[list[int], list[tuple[Kind, str]]]] = [([], [])]
        for at, clause in enumerate(self._clauses):
            front = self._numbers_first(at)
            for each in clause.found:
                if isinstance(each, int):
                    if front and parts[-1][1]:
                        parts.append(([], []))
                    parts[-1][0].append(each)
                else:
                    if not front and parts[-1][0]:
                        parts.append(([], []))
                    parts[-1][1].append(each)
        if len(parts) > 1 and not parts[-1][0]:
            # "CO 1 sốt": what follows without a number is still about those who were named.
            last = parts.pop()
            parts[-1][1].extend(last[1])
        return tuple(_statement(members, found) for members, found in parts if found)

    def _numbers_first(self, at: int) -> bool:
        """Whether a clause names people before it says what they are; one of numbers alone goes with what stands before it."""
        found = self._clauses[at].found
        if not found or not isinstance(found[0], int):
            return False
        spoken = any(not isinstance(each, int) for each in found)
        said_before = any(not isinstance(each, int) for clause in self._clauses[:at] for each in clause.found)
        return (spoken and not isinstance(found[-1], int)) or not said_before


def _statement(members: list[int], found: list[tuple[Kind, str]]) -> Statement:
    symptoms = tuple(dict.fromkeys(detail for kind, detail in found if kind is Kind.ILL and detail not in _NO_SYMPTOM))
    wishes = tuple(dict.fromkeys(detail for kind, detail in found if kind is Kind.WISH))
    return Statement(tuple(dict.fromkeys(members)), any(kind is Kind.ILL for kind, _ in found), symptoms, wishes)
