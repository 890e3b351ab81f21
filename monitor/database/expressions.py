"""Expressions that SQLite and PostgreSQL each say in words of their own: a moment's minute, a JSON object, random digits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ColumnElement, Double, FromClause, Join, SQLColumnExpression, String, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from monitor.models.base import UtcDateTime


class _Minute(FunctionElement[datetime]):
    type = UtcDateTime()
    name = "minute"
    inherit_cache = True


class _JsonObject(FunctionElement[Any]):
    type = JSON()
    name = "json_object"
    inherit_cache = True


class _RandomDigits(FunctionElement[str]):
    type = String()
    name = "random_digits"
    inherit_cache = True


class _Later(FunctionElement[datetime]):
    type = UtcDateTime()
    name = "later"
    inherit_cache = True


class _Seconds(FunctionElement[int]):
    type = BigInteger()
    name = "seconds"
    inherit_cache = True


@compiles(_Later, "sqlite")
def _later_sqlite(element: _Later, compiler: SQLCompiler, **options: Any) -> str:
    moment, seconds = (compiler.process(each, **options) for each in element.clauses)
    # As moments are stored, to the microsecond; SQLite reckons to the thousandth.
    return f"(strftime('%Y-%m-%d %H:%M:%f', {moment}, {seconds} || ' seconds') || '000')"


@compiles(_Later, "postgresql")
def _later_postgresql(element: _Later, compiler: SQLCompiler, **options: Any) -> str:
    moment, seconds = (compiler.process(each, **options) for each in element.clauses)
    return f"({moment} + make_interval(secs => CAST({seconds} AS DOUBLE PRECISION)))"


def later(moment: SQLColumnExpression[Any], seconds: float) -> ColumnElement[datetime]:
    """A moment so many seconds later, or earlier; of none, none."""
    return _Later(moment, literal(f"{seconds:+.3f}"))


class _SecondsBetween(FunctionElement[float]):
    type = Double()
    name = "seconds_between"
    inherit_cache = True


@compiles(_SecondsBetween, "sqlite")
def _between_sqlite(element: _SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    earlier, then = (compiler.process(each, **options) for each in element.clauses)
    return f"round((julianday({then}) - julianday({earlier})) * 86400.0, 3)"


@compiles(_SecondsBetween, "postgresql")
def _between_postgresql(element: _SecondsBetween, compiler: SQLCompiler, **options: Any) -> str:
    earlier, then = (compiler.process(each, **options) for each in element.clauses)
    return f"CAST(EXTRACT(EPOCH FROM ({then} - {earlier})) AS DOUBLE PRECISION)"


def seconds_between(earlier: SQLColumnExpression[Any], then: SQLColumnExpression[Any]) -> ColumnElement[float]:
    """From one moment to another, to the millisecond; of none, none."""
    return _SecondsBetween(earlier, then)


def minute_of(moment: SQLColumnExpression[Any]) -> ColumnElement[datetime]:
    """The beginning of a moment's minute, in UTC; of none, none."""
    return _Minute(moment)


def seconds_of(moment: SQLColumnExpression[Any]) -> ColumnElement[int]:
    """Whole seconds from 1970 to a moment; of none, none. Of tens of thousands of rows the database tells them sooner than Python does."""
    return _Seconds(moment)


def json_object(**members: SQLColumnExpression[Any]) -> ColumnElement[Any]:
    """A JSON object with these members."""
    return _JsonObject(*(each for name, value in members.items() for each in (literal(name), value)))


def random_digits() -> ColumnElement[str]:
    """Sixteen random bytes in 32 hexadecimal digits, others for each row."""
    return _RandomDigits()


class _OneAfterOther(Join):
    inherit_cache = True


@compiles(_OneAfterOther, "sqlite")
def _one_after_other_sqlite(element: _OneAfterOther, compiler: SQLCompiler, asfrom: bool = True, **options: Any) -> str:
    left, right = (compiler.process(each, asfrom=asfrom, **options) for each in (element.left, element.right))
    on = compiler.process(element.onclause, **options) if element.onclause is not None else "1"
    return f"{left} CROSS JOIN {right} ON {on}"


@compiles(_OneAfterOther, "postgresql")
def _one_after_other_postgresql(element: _OneAfterOther, compiler: SQLCompiler, asfrom: bool = True, **options: Any) -> str:
    left, right = (compiler.process(each, asfrom=asfrom, **options) for each in (element.left, element.right))
    on = compiler.process(element.onclause, **options) if element.onclause is not None else "true"
    # It looks neither behind a LATERAL with an OFFSET, nor for another order.
    return f"{left} CROSS JOIN LATERAL (SELECT * FROM {right} WHERE {on} OFFSET 0) AS {right}"  # noqa: S608 - from the compiler


def one_after_other(first: FromClause, then: FromClause, on: ColumnElement[bool]) -> Join:
    """A join in which the database takes the rows of the first one and finds those of the table, never the other way round.

    SQLite knows nothing of how many rows have a value, and takes any condition on the table for the rarer; PostgreSQL looks through the
    whole table in two processes rather than for four thousand of its rows.
    """
    return _OneAfterOther(first, then, on)


def _said(kind: type[FunctionElement[Any]], *, sqlite: str, postgresql: str) -> None:
    """Say how each database writes it; {} stands for what it is made of."""

    def in_words(template: str) -> Callable[..., str]:
        def write(element: FunctionElement[Any], compiler: SQLCompiler, **options: Any) -> str:
            return template.format(compiler.process(element.clauses, **options))

        return write

    compiles(kind, "sqlite")(in_words(sqlite))
    compiles(kind, "postgresql")(in_words(postgresql))


_said(_Minute, sqlite="strftime('%Y-%m-%d %H:%M', {})", postgresql="date_trunc('minute', {})")
_said(_Seconds, sqlite="unixepoch({})", postgresql="CAST(floor(extract(epoch FROM {})) AS BIGINT)")
_said(_JsonObject, sqlite="json_object({})", postgresql="json_build_object({})")
_said(_RandomDigits, sqlite="lower(hex(randomblob(16)))", postgresql="replace(CAST(gen_random_uuid() AS VARCHAR), '-', '')")
