"""`quarantine bench verify`: what judging one selfie costs, beside `face_recognition` used plainly on the same selfies."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from statistics import median

import click
import numpy as np
from PIL import Image, ImageEnhance

from monitor.benchmarks.photos import one_thread, photos_in
from monitor.demonstration.photographs import photograph
from monitor.pictures.pictures import normalise_upload
from monitor.vision.faces.engines import DlibEngine, Embedding, best_match, create_engine, decode, look_closely
from monitor.vision.faces.quality import assess
from monitor.words import N_

SIZE = (1280, 960)
# The distance below which face_recognition's own `compare_faces` says that two are one person.
PLAIN_TOLERANCE = 0.6


@dataclass(frozen=True)
class Selfie:
    """A stored picture, whom it claims to show, and whether it does."""

    content: bytes
    claimed: str
    true: bool


@click.command(
    "verify",
    help=N_(
        "Measure one 1280x960 selfie from its bytes to the result, against plain face_recognition, on one core.\n\n"
        "Ours decodes, finds the face, assesses picture quality, describes the face and compares it. Plain means "
        "load_image_file, face_locations, face_encodings and the distance. Agreement is the share of selfies on which "
        "both agree. Last line: one JSON object."
    ),
)
@click.option(
    "--dataset",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=N_("A folder with one folder of photos per person; without it, two public-domain photographs and copies of them."),
)
def bench_verify(dataset: Path | None) -> None:
    gallery, selfies = _of_folder(dataset) if dataset else _of_two()
    with one_thread():
        ours, our_ms = _measured(selfies, _ours(gallery))
        plain, plain_ms = _measured(selfies, _plainly(gallery))
    right = [each.true for each in selfies]
    figures = {
        "selfies": len(selfies),
        "median_ms": round(median(our_ms), 1),
        "plain_median_ms": round(median(plain_ms), 1),
        "ratio": round(median(plain_ms) / median(our_ms), 1),
        "agreement": round(float(np.mean(np.array(ours) == np.array(plain))), 4),
        "correct": round(float(np.mean(np.array(ours) == right)), 4),
        "plain_correct": round(float(np.mean(np.array(plain) == right)), 4),
    }
    click.echo(f"{len(selfies)} selfies, {sum(right)} of the person they claim to show")
    click.echo(json.dumps(figures))


def _measured(selfies: list[Selfie], judge: Callable[[Selfie], bool]) -> tuple[list[bool], list[float]]:
    judge(selfies[0])  # The first time, models and memory are made ready.
    said, spent = [], []
    for each in selfies:
        began = time.thread_time()
        said.append(judge(each))
        spent.append((time.thread_time() - began) * 1000)
    return said, spent


def _ours(gallery: dict[str, list[bytes]]) -> Callable[[Selfie], bool]:
    engine = create_engine("sface")

    def vector(content: bytes) -> Embedding | None:
        picture = decode(content)
        faces = look_closely(engine, picture)
        assess(picture, faces)
        return engine.embed(picture, faces[0]) if faces else None

    known = {name: [each for photo in photos if (each := vector(photo)) is not None] for name, photos in gallery.items()}

    def judge(selfie: Selfie) -> bool:
        found = vector(selfie.content)
        return found is not None and best_match(found, {0: known[selfie.claimed]}, engine.thresholds).certainty == "same"

    return judge


def _plainly(gallery: dict[str, list[bytes]]) -> Callable[[Selfie], bool]:
    # Ours first: it puts back what importing face_recognition changes in Pillow.
    DlibEngine()
    import face_recognition

    def vectors(content: bytes) -> list[Embedding]:
        picture = face_recognition.load_image_file(BytesIO(content))
        return list(face_recognition.face_encodings(picture, face_recognition.face_locations(picture)))

    known = {name: [each for photo in photos for each in vectors(photo)[:1]] for name, photos in gallery.items()}

    def judge(selfie: Selfie) -> bool:
        found = vectors(selfie.content)
        mine = known[selfie.claimed]
        return bool(found and mine) and bool(face_recognition.face_distance(mine, found[0]).min() <= PLAIN_TOLERANCE)

    return judge


def _of_two() -> tuple[dict[str, list[bytes]], list[Selfie]]:
    """The two photographs, and selfies made of them: farther and nearer, darker and lighter, tilted, mirrored."""
    faces = {"astronaut": (130, 15, 320, 205), "hopper": (120, 40, 400, 390)}
    gallery, selfies = {}, []
    for name, box in faces.items():
        with Image.open(photograph(name)) as opened:
            person = opened.convert("RGB").crop(box)
        gallery[name] = [_on_a_wall(person, 520, 0, 1.0)]
        other = next(each for each in faces if each != name)
        for content in _taken(person):
            selfies += [Selfie(content, name, True), Selfie(content, other, False)]
    return gallery, selfies


def _taken(person: Image.Image) -> Iterator[bytes]:
    for height in (360, 520, 700):
        for tilt in (-12, 0, 12):
            for light in (0.6, 1.0, 1.25):
                yield _on_a_wall(person, height, tilt, light)


def _on_a_wall(person: Image.Image, height: int, tilt: float, light: float) -> bytes:
    """The person so high before a grey wall, as a phone stores it."""
    wall = Image.new("RGB", SIZE, (150, 150, 145))
    shown = person.resize((person.width * height // person.height, height), Image.Resampling.LANCZOS)
    mask = Image.new("L", shown.size, 255).rotate(tilt, expand=True)
    shown = ImageEnhance.Brightness(shown).enhance(light).rotate(tilt, Image.Resampling.BICUBIC, expand=True)
    wall.paste(shown, ((SIZE[0] - shown.width) // 2, (SIZE[1] - shown.height) // 2), mask)
    return _stored(wall)


def _of_folder(dataset: Path) -> tuple[dict[str, list[bytes]], list[Selfie]]:
    """Each person's first photo is enrolled; the others are selfies that claim to show them, and the next person in the list."""
    names, photos = photos_in(dataset)
    gallery: dict[str, list[bytes]] = {}
    selfies = []
    for photo in photos:
        with Image.open(photo.path) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail(SIZE, Image.Resampling.LANCZOS)
        canvas = Image.new("RGB", SIZE, (150, 150, 145))
        # As large as a selfie is: the photo fills the picture's height.
        factor = min(SIZE[0] / picture.width, SIZE[1] / picture.height)
        picture = picture.resize((round(picture.width * factor), round(picture.height * factor)), Image.Resampling.LANCZOS)
        canvas.paste(picture, ((SIZE[0] - picture.width) // 2, (SIZE[1] - picture.height) // 2))
        content = _stored(canvas)
        name = names[photo.person]
        if name not in gallery:
            gallery[name] = [content]
            continue
        selfies.append(Selfie(content, name, True))
        selfies.append(Selfie(content, names[photo.person - 1], False))
    # Whom nobody was enrolled for yet when a selfie claimed them has a photo by now.
    return gallery, selfies


def _stored(picture: Image.Image) -> bytes:
    content = BytesIO()
    picture.save(content, "JPEG", quality=90)
    return normalise_upload(content.getvalue())
