"""One HTTP request to a server of others: bounded in whole time and in what is read, redirected nowhere, to allowed addresses only."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from socket import AF_INET, AF_UNSPEC, SOCK_STREAM, AddressFamily, gaierror, getaddrinfo
from types import SimpleNamespace
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from monitor.calls_out.allowed import Allowed, read_address

LARGEST_ANSWER = 2**20
# A name of a push service or gateway stays where it is for minutes; one who moves it about has it judged each time it is looked up.
_NAMES_KEPT_SECONDS = 300
# Name servers that never answer hold a thread each for some ten seconds, and with it no name that others are called by.
_NAMES_AT_ONCE = 64


class Unreachable(Exception):
    """No whole answer came. Its words are the name of what happened.

    left: whether the request may have left us all the same; certainly not, where no connection came about.
    """

    def __init__(self, error: BaseException, *, left: bool) -> None:
        super().__init__(type(error).__name__)
        self.left = left


class NotAllowed(Unreachable):
    """Nothing was called: the address is no public one, and the operator named neither it nor its host."""


class _NotPublic(OSError):
    """What the resolver says of such a name."""


@dataclass(frozen=True)
class Answer:
    """What a server answered. headers: of whatever case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Its content; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass
class Journey:
    """How far a message came. left: from the moment on from which a server may have it."""

    left: bool = False


JOURNEY: ContextVar[Journey] = ContextVar("journey")
"""Of the message that a task is about; set by whoever wants to know it after an error."""


class Calls:
    """Connections that are kept open, used from one event loop."""

    def __init__(self, allowed: Allowed, *, seconds: float, at_once: int = 0) -> None:
        """allowed: beside public addresses. seconds: for a whole call. at_once: most connections; 0: no limit."""
        self._allowed = allowed
        self._seconds = seconds
        self._at_once = at_once
        self._session: aiohttp.ClientSession | None = None

    async def post(self, url: str, body: str | bytes, headers: Mapping[str, str]) -> Answer:
        """Ask once. url: percent-encoded already. Raises Unreachable."""
        journey = JOURNEY.get(None) or Journey()
        journey.left = False
        try:
            where = URL(url, encoded=True)
            self._judge(where.host or "")
            async with asyncio.timeout(self._seconds):
                return await self._ask(where, body.encode() if isinstance(body, str) else body, headers, journey)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if isinstance(error, _NotPublic) or isinstance(getattr(error, "os_error", None), _NotPublic):
                raise NotAllowed(error, left=False) from None
            raise Unreachable(error, left=journey.left) from error

    async def close(self) -> None:
        """Hang up."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _judge(self, host: str) -> None:
        """An address in figures is looked up by nobody, so it is judged here."""
        if read_address(host) is not None and not self._allowed.permits(host, host):
            raise _NotPublic

    async def _ask(self, where: URL, body: bytes, headers: Mapping[str, str], journey: Journey) -> Answer:
        # Neither followed nor unpacked by the library: both would be without bounds of ours.
        request = self._opened().post(
            where,
            data=body,
            headers={"Accept-Encoding": "identity", **headers},
            allow_redirects=False,
            trace_request_ctx=journey,
        )
        async with request as response:
            content = bytearray()
            async for piece in response.content.iter_any():
                content += piece
                if len(content) > LARGEST_ANSWER:
                    raise ValueError
            return Answer(response.status, response.headers, _unpacked(bytes(content), response.headers))

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._at_once, resolver=_Resolver(self._allowed), ttl_dns_cache=_NAMES_KEPT_SECONDS
                ),
                # The whole call has its time already.
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trace_configs=[_leaving()],
            )
        return self._session


def call_once(url: str, body: str | bytes, headers: Mapping[str, str], *, allowed: Allowed, seconds: float) -> Answer:
    """Ask once and wait for it, in a thread that has no event loop. Raises Unreachable."""

    async def ask() -> Answer:
        # It may be asked for on the way of a message, which it is no part of.
        JOURNEY.set(Journey())
        calls = Calls(allowed, seconds=seconds)
        try:
            return await calls.post(url, body, headers)
        finally:
            await calls.close()

    return asyncio.run(ask())


class _Resolver(AbstractResolver):
    """Looks a name up once: what it finds is judged, and what passes is connected to, so that no second look can find another."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._threads = ThreadPoolExecutor(_NAMES_AT_ONCE, "names")

    async def resolve(self, host: str, port: int = 0, family: AddressFamily = AF_INET) -> list[ResolveResult]:
        """The addresses of a host that may be called. Raises OSError."""
        look_up = partial(getaddrinfo, host, port, type=SOCK_STREAM, family=family or AF_UNSPEC)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        permitted: list[ResolveResult] = [
            {"hostname": host, "host": str(where[0]), "port": int(where[1]), "family": kind, "proto": proto, "flags": 0}
            for kind, _type, proto, _name, where in found
            if self._allowed.permits(str(where[0]), host)
        ]
        if found and not permitted:
            raise _NotPublic
        if not found:
            raise gaierror
        return permitted

    async def close(self) -> None:
        """Wait for no name."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _leaving() -> aiohttp.TraceConfig:
    """Notes in a request's journey that it begins to leave."""

    async def leaves(_session: aiohttp.ClientSession, context: SimpleNamespace, _told: object) -> None:
        context.trace_request_ctx.left = True

    trace = aiohttp.TraceConfig()
    trace.on_request_headers_sent.append(leaves)
    return trace


def _unpacked(body: bytes, headers: Mapping[str, str]) -> bytes:
    """What a server packed although it was not asked to. Raises ValueError where it is too much; what cannot be read stays as it is."""
    if headers.get("Content-Encoding", "").strip().lower() not in ("gzip", "x-gzip", "deflate"):
        return body
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        content = unpacking.decompress(body, LARGEST_ANSWER + 1)
    except zlib.error:
        return body
    if len(content) > LARGEST_ANSWER or unpacking.unused_data:
        raise ValueError
    return content
