"""Each table that names a person and a zone says whether it goes along to another zone: none is forgotten when one is added."""

from __future__ import annotations

from monitor.enrolment.moving import FOLLOWS, STAYS
from monitor.models.every_table import METADATA

# The person themselves, and a transfer, which names both zones.
THEMSELVES = {"resident", "transfer"}


def test_every_table_that_names_a_person_and_a_zone_follows_or_stays_for_a_reason() -> None:
    both = set()
    for name, table in METADATA.tables.items():
        of_person = {"resident_id", "case_of"} & set(table.columns.keys())
        refers = any(key.column.table.name == "resident" for key in table.foreign_keys)
        if "zone_id" in table.columns and (of_person or refers):
            both.add(name)
    assert both >= {"incident", "check_in", "media", "guardian", "quarantine_order", "planned_change"}
    follows = {model.__tablename__ for model in FOLLOWS}
    assert follows | set(STAYS) == both - THEMSELVES
    assert not follows & set(STAYS)
    assert all(STAYS.values())
