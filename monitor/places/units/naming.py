"""What an administrative unit is by its Vietnamese name: its kind, its name in English, and plain letters to find it by."""

from __future__ import annotations

from monitor.models.units import UnitKind

# By level (how many units are above it) where a word means two things.
_KINDS: dict[str, tuple[UnitKind, ...]] = {
    "thành phố": (UnitKind.CENTRAL_CITY, UnitKind.PROVINCIAL_CITY),
    "tỉnh": (UnitKind.PROVINCE,),
    "quận": (UnitKind.URBAN_DISTRICT,),
    "huyện": (UnitKind.RURAL_DISTRICT,),
    "thị xã": (UnitKind.TOWN,),
    "thị trấn": (UnitKind.TOWNSHIP,),
    "phường": (UnitKind.WARD,),
    "xã": (UnitKind.COMMUNE,),
    "đặc khu": (UnitKind.SPECIAL_ZONE,),
}
_ENGLISH = {
    UnitKind.PROVINCE: "Province",
    UnitKind.CENTRAL_CITY: "City",
    UnitKind.URBAN_DISTRICT: "District",
    UnitKind.RURAL_DISTRICT: "District",
    UnitKind.TOWN: "Town",
    UnitKind.PROVINCIAL_CITY: "City",
    UnitKind.WARD: "Ward",
    UnitKind.COMMUNE: "Commune",
    UnitKind.TOWNSHIP: "Township",
    UnitKind.SPECIAL_ZONE: "Special Zone",
    UnitKind.NEIGHBOURHOOD: "Neighbourhood",
}


def _divided(name: str) -> tuple[str, str]:
    """Phường Bến Nghé -> phường, Bến Nghé."""
    for word in _KINDS:
        if name[: len(word) + 1].lower() == f"{word} ":
            return word, name[len(word) + 1 :]
    return "", name


def kind_of(name: str, level: int) -> UnitKind:
    """The kind that a name begins with. level: 0 for what has nothing above it."""
    kinds = _KINDS.get(_divided(name)[0], (UnitKind.NEIGHBOURHOOD,))
    return kinds[min(level, len(kinds) - 1)]


def in_english(name: str, level: int) -> str:
    """Phường Bến Nghé -> Bến Nghé Ward; Quận 1 -> District 1."""
    kind, (_word, own) = kind_of(name, level), _divided(name)
    if kind is UnitKind.NEIGHBOURHOOD:
        return name
    return f"{_ENGLISH[kind]} {own}" if own.isdigit() else f"{own} {_ENGLISH[kind]}"
