"""A clock that jumps for seconds signs nobody out, lifts no limit, and locks nobody for weeks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.signed_in import PASSWORD, signed_in
from tests.worlds.small_zone import add_zone
from web.console.application import create_console
from web.shared.steady import SteadyStorage

DAYS_40, BACK = 40 * 86400.0, -150.0


class WallClock:
    """This machine's clock as a test sets it; the time that runs goes on by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = 0.0
        true = time.time
        monkeypatch.setattr(time, "time", lambda: true() + self.ahead)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> WallClock:
    return WallClock(monkeypatch)


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Any:
    add_zone(database)
    settings = Settings(data_folder=tmp_path, language="en")
    app = create_console(settings, database, Vault(tmp_path / "vault", bytes(32)))
    app.config["WTF_CSRF_ENABLED"] = False
    return app


def is_in(client: FlaskClient) -> bool:
    return client.get("/").status_code == 200


def tries(client: FlaskClient, count: int) -> list[int]:
    wrong = {"username": "nobody", "password": "wrong"}
    return [client.post("/sign-in", data=wrong).status_code for _ in range(count)]


@pytest.mark.parametrize("seconds", [DAYS_40, BACK])
def test_a_session_outlives_a_jump_and_its_return(console: Any, database: Database, wall: WallClock, seconds: float) -> None:
    before = signed_in(console, database, "chi", Role.SUPERVISOR, None, utc_now())
    assert is_in(before)
    wall.ahead = seconds
    assert is_in(before)
    # Whoever comes in meanwhile has a cookie of a time that is not yet, or is long over.
    meanwhile = console.test_client()
    assert meanwhile.post("/sign-in", data={"username": "chi", "password": PASSWORD}).status_code == 303
    assert is_in(meanwhile)
    # A page that writes into the cookie signs it anew.
    before.post("/language", data={"language": "vi"})
    wall.ahead = 0.0
    assert is_in(before)
    assert is_in(meanwhile)


def test_limits_neither_vanish_in_a_jump_nor_last_as_long_as_it_was(
    console: Any, wall: WallClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = console.test_client()
    assert tries(client, 11) == [401] * 10 + [429]
    wall.ahead = DAYS_40
    assert tries(client, 1) == [429]
    wall.ahead = 0.0
    assert tries(client, 1) == [429]
    running = time.monotonic
    # A minute later wrong passwords are heard again, also those that were counted while the clock was wrong.
    monkeypatch.setattr(time, "monotonic", lambda: running() + 61)
    wall.ahead = DAYS_40
    assert tries(client, 10)[:9] == [401] * 9
    wall.ahead = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: running() + 123)
    assert tries(client, 1) == [401]


def test_counters_that_ran_out_are_cleared_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.shared.steady.TIDIED_AT", 3)
    storage, running = SteadyStorage(), time.monotonic
    assert [storage.incr(key, 10) for key in "aab"] == [1, 2, 1]
    assert 9 < storage.get_expiry("a") - time.time() <= 10
    monkeypatch.setattr(time, "monotonic", lambda: running() + 11)
    assert [storage.incr(key, 10, 2) for key in "cda"] == [2, 2, 2]
    assert storage.get("b") == 0
    assert storage.reset() == 3
