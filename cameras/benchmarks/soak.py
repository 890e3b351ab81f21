"""`quarantine bench soak`: watch many streams for a long time while their lines break at random, and see that all is well after."""

from __future__ import annotations

import asyncio
import gc
import json
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import psutil

from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.faults import Fault, FaultyLine
from cameras.demonstration.scenes.clips import Clip
from cameras.demonstration.streams.rtsp import RtspServer
from cameras.service.watch import Watch
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.models.cameras.cameras import Camera, CameraSource, CameraState, MediaProfile, ProfileRole
from monitor.models.places import Zone, ZoneKind
from monitor.service.process import beat
from monitor.settings import load_settings
from monitor.vault.vault import Vault, camera_owner
from monitor.words import N_

USERNAME, PASSWORD = "soak", "soak"
FAULTS = [each for each in Fault if each is not Fault.NONE]
# How long a line stays broken, and how long afterwards a camera may take to be well again: its longest pause between attempts
# within the first five minutes is 10 s, after a wrong password 30 s.
BROKEN_SECONDS, HEALED_SECONDS = (3.0, 40.0), 60.0
SAMPLE_SECONDS = 15.0


@dataclass
class _Broken:
    line: int
    fault: Fault
    began: float
    ends: float
    noticed: float | None = None
    healed_from: float | None = None


