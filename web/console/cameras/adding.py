"""Find cameras and take them into use: a process that watches searches and asks, this page shows what it found as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response as AnyResponse

from cameras.adding.request_secrets import open_login, request_owner, seal_login
from cameras.masking import masked
from cameras.ranges import addresses, table
from monitor.accounts.access import Permission
from monitor.models.cameras.cameras import Camera
from monitor.models.cameras.requests import CameraRequest, CameraRequestKind, CameraRequestState
from monitor.models.places import Room, Zone
from monitor.models.service import ProcessBeat
from monitor.places.camera_rules import require_allowed
from monitor.problems import BadInput, NotFound
from monitor.service.process import ALIVE_SECONDS
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import N_
from web.console.cameras.places import Zones, place_of, zones_with_rooms
from web.console.cameras.seeing import require_seen
from web.shared.common import now
from web.shared.guard import guarded, note_view, the_reader
from web.shared.parts import parts

_MOST_TABLE = 100_000
Found = dict[str, Any]
"""What a search tells of one address; see cameras/adding/requests.py."""


def _own(session: Session, request_id: int) -> CameraRequest:
    """A request of the reader's own: nobody else sees its pictures. Raises NotFound."""
    asked = session.get(CameraRequest, request_id)
    if asked is None or asked.account_id != the_reader().account_id:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    return asked


def _wanted(each: Found, name: str, zone: Zone, room: Room | None) -> dict[str, str]:
    return {"address": each["asked"], "zone": zone.name, "room": room.name if room else "", "name": name}


def _named(found: list[Found]) -> set[str]:
    """The zones that a table names."""
    return {each["names"].get("zone", "") for each in found}


def as_the_table_says(found: list[Found], zones: Zones) -> list[tuple[dict[str, str], Zone]]:
    """The cameras that answered, and whose name and place in a table is one of these."""
    by_name = {(zone.name, room.name if room else ""): (zone, room) for zone, rooms in zones for room in (None, *rooms)}
    ready = []
    for each in found:
        names = each["names"]
        place = by_name.get((names.get("zone", ""), names.get("room", "")))
        if "problem" not in each and names.get("name") and place is not None:
            ready.append((_wanted(each, names["name"][:120], *place), place[0]))
    return ready


