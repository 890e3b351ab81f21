"""Where a camera may look: into bedrooms and homes only by an order of the authority that has a number, into washrooms never; and who sees it."""

from __future__ import annotations

from monitor.models.places import RoomKind, Zone
from monitor.places.together import LIVED_IN
from monitor.problems import BadInput
from monitor.words import N_, Words, words

LIVED_IN_BY_NOBODY = frozenset({RoomKind.CORRIDOR, RoomKind.COMMON, RoomKind.OUTDOORS, RoomKind.ENTRANCE})


def order_named(zone: Zone) -> bool:
    """Whether an order of the authority for cameras in bedrooms is named: with its number, its day and who gave it."""
    return bool(zone.camera_order_number and zone.camera_order_date and zone.camera_order_authority)


def why_not(kind: RoomKind | None, *, ordered: bool) -> Words | None:
    """Why no camera may look into a room of this kind; None: it may. kind: None for no room at all."""
    if kind is RoomKind.WASHROOM:
        return words(N_("No camera may look into a washroom."))
    if kind in LIVED_IN and not ordered:
        return words(
            N_(
                "A camera may look into a bedroom or a home only by an order of the authority. An administrator can enter its number in the"
                " zone’s settings; else choose the corridor or another room."
            )
        )
    return None


def picture_shown(kind: RoomKind | None, *, sees_people: bool) -> bool:
    """Whether somebody is shown what a camera of a room of this kind sees. sees_people: whether they may see photos of residents.

    kind: None where nobody said which room it is. See documentation/decisions/0021-no-bedrooms-for-administrators.md.
    """
    return sees_people or kind in LIVED_IN_BY_NOBODY


def require_allowed(zone: Zone, kind: RoomKind | None, *, field: str = "place") -> None:
    """Raise BadInput where a camera of this zone may not look into a room of this kind."""
    why = why_not(kind, ordered=order_named(zone))
    if why is not None:
        raise BadInput(why.template, field=field)
