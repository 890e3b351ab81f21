"""`quarantine bench motion`: episodes of motion, ours against labels and against looking at every picture, on the same clips."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import av.error
import click
import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.benchmarks.clips import SUFFIXES, encode, units_of
from cameras.benchmarks.episodes import Episode, Found, Score, joined, joined_found, read_labels, score, total
from cameras.benchmarks.scenes import scenes
from cameras.streams.decoding import Decoder, FollowingDecoder
from cameras.streams.rtsp.units import Unit
from monitor.problems import BadInput
from monitor.vision.motion.looks import Ask, MotionState, MotionWatch
from monitor.words import N_

# As the watcher looks at a group.
GROUP_EVERY_SECONDS = 0.2
# The peer: a running average on a luma of so many lines, so many times a second (Frigate's design and defaults).
PEER_LINES, PEER_LOOKS, PEER_THRESHOLD, PEER_AREA, PEER_RATE = 100, 5, 30, 10, 0.01


@dataclass(frozen=True)
class Measured:
    """One clip's result: ours, the peer's, and how many of its pictures ours decoded."""

    name: str
    seconds: float
    ours: Score
    peer: Score
    found: Sequence[Found]
    decoded: float
    labelled: bool


@click.command(
    "motion",
    help=N_(
        "Find episodes of motion from few decoded pictures, and compare with labels and with looking at every picture.\n\n"
        "Without --clips, clips are made: still rooms, walkers near and far, slow movement, a flickering lamp, a light "
        "being switched, rain on glass, constant and variable bitrate, keyframes every 1 to 10 s. For your own clips, "
        "labels come from a .csv of start and end seconds beside each; without one, what the frame-by-frame peer finds "
        "counts as true."
    ),
)
@click.option(
    "--clips", type=click.Path(exists=True, file_okay=False, path_type=Path), help=N_("A folder of MP4, MKV or MOV files.")
)
@click.option("--only", default="", help=N_("Only made clips whose names contain this."))
def bench_motion(clips: Path | None, only: str) -> None:
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as folder:
        results = [measure(path) for path in (_own(clips) if clips else _made(Path(folder), only))]
    if not results:
        raise BadInput(N_("There is no MP4, MKV or MOV file in that folder."))
    click.echo(f"{'clip':32}{'found':>8}{'right':>8}{'median':>8}{'worst':>8}{'decoded':>9}   peer found, right")
    for each in results:
        ours, peer = each.ours, each.peer
        click.echo(
            f"{each.name:32}{ours.hits:>4}/{ours.true:<3}{ours.right:>4}/{ours.found:<3}{ours.delay_median_s:>7.2f}s{ours.delay_worst_s:>7.2f}s"
            f"{100 * each.decoded:>7.1f} %   {peer.hits}/{peer.true}, {peer.right}/{peer.found}{'' if each.labelled else '   (no labels)'}"
        )
    ours, peer = total(each.ours for each in results), total(each.peer for each in results)
    click.echo(
        json.dumps(
            _as_json(ours)
            | {
                "clips": {
                    each.name: _as_json(each.ours)
                    | {
                        "found": [[round(one.begin_s, 2), round(one.end_s, 2)] for one in each.found],
                        "decoded": round(each.decoded, 4),
                    }
                    for each in results
                },
                "reference": _as_json(peer),
            }
        )
    )


def _as_json(result: Score) -> dict[str, float]:
    return {
        "recall": round(result.recall, 4),
        "precision": round(result.precision, 4),
        "delay_median_s": round(result.delay_median_s, 2),
        "delay_worst_s": round(result.delay_worst_s, 2),
        "episodes": result.true,
    }


def _made(folder: Path, only: str) -> Iterator[Path]:
    for scene in scenes():
        if only in scene.name:
            click.echo(f"making {scene.name}", err=True)
            yield encode(folder, scene)


def _own(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)


def measure(path: Path) -> Measured:
    """Measure one clip. Raises BadInput for what is no video, or labels that cannot be read."""
    labels = path.with_suffix(".csv")
    try:
        units = list(units_of(path))
        true = read_labels(labels.read_text("utf-8-sig")) if labels.exists() else None
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise BadInput(N_("%(name)s cannot be measured: %(why)s."), name=path.name, why=str(error)) from None
    if not units:
        raise BadInput(N_("%(name)s cannot be measured: %(why)s."), name=path.name, why="no pictures")
    found, decoded = find(units)
    peer = find_by_every_picture(path)
    if true is None:
        true = joined((each.begin_s, each.end_s) for each in peer)
    pictures = len(units)
    seconds = units[-1][1].time_s
    return Measured(path.stem, seconds, score(true, found), score(true, peer), found, decoded / pictures, labels.exists())


def find(units: Sequence[tuple[str, Unit]]) -> tuple[list[Found], int]:
    """What our watching finds in a clip's packets, decoding what it asks for as the watcher does, and how many pictures that was."""
    motion, decoder, following = MotionWatch(), Decoder(rough=True), FollowingDecoder()
    group: list[Unit] = []
    earlier: list[Unit] = []
    found: list[Found] = []
    for codec, unit in units:
        if unit.is_keyframe:
            earlier, group = group, [unit]
        elif group:
            group.append(unit)
        ask = motion.packet(unit.size, unit.is_keyframe, unit.time_s)
        while ask is not Ask.NOTHING and group:
            if ask is Ask.KEYFRAME:
                picture = decoder.keyframe(codec, b"", group[0])
                shown = [] if picture is None else [(group[0].time_s, picture.luma())]
            else:
                looked_at = earlier if group == [unit] and unit.is_keyframe else group
                chosen = following if motion.keyframes_seldom and looked_at is group else decoder
                shown = [(at, each.luma()) for at, each in chosen.group(codec, b"", looked_at, GROUP_EVERY_SECONDS)]
            if not shown:
                break
            state = motion.pictures(shown)
            _note(found, state, unit.time_s)
            ask = state.follow_up
    return joined_found(found), decoder.decoded + following.decoded


