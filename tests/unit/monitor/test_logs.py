"""Logs tell where an error was and of what kind, and none of the words that it quotes."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import text

from monitor.database.database import Database
from monitor.problems import BadInput
from monitor.service.logs import DiscreetFormatter, describe

PLANTED = "Trần Văn Riêng"


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyError(PLANTED), "KeyError"),
        (ValueError(f"invalid literal: {PLANTED}"), "ValueError"),
        (BadInput("%(name)s is no name", name=PLANTED), "%(name)s is no name"),
        (FileNotFoundError(2, "No such file", PLANTED), "No such file"),
    ],
)
def test_an_error_is_told_without_what_it_quotes(error: Exception, told: str) -> None:
    described = describe(raised(RuntimeError(PLANTED), raised(error)))
    assert PLANTED not in described
    assert told in described
    assert described.index(told) < described.index("RuntimeError")
    assert "in raised" in described


def test_a_database_that_refuses_a_row_quotes_it_to_nobody(both_databases: Database) -> None:
    with pytest.raises(Exception, match="zone") as caught, both_databases.write() as session:
        session.execute(text("INSERT INTO zone (id, name) VALUES (1, :name)"), {"name": PLANTED})
    record = logging.LogRecord("x", logging.ERROR, "", 0, "it failed", (), (caught.type, caught.value, caught.tb))
    written = DiscreetFormatter("%(message)s").format(record)
    assert PLANTED not in written
    assert "INSERT INTO zone" in written
    # The driver's own words are what must not be written.
    assert both_databases.is_sqlite or PLANTED in str(caught.value)
