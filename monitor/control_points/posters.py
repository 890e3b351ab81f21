"""Posters: an A4 page for each point with its code at 15 cm, in both languages; and the same address as the text of an NFC tag."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

import segno

from monitor.letters.typesetting import typeset_content
from monitor.people.pasted import named
from monitor.problems import BadInput
from monitor.typesetting.glyphs import unwritable
from monitor.words import N_, Words, translator, words

MOST_PAGES = 60
CODE_MM = 150
"""Hà Nội's rule for places: at least 15 cm."""
_QUIET = 4  # modules around a code (ISO/IEC 18004, 6.3.8)
TEMPLATE, MOST_BYTES = "poster.typ", 2 * 2**20
HEADING = N_("Scan here, in and out")
ALT = N_("QR code of this control point")
STEPS = (
    N_("1. Open the camera of your phone and hold it before the code."),
    N_("2. Open the page, and tap “In” or “Out”."),
    N_("3. The first time, declare your health there: it takes two minutes."),
    N_("No smartphone: tell the guard. Help: call 1022."),
)


@dataclass(frozen=True)
class PosterOf:
    """What one page says. address: what its code leads to. point: its name; empty where the place has one only. where: of the place."""

    place: str
    point: str
    where: str
    address: str


@dataclass(frozen=True)
class _Both:
    vi: str | list[str]
    en: str | list[str]


@dataclass(frozen=True)
class _Page:
    place: str
    point: str
    address: str
    svg: str
    width_mm: float
    mark: str


@dataclass(frozen=True)
class Document:
    """All posters of one file, as the template reads it."""

    title: str
    issuer: str
    day: dict[str, int]
    heading: _Both
    alt: str
    steps: _Both
    pages: list[_Page]


def posters_pdf(posters: Iterable[PosterOf], issuer: str, day: date) -> bytes:
    """One PDF. issuer: who speaks to people here. Raises BadInput, NotSet."""
    return typeset_content(TEMPLATE, asdict(document_of(posters, issuer, day)), most_bytes=MOST_BYTES)


def document_of(posters: Iterable[PosterOf], issuer: str, day: date) -> Document:
    """What is set. Raises BadInput."""
    wanted = list(posters)
    if not wanted:
        raise BadInput(N_("This place has no point yet. Add one, then print."))
    if len(wanted) > MOST_PAGES:
        raise BadInput(N_("These are more than %(most)s posters. Print them in parts."), most=MOST_PAGES)
    for each in wanted:
        wrong = unwritable(each.place + each.point + each.where)
        if wrong:
            raise BadInput(N_("%(sign)s cannot be printed. Change the name, then print."), sign=named(wrong[0]))
    say = {language: translator(language) for language in ("vi", "en")}
    both = {language: [words(step).say(say[language]) for step in STEPS] for language in say}
    return Document(
        title=f"{say['vi'](HEADING)}: {wanted[0].place}",
        issuer=issuer,
        day={"year": day.year, "month": day.month, "day": day.day},
        heading=_Both(say["vi"](HEADING), say["en"](HEADING)),
        alt=Words(ALT).say(say["vi"]),
        steps=_Both(both["vi"], both["en"]),
        pages=[_Page(each.place, each.point, each.where, *_drawn(each.address), _mark(each.address)) for each in wanted],
    )


def _drawn(address: str) -> tuple[str, float]:
    """The code as SVG, and how wide that is with its quiet zone, so that the code itself is as wide as it must be; millimetres."""
    # Level M restores 15 % of the code: posters tear and bleach.
    code, drawn = segno.make(address, error="m", micro=False), io.BytesIO()
    code.save(drawn, kind="svg", border=_QUIET, xmldecl=False)
    modules = code.symbol_size(border=0)[0]
    return drawn.getvalue().decode(), CODE_MM * (modules + 2 * _QUIET) / modules


def _mark(address: str) -> str:
    """Place, point and key as the code says them, so that whoever calls about a poster can name it."""
    return ".".join(address.partition("#")[2].split(".")[1:4])
