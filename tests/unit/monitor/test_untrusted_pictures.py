"""Pictures from strangers: what is taken, what is refused, and what it costs to refuse."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from monitor.pictures.bounds import Scans, Unreasonable, scans_of
from monitor.pictures.pictures import NotAPicture, PictureTooLarge, normalise_upload
from monitor.problems import Problem
from tests.doubles.waiting import PATIENCE
from tests.worlds.mutated_pictures import HEIC, chunk, encoded, many_scans, png


def opened(data: bytes) -> Image.Image:
    picture = Image.open(BytesIO(data))
    picture.load()
    return picture


def colour(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    red, green, blue = np.asarray(picture.convert("RGB"))[y, x]
    return int(red), int(green), int(blue)


def two_colours(width: int = 400, height: int = 300) -> Image.Image:
    """Red left half, blue right half."""
    picture = Image.new("RGB", (width, height), "red")
    ImageDraw.Draw(picture).rectangle((width // 2, 0, width, height), fill="blue")
    return picture


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "MPO"])
def test_what_phones_send_becomes_a_jpeg_of_bounded_size(kind: str) -> None:
    taken = opened(normalise_upload(encoded(two_colours(2000, 1500), kind)))
    assert (taken.format, taken.mode, taken.size) == ("JPEG", "RGB", (1280, 960))
    assert colour(taken, 100, 100)[0] > 200
    assert colour(taken, 1200, 100)[2] > 200


def test_a_small_picture_is_not_enlarged() -> None:
    assert opened(normalise_upload(encoded(two_colours(), "JPEG"))).size == (400, 300)


def test_a_picture_that_a_phone_marks_as_turned_is_put_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to see it upright
    taken = opened(normalise_upload(encoded(two_colours(), "JPEG", exif=exif)))
    assert taken.size == (300, 400)
    assert colour(taken, 150, 20)[0] > 200
    assert colour(taken, 150, 380)[2] > 200


def test_place_and_comments_do_not_come_along() -> None:
    exif = Image.Exif()
    exif[0x010F] = "maker of the phone"
    exif.get_ifd(0x8825)[1] = "N"
    data = encoded(two_colours(), "JPEG", exif=exif, comment=b"ward 7")
    assert b"maker" in data
    taken = opened(normalise_upload(data))
    assert not taken.getexif()
    assert set(taken.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    text = PngInfo()
    text.add_text("Comment", "ward 7")
    assert b"ward 7" not in normalise_upload(encoded(two_colours(), "PNG", pnginfo=text))


def test_transparent_places_of_a_palette_picture_become_white() -> None:
    picture = two_colours().quantize(4)
    taken = opened(normalise_upload(encoded(picture, "PNG", transparency=picture.getpixel((0, 0)))))
    assert min(colour(taken, 20, 20)) > 240
    assert colour(taken, 380, 20)[2] > 200


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "RGBA"])
def test_every_kind_of_png_is_taken(mode: str) -> None:
    grey = Image.new("L", (64, 48), 128)
    picture = Image.frombytes("I;16", (64, 48), b"\x00\x80" * 64 * 48) if mode == "I;16" else grey.convert(mode)
    mean = opened(normalise_upload(encoded(picture, "PNG"))).resize((1, 1))
    assert mode == "1" or 100 < colour(mean, 0, 0)[1] < 160


REFUSE_A_BOMB = """
import resource, sys, time
from monitor.pictures.pictures import PictureTooLarge, normalise_upload
data = sys.stdin.buffer.read()
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    normalise_upload(data)
except PictureTooLarge as problem:
    print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_an_image_bomb_is_refused_at_once_and_in_little_memory() -> None:
    """In a process of its own, since the highest use of memory is a figure of the process."""
    data = png(12_000, 12_000)
    assert len(data) < 500_000
    done = subprocess.run([sys.executable, "-c", REFUSE_A_BOMB], input=data, capture_output=True, timeout=PATIENCE, check=True)
    seconds, kilobytes = (float(figure) for figure in done.stdout.split())
    assert seconds < 1
    assert kilobytes < 20_000


def test_a_bomb_that_pillow_itself_refuses_gets_the_same_answer() -> None:
    with pytest.raises(PictureTooLarge, match="more than 50 million pixels") as caught:
        normalise_upload(png(20_000, 10_000))
    assert caught.value.status == 413


def test_too_many_bytes_are_refused_with_their_size() -> None:
    with pytest.raises(PictureTooLarge, match="40 MB; the limit is 8 MB"):
        normalise_upload(b"\xff\xd8" + bytes(40 * 2**20 - 2))


