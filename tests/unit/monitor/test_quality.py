"""What is wrong with a picture of a face is told, on real photographs that are spoilt in one way each."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from monitor.demonstration.photographs import photograph
from monitor.vision.faces.count import count_faces
from monitor.vision.faces.engines import Face, FaceEngine, Picture, create_engine, look_closely
from monitor.vision.faces.quality import ADVICE, Flaw, assess, pose


@pytest.fixture(scope="module")
def engine() -> FaceEngine:
    return create_engine("sface")


@pytest.fixture(scope="module", params=["astronaut", "hopper"])
def photo(request: pytest.FixtureRequest, engine: FaceEngine) -> Picture:
    """A face about 200 pixels wide."""
    picture = cv2.imread(str(photograph(request.param)))
    assert picture is not None
    whole = np.asarray(picture, np.uint8)
    factor = 200 / look_closely(engine, whole)[0].width
    return np.asarray(cv2.resize(whole, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def masked(picture: Picture, face: Face, colour: tuple[int, int, int]) -> Picture:
    """The picture with a mask drawn from the nose to the chin."""
    right_eye, left_eye, nose, right_mouth, left_mouth = face.points
    across, mouth = left_eye - right_eye, (right_mouth + left_mouth) / 2
    down = mouth - nose
    upper = [nose - across * 0.85 - down * 0.1, nose - down * 0.35, nose + across * 0.85 - down * 0.1]
    lower = [mouth + across * 0.7 + down * 0.6, mouth + down * 1.6, mouth - across * 0.7 + down * 0.6]
    drawn = picture.copy()
    cv2.fillPoly(drawn, [np.array([*upper, *lower], np.int32)], colour)
    return drawn


def face_of(engine: FaceEngine, picture: Picture) -> Face:
    return look_closely(engine, picture)[0]


def beside_itself(_engine: FaceEngine, picture: Picture) -> Picture:
    return np.concatenate([picture, picture], axis=1)


def shone_on(engine: FaceEngine, picture: Picture) -> Picture:
    bright = picture.copy()
    for eye in face_of(engine, picture).points[:2]:
        cv2.circle(bright, (int(eye[0]), int(eye[1])), 14, (255, 255, 255), -1)
    return bright


def cut(engine: FaceEngine, picture: Picture) -> Picture:
    face = face_of(engine, picture)
    return np.ascontiguousarray(picture[:, int(face.x + 0.3 * face.width) :])


def turned(engine: FaceEngine, picture: Picture) -> Picture:
    """Tilted by forty degrees about the face."""
    face = face_of(engine, picture)
    around = cv2.getRotationMatrix2D((face.x + face.width / 2, face.y + face.height / 2), 40, 1)
    return np.asarray(cv2.warpAffine(picture, around, picture.shape[1::-1]), np.uint8)


SPOILT: dict[Flaw, Callable[[FaceEngine, Picture], object]] = {
    Flaw.NO_FACE: lambda _engine, picture: np.zeros_like(picture),
    Flaw.SEVERAL: beside_itself,
    Flaw.FAR: lambda _engine, picture: cv2.resize(picture, None, fx=0.3, fy=0.3, interpolation=cv2.INTER_AREA),
    Flaw.CUT_OFF: cut,
    Flaw.DARK: lambda _engine, picture: picture * 0.25,
    Flaw.BRIGHT: lambda _engine, picture: np.clip(picture * 2.5, 0, 255),
    Flaw.BLURRED: lambda _engine, picture: cv2.GaussianBlur(picture, (0, 0), 6),
    Flaw.TURNED: turned,
    Flaw.GLARE: shone_on,
}


def test_a_good_photograph_has_no_flaw(engine: FaceEngine, photo: Picture) -> None:
    found = assess(photo, look_closely(engine, photo))
    assert found.flaws == ()
    assert found.advice == ()
    assert found.width == pytest.approx(200, rel=0.15)


@pytest.mark.parametrize("flaw", SPOILT, ids=str)
def test_a_spoilt_one_says_how(engine: FaceEngine, photo: Picture, flaw: Flaw) -> None:
    spoilt = np.asarray(SPOILT[flaw](engine, photo)).astype(np.uint8)
    assert flaw in assess(spoilt, look_closely(engine, spoilt)).flaws


@pytest.mark.parametrize("colour", [(230, 200, 150), (250, 250, 250), (40, 40, 40), (120, 120, 200)], ids=str)
@pytest.mark.parametrize("light", [1.0, 0.6])
def test_a_mask_is_seen(engine: FaceEngine, photo: Picture, colour: tuple[int, int, int], light: float) -> None:
    covered = (masked(photo, face_of(engine, photo), colour) * light).astype(np.uint8)
    assert Flaw.MASKED in assess(covered, look_closely(engine, covered)).flaws


@pytest.mark.parametrize("change", [0.7, 1.2])
def test_some_light_more_or_less_is_no_flaw(engine: FaceEngine, photo: Picture, change: float) -> None:
    lit = np.clip(photo * change, 0, 255).astype(np.uint8)
    assert assess(lit, look_closely(engine, lit)).flaws == ()


def test_every_flaw_has_advice_and_people_in_the_background_do_not_count() -> None:
    assert set(ADVICE) == set(Flaw)
    assert count_faces([100, 34, 20]) == 1
    assert count_faces([100, 36]) == 2
    assert count_faces([]) == 0


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(0, 0), (10, 0), (5, 6), (2, 10), (8, 10)], (0, 0.6, 0)),
        ([(0, 0), (10, 0), (9, 6), (3, 10), (9, 10)], (0.4, 0.6, 0)),
        ([(0, 0), (0, 10), (-6, 5), (-10, 2), (-10, 8)], (0, 0.6, 90)),
    ],
    ids=["straight", "to the side", "tilted"],
)
def test_how_a_head_is_held(points: list[tuple[float, float]], expected: tuple[float, float, float]) -> None:
    face = Face(0, 0, 10, 10, 1.0, np.array(points, np.float32))
    assert pose(face) == pytest.approx(expected, abs=1e-6)
