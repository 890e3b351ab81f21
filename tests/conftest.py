"""Fixtures that tests share: a migrated database on both engines, and a vault."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

from monitor.benchmarks.own_postgresql import TEMPORARY, own_postgresql, programs
from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.vault.vault import Vault
from tests.doubles.cheap import make_cheap
from tests.processes.demonstration import Demonstration, start
from tests.worlds.tables import migrated

# Otherwise each of the hundreds of processes that are started here would compile all of the product anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

make_cheap()
# On CI the same examples each time: whoever hands something in is told of what it breaks. New ones are looked for wherever else tests run.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")
# As the command does (monitor/__main__.py), and for the same reason: looking for cycles took up to a third of the time.
gc.set_threshold(200_000, 20, 50)

# In this order; what is short comes last, so that no worker is left alone with much at the end.
DEMONSTRATION_TESTS = "tests/demonstration_run/"
WHOLE_SERVICE_TESTS = (DEMONSTRATION_TESTS, "tests/browser/test_from_nothing.py")
FIRST_TO_LAST = (*WHOLE_SERVICE_TESTS, "tests/browser/", "tests/integration/cameras/", "tests/integration/", "tests/")
UNIT_TESTS = "tests/unit/"
# Of one PostgreSQL server with a few databases at a time, a large one among them; each worker has a server.
ROOM_IN_MEMORY = 2 << 30


class _ByFile(LoadScopeScheduling):
    """Gives all tests of whole services with cameras to one worker, and those of a file that may share a world; unit tests one by one.

    Two such services at once leave a machine of two cores nothing for what waits for them.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(WHOLE_SERVICE_TESTS):
            return DEMONSTRATION_TESTS
        return nodeid if nodeid.startswith(UNIT_TESTS) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """One worker begins with the demonstration, whose tests mostly wait, while the others do the rest."""
    config.option.loadscopereorder = False
    return _ByFile(config, log)


def pytest_collection_finish() -> None:
    """What is there now, all tests and all that they import, stays until the end: nobody looks through it for cycles."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long is begun first."""
    items.sort(key=lambda item: next(place for place, part in enumerate(FIRST_TO_LAST) if item.nodeid.startswith(part)))


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server of our own for this test process, on a socket in a temporary folder; its address without database."""
    binaries = programs()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing; `make setup-development` installs it")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    # Each test has a database of its own: nothing is to be kept, and nobody is to look at hundreds of them again and again.
    options = ("fsync=off", "full_page_writes=off", "max_wal_size=256MB", "checkpoint_timeout=30min", "autovacuum_naptime=5min")
    with own_postgresql(binaries, " ".join(f"-c {each}" for each in options), _memory() or TEMPORARY) as server:
        yield server.address("{database}")


def _memory() -> Path | None:
    """A folder that is kept in memory and has room: a database has a thousand files, and a disk takes a second to make and remove them."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > ROOM_IN_MEMORY else None


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once for each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    return str(request.getfixturevalue("postgresql_url"))


@contextmanager
def _new_postgresql(server: str, template: str = "template1") -> Iterator[str]:
    """A database of its own; its name."""
    name = f"test_{secrets.token_hex(6)}"
    with _administrator(server) as connection:
        # Copying its files is quicker than writing them to the log; before version 15 there was nothing else.
        files = "STRATEGY file_copy" if connection.info.server_version >= 150_000 else ""
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} {files}")
    yield name
    # Who still looks at it is left alone: it goes with the server.
    with _administrator(server) as connection, suppress(psycopg.errors.ObjectInUse):
        connection.execute(f"DROP DATABASE {name}")


def _administrator(server: str) -> psycopg.Connection[Any]:
    return psycopg.connect(server.format(database="postgres").replace("+psycopg", ""), autocommit=True)


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql_server: str) -> Iterator[str]:
    """The name of a database that was migrated once, to be copied: all migrations take a second or two."""
    with _new_postgresql(postgresql_server) as name:
        database = Database(postgresql_server.format(database=name), bytes(32))
        upgrade(database)
        database.dispose()
        yield name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("migrated") / "test.db"
    path.write_bytes(migrated())
    return path


@pytest.fixture
def postgresql_url(postgresql_server: str) -> Iterator[str]:
    """The address of an empty database on PostgreSQL."""
    with _new_postgresql(postgresql_server) as name:
        yield postgresql_server.format(database=name)


@pytest.fixture
def postgresql(postgresql_server: str, migrated_postgresql: str) -> Iterator[Database]:
    """A migrated database on PostgreSQL."""
    with _new_postgresql(postgresql_server, migrated_postgresql) as name:
        database = Database(postgresql_server.format(database=name), bytes(32))
        yield database
        database.dispose()


@pytest.fixture
def database(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite database."""
    shutil.copy(migrated_sqlite, tmp_path / "test.db")
    database = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
    yield database
    database.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def both_databases(request: pytest.FixtureRequest) -> Database:
    """A migrated database, once on SQLite and once on PostgreSQL: for what the two could do differently."""
    found: Database = request.getfixturevalue("database" if request.param == "sqlite" else "postgresql")
    return found


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    """An empty vault."""
    return Vault(tmp_path / "vault", bytes(32))


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """The whole demonstration, started once for all tests that need it; they run in one worker."""
    running = start(tmp_path_factory.mktemp("demonstration"))
    yield running
    running.stop()
    assert running.process.returncode == 0, running.output()
