"""Letters set as PDF, many by one process; a letter of more text than letters have is refused before anything is begun."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from monitor.letters.content import Letter
from monitor.typesetting.process import MOST_BYTES, line_of, not_set, set_document, set_documents

FOLDER = Path(__file__).parent
_TEMPLATE = FOLDER / "letter.typ"


def typeset(letters: Sequence[Letter]) -> Iterator[bytes | None]:
    """The PDF of each letter in its order, as soon as it is set; None where one cannot be set.

    Raises BadInput before anything is begun where a letter is larger than letters are, NotSet where the process ran out of
    memory or time.
    """
    yield from set_documents(_TEMPLATE, [line_of(asdict(each)) for each in letters])


def typeset_content(template: str, content: Mapping[str, Any], *, most_bytes: int = MOST_BYTES) -> bytes:
    """The PDF of one document that is no letter. template: a file beside this one; content: what it reads; most_bytes: of it as JSON.

    Raises BadInput, NotSet.
    """
    return set_document(FOLDER / template, content, most_bytes=most_bytes)


def typeset_one(letter: Letter) -> bytes:
    """The PDF of one letter. Raises BadInput, NotSet."""
    (pdf,) = typeset([letter])
    if pdf is None:
        raise not_set()
    return pdf
