"""Run the demonstration cameras in one process: their device services, streams, discovery, and their faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cameras.demonstration.cameras import DemonstrationCamera
from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.onvif.device import Device
from cameras.demonstration.onvif.discovery import Announced, respond
from cameras.demonstration.onvif.web import HttpServer
from cameras.demonstration.scenes.clips import Clip, load
from cameras.demonstration.streams.rtsp import RtspServer
from monitor.problems import Conflict, NotFound
from monitor.words import N_

_FAULTS_EVERY_S = 0.5
# RTSP viewers stay for days on one connection, and their challenge with them.
_VIEWING_S = 400 * 86400.0


class PortTaken(Conflict):
    """Another program listens where a demonstration camera should."""


class ClipMissing(NotFound):
    """A scene was not rendered before its camera was started."""


class _RunningCamera:
    def __init__(self, camera: DemonstrationCamera, clip: Clip, location: str, epoch: float) -> None:
        self.camera = camera
        realm = f"{camera.make} {camera.serial}"
        self._rtsp = RtspServer(camera.rtsp_port, clip, DigestLogin(realm, camera.username, camera.password, _VIEWING_S), epoch)
        login = DigestLogin(realm, camera.username, camera.password)
        self.device = Device(camera, clip, location, login, self._rtsp.streams["/main"].newest_keyframe)
        self._http = HttpServer(camera.http_port, self.device.handle)
        self.announced = Announced(camera.identity, camera.address, tuple(camera.scopes(location)))
        self.online = False

    async def switch(self, online: bool) -> None:
        """Give the camera power, or take it away; raises PortTaken."""
        if online == self.online:
            return
        for server, port in ((self._rtsp, self.camera.rtsp_port), (self._http, self.camera.http_port)):
            if not online:
                await server.stop()
                self.device.events.reset()
                continue
            try:
                await server.start()
            except OSError as error:
                await self._rtsp.stop()
                raise PortTaken(
                    N_("The port %(port)s of the camera “%(camera)s” is taken."), port=port, camera=self.camera.name
                ) from error
        self.online = online


class DemonstrationService:
    """All cameras of one demonstration, in the running event loop.

    location: tells this demonstration from others in discovery (scope onvif://www.onvif.org/location/…).
    discovery: the interface on which probes are answered, or None for no discovery.
    """

    def __init__(
        self,
        cameras: Iterable[DemonstrationCamera],
        clips: Mapping[str, Clip],
        *,
        location: str = "demonstration",
        discovery: str | None = "127.0.0.1",
    ) -> None:
        self._epoch = asyncio.get_running_loop().time()
        self._cameras = {camera.name: _RunningCamera(camera, clips[camera.scene], location, self._epoch) for camera in cameras}
        self._interface = discovery
        self._transport: asyncio.DatagramTransport | None = None
        self._by_hand: dict[str, bool] = {}

    async def start(self) -> None:
        """Start every camera; raises PortTaken, and OSError when the interface takes no part in multicast."""
        try:
            for running in self._cameras.values():
                await running.switch(True)
            if self._interface is not None:
                self._transport = await respond(self._online, self._interface)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop every camera."""
        if self._transport is not None:
            self._transport.close()
            self._transport = None
        for running in self._cameras.values():
            await running.switch(False)

    async def set_offline(self, name: str, offline: bool | None) -> None:
        """Take a camera's power away or give it back by hand; None leaves it to its schedule again."""
        if offline is None:
            self._by_hand.pop(name, None)
        else:
            self._by_hand[name] = offline
        await self._follow_faults(self._cameras[name])

    async def notice(self, name: str, what: str, active: bool) -> None:
        """Let a camera tell of the beginning or the end of motion, tamper or a person by its ONVIF events."""
        self._cameras[name].device.events.notice(what, active)

    async def follow_schedules(self) -> None:
        """Switch cameras off and on as their schedules say; runs until cancelled."""
        while True:
            for running in self._cameras.values():
                await self._follow_faults(running)
            await asyncio.sleep(_FAULTS_EVERY_S)

    def _online(self) -> list[Announced]:
        return [running.announced for running in self._cameras.values() if running.online]

    async def _follow_faults(self, running: _RunningCamera) -> None:
        schedule, elapsed = running.camera.offline, asyncio.get_running_loop().time() - self._epoch
        offline = self._by_hand.get(running.camera.name, schedule is not None and schedule.offline(elapsed))
        await running.switch(not offline)


async def run(
    cameras: Iterable[DemonstrationCamera],
    clips: Path,
    *,
    seconds: float | None = None,
    location: str = "demonstration",
    discovery: str | None = "127.0.0.1",
    ready: Callable[[], None] | None = None,
) -> None:
    """Run the cameras until cancelled; `ready` is called once all of them answer.

    clips: the folder that `preparing.prepare` filled, with the same `seconds`. Raises ClipMissing, PortTaken, OSError.
    """
    cameras = list(cameras)
    loaded: dict[str, Clip] = {}
    for camera in cameras:
        clip = load(clips, camera.scene, seconds)
        if clip is None:
            raise ClipMissing(N_("The scene “%(scene)s” has not been rendered yet."), scene=camera.scene)
        loaded[camera.scene] = clip
    service = DemonstrationService(cameras, loaded, location=location, discovery=discovery)
    await service.start()
    try:
        if ready is not None:
            ready()
        await service.follow_schedules()
    finally:
        await service.stop()
