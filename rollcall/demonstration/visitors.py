"""The demonstration's workers: phones that scan the factory's codes in and out, through the same addresses as everybody's."""

from __future__ import annotations

import json
import logging
import random
import secrets
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import click
import httpx

from monitor.service.context import Context
from monitor.service.process import Process
from monitor.words import N_
from rollcall.demonstration.offices import Office

EVERY = 4.0  # seconds between two scans, all phones together
GATE = 0  # which of the codes is the gate's
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Configuration:
    """address: of the public pages. codes: what stands in the posters' codes, the gate's first. people: personal codes."""

    address: str
    codes: list[str]
    people: list[str]
    reporters: list[str] = field(default_factory=list)
    """What stands in the links of communes and organisations that enter their numbers."""


def read_configuration(path: Path) -> Configuration:
    """What the demonstration's seed wrote."""
    return Configuration(**json.loads(path.read_text()))


class Visitor:
    """One phone: it comes in by the gate, goes to the canteen or the floor now and then, and leaves; sometimes it forgets to scan."""

    def __init__(self, configuration: Configuration, person: str, chance: random.Random) -> None:
        self._configuration, self._person, self._chance = configuration, person, chance
        self._client = httpx.Client(base_url=configuration.address, timeout=10, trust_env=False)
        self._token = ""
        self._at: list[int] = []  # the points where it is, the gate first

    def step(self) -> None:
        """One scan. Raises httpx.HTTPError while the service does not answer."""
        if not self._token:
            self._token = self._client.get("/v").raise_for_status().text.partition('data-token="')[2].partition('"')[0]
            self._ask("/v/person", text=self._person)
        point, direction = self._next()
        moment = int(time.time() * 1000)
        self._ask(
            "/v/scan",
            code=self._configuration.codes[point],
            direction=direction,
            people=[0],
            made=secrets.token_hex(9),
            scanned_at=moment,
            sent_at=moment,
        )

    def _next(self) -> tuple[int, str]:
        if not self._at:
            self._at = [GATE]
            return GATE, "in"
        if len(self._at) > 1:
            return self._at.pop(), "out"
        if self._chance.random() < 0.5:
            self._at.append(self._chance.randrange(1, len(self._configuration.codes)))
            return self._at[-1], "in"
        self._at = []
        if self._chance.random() < 0.15:
            # Left without scanning, and comes back later.
            self._at = [GATE]
            return GATE, "in"
        return GATE, "out"

    def _ask(self, path: str, **body: object) -> None:
        answer = self._client.post(path, json=body, headers={"X-CSRFToken": self._token, "Accept": "application/json"})
        if answer.status_code >= 500:
            answer.raise_for_status()

    def close(self) -> None:
        """Put the phone away."""
        self._client.close()


class Visitors(threading.Thread):
    """All of them, one scan after the other."""

    def __init__(self, configuration: Configuration, every: float = EVERY) -> None:
        super().__init__(name="visitors", daemon=True)
        self._every, self._stopping, self._chance = every, threading.Event(), random.Random()  # noqa: S311 - nothing is kept secret by it
        self._visitors = [Visitor(configuration, person, self._chance) for person in configuration.people]
        self._offices = [Office(configuration.address, link, self._chance) for link in configuration.reporters]

    def run(self) -> None:
        """Until stopped."""
        while not self._stopping.wait(self._every):
            try:
                self._chance.choice(self._visitors).step()
                if self._offices:
                    self._chance.choice(self._offices).step()
            except httpx.HTTPError as error:
                log.info("the public pages do not answer yet: %s", type(error).__name__)
        for visitor in self._visitors:
            visitor.close()
        for office in self._offices:
            office.close()

    def stop(self) -> None:
        """End after the scan under way."""
        self._stopping.set()


@click.command(
    "demonstration-visitors", hidden=True, help=N_("Run the demonstration’s phones that scan in and out at a control point.")
)
@click.option(
    "--configuration", "path", type=click.Path(path_type=Path), required=True, help=N_("JSON file: address, codes and people.")
)
@click.option("--number", default=1, help=N_("Number that tells processes of one kind apart."))
@click.pass_obj
def visitors_command(_context: Context, path: Path, number: int) -> None:
    # No database: they are visitors' phones.
    process = Process("visitors", number, None).start()
    visitors = Visitors(read_configuration(path))
    visitors.start()
    while process.wait(60):
        pass
    visitors.stop()
