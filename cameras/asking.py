"""Do what people asked for in the console: search, ask and take into use cameras, set their streams, turn them. One worker each."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update

from cameras.discovery import discover
from cameras.look import look_at
from cameras.onvif_encoder import fit_sub_stream, restore_sub_stream
from cameras.onvif_ptz import Turning
from cameras.register import Wanted, register
from cameras.request_secrets import open_login, request_owner
from monitor.changes import announce
from monitor.clock import utc_now
from monitor.database import Database
from monitor.models import Camera, CameraRequest, CameraRequestKind, CameraRequestState, MediaProfile, ProfileRole
from monitor.problems import Problem
from monitor.vault import Vault, camera_owner
from monitor.words import N_, words

# A request whose worker died is taken again after so long; no work takes as long.
TAKEN_AGAIN = timedelta(minutes=3)
# Answers, pictures and logins are kept so long: time enough to take what was found into use.
KEPT = timedelta(hours=1)
DISCOVERY_SECONDS = 4.0
_ASKED_AT_ONCE = 8
_MOST_AT_ONCE = 4
log = logging.getLogger(__name__)


class RequestServer:
    """`serve` is called about once a second by every process that watches; each request is done by one of them."""

    def __init__(self, database: Database, vault: Vault, pool: Executor, turned: Callable[[int, str], None]) -> None:
        """turned: told when a camera is sent to a preset, by its id and the preset's token."""
        self._database, self._vault, self._pool, self._turned = database, vault, pool, turned

    def serve(self, now: datetime) -> int:
        """Take what waits and begin to do it; returns how many. Forgets what is old."""
        with self._database.read() as session:
            waits = session.scalar(select(CameraRequest.id).limit(1))
        if waits is None:
            return 0
        with self._database.write() as session:
            self._forget(session.scalars(select(CameraRequest).where(CameraRequest.asked_at < now - KEPT)).all())
            session.execute(delete(CameraRequest).where(CameraRequest.asked_at < now - KEPT))
            free = or_(
                CameraRequest.state == CameraRequestState.WAITING,
                (CameraRequest.state == CameraRequestState.WORKING) & (CameraRequest.taken_at < now - TAKEN_AGAIN),
            )
            some = select(CameraRequest.id).where(free).order_by(CameraRequest.id).limit(_MOST_AT_ONCE).scalar_subquery()
            taken = session.scalars(
                update(CameraRequest)
                .where(CameraRequest.id.in_(some), free)
                .values(state=CameraRequestState.WORKING, taken_at=now)
                .returning(CameraRequest.id)
                .execution_options(synchronize_session=False)
            ).all()
        for request_id in taken:
            self._pool.submit(self._do, request_id)
        return len(taken)

    def _forget(self, old: Any) -> None:
        for request in old:
            for each in (request.answer or {}).get("found", []):
                if each.get("picture"):
                    self._vault.remove(each["picture"])
            self._vault.forget(request_owner(request.id))

    def _do(self, request_id: int) -> None:
        with self._database.read() as session:
            request = session.get_one(CameraRequest, request_id)
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
            return
        except Problem as problem:
            answer = {"problem": problem.words.dump()}
        except Exception as bug:
            log.exception("request %d: a fault of this program", request_id)
            fault = N_("A fault in the program (%(kind)s); it is tried again. Please report it.")
            answer = {"problem": words(fault, kind=type(bug).__name__).dump()}
        self._answer(request_id, answer, CameraRequestState.FAILED)

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
            session.execute(
                update(CameraRequest)
                .where(CameraRequest.id == request_id)
                .values(answer=answer, state=state, **({"done_at": now} if done else {"taken_at": now}))
                .execution_options(synchronize_session=False)
            )
            announce(session, zone_id, "camera", now)

    def _discover(self, request: CameraRequest) -> None:
        found = discover(request.target.get("interface") or "0.0.0.0", DISCOVERY_SECONDS)  # noqa: S104 - any local network
        if not found:
            self._answer(request.id, {"found": [], "asked": 0, "of": 0})
            return
        self._ask_all(request, [each.address for each in found])

    def _probe(self, request: CameraRequest) -> None:
        self._ask_all(request, list(request.target["addresses"]))

    def _ask_all(self, request: CameraRequest, wanted: list[str]) -> None:
        username, password = open_login(self._vault, request)
        names = {row["address"]: row for row in request.target.get("rows", [])}
        found: list[dict[str, Any]] = []
        with ThreadPoolExecutor(_ASKED_AT_ONCE, "asking") as pool:
            futures = {pool.submit(self._one, request.id, each, username, password): each for each in wanted}
            for future in as_completed(futures):
                found.append(future.result() | {"names": names.get(futures[future], {})})
                # Those that answered first, so that a range of mostly empty addresses is read from its top.
                found.sort(key=lambda each: ("problem" in each, wanted.index(each["asked"])))
                state = CameraRequestState.DONE if len(found) == len(wanted) else CameraRequestState.WORKING
                self._answer(request.id, {"found": list(found), "asked": len(found), "of": len(wanted)}, state)

    def _one(self, request_id: int, address: str, username: str, password: str) -> dict[str, Any]:
        try:
            seen = look_at(address, username, password)
        except Problem as problem:
            return {"asked": address, "problem": problem.words.dump()}
        picture = self._vault.put(request_owner(request_id), seen.picture) if seen.picture else None
        return {"asked": address, "picture": picture} | seen.as_json()

    def _add(self, request: CameraRequest) -> None:
        username, password = open_login(self._vault, request)
        target = request.target
        wanted = Wanted(target["address"], target["zone"], target["room"], target["name"])
        (result,) = register(self._database, self._vault, [wanted], username, password, utc_now())
        if isinstance(result, Problem):
            raise result
        self._answer(request.id, {"camera": result})

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
