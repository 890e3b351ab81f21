"""People in pictures: where they are looked for, how many they are, and what their places mean."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cameras.watching.decisions import FacesFound, Sight
from cameras.watching.faces import faces_in, moving_parts
from cameras.watching.people import People, PeopleLooker
from cameras.watching.sights import ExitWatch, alarms_of, closed_areas, sight_of_motion_in_closed, sights_of_people
from monitor.demonstration.photographs import photograph
from monitor.models.cameras.cameras import AreaKind, ObservationKind
from monitor.models.incidents import IncidentKind
from monitor.places.areas import Area
from monitor.vision.faces.engines import ModelMissing, YuNetSFace
from monitor.vision.people.detector import MOST_CROPS, PersonBox, PersonDetector, crops, one_each
from tests.worlds.small_zone import NOW

ZONE = "Asia/Ho_Chi_Minh"
SECOND = timedelta(seconds=1)
WIDTH, HEIGHT = 1280, 720


def astronaut_in_a_room(side: int, left: int, top: int) -> NDArray[np.uint8]:
    """A grey room with noise, and in it the photograph, so many pixels high."""
    picture = np.random.default_rng(1).normal(120, 6, (HEIGHT, WIDTH, 3)).clip(0, 255).astype(np.uint8)
    photo = cv2.imread(str(photograph("astronaut")))
    assert photo is not None
    picture[top : top + side, left : left + side] = cv2.resize(photo, (side, side), interpolation=cv2.INTER_AREA)
    return picture


@pytest.fixture(scope="module")
def looker() -> PeopleLooker:
    try:
        return PeopleLooker(PersonDetector())
    except ModelMissing:
        if os.environ.get("CI"):
            raise
        pytest.skip("the model that finds people is not installed: make setup")


@pytest.mark.parametrize("side", [120, 200, 400])
def test_a_person_is_found_around_what_moves_and_placed_in_the_picture(looker: PeopleLooker, side: int) -> None:
    left, top = 800, 250
    moving = [(left / WIDTH, top / HEIGHT, side / WIDTH, side / HEIGHT)]
    people = looker.look(astronaut_in_a_room(side, left, top), moving)
    assert people.count == 1
    x, y, w, h = people.rows[0]
    assert (x + w / 2) * WIDTH == pytest.approx(left + side * 0.5, abs=0.2 * side)
    assert (y + h) * HEIGHT == pytest.approx(top + side, abs=0.15 * side)
    # What is noted of them is stored as JSON.
    (sight,) = sights_of_people(people, FacesFound())
    json.dumps([sight.details, sight.confidence])


def test_in_an_empty_room_and_where_nothing_moves_there_is_nobody(looker: PeopleLooker) -> None:
    room = astronaut_in_a_room(200, 0, 0)
    assert looker.look(room, []).count == 0
    assert looker.look(room, [(0.5, 0.5, 0.2, 0.3)]).count == 0


@pytest.mark.parametrize("content", [b"", b"\x0a\x05hello", b"\xff" * 100, b"\x0a\x7f"])
def test_a_damaged_model_is_said_to_be_missing(tmp_path: Path, content: bytes) -> None:
    model = tmp_path / "model.pb"
    model.write_bytes(content)
    with pytest.raises(ModelMissing):
        PersonDetector(model)
    with pytest.raises(ModelMissing):
        PersonDetector(tmp_path / "none.pb")


_boxes = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)).map(
        lambda box: (box[0], box[1], min(box[2], 1 - box[0]), min(box[3], 1 - box[1]))
    ),
    max_size=8,
)


@given(_boxes, st.integers(16, 2000), st.integers(16, 2000))
def test_what_is_looked_at_lies_in_the_picture_and_is_little(boxes: list[Any], width: int, height: int) -> None:
    for parts, most in ((crops(boxes, width, height), MOST_CROPS), (moving_parts(boxes, width, height), 2)):
        assert len(parts) <= most
        for left, top, right, bottom in parts:
            assert 0 <= left <= right <= width
            assert 0 <= top <= bottom <= height
    assert bool(crops(boxes, width, height)) == bool(boxes)


def test_of_boxes_that_show_one_person_the_surest_stays() -> None:
    whole, head, other = (
        PersonBox(0.1, 0.1, 0.2, 0.6, 0.8),
        PersonBox(0.15, 0.1, 0.1, 0.2, 0.6),
        PersonBox(0.6, 0.1, 0.2, 0.6, 0.7),
    )
    shifted = PersonBox(0.12, 0.12, 0.2, 0.6, 0.9)
    assert one_each([whole, head, other, shifted]) == [shifted, other]


@pytest.mark.parametrize("side", [120, 300])
def test_a_face_is_found_around_the_moving_body_where_it_is_in_the_whole_picture(side: int) -> None:
    engine = YuNetSFace()
    picture = astronaut_in_a_room(side, 700, 300)
    # Of the body, only the lower half moves.
    moving = [(700 / WIDTH, (300 + side * 0.3) / HEIGHT, side / WIDTH, side * 0.7 / HEIGHT)]
    (face,), (whole,) = faces_in(engine, picture, moving), engine.detect(picture)
    for one, other in ((face.x, whole.x), (face.y, whole.y), (face.width, whole.width), (face.height, whole.height)):
        assert one == pytest.approx(other, abs=0.04 * side)
    assert face.points == pytest.approx(whole.points, abs=0.04 * side)
    # Enlarged, the points of a face of 20 pixels are found better: in the whole picture it is only 0.41 alike.
    photo = cv2.imread(str(photograph("astronaut")))
    assert photo is not None
    original = engine.embed(np.asarray(photo, np.uint8), engine.detect(np.asarray(photo, np.uint8))[0])
    assert engine.similarity(engine.embed(picture, face), original) > 0.7
    assert len(faces_in(engine, picture, [])) == 1
    assert faces_in(engine, picture, [(0.0, 0.0, 0.1, 0.1)]) == []


def people(*boxes: tuple[float, float, float, float]) -> People:
    return People(tuple(PersonBox(*box, 0.8) for box in boxes))


LEFT_BOX, RIGHT_BOX = (0.1, 0.2, 0.2, 0.5), (0.7, 0.2, 0.2, 0.5)


@pytest.mark.parametrize(
    ("seen", "faces", "number"),
    [
        (people(), FacesFound(), 0),
        (people(LEFT_BOX), FacesFound(), 1),
        (people(LEFT_BOX, RIGHT_BOX), FacesFound({7: 0.6}), 2),
        (people(LEFT_BOX), FacesFound({7: 0.6}, strangers=1), 2),
        (people(), FacesFound(strangers=3), 3),
    ],
)
def test_there_are_as_many_people_as_bodies_or_faces(seen: People, faces: FacesFound, number: int) -> None:
    sights = sights_of_people(seen, faces)
    assert [sight.details["people"] for sight in sights] == ([number] if number else [])
    assert all(sight.kind is ObservationKind.PERSON and sight.resident_id is None for sight in sights)


# The lower left quarter is closed, from 22:00 to 06:00 or always; NOW is ten in the morning.
CORNER = ((0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (0.0, 1.0))
NIGHT = ({"days": list(range(7)), "from": "22:00", "until": "06:00"},)
STORE, OTHER = Area(AreaKind.CLOSED, "store", CORNER), Area(AreaKind.IGNORE, "curtain", CORNER)


@pytest.mark.parametrize(
    ("case", "areas", "box", "of_people", "hours", "entered"),
    [
        ("feet inside", [STORE], LEFT_BOX, True, 0, ("store",)),
        ("feet outside", [STORE], RIGHT_BOX, True, 0, ()),
        ("head inside, feet beyond", [STORE], (0.1, 0.5, 0.2, 0.5), True, 0, ()),
        ("an arm that moves inside", [STORE], (0.1, 0.5, 0.2, 0.5), False, 0, ("store",)),
        ("open by day", [Area(AreaKind.CLOSED, "store", CORNER, NIGHT)], LEFT_BOX, True, 0, ()),
        ("closed by night", [Area(AreaKind.CLOSED, "store", CORNER, NIGHT)], LEFT_BOX, True, 13, ("store",)),
        ("not a closed area", [OTHER], LEFT_BOX, True, 0, ()),
        ("drawn in two parts", [STORE, STORE], LEFT_BOX, True, 0, ("store",)),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_closed_area_is_entered_by_feet_or_by_what_moves_while_it_is_closed(
    case: str, areas: list[Area], box: tuple[float, ...], of_people: bool, hours: int, entered: tuple[str, ...]
) -> None:
    assert closed_areas(areas, [box], NOW + timedelta(hours=hours), ZONE, people=of_people) == entered


def test_somebody_in_a_closed_area_is_told_by_every_kind_of_sight() -> None:
    (person,) = sights_of_people(people(LEFT_BOX), FacesFound(), ("store",))
    motion = Sight(ObservationKind.MOTION, details={"fraction": 0.1})
    assert sight_of_motion_in_closed(motion, ()) is motion
    for sight in (person, sight_of_motion_in_closed(motion, ("store",))):
        (alarm,) = alarms_of(sight, [STORE], "camera", NOW, ZONE)
        assert (alarm.kind, alarm.cause(3)) == (IncidentKind.CLOSED_AREA, "camera-3-closed_area-store")
        assert "store" in alarm.reason.say(str)


DOOR = Area(AreaKind.EXIT, "door", ((0.1, 0.5), (0.9, 0.5)))
NIGHT_DOOR = Area(AreaKind.EXIT, "door", DOOR.points, NIGHT)


def walk(watch: ExitWatch, *rows: float, begin: int = 0) -> list[Sight]:
    """Somebody whose feet are in these rows, a second apart."""
    sights = []
    for number, row in enumerate(rows, begin):
        sights += watch.look([(0.4, row - 0.3, 0.2, 0.3)], NOW + number * SECOND, float(number))
    return sights


def test_every_sight_of_a_crossing_carries_the_newest_in_and_out_of_each_line() -> None:
    watch = ExitWatch([DOOR, STORE], WIDTH / HEIGHT)
    (out,) = walk(watch, 0.4, 0.6)
    assert (out.kind, out.details["crossed"]) == (ObservationKind.CROSSING, [["door", "out"]])
    assert out.details["lines"] == {"door": {"out": (NOW + SECOND).isoformat()}}
    (back,) = walk(watch, 0.4, begin=2)
    assert back.details["crossed"] == [["door", "in"]]
    assert back.details["lines"] == {"door": {"out": (NOW + SECOND).isoformat(), "in": (NOW + 2 * SECOND).isoformat()}}
    assert out.details["lines"]["door"] == {"out": (NOW + SECOND).isoformat()}
    assert not ExitWatch([STORE], 1.8).watches


@pytest.mark.parametrize(
    ("area", "rows", "hours", "kinds"),
    [
        (DOOR, (0.4, 0.6), 0, [IncidentKind.EXIT_CROSSED]),
        (DOOR, (0.6, 0.4), 0, []),
        (NIGHT_DOOR, (0.4, 0.6), 0, []),
        (NIGHT_DOOR, (0.4, 0.6), 13, [IncidentKind.EXIT_CROSSED]),
    ],
)
def test_going_out_is_alarming_while_the_line_counts(
    area: Area, rows: tuple[float, ...], hours: int, kinds: list[IncidentKind]
) -> None:
    (sight,) = walk(ExitWatch([area], 1.8), *rows)
    alarms = alarms_of(sight, [area], "camera", NOW + timedelta(hours=hours), ZONE)
    assert [each.kind for each in alarms] == kinds
