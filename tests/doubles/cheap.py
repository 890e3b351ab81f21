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
from werkzeug.routing import Rule

from monitor.accounts import passwords


class _Templates(BytecodeCache):
    """Compiled templates, for all applications of this process."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._kept[bucket.key, bucket.checksum] = bucket.code


def make_cheap() -> None:
    """Passwords, templates, addresses, and what is written to disk. Once for a process."""
    # Dear to try on purpose, a third of a second each; nobody guesses those of the tests.
    passwords._hasher = passwords._hasher_of_codes = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords._nobody = passwords._hasher.hash("nobody's")
    Flask.jinja_options = {"bytecode_cache": _Templates()}
    _compile_rules_once()
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
