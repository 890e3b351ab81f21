"""The event service of a demonstration camera: pull points that really wait, a few places, and subscriptions that run out."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from xml.sax.saxutils import quoteattr

from cameras.demonstration.onvif.soap import Call, Fault

# Real cameras have about as many places, and count those that were never given back.
MOST_SUBSCRIPTIONS = 4
_MOST_WAITING = 500
_LONGEST_WAIT_S, _LONGEST_S, _USUAL_S = 60.0, 3600.0, 60.0
_DURATION = re.compile(r"PT(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})(?:\.\d+)?S)?")
_DIALECT = "http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
# What can be noticed: the topic, and the name of the item that holds its state.
TOPICS = {
    "motion": ("tns1:VideoSource/MotionAlarm", "State"),
    "tamper": ("tns1:VideoSource/GlobalSceneChange/ImagingService", "State"),
    "person": ("tns1:RuleEngine/MyRuleDetector/PeopleDetect", "State"),
}


@dataclass
class _Subscription:
    ends: float
    waiting: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_WAITING))
    more: asyncio.Event = field(default_factory=asyncio.Event)


class EventService:
    """One camera's pull points. `now`: its own clock; `address`: of a path on it. Runs in the event loop."""

    def __init__(self, source: str, now: Callable[[], datetime], address: Callable[[str], str]) -> None:
        self._source, self._now, self._address = source, now, address
        self._subscriptions: dict[str, _Subscription] = {}
        self._count = 0
        self._states = dict.fromkeys(TOPICS, False)

    def notice(self, what: str, active: bool) -> None:
        """Let the camera notice the beginning or the end of something (motion, tamper, person), as `TOPICS` names it."""
        self._states[what] = active
        for each in self._open().values():
            self._put(each, self._message(what, "Changed"))

    def reset(self) -> None:
        """Forget every subscription, as a camera does without power."""
        self._subscriptions.clear()

    @property
    def subscriptions(self) -> int:
        """How many places are taken now."""
        return len(self._open())

    async def answer(self, call: Call) -> str:
        """The inside of the answer to an operation of the event service; raises Fault."""
        if call.operation == "CreatePullPointSubscription":
            return self._create(call)
        if call.operation == "GetServiceCapabilities":
            return f'<tev:Capabilities WSPullPointSupport="true" MaxPullPoints="{MOST_SUBSCRIPTIONS}"/>'
        subscription = self._open().get(call.path)
        if subscription is None:
            raise Fault(("InvalidArgVal",), "The subscription does not exist, or is over")
        if call.operation == "PullMessages":
            return await self._pull(call, subscription)
        if call.operation == "Renew":
            subscription.ends = self._end(call.text("TerminationTime"))
            return f"<wsnt:TerminationTime>{self._stamp(subscription.ends)}</wsnt:TerminationTime>{self._current('wsnt')}"
        if call.operation == "SetSynchronizationPoint":
            for what in TOPICS:
                self._put(subscription, self._message(what, "Initialized"))
            return ""
        if call.operation == "Unsubscribe":
            del self._subscriptions[call.path]
            return ""
        raise Fault(("ActionNotSupported",), "Optional action not implemented", ours=True)

    def _create(self, call: Call) -> str:
        if len(self._open()) >= MOST_SUBSCRIPTIONS:
            raise Fault(("OperationProhibited", "MaxSubscriptions"), "All places for subscriptions are taken", ours=True)
        self._count += 1
        path = f"/onvif/subscription-{self._count}"
        ends = self._end(call.text("InitialTerminationTime"))
        self._subscriptions[path] = _Subscription(ends)
        return (
            f"<tev:SubscriptionReference><wsa5:Address>{self._address(path)}</wsa5:Address></tev:SubscriptionReference>"
            f"{self._current('wsnt')}<wsnt:TerminationTime>{self._stamp(ends)}</wsnt:TerminationTime>"
        )

    async def _pull(self, call: Call, subscription: _Subscription) -> str:
        limit = call.text("MessageLimit")
        if not subscription.waiting:
            subscription.more.clear()
            try:
                async with asyncio.timeout(min(_seconds(call.text("Timeout"), 1.0), _LONGEST_WAIT_S)):
                    await subscription.more.wait()
            except TimeoutError:
                pass  # nothing happened, which is an answer too
        count = min(len(subscription.waiting), int(limit) if limit.isdigit() else 10)
        messages = "".join(subscription.waiting.popleft() for _ in range(count))
        return f"{self._current('tev')}<tev:TerminationTime>{self._stamp(subscription.ends)}</tev:TerminationTime>{messages}"

    def _message(self, what: str, operation: str) -> str:
        topic, item = TOPICS[what]
        state = "true" if self._states[what] else "false"
        return (
            f'<wsnt:NotificationMessage><wsnt:Topic Dialect="{_DIALECT}">{topic}</wsnt:Topic><wsnt:Message>'
            f'<tt:Message UtcTime="{self._now():%Y-%m-%dT%H:%M:%SZ}" PropertyOperation="{operation}">'
            f'<tt:Source><tt:SimpleItem Name="Source" Value={quoteattr(self._source)}/></tt:Source>'
            f'<tt:Data><tt:SimpleItem Name="{item}" Value="{state}"/></tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>'
        )

    def _put(self, subscription: _Subscription, message: str) -> None:
        subscription.waiting.append(message)
        subscription.more.set()

    def _open(self) -> dict[str, _Subscription]:
        now = asyncio.get_running_loop().time()
        self._subscriptions = {path: each for path, each in self._subscriptions.items() if each.ends > now}
        return self._subscriptions

    def _end(self, asked: str) -> float:
        """When a subscription ends, on the loop's clock: asked as a duration or as a time of the camera's own clock."""
        seconds = _seconds(asked, _USUAL_S)
        if asked[:1].isdigit():
            try:
                seconds = (datetime.fromisoformat(asked) - self._now()).total_seconds()
            except (ValueError, TypeError):
                raise Fault(("InvalidArgVal",), "That is no time") from None
        return asyncio.get_running_loop().time() + min(max(seconds, 1.0), _LONGEST_S)

    def _stamp(self, ends: float) -> str:
        left = ends - asyncio.get_running_loop().time()
        return f"{self._now() + timedelta(seconds=left):%Y-%m-%dT%H:%M:%SZ}"

    def _current(self, prefix: str) -> str:
        return f"<{prefix}:CurrentTime>{self._now():%Y-%m-%dT%H:%M:%SZ}</{prefix}:CurrentTime>"


def _seconds(duration: str, otherwise: float) -> float:
    found = _DURATION.fullmatch(duration)
    if found is None or not any(found.groups()):
        return otherwise
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return float(hours * 3600 + minutes * 60 + seconds)
