"""`quarantine bench liveness`: how often attacks pass as living people, and living people do not, in the terms of ISO/IEC 30107-3."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import av
import click
import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from monitor.benchmarks.heads import SHOWN, Sitter, acted, fitted, moved_photo, still, swapped, two_people
from monitor.benchmarks.photos import KINDS, one_thread
from monitor.benchmarks.recaptures import photographed_print, photographed_screen
from monitor.challenge import MOST_FRAMES, Move, challenge_of
from monitor.demonstration.photographs import photograph
from monitor.problems import BadInput
from monitor.vision.faces.accuracy import wilson
from monitor.vision.faces.engines import FaceEngine, Picture, create_engine, look_closely
from monitor.vision.faces.liveness import DESCRIBED_EVERY, Liveness, judge_burst, look_at_frame
from monitor.vision.faces.recapture import hints
from monitor.words import N_

ATTACKS = ("still photo", "photo turned, tilted and brought nearer", "replayed burst", "frames swapped", "two people")


@dataclass(frozen=True)
class Trial:
    """A burst and what it is. kind: "genuine", or the attack."""

    kind: str
    frames: list[SHOWN]
    asked: tuple[Move, ...]


@click.command(
    "liveness",
    help=N_(
        "Measure APCER for each attack and BPCER, with 95-percent intervals. Last line: one JSON object.\n\n"
        "Genuine bursts are rendered from photographs on a generic head: they show that the rules fit together, not how "
        "people behave. Attacks: a still photo; a photo turned, tilted and moved closer as asked; a burst made for other "
        "movements; frames in another order; two people. Not tested: masks, deepfakes, video injected behind the camera. "
        "Put your own recordings in --clips. Hints that a selfie is a picture of a picture decide nothing; how often they "
        "appear is shown beside."
    ),
)
@click.option("--bursts", default=60, show_default=True, help=N_("Number of rendered bursts of each kind."))
@click.option("--seed", default=1, show_default=True, help=N_("Random seed of the rendered bursts."))
@click.option(
    "--photos",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=N_("A folder of photos to render from, one face each; without it, two public-domain photographs."),
)
@click.option(
    "--clips",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help=N_(
        "A folder with genuine/ and attacks/<kind>/: videos or folders of frames, named after their movements, like "
        "left-up-nearer-1.mp4."
    ),
)
def bench_liveness(bursts: int, seed: int, photos: Path | None, clips: Path | None) -> None:
    engine = create_engine("sface")
    sitters = _sitters(engine, photos)
    chance = np.random.default_rng(seed)
    recorded = _recorded(clips) if clips is not None else []
    # One burst in memory at once; each is rendered when its turn comes.
    trials = chain(_rendered(sitters, bursts, chance), recorded)
    count = bursts * (1 + len(ATTACKS)) + len(recorded)
    passed: dict[str, list[bool]] = {}
    spent = []
    with one_thread():
        for trial in track(trials, "bursts", count, console=Console(stderr=True)):
            began = time.thread_time()
            verdict = judged(engine, trial)
            spent.append((time.thread_time() - began) * 1000)
            passed.setdefault(trial.kind, []).append(verdict.alive)
    genuine = passed.pop("genuine", [])
    bpcer = _told("genuine", "BPCER", sum(not each for each in genuine), len(genuine))
    apcer = {kind: _told(kind, "APCER", sum(results), len(results)) for kind, results in passed.items()}
    for kind, pictures in _selfies(sitters, bursts, chance):
        hinted = sum(bool(hints(picture, faces[0])) for picture in pictures if (faces := look_closely(engine, picture)))
        click.echo(f"{kind:45} {len(pictures):5} selfies hinted at {hinted / len(pictures):.3f}")
    figures = {
        "apcer": apcer,
        "bpcer": bpcer,
        "attacks": sum(map(len, passed.values())),
        "genuine": len(genuine),
        "burst_ms": round(float(np.median(spent)), 1),
    }
    click.echo(json.dumps(figures))


def _told(kind: str, figure: str, wrong: int, bursts: int) -> float:
    """Print a share with its interval and return it."""
    share, (low, high) = wrong / max(1, bursts), wilson(wrong, bursts)
    click.echo(f"{kind:45} {bursts:5} bursts  {figure} {share:.3f} ({low:.3f} to {high:.3f})")
    return round(share, 4)


def judged(engine: FaceEngine, trial: Trial) -> Liveness:
    """As a worker judges it."""
    frames = [
        look_at_frame(engine, picture, at, str(hash(picture.tobytes())), describe=number % DESCRIBED_EVERY == 0)
        for number, (at, picture) in enumerate(trial.frames)
    ]
    return judge_burst(frames, trial.asked, engine.thresholds)


def _sitters(engine: FaceEngine, folder: Path | None) -> list[Sitter]:
    paths = [photograph("astronaut"), photograph("hopper")]
    if folder is not None:
        paths = sorted(each for each in folder.rglob("*") if each.suffix.lower() in KINDS)
    found = []
    for path in paths:
        picture = cv2.imread(str(path))
        faces = look_closely(engine, np.asarray(picture, np.uint8)) if picture is not None else []
        if faces:
            found.append(fitted(path.stem, np.asarray(picture, np.uint8), faces[0].points))
    if len(found) < 2:
        raise BadInput(N_("%(folder)s must hold photos of at least two people’s faces."), folder=str(folder))
    return found


def _rendered(sitters: Sequence[Sitter], bursts: int, chance: np.random.Generator) -> Iterator[Trial]:
    def anybody() -> Sitter:
        return sitters[int(chance.integers(len(sitters)))]

    def moves() -> tuple[Move, ...]:
        return challenge_of(chance.bytes(8).hex())

    for _ in range(bursts):
        asked, sitter = moves(), anybody()
        yield Trial("genuine", acted(sitter, asked, chance), asked)
        yield Trial(ATTACKS[0], still(sitter, asked, chance), asked)
        yield Trial(ATTACKS[1], moved_photo(sitter, asked, chance), asked)
        yield Trial(ATTACKS[2], acted(sitter, moves(), chance), asked)
        yield Trial(ATTACKS[3], swapped(acted(sitter, asked, chance), chance), asked)
        other = sitters[(sitters.index(sitter) + 1) % len(sitters)]
        yield Trial(ATTACKS[4], two_people(acted(sitter, asked, chance), acted(other, asked, chance), chance), asked)


def _selfies(sitters: Sequence[Sitter], count: int, chance: np.random.Generator) -> Iterator[tuple[str, list[Picture]]]:
    for kind, taken in (
        ("photograph", lambda picture, _chance: picture),
        ("photographed screen", photographed_screen),
        ("photographed print", photographed_print),
    ):
        yield kind, [taken(sitters[number % len(sitters)].picture, chance) for number in range(count)]


def _recorded(clips: Path) -> list[Trial]:
    found = []
    for kind, folder in [
        ("genuine", clips / "genuine"),
        *((each.name, each) for each in sorted((clips / "attacks").glob("*"))),
    ]:
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            names = path.stem.split("-")
            asked = tuple(Move(name) for name in names if name in set(Move))
            if not asked:
                raise BadInput(
                    N_("The name of %(file)s does not list its movements, as in left-up-nearer-1.mp4."), file=str(path)
                )
            found.append(Trial(kind, _frames_of(path), asked))
    return found


def _frames_of(path: Path) -> list[SHOWN]:
    """Frames of a video, thinned to at most MOST_FRAMES; or the pictures of a folder, 200 ms apart."""
    if path.is_dir():
        pictures = [cv2.imread(str(each)) for each in sorted(path.iterdir()) if each.suffix.lower() in KINDS]
        return [(200.0 * number, np.asarray(each, np.uint8)) for number, each in enumerate(pictures)][:MOST_FRAMES]
    with av.open(str(path)) as container:
        shown = [(float(frame.time or 0.0) * 1000, frame.to_ndarray(format="bgr24")) for frame in container.decode(video=0)]
    step = max(1, -(-len(shown) // MOST_FRAMES))
    return [(at - shown[0][0], np.asarray(picture, np.uint8)) for at, picture in shown[::step]]
