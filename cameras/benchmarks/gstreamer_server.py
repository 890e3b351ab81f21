"""An RTSP server that this project did not write: GStreamer's, with one mount for each of many cameras, all from one file.

Run by Debian's own Python, which has GStreamer's bindings: python3 gstreamer_server.py FILE MOUNTS [USERNAME PASSWORD]
FILE may be test-pattern: a moving ball as Motion JPEG. Prints its port, then serves /0, /1, … until its standard input is closed.
"""

import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402


class Looping(GstRtspServer.RTSPMediaFactory):
    """Plays the file from the beginning whenever it ended, at its own speed."""

    def __init__(self, file: str, codec: str) -> None:
        super().__init__()
        payload = f"rtp{codec}pay name=pay0 pt=96 config-interval=-1"
        self._launch = f"( filesrc location={file} ! qtdemux ! {codec}parse ! {payload} )"
        if file == "test-pattern":
            pattern = "videotestsrc is-live=true ! video/x-raw,format=I420,width=640,height=360,framerate=5/1 ! queue"
            self._launch = f"( {pattern} ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"

    def do_create_element(self, _url: object) -> object:
        """The pipeline of one mount."""
        return Gst.parse_launch(self._launch)


def main() -> None:
    """Serve until the standard input ends."""
    file, mounts = sys.argv[1], int(sys.argv[2])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service("0")
    server.props.backlog = 512
    codec = "h265" if file.endswith("h265.mp4") else "h264"
    for number in range(mounts):
        factory = Looping(file, codec)
        factory.set_shared(True)
        if len(sys.argv) > 4:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role("viewer", "media.factory.construct", True)
            factory.set_permissions(permissions)
        server.get_mount_points().add_factory(f"/{number}", factory)
    if len(sys.argv) > 4:
        guard = GstRtspServer.RTSPAuth()
        guard.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        guard.add_digest(sys.argv[3], sys.argv[4], token)
        server.set_auth(guard)
    server.attach(None)
    sys.stdout.write(f"{server.get_bound_port()}\n")
    sys.stdout.flush()
    loop = GLib.MainLoop()
    threading.Thread(target=lambda: (sys.stdin.read(), loop.quit()), daemon=True).start()
    loop.run()


main()
