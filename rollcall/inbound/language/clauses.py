"""What the words of a text say of whom: denials, complaints, wishes, and whether every word was understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rollcall.inbound.language.folding import Sort, Token, Word, fold, normal, same
from rollcall.inbound.language.kinds import Kind
from rollcall.inbound.language.lexicon import Meaning, apart, is_english_complaint, meaning_at, meaning_of_sign

_BRIDGES = {Kind.BRIDGE, Kind.ANYTHING, Kind.FILLER, Kind.DEGREE}
_PEOPLE = {Kind.SELF, Kind.EVERYBODY, Kind.OTHERS, Kind.RELATIVE}
_ASKING = {Word("is", ""), Word("are", ""), Word("am", ""), Word("do", "")}
_STILL = fold(normal("còn"))
_HAVE = fold(normal("có"))
_THE_INTERJECTION = Word("well", "")
# "Không sốt ho": of these one denial covers several. "Không ho khó thở" rather says that it is hard to breathe.
_LISTED = {"fever", "cough", "sore_throat", "no_taste"}
_NEVER_NAMES = {Kind.ILL, Kind.WISH, Kind.NOT, Kind.OVER, Kind.BUT, Kind.NEED}


@dataclass(frozen=True, slots=True)
class Item:
    """A word or phrase of a clause. word: its first; number: a number of somebody who answers with the phone, 0 for none."""

    meaning: Meaning
    word: Word
    number: int = 0


@dataclass
class Clause:
    """What a part of a sentence says, in its order: "number" and its digits, or what is said. pause: it ends at a comma, not at an end."""

    items: list[Item]
    pause: bool = False
    found: list[tuple[Kind, str] | int] = field(default_factory=list)
    doubt: bool = False
    denied: bool = False
    """It ends with a complaint that was denied; what follows a comma may be denied with it."""

    def has(self, *kinds: Kind) -> bool:
        """Whether a word of these kinds stands in it."""
        return any(each.meaning.kind in kinds for each in self.items)

    def says_well(self) -> bool:
        """Whether it says so of somebody, with a word that is not denied."""
        return any(not isinstance(each, int) and each[0] is Kind.WELL for each in self.found)


@dataclass(frozen=True)
class People:
    """Those who answer with a number, by the names that stand for them. names: their words, as our message numbers the people."""

    names: tuple[tuple[Word, ...], ...] = ()

    def at(self, words: Sequence[Word], at: int) -> tuple[int, int]:
        """How many words from a place on name somebody, and whom; number 0 where it is one of several. (0, 0) for nobody."""
        best, who = 0, set[int]()
        for number, name in enumerate(self.names, 1):
            length = _named(words, at, name)
            if length > best:
                best, who = length, {number}
            elif length == best and length:
                who.add(number)
        return best, (who.pop() if len(who) == 1 else 0) if best else 0


def _named(words: Sequence[Word], at: int, name: tuple[Word, ...]) -> int:
    """The longest stretch of a name that begins at a place; a lone word of it only where it is no complaint and no denial."""
    longest = 0
    for start in range(len(name)):
        length = 0
        while start + length < len(name) and at + length < len(words) and same(words[at + length], name[start + length]):
            length += 1
        longest = max(longest, length)
    if longest == 1:
        length, meaning = meaning_at(words, at)
        if length > 1 or meaning.kind in _NEVER_NAMES:
            return 0
    return longest


def clauses_of(tokens: Sequence[Token], people: People, numbers: dict[str, int]) -> list[Clause]:
    """A text as clauses. numbers: what digits stand for: somebody's number, 0 for what says nothing, no entry for what is not understood."""
    clauses: list[Clause] = []
    words: list[Word] = []
    items: list[Item] = []

    def take_words() -> None:
        at = 0
        while at < len(words):
            length, number = people.at(words, at)
            if length:
                meaning = Meaning(Kind.SELF) if len(people.names) == 1 else Meaning(Kind.FILLER if number else Kind.UNKNOWN)
                items.append(Item(meaning, words[at], number if len(people.names) > 1 else 0))
            else:
                length, meaning = meaning_at(words, at)
                items.append(Item(meaning, words[at]))
            at += length
        words.clear()

    for token in tokens:
        if token.sort is Sort.WORD:
            words += apart(token.word)
            continue
        take_words()
        if token.sort is Sort.NUMBER:
            number = numbers.get(token.word.letters)
            items.append(Item(Meaning(Kind.UNKNOWN if number is None else Kind.FILLER), token.word, number or 0))
        elif token.sort is Sort.SIGN:
            items.append(Item(meaning_of_sign(token.word.letters), token.word))
        elif items:
            clauses.append(Clause(items.copy(), pause=token.sort is Sort.PAUSE))
            items.clear()
    take_words()
    if items:
        clauses.append(Clause(items))
    if len(clauses) > 1 and clauses[0].pause and [each.word for each in clauses[0].items] == [_THE_INTERJECTION]:
        # "Well, I have a fever."
        clauses[0].items = [Item(Meaning(Kind.FILLER), _THE_INTERJECTION)]
    for clause in clauses:
        _Denials(clause).judge()
    _deny_lists(clauses)
    return clauses


