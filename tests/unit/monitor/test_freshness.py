"""New pictures, one that stands still, and a sequence that was shown before are told apart by their noise."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.vision.integrity.freshness import (
    BITS,
    REMEMBERED,
    FreshnessJudge,
    History,
    Verdict,
    compare,
    noise_bits,
    sample,
    stands_still,
)
from monitor.vision.motion.background import Luma
from monitor.vision.motion.noise import Noise, NoiseModel, likeness

NEW, FROZEN, REPLAYED = Verdict.NEW, Verdict.FROZEN, Verdict.REPLAYED
HEIGHT, WIDTH = 360, 640
random = np.random.default_rng(7)
PLANE = random.normal(0, 1, (3 * HEIGHT, 3 * WIDTH)).astype(np.float32)
BEGINNING = random.bit_generator.state


@pytest.fixture(autouse=True)
def _the_same_pictures_whatever_ran_before() -> None:
    random.bit_generator.state = BEGINNING


def room(noise: float = 3.0, light: float = 1.0) -> Luma:
    """A room with noise of its own."""
    picture = np.full((HEIGHT, WIDTH), 150.0, np.float32)
    picture[240:] = 110
    picture[60:200, 80:240:20] = 60
    picture[180:300, 400:560] = 70
    top, left = random.integers(0, 2 * HEIGHT), random.integers(0, 2 * WIDTH)
    part = PLANE[top : top + HEIGHT, left : left + WIDTH] * random.choice([-1, 1])
    return np.asarray(np.clip(picture * light + noise * part, 0, 255), np.uint8)


def squeezed(picture: Luma, quality: int) -> Luma:
    """As an encoder of that quality (1 to 100) shows it."""
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def see(judge: FreshnessJudge, pictures: Iterable[Luma], *, since: float = 0.0, step: float = 2.0) -> list[Verdict]:
    return [judge.look(picture, since + step * number).verdict for number, picture in enumerate(pictures)]


@pytest.mark.parametrize("noise", [0.7, 2.0, 6.0])
@pytest.mark.parametrize("quality", [30, 60, 90])
def test_a_quiet_room_is_new_for_as_long_as_its_noise_is(noise: float, quality: int) -> None:
    assert set(see(FreshnessJudge(), (squeezed(room(noise), quality) for _ in range(80)))) == {NEW}


@pytest.mark.parametrize("noise", [1.5, 3.0, 6.0])
def test_a_picture_that_is_encoded_again_and_again_a_little_finer_stands_still(noise: float) -> None:
    judge = FreshnessJudge()
    see(judge, (squeezed(room(noise), 90) for _ in range(15)))
    held = room(noise)
    seen = see(judge, (squeezed(held, quality) for quality in (90, 91, 92, 93, 94, 94, 94)), since=30)
    assert seen == [NEW, NEW, NEW, FROZEN, FROZEN, FROZEN, FROZEN]
    assert see(judge, [squeezed(room(noise), 90)], since=44) == [NEW]


@pytest.mark.parametrize(("before", "after"), [(6.0, 1.0), (1.0, 6.0), (3.0, 0.3)])
@pytest.mark.parametrize("light", [0.7, 0.95, 1.0, 1.3])
def test_noise_that_grows_or_falls_with_the_light_is_still_new(before: float, after: float, light: float) -> None:
    pictures = itertools.chain((room(before) for _ in range(15)), (room(after, light) for _ in range(40)))
    assert set(see(FreshnessJudge(), pictures)) == {NEW}


def test_somebody_who_comes_and_stays_while_the_noise_falls_is_new() -> None:
    def pictures() -> Iterable[Luma]:
        for number in range(60):
            picture = room(4.0 if number < 20 else 1.0)
            if number >= 20:
                picture[100:, 250:390] = room(1.0)[100:, 60:200]
            yield picture

    assert set(see(FreshnessJudge(), pictures())) == {NEW}


def test_a_frozen_picture_begins_with_its_first_showing() -> None:
    judge = FreshnessJudge()
    see(judge, (room() for _ in range(3)))
    held = room()
    found = [judge.look(held, 6.0 + 2 * number) for number in range(5)]
    assert [each.verdict for each in found] == [NEW, NEW, NEW, FROZEN, FROZEN]
    assert found[-1].since == 6.0


def test_the_same_packet_is_the_same_picture_and_keyframes_in_quick_succession_need_some_seconds() -> None:
    judge = FreshnessJudge()
    assert [judge.look(room(), 2.0 * number, b"same").verdict for number in range(5)] == [NEW, NEW, NEW, FROZEN, FROZEN]
    held, judge = room(), FreshnessJudge()
    seen = see(judge, [held] * 20, step=0.5)
    assert seen.index(FROZEN) == 8


def test_a_running_clock_does_not_hide_a_picture_that_stands_still_and_movement_elsewhere_is_new() -> None:
    held, box = room(), (0.0, 0.0, 0.3, 0.1)
    for top, verdict in ((5, FROZEN), (100, NEW)):
        judge, verdicts = FreshnessJudge(), []
        for number in range(8):
            picture = held.copy()
            picture[top : top + 20, 40:60] = 255 * (number % 2)
            verdicts.append(judge.look(picture, 2.0 * number, clocks=(box,)).verdict)
        assert verdicts[3] is verdict


@pytest.mark.parametrize("length", [3, 5, 40])
@pytest.mark.parametrize("quality", [(100, 100), (70, 70)], ids=["as it was", "encoded"])
def test_a_sequence_that_comes_again_is_found_at_its_fourth_picture(length: int, quality: tuple[int, int]) -> None:
    judge, first = FreshnessJudge(), [room() for _ in range(length)]
    see(judge, (room() for _ in range(10)))
    assert set(see(judge, (squeezed(squeezed(each, 95), quality[0]) for each in first), since=20)) == {NEW}
    again = [squeezed(squeezed(each, 95), quality[1]) for each in itertools.islice(itertools.cycle(first), 12)]
    since = 20 + 2.0 * length
    found = [judge.look(each, since + 2 * number) for number, each in enumerate(again)]
    told = [each.verdict for each in found].index(REPLAYED)
    assert told <= 3
    assert {each.verdict for each in found[3 if length > 3 else 4 :]} == {REPLAYED}
    assert since <= found[told].since <= since + 2
    # The first picture after it differs from a picture of the loop, as the loop's next one did: half of that is the same.
    assert see(judge, [room(), room()], since=2000)[-1] is NEW


def test_a_sequence_in_another_order_is_new() -> None:
    first, judge = [room() for _ in range(12)], FreshnessJudge()
    see(judge, first)
    assert set(see(judge, first[::-1], since=24)) == {NEW}


def test_a_lamp_that_flashes_is_no_loop() -> None:
    def pictures() -> Iterable[Luma]:
        for number in range(60):
            picture = room(1.5, 1.0 if number % 3 else 0.8)
            picture[20:60, 500:620] = 250 if number % 2 else 20
            yield picture

    assert set(see(FreshnessJudge(), pictures())) == {NEW}


@pytest.mark.parametrize(
    ("difference", "usual", "noise", "still"),
    [
        (0.5, 2.0, Noise(0.8, grown=False), True),
        (1.9, 2.0, Noise(0.8, grown=False), False),  # something new, under new noise
        (0.5, 2.0, Noise(0.3, grown=False), False),  # less noise
        (0.5, 2.0, Noise(0.8, grown=True), False),  # another light
        (0.1, 0.4, Noise(0.8, grown=False), False),  # hardly any noise to know it by
        (0.5, None, Noise(0.8, grown=False), False),
        (0.5, 2.0, None, False),
    ],
)
def test_a_pair_is_one_picture_when_its_noise_is(
    difference: float, usual: float | None, noise: Noise | None, still: bool
) -> None:
    assert stands_still(difference, usual, noise) is still


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 400), st.integers(1, 700), st.integers(0, 255))
def test_any_size_of_picture_has_a_sample_that_is_itself(height: int, width: int, level: int) -> None:
    picture = np.full((height, width), level, np.uint8)
    seen = sample(picture)
    assert 0 < max(seen.shape) <= 128
    assert compare(seen, seen) == (0.0, True)
    assert compare(seen, seen, np.zeros(seen.shape, np.bool_)) == (0.0, True)
    judge = FreshnessJudge()
    assert see(judge, [picture] * 4)[-1] is FROZEN


@settings(max_examples=25, deadline=None)
@given(st.floats(0.8, 8), st.integers(-20, 20))
def test_the_bits_of_the_noise_are_those_of_the_same_noise_only(noise: float, light: int) -> None:
    first, second, third = (sample(room(noise)) for _ in range(3))
    bits, other = noise_bits(first, second), noise_bits(third, second)
    assert bits is not None
    assert other is not None
    brighter = np.clip(second.astype(np.int16) + light, 0, 255).astype(np.uint8)
    lit = noise_bits(first, brighter)
    assert lit is not None
    assert int(np.bitwise_count(bits ^ lit).sum()) < BITS // 8
    # Both contain the second picture's noise: half of their noise is the same.
    assert BITS // 8 < int(np.bitwise_count(bits ^ other).sum()) < BITS * 5 // 8


def test_pictures_that_hardly_differ_have_no_bits() -> None:
    assert noise_bits(sample(room(0)), sample(room(0))) is None


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(0, 200))
def test_a_run_counts_how_many_came_before_in_the_same_order(length: int, before: int) -> None:
    history = History()
    for number in range(before):
        history.add(10_000 + number, None)
    runs = [history.add(1 + number % length, None) for number in range(3 * length)]
    assert runs[:length] == [0] * length
    assert runs[length : 2 * length] == list(range(1, length + 1))


def test_what_is_longer_ago_than_the_memory_is_forgotten_and_what_is_not_is_found() -> None:
    for length, found in ((REMEMBERED - 5, True), (REMEMBERED + 5, False)):
        history = History()
        runs = [history.add(1 + number % length, None) for number in range(length + 4)]
        assert (runs[-1] == 4) is found


@settings(max_examples=25, deadline=None)
@given(st.floats(0, 1), st.floats(0.5, 20))
def test_the_likeness_of_noise_is_its_correlation_whatever_its_strength(share: float, strength: float) -> None:
    one, other = (np.ascontiguousarray(PLANE[at : at + 72, :128]) for at in (0, 300))
    mixed = np.float32(strength) * (np.float32(share) * one + np.float32(np.sqrt(1 - share**2)) * other)
    assert likeness(one, mixed) == pytest.approx(share, abs=0.1)
    # What is the same in a third of the picture only counts in that third.
    other[:, :40] = 50
    mixed[:, :40] = 50
    assert likeness(other, mixed) < 0.1 + np.sqrt(1 - share**2) + 0.1


def test_a_noise_model_knows_nothing_before_its_fifth_picture_and_forgets_on_demand() -> None:
    model = NoiseModel()
    for number in range(8):
        picture = sample(room()).astype(np.float32)
        assert (model.look(picture) is None) is (number < 5)
        model.learn(picture, anew=False)
    model.learn(sample(room()).astype(np.float32), anew=True)
    assert model.look(sample(room()).astype(np.float32)) is None
