"""Error rates of a face engine: right for scores that were made up so that the truth is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from monitor.vision.faces.accuracy import (
    area_under_roc,
    compare_all,
    compare_both,
    curve,
    edges,
    enough_for,
    fmr_at,
    fnmr_at,
    threshold_for_fmr,
    threshold_for_fnmr,
    wilson,
)


def made_up(people: int, photos: int, spread: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of people who differ, with photos that differ a little."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(people, 16))
    vectors = np.repeat(centres, photos, axis=0) + random.normal(scale=spread, size=(people * photos, 16))
    return vectors.astype(np.float32), np.repeat(np.arange(people), photos)


@pytest.mark.parametrize("scale", ["cosine", "one minus distance"])
def test_every_photo_is_compared_with_every_other_once(scale: str) -> None:
    vectors, people = made_up(6, 4, 0.8)
    if scale != "cosine":
        vectors = vectors * 0.1
    scores = compare_all(vectors, people, scale, 0.2, block=5)
    assert scores.genuine_pairs == 6 * 6
    assert scores.impostor_pairs == 24 * 23 // 2 - 36
    expected = []
    for one in range(24):
        for other in range(one + 1, 24):
            a, b = vectors[one].astype(float), vectors[other].astype(float)
            if scale == "cosine":
                value = float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
            else:
                value = 1 - float(np.linalg.norm(a - b))
            expected.append((value, people[one] == people[other]))
    genuine = np.array([value for value, same in expected if same])
    impostor = np.array([value for value, same in expected if not same])
    assert np.allclose(np.sort(scores.genuine_scores), np.sort(genuine))
    for threshold in (0.25, 0.5, 0.75):
        assert fnmr_at(scores, threshold).value == pytest.approx((genuine < threshold).mean())
        assert fmr_at(scores, threshold).value == pytest.approx((impostor >= threshold).mean())
    ranks = (genuine[:, None] > impostor[None, :]).mean() + (genuine[:, None] == impostor[None, :]).mean() / 2
    assert area_under_roc(scores) == pytest.approx(ranks, abs=1e-3)
    fmr, fnmr = curve(scores)
    assert (np.diff(fmr) <= 0).all()
    assert (np.diff(fnmr) >= 0).all()
    assert (fmr[0], fmr[-1], fnmr[0], fnmr[-1]) == (1.0, 0.0, 0.0, 1.0)
    assert len(edges()) == len(fmr)


def test_thresholds_keep_what_they_promise() -> None:
    vectors, people = made_up(40, 4, 0.9)
    scores = compare_all(vectors, people, "cosine", -1.0)
    for wanted in (0.1, 0.01, 0.001):
        threshold = threshold_for_fmr(scores, wanted)
        assert fmr_at(scores, threshold).value <= wanted
        assert fmr_at(scores, threshold - 2e-4).value >= wanted - 1e-3
    assert fnmr_at(scores, threshold_for_fnmr(scores, 0.05)).value <= 0.05
    # Of 40·4·39·4/2 = 12,480 impostor pairs a share of one in ten thousand cannot be told.
    assert enough_for(scores, 1e-3)
    assert not enough_for(scores, 1e-4)


def test_the_interval_holds_the_true_share_and_is_honest_about_few() -> None:
    held = 0
    truth = compare_all(*made_up(400, 3, 0.9, seed=99), "cosine", 0.5)
    true_fnmr, true_fmr = fnmr_at(truth, 0.5).value, fmr_at(truth, 0.5).value
    for seed in range(40):
        scores = compare_all(*made_up(30, 3, 0.9, seed=seed), "cosine", 0.5)
        missed, matched = fnmr_at(scores, 0.5), fmr_at(scores, 0.5)
        held += missed.low <= true_fnmr <= missed.high
        held += matched.low <= true_fmr <= matched.high
    assert held >= 70, held
    two = compare_all(*made_up(2, 2, 0.01), "cosine", 0.0)
    none_wrong = fnmr_at(two, 0.1)
    assert none_wrong.value == 0
    assert none_wrong.high > 0.5


def test_bad_questions_are_refused_and_empty_ones_have_no_answer() -> None:
    scores = compare_all(*made_up(3, 1, 0.1), "cosine", 0.3)
    assert math.isnan(fnmr_at(scores, 0.5).value)
    assert math.isnan(area_under_roc(scores))
    with pytest.raises(ValueError, match="only counted"):
        fmr_at(scores, 0.2)


def test_wilson() -> None:
    # 10 of 100: as tabulated.
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)


def test_two_engines_are_counted_pair_by_pair() -> None:
    one, people = made_up(6, 4, 0.8)
    other, _people = made_up(6, 4, 0.5, seed=2)
    other *= 0.1
    both = compare_both((one, "cosine"), (other, "one minus distance"), people, block=5)
    for vectors, scale, middles, axis in ((one, "cosine", both.first, 1), (other, "one minus distance", both.second, 0)):
        alone = compare_all(vectors, people, scale, 0.0)
        assert (both.genuine.sum(), both.impostor.sum()) == (alone.genuine_pairs, alone.impostor_pairs)
        for counts, fine in ((both.genuine, alone.genuine), (both.impostor, alone.impostor)):
            # Cells are coarser than the steps of one engine alone.
            assert counts.sum(axis=axis).tolist() == fine.reshape(len(middles), -1).sum(axis=1).tolist()
    # Pair by pair: the joint count is that of both scores of the same two photos.
    pairs = [(a, b) for a in range(24) for b in range(a + 1, 24)]
    sure = [float(one[a] @ one[b] / np.linalg.norm(one[a]) / np.linalg.norm(one[b])) >= 0.5 for a, b in pairs]
    near = [1 - float(np.linalg.norm(other[a] - other[b])) >= 0.5 for a, b in pairs]
    wanted = sum(x and y for x, y in zip(sure, near, strict=True))
    cells = (both.first >= 0.5) & (both.second >= 0.5)
    assert both.genuine[cells].sum() + both.impostor[cells].sum() == wanted
