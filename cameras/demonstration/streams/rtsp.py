"""The RTSP server of one demonstration camera: its main and sub streams over TCP, with Digest login."""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import secrets
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.listening import SwitchedServer
from cameras.demonstration.scenes.clips import FRAMES_PER_SECOND, KEYFRAME_INTERVAL, Clip, ClipStream
from cameras.demonstration.streams.rtp import RtpSender, parameter_sets, payloads

SESSION_SECONDS = 60
_REPORT_FRAMES = 5 * FRAMES_PER_SECOND
# A viewer this far behind (several seconds of the main stream) is dropped rather than waited for.
_LARGEST_BACKLOG = 1_000_000
_LARGEST_BODY = 65_536


class RunningStream:
    """One encoding of a loop, running since `epoch` on the event loop's clock; it costs nothing while nobody watches."""

    def __init__(self, stream: ClipStream, epoch: float) -> None:
        self._stream, self._epoch = stream, epoch
        self._viewers: dict[asyncio.WriteTransport, RtpSender] = {}
        self._task: asyncio.Task[None] | None = None
        with stream.path.open("rb") as file:
            self._parameters = parameter_sets(file.read(stream.offsets[1]))

    def description(self) -> str:
        """The SDP of the stream."""
        profile, sets = self._parameters
        lines = (
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=Live",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            "m=video 0 RTP/AVP 96",
            "c=IN IP4 0.0.0.0",
            f"b=AS:{self._stream.bit_rate // 1000}",
            "a=rtpmap:96 H264/90000",
            f"a=fmtp:96 packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sets}",
            f"a=framerate:{FRAMES_PER_SECOND}",
            "a=control:trackID=0",
        )
        return "\r\n".join(lines) + "\r\n"

    def newest_keyframe(self) -> bytes:
        """The keyframe that was last due."""
        with contextlib.closing(self._stream.map()) as file:
            return self._frame(file, self._due() // KEYFRAME_INTERVAL * KEYFRAME_INTERVAL)

    def first_for_viewer(self) -> int:
        """The number of the frame a new viewer starts with: the newest keyframe, so that a picture is there at once."""
        return self._due() // KEYFRAME_INTERVAL * KEYFRAME_INTERVAL

    def add(self, transport: asyncio.WriteTransport, sender: RtpSender, first: int) -> None:
        """Send to a new viewer from frame `first` on, what is due already at once."""
        if self._task is None:
            # The frames due by now belong to the backlog below, the rest to the task.
            self._task = asyncio.create_task(self._run(self._due() + 1))
            self._next = self._due() + 1
        with contextlib.closing(self._stream.map()) as file:
            for number in range(first, self._next):
                transport.write(sender.frame(payloads(self._frame(file, number)), number / FRAMES_PER_SECOND))
        self._viewers[transport] = sender

    def remove(self, transport: asyncio.WriteTransport) -> None:
        """Stop sending to a viewer; after the last one, stop altogether."""
        self._viewers.pop(transport, None)
        if not self._viewers and self._task is not None:
            self._task.cancel()
            self._task = None

    def _due(self) -> int:
        elapsed = asyncio.get_running_loop().time() - self._epoch
        return max(0, int(elapsed * FRAMES_PER_SECOND))

    def _frame(self, file: mmap.mmap, number: int) -> bytes:
        index = number % len(self._stream)
        return file[self._stream.offsets[index] : self._stream.offsets[index + 1]]

    async def _run(self, number: int) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.closing(self._stream.map()) as file:
            while True:
                await asyncio.sleep(self._epoch + number / FRAMES_PER_SECOND - loop.time())
                parts, seconds = payloads(self._frame(file, number)), number / FRAMES_PER_SECOND
                for transport, sender in list(self._viewers.items()):
                    if transport.get_write_buffer_size() > _LARGEST_BACKLOG:
                        transport.abort()
                        continue
                    transport.write(sender.frame(parts, seconds))
                    if number % _REPORT_FRAMES == 0:
                        transport.write(sender.report(seconds, time.time()))
                number += 1
                self._next = number


class RtspServer(SwitchedServer):
    """Serves rtsp://127.0.0.1:port/main and /sub; can be stopped and started again on the same port, as a camera loses power."""

    def __init__(self, port: int, clip: Clip, login: DigestLogin, epoch: float) -> None:
        super().__init__(port)
        self._login = login
        self.streams = {f"/{name}": RunningStream(stream, epoch) for name, stream in clip.streams.items()}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        conversation = _Conversation(self.streams, self._login, writer)
        try:
            while True:
                async with asyncio.timeout(SESSION_SECONDS * 1.5):
                    first = await reader.readexactly(1)
                    if first == b"$":  # the viewer's own RTCP: a sign of life, no more
                        head = await reader.readexactly(3)
                        await reader.readexactly(int.from_bytes(head[1:]))
                        continue
                    text = (first + await reader.readuntil(b"\r\n\r\n")).decode("utf-8", "replace").strip()
                    if not text:
                        continue
                    lines = text.split("\r\n")
                    headers = {
                        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])
                    }
                    length = headers.get("content-length", "0")
                    if not length.isdigit() or int(length) > _LARGEST_BODY:
                        break
                    await reader.readexactly(int(length))
                if not conversation.answer(lines[0], headers):
                    break
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the viewer went away, fell silent, or does not speak RTSP
        finally:
            conversation.end()
            self._connections.discard(writer)
            writer.close()


