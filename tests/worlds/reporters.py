"""A small province with three communes and a neighbourhood, of which no file knows; and who declared there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.folding import folded
from monitor.models.accounts import Role
from monitor.models.declarations import DeclarationState
from monitor.models.units import AdministrativeUnit, UnitKind
from monitor.places.units.search import UnitKey
from tests.worlds.declared import add_declarant, add_declaration
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW

SINCE = date(2025, 7, 1)
PROVINCE = UnitKey("90", SINCE)
_UNITS = (
    ("90", None, UnitKind.PROVINCE, "Tỉnh Chín", None),
    ("9100", "90", UnitKind.WARD, "Phường Một", (11.0, 106.6)),
    ("9200", "90", UnitKind.COMMUNE, "Xã Hai", (11.2, 106.7)),
    ("9300", "90", UnitKind.COMMUNE, "Xã Ba", (10.9, 106.9)),
    ("9001", "9100", UnitKind.NEIGHBOURHOOD, "Khu phố 1", None),
)


def commune(number: int) -> UnitKey:
    """1, 2 or 3."""
    return UnitKey(f"9{number}00", SINCE)


def add_units(database: Database) -> None:
    """The units, beside whatever there is."""
    with database.write() as session:
        for code, parent, kind, name, spot in _UNITS:
            session.add(
                AdministrativeUnit(
                    code=code,
                    valid_from=SINCE,
                    parent_code=parent,
                    parent_from=SINCE if parent else None,
                    kind=kind,
                    name=name,
                    name_en=name,
                    folded=folded(name),
                    folded_path=f"{folded(name)} {code}",
                    latitude=spot[0] if spot else None,
                    longitude=spot[1] if spot else None,
                )
            )


def add_declared(
    database: Database,
    name: str,
    unit: UnitKey | None,
    *,
    made: Sequence[datetime] = (NOW,),
    days: int = 3,
    state: DeclarationState = DeclarationState.TAKEN,
    **more: object,
) -> int:
    """Somebody of the public who lives there, with a declaration of each of these moments. more: further columns."""
    lives = {"unit_code": unit.code if unit else None, "unit_from": unit.valid_from if unit else None}
    declarant = add_declarant(database, name, **lives, **more)
    for at in made:
        add_declaration(database, declarant, made_at=at, days=days, state=state)
    return declarant


def add_staff(database: Database, name: str = "chi_hoa") -> int:
    """Somebody of staff for the whole province."""
    with database.write() as session:
        return add_account(session, name, PASSWORD, Role.SUPERVISOR, zones=None, now=NOW).id
