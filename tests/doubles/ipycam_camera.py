"""IPyCam's ONVIF device in a process of its own: a camera that this project did not write, on loopback only."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Its own handler and services, without its discovery, which would answer on the real network, and without its encoder.
_PROGRAM = """
import sys
from http.server import ThreadingHTTPServer
from types import SimpleNamespace
import numpy
from ipycam.config import CameraConfig
from ipycam.http import IPCameraHTTPHandler
from ipycam.onvif import ONVIFService
from ipycam.ptz import PTZController
username, password, rtsp_port, main, sub = sys.argv[1:]
config = CameraConfig(
    local_ip="127.0.0.1", username=username, password=password, rtsp_port=int(rtsp_port), main_stream_name=main, sub_stream_name=sub
)
motor = PTZController()
motor.set_preset("door", "Door <1>")
motor.set_preset("beds", "Beds")
still = numpy.full((90, 160, 3), 120, numpy.uint8)
IPCameraHTTPHandler.camera = SimpleNamespace(
    config=config, ptz=motor, onvif=ONVIFService(config, motor), get_snapshot_frame=lambda: still
)
server = ThreadingHTTPServer(("127.0.0.1", 0), IPCameraHTTPHandler)
config.onvif_port = server.server_port
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def running_ipycam(
    folder: Path, username: str, password: str, *, rtsp_port: int = 8554, main: str = "video_main", sub: str = "video_sub"
) -> Iterator[str]:
    """Its host and port. folder: it writes down its places where it is started. It names its streams so; who serves them is open."""
    command = [sys.executable, "-c", _PROGRAM, username, password, str(rtsp_port), main, sub]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as process:
        assert process.stdout is not None
        yield f"127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()