class _Conversation:
    """What one connection has asked for so far."""

    def __init__(self, streams: Mapping[str, RunningStream], login: DigestLogin, writer: asyncio.StreamWriter) -> None:
        self._streams, self._login, self._writer = streams, login, writer
        self._session = ""
        self._sender: RtpSender | None = None
        self._stream: RunningStream | None = None
        self._playing = False

    def answer(self, request: str, headers: Mapping[str, str]) -> bool:
        """Answer one request; False when the connection is to be closed after it."""
        parts = request.split()
        sequence = headers.get("cseq", "0")
        if len(parts) != 3 or not parts[2].startswith("RTSP/"):
            self._reply(sequence, "400 Bad Request")
            return False
        method, address, _version = parts
        path = urlsplit(address).path.rstrip("/").removesuffix("/trackID=0")
        if method == "OPTIONS":
            self._reply(sequence, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN")
        elif not self._login.allows(headers.get("authorization", ""), method):
            self._reply(sequence, "401 Unauthorized", f"WWW-Authenticate: {self._login.challenge()}")
        elif path not in self._streams:
            self._reply(sequence, "404 Stream Not Found")
        elif method == "DESCRIBE":
            body = self._streams[path].description()
            self._reply(sequence, "200 OK", f"Content-Base: {address.rstrip('/')}/", "Content-Type: application/sdp", body=body)
        elif method == "SETUP":
            self._set_up(sequence, path, headers.get("transport", ""))
        elif not self._session or headers.get("session", "").partition(";")[0].strip() != self._session:
            self._reply(sequence, "454 Session Not Found")
        elif method == "PLAY":
            self._play(sequence, address)
        elif method == "GET_PARAMETER":
            self._reply(sequence, "200 OK", f"Session: {self._session}")
        elif method == "TEARDOWN":
            self.end()
            self._reply(sequence, "200 OK")
            return False
        else:
            self._reply(sequence, "501 Not Implemented")
        return True

    def end(self) -> None:
        """Stop sending."""
        if self._stream is not None and self._playing:
            self._stream.remove(self._writer.transport)
            self._playing = False

    def _set_up(self, sequence: str, path: str, transport: str) -> None:
        if self._playing:
            self._reply(sequence, "455 Method Not Valid in This State")
            return
        for offer in transport.split(","):
            fields = [field.strip() for field in offer.split(";")]
            if fields[0] != "RTP/AVP/TCP":
                continue
            channels = next((field.partition("=")[2] for field in fields if field.startswith("interleaved=")), "0-1")
            first = channels.partition("-")[0]
            channel = int(first) if first.isdigit() and int(first) < 255 else 0
            self._session = self._session or secrets.token_hex(8)
            self._stream, self._sender = self._streams[path], RtpSender(channel)
            accepted = f"Transport: RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
            self._reply(sequence, "200 OK", accepted, f"Session: {self._session};timeout={SESSION_SECONDS}")
            return
        self._reply(sequence, "461 Unsupported Transport")

    def _play(self, sequence: str, address: str) -> None:
        if self._stream is None or self._sender is None:
            self._reply(sequence, "455 Method Not Valid in This State")
            return
        first, sender = self._stream.first_for_viewer(), self._sender
        start = (
            f"url={address.rstrip('/')}/trackID=0;seq={sender.sequence};rtptime={sender.timestamp(first / FRAMES_PER_SECOND)}"
        )
        self._reply(sequence, "200 OK", f"Session: {self._session}", "Range: npt=0.000-", f"RTP-Info: {start}")
        if not self._playing:
            self._playing = True
            self._stream.add(self._writer.transport, sender, first)

    def _reply(self, sequence: str, status: str, *headers: str, body: str = "") -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq: {sequence}", *headers]
        if body:
            lines.append(f"Content-Length: {len(body.encode())}")
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
