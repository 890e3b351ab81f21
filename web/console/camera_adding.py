"""Find cameras and take them into use: a process that watches searches and asks, this page shows what it found as it comes."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from cameras.ranges import addresses, table
from cameras.request_secrets import open_login, request_owner, seal_login
from monitor import audit
from monitor.access import Permission
from monitor.database import Database
from monitor.models import CameraRequest, CameraRequestKind, CameraRequestState, Room, Zone
from monitor.problems import BadInput, NotFound
from monitor.vault import Vault
from monitor.words import N_
from web.common import now
from web.guard import guarded, note_view, require_zone, the_reader

_MOST_TABLE = 100_000


def _zones(session: Session) -> list[tuple[Zone, list[Room]]]:
    query = select(Zone).order_by(Zone.name)
    reader = the_reader()
    if reader.zones is not None:
        query = query.where(Zone.id.in_(reader.zones))
    zones = list(session.scalars(query))
    rooms = list(session.scalars(select(Room).where(Room.zone_id.in_([each.id for each in zones])).order_by(Room.name)))
    return [(zone, [room for room in rooms if room.zone_id == zone.id]) for zone in zones]


def _own(session: Session, request_id: int) -> CameraRequest:
    """A request of the reader's own: nobody else sees its pictures. Raises NotFound."""
    asked = session.get(CameraRequest, request_id)
    if asked is None or asked.account_id != the_reader().account_id:
        raise NotFound(N_("There is no such page."))
    return asked


def camera_adding_pages(database: Database, vault: Vault) -> Blueprint:
    """The form, what was found, its pictures, and taking one into use."""
    pages = Blueprint("camera_adding", __name__)

    @pages.get("/cameras/add")
    @guarded(Permission.MANAGE_CAMERA, audit=None)
    def form() -> str:
        return render_template("console/camera_add.html")

    @pages.post("/cameras/add")
    @guarded(Permission.MANAGE_CAMERA, audit="cameras-searched")
    def search() -> AnyResponse:
        target: dict[str, object]
        kind = CameraRequestKind.PROBE
        uploaded = request.files.get("table")
        if uploaded is not None and uploaded.filename:
            content = uploaded.read(_MOST_TABLE + 1)
            if len(content) > _MOST_TABLE:
                raise BadInput(N_("That table is too large."), field="table")
            try:
                rows = table(content.decode("utf-8-sig"))
            except UnicodeDecodeError:
                raise BadInput(N_("Save the table as CSV with UTF-8, then try again."), field="table") from None
            if not rows:
                raise BadInput(N_("Write at least one address."), field="table")
            target = {"addresses": [row.address for row in rows], "rows": [row.__dict__ for row in rows]}
        elif request.form.get("addresses", "").strip():
            target = {"addresses": addresses(request.form["addresses"])}
        else:
            kind, target = CameraRequestKind.DISCOVER, {"interface": request.form.get("interface", "").strip()[:64]}
        with database.write() as session:
            asked = CameraRequest(account_id=the_reader().account_id, kind=kind, target=target, asked_at=now())
            session.add(asked)
            session.flush()
            username = request.form.get("username", "").strip()[:64]
            asked.sealed_login = seal_login(vault, asked.id, username, request.form.get("password", "")[:200])
            audit.note(
                session, "cameras-searched", at=now(), account_id=the_reader().account_id, zone_id=None, request=asked.id
            )
            request_id = asked.id
        return redirect(url_for("camera_adding.found", request_id=request_id), 303)

    @pages.get("/cameras/add/<int:request_id>")
    @guarded(Permission.MANAGE_CAMERA, audit=None)
    def found(request_id: int) -> str:
        with database.read() as session:
            asked = _own(session, request_id)
            zones = _zones(session)
        working = asked.state in (CameraRequestState.WAITING, CameraRequestState.WORKING)
        return render_template(
            "console/camera_found.html", asked=asked, answer=asked.answer or {}, zones=zones, working=working
        )

    @pages.get("/cameras/add/<int:request_id>/picture/<int:number>")
    @guarded(Permission.MANAGE_CAMERA, audit="camera-viewed", page=False)
    def picture(request_id: int, number: int) -> Response:
        with database.write() as session:
            asked = _own(session, request_id)
            names = [each.get("picture") for each in (asked.answer or {}).get("found", [])]
            if not 0 <= number < len(names) or not names[number]:
                raise NotFound(N_("There is no picture."))
            note_view(session, zone_id=None, request=request_id)
            name = str(names[number])
        return Response(
            vault.get(request_owner(request_id), name), content_type="image/jpeg", headers={"Cache-Control": "no-store"}
        )

    @pages.post("/cameras/add/<int:request_id>/take")
    @guarded(Permission.MANAGE_CAMERA, audit="camera-added")
    def take(request_id: int) -> AnyResponse:
        place, name = request.form.get("place", ""), request.form.get("name", "").strip()[:120]
        if not name:
            raise BadInput(N_("Give the camera a name."), field="name")
        with database.write() as session:
            asked = _own(session, request_id)
            wanted = request.form.get("address", "")
            known = [each["asked"] for each in (asked.answer or {}).get("found", [])]
            if wanted not in known:
                raise NotFound(N_("There is no such page."))
            zone_text, _, room_text = place.partition("/")
            zone = session.get(Zone, int(zone_text)) if zone_text.isdigit() else None
            zone_id = require_zone(the_reader(), zone.id if zone else None)
            assert zone is not None
            room = session.get(Room, int(room_text)) if room_text.isdigit() else None
            if room is not None and room.zone_id != zone_id:
                raise BadInput(N_("That room is not in this camera's zone."), field="place")
            username, password = open_login(vault, asked)
            adding = CameraRequest(
                account_id=the_reader().account_id,
                zone_id=zone_id,
                kind=CameraRequestKind.ADD,
                target={"address": wanted, "zone": zone.name, "room": room.name if room else "", "name": name},
                asked_at=now(),
            )
            session.add(adding)
            session.flush()
            adding.sealed_login = seal_login(vault, adding.id, username, password)
            audit.note(session, "camera-added", at=now(), account_id=the_reader().account_id, zone_id=zone_id, name=name)
            added_id = adding.id
        return redirect(url_for("camera_adding.found", request_id=added_id), 303)

    return pages
