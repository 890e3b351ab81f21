"""Messages to any of the services that Apprise knows, one address each: tgram://…, signal://…, viber://… ."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monitor.calls_out.allowed import ANYWHERE, NOTHING_ELSE, Allowed
from monitor.models.rollcalls.channels import ChannelName
from monitor.words import N_
from rollcall.channels.at_once import AtOnce, failed_here
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain

SECONDS = 10.0
# Anybody's address may lead to any server: one that is slow holds nobody up.
_AT_ONCE, _PATIENCE, _MOST = 8, 1.0, 64
# A process in which so many messages took too long may hold threads that never end.
_MOST_HUNG = 24
_LOADING_SECONDS = 60.0
# What a child needs of our environment; passwords and keys that stand in it are not for code of others.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONPATH", "PYTHONWARNINGS")
_ROOT = Path(__file__).parents[2]


def scheme_of(address: str) -> str:
    """The service that an address names."""
    return address.partition("://")[0].strip().lower() if "://" in address else ""


class AppriseAddresses:
    """Apprise says only whether it went well: what failed is tried again, what took too long is uncertain if it reached a server.

    It runs in a process of its own, started with the first message.
    """

    name = ChannelName.APPRISE
    idempotent = False

    def __init__(self, schemes: Collection[str], allowed: Allowed = NOTHING_ELSE, *, seconds: float = SECONDS) -> None:
        """schemes: the services that may be named; others could reach into our own network or run programs. allowed: where they may
        be, beside public addresses. seconds: for one message.
        """
        self._schemes = frozenset(each.lower() for each in schemes)
        self._allowed = allowed
        self._seconds = seconds
        self._line = AtOnce(self._hand_over, at_once=_AT_ONCE, patience=_PATIENCE, most=_MOST)
        self._helper: _Helper | None = None
        self._starting = threading.Lock()

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over, each within its time. Raises ChannelProblem where Apprise cannot be started."""
        self._ready()
        return self._line.send(messages)

    def close(self) -> None:
        """Wait for the answers that are still to come, which have their time."""
        self._line.close()
        if self._helper is not None:
            self._helper.end()
            self._helper = None

    def _ready(self) -> _Helper:
        """The process that takes messages. Raises ChannelProblem."""
        with self._starting:
            if self._helper is None or not self._helper.of_use:
                if self._helper is not None:
                    self._helper.end_when_idle()
                self._helper = _Helper(self._allowed, self._seconds)
            return self._helper

    async def _hand_over(self, message: Message) -> Outcome:
        if scheme_of(message.to) not in self._schemes:
            return ChannelProblem(
                N_("Addresses of the service %(name)s are not allowed here."), permanent=True, name=scheme_of(message.to)
            )
        try:
            helper = await asyncio.to_thread(self._ready)
        except ChannelProblem as problem:
            return problem
        asked = helper.ask(message)
        try:
            said = await asyncio.wait_for(asyncio.wrap_future(asked.answer), self._seconds)
        except TimeoutError:
            helper.forget(asked, hung=True)
            return Uncertain() if asked.left else ChannelProblem(N_("The service took too long."), permanent=False)
        helper.forget(asked)
        if "went" not in said:
            return Uncertain() if asked.left else failed_here()
        if said["went"] is None:
            return ChannelProblem(N_("Apprise does not know this kind of address."), permanent=True)
        if not said["went"]:
            return ChannelProblem(N_("The service did not accept the message."), permanent=False)
        return Sent(message.reference)


@dataclass(eq=False)
class _Asked:
    """One message in the process. left: whether a server was reached. answer: what the process says of it."""

    name: str
    answer: Future[dict[str, Any]]
    left: bool = False


class _Helper:
    """A process that runs Apprise, and who waits for what it says."""

    def __init__(self, allowed: Allowed, seconds: float) -> None:
        """Raises ChannelProblem where it does not start."""
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        # Each of many threads would otherwise reserve memory that counts towards the limit.
        environment |= {"PYTHONPATH": os.pathsep.join(paths), "MALLOC_ARENA_MAX": "2"}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rollcall.channels.apprise_process"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            bufsize=1,
        )
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()
        self._number = self._hung = 0
        self._leaving = False
        self._loaded = threading.Event()
        self._reading = threading.Thread(target=self._read, name="apprise", daemon=True)
        self._reading.start()
        self._write(allowed=allowed.setting, seconds=seconds)
        if not self._loaded.wait(_LOADING_SECONDS) or not self.of_use:
            self.end()
            raise ChannelProblem(N_("Apprise could not be started."), permanent=False)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def of_use(self) -> bool:
        """Whether it may be handed messages."""
        return self._reading.is_alive() and self._process.poll() is None and self._hung < _MOST_HUNG

    def ask(self, message: Message) -> _Asked:
        """Hand it a message."""
        with self._lock:
            self._number += 1
            asked = _Asked(str(self._number), Future())
            self._asked[asked.name] = asked
        if not self._write(id=asked.name, to=message.to, title=message.title, text=message.text):
            self._answer(asked.name, {})
        return asked

    def forget(self, asked: _Asked, *, hung: bool = False) -> None:
        """Nobody waits for this one any more."""
        with self._lock:
            self._asked.pop(asked.name, None)
            self._hung += hung
            over = self._leaving and not self._asked
        if over:
            self.end()

    def end_when_idle(self) -> None:
        """It gets no more messages, and ends with the last answer."""
        with self._lock:
            self._leaving = True
            over = not self._asked
        if over:
            self.end()

    def end(self) -> None:
        """At once, whatever its threads wait for."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and threading.current_thread() is not self._reading:
                self._reading.join(1.0)
                with suppress(OSError):
                    pipe.close()

    def _write(self, **said: Any) -> bool:
        assert self._process.stdin is not None
        try:
            with self._lock:
                self._process.stdin.write(json.dumps(said) + "\n")
        except (OSError, ValueError):
            return False
        return True

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            if "ready" in said:
                self._loaded.set()
            elif "left" in said:
                self._reached(said["left"])
            else:
                self._answer(said["id"], said)
        # It ended: nobody is to wait for it.
        self._loaded.set()
        for name in list(self._asked):
            self._answer(name, {})

    def _reached(self, name: str) -> None:
        with self._lock:
            # From a thread that a service started by itself: it may be of any of them.
            for each in [self._asked[name]] if name in self._asked else [] if name else list(self._asked.values()):
                each.left = True

    def _answer(self, name: str, said: dict[str, Any]) -> None:
        with self._lock:
            asked = self._asked.get(name)
        if asked is not None and asked.answer.set_running_or_notify_cancel():
            asked.answer.set_result(said)


def tell_staff(addresses: str, title: str, text: str, *, seconds: float = SECONDS) -> list[Outcome]:
    """Tell staff over every address of the setting staff_alert_urls; returns what came of each, in order."""
    urls = addresses.split()
    if not urls:
        return []
    channel = AppriseAddresses({scheme_of(each) for each in urls}, ANYWHERE, seconds=seconds)
    try:
        messages = (Message(to, text, f"staff-{number}", title) for number, to in enumerate(urls))
        came = {message.reference: outcome for message, outcome in channel.send(messages)}
        return [came[f"staff-{number}"] for number in range(len(urls))]
    except ChannelProblem as problem:
        return [problem] * len(urls)
    finally:
        channel.close()
