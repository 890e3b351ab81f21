"""What a picture from a stranger would cost to decode, read from its structure before any decoder sees it. Pure decisions."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Pillow reads segments, chunks and stray bytes one by one in Python: 8 MB of the smallest cost it 7 s and 230 MB. A camera's largest
# pictures have some hundred segments, and PNG files a chunk for each 4 or 8 kB.
MOST_PARTS = 4096
MOST_STRAY = 2**16
# libjpeg goes through the whole picture once for each scan; encoders make about ten of them, an attacker thousands in a few kB.
MOST_SCANS = 25
# Of filling bytes the last alone: a pattern that took them all would begin anew at each of millions.
_NEXT_MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
_PLAIN_FRAMES = frozenset({0xC0, 0xC1})
_NO_FRAMES = frozenset({0xC4, 0xC8, 0xCC})
_FRAMES = frozenset(range(0xC0, 0xD0)) - _NO_FRAMES
_SCAN, _END = 0xDA, 0xD9
_WITHOUT_LENGTH = frozenset({0x01, 0xD8})
_PNG = b"\x89PNG\r\n\x1a\n"
# What phones call their HEIC (and AVIF) files; ISO/IEC 23008-12, annex B.
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})


class Unreasonable(ValueError):
    """No camera and no program makes such a file; it would only cost time."""


@dataclass(frozen=True)
class Scans:
    """How a JPEG is stored. at_once: all components in one scan, row by row, so that nothing but some rows is held while decoding."""

    count: int
    at_once: bool


def is_heif(data: bytes) -> bool:
    """Whether these are the first bytes of an HEIC or AVIF picture."""
    return data[4:8] == b"ftyp" and data[8:12] in _HEIF_BRANDS


def require_few_chunks(data: bytes) -> None:
    """Raises Unreasonable for a PNG of very many chunks; looks at no other file."""
    if not data.startswith(_PNG):
        return
    at = len(_PNG)
    for _part in range(MOST_PARTS):
        if at + 12 > len(data):
            return
        at += 12 + int.from_bytes(data[at : at + 4])
    raise Unreasonable("too many chunks")


def scans_of(data: bytes) -> Scans:
    """How often a JPEG's decoder will go through it. No scans for another file. Raises Unreasonable for too many parts or scans."""
    if not data.startswith(b"\xff\xd8"):
        return Scans(0, at_once=True)
    at, stray, count, components, at_once = 2, 0, 0, 0, True
    for _part in range(MOST_PARTS):
        found = _NEXT_MARKER.search(data, at)
        if found is None or found[1][0] == _END:
            return Scans(count, at_once)
        if not count:
            stray += found.start(1) - 1 - at
        if stray > MOST_STRAY:
            raise Unreasonable("too much between its segments")
        marker, at = found[1][0], found.end()
        if marker in _WITHOUT_LENGTH:
            continue
        if marker in _FRAMES:
            components = data[at + 7] if at + 7 < len(data) else 0
            at_once = at_once and marker in _PLAIN_FRAMES
        elif marker == _SCAN:
            count += 1
            at_once = at_once and at + 2 < len(data) and data[at + 2] == components
            if count > MOST_SCANS:
                raise Unreasonable("too many scans")
        # A length below two is no length; libjpeg gives up there, and so may we.
        at += max(2, int.from_bytes(data[at : at + 2]))
    raise Unreasonable("too many segments")


def bytes_to_decode(
    kind: str, size: tuple[int, int], mode: str, *, transparent: bool, scans: Scans, whole: tuple[int, int], held: float
) -> int:
    """About how much memory decoding takes and making it RGB, measured with Pillow 13.

    kind: Pillow's name of the format. size: as decoded, which a JPEG's decoder can make smaller than whole. held: of a JPEG, samples for
    each pixel (3 without, 1.5 with the usual subsampling of colours).
    """
    pixels = size[0] * size[1]
    if kind == "WEBP":
        # Two canvases of its decoder, the copy that it hands out, and Pillow's own.
        return 16 * pixels
    if kind == "PNG":
        return (6 if mode == "RGB" and not transparent else 10) * pixels
    # Progressive pictures and those in several scans are held whole, as coefficients of two bytes.
    coefficients = 0 if scans.at_once else int(2 * held * whole[0] * whole[1])
    return coefficients + (4 if mode == "RGB" else 8) * pixels
