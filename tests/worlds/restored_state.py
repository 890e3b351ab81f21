"""A database and the files beside it as they were: copied once, put back as often as wanted, on SQLite and PostgreSQL."""

from __future__ import annotations

import secrets
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from monitor.database.database import Database


class Kept:
    """A copy of a database and of a folder. Nobody may be connected while it is made or put back."""

    def __init__(self, database: Database, folder: Path) -> None:
        database.dispose()
        self._url, self._folder = make_url(database.engine.url), folder
        self._template = ""
        if not database.is_sqlite:
            self._template = f"kept_{secrets.token_hex(6)}"
            self._copy(str(self._url.database), self._template)
        self._files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def put_back(self, *, database: bool = True, only: str = "") -> None:
        """only: of the files, those in folders below which this name stands; what else is there stays."""
        if database and self._template:
            self._copy(self._template, str(self._url.database))
        for path in [each for each in self._folder.rglob("*") if each.is_file() and each not in self._files]:
            if self._meant(path, only):
                path.unlink()
        for path, content in self._files.items():
            if self._meant(path, only):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def _meant(self, path: Path, only: str) -> bool:
        return not only or only in path.relative_to(self._folder).parts or path.name.startswith("test.db")

    def _copy(self, source: str, target: str) -> None:
        server = self._url.set(database="postgres", drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {target} TEMPLATE {source}")
