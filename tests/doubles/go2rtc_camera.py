"""Runs go2rtc, an ONVIF device and RTSP server that this project did not write, beside a test, on loopback only."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROGRAM = Path(sys.prefix) / "node_modules" / "@camera.ui" / "go2rtc-linux-x64" / "go2rtc"


@contextmanager
def running_go2rtc(folder: Path, streams: dict[str, str], **api: object) -> Iterator[tuple[str, str]]:
    """Its host and port for http, and for https. streams: by name, the RTSP address from which it fetches what it serves.

    api: more of that part of its configuration; by itself it asks nobody on its own machine for a login.
    """
    with socket.socket() as one, socket.socket() as two, socket.socket() as three:
        for each in (one, two, three):
            each.bind(("127.0.0.1", 0))
        port, secure_port, rtsp_port = (each.getsockname()[1] for each in (one, two, three))
    configuration = folder / "go2rtc.json"
    configuration.write_text(
        json.dumps(
            {
                "api": {"listen": f"127.0.0.1:{port}", "tls_listen": f"127.0.0.1:{secure_port}"} | api,
                "rtsp": {"listen": f"127.0.0.1:{rtsp_port}"},
                "webrtc": {"listen": ""},
                "srtp": {"listen": ""},
                "streams": streams,
            }
        )
    )
    with subprocess.Popen([PROGRAM, "-config", configuration], stdout=subprocess.DEVNULL, cwd=folder) as process:
        _wait_for(process, port, rtsp_port)
        try:
            yield f"127.0.0.1:{port}", f"127.0.0.1:{secure_port}"
        finally:
            process.terminate()


def _wait_for(process: subprocess.Popen[bytes], *ports: int) -> None:
    until = time.monotonic() + 10
    for port in ports:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, "go2rtc ended"
                assert time.monotonic() < until, "go2rtc did not start"
                time.sleep(0.05)
