"""Listen to what a camera notices itself, by ONVIF's pull point: subscribe, pull, renew, and leave no subscription behind."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from cameras.errors import CameraProblem, NotACamera, WrongPassword
from cameras.onvif.session import EVENTS, DeviceRefused, HungUp, Session, part, text_of
from cameras.onvif.topics import CameraEvent, EventKind, clean, read_notifications
from cameras.onvif.transport import Stopped
from cameras.profiles import device_address
from monitor.clock import utc_now
from monitor.words import N_, Words

log = logging.getLogger(__name__)

# As Home Assistant does: cameras have few places for subscriptions and no way to list them, so what is lost must expire soon.
SUBSCRIPTION_SECONDS = 600
RENEW_AT = 0.8
MESSAGE_LIMIT = 100
COOL_DOWN_SECONDS = 0.75
LEAST_WAIT_SECONDS, MOST_WAIT_SECONDS = 1.0, 300.0
# What a camera replays right after a subscription is its state; later some makes mark real news so.
_REPLAY_SECONDS = 10.0
# A camera that repeats the same a few times a second is passed on once a second.
_REPEAT = timedelta(seconds=1)
_MOST_TOPICS = 200
# A camera that ends a pull at once, again and again, is in trouble; one that does after a while had nothing to tell.
_LONG_PULL_SECONDS, _MOST_SOON = 1.0, 3


class NoEvents(CameraProblem):
    """The camera offers no events; watch its pictures only."""


class EventPuller:
    """Hears one camera's events, in a thread of its own.

    heard: called in that thread for everything new; see `News`. wait_s: how long one pull waits for events. listening: whether a
    subscription stands. problem: why not, in words.
    """

    def __init__(
        self,
        address: str,
        username: str,
        password: str,
        heard: Callable[[CameraEvent], None],
        *,
        timeout_s: float = 5.0,
        wait_s: float = 20.0,
        subscription_s: float = SUBSCRIPTION_SECONDS,
    ) -> None:
        self._address, self._username, self._password = device_address(address), username, password
        self._heard, self._timeout_s, self._wait_s, self._subscription_s = heard, timeout_s, wait_s, subscription_s
        self._unknown: set[str] = set()
        self._failures = 0
        self.listening = False
        self.problem: Words | None = None

    def run(self, stopping: threading.Event) -> None:
        """Listen until `stopping` is set, which ends a pull within a quarter of a second; connects again after whatever happens."""
        while not stopping.is_set():
            try:
                with Session(self._address, self._username, self._password, self._timeout_s, stopping) as session:
                    self._listen(session, stopping)
            except Stopped:
                break
            except CameraProblem as problem:
                self._failed(problem.words)
                if isinstance(problem, WrongPassword | NoEvents):
                    self._failures = 20  # asking again soon would lock the account
            except Exception:
                log.exception("events of %s: a fault of this program", clean(self._address))
                self._failures += 1
            finally:
                self.listening = False
            stopping.wait(wait_seconds(self._failures, random.random()))  # noqa: S311 - no secret

    def _failed(self, why: Words) -> None:
        if not self._failures:
            log.warning("events of %s: %s", clean(self._address), Words(why.template, why.values).say(str))
        self._failures += 1
        self.problem = why

    def _listen(self, session: Session, stopping: threading.Event) -> None:
        subscription = subscribe(session, self._subscription_s)
        try:
            subscription.synchronise()
            news, soon = News(), 0
            renew_at = time.monotonic() + self._subscription_s * RENEW_AT
            while not stopping.is_set():
                if time.monotonic() + self._wait_s + COOL_DOWN_SECONDS >= renew_at:
                    try:
                        subscription.renew()
                    except DeviceRefused:
                        return  # some cannot, and some forgot it: a new one is made, which is no failure
                    renew_at = time.monotonic() + self._subscription_s * RENEW_AT
                began, answer = time.monotonic(), None
                try:
                    answer = subscription.pull(self._wait_s)
                except HungUp:
                    # Some end a pull without an answer when nothing happened for some seconds; their subscription stands.
                    if time.monotonic() - began < _LONG_PULL_SECONDS:
                        soon += 1
                        if soon >= _MOST_SOON:
                            raise
                        stopping.wait(COOL_DOWN_SECONDS)
                        continue
                soon = 0
                if self._failures:
                    log.info("events of %s are heard again", clean(self._address))
                self._failures, self.problem, self.listening = 0, None, True
                if answer is not None:
                    self._tell(answer, session.offset, news)
                stopping.wait(COOL_DOWN_SECONDS)
        finally:
            subscription.end()

    def _tell(self, answer: Any, offset: timedelta, news: News) -> None:
        for event in read_notifications(answer, utc_now(), offset)[:MESSAGE_LIMIT]:
            if event.kind is EventKind.UNKNOWN:
                if event.topic not in self._unknown and len(self._unknown) < _MOST_TOPICS:
                    self._unknown.add(event.topic)
                    log.info("events of %s: no meaning is known for %s", clean(self._address), event.topic)
            elif news.is_new(event, utc_now()):
                self._heard(event)


@dataclass
class News:
    """Which events of one subscription are worth telling; `began`: when it was made.

    Everything that begins or goes on (once a second at most), and the end of what had begun. What the camera replays at the
    beginning is its state and tells of nothing new, but for tampering: a lens that was covered before is covered still.
    """

    began: datetime = field(default_factory=utc_now)
    _active: dict[tuple[EventKind, str, str], datetime] = field(default_factory=dict)

    def is_new(self, event: CameraEvent, now: datetime) -> bool:
        """Whether to tell it."""
        name = event.kind, event.topic, event.source
        if not event.active:
            return self._active.pop(name, None) is not None
        told = self._active.get(name)
        if told is not None and now - told < _REPEAT:
            return False
        if name not in self._active and len(self._active) >= _MOST_TOPICS:
            return False
        self._active[name] = now
        replayed = event.initial and now - self.began < timedelta(seconds=_REPLAY_SECONDS)
        return not replayed or event.kind is EventKind.TAMPER


def wait_seconds(failures: int, chance: float) -> float:
    """How long to wait after so many failures in a row: doubled each time from 1 s to 5 min; chance (0 to 1) spreads it over its upper half."""
    whole = min(MOST_WAIT_SECONDS, LEAST_WAIT_SECONDS * 2.0 ** min(failures, 20))
    return whole * (0.5 + chance / 2)


class Subscription:
    """One pull point of a device, made by `subscribe`."""

    def __init__(self, session: Session, address: str, headers: list[Any], seconds: float) -> None:
        self._session, self._headers, self._seconds = session, headers, seconds
        # Read as plain XML: the description loses the text of a topic, since it allows elements beside it.
        self._pull = session.service("pull", address, plain=True)
        self._manager = session.service("subscription", address)
        self.absolute = False

    def synchronise(self) -> None:
        """Ask for the state of everything; many cameras cannot, and need not. Raises CameraUnreachable, Stopped."""
        with suppress(NotACamera, WrongPassword):
            self._ask(self._pull, "SetSynchronizationPoint")

    def pull(self, wait_s: float) -> Any:
        """The answer to PullMessages as an element: what happened, at once or within `wait_s`. Raises CameraProblem, Stopped."""
        return self._ask(
            self._pull, "PullMessages", wait_s=wait_s, Timeout=timedelta(seconds=wait_s), MessageLimit=MESSAGE_LIMIT
        )

    def renew(self) -> None:
        """Keep it for as long again. Raises CameraProblem: subscribe anew."""
        self._ask(self._manager, "Renew", TerminationTime=_until(self._session, self._seconds, self.absolute))

    def end(self) -> None:
        """Tell the camera that its place is free, if it still listens, and hang up."""
        self._session.transport.last_words(2.0)
        with suppress(CameraProblem, Stopped):
            self._ask(self._manager, "Unsubscribe")
        self._session.transport.close()

    def _ask(self, service: Any, operation: str, *, wait_s: float = 0.0, **values: Any) -> Any:
        headers = {"_soapheaders": self._headers} if self._headers else {}
        return self._session.ask(service, operation, wait_s=wait_s, **values, **headers)


def subscribe(session: Session, seconds: float) -> Subscription:
    """A pull point for so many seconds. Raises CameraProblem, NoEvents where the device has none.

    It is tried whatever the device says about WSPullPointSupport: Axis and Bosch say no and have it.
    """
    session.tell_time()
    named = session.services().get(EVENTS, "")
    address = session.reach(named)
    if not address:
        raise NoEvents(N_("The camera at %(place)s reports no events."), place=session.place)
    events = session.service("events", address)
    try:
        answer = session.ask(events, "CreatePullPointSubscription", InitialTerminationTime=_until(session, seconds, False))
        absolute = _ends_too_soon(answer, seconds)
    except DeviceRefused:
        answer = session.ask(events, "CreatePullPointSubscription", InitialTerminationTime=_until(session, seconds, True))
        absolute = True
    reference = part(answer, "SubscriptionReference")
    at = session.reach(text_of(part(reference, "Address", "_value_1"), 500)) or address
    # Some tell their subscriptions apart by what they gave us here, and not by the address.
    headers = [each for each in part(reference, "ReferenceParameters", "_value_1") or [] if hasattr(each, "tag")][:8]
    subscription = Subscription(session, at, headers, seconds)
    subscription.absolute = absolute
    if absolute and _ends_too_soon(answer, seconds):
        with suppress(NotACamera):
            subscription.renew()
    return subscription


def _ends_too_soon(answer: Any, seconds: float) -> bool:
    """Whether the camera took the length of a subscription for something else; they leave out either time as well."""
    now, then = part(answer, "CurrentTime"), part(answer, "TerminationTime")
    if not isinstance(now, datetime) or not isinstance(then, datetime):
        return False
    try:
        return (then - now).total_seconds() < seconds / 2
    except TypeError:
        return False  # one with a time zone, the other without


def _until(session: Session, seconds: float, absolute: bool) -> str:
    if not absolute:
        return f"PT{seconds:.0f}S"
    return (utc_now() + session.offset + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
