"""`quarantine bench cameras`: what watching a stream costs here, beside two peers that look at every picture, in one run."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import av
import click
import cv2
import numpy as np
import psutil

from cameras.benchmarks.rooms import make_room
from monitor.problems import Problem
from monitor.words import N_

SERVER = Path(__file__).with_name("gstreamer_server.py")
PACKAGES = "gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad python3-gi"
SUB, MAIN = (640, 360, 15), (1920, 1080, 25)
# What `quarantine` sets a camera's sub stream to, when it is asked to.
FITTED = (640, 360, 6)
PEER_STREAMS, MAIN_STREAMS = 4, 24
SETTLE_SECONDS = 12.0
LOOKS_A_SECOND, PEER_LINES = 5, 100


class BenchProblem(Problem):
    """The measurement cannot be made here."""


@dataclass
class Cost:
    """cpu_s: processor seconds for each second of a stream; memory_mb: for each stream; streams: that were read to the end."""

    cpu_s: float
    memory_mb: float
    streams: int
    errors: list[str] = field(default_factory=list)
    lasted_s: float = 0.0

    @property
    def per_core(self) -> float:
        """How many such streams one core carries."""
        return 1 / self.cpu_s if self.cpu_s > 0 else 0.0


@click.command(
    "cameras",
    help=N_(
        "Watch many streams over real RTSP and measure the cost of each, against two frame-by-frame peers.\n\n"
        "Ours is the service’s whole watching, without faces: packets, gate, keyframes, motion, tampering, news to a "
        "database. The peers look at five pictures a second: OpenCV’s reader with its MOG2, and PyAV decoding every "
        "picture with a running average on a luma of 100 lines. The streams come from GStreamer’s RTSP server in its own "
        "process; its cost does not count. It needs these Debian packages: gir1.2-gst-rtsp-server-1.0 "
        "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad python3-gi"
    ),
)
@click.option("--streams", default=200, show_default=True, help=N_("Number of sub-streams watched at once."))
@click.option("--seconds", default=20.0, show_default=True, help=N_("How long each method is measured."))
def bench_cameras(streams: int, seconds: float) -> None:
    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as folder:
        clips = {}
        for name, (width, height, rate) in {"sub": SUB, "main": MAIN, "fitted": FITTED}.items():
            click.echo(f"rendering {width}x{height} at {rate} a second")
            clips[name] = make_room(Path(folder) / f"{name}.mp4", width, height, rate, seconds=SETTLE_SECONDS + seconds + 20)
        measured: dict[str, Cost] = {}
        main_streams = min(MAIN_STREAMS, streams)
        for key, clip, count, way in (
            ("ours, sub", "sub", streams, "ours"),
            ("ours, main", "main", main_streams, "ours"),
            ("ours, fitted", "fitted", streams, "ours"),
            ("OpenCV, sub", "sub", min(PEER_STREAMS, streams), "opencv"),
            ("PyAV, sub", "sub", min(PEER_STREAMS, streams), "pyav"),
            ("PyAV, main", "main", min(PEER_STREAMS, streams), "pyav"),
        ):
            with serving(clips[clip], count) as port:
                cost = measured[key] = measure(way, port, count, seconds)
            click.echo(
                f"{key:12} {count:4} streams: {100 * cost.cpu_s:.3f} % of a core each, {cost.per_core:.0f} a core, "
                f"{cost.memory_mb:.1f} MB each, {len(cost.errors)} errors"
            )
            for error in cost.errors[:3]:
                click.echo(f"  {error}")
    ours, main = measured["ours, sub"], measured["ours, main"]
    result = {
        "sub_per_core": round(ours.per_core),
        "main_per_core": round(main.per_core),
        "fitted_per_core": round(measured["ours, fitted"].per_core),
        "ratio_opencv": round(measured["OpenCV, sub"].cpu_s / ours.cpu_s, 1),
        "ratio_pyav": round(measured["PyAV, sub"].cpu_s / ours.cpu_s, 1),
        "ratio_pyav_main": round(measured["PyAV, main"].cpu_s / main.cpu_s, 1),
        "mb_per_stream": round(ours.memory_mb, 2),
        "streams_run": ours.streams,
        "errors": sum(len(each.errors) for each in measured.values()),
    }
    click.echo(json.dumps(result))


@contextlib.contextmanager
def serving(clip: Path, mounts: int, *login: str) -> Iterator[int]:
    """GStreamer's server with so many streams of a clip; gives its port. Raises BenchProblem where it is not installed."""
    try:
        server = subprocess.Popen(
            ["/usr/bin/python3", str(SERVER), str(clip), str(mounts), *login], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    except FileNotFoundError:
        raise BenchProblem(
            N_("GStreamer’s RTSP server is missing. Install these packages: %(packages)s"), packages=PACKAGES
        ) from None
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        line = server.stdout.readline()
        if not line.strip().isdigit():
            raise BenchProblem(
                N_("GStreamer’s RTSP server is missing. Install these packages: %(packages)s"), packages=PACKAGES
            )
        yield int(line)
    finally:
        server.stdin.close()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        server.stdout.close()


def measure(way: str, port: int, count: int, seconds: float) -> Cost:
    """Measure one way of watching in a process of its own, so that nothing of the others is counted."""
    arguments = [sys.executable, "-m", "cameras.benchmarks.streams", way, str(port), str(count), str(seconds)]
    done = subprocess.run(arguments, stdout=subprocess.PIPE, timeout=seconds + 180, check=False)
    lines = done.stdout.decode().splitlines()
    if done.returncode or not lines:
        raise BenchProblem(N_("The measurement of “%(way)s” ended early."), way=way)
    return Cost(**json.loads(lines[-1]))


def _measured(streams: int, seconds: float, seen: Callable[[], list[int]], errors: list[str]) -> Cost:
    """Wait until all streams run, let them settle, then count. seen: pictures so far, by stream."""
    process = psutil.Process()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and sum(bool(each) for each in seen()) < streams:
        time.sleep(0.2)
    time.sleep(SETTLE_SECONDS)
    before, began, used = seen(), time.monotonic(), sum(process.cpu_times()[:2])
    time.sleep(seconds)
    lasted, after = time.monotonic() - began, seen()
    cpu = sum(process.cpu_times()[:2]) - used
    running = sum(now > then for now, then in zip(after, before, strict=True))
    return Cost(cpu / lasted / max(1, running), process.memory_info().rss / 2**20, running, errors, lasted)


def run_ours(port: int, count: int, seconds: float) -> Cost:
    """The service's own watching, with a database in a new folder."""
    from cameras.service.watch import Watch
    from monitor.clock import utc_now
    from monitor.database.database import Database
    from monitor.database.migrate import upgrade
    from monitor.models.cameras.cameras import Camera, CameraSource, MediaProfile, ProfileRole
    from monitor.models.places import Zone, ZoneKind
    from monitor.service.process import beat
    from monitor.settings import load_settings
    from monitor.vault.vault import Vault

    with tempfile.TemporaryDirectory(prefix="quarantine-bench-") as folder:
        database, vault = Database(f"sqlite:///{folder}/bench.db", bytes(32)), Vault(Path(folder) / "vault", bytes(32))
        upgrade(database)
        now = utc_now()
        with database.write() as session:
            zone = Zone(name="bench", kind=ZoneKind.FACILITY)
            session.add(zone)
            session.flush()
            for number in range(count):
                address = f"rtsp://127.0.0.1:{port}/{number}"
                camera = Camera(
                    zone_id=zone.id, name=str(number), address=address, source=CameraSource.RTSP, state_since=now - timedelta(1)
                )
                session.add(camera)
                session.flush()
                for role in ProfileRole:
                    session.add(
                        MediaProfile(
                            camera_id=camera.id, role=role, token="", codec="H264", width=0, height=0, frames_per_second=0,
                            uri=address,
                        )
                    )  # fmt: skip
        empty = psutil.Process().memory_info().rss / 2**20
        watch = Watch(
            database, vault, load_settings({"QUARANTINE_DATA_FOLDER": folder, "QUARANTINE_DEMONSTRATION": "true"}), None
        )
        stopping = threading.Event()

        def run() -> None:
            while not stopping.wait(1.0):
                with database.write() as session:
                    beat(session, "watch-1", "watch", now, utc_now())
                watch.tick(utc_now(), time.monotonic())

        thread = threading.Thread(target=run)
        thread.start()

        def seen() -> list[int]:
            found = [each.counters.packets for each in list(watch.watchers.values())]
            return found + [0] * (count - len(found))

        cost = _measured(count, seconds, seen, [])
        for watcher in watch.watchers.values():
            if watcher.counters.reconnects or not watcher.integrity:
                cost.errors.append(
                    f"stream {watcher.watched.name}: {watcher.counters.reconnects} reconnects, {watcher.connection.problem}"
                )
        stopping.set()
        thread.join()
        watch.stop()
        cost.memory_mb = (cost.memory_mb - empty) / count
        return cost


def _run_peer(look: Callable[[str, int, list[int], threading.Event], None], port: int, count: int, seconds: float) -> Cost:
    """A frame-by-frame peer, a thread for each stream."""
    cv2.setNumThreads(1)
    empty = psutil.Process().memory_info().rss / 2**20
    seen, errors, stopping = [0] * count, [], threading.Event()

    def run(number: int) -> None:
        try:
            look(f"rtsp://127.0.0.1:{port}/{number}", number, seen, stopping)
        except Exception as error:
            errors.append(f"stream {number}: {error}")

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    cost = _measured(count, seconds, lambda: list(seen), errors)
    stopping.set()
    for thread in threads:
        thread.join(10)
    cost.memory_mb = (cost.memory_mb - empty) / count
    return cost


def look_with_opencv(uri: str, number: int, seen: list[int], stopping: threading.Event) -> None:
    """OpenCV's reader, which decodes every picture, and its MOG2 on five of them a second."""
    reader = cv2.VideoCapture(uri, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
    model = cv2.createBackgroundSubtractorMOG2(history=500, varThreshold=16, detectShadows=False)
    rate, due = reader.get(cv2.CAP_PROP_FPS) or 15.0, 0.0
    while not stopping.is_set() and reader.grab():
        seen[number] += 1
        due += LOOKS_A_SECOND / rate
        if due >= 1:
            due -= 1
            _, picture = reader.retrieve()
            foreground = model.apply(cv2.resize(picture, (640, 360)) if picture.shape[1] > 640 else picture)
            cv2.countNonZero(foreground)
    reader.release()


def look_with_pyav(uri: str, number: int, seen: list[int], stopping: threading.Event) -> None:
    """PyAV decodes every picture; five a second go through a running average on a luma of 100 lines, as in Frigate's design."""
    average: np.ndarray | None = None
    with av.open(uri, options={"rtsp_transport": "tcp"}, timeout=(10, 10)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type, stream.codec_context.thread_count = "NONE", 1
        rate, due = float(stream.average_rate or stream.guessed_rate or 15), 0.0
        for frame in container.decode(stream):
            if stopping.is_set():
                return
            seen[number] += 1
            due += LOOKS_A_SECOND / rate
            if due < 1:
                continue
            due -= 1
            plane = frame.planes[0]
            luma = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
            size = (round(frame.width * PEER_LINES / frame.height), PEER_LINES)
            small = cv2.GaussianBlur(cv2.resize(luma, size, interpolation=cv2.INTER_NEAREST), (3, 3), 1)
            if average is None:
                average = small.astype(np.float32)
            changed = cv2.threshold(cv2.absdiff(small, cv2.convertScaleAbs(average)), 30, 255, cv2.THRESH_BINARY)[1]
            cv2.findContours(cv2.dilate(changed, np.ones((3, 3), np.uint8)), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
            cv2.accumulateWeighted(small, average, 0.01)


def main(way: str, port: str, count: str, seconds: str) -> None:
    """One way, measured in this process; prints its cost as JSON."""
    av.logging.set_level(av.logging.PANIC)
    if way == "ours":
        cost = run_ours(int(port), int(count), float(seconds))
    else:
        cost = _run_peer(look_with_opencv if way == "opencv" else look_with_pyav, int(port), int(count), float(seconds))
    click.echo(json.dumps(cost.__dict__))


if __name__ == "__main__":
    main(*sys.argv[1:])
