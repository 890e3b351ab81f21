"""Runs go2rtc, an ONVIF device and RTSP server that this project did not write, beside a test, on loopback only."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.doubles.ports import free_ports
from tests.doubles.waiting import wait_until

PROGRAM = Path(sys.prefix) / "node_modules" / "@camera.ui" / "go2rtc-linux-x64" / "go2rtc"


@contextmanager
def running_go2rtc(folder: Path, streams: dict[str, str], **api: object) -> Iterator[tuple[str, str]]:
    """Its host and port for http, and for https. streams: by name, the RTSP address from which it fetches what it serves.

    api: more of that part of its configuration; by itself it asks nobody on its own machine for a login.
    """
    port, secure_port, rtsp_port = free_ports(3)
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
        try:
            for each in (port, rtsp_port, *([secure_port] if "tls_key" in api else [])):
                wait_until(partial(_listens, process, each))
            yield f"127.0.0.1:{port}", f"127.0.0.1:{secure_port}"
        finally:
            process.terminate()


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None, "go2rtc ended"
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0
