"""A camera's settings as a person changes them, and what a process that watches is asked to do with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from babel import dates
from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from cameras.masking import masked
from cameras.ranges import checked_address, source_of
from monitor.accounts.access import Permission
from monitor.changes import Topic, announce
from monitor.models.cameras.cameras import Camera, CameraArea, CameraSource, MediaProfile
from monitor.models.cameras.requests import CameraRequest, CameraRequestKind
from monitor.places.areas import MOST_ENTRIES, valid_schedule
from monitor.places.camera_rules import require_allowed
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault, camera_owner
from monitor.words import N_
from web.console.cameras.one_camera import pages
from web.console.cameras.places import place_of
from web.shared.common import language, now
from web.shared.guard import guarded, require_zone, the_reader
from web.shared.parts import parts

_COMMANDS = (CameraRequestKind.FIT, CameraRequestKind.UNDO_FIT, CameraRequestKind.PRESET)
_LONGEST = {"name": 120, "username": 64, "password": 200}


def camera_of(session: Session, camera_id: int) -> Camera:
    """The camera, when the reader may work in its zone. Raises NotFound."""
    camera = session.get(Camera, camera_id)
    require_zone(the_reader(), camera.zone_id if camera else None)
    assert camera is not None
    return camera


def day_names() -> list[str]:
    """The days of the week in the reader's language, short, Monday first."""
    return [dates.get_day_names("abbreviated", locale=language())[day] for day in range(7)]


def note(session: Session, camera: Camera, action: Action, **details: Any) -> None:
    """Write into the audit trail what was done to a camera, and tell open pages."""
    audit.note(
        session, action, at=now(), account_id=the_reader().account_id, zone_id=camera.zone_id, camera_id=camera.id, **details
    )
    announce(session, camera.zone_id, Topic.CAMERA, now())


@dataclass(frozen=True)
class Typed:
    """What the settings' form says; None where it does not speak of something."""

    name: str
    sensitivity: float
    uses_events: bool
    enabled: bool
    place: str | None
    address: str | None
    username: str | None
    password: str
    schedule: list[dict[str, Any]] | None


def typed(form: MultiDict[str, str]) -> Typed:
    """The form, checked as far as it can be without knowing the camera. Raises BadInput, BadAddress."""
    short = {key: form[key][:most].strip() for key, most in _LONGEST.items() if key in form}
    if not short.get("name"):
        raise BadInput(N_("Give the camera a name."), field="name")
    try:
        sensitivity = float(form.get("sensitivity", "0.5"))
    except ValueError:
        sensitivity = -1
    if not 0 <= sensitivity <= 1:
        raise BadInput(N_("The sensitivity is a number from 0 to 1."), field="sensitivity")
    return Typed(
        short["name"],
        sensitivity,
        "uses_events" in form,
        "enabled" in form,
        form.get("place"),
        checked_address(form["address"]) if "address" in form else None,
        short.get("username"),
        form.get("password", "")[: _LONGEST["password"]],
        schedule_of(form) if "times" in form else None,
    )


def schedule_of(form: MultiDict[str, str]) -> list[dict[str, Any]]:
    """The times of a form: days-0, from-0, until-0 and so on; one without a day is none. Raises BadInput."""
    told = []
    for number in range(MOST_ENTRIES):
        days = [int(day) for day in form.getlist(f"days-{number}") if day in "0123456" and len(day) == 1]
        if days:
            told.append({"days": days, "from": form.get(f"from-{number}", ""), "until": form.get(f"until-{number}", "")})
    return valid_schedule(told)


@pages.post("/cameras/<int:camera_id>")
@guarded(Permission.MANAGE_CAMERA, audit=Action.CAMERA_CHANGED)
def change(camera_id: int) -> Response:
    with parts().database.write() as session:
        camera = camera_of(session, camera_id)
        form = request.form.copy()
        if form.get("address", "").strip() == masked(camera.address):
            del form["address"]  # as it was shown: nobody changed it
        wanted = typed(form)
        before, zone_before = _settings(camera), camera.zone_id
        zone_id, room_id = _place(session, camera, wanted)
        _only_one(session, camera, zone_id, wanted)
        camera.zone_id, camera.room_id = zone_id, room_id
        camera.name, camera.sensitivity = wanted.name, wanted.sensitivity
        camera.uses_events, camera.enabled = wanted.uses_events, wanted.enabled
        if wanted.schedule is not None:
            camera.schedule = wanted.schedule
        _speak_otherwise(session, parts().vault, camera, wanted)
        session.execute(update(CameraArea).where(CameraArea.camera_id == camera_id).values(zone_id=zone_id))
        # What was changed is written down, and no value: one of them is a password.
        changed = [key for key, value in _settings(camera).items() if value != before[key]]
        note(session, camera, Action.CAMERA_CHANGED, changed=changed)
        if camera.zone_id != zone_before:
            # Those of the zone that it leaves must see that too.
            told: dict[str, Any] = {"camera_id": camera_id, "changed": changed, "moved_to": camera.zone_id}
            account = the_reader().account_id
            audit.note(session, Action.CAMERA_CHANGED, at=now(), account_id=account, zone_id=zone_before, **told)
            announce(session, zone_before, Topic.CAMERA, now())
    flash(_("The camera settings were changed. Watching restarts within a few seconds."))
    return redirect(url_for("camera.page", camera_id=camera_id), 303)


