"""A chain of infections for other programs: a line for each contact as CSV, and a graph as GraphML. Pure text from plain values.

GraphML: http://graphml.graphdrawing.org/specification.html (1.1, nodes, directed edges, typed data), read by Gephi, yEd, R's igraph and
networkx.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from monitor.sheets import csv_lines

# What XML 1.0 cannot hold, escaped or not: https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMESPACE = "http://graphml.graphdrawing.org/xmlns"


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person as a file has them. code: what screens call them; name: None where the file is to name nobody."""

    key: str
    code: str
    is_case: bool
    day: date | None
    generation: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact as a file has it. first, last: its days; in_tree: whether it is drawn as the way of infection."""

    source: PersonLine
    target: PersonLine
    first: date | None
    last: date | None
    certain: bool
    in_tree: bool


def contacts_csv(
    names: Sequence[str], lines: Iterable[ContactLine], words: Mapping[bool, str], *, named: bool
) -> Iterator[str]:
    """A line for each contact, safe in spreadsheets. names: of the columns, those of names left out; words: for no and yes."""

    def cells() -> Iterator[list[str]]:
        yield list(names)
        for line in lines:
            yield [
                *_person(line.source, words, named=named),
                *_person(line.target, words, named=named),
                _day(line.first),
                _day(line.last),
                words[line.certain],
                words[line.in_tree],
            ]

    return csv_lines(cells())


def _person(person: PersonLine, words: Mapping[bool, str], *, named: bool) -> list[str]:
    cells = [person.code, words[person.is_case], _day(person.day), str(person.generation)]
    return [*cells, person.name or ""] if named else cells


def _day(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


_DATA = {
    "code": ("node", "string"),
    "case": ("node", "boolean"),
    "day": ("node", "string"),
    "generation": ("node", "int"),
    "name": ("node", "string"),
    "first": ("edge", "string"),
    "last": ("edge", "string"),
    "certain": ("edge", "boolean"),
    "tree": ("edge", "boolean"),
}


def graphml(people: Iterable[PersonLine], lines: Iterable[ContactLine]) -> Iterator[str]:
    """The graph, piece by piece. What XML cannot hold is left out of names."""
    piece = io.StringIO()
    writer = XMLGenerator(piece, "utf-8", short_empty_elements=True)

    def data(values: Mapping[str, str | None]) -> None:
        for key, value in values.items():
            if value is not None:
                start("data", key=key)
                writer.characters(_NOT_XML.sub("", value))
                writer.endElement("data")

    def start(name: str, **attributes: str) -> None:
        writer.startElement(name, AttributesImpl({key.replace("_", "."): value for key, value in attributes.items()}))

    def taken() -> str:
        text = piece.getvalue()
        piece.seek(0)
        piece.truncate()
        return text

    writer.startDocument()
    start("graphml", xmlns=_NAMESPACE)
    for name, (of, kind) in _DATA.items():
        start("key", **{"id": name, "for": of, "attr_name": name, "attr_type": kind})
        writer.endElement("key")
    start("graph", id="contacts", edgedefault="directed")
    for person in people:
        start("node", id=person.key)
        day = _day(person.day) or None
        known = {"code": person.code, "case": _flag(person.is_case), "day": day, "generation": str(person.generation)}
        data({**known, "name": person.name})
        writer.endElement("node")
        if piece.tell() > 2**16:
            yield taken()
    for line in lines:
        start("edge", source=line.source.key, target=line.target.key)
        days = {"first": _day(line.first) or None, "last": _day(line.last) or None}
        data({**days, "certain": _flag(line.certain), "tree": _flag(line.in_tree)})
        writer.endElement("edge")
        if piece.tell() > 2**16:
            yield taken()
    writer.endElement("graph")
    writer.endElement("graphml")
    writer.endDocument()
    yield taken()


def _flag(value: bool) -> str:
    return "true" if value else "false"
