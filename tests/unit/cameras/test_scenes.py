"""What the demonstration's scenes show, and the plain rules of its cameras."""

from __future__ import annotations

import base64
import hashlib
import pickle
from datetime import UTC, datetime, timedelta

import cv2
import numpy as np
import pytest

from cameras.demonstration.cameras import OfflineSchedule, standard_cameras
from cameras.demonstration.onvif.discovery import Announced, probe_match, read_probe
from cameras.demonstration.onvif.soap import Fault, TokenCheck, read
from cameras.demonstration.scenes.loops import SCENE_NAMES, CommonRoom, Corridor, frames, scene
from cameras.demonstration.streams.rtp import RtpSender, payloads, units
from monitor.demonstration.photographs import PhotographMissing, find

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECURITY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity"


@pytest.mark.parametrize("name", SCENE_NAMES)
def test_a_loop_ends_in_the_state_it_begins_with(name: str) -> None:
    shown = scene(name)
    assert shown.state(0.0) == shown.state(shown.seconds - 1e-9)
    picture = shown.draw(shown.state(0.0))
    assert picture.shape == (720, 1280, 3)
    assert picture.std() > 20


def test_a_resident_is_away_comes_in_stays_nearly_still_and_leaves() -> None:
    room = scene("room-astronaut")
    assert [room.state(second)[1] for second in (0, 5.9, 6.1, 30, 79, 80.1)] == [0, 0, 1, 1, 1, 0]
    still = np.array([room.state(12 + tenth / 10)[3:5] for tenth in range(80)])
    assert np.ptp(still, axis=0).max() <= 2  # pixels
    assert room.state(12)[5] > 3 * room.state(7.5)[5]  # comes nearer, so it grows


def test_somebody_passes_the_corridor_every_twenty_seconds() -> None:
    corridor = Corridor()
    busy = [bool(corridor.state(second)) for second in range(90)]
    starts = [second for second in range(1, 90) if busy[second] and not busy[second - 1]]
    assert len(starts) == 5
    assert max(np.diff([*starts, starts[0] + 90])) <= 24


def test_a_covered_lens_shows_a_dark_flat_picture() -> None:
    room = CommonRoom()
    assert [room.covered(second) for second in (24, 26, 49, 51)] == [False, True, True, False]
    luma = cv2.cvtColor(room.draw(room.state(30)), cv2.COLOR_BGR2GRAY)
    assert luma.mean() < 40
    assert luma.std() < 6


def test_frames_carry_noise_but_hardly_any_change_of_light() -> None:
    shown = frames(CommonRoom(), 4)
    first, second = next(shown).copy(), next(shown).copy()
    difference = np.abs(first[:720].astype(int) - second[:720])
    assert 0.3 < difference.mean() < 3
    assert first.shape == (1080, 1280)


def test_a_missing_photograph_is_named() -> None:
    with pytest.raises(PhotographMissing, match="no_such_package") as raised:
        find("no_such_package", "a.png")
    # The scenes are made in worker processes, so the error has to survive the way back.
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)


def test_the_standard_cameras_have_ports_and_names_of_their_own() -> None:
    cameras = standard_cameras(18000, "secret")
    assert {port for one in cameras for port in (one.http_port, one.rtsp_port)} == set(range(18000, 18012))
    assert {one.scene for one in cameras} == set(SCENE_NAMES)
    assert len({one.identity for one in cameras}) == len({one.name for one in cameras}) == 6


def test_an_offline_schedule_repeats() -> None:
    schedule = OfflineSchedule(every_s=150, from_s=30, to_s=55)
    assert [schedule.offline(second) for second in (0, 29.9, 30, 54.9, 55, 179, 181)] == [
        False,
        False,
        True,
        True,
        False,
        False,
        True,
    ]


def test_large_units_are_cut_and_can_be_put_together_again() -> None:
    large = b"\x65" + bytes(range(1, 200)) * 20
    parts = payloads(b"\0\0\0\1\x67abc\0\0\1\x68d\0\0\1" + large)
    assert parts[:2] == [b"\x67abc", b"\x68d"]
    assert all(len(part) <= 1400 for part in parts)
    fragments = parts[2:]
    assert [part[1] & 0xC0 for part in fragments] == [0x80, 0x00, 0x40]
    assert bytes([fragments[0][0] & 0xE0 | fragments[0][1] & 31]) + b"".join(part[2:] for part in fragments) == large
    assert list(units(b"\0\0\1\x67a\0\0\1\x68b")) == [b"\x67a", b"\x68b"]