@pytest.mark.parametrize(
    "made",
    [
        lambda: b"",
        lambda: b"Dear doctor, this is no picture.\n" * 50,
        lambda: b"\xff\xd8\xff",
        lambda: b"\x89PNG\r\n\x1a\n",
        lambda: encoded(two_colours(), "GIF"),
        lambda: encoded(two_colours(), "TIFF"),
        lambda: encoded(two_colours(), "PPM"),
        lambda: encoded(Image.effect_noise((600, 400), 60), "JPEG")[:20_000],
        lambda: encoded(Image.effect_noise((600, 400), 60), "PNG")[:20_000],
        lambda: encoded(Image.effect_noise((600, 400), 60), "WEBP")[:5_000],
    ],
    ids=["empty", "text", "jpeg-start", "png-start", "gif", "tiff", "ppm", "cut-jpeg", "cut-png", "cut-webp"],
)
def test_what_is_no_whole_picture_is_refused_with_what_to_do(made: Callable[[], bytes]) -> None:
    with pytest.raises(NotAPicture, match="Please") as caught:
        normalise_upload(made())
    assert caught.value.status == 415


@settings(max_examples=150, deadline=None)
@given(
    start=st.sampled_from([b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x20\0\0\0WEBPVP8 "]),
    rest=st.binary(max_size=400),
)
def test_no_bytes_whatever_do_anything_but_pass_or_be_refused(start: bytes, rest: bytes) -> None:
    with suppress(PictureTooLarge, NotAPicture):
        assert opened(normalise_upload(start + rest)).format == "JPEG"


WHOLE = {kind: encoded(two_colours(60, 40), kind, exif=Image.Exif()) for kind in ("JPEG", "PNG", "WEBP")}


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(sorted(WHOLE)), place=st.floats(0, 0.999), byte=st.integers(0, 255))
def test_one_wrong_byte_never_does_more_than_be_refused(kind: str, place: float, byte: int) -> None:
    data = bytearray(WHOLE[kind])
    data[int(place * len(data))] = byte
    with suppress(PictureTooLarge, NotAPicture):
        assert max(opened(normalise_upload(bytes(data))).size) <= 1280


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        (lambda: png(7000, 7000, colour=6), PictureTooLarge),
        (lambda: png(4000, 3600, colour=2), PictureTooLarge),
        (lambda: encoded(Image.new("RGB", (4000, 3600)), "JPEG", progressive=True, subsampling=0), PictureTooLarge),
        (lambda: encoded(Image.new("RGB", (60_000, 700)), "JPEG"), PictureTooLarge),
        (lambda: encoded(Image.new("RGB", (2500, 2500)), "WEBP"), PictureTooLarge),
        (lambda: many_scans(30), NotAPicture),
        (lambda: b"\xff\xd8" + b"\xff\xfe\0\2" * 5000 + encoded(two_colours(), "JPEG")[2:], NotAPicture),
        (lambda: b"\xff\xd8" + b"\xff" * 70_000 + encoded(two_colours(), "JPEG")[2:], NotAPicture),
        (lambda: png(9, 9, before=chunk(b"prIv", b"") * 5000), NotAPicture),
        (lambda: HEIC, NotAPicture),
    ],
    ids=["rgba-png", "png", "progressive", "thin", "webp", "scans", "segments", "stray", "chunks", "heic"],
)
def test_what_would_cost_too_much_is_refused_before_it_is_decoded(made: Callable[[], bytes], problem: type[Problem]) -> None:
    with pytest.raises(problem, match=r"[Pp]lease"):
        normalise_upload(made())


@pytest.mark.parametrize(
    "made",
    [
        lambda: encoded(Image.new("RGB", (8000, 6000)), "JPEG"),
        lambda: encoded(Image.new("RGB", (4032, 3024)), "JPEG", progressive=True),
        lambda: encoded(Image.new("RGB", (4032, 3024)), "PNG", compress_level=1),
        lambda: encoded(Image.new("RGB", (2048, 2048)), "WEBP"),
        lambda: many_scans(3, side=600),
    ],
    ids=["48-megapixel-jpeg", "12-megapixel-progressive", "12-megapixel-png", "4-megapixel-webp", "scans"],
)
def test_what_phones_really_make_is_taken(made: Callable[[], bytes]) -> None:
    assert max(opened(normalise_upload(made())).size) <= 1280


def test_a_jpeg_with_a_thumbnail_and_a_second_picture_has_its_own_scan_only() -> None:
    exif = Image.Exif()
    exif[0x010F] = "a maker"
    thumbnail = encoded(two_colours(), "JPEG")
    whole = encoded(two_colours(), "JPEG", exif=exif)
    with_thumbnail = whole[:2] + b"\xff\xe5" + struct.pack(">H", len(thumbnail) + 2) + thumbnail + whole[2:]
    assert scans_of(with_thumbnail + thumbnail * 40) == Scans(1, at_once=True)
    assert scans_of(encoded(two_colours(), "JPEG", progressive=True)).at_once is False
    assert scans_of(b"RIFF") == Scans(0, at_once=True)


def test_millions_of_filling_bytes_are_gone_through_once() -> None:
    """A pattern that begins anew at each of them would take days, and hold up the whole process meanwhile."""
    filling = b"\xff\xd8" + 4_000_000 * b"\xff"
    with pytest.raises(Unreasonable):
        scans_of(filling + b"\x00\xff\xda")
    assert scans_of(filling) == Scans(0, at_once=True)
    assert scans_of(b"\xff\xd8" + 9 * b"\xff" + b"\xda\x00\x03\x01").count == 1
