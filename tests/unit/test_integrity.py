"""Whether a camera can see: covered, dark and healthy are told apart."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.vision.integrity import IntegrityJudge, IntegrityState, Measures, judge, sharpness
from monitor.words import translator

OK, COVERED, DARK = IntegrityState.OK, IntegrityState.COVERED, IntegrityState.DARK
HEIGHT, WIDTH = 360, 640
Plane = NDArray[np.float64]
random = np.random.default_rng(2)


def room() -> Plane:
    """A wall, a floor and some furniture, in grey levels."""
    picture = np.full((HEIGHT, WIDTH), 170.0)
    picture[240:] = 120
    for left, top, wide, high, level in (
        (60, 60, 120, 90, 60),
        (300, 200, 160, 60, 90),
        (520, 40, 50, 200, 210),
        (220, 40, 40, 60, 40),
    ):
        picture[top : top + high, left : left + wide] = level
    return picture


def smooth(level: float, spread: float) -> Plane:
    """A cloth or a hand right at the lens: no structure, only soft shades."""
    shades = cv2.GaussianBlur(np.random.default_rng(5).normal(0, 1, (HEIGHT, WIDTH)), (0, 0), 60)
    return np.asarray(level + spread * shades / np.std(shades), np.float64)


COVERS = {
    "black tape": np.full((HEIGHT, WIDTH), 4.0),
    "dark cloth": smooth(25, 3),
    "a hand": smooth(70, 12),
    "white paper": smooth(200, 5),
    "spray paint": smooth(120, 10),
}


class Watched:
    """A judge fed with noisy keyframes, one every two seconds."""

    def __init__(self, healthy: int = 10) -> None:
        self.judge, self.time = IntegrityJudge(), 0.0
        self.see(room(), healthy)

    def see(self, picture: Plane, times: int = 1, noise: float = 4.0) -> list[IntegrityState]:
        states = []
        for _ in range(times):
            noisy = picture + random.normal(0, noise, picture.shape)
            self.last = self.judge.look(np.clip(noisy, 0, 255).astype(np.uint8), self.time)
            states.append(self.last.state)
            self.time += 2
        return states


@pytest.mark.parametrize("noise", [1.0, 4.0, 12.0])
@pytest.mark.parametrize("cover", COVERS.values(), ids=COVERS.keys())
def test_a_covered_lens_is_reported_at_the_second_keyframe_and_ends_at_the_second_healthy_one(
    cover: Plane, noise: float
) -> None:
    camera = Watched()
    covered_at = camera.time
    assert camera.see(cover, 4, noise) == [OK, COVERED, COVERED, COVERED]
    assert camera.last.since == covered_at
    assert "lens" in camera.last.reasons[0].say(translator("en"))
    free_at = camera.time
    assert camera.see(room(), 3) == [COVERED, OK, OK]
    assert camera.last.since == free_at
    assert not camera.last.reasons


def test_a_lasting_cover_is_never_learnt() -> None:
    camera = Watched()
    assert set(camera.see(COVERS["a hand"], 150)[1:]) == {COVERED}
    assert camera.see(room(), 3)[-1] is OK
    assert camera.see(COVERS["a hand"], 2)[-1] is COVERED


@pytest.mark.parametrize("light", [0.2, 0.08, 0.03])
def test_a_light_that_is_switched_off_is_dark_and_not_covered(light: float) -> None:
    camera = Watched()
    assert camera.see(room() * light, 4) == [OK, DARK, DARK, DARK]
    assert "light is off" in camera.last.reasons[0].say(translator("en"))
    assert camera.see(room(), 2)[-1] is OK


@pytest.mark.parametrize("light", [0.4, 0.7, 1.3])
def test_another_light_is_healthy(light: float) -> None:
    assert set(Watched().see(room() * light, 5)) == {OK}


def test_a_lens_covered_in_the_dark_is_covered() -> None:
    camera = Watched()
    camera.see(room() * 0.1, 5)
    assert camera.see(COVERS["dark cloth"] * 0.2, 3)[-1] is COVERED
    assert camera.see(room() * 0.1, 3)[-1] is DARK


def test_somebody_who_passes_close_by_does_not_cover() -> None:
    camera = Watched()
    for _ in range(5):
        assert camera.see(COVERS["a hand"]) == [OK]
        assert camera.see(room()) == [OK]
    near = room()
    near[:, 150:500] = 60
    assert set(camera.see(near, 10)) == {OK}


def test_a_camera_turned_to_another_view_is_not_covered() -> None:
    assert set(Watched().see(room()[::-1, ::-1].T.repeat(2, 1)[:HEIGHT, :WIDTH], 10)) == {OK}


def test_a_camera_that_was_covered_from_the_beginning_is_reported() -> None:
    camera = Watched(healthy=0)
    assert camera.see(COVERS["white paper"], 3) == [OK, COVERED, COVERED]
    assert camera.see(room(), 2)[-1] is OK


def test_another_size_of_picture_is_judged_anew() -> None:
    camera = Watched()
    assert set(camera.see(room()[:240, :320], 5)) == {OK}
    assert camera.see(COVERS["a hand"][:240, :320], 2)[-1] is COVERED


@pytest.mark.parametrize(
    ("brightness", "structure", "usual", "likeness", "state"),
    [
        (120, 20, None, None, OK),
        (120, 0.5, None, None, COVERED),
        (20, 0.5, None, None, COVERED),
        (20, 5, None, None, DARK),
        (120, 20, 20, 0.9, OK),
        (120, 20, 20, 0.0, OK),  # moved, not covered
        (120, 5, 20, 0.1, COVERED),
        (120, 5, 20, 0.6, OK),  # defocused or in fog: recognised
        (20, 0.5, 20, 0.4, DARK),
        (20, 0.5, 20, 0.1, COVERED),
        (200, 0.5, 2, 0.9, OK),  # a bare corridor
    ],
)
def test_one_picture_is_judged_by_what_was_measured(
    brightness: float, structure: float, usual: float | None, likeness: float | None, state: IntegrityState
) -> None:
    verdict, reasons = judge(Measures(brightness, structure, usual, likeness))
    assert verdict is state
    assert bool(reasons) is (state is not OK)


def test_sharpness_falls_when_a_picture_is_blurred() -> None:
    picture = room().astype(np.uint8)
    assert sharpness(picture) > 20 * sharpness(np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8))
    assert sharpness(np.full((9, 9), 70, np.uint8)) == 0
    with pytest.raises(ValueError, match="empty"):
        sharpness(np.zeros((0, 0), np.uint8))