def test_rtp_packets_count_on_and_the_last_of_a_frame_is_marked() -> None:
    sent = RtpSender(2).frame([b"one", b"two"], 1.0)
    first, second = sent[:19], sent[19:]
    assert (first[0:1], first[1], int.from_bytes(first[2:4])) == (b"$", 2, 15)
    assert (first[5], second[5]) == (96, 96 | 0x80)
    assert int.from_bytes(second[6:8]) - int.from_bytes(first[6:8]) in (1, -65535)


def _envelope(password: str, created: datetime, nonce: bytes = b"0123456789abcdef", name: str = "nurse") -> bytes:
    stamp = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    proof = base64.b64encode(hashlib.sha1(nonce + stamp.encode() + password.encode()).digest()).decode()
    return (
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header><w:Security xmlns:w="{SECURITY}-secext-1.0.xsd">'
        f'<w:UsernameToken><w:Username>{name}</w:Username><w:Password Type="x#PasswordDigest">{proof}</w:Password>'
        f'<w:Nonce>{base64.b64encode(nonce).decode()}</w:Nonce><u:Created xmlns:u="{SECURITY}-utility-1.0.xsd">{stamp}</u:Created>'
        "</w:UsernameToken></w:Security></s:Header><s:Body><GetScopes xmlns='x'/></s:Body></s:Envelope>"
    ).encode()


def test_a_token_is_taken_once() -> None:
    check = TokenCheck("nurse", "right", lambda: NOON)
    check.check(read(_envelope("right", NOON)).header)
    with pytest.raises(Fault):
        check.check(read(_envelope("right", NOON)).header)


@pytest.mark.parametrize(
    ("password", "late", "name"),
    [("wrong", 0, "nurse"), ("right", 301, "nurse"), ("right", -301, "nurse"), ("right", 0, "other")],
)
def test_a_wrong_password_name_or_time_is_refused(password: str, late: int, name: str) -> None:
    check = TokenCheck("nurse", "right", lambda: NOON)
    with pytest.raises(Fault, match="not authorized"):
        check.check(read(_envelope(password, NOON + timedelta(seconds=late), name=name)).header)


@pytest.mark.parametrize("text", [b"", b"<a/>", b"<!DOCTYPE a><a/>", b"\xff\xfe<\0a\0"])
def test_what_is_no_request_gets_a_fault(text: bytes) -> None:
    with pytest.raises(Fault):
        read(text)


def _probe(types: str = "", scopes: str = "") -> bytes:
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing">'
        '<s:Header><a:MessageID>urn:uuid:1</a:MessageID></s:Header><s:Body><d:Probe xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
        f"<d:Types>{types}</d:Types><d:Scopes>{scopes}</d:Scopes></d:Probe></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("types", "scopes", "found"),
    [
        ("", "", True),
        ("dn:NetworkVideoTransmitter", "", True),
        ("dn:NetworkVideoDisplay", "", False),
        ("tds:Device", "onvif://www.onvif.org/location/here", True),
        ("", "onvif://www.onvif.org/location", True),
        ("", "onvif://www.onvif.org/loc", False),
        ("", "onvif://www.onvif.org/location/elsewhere", False),
    ],
)
def test_a_probe_finds_cameras_by_type_and_scope(types: str, scopes: str, found: bool) -> None:
    probe = read_probe(_probe(types, scopes))
    assert probe is not None
    assert probe.matches(("onvif://www.onvif.org/name/A", "onvif://www.onvif.org/location/here")) is found


def test_a_probe_match_names_the_probe_and_is_no_probe_itself() -> None:
    probe = read_probe(_probe())
    assert probe is not None
    answer = probe_match(probe, Announced("urn:uuid:2", "http://127.0.0.1:1/x", ("a&b",)))
    assert b"<a:RelatesTo>urn:uuid:1</a:RelatesTo>" in answer
    assert read_probe(answer) is None
    assert read_probe(b"noise") is None
