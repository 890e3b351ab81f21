"""What a page asks of the database, together: questions that do not wait for one another's answers go as one statement.

A function that reads is written as a `Reading`: it says what it asks by `yield from asked(select(…))` and goes on with the rows. `at_once`
runs several of them side by side, and `read` puts what all of them ask at a time into one UNION ALL. Each page of a person gathers from
twenty tables: one by one that were forty statements, each with its way to the database and back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar, TypeVarTuple, overload

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Dialect,
    Float,
    Integer,
    Label,
    LargeBinary,
    Row,
    Select,
    String,
    TypeDecorator,
    inspect,
    select,
    text,
    union_all,
)
from sqlalchemy.engine import result_tuple
from sqlalchemy.orm import Mapper, Session, make_transient_to_detached
from sqlalchemy.types import JSON, TypeEngine

Question: TypeAlias = Select[*tuple[Any, ...]]
Result = TypeVar("Result")
Thing = TypeVar("Thing")
Other = TypeVar("Other")
Others = TypeVarTuple("Others")
Reading: TypeAlias = Generator[Sequence[Question], Sequence[list[Any]], Result]
"""Yields questions, is sent the rows of each, and returns what it was made for."""
# What a union calls the types of its columns, where the first part has nothing in one.
_KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "BOOLEAN"),
    (Integer, "BIGINT"),
    (DateTime, "TIMESTAMP WITH TIME ZONE"),
    (Date, "DATE"),
    (JSON, "JSON"),
    (LargeBinary, "BYTEA"),
    (Float, "DOUBLE PRECISION"),
    (String, "TEXT"),
)


@overload
def asked(question: Select[Thing]) -> Reading[list[Thing]]: ...


@overload
def asked(question: Select[Thing, Other, *Others]) -> Reading[list[Row[Thing, Other, *Others]]]: ...


def asked(question: Any) -> Reading[list[Any]]:
    """The rows of a question, as the ORM has them; where it selects one thing, those things."""
    (rows,) = yield [question]
    return rows


@overload
def first(question: Select[Thing]) -> Reading[Thing | None]: ...


@overload
def first(question: Select[Thing, Other, *Others]) -> Reading[Row[Thing, Other, *Others] | None]: ...


def first(question: Any) -> Reading[Any]:
    """The first row, or thing, of a question; None where there is none."""
    (rows,) = yield [question.limit(1)]
    return rows[0] if rows else None


def known(value: Result) -> Reading[Result]:
    """What needs no question, among readings that do."""
    yield from ()
    return value


def at_once(*readings: Reading[Any]) -> Reading[tuple[Any, ...]]:
    """Several side by side; what each returned."""
    results: list[Any] = [None] * len(readings)
    answers: dict[int, Sequence[list[Any]] | None] = dict.fromkeys(range(len(readings)))
    while answers:
        waiting: dict[int, Sequence[Question]] = {}
        for number, answer in answers.items():
            try:
                waiting[number] = next(readings[number]) if answer is None else readings[number].send(answer)
            except StopIteration as end:
                results[number] = end.value
        if not waiting:
            break
        rows = iter((yield [question for questions in waiting.values() for question in questions]))
        answers = {number: [next(rows) for _question in questions] for number, questions in waiting.items()}
    return tuple(results)


def read(session: Session, reading: Reading[Result]) -> Result:
    """Run a reading: as many statements as it has steps that wait for one another."""
    answers: Sequence[list[Any]] | None = None
    while True:
        try:
            questions = next(reading) if answers is None else reading.send(answers)
        except StopIteration as end:
            result: Result = end.value
            return result
        answers = _answered(session, questions)


def _answered(session: Session, questions: Sequence[Question]) -> Sequence[list[Any]]:
    if not questions:
        return []
    if len(questions) == 1:
        result = session.execute(questions[0])
        return [list(result.scalars() if len(questions[0].column_descriptions) == 1 else result)]
    # As the ORM does before it asks.
    session.flush()
    dialect = session.get_bind().dialect
    parts = [_Part(question, dialect) for question in questions]
    places: Counter[str] = Counter()
    for part in parts:
        places |= Counter(part.kinds)
    selects = [
        # One text for all columns: SQLAlchemy takes longer to make columns than the databases to find them. Written so, the driver's
        # values come as they are; what kind of ours they are differs from part to part.
        select(text(f"{number}, {part.columns(number, places)}")).select_from(part.question.subquery(f"q{number}"))
        for number, part in enumerate(parts)
    ]
    found: list[list[Any]] = [[] for _part in parts]
    for row in session.connection().execute(union_all(*selects)):
        found[row[0]].append(parts[row[0]].read(session, row))
    return found


class _Part:
    """One question within the union. kinds: of its columns, which are called c0, c1 and so on."""

    def __init__(self, question: Question, dialect: Dialect) -> None:
        self._things: list[tuple[Mapper[Any] | None, tuple[str, ...]]] = []
        self.kinds: list[str] = []
        columns: list[Label[Any]] = []
        for each in question.column_descriptions:
            entity = each["entity"]
            if entity is not None and each["expr"] is entity:
                mapper, keys, own = _columns_of(entity, len(columns))
            else:
                mapper, keys, own = None, (each["name"],), (each["expr"].label(f"c{len(columns)}"),)
            self._things.append((mapper, keys))
            columns += own
        self.question = question.with_only_columns(*columns)
        self.kinds = [_kind(column.type) for column in columns]
        self._readers = [_reader(column.type, dialect) for column in columns]
        self._row = result_tuple([each["name"] for each in question.column_descriptions])
        self._has_objects = any(mapper is not None for mapper, _keys in self._things)
        self._changed = [(column, reader) for column, reader in enumerate(self._readers) if reader is not None]
        self._at: list[int] = []

    def columns(self, number: int, places: Mapping[str, int]) -> str:
        """What it has at each place of the union. number: its own; places: how many there are of each kind."""
        mine: dict[str, list[int]] = {}
        for column, kind in enumerate(self.kinds):
            mine.setdefault(kind, []).append(column)
        self._at = [0] * len(self.kinds)
        written: list[str] = []
        for kind, many in places.items():
            # The first part says what the others have there.
            nothing = "NULL" if number else f"CAST(NULL AS {kind})"
            for column in mine.get(kind, ()):
                self._at[column] = len(written) + 1
                written.append(f"q{number}.c{column}")
            written += [nothing] * (many - len(mine.get(kind, ())))
        return ", ".join(written)

    def read(self, session: Session, row: Row[Any]) -> Any:
        """A row of the union as a row of this question."""
        own_values = [row[place] for place in self._at]
        for column, reader in self._changed:
            own_values[column] = reader(own_values[column])
        # Most questions want a few columns, some of thousands of rows.
        if not self._has_objects:
            return own_values[0] if len(own_values) == 1 else self._row(own_values)
        values = iter(own_values)
        things = []
        for mapper, keys in self._things:
            own = {key: next(values) for key in keys}
            things.append(own[keys[0]] if mapper is None else _instance(session, mapper, own))
        return things[0] if len(things) == 1 else self._row(things)


def _columns_of(entity: Any, first_number: int) -> tuple[Mapper[Any], tuple[str, ...], tuple[Label[Any], ...]]:
    """The attributes of a mapped class or an alias, and their columns named from this number on."""
    if isinstance(entity, type):
        return _columns_of_class(entity, first_number)
    mapper = inspect(entity).mapper
    keys = tuple(mapper.column_attrs.keys())
    labels = (getattr(entity, key).label(f"c{number}") for number, key in enumerate(keys, first_number))
    return mapper, keys, tuple(labels)


@lru_cache(maxsize=4096)
def _columns_of_class(entity: type[Any], first_number: int) -> tuple[Mapper[Any], tuple[str, ...], tuple[Label[Any], ...]]:
    mapper: Mapper[Any] = inspect(entity)
    keys = tuple(mapper.column_attrs.keys())
    return mapper, keys, tuple(getattr(entity, key).label(f"c{number}") for number, key in enumerate(keys, first_number))


@lru_cache(maxsize=4096)
def _kind(of: TypeEngine[Any]) -> str:
    plain = of.impl_instance if isinstance(of, TypeDecorator) else of
    for each, kind in _KINDS:
        if isinstance(plain, each):
            return kind
    raise TypeError(f"a column of the type {of!r} goes together with no other")


@lru_cache(maxsize=4096)
def _reader(of: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What makes a value of ours of one of the driver's; None where they are the same. Drivers bring numbers as they are."""
    return None if isinstance(of, Float) else of.dialect_impl(dialect).result_processor(dialect, None)


def _instance(session: Session, mapper: Mapper[Any], values: dict[str, Any]) -> Any:
    """The object of a row, that which the session has where it has one; None for none beside another (an outer join)."""
    key = tuple(values[mapper.get_property_by_column(column).key] for column in mapper.primary_key)
    if None in key:
        return None
    there = session.identity_map.get(mapper.identity_key_from_primary_key(key))
    if there is not None:
        return there
    made = mapper.class_(**values)
    make_transient_to_detached(made)
    session.add(made)
    return made
