"""A folder of photos with one folder for each person, looked at by face engines; each step timed on one core."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track

from monitor.pictures.pictures import normalise_upload
from monitor.problems import BadInput, Problem
from monitor.vision.faces.engines import Embedding, FaceEngine, decode, look_closely
from monitor.vision.faces.quality import Quality, assess
from monitor.words import N_

KINDS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".mpo"})
MAX_BYTES = 32 * 2**20


@dataclass(frozen=True)
class Photo:
    """A file of somebody. person: a number from 0 on."""

    path: Path
    person: int


@dataclass
class Looked:
    """What was seen in all photos. vectors: by engine, None where no face was found; milliseconds: by step, of each photo."""

    photos: list[Photo]
    vectors: dict[str, list[Embedding | None]]
    qualities: list[Quality]
    milliseconds: dict[str, list[float]] = field(default_factory=dict)

    @property
    def not_acquired(self) -> int:
        """Photos in which no face was found (or that are no pictures)."""
        return sum(not np.isfinite(each.width) for each in self.qualities)


def photos_in(dataset: Path) -> tuple[list[str], list[Photo]]:
    """The people's names, and all their photos. Raises BadInput when there are too few to compare."""
    folders = sorted(each for each in dataset.iterdir() if each.is_dir())
    found: list[Photo] = []
    names: list[str] = []
    for folder in folders:
        files = sorted(each for each in folder.iterdir() if each.suffix.lower() in KINDS)
        if files:
            found += [Photo(each, len(names)) for each in files]
            names.append(folder.name)
    if len(names) < 2 or len(found) == len(names):
        raise BadInput(
            N_(
                "%(folder)s must hold one folder per person, for at least two people, and two or more photos of at least one"
                " of them."
            ),
            folder=str(dataset),
        )
    return names, found


def groups_in(dataset: Path, names: Sequence[str]) -> dict[str, list[int]]:
    """People's numbers by group, as `groups.csv` says (columns person, group); empty without one. Raises BadInput."""
    path = dataset / "groups.csv"
    if not path.is_file():
        return {}
    numbers = {name: number for number, name in enumerate(names)}
    groups: dict[str, list[int]] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        for line, row in enumerate(csv.DictReader(file), 2):
            if not row.get("person") or not row.get("group"):
                raise BadInput(N_("Line %(line)s of groups.csv needs a person and a group."), line=line)
            if row["person"] in numbers:
                groups.setdefault(row["group"], []).append(numbers[row["person"]])
    return groups


def look_at_all(photos: Sequence[Photo], engines: Sequence[FaceEngine]) -> Looked:
    """Look at each photo just as at an answer's: taken in, decoded, the face found by the first engine, then described by each."""
    looked = Looked(list(photos), {engine.name: [] for engine in engines}, [])
    spent = looked.milliseconds
    with one_thread():
        for photo in track(photos, "photos", console=Console(stderr=True)):
            try:
                stored = normalise_upload(photo.path.read_bytes(), max_bytes=MAX_BYTES)
            except Problem:
                picture, faces = None, []
            else:
                with _timed(spent, "decode"):
                    picture = decode(stored)
                with _timed(spent, "detect"):
                    faces = look_closely(engines[0], picture)
            if picture is None or not faces:
                looked.qualities.append(Quality(()))
                for engine in engines:
                    looked.vectors[engine.name].append(None)
                continue
            with _timed(spent, "quality"):
                looked.qualities.append(assess(picture, faces))
            for engine in engines:
                with _timed(spent, f"embed {engine.name}"):
                    vector = engine.embed(picture, faces[0])
                looked.vectors[engine.name].append(vector)
    return looked


def described(looked: Looked, engine: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The vectors of all photos in which a face was found, shape (photos, dimensions), and whose they are, shape (photos,)."""
    found = [
        (vector, photo.person)
        for vector, photo in zip(looked.vectors[engine], looked.photos, strict=True)
        if vector is not None
    ]
    return np.array([vector for vector, _person in found], np.float32), np.array(
        [person for _vector, person in found], np.int64
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV on one core, as in the workers."""
    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before)


@contextmanager
def _timed(spent: dict[str, list[float]], step: str) -> Iterator[None]:
    began = time.thread_time()
    yield
    spent.setdefault(step, []).append((time.thread_time() - began) * 1000)
