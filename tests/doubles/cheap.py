"""What is dear in a whole process and proves nothing when it is done again for each test: done once, or cheaply."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import CodeType
from typing import Any

import pysqlite3
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import event
from sqlalchemy.pool import Pool
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from monitor.accounts import passwords
from monitor.database.database import Database


class _Templates(BytecodeCache):
    """Compiled templates, for all applications of this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


class _Statements(LRUCache[Any, Any]):
    """Compiled statements, for all databases of one kind and one key; SQLAlchemy keeps them for each engine."""

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key[1:])

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


def make_cheap() -> None:
    """Passwords, templates, addresses, statements, and what is written to disk. Once for a process."""
    # Dear to try on purpose, a third of a second each; nobody guesses those of the tests.
    passwords._hasher = passwords._hasher_of_codes = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._nobody = passwords._hasher.hash("nobody's")
    Flask.jinja_options = {"bytecode_cache": _Templates()}
    _compile_rules_once()
    _compile_statements_once()
    # No machine loses its power here; a process that is killed loses nothing by it.
    os.fsync = lambda _: None
    event.listen(Pool, "checkout", _trust_the_disk)


def _trust_the_disk(connection: Any, record: Any, _proxy: Any) -> None:
    if not record.info.get("trusts") and isinstance(connection, pysqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")
    record.info["trusts"] = True


def _compile_rules_once() -> None:
    """An application has two hundred addresses; werkzeug compiles what builds each, anew for each application."""
    compile_builder, kept = Rule._compile_builder, {}

    def compiled(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        if rule.defaults:
            return compile_builder(rule, append_unknown)
        # All that it is made of; how values are written is asked of the rule each time.
        made_of = rule.rule, tuple(rule._trace), append_unknown
        if made_of not in kept:
            kept[made_of] = compile_builder(rule, append_unknown)
        return kept[made_of]

    Rule._compile_builder = compiled


def _compile_statements_once() -> None:
    """Each test opens a database of its own, which would compile anew what hundreds have asked before."""
    begin, kept = Database.__init__, {}

    def begun(database: Database, url: str, key: bytes) -> None:
        begin(database, url, key)
        # How sealed columns are opened is part of what is compiled.
        statements = kept.setdefault((database.kind, key), _Statements(5000))
        database.engine._compiled_cache = database._writing._compiled_cache = statements

    Database.__init__ = begun