@pages.post("/cameras/<int:camera_id>/ask")
@guarded(Permission.MANAGE_CAMERA, audit=Action.CAMERA_COMMANDED)
def ask(camera_id: int) -> Response:
    """Have a process that watches set the streams, undo that, or turn the camera."""
    command, preset = request.form.get("kind", ""), request.form.get("preset", "")
    with parts().database.write() as session:
        camera = camera_of(session, camera_id)
        if command not in _COMMANDS:
            raise BadInput(N_("The request could not be read. Go back, reload the page and try again."))
        if camera.source is not CameraSource.ONVIF:
            raise BadInput(N_("Only ONVIF cameras can do this."))
        kind = CameraRequestKind(command)
        turning = kind is CameraRequestKind.PRESET
        if turning and preset not in [each["token"] for each in camera.offers.get("presets", [])]:
            raise BadInput(N_("The camera has no such position."), field="preset")
        asked = CameraRequest(account_id=the_reader().account_id, zone_id=camera.zone_id, camera_id=camera_id, kind=kind)
        asked.target, asked.asked_at = {"preset": preset} if turning else {}, now()
        session.add(asked)
        note(session, camera, Action.CAMERA_COMMANDED, command=kind.value)
    flash(_("The camera was asked. The result will appear here."))
    return redirect(url_for("camera.page", camera_id=camera_id), 303)


def _settings(camera: Camera) -> dict[str, Any]:
    keys = ("name", "address", "room_id", "zone_id", "username", "sealed_password")
    return {key: getattr(camera, key) for key in (*keys, "sensitivity", "schedule", "uses_events", "enabled")}


def _place(session: Session, camera: Camera, wanted: Typed) -> tuple[int, int | None]:
    """The zone and the room that the form says, else those where the camera is. Raises BadInput."""
    if wanted.place is None:
        return camera.zone_id, camera.room_id
    found = place_of(session, wanted.place)
    if found is None:
        raise BadInput(N_("Choose one of your zones, or a room in it."), field="place")
    zone, room = found
    # What has looked there before goes on; only another place is judged.
    if room is not None and room.id != camera.room_id:
        require_allowed(zone, room.kind)
    return zone.id, room.id if room else None


def _speak_otherwise(session: Session, vault: Vault, camera: Camera, wanted: Typed) -> None:
    """Speak to the camera at another address or with another login, as the form says. Raises BadInput."""
    if wanted.address is not None and wanted.address != camera.address:
        if camera.sealed_password and not wanted.password and _host(wanted.address) != _host(camera.address):
            # Else whoever may change a camera could have its password sent to a machine of theirs.
            raise BadInput(N_("Enter the password again: it now goes to another device."), field="password")
        camera.address, camera.source = wanted.address, source_of(wanted.address)
        camera.make = camera.model = camera.firmware = camera.serial = ""
        camera.offers, camera.encoder_before, camera.clock_offset_seconds = {}, None, 0.0
        # Without its streams it is asked for them.
        session.execute(delete(MediaProfile).where(MediaProfile.camera_id == camera.id))
    if wanted.username is not None:
        camera.username = wanted.username
    if wanted.password:
        camera.sealed_password = vault.seal(camera_owner(camera.id), wanted.password.encode(), about="password")
    elif not camera.username:
        camera.sealed_password = b""


def _host(address: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(address)
    return parts.scheme, parts.hostname, parts.port


def _only_one(session: Session, camera: Camera, zone_id: int, wanted: Typed) -> None:
    """Raises Conflict when another camera has the name or the address that this one is to get."""
    others = select(Camera.id).where(Camera.id != camera.id).limit(1)
    if session.scalar(others.where(Camera.zone_id == zone_id, Camera.name == wanted.name)) is not None:
        raise Conflict(N_("Another camera of this zone has this name."))
    if session.scalar(others.where(Camera.address == wanted.address)) is not None:
        raise Conflict(N_("Another camera has this address."))