def _note(found: list[Found], state: MotionState, now: float) -> None:
    if not state.moving:
        return
    if found and state.since_s <= found[-1].end_s:
        found[-1] = Found(min(found[-1].begin_s, state.since_s), max(found[-1].end_s, state.last_s), found[-1].known_s)
    else:
        found.append(Found(state.since_s, state.last_s, now))


def find_by_every_picture(path: Path) -> list[Found]:
    """What the frame-by-frame peer finds: it decodes all, and compares five pictures a second with a running average."""
    average: NDArray[np.float32] | None = None
    moving: list[Episode] = []
    with av.open(str(path)) as file:
        stream = file.streams.video[0]
        due = looks = 0.0
        for frame in file.decode(stream):
            time_s = float(frame.time or 0)
            if time_s < due:
                continue
            due, looks = time_s + 0.99 / PEER_LOOKS, looks + 1
            luma = frame.to_ndarray(format="gray")
            width = max(1, round(frame.width * PEER_LINES / frame.height))
            small = cv2.GaussianBlur(cv2.resize(luma, (width, PEER_LINES), interpolation=cv2.INTER_NEAREST), (3, 3), 1)
            if average is None:
                average = small.astype(np.float32)
            changed = cv2.threshold(cv2.absdiff(small, cv2.convertScaleAbs(average)), PEER_THRESHOLD, 255, cv2.THRESH_BINARY)[1]
            outlines, _ = cv2.findContours(cv2.dilate(changed, np.ones((3, 3))), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            fired = any(cv2.contourArea(each) > PEER_AREA for each in outlines)
            cv2.accumulateWeighted(small, average, PEER_RATE if not fired else PEER_RATE / 10)
            if fired and looks > PEER_LOOKS:
                moving.append((time_s, time_s))
    return [Found(begin, end, begin) for begin, end in joined(moving)]
