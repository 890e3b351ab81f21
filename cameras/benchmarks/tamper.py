"""`quarantine bench tamper`: whether each kind of tampering with a camera is found, by its name, how soon, and what is found wrongly."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import click
import numpy as np
from numpy.typing import NDArray

from cameras.benchmarks.tampering import (
    FRAMES_PER_SECOND,
    HEIGHT,
    KEYFRAME_SECONDS,
    WIDTH,
    Clip,
    tampered_clips,
    untouched_clips,
)
from cameras.streams.streams import Picture
from monitor.vision.integrity.integrity import IntegrityJudge, IntegrityState
from monitor.words import N_

# Longer than this after its beginning, tampering was not found in time; so long after its end, its state is no false alarm.
ALLOWED_SECONDS = 10.0
KINDS = [str(state) for state in IntegrityState if state is not IntegrityState.OK]


@dataclass(frozen=True)
class Period:
    """A state other than ok that the judge reported: when it was first and last said, and when it is said to have begun."""

    state: IntegrityState
    told: float
    ended: float
    since: float


@dataclass(frozen=True)
class Outcome:
    """Of one clip. delay, end_delay: seconds from its beginning and end until the judge said so, None when it did not;
    false_alarms: periods of another kind or another time; milliseconds: of processor for each keyframe."""

    clip: Clip
    delay: float | None
    end_delay: float | None
    false_alarms: tuple[Period, ...]
    milliseconds: float


def keyframes(clip: Clip) -> Iterator[tuple[float, bytes, NDArray[np.uint8]]]:
    """(second, compressed bytes, luma) of each keyframe of a clip, H.264 by libx264, decoded on its own."""
    packets = list(_encode(clip))
    if clip.resent:
        begins, ends = (round(second / KEYFRAME_SECONDS + 0.5) for second in (clip.begins, clip.ends))
        packets[begins:ends] = packets[1 : 1 + ends - begins]
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.thread_count = 1
    for number, packet in enumerate(packets):
        # Asked for what it holds back, the decoder must be flushed before it takes more.
        frame = [*decoder.decode(av.Packet(packet)), *decoder.decode(None)][0]
        decoder.flush_buffers()
        yield number * KEYFRAME_SECONDS, packet, Picture(frame).luma()


def _encode(clip: Clip) -> Iterator[bytes]:
    """The keyframes' packets: as a camera sends them, of constant quality under a ceiling of the bit rate."""
    interval = 1 if clip.keyframes_only else FRAMES_PER_SECOND * KEYFRAME_SECONDS
    codec = av.CodecContext.create("libx264", "w")
    assert isinstance(codec, av.VideoCodecContext)
    codec.width, codec.height, codec.pix_fmt = WIDTH, HEIGHT, "yuv420p"
    codec.time_base, codec.framerate = 1 / clip.rate, clip.rate
    codec.gop_size, codec.max_b_frames, codec.thread_count = interval, 0, 1
    fixed = f"scenecut=0:keyint={interval}:min-keyint={interval}:sliced-threads=0"
    limits = "" if clip.keyframes_only else f":vbv-maxrate={clip.kilobits}:vbv-bufsize={2 * clip.kilobits}"
    codec.options = {"preset": "superfast", "tune": "zerolatency", "crf": "26", "x264-params": fixed + limits}
    planes = np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8)
    packets: list[av.Packet[Any]] = []
    for number, picture in enumerate(clip.pictures()):
        planes[:HEIGHT] = picture
        frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
        frame.pts = number
        packets = codec.encode(frame)
        yield from (bytes(packet) for packet in packets if packet.is_keyframe)
    yield from (bytes(packet) for packet in codec.encode(None) if packet.is_keyframe)


def watch(clip: Clip) -> tuple[list[Period], float]:
    """What the judge says of a clip, and its processor time for each keyframe in milliseconds."""
    judge, moves = IntegrityJudge(), list(clip.moves)
    periods: list[Period] = []
    spent, count = 0.0, 0
    for second, packet, luma in keyframes(clip):
        while moves and moves[0][0] <= second:
            judge.expect_move(*moves.pop(0))
        began = time.thread_time()
        said = judge.look(luma, second, hashlib.blake2b(packet, digest_size=8).digest())
        spent, count = spent + time.thread_time() - began, count + 1
        if periods and periods[-1].ended == float("inf") and said.state is not periods[-1].state:
            periods[-1] = Period(periods[-1].state, periods[-1].told, second, periods[-1].since)
        if said.state is not IntegrityState.OK and (not periods or periods[-1].ended < float("inf")):
            periods.append(Period(said.state, second, float("inf"), said.since))
    return periods, 1000 * spent / max(1, count)


