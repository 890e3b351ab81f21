"""The demonstration's offices: on each day of reports they open the page of their link and enter their numbers, as people do over HTTP."""

from __future__ import annotations

import random
import re

import httpx

_FIELD = re.compile(
    r'<input id="(\w+)" name="\1"[^>]*value="(\d*)"[^>]*>\s*<p class="quiet" id="\1-before">[^<\d]*(\d[\d.,]*)?'
)
_HIDDEN = re.compile(r'<input type="hidden" name="(csrf_token|day)" value="([^"]*)"')


class Office:
    """One commune or organisation with its link."""

    def __init__(self, address: str, link: str, chance: random.Random) -> None:
        self._path, self._chance = f"/r/{link}", chance
        self._client = httpx.Client(base_url=address, timeout=10, trust_env=False, follow_redirects=True)

    def step(self) -> bool:
        """Enter today's numbers where that was not done; returns whether it was now. Raises httpx.HTTPError while the service does not answer."""
        page = self._client.get(self._path).raise_for_status().text
        fields = _FIELD.findall(page)
        if not fields or any(value for _key, value, _before in fields):
            return False
        numbers = {key: str(self._number(before)) for key, _value, before in fields}
        self._client.post(self._path, data=dict(_HIDDEN.findall(page)) | numbers).raise_for_status()
        return True

    def _number(self, before: str) -> int:
        """About what it was the day before."""
        last = int(re.sub(r"\D", "", before) or 0)
        return max(0, last + self._chance.randint(-3, 5)) if last else self._chance.randint(2, 40)

    def close(self) -> None:
        """Nobody works there any more."""
        self._client.close()
