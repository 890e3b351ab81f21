"""What goes wrong between a camera and its viewer, on purpose: a proxy before an RTSP server that stalls, breaks and lies."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from enum import StrEnum

_CHUNK = 65_536


class Fault(StrEnum):
    """What the line does. The camera behind it is well all the while."""

    NONE = "none"
    STALL = "stall"
    """The connection stands and nothing comes any more, new ones included."""
    HALF_OPEN = "half_open"
    """The other end is gone without a word; new connections are taken, and never answered."""
    RESET = "reset"
    """Every connection is cut off at once."""
    REFUSE = "refuse"
    """Nobody listens."""
    DENY = "deny"
    """Every question is answered with 401, whatever the password."""
    GARBAGE = "garbage"
    """Random bytes among the video."""
    SLOW = "slow"
    """A tenth of what the video needs comes through."""


class FaultyLine:
    """Forwards 127.0.0.1:port (0 is any) to another port on loopback, as well as its fault allows. Of a running event loop."""

    def __init__(self, target: int, port: int = 0) -> None:
        self.port, self.target = port, target
        self.fault = Fault.NONE
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._well = asyncio.Event()
        self._well.set()

    async def start(self) -> FaultyLine:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def set(self, fault: Fault) -> None:
        """From now on this goes wrong; what stands is broken as that fault would break it."""
        before, self.fault = self.fault, fault
        if fault in (Fault.STALL, Fault.HALF_OPEN):
            self._well.clear()
        else:
            self._well.set()
        if fault in (Fault.RESET, Fault.REFUSE, Fault.DENY) or before in (Fault.HALF_OPEN, Fault.GARBAGE):
            for writer in list(self._writers):
                writer.transport.abort()
        if fault is Fault.REFUSE and self._server is not None:
            self._server.close()
            self._server = None
        elif fault is not Fault.REFUSE and self._server is None:
            await self.start()

    async def stop(self) -> None:
        """Hang up, and listen no more."""
        self._well.set()
        for writer in list(self._writers):
            writer.transport.abort()
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        camera: asyncio.StreamWriter | None = None
        try:
            if self.fault is Fault.RESET:
                writer.transport.abort()
                return
            if self.fault is Fault.DENY:
                await self._deny(reader, writer)
                return
            await self._well.wait()
            from_camera, camera = await asyncio.open_connection("127.0.0.1", self.target)
            await asyncio.gather(self._forward(reader, camera, False), self._forward(from_camera, writer, True))
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers.discard(writer)
            for each in (writer, camera):
                if each is not None:
                    with suppress(OSError, RuntimeError):
                        each.close()

    async def _deny(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            sequence = next((line for line in head.split(b"\r\n") if line.lower().startswith(b"cseq")), b"CSeq: 0")
            writer.write(
                b'RTSP/1.0 401 Unauthorized\r\n%s\r\nWWW-Authenticate: Digest realm="x", nonce="%s"\r\n\r\n'
                % (sequence, os.urandom(8).hex().encode())
            )
            await writer.drain()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_video: bool) -> None:
        while data := await reader.read(_CHUNK):
            await self._well.wait()
            if is_video and self.fault is Fault.GARBAGE:
                data = os.urandom(len(data))
            elif is_video and self.fault is Fault.SLOW:
                await asyncio.sleep(len(data) / 4_000)
            writer.write(data)
            await writer.drain()
        writer.close()
