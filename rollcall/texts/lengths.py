"""How many parts the text messages with a link take at their longest, with the address that the residents' pages have: pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from monitor.authority import Authority
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.messages import MessageKind
from monitor.settings import LONGEST_ADDRESS
from monitor.words import LANGUAGES, N_, Words, words
from rollcall.channels.message_length import measure, without_accents
from rollcall.people.links import LENGTH
from rollcall.texts.built_in import request_answered, without_picture
from rollcall.texts.own_words import CALLS, InForce, Texts, built_in
from rollcall.texts.writing import places

LONGEST_DUE = "14:05 24/11"
LONGEST_NAME = "Nguyễn Thị Phương Thảo"
PARTS_WANTED, PARTS_WANTED_WITH_ACCENTS = 1, 2


@dataclass(frozen=True)
class Parts:
    """Of the longest message. written: as it is worded; plain: without accents."""

    written: int
    plain: int

    @property
    def as_wanted(self) -> bool:
        """Whether it costs no more than a message with a link should."""
        return self.plain <= PARTS_WANTED and self.written <= PARTS_WANTED_WITH_ACCENTS


def link_at(address: str) -> str:
    """A link as long as any to a person's page. address: of the residents' pages, without a slash at the end."""
    return f"{address}/{'0' * LENGTH}"


def parts_of(text: str) -> Parts:
    """Of one text message."""
    return Parts(measure(text).parts, measure(without_accents(text)).parts)


def parts_of_words(held: InForce, language: str, address: str, authority: Authority) -> Parts:
    """Of a message in these words, with all that is filled in at its longest."""
    return parts_of(_filled(held, language, address, authority))


def parts_of_built_in(address: str, authority: Authority) -> Parts:
    """Of the longest of the built-in messages with a link, in all languages."""
    found = [parts_of(text) for text in _messages(address, authority)]
    return Parts(max(each.written for each in found), max(each.plain for each in found))


def parts_in_zone(texts: Texts, zone_id: int | None, address: str, authority: Authority) -> Parts:
    """Of the longest message with a link as it is worded in a zone, in all languages. zone_id: None for the province."""
    found = [
        parts_of_words(texts.of(zone_id, kind, language), language, address, authority)
        for kind in MessageKind
        if kind not in CALLS
        for language in LANGUAGES
    ]
    return Parts(max(each.written for each in found), max(each.plain for each in found))


def address_too_long(address: str, authority: Authority) -> Words | None:
    """What to tell whoever runs the service where its address makes messages dear; None where it does not."""
    parts = parts_of_built_in(address, authority)
    if parts.as_wanted:
        return None
    return words(
        N_(
            "The address of the residents’ pages, %(address)s, has %(count)s characters. Text messages with a link now take up to"
            " %(written)s parts, %(plain)s without accents; with an address of at most %(most)s characters they take 2 and 1."
            " Set a shorter residents_url."
        ),
        address=address,
        count=len(address),
        written=parts.written,
        plain=parts.plain,
        most=LONGEST_ADDRESS,
    )


def _messages(address: str, authority: Authority) -> Iterator[str]:
    for language in LANGUAGES:
        for kind in MessageKind:
            if kind not in CALLS:
                yield _filled(built_in(kind, language), language, address, authority)
        yield without_picture(language, link=link_at(address), due=LONGEST_DUE)
        yield request_answered(language, link=link_at(address) + "/data")


def _filled(held: InForce, language: str, address: str, authority: Authority) -> str:
    values = places(authority, language, ChannelName.SMS, link=link_at(address), due=LONGEST_DUE, name=LONGEST_NAME)
    return held.fill(values, ChannelName.SMS)
