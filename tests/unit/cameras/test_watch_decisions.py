"""What a watcher decides, by tables; and the small pure parts of reading cameras."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from cameras.errors import BadAddress
from cameras.onvif.discovery import read_matches
from cameras.profiles import Profile, at_host, choose, device_address
from cameras.streams.streams import place_of, with_credentials
from cameras.watching.decisions import (
    LONG_WAIT,
    SHORT_OUTAGE,
    SHORT_WAIT,
    WRONG_PASSWORD_WAIT,
    FacesFound,
    Sight,
    faces_due,
    incidents_of_state,
    is_offline,
    sights_of_faces,
    sights_of_picture,
    silent_sites,
    state_of,
    wait_before_retry,
    worth_noting,
)
from monitor.models.cameras.cameras import CameraState, ObservationKind
from monitor.models.incidents import IncidentKind
from monitor.vision.integrity.integrity import IntegrityState
from monitor.vision.motion.looks import Ask, MotionState

OK, COVERED, DARK = IntegrityState.OK, IntegrityState.COVERED, IntegrityState.DARK
STILL = MotionState(False, 0.0, 0.0, 0.0, (), False, Ask.NOTHING)
MOVING = MotionState(True, 0.0, 0.0, 0.02, ((0.1, 0.2, 0.3, 0.4),), False, Ask.NOTHING)


@pytest.mark.parametrize(
    ("packet_at", "picture_at", "was_offline", "offline"),
    [
        (100, 100, False, False),
        (90, 90, False, False),
        (88, 88, False, True),  # nothing for 12 s
        (100, 75, False, False),  # an encoder that rarely sends keyframes
        (100, 68, False, True),  # packets, but never a picture
        (100, 80, True, True),  # packets alone do not bring it back
        (100, 100, True, False),
    ],
)
def test_a_camera_is_offline_after_twelve_silent_seconds_and_back_with_a_picture(
    packet_at: float, picture_at: float, was_offline: bool, offline: bool
) -> None:
    assert is_offline(100, packet_at, picture_at, 12, was_offline=was_offline) is offline


@pytest.mark.parametrize(
    ("offline", "integrity", "state"),
    [
        (True, OK, CameraState.OFFLINE),
        (True, None, CameraState.OFFLINE),
        (False, None, None),
        (False, OK, CameraState.ONLINE),
        (False, COVERED, CameraState.COVERED),
        (False, DARK, CameraState.DARK),
    ],
)
def test_the_state_follows_from_silence_then_from_the_picture(
    offline: bool, integrity: IntegrityState | None, state: CameraState | None
) -> None:
    assert state_of(offline, integrity) is state


TOLD = {
    CameraState.OFFLINE: IncidentKind.CAMERA_OFFLINE,
    CameraState.COVERED: IncidentKind.CAMERA_COVERED,
    CameraState.MOVED: IncidentKind.CAMERA_MOVED,
    CameraState.DEFOCUSED: IncidentKind.CAMERA_DEFOCUSED,
    CameraState.FROZEN: IncidentKind.CAMERA_FROZEN,
    CameraState.REPLAYED: IncidentKind.CAMERA_REPLAYED,
}


@pytest.mark.parametrize("state", [state for state in CameraState if state is not CameraState.NEW])
def test_a_state_opens_its_own_incident_and_ends_all_others(state: CameraState) -> None:
    opens, ends = incidents_of_state(state)
    assert opens is TOLD.get(state)
    # What a camera without pictures would show is not known, so nothing of it has ended.
    assert set(ends) == (set() if state is CameraState.OFFLINE else set(TOLD.values()) - {opens})


@pytest.mark.parametrize("integrity", list(IntegrityState))
def test_every_integrity_is_a_state_of_the_camera(integrity: IntegrityState) -> None:
    state = state_of(False, integrity)
    assert state is (CameraState.ONLINE if integrity is OK else CameraState(str(integrity)))


@pytest.mark.parametrize(
    ("silent", "known", "sites"),
    [
        ({1: 0, 2: 5, 3: 20, 4: 29}, set(), {1}),
        ({1: 0, 2: 5, 3: 20, 4: 31}, set(), set()),  # one after the other: each has its own reason
        ({1: 0, 2: 5, 3: 20, 4: 300}, {1}, {1}),  # what was one outage stays one while it lasts
        ({1: 0, 2: 5, 3: 20}, {1}, set()),  # most are back
        ({1: -900, 2: 5, 3: 6, 4: 7, 5: 8}, set(), {1}),  # one was broken before
        ({9: 0, 10: 0, 11: 0}, set(), set()),  # three cameras are all of the other zone, and too few to tell
    ],
)
def test_cameras_that_fall_silent_together_are_one_outage_of_their_site(
    silent: dict[int, float], known: set[int], sites: set[int]
) -> None:
    assert silent_sites(silent, {1: [1, 2, 3, 4, 5, 6, 7, 8], 2: [9, 10, 11]}, known) == sites


@pytest.mark.parametrize(
    ("failures", "outage", "wait"),
    [
        (1, 0, 1),
        (2, 1, 2),
        (3, 3, 4),
        (4, 7, 8),
        (5, 15, SHORT_WAIT),
        (10**9, 60, SHORT_WAIT),
        (5, SHORT_OUTAGE, 16),
        (10**9, 1e6, LONG_WAIT),
    ],
)
def test_waits_double_up_to_a_limit_that_grows_with_the_outage(failures: int, outage: float, wait: float) -> None:
    assert wait_before_retry(failures, outage, 1.0) == wait
    assert wait_before_retry(failures, outage, 0.0) == 0.75 * wait


def test_a_wrong_password_is_not_tried_often_enough_to_lock_the_account() -> None:
    assert wait_before_retry(1, 0, 0.5, wrong_password=True) == WRONG_PASSWORD_WAIT


@pytest.mark.parametrize(
    ("now", "looked_at", "moving", "integrity", "due"),
    [
        (0, None, False, OK, True),
        (0, None, False, COVERED, False),
        (29, 0, False, OK, False),
        (30, 0, False, OK, True),
        (4, 0, True, OK, False),
        (5, 0, True, OK, True),
        (500, 0, True, DARK, False),
    ],
)
def test_faces_are_looked_for_at_first_on_motion_and_on_schedule(
    now: float, looked_at: float | None, moving: bool, integrity: IntegrityState, due: bool
) -> None:
    assert faces_due(now, looked_at, moving, integrity, 30) is due


@pytest.mark.parametrize(
    ("found", "after"),
    [(FacesFound({7: 0.6}), 15), (FacesFound(matched=False), 15), (FacesFound(), 5), (FacesFound(strangers=1), 5)],
)
def test_while_something_moves_faces_are_looked_for_until_the_resident_is_recognised(found: FacesFound, after: float) -> None:
    assert not faces_due(after - 1, 0, True, OK, 30, found)
    assert faces_due(after, 0, True, OK, 30, found)


@pytest.mark.parametrize(
    ("integrity", "state", "kinds"),
    [
        (OK, None, []),
        (OK, STILL, []),
        (OK, MOVING, [(ObservationKind.MOTION, 0.9)]),
        (COVERED, MOVING, [(ObservationKind.TAMPER, 1.0)]),
        (DARK, None, [(ObservationKind.TAMPER, 1.0)]),
    ],
)
def test_a_picture_shows_motion_or_that_it_is_worth_nothing(
    integrity: IntegrityState, state: MotionState | None, kinds: list[tuple[ObservationKind, float]]
) -> None:
    assert [(sight.kind, sight.confidence) for sight in sights_of_picture(integrity, state)] == kinds


def sight_of(integrity: IntegrityState) -> Sight:
    (sight,) = sights_of_picture(integrity, MOVING)
    return sight


@pytest.mark.parametrize(
    ("shown", "noted", "ago_s", "started", "worth"),
    [
        (OK, None, 0.0, False, True),
        (OK, OK, 1.0, False, False),
        (OK, OK, 1.0, True, True),
        (OK, OK, 4.0, False, True),
        # Whoever covers a lens moved just before, and may uncover it soon.
        (COVERED, OK, 1.0, False, True),
        (COVERED, COVERED, 1.0, False, False),
        (DARK, COVERED, 1.0, False, True),
        (OK, COVERED, 1.0, False, True),
    ],
)
def test_what_is_new_is_noted_at_once_and_what_goes_on_now_and_then(
    shown: IntegrityState, noted: IntegrityState | None, ago_s: float, started: bool, worth: bool
) -> None:
    before = None if noted is None else sight_of(noted)
    assert worth_noting(sight_of(shown), before, ago_s, started=started) is worth


def test_motion_is_kept_with_where_it_was() -> None:
    (sight,) = sights_of_picture(OK, MOVING)
    assert sight.details == {"fraction": 0.02, "boxes": [[0.1, 0.2, 0.3, 0.4]]}


@pytest.mark.parametrize(
    ("found", "moving", "sights"),
    [
        (FacesFound(), False, [Sight(ObservationKind.NOBODY)]),
        (FacesFound(), True, []),
        (FacesFound({7: 0.61}), False, [Sight(ObservationKind.FACE, 7, 0.61)]),
        (FacesFound(strangers=2), True, [Sight(ObservationKind.FACE, details={"strangers": 2})]),
        (
            FacesFound({9: 0.5, 7: 0.7}, 1, 1),
            True,
            [
                Sight(ObservationKind.FACE, 7, 0.7),
                Sight(ObservationKind.FACE, 9, 0.5),
                Sight(ObservationKind.FACE, details={"strangers": 1, "doubtful": 1}),
            ],
        ),
    ],
)
def test_faces_are_residents_or_counted_strangers_and_nobody_needs_stillness(
    found: FacesFound, moving: bool, sights: list[Sight]
) -> None:
    assert sights_of_faces(found, moving) == sights


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("192.168.1.20", "http://192.168.1.20/onvif/device_service"),
        (" camera.local:8080 ", "http://camera.local:8080/onvif/device_service"),
        ("https://10.0.0.1/", "https://10.0.0.1/onvif/device_service"),
        ("http://10.0.0.1:80/own/path", "http://10.0.0.1:80/own/path"),
        ("fe80::1", "http://[fe80::1]/onvif/device_service"),
        ("[::1]:81", "http://[::1]:81/onvif/device_service"),
    ],
)
def test_addresses_are_taken_as_people_type_them(typed: str, address: str) -> None:
    assert device_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "a b",
        "ftp://10.0.0.1",
        "http://",
        "10.0.0.1:0",
        "10.0.0.1:99999",
        "http://me:secret@10.0.0.1",
        "a:b:c",
        "file:///etc",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_a_password(typed: str) -> None:
    with pytest.raises(BadAddress) as caught:
        device_address(typed)
    assert "secret" not in str(caught.value)


def profile(width: int, height: int, codec: str = "H264", uri: str = "rtsp://camera/1") -> Profile:
    return Profile(f"{codec}-{width}", "", codec, width, height, 10.0, uri)


@pytest.mark.parametrize(
    ("offered", "sub", "main"),
    [
        ([profile(1920, 1080), profile(640, 360), profile(320, 180)], 640, 1920),
        ([profile(352, 288), profile(320, 180)], 352, 352),
        ([profile(1280, 720)], 1280, 1280),
        ([profile(3840, 2160, "H265"), profile(1280, 720), profile(640, 480, uri="")], 1280, 1280),
    ],
)
def test_motion_takes_the_smallest_sufficient_encoding_and_faces_the_largest(
    offered: list[Profile], sub: int, main: int
) -> None:
    for order in itertools.permutations(offered):
        chosen = choose(order)
        assert chosen is not None
        assert (chosen[0].width, chosen[1].width) == (sub, main)


def test_encodings_that_are_alike_give_the_same_choice_in_whatever_order_they_are_told() -> None:
    alike = [replace(profile(1920, 1080), token=token) for token in ("b", "a", "c")]
    chosen = {choose(order) for order in itertools.permutations(alike)}
    assert chosen == {(alike[1], alike[1])}


def test_a_camera_without_h264_is_watched_by_what_it_has_and_one_without_video_not_at_all() -> None:
    chosen = choose([profile(1920, 1080, "H265"), profile(640, 360, "JPEG")])
    assert chosen is not None
    assert choose([profile(640, 360, "MPEG4")]) is None


def test_an_address_behind_nat_becomes_the_one_that_was_asked() -> None:
    assert at_host("rtsp://u:p@192.168.0.9:554/s?x=1", "http://vpn.example:8001/onvif") == "rtsp://vpn.example:554/s?x=1"
    assert at_host("http://192.168.0.9/m", "http://vpn.example:8001/d", port=True) == "http://vpn.example:8001/m"


def test_a_login_is_percent_encoded_and_never_part_of_a_place() -> None:
    url = with_credentials("rtsp://old:one@camera:554/s", "a@b", "p:/@?#")
    assert url == "rtsp://a%40b:p%3A%2F%40%3F%23@camera:554/s"
    assert place_of(url) == "camera:554"


@pytest.mark.parametrize("datagram", [b"", b"\0\xff", b"<a/>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<" * 60_000])
def test_garbage_on_the_discovery_port_is_no_camera(datagram: bytes) -> None:
    assert read_matches(datagram, "urn:uuid:1", "10.0.0.9") == []


def test_an_answer_to_another_question_is_not_taken() -> None:
    answer = (
        b'<e xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
        b"<a:RelatesTo>urn:uuid:1</a:RelatesTo><d:ProbeMatch><d:Scopes>onvif://www.onvif.org/name/Front%20door</d:Scopes>"
        b"<d:XAddrs>http://[fe80::1]/x http://10.0.0.9/x</d:XAddrs></d:ProbeMatch></e>"
    )
    assert read_matches(answer, "urn:uuid:2", "10.0.0.9") == []
    found: Any = read_matches(answer, "urn:uuid:1", "10.0.0.9")[0]
    assert (found.address, found.name) == ("http://10.0.0.9/x", "Front door")
