"""Whether sealed columns are opened with the key that they were sealed with: one damaged value is one, all of them are the key."""

from __future__ import annotations

from sqlalchemy import Text, select, type_coerce

from monitor.database.database import Database
from monitor.models.people.guardians import Guardian
from monitor.models.people.residents import Household, Resident
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.sealed_columns import PHONE, SealedValueProblem
from monitor.words import N_

_SAMPLED = (Resident.phone, Household.phone, Guardian.phone, InboundMessage.sender)
_OF_EACH = 20
# Of fewer, all may be damaged.
ENOUGH = 3


def require_right_key(database: Database) -> None:
    """Raise SealedValueProblem where none of some values can be opened: the service would take everybody for somebody without a number."""
    with database.read() as session:
        stored = [
            value
            for column in _SAMPLED
            for value in session.scalars(
                select(type_coerce(column, Text())).where(type_coerce(column, Text()) != "").limit(_OF_EACH)
            )
        ]
    if len(stored) >= ENOUGH and not any(_opens(database, each) for each in stored):
        raise SealedValueProblem(N_("A value in the database cannot be decrypted: the key is wrong."))


def _opens(database: Database, stored: str) -> bool:
    try:
        database.cipher.unseal(PHONE, stored)
    except SealedValueProblem:
        return False
    return True
