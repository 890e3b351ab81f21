"""The rows of a file become rows of the database, sealed; the file itself goes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from monitor.database.database import Database
from monitor.database.many_rows import insert_rows
from monitor.enrolment.columns import is_example, read_headings
from monitor.enrolment.imports.leases import Held, go_on
from monitor.enrolment.imports.uploading import BOUNDS, MOST_ROWS, owner_of
from monitor.models.people.imports import ImportRow, ImportState, PeopleImport, RowState
from monitor.problems import BadInput, Problem
from monitor.sheets import Sheet, read_sheet
from monitor.vault.vault import Vault, VaultProblem
from monitor.words import N_, Words, words

MOST_UNKNOWN = 40


def read_file(database: Database, vault: Vault, held: Held, now: datetime) -> None:
    """Take the rows out of the file, or note in words why that cannot be done."""
    with database.read() as session:
        name = session.get_one(PeopleImport, held.id).file
    try:
        sheet = read_sheet(_content(vault, held.id, name), most_rows=MOST_ROWS, bounds=BOUNDS)
        headings = read_headings(sheet.head)
        rows = list(_rows(sheet, headings.places))
        if not rows:
            raise BadInput(N_("The file has no rows of people, only headings."))
    except Problem as problem:
        fail(database, vault, held, problem.words, now)
        return
    with database.write() as session:
        unknown = list(headings.unknown[:MOST_UNKNOWN])
        if go_on(session, held, now, state=ImportState.JUDGING, unknown=unknown, file=None):
            insert_rows(session, ImportRow, rows, {"import_id": held.id, "state": RowState.UNJUDGED, "no_bed": False})
        else:
            return
    put_away(vault, held.id, name)


def fail(database: Database, vault: Vault, held: Held, why: Words, now: datetime) -> None:
    """End an import that cannot go on, and say why."""
    with database.write() as session:
        name = session.get_one(PeopleImport, held.id).file
        ended = {"state": ImportState.FAILED, "problem": why.dump(), "ended_at": now, "file": None}
        if not go_on(session, held, now, **ended, next_attempt_at=None):
            return
    put_away(vault, held.id, name)


def fail_often(database: Database, vault: Vault, held: Held, now: datetime) -> None:
    """The same for one at which workers died or failed again and again."""
    fail(
        database,
        vault,
        held,
        words(N_("The file could not be worked on. Copy its rows into the template, and upload that.")),
        now,
    )


def put_away(vault: Vault, import_id: int, name: str | None) -> None:
    """Remove the file of an import, which nobody reads any more, with its key. name: as the row had it."""
    if name is not None:
        vault.remove(name)
    vault.forget(owner_of(import_id))


def _content(vault: Vault, import_id: int, name: str | None) -> bytes:
    gone = BadInput(N_("The file is gone. Upload it again."))
    if name is None:
        raise gone
    try:
        return vault.get(owner_of(import_id), name)
    except VaultProblem:
        raise gone from None


def _rows(sheet: Sheet, places: dict[str, int]) -> Iterator[dict[str, object]]:
    for line in sheet.lines:
        cells = {name: line.cells[place] for name, place in places.items() if place < len(line.cells) and line.cells[place]}
        if cells and not is_example(cells):
            yield {"number": line.number, "cells": cells}
