"""Untrusted pictures from phones and forms made into small, plain JPEG files. Pillow only: the web imports this."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageOps

from monitor.problems import Problem
from monitor.words import N_

# What phones and browsers send. Pillow's JPEG reader also takes MPO, a JPEG with a second picture behind it, as some phones
# write; every other decoder stays shut.
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 88


class PictureTooLarge(Problem):
    """More bytes or more pixels than are taken; nothing of it was decoded."""

    status = 413


class NotAPicture(Problem):
    """Not a whole picture of a kind that is taken."""

    status = 415


def normalise_upload(data: bytes, *, max_bytes: int = 8 * 2**20, max_pixels: int = 50_000_000, long_side: int = 1280) -> bytes:
    """An upright RGB JPEG without metadata, its long side at most `long_side` pixels, out of a picture nobody vouches for.

    max_bytes, max_pixels: refused above, before anything is decoded (a 420 kB PNG of 12,000x12,000 costs 555 MB to decode).
    Transparent places become white. Raises PictureTooLarge or NotAPicture, and nothing else but MemoryError, whatever the bytes are.
    """
    if not data:
        raise NotAPicture(N_("No picture arrived. Please take the picture and send it again."))
    if len(data) > max_bytes:
        raise PictureTooLarge(
            N_(
                "The picture has %(size)d MB; at most %(limit)d MB are taken. Please take it again with the camera of this page."
            ),
            size=-(-len(data) // 2**20),
            limit=max_bytes // 2**20,
        )
    try:
        return _normalise(data, max_pixels, long_side)
    except (Problem, MemoryError):
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow's own limits, above ours; the warning is an error only where all warnings are.
        raise _too_many_pixels(max_pixels) from error
    except Exception as error:
        # Decoders fail on damaged bytes with errors of every type (OSError, SyntaxError, ValueError, struct.error, …).
        raise NotAPicture(
            N_(
                "This file is not a picture that can be read, or it arrived incomplete. Please send a JPEG, PNG or WebP picture."
            )
        ) from error


def _normalise(data: bytes, max_pixels: int, long_side: int) -> bytes:
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        width, height = opened.size
        if width * height > max_pixels:
            raise _too_many_pixels(max_pixels)
        # The JPEG decoder can halve and quarter for nearly nothing; draft() never goes below the size asked for.
        opened.draft("RGB", (long_side, long_side))
        opened.load()
        picture = _coloured(opened)
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
        N_("The picture has more than %(limit)d million pixels. Please take it again with the camera of this page."),
        limit=max_pixels // 1_000_000,
    )
