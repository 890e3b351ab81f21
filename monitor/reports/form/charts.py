"""A curve of 14 days as SVG, told without colour: dots and a line, broken where nothing is known. Pure numbers in, a drawing out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 420, 170, 52, 12, 10, 24
_STEPS = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)
_GREY, _BLACK = "#999999", "#000000"


def top_of(values: Sequence[float | None], *, shares: bool) -> float:
    """The highest mark at the left: a round number that no value goes beyond; of shares 1."""
    highest = max((each for each in values if each is not None), default=0.0)
    if shares:
        return 1.0
    if highest <= 4:
        return 4.0
    power = float(10 ** math.floor(math.log10(highest)))
    return next(step * power for step in _STEPS if step * power >= highest)


def drawn(values: Sequence[float | None], feet: Sequence[str], marks: Sequence[str], top: float) -> str:
    """A drawing. feet: what stands under each value; marks: at the left of nought, of the middle and of `top`."""
    step = (WIDTH - LEFT - RIGHT) / max(1, len(values) - 1)

    def x_of(place: int) -> float:
        return round(LEFT + step * place, 1)

    def y_of(value: float) -> float:
        return round(TOP + (HEIGHT - TOP - FOOT) * (1 - value / top), 1)

    parts: list[str] = []
    for share, mark in zip((0.0, 0.5, 1.0), marks, strict=True):
        y = y_of(share * top)
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{_GREY}" stroke-width="0.6"/>')
        parts.append(_text(LEFT - 5, y + 4, "end", mark))
    known = [(x_of(place), y_of(value), place) for place, value in enumerate(values) if value is not None]
    path, before = "", -2
    for x, y, place in known:
        path += f"{'L' if place == before + 1 else 'M'}{x} {y}"
        before = place
    if path:
        parts.append(f'<path d="{path}" fill="none" stroke="{_BLACK}" stroke-width="1.4"/>')
    parts += (f'<circle cx="{x}" cy="{y}" r="2.6" fill="{_BLACK}"/>' for x, y, _place in known)
    last = len(values) - 1
    for place in sorted({0, last // 2, last}) if values else ():
        anchor = "start" if place == 0 and last else "end" if place == last and last else "middle"
        parts.append(_text(x_of(place), HEIGHT - 8, anchor, feet[place]))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
    return f"{head}{''.join(parts)}</svg>"


def _text(x: float, y: float, anchor: str, text: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-family="Tinos" font-size="12">{escape(text)}</text>'
