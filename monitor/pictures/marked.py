"""Who looks and when, written into what is handed out: across a still, and within a clip's file, whose pictures are not made anew."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

_QUALITY = 88
_KIND = bytes.fromhex("7a0e3c5d1b6f4c2e9a8d5f60c4b3e217")
"""Of our box: players leave boxes alone that they do not know."""
_LONGEST = 160
BOX = 8 + len(_KIND) + _LONGEST
"""Bytes that a clip becomes longer by: always the same, since it is asked for piece by piece."""


def marked_picture(jpeg: bytes, words: str) -> bytes:
    """A picture of our own with words across its middle, which no cutting at the edge takes away, as large as it was. words: ASCII."""
    with Image.open(BytesIO(jpeg)) as opened:
        picture = opened.convert("RGB")
    letters = ImageFont.load_default(max(10.0, min(picture.width * 1.1 / max(1, len(words)), picture.height / 8)))
    layer = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    # White with black around it, to be read on light and dark; what is seen behind them matters more than they do.
    ImageDraw.Draw(layer).text(
        (picture.width / 2, picture.height / 2),
        words,
        (255, 255, 255, 150),
        letters,
        "mm",
        stroke_width=1,
        stroke_fill=(0, 0, 0, 150),
    )
    picture.paste(layer, (0, 0), layer)
    made = BytesIO()
    picture.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def clip_box(words: str) -> bytes:
    """A box that is put behind the last of an MP4 file, with these words: `BOX` bytes."""
    said = words.encode()[:_LONGEST].ljust(_LONGEST)
    return BOX.to_bytes(4, "big") + b"uuid" + _KIND + said
