"""Untrusted pictures from phones and forms made into small, plain JPEG files. Pillow only: the web imports this."""

from __future__ import annotations

import os
from io import BytesIO
from threading import BoundedSemaphore

from PIL import Image, ImageOps, PngImagePlugin

from monitor.pictures.bounds import Scans, bytes_to_decode, is_heif, require_few_chunks, scans_of
from monitor.problems import Problem
from monitor.words import N_

# What phones and browsers send. Pillow's JPEG reader also takes MPO, a JPEG with a second picture behind it, as some phones
# write; every other decoder stays shut.
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 88
MOST_MEMORY = 80 * 2**20
"""Bytes that decoding one picture may take."""
# As many at once as there are cores: more would be no quicker, and each may take that much.
_TURNS = BoundedSemaphore(os.cpu_count() or 1)
# By default a PNG's packed comments may unfold to 64 million letters.
PngImagePlugin.MAX_TEXT_MEMORY = 2**20


class PictureTooLarge(Problem):
    """More bytes or more pixels than are taken; nothing of it was decoded."""

    status = 413


class NotAPicture(Problem):
    """Not a whole picture of a kind that is taken."""

    status = 415


def normalise_upload(data: bytes, *, max_bytes: int = 8 * 2**20, max_pixels: int = 50_000_000, long_side: int = 1280) -> bytes:
    """An upright RGB JPEG without metadata, its long side at most `long_side` pixels, out of a picture nobody vouches for.

    max_bytes, max_pixels: refused above, before anything is decoded (a 420 kB PNG of 12,000x12,000 costs 555 MB to decode), and so is
    what would take more than MOST_MEMORY.
    Transparent places become white. Raises PictureTooLarge or NotAPicture, and nothing else but MemoryError, whatever the bytes are.
    """
    if not data:
        raise NotAPicture(N_("No photo arrived. Please take it and send it again."))
    if len(data) > max_bytes:
        raise PictureTooLarge(
            N_("The photo has %(size)d MB; the limit is %(limit)d MB. Please take it again with this page’s camera."),
            size=-(-len(data) // 2**20),
            limit=max_bytes // 2**20,
        )
    if is_heif(data):
        # No decoder of it is let near untrusted bytes here; browsers send JPEG where a page asks for it.
        raise NotAPicture(
            N_(
                "HEIC photos are not accepted. Please use this page’s camera or send a JPEG (iPhone: Settings, Camera,"
                " Formats, Most Compatible)."
            )
        )
    try:
        require_few_chunks(data)
        scans = scans_of(data)
        with _TURNS:
            return _normalise(data, scans, max_pixels, long_side)
    except (Problem, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow's own limits, above ours; the warning is an error only where all warnings are.
        raise _too_many_pixels(max_pixels) from error
    except Exception as error:
        # Decoders fail on damaged bytes with errors of every type (OSError, SyntaxError, ValueError, struct.error, …).
        raise NotAPicture(
            N_("We cannot open this picture, or it arrived incomplete. Please send a JPEG, PNG or WebP.")
        ) from error


def size_of(picture: bytes) -> tuple[int, int]:
    """Width and height in pixels of a JPEG that `normalise_upload` made."""
    with Image.open(BytesIO(picture), formats=("JPEG",)) as opened:
        return opened.size


def _normalise(data: bytes, scans: Scans, max_pixels: int, long_side: int) -> bytes:
    picture = _decoded(data, scans, max_pixels, long_side)
    # Shrunk before it is turned and laid on paper: each of these copies the picture.
    picture.thumbnail((long_side, long_side), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(picture, in_place=True)
    if picture.mode == "RGBA":
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    # Nothing of its comments, place or colour profile comes along.
    picture.info = {}
    encoded = BytesIO()
    picture.save(encoded, "JPEG", quality=QUALITY, exif=b"", icc_profile=None)
    return encoded.getvalue()


def _decoded(data: bytes, scans: Scans, max_pixels: int, long_side: int) -> Image.Image:
    """The picture alone: what it was decoded into is let go of when this returns."""
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        whole = opened.size
        if whole[0] * whole[1] > max_pixels:
            raise _too_many_pixels(max_pixels)
        # The JPEG decoder can halve and quarter for nearly nothing; draft() never goes below the size asked for.
        opened.draft("RGB", (long_side, long_side))
        needed = bytes_to_decode(
            opened.format or "",
            opened.size,
            opened.mode,
            transparent=opened.has_transparency_data,
            scans=scans,
            whole=whole,
            held=_samples_of_a_pixel(opened),
        )
        if needed > MOST_MEMORY:
            raise PictureTooLarge(
                N_("The photo is too large for its format. Please take it again with this page’s camera, or send a JPEG.")
            )
        opened.load()
        return _coloured(opened)


def _samples_of_a_pixel(opened: Image.Image) -> float:
    """Of a JPEG; colours are usually stored at half the width and height."""
    layers = [(across, down) for _, across, down, _ in getattr(opened, "layer", ())]
    most = max((across for across, _ in layers), default=1) * max((down for _, down in layers), default=1)
    return float(sum(across * down for across, down in layers)) / max(most, 1)


def _coloured(opened: Image.Image) -> Image.Image:
    """RGB, or RGBA where something is transparent."""
    if opened.mode.startswith("I;16"):
        # Sixteen bits a pixel: Pillow's conversion to RGB would clip instead of scale.
        opened = opened.point(lambda level: level / 256, "L")
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    # Most come so from their decoder, and a conversion would copy them.
    return opened if opened.mode == mode else opened.convert(mode)


def _too_many_pixels(max_pixels: int) -> PictureTooLarge:
    return PictureTooLarge(
        N_("The photo has more than %(limit)d million pixels. Please take it again with this page’s camera."),
        limit=max_pixels // 1_000_000,
    )
