"""The addresses that give out pictures of people; each view is in the audit trail before a byte leaves."""

from __future__ import annotations

import re
from itertools import chain

from flask import Blueprint, Response, request

from cameras.service.feed_address import feed_addresses
from monitor.accounts.access import Permission
from monitor.models.cameras.cameras import Camera
from monitor.models.incidents import Incident, IncidentMedia, IncidentMediaKind
from monitor.models.people.residents import Media, MediaKind
from monitor.pictures.marked import BOX, clip_box, marked_picture
from monitor.problems import NotFound
from monitor.trail.actions import Action
from monitor.vault.vault import camera_owner
from monitor.words import N_
from rollcall.answers.bursts import contact_sheet
from rollcall.channels.message_length import without_accents
from web.console.cameras.seeing import require_seen
from web.console.records.looking import require_reason_to_look
from web.shared.camera_feed import newest_picture
from web.shared.common import now
from web.shared.guard import guarded, note_view, require_zone, the_reader
from web.shared.parts import parts

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp"})


def _picture(content: bytes, content_type: str) -> Response:
    if content_type not in SHOWN:
        raise NotFound(N_("There is no picture."))
    return Response(content, content_type=content_type, headers={"Cache-Control": "no-store"})


def _viewer() -> str:
    """Who looks and when, as it is written into a picture."""
    return f"{without_accents(the_reader().username)} {now().astimezone(parts().settings.zone):%Y-%m-%d %H:%M:%S}".encode(
        "ascii", "replace"
    ).decode()


def _marked(jpeg: bytes) -> bytes:
    """A camera's picture with its viewer written into it. A damaged one is handed out as it is: there is nothing to be seen in it."""
    try:
        return marked_picture(jpeg, _viewer())
    except (OSError, ValueError):
        return jpeg


pages = Blueprint("pictures", __name__)


@pages.get("/photos/<int:media_id>")
@guarded(Permission.SEE_PHOTO, audit=Action.PHOTO_VIEWED, page=False)
def photo(media_id: int) -> Response:
    with parts().database.write() as session:
        media = session.get(Media, media_id)
        zone_id = require_zone(the_reader(), media.zone_id if media else None)
        assert media is not None
        why = require_reason_to_look(session, media.resident_id)
        note_view(session, zone_id=zone_id, resident_id=media.resident_id, media_id=media_id, **why)
    return _picture(parts().vault.get(media.owner, media.name), media.content_type)


@pages.get("/bursts/<int:media_id>")
@guarded(Permission.SEE_PHOTO, audit=Action.PHOTO_VIEWED, page=False)
def burst(media_id: int) -> Response:
    with parts().database.write() as session:
        media = session.get(Media, media_id)
        zone_id = require_zone(the_reader(), media.zone_id if media else None)
        assert media is not None
        if media.kind is not MediaKind.BURST:
            raise NotFound(N_("There is no picture."))
        why = require_reason_to_look(session, media.resident_id)
        note_view(session, zone_id=zone_id, resident_id=media.resident_id, media_id=media_id, **why)
    return _picture(contact_sheet(parts().vault.get(media.owner, media.name)), "image/jpeg")


@pages.get("/cameras/<int:camera_id>/picture")
@guarded(Permission.SEE_CAMERA, audit=Action.CAMERA_VIEWED, page=False)
def camera_picture(camera_id: int) -> Response:
    with parts().database.write() as session:
        camera = session.get(Camera, camera_id)
        zone_id = require_zone(the_reader(), camera.zone_id if camera else None)
        assert camera is not None
        require_seen(session, the_reader(), [camera_id])
        address = feed_addresses(session, [camera_id], now()).get(camera_id)
        if camera.picture is None and address is None:
            raise NotFound(N_("There is no picture."))
        note_view(session, zone_id=zone_id, room_id=camera.room_id, camera_id=camera_id)
    # Who watches the camera has a newer picture in memory than the one that was stored last.
    newest = newest_picture(address, parts().feed_token, camera_id, _viewer()) if address else None
    if newest is None and camera.picture is None:
        raise NotFound(N_("There is no picture."))
    if newest is None:
        newest = _marked(parts().vault.get(camera_owner(camera_id), camera.picture or ""))
    return _picture(newest, "image/jpeg")


@pages.get("/incident-media/<int:media_id>")
@guarded(Permission.SEE_PHOTO, audit=Action.INCIDENT_MEDIA_VIEWED, page=False)
def incident_media(media_id: int) -> Response:
    with parts().database.write() as session:
        media = session.get(IncidentMedia, media_id)
        zone_id = require_zone(the_reader(), media.zone_id if media else None)
        assert media is not None
        incident, camera = session.get_one(Incident, media.incident_id), session.get_one(Camera, media.camera_id)
        note_view(
            session,
            zone_id=zone_id,
            resident_id=incident.resident_id,
            room_id=camera.room_id,
            camera_id=media.camera_id,
            incident_id=media.incident_id,
        )
    stored = parts().vault.open(camera_owner(media.camera_id), media.name)
    if media.kind is IncidentMediaKind.PICTURE:
        return _picture(_marked(b"".join(stored.parts())), "image/jpeg")
    # Part by part: a clip is long, and a browser asks for the piece that it shows. Whoever saves it saves their name and the time with it.
    pieces = chain(stored.parts(), [clip_box(f"shown to {_viewer()}")])
    answer = Response(pieces, content_type="video/mp4", headers={"Cache-Control": "no-store"})
    answer.headers.set(
        "Content-Disposition", "inline", filename=f"clip-{media_id}-{re.sub('[^0-9A-Za-z]+', '-', _viewer())}.mp4"
    )
    answer.call_on_close(stored.close)
    answer.content_length = stored.size + BOX
    answer.make_conditional(request.environ, accept_ranges=True, complete_length=stored.size + BOX)
    return answer
