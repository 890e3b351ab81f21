"""Head movements: which are asked for, what each frame shows, and what a burst must be to pass."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.challenge import EVERY_MS, MOVE_MS, NEUTRAL_MS, Move, challenge_of
from monitor.vision.faces.liveness import Frame, depth_between, judge_burst, move_of, pose_of
from monitor.vision.faces.other_models import Thresholds

THRESHOLDS = Thresholds(accept=0.4, reject=0.3)
# Half a face of generic shape, in distances of the eyes: right and left eye, nose, corners of the mouth; x, y down, z to the camera.
HEAD = np.array([(-0.5, 0, 1.35), (0.5, 0, 1.35), (0, 0.55, 1.85), (-0.35, 1.0, 1.35), (0.35, 1.0, 1.35)])
PAPER = HEAD * (1, 1, 0)
ASKED = (Move.LEFT, Move.NEARER, Move.RIGHT)


def seen(shape: NDArray[np.float64], turn: float = 0, rise: float = 0, near: float = 1, tilt: float = 0) -> NDArray[np.float32]:
    """The five points in pixels. turn: degrees to the person's left; rise: distances of the eyes; tilt: degrees of the phone."""
    yaw, roll = np.radians((turn, tilt))
    x, y, z = shape.T
    x, z = x * np.cos(yaw) + z * np.sin(yaw), z * np.cos(yaw) - x * np.sin(yaw)
    nearness = 9 / (9 - z) * near
    flat = np.stack([x * nearness, (y - rise) * nearness], axis=1)
    turned = flat @ np.array([(np.cos(roll), np.sin(roll)), (-np.sin(roll), np.cos(roll))])
    return (turned * 70 + (180, 220)).astype(np.float32)


