"""Every page of the console asks few statements of the database, whoever looks: in a small province of the bench, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.places import Zone
from monitor.vault.vault import Vault
from web.benchmarks.addresses import READERS, pages_of, real_numbers
from web.benchmarks.console import PASSWORD, add_readers
from web.benchmarks.province import fill
from web.benchmarks.statements import MOST, noted, signed_in, statements_of
from web.benchmarks.under_way import SECRET, settings_in
from web.console.application import create_console

RESIDENTS = 300
# A file, a picture or a way onwards; and what is led elsewhere at once.
FEWER = 1


def _told(found: dict[str, list[str]]) -> str:
    """The pages that ask too much, each with its statements."""
    lines = [
        f"{path}: {len(asked)}\n  " + "\n  ".join(each[:300] for each in asked)
        for path, asked in found.items()
        if not FEWER <= len(asked) <= MOST
    ]
    return "\n".join(lines)


def test_no_page_asks_more_than_twelve(both_databases: Database, vault: Vault, tmp_path: Path) -> None:
    database = both_databases
    zones = fill(database, RESIDENTS, utc_now()).zones
    add_readers(database)
    with database.write() as session:
        for role in READERS:
            add_account(session, f"{role.value}-here", PASSWORD, role, zones=set(zones), now=utc_now())
    app = create_console(settings_in(tmp_path), database, vault)
    with database.read() as session:
        assert set(session.scalars(select(Zone.id))) == set(zones)
        pages = pages_of(app, real_numbers(session, zones[0], SECRET, utc_now()))
    for_all = statements_of(app, database, pages)
    assert len(for_all) > 110
    if told := _told(for_all):
        pytest.fail(told)
    # Who has zones of their own, each page a second time: nothing is to be written any more, and what is few is looked up.
    of_some: dict[str, list[str]] = {}
    for role in READERS:
        client = signed_in(app, database, f"{role.value}-here")
        for page in (each for each in pages if each.role is role):
            with noted(database) as asked:
                answer = client.get(page.url, buffered=True)
            assert answer.status_code < 500, page.url
            of_some[page.path] = asked
    if told := _told(of_some):
        pytest.fail(told)
