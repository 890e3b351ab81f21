"""A picture of a screen or a print is hinted at, a photograph is not; and a hint alone decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from monitor.benchmarks.recaptures import photographed_print, photographed_screen
from monitor.demonstration.photographs import photograph
from monitor.models.rollcalls.rounds import CheckInState
from monitor.vision.faces.engines import Face, Picture, look_closely
from monitor.vision.faces.recapture import colour, detail, edges_around, hints, pattern
from monitor.words import words
from rollcall.verdicts.verdict import Findings, Opinion, judge
from tests.worlds.rendered_selfies import engine


def picture_of(name: str) -> tuple[Picture, Face]:
    picture = np.asarray(cv2.imread(str(photograph(name))), np.uint8)
    return picture, look_closely(engine(), picture)[0]


def said(picture: Picture) -> str:
    faces = look_closely(engine(), picture)
    return " | ".join(each.template for each in hints(picture, faces[0]))


@pytest.fixture(params=["astronaut", "hopper"])
def photo(request: pytest.FixtureRequest) -> Picture:
    return picture_of(request.param)[0]


def test_a_photograph_is_not_hinted_at(photo: Picture) -> None:
    assert said(photo) == ""


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("copied", "telling"), [(photographed_screen, "a screen is photographed"), (photographed_print, "screen or a print")]
)
def test_a_copy_is_hinted_at(
    photo: Picture, copied: Callable[[Picture, np.random.Generator], Picture], telling: str, seed: int
) -> None:
    assert telling in said(copied(photo, np.random.default_rng(seed)))


def test_each_hint_follows_what_it_measures() -> None:
    picture, face = picture_of("astronaut")
    stripes = np.indices(picture.shape[:2]).sum(axis=0) % 5 < 2
    striped = np.clip(picture.astype(np.int16) + np.where(stripes, 18, 0)[..., None], 0, 255).astype(np.uint8)
    assert pattern(striped, face) > 2 * pattern(picture, face)
    framed = picture.copy()
    cv2.rectangle(framed, (round(face.x) - 60, 4), (round(face.x + face.width) + 60, round(face.y + face.height) + 90), 0, 6)
    assert edges_around(framed, face) >= 3 > edges_around(picture, face)
    large = np.asarray(cv2.resize(picture, None, fx=2, fy=2), np.uint8)
    [twice, *_] = look_closely(engine(), large)
    soft = np.asarray(cv2.GaussianBlur(large, (0, 0), 4), np.uint8)
    assert detail(soft, twice) < detail(large, twice) / 2
    assert detail(picture, replace(face, width=100.0)) == float("inf")
    grey = np.asarray(cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR), np.uint8)
    assert abs(colour(grey, face)) <= 1 < colour(picture, face)


def test_a_face_at_the_edge_of_the_picture_or_as_good_as_outside_is_measured_too() -> None:
    picture = np.full((40, 30, 3), 127, np.uint8)
    for x, y, size in ((-50.0, -50.0, 20.0), (29.0, 39.0, 400.0), (0.0, 0.0, 1.0)):
        hints(picture, Face(x, y, size, size, 1.0, np.zeros((5, 2), np.float32)))


def test_a_hint_is_a_reason_for_a_person_and_never_a_verdict() -> None:
    hint = words("The face lacks fine detail, as on a print or a copy.")
    clear = Findings(True, (200.0,), Opinion("sface", "same", 0.7, 0.3), hints=(hint,))
    assert judge(clear) == judge(replace(clear, hints=()))
    assert judge(clear).state is CheckInState.VERIFIED
    unclear = replace(clear, first=Opinion("sface", "different", 0.1, -0.3))
    assert judge(unclear).reasons == (*judge(replace(unclear, hints=())).reasons, hint)
    assert judge(unclear).state is CheckInState.IN_REVIEW
    elsewhere = replace(clear, doubts=(words("The place is too far away."),))
    assert judge(elsewhere).reasons[0].template == "The place is too far away."
    assert judge(elsewhere).reasons[-1] == hint
