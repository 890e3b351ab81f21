"""Somebody who looks at the demonstration from its first moment on, while other tests go on: what they have seen by when."""

from __future__ import annotations

import re
import threading
import time
from contextlib import closing

import httpx
import lxml.html

from tests.processes.demonstration import Demonstration

FIRST_VIEW_SECONDS = 90.0
# What the start takes on a machine that does nothing else: one that is busy with other tests too takes longer, for all of it.
START_SECONDS = 20.0


def texts_of(client: httpx.Client, address: str, *selectors: str) -> list[str]:
    """The words of each of some parts of a page, spaces folded."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    page = lxml.html.fromstring(answer.text)
    return [" ".join(" ".join(each.text_content() for each in page.xpath(selector)).split()) for selector in selectors]


class Newcomer(threading.Thread):
    """Reads the console until everything that is promised was seen, or time is over; what was seen once counts."""

    def __init__(self, demonstration: Demonstration) -> None:
        super().__init__(name="newcomer", daemon=True)
        self._demonstration = demonstration
        self._seen: dict[str, bool] = {"a page at all": False}

    def misses(self) -> list[str]:
        """What was not seen in time; waits for the end."""
        self.join()
        return [what for what, seen in self._seen.items() if not seen]

    def run(self) -> None:
        with closing(self._demonstration.sign_in("giamsat")) as console:
            allowed = FIRST_VIEW_SECONDS * max(1.0, self._demonstration.start_seconds / START_SECONDS)
            while self.misses_so_far() and time.monotonic() - self._demonstration.whole_at < allowed:
                for what, holds in self._look(console).items():
                    self._seen[what] = self._seen.get(what, False) or holds
                time.sleep(0.5)

    def misses_so_far(self) -> bool:
        return not all(self._seen.values())

    def _look(self, console: httpx.Client) -> dict[str, bool]:
        numbers = range(1, 6)
        people = dict(
            zip(numbers, texts_of(console, "/zones/1", *(f"//div[@id='resident-{each}']" for each in numbers)), strict=True)
        )
        (listed,) = texts_of(console, "/incidents", "//main")
        moved = self._demonstration.rows(
            "SELECT count(*) FROM observation o JOIN room r ON r.id = o.room_id WHERE r.kind = 'corridor' AND o.kind = 'motion'"
        )
        return {
            "a page at all": True,
            "101 seen by camera": "Seen by a camera in room 101" in people[1],
            "102 seen by camera": "Seen by a camera in room 102" in people[2],
            "verified": "Verified" in people[1],
            "to be checked": "To be checked" in people[2],
            "missed": "No answer in time" in people[3],
            "unreached": "Not reached yet" in people[5] or "Unreached" in people[5],
            "excused": "Excused" in people[4],
            "corridor moved": moved[0][0] > 0,
            "covered and over": bool(re.search(r"[Cc]amera covered[^·]*·[^·]*·?[^·]*the cause has ended", listed)),
            "offline and over": bool(re.search(r"[Cc]amera offline[^·]*·[^·]*·?[^·]*the cause has ended", listed)),
        }
