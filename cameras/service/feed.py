"""Hand out the pictures of the watched cameras to the console: the newest one, or the stream as it comes, without re-encoding.

One connection to each camera is enough for all who look: viewers are fed from the packets that watching reads anyway.
"""

from __future__ import annotations

import hmac
import logging
import queue
import struct
import threading
from collections.abc import Callable, Mapping
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from cameras.service.feed_address import ENDED, MIME, PICTURES_ONLY, VIDEO, VIEWER
from cameras.service.written import with_words
from cameras.streams.decoding import Decoder
from cameras.streams.fragments import PLAYABLE, Fragments
from cameras.streams.rtsp.units import Unit
from cameras.watching.watcher import CameraWatcher
from monitor.models.cameras.cameras import AreaKind

# A wall shows 16; what is asked for beyond is a mistake.
MOST_CAMERAS = 16
# A viewer that does not keep up loses pictures until the next keyframe, not memory here.
_MOST_WAITING = 400
_IDLE_SECONDS = 5.0
# Pictures are at most so much out of order.
_BACKWARDS_SECONDS = 1.0
_LONGEST_VIEWER = 100  # signs
_HEAD = struct.Struct("!IBI")
log = logging.getLogger(__name__)


class Feed:
    """An HTTP server of its own port, for this service's console only. address: host:port once started."""

    def __init__(self, host: str, token: str, watchers: Callable[[], Mapping[int, CameraWatcher]]) -> None:
        self.watchers = watchers
        self.token = token
        self.closing = threading.Event()
        self._decoder, self._lock = Decoder(), threading.Lock()
        self._server = ThreadingHTTPServer((host, 0), partial(_Handler, self))
        self._server.daemon_threads = True
        self.address = f"{host}:{self._server.server_address[1]}"

    def start(self) -> Feed:
        """Serve in threads of its own."""
        threading.Thread(target=self._server.serve_forever, name="feed", daemon=True).start()
        return self

    def stop(self) -> None:
        """End the server and all views."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def picture(self, camera_id: int, viewer: str = "") -> bytes | None:
        """The camera's newest keyframe as JPEG, its private parts grey; None when there is none. viewer: written into it, who looks and when."""
        watcher = self.watchers().get(camera_id)
        group = watcher.ring.newest() if watcher else []
        if watcher is None or not group or watcher.codec is None:
            return None
        with self._lock:  # one decoder, for the few who look
            picture = self._decoder.keyframe(watcher.codec, watcher.parameter_sets, group[0])
            return watcher.jpeg(picture, lambda bgr: with_words(bgr, viewer)) if picture else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20

    def __init__(self, feed: Feed, *args: object) -> None:
        self._feed = feed
        super().__init__(*args)  # type: ignore[arg-type]

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: who looked at what is in the audit trail."""

    def do_GET(self) -> None:
        """/picture/<camera> or /live?cameras=1,2,3."""
        given = self.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._feed.token}".encode()):
            self.send_error(403)
            return
        parts = urlsplit(self.path)
        kind, _, rest = parts.path.strip("/").partition("/")
        if kind == "picture" and rest.isdigit():
            self._picture(int(rest))
        elif kind == "live":
            wanted = parse_qs(parts.query).get("cameras", [""])[0].split(",")
            self._live([int(each) for each in wanted if each.isdigit()][:MOST_CAMERAS])
        else:
            self.send_error(404)

    def _picture(self, camera_id: int) -> None:
        picture = self._feed.picture(camera_id, self.headers.get(VIEWER, "")[:_LONGEST_VIEWER])
        if picture is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(picture)))
        self.end_headers()
        self.wfile.write(picture)

    def _live(self, cameras: list[int]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        waiting: queue.Queue[tuple[int, Unit]] = queue.Queue(_MOST_WAITING)
        views = {number: _View(number, self._feed, waiting) for number in cameras}
        try:
            while not self._feed.closing.is_set():
                for view in views.values():
                    for message in view.tend():
                        self.wfile.write(message)
                try:
                    number, unit = waiting.get(timeout=_IDLE_SECONDS)
                except queue.Empty:
                    continue
                for message in views[number].take(unit):
                    self.wfile.write(message)
        except OSError:
            pass  # the viewer left
        finally:
            for view in views.values():
                view.leave()


class _View:
    """One viewer's view of one camera."""

    def __init__(self, number: int, feed: Feed, waiting: queue.Queue[tuple[int, Unit]]) -> None:
        self._number, self._feed, self._waiting = number, feed, waiting
        self._watcher: CameraWatcher | None = None
        self._fragments: Fragments | None = None
        self._skipping = False
        self._newest_s = float("-inf")
        self._already: set[int] = set()  # of the group that was running when the view began, heard once more

    def tend(self) -> list[bytes]:
        """Follow the camera's watcher, which is another one after a change of its settings; what the viewer is to be told."""
        watcher = self._feed.watchers().get(self._number)
        if watcher is not None and watcher.codec is None:
            watcher = None  # it has no stream yet, or none now
        if watcher is self._watcher:
            return []
        self.leave()
        self._watcher = watcher
        if watcher is None:
            return [self._message(ENDED)]
        if not playable(watcher):
            return [self._message(PICTURES_ONLY)]
        watcher.listen(self._heard)
        # What is known of the running group is shown at once, so that nobody waits for the next keyframe.
        group = list(watcher.ring.newest())
        self._already.clear()
        messages = [message for unit in group for message in self.take(unit)]
        self._already = {id(unit) for unit in group}
        return messages

    def _heard(self, unit: Unit) -> None:
        """In the thread that reads: never waits."""
        try:
            self._waiting.put_nowait((self._number, unit))
        except queue.Full:
            self._skipping = True

    def take(self, unit: Unit) -> list[bytes]:
        """One picture as messages."""
        if self._watcher is None or self._watcher.codec is None or id(unit) in self._already:
            return []
        if unit.is_keyframe:
            self._already.clear()
        if self._skipping and not unit.is_keyframe:
            return []
        messages = []
        # After a new connection the camera's clock begins anew.
        restarted = unit.time_s < self._newest_s - _BACKWARDS_SECONDS
        self._newest_s = unit.time_s if restarted else max(unit.time_s, self._newest_s)
        if self._fragments is None or self._skipping or restarted:
            if not unit.is_keyframe:
                self._skipping = True
                return []
            try:
                self._fragments = Fragments(self._watcher.codec, self._watcher.parameter_sets, unit)
            except ValueError:
                self._skipping = True
                return [self._message(PICTURES_ONLY)]
            self._skipping = False
            messages.append(self._message(MIME, self._fragments.mime.encode()))
        try:
            made = self._fragments.add(unit)
        except ValueError:
            # Of this camera alone; the next keyframe begins it anew.
            self._fragments, self._skipping = None, True
            return messages
        return [*messages, self._message(VIDEO, made)] if made else messages

    def _message(self, kind: int, content: bytes = b"") -> bytes:
        return _HEAD.pack(self._number, kind, len(content)) + content

    def leave(self) -> None:
        """Stop listening."""
        if self._watcher is not None:
            self._watcher.stop_listening(self._heard)
        if self._fragments is not None:
            self._fragments.close()
        self._watcher = self._fragments = None


def playable(watcher: CameraWatcher) -> bool:
    """Whether the stream itself may be shown: a private part can only be covered in single pictures."""
    private = any(area.kind is AreaKind.PRIVACY for area in watcher.watched.areas)
    return watcher.codec == PLAYABLE and not private