class Site:
    """One camera behind many faulty lines, in an event loop of its own thread."""

    def __init__(self, clip: Clip, lines: int) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="site", daemon=True)
        self._thread.start()
        self.lines: list[FaultyLine] = self.call(self._start(clip, lines))

    async def _start(self, clip: Clip, lines: int) -> list[FaultyLine]:
        first = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        port = first.sockets[0].getsockname()[1]
        first.close()
        await first.wait_closed()
        login = DigestLogin("soak", USERNAME, PASSWORD, 1e9)
        self._camera = RtspServer(port, clip, login, asyncio.get_running_loop().time())
        await self._camera.start()
        return [await FaultyLine(port).start() for _ in range(lines)]

    def call(self, work: Any) -> Any:
        """Run something in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def set(self, line: int, fault: Fault) -> None:
        """Break a line, or mend it."""
        self.call(self.lines[line].set(fault))

    def stop(self) -> None:
        """End everything."""

        async def stop() -> None:
            for line in self.lines:
                await line.stop()
            await self._camera.stop()

        self.call(stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)


@click.command(
    "soak",
    help=N_(
        "Watch streams for a long time while connections stall, break, refuse, deny, garble and crawl at random.\n\n"
        "At the end all connections are repaired; then every stream must be watched, memory be level and no thread be "
        "left over. The last line is one JSON object: `healthy` of `streams`, `faults` by kind, `noticed_worst_s` and "
        "`healed_worst_s` (after a repair), `threads_before`, `threads_after`, `memory_mb` after a third of the time and "
        "at the end."
    ),
)
@click.option("--streams", default=50, show_default=True)
@click.option("--minutes", default=30.0, show_default=True)
@click.option("--seed", default=1, show_default=True, help=N_("Random seed of the faults."))
def bench_soak(streams: int, minutes: float, seed: int) -> None:
    from cameras.demonstration.scenes import encoding

    with tempfile.TemporaryDirectory(prefix="quarantine-soak-") as name:
        folder = Path(name)
        site = Site(encoding.make(folder, "home", 8.0), streams)
        try:
            result = run(folder, site, minutes * 60, random.Random(seed), click.echo)  # noqa: S311 - chance, no secret
        finally:
            site.stop()
    click.echo(json.dumps(result))
    if result["healthy"] != streams:
        raise SystemExit(1)


def prepare(folder: Path, ports: list[int]) -> tuple[Database, Vault, list[int]]:
    """A database with a camera for each port; returns their ids too."""
    database, vault = Database(f"sqlite:///{folder}/soak.db", bytes(32)), Vault(folder / "vault", bytes(32))
    upgrade(database)
    ids = []
    with database.write() as session:
        zone = Zone(name="soak", kind=ZoneKind.FACILITY)
        session.add(zone)
        session.flush()
        for port in ports:
            address = f"rtsp://127.0.0.1:{port}/sub"
            camera = Camera(
                zone_id=zone.id,
                name=str(port),
                address=address,
                source=CameraSource.RTSP,
                username=USERNAME,
                state_since=utc_now() - timedelta(days=1),
            )
            session.add(camera)
            session.flush()
            camera.sealed_password = vault.seal(camera_owner(camera.id), PASSWORD.encode(), about="password")
            for role in ProfileRole:
                session.add(
                    MediaProfile(
                        camera_id=camera.id,
                        role=role,
                        token="",
                        codec="H264",
                        width=640,
                        height=360,
                        frames_per_second=10,
                        uri=address,
                    )
                )
            ids.append(camera.id)
    return database, vault, ids


def run(folder: Path, site: Site, seconds: float, chance: random.Random, say: Callable[[str], object]) -> dict[str, Any]:
    """Watch, break and mend; returns what is printed."""
    database, vault, ids = prepare(folder, [line.port for line in site.lines])
    settings = load_settings({"QUARANTINE_DATA_FOLDER": str(folder), "QUARANTINE_DEMONSTRATION": "true"})
    watch = Watch(database, vault, settings, None)
    process, started, broken = psutil.Process(), time.monotonic(), dict[int, _Broken]()
    done: list[_Broken] = []
    memory: list[tuple[float, float]] = []
    threads_before = sampled = 0.0
    mending = False
    while True:
        now = time.monotonic()
        with database.write() as session:
            beat(session, "watch-1", "watch", utc_now(), utc_now())
        watch.tick(utc_now(), now)
        elapsed = now - started
        states = {index: watch.watchers[each].connection.works_at for index, each in enumerate(ids) if each in watch.watchers}
        for index, each in list(broken.items()):
            _follow(site, each, index, states.get(index, 0.0), now)
            if each.healed_from is not None and states.get(index, 0.0) > each.ends:
                done.append(broken.pop(index))
        if not threads_before and len(states) == len(ids) and elapsed > 20:
            threads_before = threading.active_count()
        if threads_before and not mending and chance.random() < len(ids) / 300:
            _break(site, broken, chance, len(ids), now)
        if now - sampled >= SAMPLE_SECONDS:
            sampled = now
            memory.append((elapsed, process.memory_info().rss / 2**20))
            say(
                f"{elapsed:5.0f} s: {memory[-1][1]:.0f} MB, {threading.active_count()} threads, {len(broken)} lines broken, {len(done)} mended"
            )
        mending = elapsed >= seconds
        if mending and (not broken or elapsed >= seconds + HEALED_SECONDS + BROKEN_SECONDS[1]):
            break
        time.sleep(max(0.0, 1.0 - (time.monotonic() - now)))
    time.sleep(3)
    watch.tick(utc_now(), time.monotonic())
    with database.read() as session:
        healthy = sum(session.get_one(Camera, each).state is CameraState.ONLINE for each in ids)
    threads_after = threading.active_count()
    watch.stop()
    database.dispose()
    gc.collect()
    third = [amount for at, amount in memory if at >= seconds / 3]
    return {
        "streams": len(ids),
        "healthy": healthy,
        "minutes": round(seconds / 60, 1),
        "faults": dict(Counter(each.fault.value for each in done)),
        "noticed_worst_s": round(max((each.noticed - each.began for each in done if each.noticed), default=0.0), 1),
        "healed_worst_s": round(max((each.healed_from - each.ends for each in done if each.healed_from), default=0.0), 1),
        "threads_before": int(threads_before),
        "threads_after": threads_after,
        "memory_mb": [round(third[0], 1), round(third[-1], 1)] if third else [],
    }


def _break(site: Site, broken: dict[int, _Broken], chance: random.Random, lines: int, now: float) -> None:
    index = chance.randrange(lines)
    if index in broken:
        return
    fault = chance.choice(FAULTS)
    site.set(index, fault)
    broken[index] = _Broken(index, fault, now, now + chance.uniform(*BROKEN_SECONDS))


def _follow(site: Site, each: _Broken, index: int, picture_at: float, now: float) -> None:
    """Mend a line when its time is over, and note when its camera fell silent and came back."""
    if each.noticed is None and now - picture_at > 12:
        each.noticed = now
    if now >= each.ends and site.lines[index].fault is not Fault.NONE:
        site.set(index, Fault.NONE)
        each.ends = now
    if site.lines[index].fault is Fault.NONE and each.healed_from is None and picture_at > each.ends:
        each.healed_from = picture_at
