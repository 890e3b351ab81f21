"""Which statements each page of the console asks of its database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from monitor.accounts.sessions import begin
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.accounts import Account, SignInWay
from web.benchmarks.addresses import Address

MOST = 12
"""So many a page may ask."""


@contextmanager
def noted(database: Database) -> Iterator[list[str]]:
    """The statements that are asked meanwhile, without what begins transactions and sets connections up."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.split(maxsplit=1)[0] not in ("BEGIN", "PRAGMA"):
            asked.append(" ".join(statement.split()))

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(database.engine, "before_cursor_execute", note)


def signed_in(app: Flask, database: Database, username: str) -> FlaskClient:
    """A browser with a session that has begun just now."""
    with database.write() as session:
        account = session.scalars(select(Account).where(Account.username == username)).one()
        token = begin(session, account, SignInWay.TOTP, now=utc_now())
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client


def statements_of(app: Flask, database: Database, pages: Sequence[Address]) -> dict[str, list[str]]:
    """By path, the statements of each page when it is opened for the first time; each is asked for by an account named after its role."""
    found: dict[str, list[str]] = {}
    for role in dict.fromkeys(page.role for page in pages):
        client = signed_in(app, database, role.value)
        for page in (each for each in pages if each.role is role):
            with noted(database) as asked:
                client.get(page.url, buffered=True)
            found[page.path] = asked
    return found
