"""The demonstration's switchboard: it rings at the hotline's telephone, and now and then tells late of a call that rang hours ago.

So a warning comes while one watches: the clock of such a call began nearly three hours before, which the console says.
"""

from __future__ import annotations

import itertools
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import httpx

from monitor.clock import utc_now
from monitor.service.context import Context
from monitor.service.process import Process
from monitor.words import N_

FIRST_AFTER_S, EVERY_S = 20.0, 90.0
RINGS_S, TALKS_S = 10.0, 45.0
LATE_EACH = 4
"""Each so-many-th call is one that rang hours ago, and that nobody answered."""
AGO = timedelta(hours=2, minutes=58, seconds=30)
"""The unit or the desk is warned three hours after first contact: a minute and a half later."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Configuration:
    """address: at which calls are told. token: the switchboard's. extension: of the telephone; callers: their numbers, "" for hidden."""

    address: str
    token: str
    extension: str
    callers: list[str]


@dataclass(frozen=True)
class Told:
    """One thing that is told of a call, so many seconds after the one before. ago: before now it happened."""

    after_s: float
    event: str
    ago: timedelta = timedelta(0)


ANSWERED = (Told(0, "ringing"), Told(RINGS_S, "answered"), Told(TALKS_S, "hangup"))
MISSED_LONG_AGO = (Told(0, "ringing", AGO), Told(0, "hangup", AGO - timedelta(seconds=40)))


def read_configuration(path: Path) -> Configuration:
    """What the demonstration's parent wrote."""
    return Configuration(**json.loads(path.read_text()))


def calls(callers: list[str]) -> Iterator[tuple[str, tuple[Told, ...]]]:
    """Who calls next, and what is told of it, without end."""
    for number, caller in enumerate(itertools.cycle(callers), start=1):
        late = number % LATE_EACH == 0 and caller
        yield caller, MISSED_LONG_AGO if late else ANSWERED


class Switchboard(threading.Thread):
    """One call after the other."""

    def __init__(
        self,
        configuration: Configuration,
        *,
        first_after: float = FIRST_AFTER_S,
        every: float = EVERY_S,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(name="switchboard", daemon=True)
        self._configuration, self._first_after, self._every, self._now = configuration, first_after, every, clock
        self._stopping = threading.Event()
        headers = {"Authorization": f"Bearer {configuration.token}"}
        self._client = httpx.Client(headers=headers, timeout=10, trust_env=False)

    def run(self) -> None:
        """Until stopped."""
        pause = self._first_after
        for caller, story in calls(self._configuration.callers):
            if self._stopping.wait(pause):
                break
            self._tell(f"demonstration-{secrets.token_hex(6)}", caller, story)
            pause = self._every
        self._client.close()

    def _tell(self, call: str, caller: str, story: tuple[Told, ...]) -> None:
        for each in story:
            if self._stopping.wait(each.after_s):
                return
            body = {
                "id": call,
                "event": each.event,
                "from": caller or "anonymous",
                "extension": self._configuration.extension,
                "at": (self._now() - each.ago).isoformat(),
            }
            try:
                self._client.post(self._configuration.address, json=body).raise_for_status()
            except httpx.HTTPError as error:
                log.info("the service does not take calls yet: %s", type(error).__name__)

    def stop(self) -> None:
        """End after what is told just now."""
        self._stopping.set()


@click.command("demonstration-switchboard", hidden=True, help=N_("Run the demonstration’s switchboard, which calls 1022."))
@click.option(
    "--configuration", "path", type=click.Path(path_type=Path), required=True, help=N_("JSON file: address, token and callers.")
)
@click.option("--number", default=1, help=N_("Number that tells processes of one kind apart."))
@click.pass_obj
def switchboard_command(_context: Context, path: Path, number: int) -> None:
    # No database: a switchboard is somebody else's machine.
    process = Process("switchboard", number, None).start()
    switchboard = Switchboard(read_configuration(path))
    switchboard.start()
    while process.wait(60):
        pass
    switchboard.stop()
