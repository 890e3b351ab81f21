"""What is said about a camera, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cameras.adding.diagnosis import diagnose
from cameras.errors import not_a_camera, unreachable, wrong_password
from cameras.profiles import Probed, Profile

MAIN = Profile("main", "main", "H264", 1920, 1080, 20.0, "rtsp://camera/main", 40, 2000)
SUB = Profile("sub", "sub", "H264", 640, 360, 8.0, "rtsp://camera/sub", 16, 300)
SOUND = Probed("http://camera/onvif/device_service", "Odd", "O", "1", "7", 0.0, (MAIN, SUB), events=True)


def with_sub(**values: object) -> Probed:
    return replace(SOUND, profiles=(MAIN, replace(SUB, **values)))


def with_all(**values: object) -> Probed:
    return replace(SOUND, profiles=(replace(MAIN, **values), replace(SUB, **values)))


@pytest.mark.parametrize(
    ("probed", "said"),
    [
        (SOUND, []),
        (replace(SOUND, clock_offset_s=4.9), []),
        (replace(SOUND, clock_offset_s=3600.0), ["clock is wrong by +1:00:00"]),
        (replace(SOUND, clock_offset_s=-65.4), ["clock is wrong by -0:01:05"]),
        (replace(SOUND, named_host="192.168.1.64"), ["says its address is 192.168.1.64, but we reach it at camera"]),
        (replace(SOUND, digest=True), ["HTTP Digest"]),
        (replace(SOUND, profiles=()), ["no video that can be watched"]),
        (with_all(codec="MPEG4"), ["no video that can be watched"]),
        (with_all(uri=""), ["no video that can be watched"]),
        (with_all(codec="H265"), []),
        (with_all(codec="JPEG", keyframe_interval=0), ["Motion JPEG only"]),
        (with_sub(keyframe_interval=32), []),
        (with_sub(keyframe_interval=33), ["sub sends a complete picture only every 4 s"]),
        (with_sub(keyframe_interval=80), ["every 10 s"]),
        (with_sub(keyframe_interval=0), []),
        (with_sub(fps=0.0), []),
        (with_sub(width=1280, height=720), []),
        (replace(SOUND, profiles=(MAIN,)), ["smallest usable one is 1920×1080"]),
        (with_sub(width=320, height=180), ["smallest usable one is 1920×1080"]),
        (with_all(width=352, height=288), ["largest stream is only 352×288"]),
        (
            replace(SOUND, clock_offset_s=-9.0, named_host="10.0.0.2", digest=True, profiles=(replace(MAIN, keyframe_interval=200),)),
            ["clock", "every 10 s", "smallest", "says its address", "Digest"],
        ),
    ],
)  # fmt: skip
def test_each_fault_is_said_once_and_nothing_else(probed: Probed, said: list[str]) -> None:
    found = [str(each.say(str)) for each in diagnose(probed)]
    assert len(found) == len(said), found
    for sentence, part in zip(found, said, strict=True):
        assert part in sentence


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        (wrong_password("camera"), "rejects the user name or password"),
        (unreachable("camera", 5), "camera did not answer"),
        (not_a_camera("camera"), "not an ONVIF camera"),
    ],
)
def test_what_probing_raised_is_the_diagnosis(problem: Exception, said: str) -> None:
    assert [said in each.say(str) for each in diagnose(problem)] == [True]
