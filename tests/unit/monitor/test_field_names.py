"""Every field that is read has a name."""

from __future__ import annotations

from monitor.enrolment.details import FIELDS
from monitor.enrolment.field_names import NAMES
from monitor.enrolment.orders import ORDER_FIELDS


def test_every_field_that_is_read_has_a_name() -> None:
    assert set(NAMES) == {
        *FIELDS,
        *ORDER_FIELDS,
        "unit",
        "zone",
        "room",
        "household",
        "household_phone",
        "record",
        "arrived_at",
    }
