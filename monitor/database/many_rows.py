"""Thousands of rows in one statement: lists of keys as one value, and rows to insert or to change that come as one document.

Both databases have it, each in its own words. A parameter for each key or each column costs more than the rows themselves: SQLAlchemy
and the drivers then spend most of the time on parameters.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Dialect,
    String,
    Subquery,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    func,
    literal,
    select,
    type_coerce,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine, UserDefinedType

from monitor.database.database import insert_new
from monitor.database.statements import changed, inserted


class _WholeNumbers(UserDefinedType[str]):
    """PostgreSQL's array of whole numbers, given as its text, which the driver only copies; of a list psycopg looks at each element."""

    cache_ok = True
    # Cast right where it stands, the text is read once, by the database, as a value of this type.
    render_bind_cast = True

    def get_col_spec(self, **_options: Any) -> str:
        """Its name."""
        return "INTEGER[]"


class _Listed(TypeDecorator[list[Any]]):
    """A list as one value: an array for PostgreSQL, a JSON text for SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, of_text: bool) -> None:
        super().__init__()
        self.of_text = of_text

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array or a text."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(Text())) if self.of_text else _WholeNumbers()
        return dialect.type_descriptor(Text())

    def process_bind_param(self, value: list[Any] | None, dialect: Dialect) -> Any:
        """To the database."""
        if dialect.name != "postgresql":
            return json.dumps(value)
        return value if value is None or self.of_text else "{" + ",".join(map(str, value)) + "}"


class _OneOf(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: OperatorType | None = None) -> _OneOf:
        """Itself: for a database without truth values SQLAlchemy would write `= 1` behind it, and no index were used."""
        return self


@compiles(_OneOf, "sqlite")
def _one_of_sqlite(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    mine, listed = (compiler.process(each, **options) for each in element.clauses)
    return f"({mine} IN (SELECT value FROM json_each({listed})))"  # noqa: S608 - both parts come from the compiler


@compiles(_OneOf, "postgresql")
def _one_of_postgresql(element: _OneOf, compiler: SQLCompiler, **options: Any) -> str:
    mine, listed = (compiler.process(each, **options) for each in element.clauses)
    return f"({mine} = ANY({listed}))"


def one_of(
    mine: InstrumentedAttribute[Any] | ColumnElement[Any], keys: Collection[int] | Collection[str]
) -> ColumnElement[bool]:
    """Whether a column of whole numbers or of plain text is one of many keys; any number of them, none too."""
    return _OneOf(mine, bindparam(None, list(keys), type_=_Listed(_is_text(mine)), unique=True))


def one_of_given(mine: InstrumentedAttribute[Any] | ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """The same for a statement that is made once and executed often; name: of the parameter that brings the list of keys."""
    return _OneOf(mine, bindparam(name, type_=_Listed(_is_text(mine))))


def _is_text(mine: InstrumentedAttribute[Any] | ColumnElement[Any]) -> bool:
    return isinstance(mine.type, String)


def insert_rows(session: Session, table: type[Any], rows: Sequence[Mapping[str, Any]], common: Mapping[str, Any]) -> int:
    """Insert rows, leaving out those which a unique index refuses; returns how many came in.

    rows: the values that differ, all with the same keys, named as the table's columns. common: those that all of them have. Columns
    in neither get what the database gives them: defaults that Python computes are not applied.
    """
    if not rows:
        return 0
    columns, names = table.__table__.c, list(rows[0])
    each = given_rows(session, {name: columns[name].type for name in rows[0]}, rows)
    values = [*each.c, *(literal(value, columns[name].type) for name, value in common.items())]
    # SQLite wants a WHERE here, to tell the ON of a conflict from that of a join.
    source = select(*values).select_from(each).where(literal(1) == 1)
    filled = insert_new(session, table).from_select([*names, *common], source, include_defaults=False)
    return inserted(session, filled)


def add_up(session: Session, table: type[Any], key: Mapping[str, Any], sums: Mapping[str, int]) -> None:
    """Add to the sums of the row with this key, which is made where there is none. key: all columns of the primary key."""
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    added = build(table).values(**key, **sums)
    more = {name: getattr(table, name) + getattr(added.excluded, name) for name in sums}
    session.execute(added.on_conflict_do_update(index_elements=list(key), set_=more))


def next_keys(session: Session, table: type[Any], many: int) -> range | list[int]:
    """Keys for so many new rows of a table, in a transaction that writes.

    With their keys rows are inserted all in one; without, SQLAlchemy inserts one after the other on SQLite to learn each.
    """
    if session.get_bind().dialect.name == "sqlite":
        # Whoever writes is alone, and this is what SQLite would do.
        first = (session.scalar(select(func.max(table.id))) or 0) + 1
        return range(first, first + many)
    sequence = func.nextval(cast(func.pg_get_serial_sequence(table.__tablename__, "id"), postgresql.REGCLASS))
    return list(session.scalars(select(sequence).select_from(func.generate_series(1, many))))


def update_rows(
    session: Session, table: type[Any], rows: Sequence[Mapping[str, Any]], common: Mapping[str, Any], *only: ColumnElement[bool]
) -> None:
    """Change rows by their key. rows: `id` and the values that differ; common: those that all of them get; only: conditions."""
    if not rows:
        return
    columns = table.__table__.c
    each = given_rows(session, {name: columns[name].type for name in rows[0]}, rows)
    values = {name: each.c[name] for name in rows[0] if name != "id"} | dict(common)
    changed(session, update(table).where(columns["id"] == each.c["id"], *only).values(values))


def given_rows(session: Session, types: Mapping[str, TypeEngine[Any]], rows: Sequence[Mapping[str, Any]]) -> Subquery:
    """Rows as something to select from and to join with; they travel as one document. types: of the columns; rows: all with these names."""
    dialect = session.get_bind().dialect
    encoders = {name: _encoder(kind, dialect) for name, kind in types.items()}
    encode = [(name, each) for name, each in encoders.items() if each is not None]
    # PostgreSQL's driver takes days as they are; JSON does not.
    document = json.dumps([{**row, **{name: each(row[name]) for name, each in encode}} for row in rows], default=date.isoformat)
    values: list[ColumnElement[Any]]
    if dialect.name == "sqlite":
        each = func.json_each(document).table_valued("value")
        values = [func.json_extract(each.c.value, f"$.{name}") for name in types]
    else:
        each = (
            func.jsonb_to_recordset(cast(literal(document, Text()), postgresql.JSONB))
            .table_valued(*(column(name, Text) for name in types))
            .render_derived(with_types=True)
        )
        values = [cast(each.c[name], kind) for name, kind in types.items()]
    return select(
        *(type_coerce(value, kind).label(name) for value, (name, kind) in zip(values, types.items(), strict=True))
    ).subquery()


def _encoder(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """What the column's type makes of a value on its way to the database, as something that JSON can say; None: nothing."""
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    if process is None:
        return None
    moments: dict[datetime, str] = {}

    def encode(value: Any) -> Any:
        if isinstance(value, datetime):
            # Thousands of rows share a few.
            if value not in moments:
                moments[value] = _encoded(process(value))
            return moments[value]
        return _encoded(process(value))

    return encode


def _encoded(bound: Any) -> Any:
    if isinstance(bound, datetime):
        return bound.isoformat()
    # psycopg wraps what it sends as JSON.
    return json.dumps(bound.obj) if hasattr(bound, "obj") else bound