def _target(form: Mapping[str, str], uploaded: FileStorage | None) -> tuple[CameraRequestKind, dict[str, Any]]:
    """What to search for or to ask. Raises BadInput, BadAddress."""
    if uploaded is not None and uploaded.filename:
        content = uploaded.read(_MOST_TABLE + 1)
        if len(content) > _MOST_TABLE:
            raise BadInput(N_("This table is too large."), field="table")
        try:
            rows = table(content.decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise BadInput(N_("Save the table as CSV with UTF-8, then try again."), field="table") from None
        if not rows:
            raise BadInput(N_("Enter at least one address."), field="table")
        asked = {"addresses": [row.address for row in rows], "rows": [row.__dict__ for row in rows]}
        return CameraRequestKind.PROBE, asked
    if form.get("addresses", "").strip():
        return CameraRequestKind.PROBE, {"addresses": addresses(form["addresses"])}
    interface = form.get("interface", "").strip()
    try:
        return CameraRequestKind.DISCOVER, {"interface": str(IPv4Address(interface)) if interface else ""}
    except AddressValueError:
        problem = N_("“%(interface)s” is not the address of a machine. Example: 192.168.1.2.")
        raise BadInput(problem, interface=interface[:64], field="interface") from None


pages = Blueprint("camera_adding", __name__)


@pages.get("/cameras/add")
@guarded(Permission.MANAGE_CAMERA, audit=None)
def form() -> str:
    return render_template("console/cameras/camera_add.html")


@pages.post("/cameras/add")
@guarded(Permission.MANAGE_CAMERA, audit=Action.CAMERAS_SEARCHED)
def search() -> AnyResponse:
    kind, target = _target(request.form, request.files.get("table"))
    username, password = request.form.get("username", "").strip()[:64], request.form.get("password", "")[:200]
    with parts().database.write() as session:
        request_id = _ask(session, parts().vault, kind, target, None, username, password)
        sought = {"addresses": len(target["addresses"])} if "addresses" in target else {}
        _note(session, Action.CAMERAS_SEARCHED, None, request=request_id, **sought)
    return redirect(url_for("camera_adding.found", request_id=request_id), 303)


@pages.get("/cameras/add/<int:request_id>")
@guarded(Permission.MANAGE_CAMERA, audit=None)
def found(request_id: int) -> str:
    with parts().database.read() as session:
        asked = _own(session, request_id)
        answer = {"found": [], "added": []} | (asked.answer or {})
        zones = zones_with_rooms(session, _named(answer["found"]))
        watching = session.scalar(
            select(ProcessBeat.name)
            .where(ProcessBeat.kind == "watch", ProcessBeat.beat_at > now() - timedelta(seconds=ALIVE_SECONDS))
            .limit(1)
        )
        in_use = _in_use(session, [each["address"] for each in answer["found"] if each.get("in_use")])
    return render_template(
        "console/cameras/camera_found.html",
        asked=asked,
        answer=answer,
        zones=zones,
        in_use=in_use,
        working=asked.state in (CameraRequestState.WAITING, CameraRequestState.WORKING),
        unwatched=watching is None,
        ready=len(as_the_table_says(answer["found"], zones)),
    )


@pages.get("/cameras/add/<int:request_id>/picture/<int:number>")
@guarded(Permission.MANAGE_CAMERA, audit=Action.CAMERA_VIEWED, page=False)
def picture(request_id: int, number: int) -> Response:
    with parts().database.write() as session:
        asked = _own(session, request_id)
        found = [each for each in (asked.answer or {}).get("found", []) if each["number"] == number and each.get("picture")]
        if not found:
            raise NotFound(N_("There is no picture."))
        # Of a camera that is new here nobody can say otherwise which one it is; of one in use its room says who sees it.
        in_use = select(Camera.id).where(Camera.address == found[0].get("address", found[0]["asked"]))
        require_seen(session, the_reader(), session.scalars(in_use).all())
        note_view(session, zone_id=None, request=request_id, address=masked(found[0]["asked"]))
        name = str(found[0]["picture"])
    return Response(
        parts().vault.get(request_owner(request_id), name), content_type="image/jpeg", headers={"Cache-Control": "no-store"}
    )


@pages.post("/cameras/add/<int:request_id>/take")
@guarded(Permission.MANAGE_CAMERA, audit=Action.CAMERA_ADDED)
def take(request_id: int) -> AnyResponse:
    """Take one camera into use as the form says, or all of a table as the table says."""
    with parts().database.write() as session:
        asked = _own(session, request_id)
        found = (asked.answer or {}).get("found", [])
        if "all" in request.form:
            ready = as_the_table_says(found, zones_with_rooms(session, _named(found)))
        else:
            ready = [_chosen(session, found)]
        if not ready:
            raise BadInput(
                N_("No camera in the table has answered and also has a name and one of your zones and rooms."),
                field="table",
            )
        zone_id = ready[0][1].id if len({zone.id for _, zone in ready}) == 1 else None
        reader = the_reader()
        target = {
            "wanted": [each for each, _ in ready],
            "zones": None if reader.zones is None else sorted(reader.zones),
            "search": request_id,
        }
        adding = _ask(session, parts().vault, CameraRequestKind.ADD, target, zone_id, *open_login(parts().vault, asked))
        for each, zone in ready:
            _note(session, Action.CAMERA_ADDED, zone.id, name=each["name"], address=masked(each["address"]))
    return redirect(url_for("camera_adding.found", request_id=adding), 303)


def _chosen(session: Session, found: list[Found]) -> tuple[dict[str, str], Zone]:
    name = request.form.get("name", "").strip()[:120]
    if not name:
        raise BadInput(N_("Give the camera a name."), field="name")
    answered = {str(each["number"]): each for each in found if "problem" not in each}
    place = place_of(session, request.form.get("place", ""))
    each = answered.get(request.form.get("number", ""))
    if each is None or place is None:
        raise NotFound(N_("This page does not exist. Check the address, or go back to the start."))
    if place[1] is not None:
        require_allowed(place[0], place[1].kind)
    return _wanted(each, name, *place), place[0]


def _ask(
    session: Session,
    vault: Vault,
    kind: CameraRequestKind,
    target: dict[str, Any],
    zone_id: int | None,
    username: str,
    password: str,
) -> int:
    asked = CameraRequest(account_id=the_reader().account_id, zone_id=zone_id, kind=kind, target=target, asked_at=now())
    session.add(asked)
    session.flush()
    asked.sealed_login = seal_login(vault, asked.id, username, password)
    return asked.id


def _in_use(session: Session, found: list[str]) -> dict[str, int]:
    """The reader's cameras at these addresses."""
    query = select(Camera.address, Camera.id).where(Camera.address.in_(found))
    reader = the_reader()
    if reader.zones is not None:
        query = query.where(Camera.zone_id.in_(reader.zones))
    return {row.address: row.id for row in session.execute(query)}


def _note(session: Session, action: Action, zone_id: int | None, **details: Any) -> None:
    audit.note(session, action, at=now(), account_id=the_reader().account_id, zone_id=zone_id, **details)
