"""Where somebody is in quarantine, as reports count it: central, at home or in a medical facility, and in which unit. Pure decisions."""

from __future__ import annotations

from enum import StrEnum

from monitor.models.places import ZoneKind

Place = str
"""A setting, a colon and a unit: `central:26740_2025-07-01`."""
NOWHERE: Place = ""
"""In quarantine nowhere."""


class Setting(StrEnum):
    """The three kinds of quarantine of which the province reports each."""

    CENTRAL = "central"
    HOME = "home"
    MEDICAL = "medical"


_BY_KIND = {
    ZoneKind.FACILITY: Setting.CENTRAL,
    ZoneKind.STREET_BLOCK: Setting.HOME,
    ZoneKind.HOME_CLUSTER: Setting.HOME,
    ZoneKind.MEDICAL: Setting.MEDICAL,
}


def setting_of(kind: ZoneKind, *, in_hospital: bool) -> Setting:
    """How somebody is in quarantine. in_hospital: their order says that they were taken to one; until it ends they are counted there."""
    return Setting.MEDICAL if in_hospital else _BY_KIND[kind]


def place_of(setting: Setting, unit: str) -> Place:
    """A place of a setting and a unit."""
    return f"{setting}:{unit}"


def parts_of(place: Place) -> tuple[Setting, str]:
    """Setting and unit of a place that is not NOWHERE."""
    setting, _between, unit = place.partition(":")
    return Setting(setting), unit
