"""Events of demonstration cameras by pull point, over real sockets: heard, renewed, lost, found again, given back."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from cameras.demonstration.onvif.events import MOST_SUBSCRIPTIONS
from cameras.demonstration.scenes import encoding
from cameras.onvif.events import EventPuller, News, subscribe, wait_seconds
from cameras.onvif.session import DeviceRefused, Session
from cameras.onvif.topics import CameraEvent, EventKind
from monitor.clock import utc_now
from tests.doubles.demonstration_cameras import PASSWORD, USERNAME, RunningCameras, camera
from tests.doubles.waiting import PATIENCE, at_best, wait_until

HALL, YARD = "Hall", "Yard"


class Noticing(RunningCameras):
    """Cameras that notice what they are told to."""

    def notice(self, name: str, what: str, active: bool) -> None:
        self._call(self._service.notice(name, what, active))

    def places_taken(self, name: str) -> int:
        async def count() -> int:
            return self._service._cameras[name].device.events.subscriptions

        return self._call(count())


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Noticing]:
    clip = encoding.make(tmp_path_factory.mktemp("clips"), "home", 2)
    described = [camera(HALL, "home", ahead=3600.0), camera(YARD, "home")]
    cameras = Noticing(described, {"home": clip}, "events")
    cameras.addresses = {each.name: each.address for each in described}
    yield cameras
    cameras.stop()


class Listening:
    """A puller in a thread, and what it heard."""

    def __init__(self, address: str, password: str = PASSWORD, **options: float) -> None:
        self.heard: list[CameraEvent] = []
        self.stopping = threading.Event()
        self.puller = EventPuller(address, USERNAME, password, self.heard.append, timeout_s=10, **options)
        self._thread = threading.Thread(target=self.puller.run, args=[self.stopping])
        self._thread.start()

    def stop(self) -> float:
        began = time.monotonic()
        self.stopping.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        return time.monotonic() - began


@pytest.fixture
def listen(running: Noticing) -> Iterator[Callable[..., Listening]]:
    begun: list[Listening] = []

    def begin(name: str, **options: float) -> Listening:
        one = Listening(running.addresses[name], **options)
        begun.append(one)
        wait_until(lambda: one.puller.listening)
        return one

    yield begin
    for one in begun:
        one.stop()


def test_motion_is_heard_at_once_with_our_time_and_so_is_its_end(running: Noticing, listen: Callable[..., Listening]) -> None:
    one = listen(HALL)
    before = utc_now()

    def moved() -> float:
        if one.heard:
            one.heard.clear()
            time.sleep(1)  # the same again within a second would be no news
        running.notice(HALL, "motion", True)
        took = wait_until(lambda: one.heard)
        running.notice(HALL, "motion", False)
        wait_until(lambda: len(one.heard) == 2)
        return took

    at_best(1.5, moved)
    event = one.heard[0]
    assert (event.kind, event.active, event.initial) == (EventKind.MOTION, True, False)
    # The camera's clock is an hour ahead.
    assert abs(event.at - before) < timedelta(minutes=10)
    assert event.expires_at is not None
    assert event.expires_at > event.at
    assert (one.heard[1].active, one.heard[1].expires_at) == (False, None)


def test_stopping_ends_a_long_pull_soon_and_gives_the_place_back(running: Noticing, listen: Callable[..., Listening]) -> None:
    def stopped() -> float:
        one = listen(YARD, wait_s=50)
        assert running.places_taken(YARD) == 1
        time.sleep(1)  # in the midst of a pull
        took = one.stop()
        assert running.places_taken(YARD) == 0
        assert one.puller.problem is None
        return took

    at_best(1, stopped)


def test_the_state_at_the_beginning_is_no_news_but_a_covered_lens_is(
    running: Noticing, listen: Callable[..., Listening]
) -> None:
    running.notice(YARD, "motion", True)
    running.notice(YARD, "tamper", True)
    one = listen(YARD)
    wait_until(lambda: one.heard)
    running.notice(YARD, "tamper", False)
    running.notice(YARD, "motion", False)
    wait_until(lambda: len(one.heard) == 3)
    assert [(each.kind.value, each.active, each.initial) for each in one.heard] == [
        ("tamper", True, True),
        ("tamper", False, False),
        ("motion", False, False),
    ]


def test_quirk_24_a_subscription_is_renewed_before_it_runs_out(running: Noticing, listen: Callable[..., Listening]) -> None:
    one = listen(YARD, wait_s=0.5, subscription_s=4)
    time.sleep(5)
    running.notice(YARD, "person", True)
    running.notice(YARD, "person", False)
    wait_until(lambda: len(one.heard) == 2)
    assert running.places_taken(YARD) == 1  # the same one: a lost one would be counted until it runs out


def test_a_camera_that_restarts_is_heard_again_and_the_log_stays_short(
    running: Noticing, listen: Callable[..., Listening], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    one = listen(YARD, wait_s=1)
    running.set_offline(YARD, True)
    wait_until(lambda: one.puller.problem is not None)
    assert not one.puller.listening
    time.sleep(1)
    running.set_offline(YARD, False)
    wait_until(lambda: one.puller.listening)
    assert one.puller.problem is None
    running.notice(YARD, "motion", True)
    running.notice(YARD, "motion", False)
    wait_until(lambda: len(one.heard) == 2)
    lines = [record.getMessage() for record in caplog.records if record.name == "cameras.onvif.events"]
    assert len(lines) == 2, lines
    assert "heard again" in lines[1]


def test_a_wrong_password_is_named_and_not_tried_again_soon(running: Noticing, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    one = Listening(running.addresses[HALL], "wrong-secret")
    try:
        wait_until(lambda: one.puller.problem is not None)
        time.sleep(1.5)
    finally:
        one.stop()
    assert "rejects the user name" in one.puller.problem.template
    lines = [record for record in caplog.records if record.name == "cameras.onvif.events"]
    assert len(lines) == 1
    assert "wrong-secret" not in caplog.text


def test_quirk_26_a_camera_that_misreads_durations_gets_times(running: Noticing) -> None:
    with Session(running.addresses[HALL], USERNAME, PASSWORD, 2) as session, contextlib.closing(End(session)) as end:
        subscription = end.subscription = subscribe(session, 600)
        assert not subscription.absolute
        # As for a camera whose first answer ended too soon: it is told a time by its own clock, an hour ahead of ours.
        subscription.absolute = True
        subscription.renew()
        subscription.pull(0.1)


class End:
    """Gives a subscription back."""

    def __init__(self, session: Session) -> None:
        self.subscription = None

    def close(self) -> None:
        if self.subscription is not None:
            self.subscription.end()


def test_when_all_places_are_taken_it_is_a_refusal_and_they_are_given_back(running: Noticing) -> None:
    sessions = [Session(running.addresses[HALL], USERNAME, PASSWORD, 2) for _ in range(MOST_SUBSCRIPTIONS + 1)]
    taken = [subscribe(each, 60) for each in sessions[:-1]]
    with pytest.raises(DeviceRefused, match="places"):
        subscribe(sessions[-1], 60)
    for each in taken:
        each.end()
    sessions[-1].transport.close()
    assert running.places_taken(HALL) == 0


def test_waiting_doubles_up_to_five_minutes_and_is_spread() -> None:
    assert [wait_seconds(failures, 1.0) for failures in (0, 1, 2, 8, 9, 10_000)] == [1, 2, 4, 256, 300, 300]
    assert wait_seconds(9, 0.0) == 150


def test_a_camera_that_never_says_it_is_over_is_told_again_but_once_a_second() -> None:
    news, at = News(began=utc_now() - timedelta(minutes=5)), utc_now()
    event = CameraEvent(EventKind.MOTION, True, at, at, "tns1:VideoSource/MotionAlarm", "0")
    assert [news.is_new(event, at + timedelta(seconds=seconds)) for seconds in (0, 0.5, 0.9, 1.5, 60)] == [
        True,
        False,
        False,
        True,
        True,
    ]
    over = CameraEvent(EventKind.MOTION, False, at, None, "tns1:VideoSource/MotionAlarm", "0")
    assert [news.is_new(over, at), news.is_new(over, at)] == [True, False]


def test_quirk_29_a_camera_that_marks_all_its_news_as_initial_is_heard_all_the_same() -> None:
    at = utc_now()
    event = CameraEvent(EventKind.MOTION, True, at, at, "t", initial=True)
    assert not News(began=at).is_new(event, at)
    assert News(began=at - timedelta(seconds=11)).is_new(event, at)


def test_a_flood_of_topics_takes_no_memory_without_end() -> None:
    news, at = News(began=utc_now() - timedelta(minutes=5)), utc_now()
    told = [news.is_new(CameraEvent(EventKind.MOTION, True, at, at, f"t{number}"), at) for number in range(1000)]
    assert sum(told) == 200
