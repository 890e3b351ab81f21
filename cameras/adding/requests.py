"""Do what people asked for in the console: search, ask and take into use cameras, set their streams, turn them. One worker each."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from cameras.adding.ask_address import Look, look_at
from cameras.adding.register import Wanted, register
from cameras.adding.request_secrets import open_login, request_owner
from cameras.onvif.discovery import discover
from cameras.onvif.encoder import fit_sub_stream, restore_sub_stream
from cameras.onvif.ptz import Turning
from cameras.ranges import MOST_ADDRESSES
from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed, changed_values
from monitor.models.cameras.cameras import Camera, MediaProfile, ProfileRole
from monitor.models.cameras.requests import CameraRequest, CameraRequestKind, CameraRequestState
from monitor.problems import Problem
from monitor.vault.vault import Vault, camera_owner
from monitor.words import N_, words

# A request whose worker died is taken again after so long; no work takes as long.
TAKEN_AGAIN = timedelta(minutes=3)
# Answers, pictures and logins are kept so long: time enough to take what was found into use.
KEPT = timedelta(hours=1)
DISCOVERY_SECONDS = 4.0
# How far a search is, is written so often: each time every open page asks anew.
_TOLD_EVERY_SECONDS = 1.0
_ASKED_AT_ONCE = 8
_MOST_AT_ONCE = 4
# Lenses or channels of one device.
_MOST_SOURCES = 64
log = logging.getLogger(__name__)


class RequestServer:
    """`serve` is called about once a second by every process that watches; each request is done by one of them."""

    def __init__(self, database: Database, vault: Vault, pool: Executor, turned: Callable[[int, str], None]) -> None:
        """turned: told when a camera is sent to a preset, by its id and the preset's token."""
        self._database, self._vault, self._pool, self._turned = database, vault, pool, turned

    def serve(self, now: datetime) -> int:
        """Take what waits and begin to do it; returns how many. Forgets what is old."""
        free = or_(
            CameraRequest.state == CameraRequestState.WAITING,
            (CameraRequest.state == CameraRequestState.WORKING) & (CameraRequest.taken_at < now - TAKEN_AGAIN),
        )
        old = CameraRequest.asked_at < now - KEPT
        with self._database.read() as session:
            # Who writes is alone: only when there is something to write.
            if session.scalar(select(CameraRequest.id).where(or_(free, old)).limit(1)) is None:
                return 0
        with self._database.write() as session:
            self._forget(session.scalars(select(CameraRequest).where(old)).all())
            session.execute(delete(CameraRequest).where(old))
            some = select(CameraRequest.id).where(free).order_by(CameraRequest.id).limit(_MOST_AT_ONCE).scalar_subquery()
            taken = changed_values(
                session,
                update(CameraRequest)
                .where(CameraRequest.id.in_(some), free)
                .values(state=CameraRequestState.WORKING, taken_at=now)
                .returning(CameraRequest.id),
            )
        for request_id in taken:
            self._pool.submit(self._do, request_id)
        return len(taken)

    def _forget(self, old: Collection[CameraRequest]) -> None:
        for request in old:
            for each in (request.answer or {}).get("found", []):
                if each.get("picture"):
                    self._vault.remove(each["picture"])
            self._vault.forget(request_owner(request.id))

    def _do(self, request_id: int) -> None:
        with self._database.read() as session:
            request = session.get(CameraRequest, request_id)
        if request is None:
            return  # its camera was removed meanwhile
        work = {
            CameraRequestKind.DISCOVER: self._discover,
            CameraRequestKind.PROBE: self._probe,
            CameraRequestKind.ADD: self._add,
            CameraRequestKind.FIT: self._fit,
            CameraRequestKind.UNDO_FIT: self._undo_fit,
            CameraRequestKind.PRESET: self._preset,
        }[request.kind]
        try:
            work(request)
        except Problem as problem:
            self._answer(request_id, {"problem": problem.words.dump()}, CameraRequestState.FAILED)
        except Exception as bug:
            log.exception("request %d: a fault of this program", request_id)
            fault = words(N_("Program error (%(kind)s). Please report it, with the time."), kind=type(bug).__name__)
            self._answer(request_id, {"problem": fault.dump()}, CameraRequestState.FAILED)
        if request.kind is CameraRequestKind.ADD:
            # The login of a search is needed again, to take into use what it found; this one is not.
            self._vault.forget(request_owner(request_id))

    def _answer(
        self,
        request_id: int,
        answer: dict[str, Any],
        state: CameraRequestState = CameraRequestState.DONE,
        zone_id: int | None = None,
    ) -> None:
        now = utc_now()
        with self._database.write() as session:
            done = state is not CameraRequestState.WORKING
            changed(
                session,
                update(CameraRequest)
                .where(CameraRequest.id == request_id)
                .values(answer=answer, state=state, **({"done_at": now} if done else {"taken_at": now})),
            )
            announce(session, zone_id, Topic.CAMERA, now)

    def _discover(self, request: CameraRequest) -> None:
        found = discover(request.target.get("interface") or "0.0.0.0", DISCOVERY_SECONDS)  # noqa: S104 - any local network
        self._ask_all(request, [each.address for each in found][:MOST_ADDRESSES])

    def _probe(self, request: CameraRequest) -> None:
        self._ask_all(request, list(request.target["addresses"]))

    def _ask_all(self, request: CameraRequest, wanted: list[str]) -> None:
        """Ask each, and tell what was found as it comes. Each keeps its number, however many others come before it."""
        username, password = open_login(self._vault, request)
        names = {row["address"]: row for row in request.target.get("rows", [])}
        found: list[dict[str, Any]] = []
        told_at = time.monotonic()
        with ThreadPoolExecutor(_ASKED_AT_ONCE, "asking") as pool:
            futures = {
                pool.submit(self._each, request.id, each, username, password): (number, each)
                for number, each in enumerate(wanted)
            }
            for asked, future in enumerate(as_completed(futures), 1):
                number, address = futures[future]
                found += [
                    each | {"number": number * _MOST_SOURCES + place, "names": names.get(address, {})}
                    for place, each in enumerate(future.result()[:_MOST_SOURCES])
                ]
                # Those that answered first, so that a range of mostly empty addresses is read from its top.
                found.sort(key=lambda each: ("problem" in each, each["number"]))
                if time.monotonic() - told_at >= _TOLD_EVERY_SECONDS and asked < len(wanted):
                    told_at = time.monotonic()
                    so_far = {"found": list(found), "asked": asked, "of": len(wanted)}
                    self._answer(request.id, so_far, CameraRequestState.WORKING)
        self._answer(request.id, {"found": found, "asked": len(wanted), "of": len(wanted)})

    def _each(self, request_id: int, address: str, username: str, password: str) -> list[dict[str, Any]]:
        """What is at an address: one camera, or each lens or channel of a device as a camera of its own."""
        try:
            seen = look_at(address, username, password)
        except Problem as problem:
            return [{"asked": address, "problem": problem.words.dump()}]
        if "#" in address or not seen.probed.sources:
            return [self._found(request_id, address, seen)]
        named = [f"{seen.probed.address}#{source}" for source in seen.probed.sources]
        return [each for one in named for each in self._each(request_id, one, username, password)]

    def _found(self, request_id: int, address: str, seen: Look) -> dict[str, Any]:
        with self._database.read() as session:
            in_use = session.scalar(select(Camera.id).where(Camera.address == seen.probed.address)) is not None
        # What is private in the picture of a camera in use is known to who watches it, and not here.
        kept = self._vault.put(request_owner(request_id), seen.picture) if seen.picture and not in_use else None
        return {"asked": address, "picture": kept, "in_use": in_use} | seen.as_json()

    def _add(self, request: CameraRequest) -> None:
        username, password = open_login(self._vault, request)
        wanted = [Wanted(**each) for each in request.target["wanted"]]
        zones = request.target["zones"]
        allowed = None if zones is None else frozenset(zones)
        added: list[dict[str, Any]] = []
        for some in (wanted[at : at + _ASKED_AT_ONCE] for at in range(0, len(wanted), _ASKED_AT_ONCE)):
            results = register(self._database, self._vault, some, username, password, utc_now(), zones=allowed)
            for each, got in zip(some, results, strict=True):
                told = {"problem": got.words.dump()} if isinstance(got, Problem) else {"camera": got}
                added.append({"name": each.name} | told)
            state = CameraRequestState.DONE if len(added) == len(wanted) else CameraRequestState.WORKING
            self._answer(request.id, {"added": list(added), "asked": len(added), "of": len(wanted)}, state)

    def _camera(self, request: CameraRequest) -> tuple[Camera, str, str]:
        """The camera, its password, and the token of its sub stream."""
        assert request.camera_id is not None
        with self._database.read() as session:
            camera = session.get_one(Camera, request.camera_id)
            token = session.scalar(
                select(MediaProfile.token).where(MediaProfile.camera_id == camera.id, MediaProfile.role == ProfileRole.SUB)
            )
        sealed = camera.sealed_password
        password = self._vault.unseal(camera_owner(camera.id), sealed, about="password").decode() if sealed else ""
        return camera, password, token or ""

    def _fit(self, request: CameraRequest) -> None:
        camera, password, token = self._camera(request)
        before = fit_sub_stream(camera.address, camera.username, password, token)
        with self._database.write() as session:
            # The first settings are the ones to come back to, however often it is asked for.
            session.execute(
                update(Camera).where(Camera.id == camera.id, Camera.encoder_before.is_(None)).values(encoder_before=before)
            )
            # Its streams are asked for anew, since they are other ones now.
            session.execute(delete(MediaProfile).where(MediaProfile.camera_id == camera.id))
        self._answer(request.id, {"camera": camera.id}, zone_id=camera.zone_id)

    def _undo_fit(self, request: CameraRequest) -> None:
        camera, password, _ = self._camera(request)
        if camera.encoder_before is not None:
            restore_sub_stream(camera.address, camera.username, password, camera.encoder_before)
            with self._database.write() as session:
                session.execute(update(Camera).where(Camera.id == camera.id).values(encoder_before=None))
                session.execute(delete(MediaProfile).where(MediaProfile.camera_id == camera.id))
        self._answer(request.id, {"camera": camera.id}, zone_id=camera.zone_id)

    def _preset(self, request: CameraRequest) -> None:
        camera, password, token = self._camera(request)
        turning = Turning(camera.address, camera.username, password, token)
        try:
            turning.go_to(request.target["preset"])
        finally:
            turning.close()
        self._turned(camera.id, request.target["preset"])
        self._answer(request.id, {"camera": camera.id, "preset": request.target["preset"]}, zone_id=camera.zone_id)
