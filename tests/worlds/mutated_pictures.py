"""Pictures as somebody might send them who means harm, or whose phone is broken: the same one for the same number."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from collections.abc import Callable
from functools import cache
from io import BytesIO

from PIL import Image

PLANTED = b"<script>planted-in-a-picture</script>"
"""What polyglots carry."""
# A red and a blue half of 64x48 pixels, written by libheif: Pillow alone can neither write nor read such.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQ"
    "ABAAAAAAAAACUAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA"
    "/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAAAAMDIAAAAwAhYgABAAZEAcFzwIkAAA"
    "ATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcAAAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhp"
    "cG1hAAAAAAAAAAEAAQWBAgMFhAAAAC1tZGF0AAAAISgBrxmA70mlv//ihh/5rWv+v7IX//LxJ34ken/W5ENtbw=="
)


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """Of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, *, colour: int = 0, rows: int | None = None, before: bytes = b"") -> bytes:
    """A black PNG, made without making the picture. colour: of the format; rows: fewer than declared; before: chunks before its content."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    packer = zlib.compressobj(9)
    row = bytes(width * channels + 1)
    body = b"".join([*(packer.compress(row) for _ in range(height if rows is None else rows)), packer.flush()])
    palette = chunk(b"PLTE", bytes(3)) + chunk(b"tRNS", b"\0") if colour == 3 else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + before + palette + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def many_scans(count: int, side: int = 2500) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    whole = encoded(Image.new("RGB", (side, side)), "JPEG", progressive=True)
    last = whole[whole.rfind(b"\xff\xda") : -2]
    return whole[:-2] + last * count + whole[-2:]


@cache
def _wholes() -> tuple[tuple[str, bytes], ...]:
    noise = Image.effect_noise((320, 240), 80)
    colours = Image.merge("RGB", (noise, noise.rotate(90).resize(noise.size), Image.linear_gradient("L").resize(noise.size)))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "a maker"
    second = colours.rotate(180)
    return (
        ("jpeg", encoded(colours, "JPEG", exif=exif)),
        ("jpeg", encoded(colours, "JPEG", progressive=True, quality=60)),
        ("jpeg", encoded(colours.convert("CMYK"), "JPEG")),
        ("jpeg", encoded(colours, "MPO", save_all=True, append_images=[second])),
        ("png", encoded(colours, "PNG")),
        ("png", encoded(colours.quantize(16), "PNG", transparency=1)),
        ("png", encoded(colours.convert("RGBA"), "PNG", save_all=True, append_images=[second.convert("RGBA")])),
        ("webp", encoded(colours, "WEBP", exif=exif.tobytes())),
        ("webp", encoded(colours.convert("RGBA"), "WEBP", lossless=True)),
        ("webp", encoded(colours, "WEBP", save_all=True, append_images=[second])),
        ("heic", HEIC),
        ("other", encoded(colours, "GIF")),
        ("other", encoded(colours, "TIFF")),
        ("other", encoded(colours, "BMP")),
        ("other", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
    )


@cache
def _bombs() -> tuple[tuple[str, bytes], ...]:
    text = zlib.compress(bytes(10**6))
    comments = b"".join(chunk(b"zTXt", b"c%d\0\0" % number + text) for number in range(60))
    start = encoded(Image.new("RGB", (99, 99)), "JPEG")
    return (
        ("12,000x12,000 PNG", png(12_000, 12_000)),
        ("30,000x30,000 PNG", png(30_000, 30_000, colour=2, rows=100)),
        ("65,535x65,535 JPEG", start.replace(struct.pack(">HH", 99, 99), b"\xff\xff\xff\xff", 1)),
        ("7,000x7,000 PNG", png(7000, 7000, colour=6)),
        ("7,000x7,000 palette PNG", png(7000, 7000, colour=3)),
        ("3,500x4,000 PNG", png(3500, 4000, colour=2)),
        ("2,800x3,000 grey PNG", png(2800, 3000, colour=4)),
        ("5,000x5,000 progressive JPEG", encoded(Image.new("RGB", (5000, 5000)), "JPEG", progressive=True, subsampling=0)),
        ("5,000x5,000 JPEG", encoded(Image.new("RGB", (5000, 5000)), "JPEG")),
        ("60,000x700 JPEG", encoded(Image.new("RGB", (60_000, 700)), "JPEG")),
        ("4,000x4,000 CMYK JPEG", encoded(Image.new("CMYK", (4000, 4000)), "JPEG", progressive=True)),
        ("5,000x5,000 WebP", encoded(Image.new("RGB", (5000, 5000)), "WEBP", lossless=True)),
        ("2,200x2,300 WebP", encoded(Image.new("RGB", (2200, 2300)), "WEBP")),
        ("2,000 scans", many_scans(2000)),
        ("1.9 million segments", start[:2] + b"\xff\xe5\0\2" * 1_900_000 + start[2:]),
        ("stray bytes", start[:2] + b"\xff" * 7_500_000 + start[2:]),
        ("600,000 chunks", png(9, 9, before=chunk(b"prIv", b"") * 600_000)),
        ("60 packed comments", png(9, 9, before=comments)),
    )


def _flipped(chance: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 40))):
        # Half of them where the structure is.
        place = chance.randrange(len(changed) if chance.random() < 0.5 else min(len(changed), 700))
        changed[place] = chance.choice((0, 0xFF, chance.randrange(256), changed[place] ^ 1 << chance.randrange(8)))
    return bytes(changed)


def _cut(chance: random.Random, data: bytes) -> bytes:
    return data[: chance.randrange(len(data))]


def _spliced(chance: random.Random, data: bytes) -> bytes:
    """A piece of it left out, doubled, moved, or of another picture."""
    start, end = sorted(chance.randrange(len(data)) for _ in range(2))
    other = chance.choice(_wholes())[1]
    piece = chance.choice((b"", data[start:end] * 2, data[start:end][::-1], other[:1000], chance.randbytes(40)))
    return data[:start] + piece + data[end:]


def _sizes_changed(chance: random.Random, data: bytes) -> bytes:
    """Other figures where the formats keep width and height."""
    wide = chance.choice((0, 1, 0x7FFF, 0xFFFF, chance.randrange(2**16)))
    for old, new in (
        (struct.pack(">II", 320, 240), struct.pack(">II", wide, chance.randrange(2**31))),
        (struct.pack(">HH", 240, 320), struct.pack(">HH", wide, chance.randrange(2**16))),
        (struct.pack("<HH", 320, 240), struct.pack("<HH", wide & 0x3FFF, chance.randrange(2**14))),
        (struct.pack("<I", 319)[:3] + struct.pack("<I", 239)[:3], chance.randbytes(6)),
    ):
        if old in data:
            return data.replace(old, new, 1)
    return _flipped(chance, data)


def _polyglot(chance: random.Random, data: bytes) -> bytes:
    """Also a page, an archive or a program."""
    other = chance.choice((b"%PDF-1.7\n", b"PK\x03\x04", b"<?php ", b"<html>", b"MZ", b"GIF89a", b"\x7fELF")) + PLANTED
    if data.startswith(b"\xff\xd8"):
        comment = b"\xff\xfe" + struct.pack(">H", len(other) + 2) + other
        return chance.choice((data + other, data[:2] + comment + data[2:], other + data))
    return chance.choice((data + other, other + data, data[:8] + other + data[8:]))


_WAYS: dict[str, Callable[[random.Random, bytes], bytes]] = {
    "flipped": _flipped,
    "cut": _cut,
    "spliced": _spliced,
    "sizes": _sizes_changed,
    "polyglot": _polyglot,
    "whole": lambda _chance, data: data,
}


def mutated(number: int) -> tuple[str, bytes]:
    """A kind in words, and the bytes. Every eleventh is a bomb, as it is or changed a little."""
    chance = random.Random(f"mutated picture {number}")
    if number % 11 == 0:
        kind, data = _bombs()[number // 11 % len(_bombs())]
        return f"bomb: {kind}", data if chance.random() < 0.6 else _flipped(chance, data)
    if number % 50 == 1:
        return "random", chance.choice((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", HEIC[:40])) + chance.randbytes(3000)
    kind, data = chance.choice(_wholes())
    way = chance.choice(list(_WAYS))
    return f"{kind}, {way}", _WAYS[way](chance, data)
