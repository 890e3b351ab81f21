"""A phone without scripts that fills in the public pages' forms as they come, over the application itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.small_zone import NOW
from web.public.application import create_public

SECRET = "x" * 32
WELL = {"q-been": "no", "q-symptoms": "none", "q-met_case": "no", "q-met_abroad": "no", "q-met_ill": "no"}
WHO = {"full_name": "Trần Thị Bình", "birth": "05/09/1980", "unit": "Phường Sài Gòn"}


class _Fields(HTMLParser):
    """The fields of the last form of a page, as a browser sends them."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.here, self.fields = action, False, MultiDict[str, str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.here = given.get("action") == self.action
            if self.here:
                self.fields = MultiDict()
        if not self.here or tag != "input" or not given.get("name") or given.get("type") == "file":
            return
        if given.get("type") in ("radio", "checkbox") and "checked" not in given:
            return
        self.fields.add(str(given["name"]), given.get("value") or "")


def fields_of(page: str, action: str) -> MultiDict[str, str]:
    """What the form of a page holds, by the address that it is sent to."""
    parser = _Fields(action)
    parser.feed(page)
    return parser.fields


def filled(fields: MultiDict[str, str], given: Mapping[str, object]) -> MultiDict[str, str]:
    """The same fields with other values."""
    found = MultiDict(fields)
    for name, value in given.items():
        found.setlist(name, [str(each) for each in value] if isinstance(value, list) else [str(value)])
    return found


class Phone:
    """One browser. clock: moved on by setting `now`."""

    def __init__(self, database: Database, folder: Path, address: str = "203.0.113.7", **settings: object) -> None:
        made = Settings(data_folder=folder, secret_key=SECRET, **settings)  # type: ignore[arg-type]
        self.now = NOW
        self.app = create_public(made, database, Vault(folder / "vault", bytes(32)), now=self._clock)
        self.client: FlaskClient = self.app.test_client()
        self.client.environ_base["REMOTE_ADDR"] = address

    def _clock(self) -> datetime:
        return self.now

    def another(self, address: str = "203.0.113.8") -> FlaskClient:
        """A browser of somebody else's, on the same service."""
        client = self.app.test_client()
        client.environ_base["REMOTE_ADDR"] = address
        return client

    def declare(
        self, answers: Mapping[str, object], who: Mapping[str, str] = WHO, client: FlaskClient | None = None, start: str = ""
    ) -> TestResponse:
        """Fill in page after page and send it; the last answer."""
        client = client or self.client
        answer = client.get(f"/declare{start}")
        given = who
        for _page in range(6):
            fields = fields_of(answer.text, "/declare")
            answer = client.post("/declare", data=filled(fields, {**given, **answers, "go": "next"}))
            given = {}
            if answer.status_code != 200:
                break
        return answer
