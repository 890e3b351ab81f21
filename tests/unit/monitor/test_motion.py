"""Motion in keyframes: what fires, what does not, and what the background learns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from monitor.vision.motion.background import BackgroundModel, Motion, downscale

HEIGHT, WIDTH = 360, 640
Plane = NDArray[np.float64]


def room(seed: int = 3) -> Plane:
    """A wall, a floor and some furniture, in grey levels."""
    random = np.random.default_rng(seed)
    picture = np.full((HEIGHT, WIDTH), 170.0)
    picture[240:] = 120
    for _ in range(12):
        top, left = random.integers(0, HEIGHT - 60), random.integers(0, WIDTH - 90)
        picture[top : top + random.integers(20, 60), left : left + random.integers(20, 90)] = random.integers(40, 220)
    return picture


def with_person(picture: Plane, left: int, top: int = 150, height: int = 120, width: int = 40) -> Plane:
    shown = picture.copy()
    shown[top : top + height, left : left + width] = 60
    shown[top : top + height // 5, left + width // 4 : left + 3 * width // 4] = 190
    return shown


class Camera:
    """A background model fed with noisy pictures."""

    def __init__(self, noise: float = 4.0) -> None:
        self.model = BackgroundModel()
        self._random = np.random.default_rng(8)
        self._noise = noise

    def see(self, picture: Plane, mask: NDArray[np.bool_] | None = None) -> Motion:
        noisy = picture + self._random.normal(0, self._noise, picture.shape)
        return self.model.look(np.clip(noisy, 0, 255).astype(np.uint8), mask)

    def watch(self, picture: Plane, looks: int) -> list[Motion]:
        return [self.see(picture) for _ in range(looks)]


@pytest.mark.parametrize("noise", [0.0, 4.0, 12.0])
def test_noise_alone_never_fires(noise: float) -> None:
    assert not any(motion.fired for motion in Camera(noise).watch(room(), 60))


@pytest.mark.parametrize("noise", [0.0, 4.0, 12.0])
def test_a_person_who_comes_in_fires_at_once_where_they_stand(noise: float) -> None:
    camera = Camera(noise)
    camera.watch(room(), 10)
    motion = camera.see(with_person(room(), 300))
    assert motion.fired
    assert not motion.light_change
    assert 0.01 < motion.fraction < 0.04
    x, y, width, height = motion.boxes[0]
    assert x == pytest.approx(300 / WIDTH, abs=0.03)
    assert y == pytest.approx(150 / HEIGHT, abs=0.05)
    assert width == pytest.approx(40 / WIDTH, abs=0.05)
    assert height == pytest.approx(120 / HEIGHT, abs=0.07)


def test_a_person_at_the_far_end_of_a_room_is_seen() -> None:
    camera = Camera()
    camera.watch(room(), 10)
    assert camera.see(with_person(room(), 300, top=60, height=44, width=15)).fired


def test_somebody_who_stands_still_is_still_seen_after_two_minutes_and_leaves_no_ghost() -> None:
    camera = Camera()
    camera.watch(room(), 10)
    assert all(motion.fired for motion in camera.watch(with_person(room(), 300), 60))
    assert not any(motion.fired for motion in camera.watch(room(), 5))


def test_a_moved_table_becomes_background_after_some_minutes() -> None:
    camera = Camera()
    camera.watch(room(), 10)
    assert camera.watch(with_person(room(), 300), 160)[140].fired
    assert not any(motion.fired for motion in camera.watch(with_person(room(), 300), 5))
    assert camera.see(with_person(room(), 100)).fired


LIGHTS: dict[str, Callable[[Plane], Plane]] = {
    "half as bright": lambda picture: picture * 0.5,
    "much brighter": lambda picture: picture * 1.15 + 20,
    "a lamp at the left": lambda picture: picture * np.linspace(1.25, 0.5, WIDTH)[None, :],
    "sun through a window": lambda picture: picture * 0.8 + 40 * np.exp(-((np.arange(WIDTH) - 450.0) ** 2) / 2 / 200**2),
}


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS.keys())
def test_a_change_of_light_is_not_motion(light: Callable[[Plane], Plane]) -> None:
    camera = Camera()
    camera.watch(room(), 10)
    changed = camera.see(light(room()))
    assert changed.light_change
    assert not changed.fired
    assert not any(motion.fired for motion in camera.watch(light(room()), 10))
    assert camera.see(light(with_person(room(), 300))).fired


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS.keys())
def test_somebody_who_comes_in_with_the_light_is_seen(light: Callable[[Plane], Plane]) -> None:
    camera = Camera()
    camera.watch(room(), 10)
    motion = camera.see(light(with_person(room(), 300)))
    assert motion.fired
    assert motion.light_change


def test_daylight_that_fades_slowly_never_fires() -> None:
    camera = Camera()
    assert not any(camera.see(room() * (1 - 0.6 * look / 120)).fired for look in range(120))


def test_somebody_close_to_the_lens_is_motion_and_not_light() -> None:
    camera = Camera()
    camera.watch(room(), 10)
    motion = camera.see(with_person(room(), 120, top=0, height=HEIGHT, width=420))
    assert motion.fired
    assert motion.fraction > 0.3


def test_what_moves_under_the_mask_is_not_looked_at() -> None:
    camera = Camera()
    mask = np.ones((90, 160), np.bool_)
    mask[:, 60:100] = False
    for _ in range(10):
        camera.see(room(), mask)
    assert not camera.see(with_person(room(), 300), mask).fired
    assert camera.see(with_person(room(), 60), mask).fired


def test_another_size_of_picture_begins_anew() -> None:
    camera = Camera()
    camera.watch(room(), 10)
    assert not any(motion.fired for motion in camera.watch(room()[:300, :400], 3))


def test_the_first_pictures_do_not_fire() -> None:
    camera = Camera()
    camera.see(room())
    assert not camera.see(with_person(room(), 300)).fired


@pytest.mark.parametrize("wrong", [np.zeros((0, 0), np.uint8), np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.float32)])
def test_what_is_no_luma_picture_is_refused(wrong: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="luma"):
        BackgroundModel().look(wrong)


@pytest.mark.parametrize(
    ("size", "small"), [((1080, 1920), (180, 320)), ((1920, 1080), (320, 180)), ((90, 160), (90, 160)), ((1, 5000), (1, 320))]
)
def test_pictures_are_shrunk_by_their_long_side(size: tuple[int, int], small: tuple[int, int]) -> None:
    assert downscale(np.zeros(size, np.uint8)).shape == small
