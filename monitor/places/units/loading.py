"""Brings the administrative units of the product's file into the tables: at each upgrade, and only when the file is another one."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert

from monitor.database.database import Database
from monitor.database.locks import Lock, only_one
from monitor.folding import folded
from monitor.models.units import AdministrativeUnit, LoadedFile, UnitSuccession
from monitor.places.units.naming import in_english, kind_of

FILE = Path(__file__).with_name("units.tsv.gz")
_TABLES = (AdministrativeUnit, UnitSuccession)
_Line = dict[str, str]


def load_units(database: Database, now: datetime, file: Path = FILE) -> bool:
    """Replace what an earlier file brought; what was added here stays. Returns whether anything was done.

    The newest tables must be there. Several machines may begin at once: one does it.
    """
    content = file.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    with database.write() as session:
        only_one(session, Lock.MIGRATIONS)
        known = session.get(LoadedFile, file.name)
        if known is not None and known.digest == digest:
            return False
        for table in _TABLES:
            session.execute(delete(table).where(table.built_in))
        lines = list(_lines(content))
        for table, rows in ((AdministrativeUnit, list(_units(lines))), (UnitSuccession, list(_successions(lines)))):
            if rows:
                session.execute(insert(table), rows)
        session.merge(LoadedFile(name=file.name, digest=digest, loaded_at=now))
    return True


def _lines(content: bytes) -> Iterator[_Line]:
    names, *rest = gzip.decompress(content).decode().splitlines()
    columns = names.split("\t")
    for line in rest:
        yield dict(zip(columns, line.split("\t"), strict=True))


def _units(lines: list[_Line]) -> Iterator[dict[str, Any]]:
    """Rows, each after its parent's, whichever order the file has: a parent is of the same time."""
    by_key = {(line["from"], line["code"]): line for line in lines}
    above: dict[tuple[str, str], tuple[int, str]] = {}

    def place(since: str, code: str) -> tuple[int, str]:
        """How many units are above, and the folded names from this one up."""
        if (since, code) not in above:
            line = by_key[since, code]
            level, path = place(since, line["parent"]) if line["parent"] else (-1, "")
            above[since, code] = level + 1, folded(line["name"]) + path
        return above[since, code]

    for line in lines:
        level, path = place(line["from"], line["code"])
        since = date.fromisoformat(line["from"])
        yield {
            "code": line["code"],
            "valid_from": since,
            "valid_to": date.fromisoformat(line["to"]) if line["to"] else None,
            "parent_code": line["parent"] or None,
            "parent_from": since if line["parent"] else None,
            "kind": kind_of(line["name"], level),
            "name": line["name"],
            "name_en": in_english(line["name"], level),
            "folded": folded(line["name"]),
            "folded_path": f"{path} {line['code']}",
            "latitude": float(line["latitude"]) if line["latitude"] else None,
            "longitude": float(line["longitude"]) if line["longitude"] else None,
            "built_in": True,
        }


def _successions(lines: list[_Line]) -> Iterator[dict[str, Any]]:
    """What became of what: the successor begins on the day after."""
    begins = sorted({line["from"] for line in lines})
    for line in lines:
        after = next((each for each in begins if each > line["from"]), "")
        for told in filter(None, line["into"].split(",")):
            yield {
                "code": line["code"],
                "valid_from": date.fromisoformat(line["from"]),
                "into_code": told.removesuffix("?"),
                "into_from": date.fromisoformat(after),
                "most": not told.endswith("?"),
                "built_in": True,
            }
