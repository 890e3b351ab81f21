"""Other pairs of face models by path: a small file says what the second one wants of a face and how its vectors are compared.

name = "arcface"
embedder = "w600k_r50.onnx"     # beside this file
detector = "yunet.onnx"         # may be left out: the one that ships; it must be a YuNet
input = "input.1"               # the network's input; may be left out where it has one
side = 112                      # pixels; the face is put upright as ArcFace and SFace want it
mean = 127.5                    # subtracted from each of the three colours, before
scale = 0.00784313725           # it is multiplied by this
red_first = true
accept = 0.45                   # cosine from which two faces are one person's
reject = 0.25                   # and below which they differ
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from monitor.problems import Problem
from monitor.words import N_


class PairUnusable(Problem):
    """The file that describes a pair of face models says something that cannot be."""

    status = 503


@dataclass(frozen=True)
class Thresholds:
    """From `accept` on two faces are the same person's; from `reject` on a person decides; below they differ.

    scale: what the figures measure; both scales grow with likeness, and figures of one mean nothing on the other.
    """

    accept: float
    reject: float
    scale: Literal["cosine", "one minus distance"] = "cosine"


@dataclass(frozen=True)
class Pair:
    """A detector and an embedder; None: those that ship. What the embedder wants: side x side pixels, (value - mean) * scale."""

    name: str
    detector: Path | None
    embedder: Path | None
    thresholds: Thresholds
    input_name: str = "data"
    side: int = 112
    mean: float = 0.0
    scale: float = 1.0
    red_first: bool = True


_KINDS: dict[str, type | tuple[type, ...]] = {
    "name": str,
    "embedder": str,
    "detector": str,
    "input": str,
    "side": int,
    "mean": (int, float),
    "scale": (int, float),
    "red_first": bool,
    "accept": (int, float),
    "reject": (int, float),
}
_NEEDED = ("name", "embedder", "accept", "reject")


def read_pair(path: Path) -> Pair:
    """The pair that a file describes. Raises PairUnusable with what to change."""
    try:
        said: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unusable(path, str(error)) from error
    for key, value in said.items():
        if key not in _KINDS or not isinstance(value, _KINDS[key]) or (isinstance(value, bool) and key != "red_first"):
            raise _unusable(path, f"{key} = {value!r}")
    if missing := [key for key in _NEEDED if key not in said]:
        raise _unusable(path, f"{', '.join(missing)} = ?")
    if not -1 <= said["reject"] <= said["accept"] <= 1:
        raise _unusable(path, f"reject = {said['reject']}, accept = {said['accept']}")
    if not 16 <= said.get("side", 112) <= 1024 or not 1 <= len(said["name"]) <= 32 or said["name"] in ("sface", "dlib"):
        raise _unusable(path, f"side = {said.get('side', 112)}, name = {said['name']!r}")
    files = {key: path.parent / said[key] for key in ("embedder", "detector") if key in said}
    for each in files.values():
        if not each.is_file():
            raise _unusable(path, str(each.name))
    return Pair(
        name=said["name"],
        detector=files.get("detector"),
        embedder=files["embedder"],
        thresholds=Thresholds(float(said["accept"]), float(said["reject"])),
        input_name=said.get("input", ""),
        side=said.get("side", 112),
        mean=float(said.get("mean", 0.0)),
        scale=float(said.get("scale", 1.0)),
        red_first=said.get("red_first", True),
    )


def digest(path: Path) -> str:
    """Twelve hexadecimal digits that tell one model file from another."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _unusable(path: Path, what: str) -> PairUnusable:
    return PairUnusable(
        N_("The face models that %(file)s describes cannot be used: %(what)s. The documentation explains this file."),
        file=path.name,
        what=what,
    )