class _Denials:
    """Walks one clause, and turns round what is denied in it."""

    def __init__(self, clause: Clause) -> None:
        self._clause = clause
        self._open = False  # A denial waits for what it denies.
        self._denied_before = False  # The word just before was a complaint that was denied.
        self._denied: tuple[str, ...] = ()  # Complaints that were denied side by side, as a list does.
        self._or = False  # An "or" stands between that word and this one.
        self._near = True  # Nothing but what may stand there stands between a denial and the word.
        self._not_over = self._over = False
        self._needs = self._needs_nothing = False

    def judge(self) -> None:
        """What its words say together."""
        self._clause.doubt |= _asks(self._clause.items)
        for at, item in enumerate(self._clause.items):
            if item.number:
                self._clause.found.append(item.number)
            self._take(item, at)
        clause = self._clause
        if self._open or self._not_over or self._over or (self._needs and not clause.has(Kind.WISH)):
            clause.doubt = True
        clause.denied = self._denied_before
        if clause.has(Kind.DEGREE, Kind.BUT) and any(each == (Kind.NOT, "") for each in clause.found):
            # "Not very ill" leaves some of it.
            clause.doubt = True

    def _take(self, item: Item, at: int) -> None:
        kind, detail = item.meaning
        before, self._denied_before = self._denied_before, False
        match kind:
            case Kind.NOT:
                self._clause.doubt |= self._open
                self._open, self._near = True, True
            case Kind.OVER:
                self._end_of(at)
            case Kind.YES:
                self._yes(item)
            case Kind.WELL:
                self._well()
            case Kind.ILL:
                self._ill(item, before)
            case Kind.WISH:
                self._clause.found.append((Kind.WISH, detail))
                self._open = self._over = False
            case Kind.NEED:
                self._needs_nothing |= self._open
                self._needs |= not self._open
                self._clause.doubt |= self._open
                self._open = False
            case Kind.SUPPLY:
                self._supply(detail)
            case Kind.OR:
                self._denied_before, self._or = before, True
                self._clause.doubt |= not before and len(self._clause.items) > 1
            case Kind.BUT:
                self._clause.doubt |= not (self._open and same(item.word, _STILL))
                self._open = self._open and same(item.word, _STILL)
            case Kind.ANYTHING:
                self._clause.doubt |= not (self._open or any(each == (Kind.NOT, "") for each in self._clause.found))
            case Kind.UNKNOWN:
                self._clause.doubt, self._near = True, False
            case _:
                self._near = self._near and kind in _BRIDGES

    def _end_of(self, at: int) -> None:
        """ "hết": "chưa hết sốt" is a fever, "hết sốt" was one, "khỏe hết" is everybody."""
        if self._open:
            self._open, self._not_over = False, True
        elif (
            at
            and self._clause.items[at - 1].meaning.kind in (Kind.WELL, Kind.EVERYBODY, Kind.DEGREE, Kind.FILLER)
            and self._clause.says_well()
        ):
            return
        else:
            self._over = True

    def _yes(self, item: Item) -> None:
        if not self._open:
            self._clause.found.append((Kind.YES, ""))
        elif not same(item.word, _HAVE):
            # "Không nhận", "không đúng": what is not, nobody can tell.
            self._clause.doubt = True

    def _well(self) -> None:
        if self._open:
            self._clause.found.append((Kind.ILL, ""))
            self._open = False
        else:
            self._clause.doubt |= self._not_over
            self._clause.found.append((Kind.WELL, ""))

    def _ill(self, item: Item, denied_before: bool) -> None:
        found, detail = self._clause.found, item.meaning.detail
        listed = detail in _LISTED and not is_english_complaint(item.word)
        if (self._open and self._near) or (denied_before and (self._or or (listed and detail not in ("", *self._denied)))):
            # "Không nguy hiểm" says less than well, and "không không khỏe" nobody knows what.
            self._clause.doubt |= detail == "danger" or meaning_at((item.word,), 0)[1].kind is Kind.NOT
            found.append((Kind.NOT, ""))
            self._denied_before = True
            # What is no member of a Vietnamese list begins none, and nothing is denied twice.
            self._denied = (*self._denied, detail) if listed else tuple(_LISTED)
        elif self._over and not self._not_over:
            # It was there, and nobody knows whether it is.
            self._clause.doubt = True
        else:
            found.append((Kind.ILL, detail))
        self._open = self._over = self._not_over = self._or = False

    def _supply(self, detail: str) -> None:
        if self._open or self._needs or self._over:
            self._clause.found.append((Kind.WISH, detail))
            self._open = self._over = self._needs = False
        else:
            self._clause.doubt |= not self._needs_nothing


def _asks(items: Sequence[Item]) -> bool:
    """ "Is mum ok", "am I ok": a question without its mark."""
    return len(items) > 1 and items[0].word in _ASKING and items[1].meaning.kind in _PEOPLE


def _deny_lists(clauses: Sequence[Clause]) -> None:
    """ "No fever, cough or pain": commas within a list that ends with "or" carry the denial on."""
    for at, clause in enumerate(clauses):
        if not (clause.denied and clause.pause):
            continue
        listed = []
        for later in clauses[at + 1 :]:
            kinds = [each.meaning.kind for each in later.items]
            # Two complaints side by side are no list: the second is said anew.
            if Kind.ILL not in kinds or not {*kinds} <= {Kind.ILL, Kind.OR} or (Kind.ILL, Kind.ILL) in pairwise(kinds):
                break
            listed.append(later)
            if later.has(Kind.OR):
                for each in listed:
                    each.found, each.doubt = [(Kind.NOT, "")], False
                break
            if not later.pause:
                break
