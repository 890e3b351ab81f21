"""The copy of everything about a resident against the schema: no table and no column is forgotten when one is added."""

from __future__ import annotations

from sqlalchemy import Table

from monitor.models.every_table import METADATA
from monitor.personal_data.copy import LEFT_OUT, OUR_OWN, PARTS

TABLES = METADATA.tables
COPIED = {part.table for part in PARTS}


def refers_to(table: Table, names: set[str]) -> bool:
    return any(key.column.table.name in names for key in table.foreign_keys)


def test_every_table_that_refers_to_a_resident_is_in_the_copy_or_left_out_for_a_reason() -> None:
    referring = {name for name, table in TABLES.items() if refers_to(table, {"resident"})}
    assert referring >= {"answer", "audit_entry", "consent", "media", "observation", "rights_request"}
    assert referring - COPIED - set(LEFT_OUT) == set()


def test_every_table_that_refers_to_what_is_a_residents_is_in_the_copy_or_left_out_for_a_reason() -> None:
    # Round and plan are everybody's; what hangs on one check-in, answer, incident or picture is one person's.
    theirs = COPIED - {"household", "audit_entry", "plan_resident", "resident"}
    hanging = {name for name, table in TABLES.items() if refers_to(table, theirs)}
    assert hanging >= {"check_in_change", "review", "incident_note", "incident_media"}
    assert hanging - COPIED - set(LEFT_OUT) == set()
    assert all(LEFT_OUT.values())
    assert not set(LEFT_OUT) & COPIED


def test_every_column_of_a_copied_table_is_in_the_copy_or_left_out_for_a_reason() -> None:
    for part in PARTS:
        columns = set(TABLES[part.table].columns.keys())
        assert set(part.columns) <= columns, part.table
        assert columns - set(part.columns) - set(OUR_OWN) == set(), part.table
        assert part.masked <= set(part.columns)


def test_what_a_link_hands_out_has_no_picture_and_no_whole_number() -> None:
    by_link = {part.table: part for part in PARTS if part.by_link}
    assert not {"media", "face_template", "incident_note", "contact_attempt", "audit_entry", "inbound_message"} & set(by_link)
    for part in by_link.values():
        numbers = {"phone", "document_number", "address", "sender", "fix"} & set(part.columns)
        assert numbers <= part.masked, part.table
