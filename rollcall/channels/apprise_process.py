"""The process that Apprise runs in: code for a hundred services, which may call only what is allowed, and neither runs nor writes anything.

One JSON object a line. In: first what is allowed and the seconds for a message, then messages. Out: that it is ready, which message
reached a server, and what came of each. It ends when its input does, and whoever started it ends it when it is no more use.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import socket
import sys
import sysconfig
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from monitor.calls_out.allowed import Allowed, read_address, read_allowed
from rollcall.channels.markdown import READERS, escaped

# Beyond what it has with everything loaded.
MEMORY = 256 * 2**20
LARGEST_ANSWER = 2**20
_STACK = 512 * 2**10
_FORBIDDEN = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "pty.", "os.remove", "os.rename")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Guard:
    """Judges every connection of this process, and what it opens. told: called when a server was reached, with the message's id."""

    def __init__(self, allowed: Allowed, told: Callable[[str], None]) -> None:
        self._allowed = allowed
        self._told = told
        # Addresses that a host had which the operator named.
        self._named: set[str] = set()
        self._readable = tuple({os.path.realpath(each) for each in (*sysconfig.get_paths().values(), *_SYSTEM)})
        self.message = threading.local()

    def begin(self) -> None:
        """From now on; nothing in this process can undo it."""
        look_up, connect = socket.getaddrinfo, socket.socket.connect

        def judged(host: Any, *arguments: Any, **named: Any) -> Any:
            found = look_up(host, *arguments, **named)
            name = host.decode() if isinstance(host, bytes) else str(host or "")
            permitted = [each for each in found if self._allowed.permits(str(each[4][0]), name)]
            if not permitted:
                raise socket.gaierror(socket.EAI_FAIL, "not allowed")
            self._named.update(str(each[4][0]) for each in permitted)
            return permitted

        def connected(line: socket.socket, address: Any) -> None:
            connect(line, address)
            self._told(getattr(self.message, "id", ""))

        socket.getaddrinfo = judged
        setattr(socket.socket, "connect", connected)  # noqa: B010 - a method of a library, which mypy would not let go
        sys.addaudithook(self._judge)

    def _judge(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            where = arguments[1]
            if where is not None and not self._may_call(where):
                raise PermissionError("not allowed")
        elif event == "open":
            path, _mode, flags = arguments
            if not isinstance(path, int) and not self._may_open(os.fsdecode(path), flags or 0):
                raise PermissionError("not allowed")
        elif event.startswith(_FORBIDDEN):
            raise PermissionError("not allowed")

    def _may_call(self, where: Any) -> bool:
        host = str(where[0]) if isinstance(where, tuple) else ""
        return read_address(host) is not None and (self._allowed.permits(host, host) or host in self._named)

    def _may_open(self, path: str, flags: int) -> bool:
        if path == os.devnull:
            return True
        real = os.path.realpath(path)
        return not flags & _WRITES and any(Path(real).is_relative_to(each) for each in self._readable)


_SYSTEM = ("/etc", "/usr/share", "/usr/lib", "/dev/urandom", "/proc/self")


def bound_requests(seconds: float) -> None:
    """Let everything that Apprise's services ask over HTTP end in time, be small, and lead nowhere else."""
    import requests

    send = requests.Session.send

    def bounded(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        end = time.monotonic() + seconds
        request.headers["Accept-Encoding"] = "identity"
        response = send(session, request, **{**options, "stream": True, "allow_redirects": False})
        content = bytearray()
        while part := response.raw.read1(2**16, decode_content=True):
            content += part
            if len(content) > LARGEST_ANSWER or time.monotonic() > end:
                response.close()
                raise requests.ConnectionError("no end")
        response._content, response._content_consumed = bytes(content), True  # type: ignore[attr-defined]
        return response

    setattr(requests.Session, "send", bounded)  # noqa: B010 - as above


def notify(address: str, title: str, text: str) -> bool | None:
    """Whether it went well; None: the address cannot be read."""
    import apprise

    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return None
    form = service.resolve_format(apprise.NotifyFormat.TEXT)
    if form == apprise.NotifyFormat.MARKDOWN or address.partition("://")[0].lower() in READERS:
        title, text = escaped(title), escaped(text)
    declared = form if form == apprise.NotifyFormat.MARKDOWN else apprise.NotifyFormat.TEXT
    one = apprise.Apprise()
    one.add(service)
    return bool(one.notify(body=text, title=title, body_format=declared))


def main() -> None:
    """Serve messages until the input ends."""
    warnings.simplefilter("ignore")
    # What services print goes nowhere; so does Apprise's log, which would hold texts and addresses of people.
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    logging.disable(logging.CRITICAL)
    writing = threading.Lock()

    def tell(**said: Any) -> None:
        with writing:
            answers.write(json.dumps(said) + "\n")

    import apprise

    # Loads every service, before nothing may be opened any more.
    apprise.Apprise.instantiate("json://localhost")
    set_up = json.loads(sys.stdin.readline())
    guard = Guard(read_allowed(set_up["allowed"]), lambda name: tell(left=name))
    bound_requests(set_up["seconds"])
    threading.stack_size(_STACK)
    _limit_memory()
    guard.begin()
    tell(ready=True)

    def serve(said: dict[str, str]) -> None:
        guard.message.id = said["id"]
        try:
            went = notify(said["to"], said["title"], said["text"])
        except BaseException as error:
            # Of code that others wrote, running out of memory included.
            tell(id=said["id"], failed=type(error).__name__)
        else:
            tell(id=said["id"], went=went)

    for line in sys.stdin:
        threading.Thread(target=serve, args=(json.loads(line),), daemon=True).start()
    os._exit(0)


def _limit_memory() -> None:
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
