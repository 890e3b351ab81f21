"""Whose cameras' pictures a reader is shown: who may see no resident sees no room in which people live."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.models.cameras.cameras import Camera
from monitor.models.places import Room, RoomKind
from monitor.places.camera_rules import picture_shown
from monitor.problems import Forbidden
from monitor.words import N_


def sees_room(reader: Reader, kind: RoomKind | None) -> bool:
    """Whether the reader is shown what a camera of such a room sees. kind: None for no room."""
    return picture_shown(kind, sees_people=reader.may(Permission.SEE_PHOTO))


def all_seen(session: Session, reader: Reader, cameras: Collection[int]) -> bool:
    """Whether the reader is shown what each of these cameras sees."""
    if reader.may(Permission.SEE_PHOTO):
        return True
    kinds = select(Camera.id, Room.kind).outerjoin(Room, Room.id == Camera.room_id).where(Camera.id.in_(cameras))
    return all(sees_room(reader, kind) for _camera, kind in session.execute(kinds))


def require_seen(session: Session, reader: Reader, cameras: Collection[int]) -> None:
    """Raise Forbidden where the reader may not see what one of these cameras sees."""
    if not all_seen(session, reader, cameras):
        raise Forbidden(
            N_(
                "People live where this camera looks, or nobody has said where it looks. Only health staff and supervisors see its picture."
            )
        )
