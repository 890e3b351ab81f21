"""The cameras with their latest pictures and what is wrong with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.accounts.access import Permission, Reader
from monitor.models.cameras.cameras import Camera, MediaProfile
from monitor.models.places import Room, RoomKind, Zone
from web.console.cameras.seeing import sees_room
from web.shared.guard import guarded, the_reader
from web.shared.parts import parts

PAGE = 48


@dataclass
class CameraCard:
    """A camera, where it is, and its encodings."""

    camera: Camera
    zone: str
    timezone: str
    room: str | None
    kind: RoomKind | None
    profiles: list[MediaProfile] = field(default_factory=list)


def camera_cards(session: Session, reader: Reader, after: int) -> tuple[list[CameraCard], int | None]:
    """One page of the reader's cameras in the order they were added, and the number that the next page follows.

    Those out of use are shown to who may take them into use again.
    """
    query = (
        select(Camera, Zone.name, Zone.timezone, Room.name, Room.kind)
        .join(Zone, Zone.id == Camera.zone_id)
        .outerjoin(Room, Room.id == Camera.room_id)
        .where(Camera.id > after)
        .order_by(Camera.id)
        .limit(PAGE + 1)
    )
    if not reader.may(Permission.MANAGE_CAMERA):
        query = query.where(Camera.enabled)
    if reader.zones is not None:
        query = query.where(Camera.zone_id.in_(reader.zones))
    cards = [CameraCard(*row) for row in session.execute(query)]
    following = cards[PAGE - 1].camera.id if len(cards) > PAGE else None
    cards = cards[:PAGE]
    by_camera = {card.camera.id: card for card in cards}
    for profile in session.scalars(
        select(MediaProfile).where(MediaProfile.camera_id.in_(by_camera)).order_by(MediaProfile.width.desc())
    ):
        by_camera[profile.camera_id].profiles.append(profile)
    return cards, following


pages = Blueprint("cameras", __name__)


@pages.get("/cameras")
@guarded(Permission.SEE_CAMERA, audit=None)
def camera_list() -> str:
    after = request.args.get("after", 0, type=int)
    with parts().database.read() as session:
        cards, following = camera_cards(session, the_reader(), after)
    seen = {card.camera.id for card in cards if sees_room(the_reader(), card.kind)}
    return render_template("console/cameras/cameras.html", cards=cards, seen=seen, following=following, first=not after)
