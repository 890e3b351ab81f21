"""Servers as somebody hostile or broken would run them: one that answers HTTP by its path, one that takes mail by its recipient."""

from __future__ import annotations

import gzip
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BOMB_MEGABYTES = 128


class Hostile(socketserver.ThreadingTCPServer):
    """/ok takes everything, /drip a byte now and then, /bomb much in little, /away another place, /headers no end of them, /silent nothing."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 512

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        self.asked: list[str] = []
        self.taken_at: list[float] = []
        self.over = threading.Event()
        self.bomb = gzip.compress(bytes(2**20), 1) * BOMB_MEGABYTES

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Line(socketserver.StreamRequestHandler):
    server: Hostile

    def handle(self) -> None:
        with suppress(OSError):
            while self._one():
                pass

    def _one(self) -> bool:
        first = self.rfile.readline()
        length = 0
        while (line := self.rfile.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line[15:])
        if not first or not line:
            return False
        self.rfile.read(length)
        path = first.split()[1].decode()
        self.server.asked.append(path)
        if path.startswith("/ok"):
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
            self.server.taken_at.append(time.monotonic())
            return True
        if path.startswith("/away"):
            where = self.server.url.encode() + b"/ok"
            self.wfile.write(b"HTTP/1.1 307 Elsewhere\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n" % where)
            return True
        if path.startswith("/bomb"):
            head = b"HTTP/1.1 201 Created\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
            self.wfile.write(head % len(self.server.bomb) + self.server.bomb)
            return False
        if path.startswith("/headers"):
            self.wfile.write(b"HTTP/1.1 201 Created\r\n")
            while not self.server.over.is_set():
                self.wfile.write(b"X-Header: and another one\r\n" * 100)
        if path.startswith("/drip"):
            self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n")
            while not self.server.over.wait(1.0):
                self.wfile.write(b".")
        self.server.over.wait()
        return False


class Mail(socketserver.ThreadingTCPServer):
    """Refuses `refused@`, says nothing more after the mail to `hangs@`, hangs up on `cut@` before it takes one; takes all others."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.taken: list[str] = []
        self.over = threading.Event()


class _Dialogue(socketserver.StreamRequestHandler):
    server: Mail

    def handle(self) -> None:
        with suppress(OSError):
            self._talk()

    def _talk(self) -> None:
        to, data = "", False
        self.wfile.write(b"220 x\r\n")
        for line in self.rfile:
            if data:
                if line.strip() == b".":
                    data = False
                    if to.startswith("hangs"):
                        self.server.over.wait()
                        return
                    self.server.taken.append(to)
                    self.wfile.write(b"250 ok\r\n")
                continue
            word = line[:4].upper()
            if word == b"RCPT":
                to = line.partition(b"<")[2].partition(b">")[0].decode()
                if to.startswith("cut"):
                    return
                self.wfile.write(b"550 nobody\r\n" if to.startswith("refused") else b"250 ok\r\n")
                continue
            data = word == b"DATA"
            self.wfile.write(b"354 go\r\n" if data else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")


@contextmanager
def running(server: Hostile | Mail) -> Iterator[None]:
    """While it serves."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
