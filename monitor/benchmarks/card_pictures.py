"""Drawn pictures of card codes as hard as those at a gate, and what zxing-cpp reads of them. A process of its own: the web reaches no images.

As in the measurement that chose the reader: codes of citizen cards of 49 to 57 modules in pictures of 640×480, seen at an angle, turned by
up to 35 degrees, blurred, with noise, three in ten with glare; modules are 2 to 6 pixels wide. Nothing about anybody: names and numbers
are invented by the same seed.
"""

from __future__ import annotations

import base64
import io
import json
import sys
import time
from dataclasses import dataclass

import cv2
import numpy as np
import segno
import zxingcpp
from numpy.typing import NDArray

WIDE, HIGH = 640, 480
MODULES = (2.0, 3.0, 4.0, 5.0, 6.0)
"""Pixels a module; a card held a hand's breadth from a phone has six."""
CLEAR = 6.0
TURNED, GLARE = 35.0, 0.3
BLUR, NOISE = (0.5, 1.8), (4.0, 22.0)
"""Standard deviations: pixels of a lens out of focus, levels of grey in little light. So hard that six in ten are read, as when it was chosen."""
_NAMES = ("Nguyễn Thị Ánh Tuyết", "Trần Văn Bình", "Lê Hoàng Phương Thảo", "Phạm Quốc Đạt", "Đặng Thị Mỹ Hạnh", "Vũ Đức An")
_STREETS = (
    "12/3 Phú Cường, Thủ Dầu Một, Bình Dương",
    "Tổ 4, Khu phố Bình Hòa, Lái Thiêu, Thuận An, Bình Dương",
    "45 Lê Lợi, Dĩ An",
)
Grey = NDArray[np.uint8]


@dataclass(frozen=True)
class Drawn:
    """One picture: what its code says, and how wide its modules are; pixels."""

    text: str
    module: float
    picture: Grey


def draw(count: int, seed: int) -> list[Drawn]:
    """So many pictures, as many of each width of modules."""
    chance = np.random.default_rng(seed)
    return [_draw_one(MODULES[number % len(MODULES)], chance) for number in range(count)]


def _draw_one(module: float, chance: np.random.Generator) -> Drawn:
    text = _card(chance)
    code = segno.make(text, error="m", micro=False)
    modules = code.symbol_size(border=0)[0]
    drawn = io.BytesIO()
    code.save(drawn, kind="png", scale=8, border=4)
    flat = cv2.imdecode(np.frombuffer(drawn.getvalue(), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert flat is not None
    card = np.where(flat > 127, np.uint8(chance.integers(200, 245)), np.uint8(chance.integers(15, 60)))
    side = (modules + 8) * module
    seen = _seen_at_an_angle(card, side, chance)
    blurred = cv2.GaussianBlur(seen, (0, 0), float(chance.uniform(*BLUR)))
    lit = blurred.astype(np.float32) * np.linspace(
        float(chance.uniform(0.6, 1.1)), float(chance.uniform(0.6, 1.1)), WIDE, dtype=np.float32
    )
    if chance.random() < GLARE:
        lit = _with_glare(lit, side, chance)
    noisy = lit + chance.normal(0, chance.uniform(*NOISE), lit.shape)
    return Drawn(text, module, np.clip(noisy, 0, 255).astype(np.uint8))


def _card(chance: np.random.Generator) -> str:
    born = f"{chance.integers(1, 29):02}{chance.integers(1, 13):02}{chance.integers(1950, 2005)}"
    number = f"074{chance.integers(0, 2)}{born[-2:]}{chance.integers(0, 10**6):06}"
    name, street = _NAMES[chance.integers(len(_NAMES))], _STREETS[chance.integers(len(_STREETS))]
    return f"{number}|{chance.integers(10**8, 10**9)}|{name}|{born}|{'Nam' if number[3] == '0' else 'Nữ'}|{street}|22122021"


def _seen_at_an_angle(card: NDArray[np.uint8], side: float, chance: np.random.Generator) -> Grey:
    """The card on a darker ground, turned and leaning away from the camera."""
    half, limits = side / 2, np.array([WIDE, HIGH]) / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    leaning = _held(corners, chance)
    # Whoever holds a card before a camera sees to it that all of the code is in the picture.
    while (np.abs(leaning).max(axis=0) > limits).any():
        leaning = _held(corners, chance)
    room = np.maximum(limits - np.abs(leaning).max(axis=0) - 4, 0)
    middle = limits + chance.uniform(-1, 1, 2) * room
    edge = card.shape[0] - 1
    before = np.array([[0, 0], [edge, 0], [edge, edge], [0, edge]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(before, (leaning + middle).astype(np.float32))
    ground = np.full((HIGH, WIDE), chance.integers(60, 150), dtype=np.uint8)
    # Made small from a larger drawing, as a lens does, not by leaving out pixels.
    many = 3
    scale = np.diag([many, many, 1.0])
    large = cv2.warpPerspective(card, scale @ matrix, (WIDE * many, HIGH * many), flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full_like(card, 255), scale @ matrix, (WIDE * many, HIGH * many))
    small, part = (cv2.resize(each, (WIDE, HIGH), interpolation=cv2.INTER_AREA) for each in (large, mask))
    share = part.astype(np.float32) / 255
    return np.asarray(small + ground * (1 - share), dtype=np.float32).clip(0, 255).astype(np.uint8)


def _held(corners: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """Corners of a card as somebody holds it: turned, and some of it nearer."""
    angle = np.radians(chance.uniform(-TURNED, TURNED))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(corners @ turn.T * (1 + chance.uniform(-0.09, 0.09, (4, 1))))


def _with_glare(lit: NDArray[np.float32], side: float, chance: np.random.Generator) -> NDArray[np.float32]:
    """A lamp’s reflection over a part of the code: dark modules get lighter, and none is blinded whole."""
    rows, columns = np.mgrid[0:HIGH, 0:WIDE].astype(np.float32)
    x, y = WIDE / 2 + chance.uniform(-0.4, 0.4) * side, HIGH / 2 + chance.uniform(-0.4, 0.4) * side
    reach = chance.uniform(0.05, 0.15) * side
    spot = np.exp(-(((columns - x) / reach) ** 2 + ((rows - y) / (reach * 0.7)) ** 2))
    return np.asarray(lit + 120 * spot, dtype=np.float32)


def main() -> None:
    """Count and seed as arguments; JSON on the standard output: [{text, module, png (base64), read, ms}, …]."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    formats = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
    told = []
    for each in draw(count, seed):
        began = time.perf_counter()
        found = zxingcpp.read_barcodes(each.picture, formats=formats, text_mode=zxingcpp.TextMode.Plain)
        spent = time.perf_counter() - began
        read = found[0].text if found else ""
        whole, png = cv2.imencode(".png", each.picture)
        assert whole
        told.append(
            {
                "text": each.text,
                "module": each.module,
                "clear": each.module >= CLEAR,
                "png": base64.b64encode(png.tobytes()).decode(),
                "read": read,
                "ms": spent * 1000,
            }
        )
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
