"""Finds our link in what arrived instead of it: with the sentence's full stop behind it, twice, broken over lines, with escapes: pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from monitor.problems import NotFound
from monitor.words import N_
from rollcall.people.earlier_links import token_now
from rollcall.people.links import LENGTH, as_written, open_token

LONGEST = 600
# An address may be escaped once by each program that it went through.
_MOST_ESCAPED = 3
_TOKEN = re.compile(rf"(?<![0-9A-Za-z])[0-9A-Za-z]{{{LENGTH}}}")
_EARLIER = re.compile(r"(?<![\w-])W[\w-]{8,80}\.[\w-]{27}", re.ASCII)
_PAGE = re.compile(r"(?:/(?:[a-z]+|\d+))*")
_BETWEEN = re.compile(r"[^0-9A-Za-z/._-]+")
_ESCAPING = re.compile(r"[\\/]+(?=[_-])")


class LinksMixed(NotFound):
    """Two links came as one."""


@dataclass(frozen=True)
class FoundLink:
    """token: as we write it. page: what stood behind it and may be the rest of an address, for example "/data"."""

    token: str
    shared: bool
    page: str = ""


def find_link(secret: bytes, path: str) -> FoundLink | None:
    """The one link that stands in a path; None where there is none. path: unescaped once. Raises LinksMixed."""
    for text in _readings(path[:LONGEST]):
        links = list(_links_in(secret, text))
        if len({link.token for link in links}) > 1:
            raise LinksMixed(
                N_(
                    "Two different links came together here. Please open each from its own message, one at a time,"
                    " or call 1022."
                )
            )
        if links:
            return max(links, key=lambda link: len(link.page))
    return None


def _readings(path: str) -> Iterator[str]:
    """A path in the ways in which it can be read, the likeliest first."""
    for _ in range(_MOST_ESCAPED):
        again = unquote(path)
        if again == path:
            break
        path = again
    whole = "".join(each for each in unicodedata.normalize("NFKC", path) if unicodedata.category(each) != "Cf")
    yield whole
    # Broken over lines, or with marks that a mail program or a formatter put in.
    yield _BETWEEN.sub("", _ESCAPING.sub("", whole))


def _links_in(secret: bytes, text: str) -> Iterator[FoundLink]:
    for match in _TOKEN.finditer(text):
        content = open_token(secret, match[0])
        if content is not None:
            yield FoundLink(as_written(match[0]), content.shared, _page_behind(text, match.end()))
    for match in _EARLIER.finditer(text):
        token = token_now(secret, match[0])
        content = open_token(secret, token) if token else None
        if token and content is not None:
            yield FoundLink(token, content.shared, _page_behind(text, match.end()))


def _page_behind(text: str, position: int) -> str:
    behind = _PAGE.match(text, position)
    return behind[0] if behind else ""
