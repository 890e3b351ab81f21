"""A small HTTP/1.1 server for what a camera serves: its device service and its snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from cameras.demonstration.listening import SwitchedServer

_LARGEST_BODY = 262_144
_IDLE_SECONDS = 30


@dataclass(frozen=True)
class Request:
    """One request; header names are in lower case, the path is without its query."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: str = "200 OK"
    kind: str = "text/plain; charset=utf-8"
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpServer(SwitchedServer):
    """Serves one handler on 127.0.0.1; can be stopped and started again on the same port."""

    def __init__(self, port: int, handler: Callable[[Request], Awaitable[Reply]]) -> None:
        super().__init__(port)
        self._handler = handler

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            while True:
                async with asyncio.timeout(_IDLE_SECONDS):
                    request = await _read(reader, writer)
                if request is None:
                    writer.write(_bytes(Reply("400 Bad Request"), keep=False))
                    break
                keep = request.headers.get("connection", "").lower() != "close"
                writer.write(_bytes(await self._handler(request), keep))
                await writer.drain()
                if not keep:
                    break
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client went away, fell silent, or does not speak HTTP
        finally:
            self._connections.discard(writer)
            writer.close()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    length, parts = headers.get("content-length", "0"), lines[0].split()
    if len(parts) != 3 or not length.isdigit() or int(length) > _LARGEST_BODY:
        return None
    if headers.get("expect", "").lower() == "100-continue":
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    body = await reader.readexactly(int(length))
    return Request(parts[0], parts[1].partition("?")[0], headers, body)


def _bytes(reply: Reply, keep: bool) -> bytes:
    headers = {
        "Content-Type": reply.kind,
        "Content-Length": str(len(reply.body)),
        "Connection": "keep-alive" if keep else "close",
        **reply.headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {reply.status}\r\n{head}\r\n".encode("latin-1") + reply.body