def judge_clip(clip: Clip, periods: list[Period], milliseconds: float = 0.0) -> Outcome:
    """What was found of what happened, and what else was said."""
    right = [each for each in periods if each.state is clip.kind and clip.begins <= each.told <= clip.ends]
    wrong = tuple(each for each in periods if each not in right)
    if not right:
        return Outcome(clip, None, None, wrong, milliseconds)
    ended = right[-1].ended
    end_delay = ended - clip.ends if ended < float("inf") else None
    return Outcome(clip, right[0].told - clip.begins, end_delay, wrong, milliseconds)


@click.command(
    "tamper",
    help=N_(
        "Tamper with a simulated camera in every way; report what was found, how soon, and what was found wrongly.\n\n"
        "Clips are 640x360, H.264 at 15 pictures a second with a keyframe every 2 s; only keyframes are decoded. The long "
        "untouched clips consist of keyframes only, encoded one by one: nothing else would be examined. A camera that "
        "sends nothing at all (offline) is judged by its packets, not here."
    ),
)
@click.option("--minutes", default=60.0, show_default=True, help=N_("Length of the quiet stretch, by the camera’s clock."))
@click.option(
    "--kind", "kinds", multiple=True, type=click.Choice(KINDS), help=N_("Only this kind; can be repeated. Without it: all.")
)
def bench_tamper(minutes: float, kinds: tuple[str, ...]) -> None:
    clips = [clip for clip in tampered_clips() if not kinds or clip.kind in kinds] + untouched_clips(minutes)
    outcomes = []
    for clip in clips:
        outcome = judge_clip(clip, *watch(clip))
        outcomes.append(outcome)
        click.echo(_line(outcome))
    click.echo(json.dumps(summary(outcomes)))


def _line(outcome: Outcome) -> str:
    def seconds(value: float | None) -> str:
        return "    -" if value is None else f"{value:5.1f}"

    wrong = ", ".join(f"{each.state} at {each.told:.0f} s" for each in outcome.false_alarms) or "-"
    return (
        f"{outcome.clip.kind or 'untouched':<11} {outcome.clip.name:<30} found after {seconds(outcome.delay)} s, "
        f"ended after {seconds(outcome.end_delay)} s, false alarms: {wrong}, {outcome.milliseconds:.2f} ms a keyframe"
    )


def summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """Of all clips: a kind is found when each of its clips is, by its right name and within ALLOWED_SECONDS."""
    per_kind: dict[str, dict[str, Any]] = {}
    for kind in dict.fromkeys(outcome.clip.kind for outcome in outcomes if outcome.clip.kind):
        of_kind = [outcome for outcome in outcomes if outcome.clip.kind is kind]
        delays = [outcome.delay for outcome in of_kind]
        ends = [outcome.end_delay for outcome in of_kind]
        per_kind[kind] = {
            "found": all(delay is not None and delay <= ALLOWED_SECONDS for delay in delays),
            "delay_s": _worst(delays),
            "end_delay_s": _worst(ends),
            "clips": len(of_kind),
        }
    untouched = [outcome for outcome in outcomes if outcome.clip.kind is None]
    return {
        "found": sum(each["found"] for each in per_kind.values()),
        "kinds": len(per_kind),
        "false_alarms": sum(len(outcome.false_alarms) for outcome in outcomes),
        "delay_worst_s": _worst([outcome.delay for outcome in outcomes if outcome.clip.kind]),
        "end_delay_worst_s": _worst([outcome.end_delay for outcome in outcomes if outcome.clip.kind]),
        "per_kind": per_kind,
        "untouched_minutes": round(sum(outcome.clip.seconds for outcome in untouched) / 60, 1),
        "milliseconds_a_keyframe": round(max(outcome.milliseconds for outcome in outcomes), 2),
    }


def _worst(seconds: list[float | None]) -> float | None:
    """The longest, or None when one of them is missing."""
    known = [value for value in seconds if value is not None]
    return round(max(known), 1) if known and len(known) == len(seconds) else None