def acted(shape: NDArray[np.float64], moves: Sequence[Move], reach: float = 35) -> list[Frame]:
    """A burst of these movements, without noise."""
    frames = []
    for number in range((NEUTRAL_MS + len(moves) * MOVE_MS) // EVERY_MS):
        at = number * EVERY_MS
        turn, rise, near = 0.0, 0.0, 1.0
        for index, move in enumerate(moves):
            through = (at - NEUTRAL_MS - index * MOVE_MS) / MOVE_MS
            done = float(np.sin(np.pi * through)) if 0 < through < 1 else 0.0
            turn += {Move.LEFT: reach, Move.RIGHT: -reach}.get(move, 0) * done
            rise += 0.5 * done if move is Move.UP else 0
            near += 0.4 * done if move is Move.NEARER else 0
        frames.append(Frame(at, (120.0,), seen(shape, turn, rise, near), ME, str(number)))
    return frames


ME, OTHER = np.eye(2, 128, dtype=np.float32)


def said(frames: Sequence[Frame], moves: Sequence[Move] = ASKED, **more: object) -> str:
    """The doubts, in a row."""
    return " | ".join(each.template for each in judge_burst(frames, moves, THRESHOLDS, **more).doubts)  # type: ignore[arg-type]


def test_every_sequence_is_as_likely_has_a_turn_and_repeats_nothing_at_once() -> None:
    drawn = Counter(challenge_of(f"nonce {number}") for number in range(20_000))
    assert len(drawn) == 34
    assert min(drawn.values()) > 400
    assert all({Move.LEFT, Move.RIGHT} & set(moves) and moves[0] != moves[1] != moves[2] for moves in drawn)
    assert challenge_of("x") == challenge_of("x")


@pytest.mark.parametrize(
    ("held", "move"),
    [
        ({}, None),
        ({"turn": 30}, Move.LEFT),
        ({"turn": -30}, Move.RIGHT),
        ({"turn": 5}, None),
        ({"rise": 0.5}, Move.UP),
        ({"near": 1.4}, Move.NEARER),
        ({"near": 1.1}, None),
        ({"tilt": 15}, None),
        ({"tilt": -15, "turn": 30}, Move.LEFT),
    ],
)
def test_what_a_frame_shows(held: dict[str, float], move: Move | None) -> None:
    assert move_of(pose_of(seen(HEAD, **held)), pose_of(seen(HEAD))) == move


@pytest.mark.parametrize("turn", [-50, -30, 30, 50])
def test_paper_has_no_depth_however_it_is_turned_and_a_head_has(turn: float) -> None:
    assert depth_between(seen(PAPER), seen(PAPER, turn)) < 0.02
    assert depth_between(seen(HEAD), seen(HEAD, turn)) > 0.15


def test_a_person_who_does_what_is_asked_passes() -> None:
    result = judge_burst(acted(HEAD, ASKED), ASKED, THRESHOLDS, selfie=ME)
    assert result.doubts == ()
    assert result.figures["depth"] > 0.2
    assert result.figures["likeness"] > 0.9


@pytest.mark.parametrize("moves", [(Move.UP, Move.LEFT, Move.UP), (Move.RIGHT, Move.LEFT, Move.NEARER)])
def test_all_movements_are_told_apart(moves: tuple[Move, ...]) -> None:
    assert said(acted(HEAD, moves), moves) == ""


def test_each_doubt_is_told() -> None:
    good = acted(HEAD, ASKED)
    assert "not those asked for" in said(good, (Move.RIGHT, Move.NEARER, Move.LEFT))
    assert "No depth" in said(acted(PAPER, ASKED))
    assert "No depth" in said([replace(each, points=seen(HEAD)) for each in good])
    assert "not in time" in said(good[::-1]).replace("arrived late", "not in time")
    assert "late or out of order" in said([replace(each, at_ms=each.at_ms / 4) for each in good])
    assert "late or out of order" in said(good[:8] + [replace(each, at_ms=each.at_ms + 2000) for each in good[8:]])
    assert "the same as earlier ones" in said(good, earlier={"7"})
    assert "the same as earlier ones" in said([*good[:-1], replace(good[-1], digest="3")])
    assert "More than one face" in said([replace(each, faces=(120.0, 100.0)) for each in good])
    assert "The face changed" in said(good[:15] + [replace(each, vector=OTHER) for each in good[15:]])
    assert "not that of the selfie" in said(good, selfie=OTHER)
    assert "not visible all the time" in said(
        [replace(each, points=None) if number % 2 else each for number, each in enumerate(good)]
    )
    assert "not visible all the time" in said(good[:5])
    assert "not visible all the time" in said([])


def test_one_turned_frame_may_be_unlike_but_two_in_a_row_are_somebody_else() -> None:
    """Likeness 0.2, as of another person who turns the head: within the grace of a turned head, but not twice running."""
    good = acted(HEAD, ASKED)
    unlike = (0.2 * ME + np.sqrt(0.96) * OTHER).astype(np.float32)
    turned = (NEUTRAL_MS + MOVE_MS // 2) // EVERY_MS
    assert move_of(pose_of(good[turned].points), pose_of(good[0].points)) is Move.LEFT  # type: ignore[arg-type]
    once = [replace(each, vector=unlike) if number == turned else each for number, each in enumerate(good)]
    twice = [replace(each, vector=unlike) if number in (turned, turned + 1) else each for number, each in enumerate(good)]
    assert said(once) == ""
    assert "The face changed" in said(twice)


def test_frames_that_were_cut_out_or_put_in_jump() -> None:
    good = acted(HEAD, ASKED)
    middle = (NEUTRAL_MS + MOVE_MS // 2) // EVERY_MS
    order = [*range(middle), *range(len(good) - 5, len(good)), *range(middle + 5, len(good) - 5), *range(middle, middle + 5)]
    cut = [replace(good[index], at_ms=each.at_ms) for index, each in zip(order, good, strict=True)]
    assert "jump" in said(cut)


def test_a_picture_of_another_size_does_not_matter() -> None:
    half = [replace(each, points=None if each.points is None else each.points / 2) for each in acted(HEAD, ASKED)]
    assert said(half) == ""
