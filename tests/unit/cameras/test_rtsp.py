"""The RTSP conversation without a socket: logins, descriptions, packets in any portions, and what servers do wrong."""

from __future__ import annotations

import base64
import contextlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.demonstration.digest import DigestLogin
from cameras.demonstration.streams.rtp import RtpSender, payloads
from cameras.errors import CameraUnreachable, NoUsableStream, StreamLost, StreamRefused, WrongPassword
from cameras.login import Login
from cameras.streams.rtsp.description import find_video
from cameras.streams.rtsp.parts import KEY, parts_of
from cameras.streams.rtsp.session import ANSWER_SECONDS, SILENCE_SECONDS, Phase, Session
from cameras.streams.rtsp.units import Assembler, Unit, annex_b

URI = "rtsp://camera:554/sub"
SPS, PPS = bytes.fromhex("6764001eacd940a03da1000003000100000300320f162d96"), bytes.fromhex("68ebe3cb22c0")
SDP = f"""v=0\r
o=- 1 1 IN IP4 0.0.0.0\r
s=Camera\r
a=control:*\r
m=audio 0 RTP/AVP 0\r
a=control:trackID=1\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1;profile-level-id=64001E;sprop-parameter-sets={base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode()}\r
a=control:trackID=0\r
"""
START = b"\0\0\0\1"
# A keyframe with its parameter sets, large enough to come in fragments, and two small pictures after it.
FRAMES = [
    START + SPS + START + PPS + START + b"\x65\x88" + bytes(range(1, 250)) * 14,
    START + b"\x41" + b"\x9a" * 300,
    START + b"\x41\x9b\x9b",
]


class Server:
    """Answers a session as a camera would."""

    def __init__(self, login: DigestLogin | None = None, description: str = SDP) -> None:
        self.login, self.description = login, description
        self.asked: list[str] = []
        self.refusals = 0

    def answers(self, requests: bytes) -> bytes:
        made = b""
        for text in requests.decode("latin-1").split("\r\n\r\n"):
            method = text.partition(" ")[0]
            if not method.isupper():
                continue
            self.asked.append(method)
            sequence = re.search(r"CSeq: (\d+)", text)
            assert sequence is not None
            head = f"CSeq: {sequence[1]}\r\n"
            authorization = re.search(r"Authorization: (.+)", text)
            if self.login and not self.login.allows(authorization[1].strip() if authorization else "", method):
                self.refusals += 1
                made += f"RTSP/1.0 401 Unauthorized\r\n{head}WWW-Authenticate: {self.login.challenge()}\r\n\r\n".encode()
            elif method == "DESCRIBE":
                size = len(self.description)
                made += f"RTSP/1.0 200 OK\r\n{head}Content-Base: {URI}/\r\nContent-Length: {size}\r\n\r\n{self.description}".encode()
            elif method == "SETUP":
                assert f"{URI}/trackID=0" in text
                made += f"RTSP/1.0 200 OK\r\n{head}Session: 12;timeout=20\r\nTransport: RTP/AVP/TCP;interleaved=2-3\r\n\r\n".encode()
            else:
                made += f"RTSP/1.0 200 OK\r\n{head}\r\n".encode()
        return made


def video() -> bytes:
    """The three frames as the camera's interleaved RTP packets, 15 a second, and the next one, with which the third is known to be over."""
    sender = RtpSender(2)
    return b"".join(sender.frame(payloads(frame), number / 15) for number, frame in enumerate([*FRAMES, FRAMES[-1]]))


def playing(server: Server, units: list[Unit], username: str = "nurse", password: str = "p:ä") -> Session:
    session = Session(URI, Login(username, password), units.append, 0.0)
    for _ in range(8):
        requests = session.outgoing()
        if session.phase is Phase.PLAYING:
            break
        session.receive(server.answers(requests), 0.0)
    assert session.phase is Phase.PLAYING
    return session


@given(st.lists(st.integers(1, 900), max_size=40))
def test_pictures_are_found_however_the_bytes_come_in_portions(cuts: list[int]) -> None:
    units: list[Unit] = []
    session = playing(Server(), units)
    stream = video()
    for size in [*cuts, len(stream)]:
        session.receive(stream[:size], 1.0)
        stream = stream[size:]
    assert [unit.is_keyframe for unit in units] == [True, False, False]
    assert [unit.data("h264") for unit in units] == FRAMES
    assert [round(unit.time_s * 15) for unit in units] == [0, 1, 2]
    assert session.parameter_sets == START + SPS + START + PPS


def test_a_login_is_asked_for_once_and_used_for_every_question() -> None:
    server = Server(DigestLogin("Lotus", "nurse", "p:ä"))
    playing(server, [])
    assert server.refusals == 1
    assert server.asked == ["DESCRIBE", "DESCRIBE", "SETUP", "PLAY"]


def test_a_wrong_password_is_told_and_not_tried_again() -> None:
    server = Server(DigestLogin("Lotus", "nurse", "right"))
    session = Session(URI, Login("nurse", "wrong"), lambda _: None, 0.0)
    session.receive(server.answers(session.outgoing()), 0.0)
    with pytest.raises(WrongPassword) as caught:
        session.receive(server.answers(session.outgoing()), 0.0)
    assert server.refusals == 2
    assert "wrong" not in str(caught.value)


def test_a_server_that_asks_for_ever_with_fresh_nonces_is_not_answered_for_ever() -> None:
    login = Login("nurse", "secret")
    challenges = (f'Digest realm="x", nonce="{number}", stale=true' for number in range(1000))
    assert sum(login.challenged([each]) for each in challenges) < 100


def test_a_viewer_says_that_it_is_still_there_in_time() -> None:
    session = playing(Server(), [])
    session.receive(video(), 5.0)
    session.tick(9.9)
    assert b"GET_PARAMETER" not in session.outgoing()
    session.tick(10.1)  # half of the 20 s that the server gives
    sent = session.outgoing()
    assert b"GET_PARAMETER" in sent
    assert b"Session: 12" in sent
    session.receive(b"RTSP/1.0 501 Not Implemented\r\nCSeq: 5\r\n\r\n", 10.2)
    session.receive(video(), 15.0)
    session.tick(20.2)
    assert b"OPTIONS" in session.outgoing()


@pytest.mark.parametrize(
    "status", ["400 Bad Request", "404 Not Found", "454 Session Not Found", "501 Not Implemented", "551 Option Not Supported"]
)
def test_a_refused_sign_of_life_is_given_in_another_way_at_once(status: str) -> None:
    session = playing(Server(), [])
    session.receive(video(), 5.0)
    for method in ("GET_PARAMETER", "OPTIONS", "SET_PARAMETER"):
        session.tick(10.1)
        assert method.encode() in session.outgoing()
        session.receive(f"RTSP/1.0 {status}\r\nCSeq: 5\r\n\r\n".encode(), 10.2)
    # Then by RTCP alone; and when the camera ends the stream all the same, that is what is told.
    assert b"RTSP" not in session.outgoing()
    session.receive(video(), 19.0)
    session.tick(20.2)
    assert session.outgoing().startswith(b"$")
    assert session.hung_up().words.values["status"] == int(status[:3])


def test_a_nonce_that_went_stale_while_playing_is_answered() -> None:
    server = Server(DigestLogin("Lotus", "nurse", "p:ä"))
    session = playing(server, [])
    session.receive(video(), 5.0)
    for at in (10.1, 20.2, 30.3):
        session.tick(at)
        session.outgoing()
        session.receive(
            f'RTSP/1.0 401 Unauthorized\r\nCSeq: 6\r\nWWW-Authenticate: Digest realm="Lotus", nonce="n{at}"\r\n\r\n'.encode(),
            at,
        )
        assert f'nonce="n{at}"'.encode() in session.outgoing()
        session.receive(b"RTSP/1.0 200 OK\r\nCSeq: 7\r\n\r\n", at)
        session.receive(video(), at + 5)


@pytest.mark.parametrize(
    ("phase", "answer", "said"),
    [
        (0, "RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://a:b@10.0.0.7:8554/x?pwd=c\r\n\r\n", "rtsp://10.0.0.7:8554. Enter"),
        (1, "RTSP/1.0 461 Unsupported Transport\r\nCSeq: 2\r\n\r\n", "UDP only"),
        (1, "RTSP/1.0 200 OK\r\nCSeq: 2\r\nSession: 1\r\nTransport: RTP/AVP;unicast;client_port=5000-5001\r\n\r\n", "UDP only"),
    ],
)  # fmt: skip
def test_where_the_video_goes_instead_is_told(phase: int, answer: str, said: str) -> None:
    server, session = Server(), Session(URI, Login("", ""), lambda _: None, 0.0)
    for _ in range(phase):
        session.receive(server.answers(session.outgoing()), 0.0)
    session.outgoing()
    with pytest.raises(StreamRefused, match=said):
        session.receive(answer.encode(), 0.1)


def test_an_address_elsewhere_on_the_same_server_is_followed_a_few_times() -> None:
    session = Session(URI, Login("", ""), lambda _: None, 0.0)
    for number in range(3):
        session.outgoing()
        session.receive(f"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://camera:554/other{number}\r\n\r\n".encode(), 0.0)
        assert f"DESCRIBE rtsp://camera:554/other{number} ".encode() in session.outgoing()
    with pytest.raises(StreamRefused):
        session.receive(b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: rtsp://camera:554/sub\r\n\r\n", 0.0)


def test_video_on_another_channel_than_was_agreed_is_read_and_none_at_all_is_told() -> None:
    units: list[Unit] = []
    session = playing(Server(), units)
    sender = RtpSender(6)
    session.receive(b"".join(sender.frame(payloads(frame), at / 15) for at, frame in enumerate([*FRAMES, FRAMES[-1]])), 1.0)
    assert len(units) == 3
    silent = playing(Server(), [])
    with pytest.raises(StreamLost, match="sends no video"):
        silent.tick(SILENCE_SECONDS + 0.1)


def test_silence_is_noticed_while_playing_and_while_asking() -> None:
    session = playing(Server(), [])
    session.receive(video(), 5.0)
    session.tick(5.0 + SILENCE_SECONDS - 0.1)
    with pytest.raises(StreamLost):
        session.tick(5.0 + SILENCE_SECONDS)
    asking = Session(URI, Login("", ""), lambda _: None, 0.0)
    with pytest.raises(CameraUnreachable):
        asking.tick(ANSWER_SECONDS)


def test_lost_bytes_cost_a_picture_and_not_the_stream() -> None:
    units: list[Unit] = []
    session = playing(Server(), units)
    stream = video()
    session.receive(b"\xff" * 100 + stream[700:] + video(), 1.0)
    assert [unit.data("h264") for unit in units[-3:]] == FRAMES


def test_garbage_without_end_ends_the_conversation() -> None:
    session = playing(Server(), [])
    for _ in range(13):
        session.receive(bytes(5_000), 1.0)
    with pytest.raises(StreamLost, match="cannot be decoded"):
        session.receive(bytes(5_000), 1.0)


@given(st.binary(max_size=3000))
def test_no_bytes_break_anything_but_the_conversation(data: bytes) -> None:
    session = playing(Server(), [])
    with contextlib.suppress(StreamLost, WrongPassword, StreamRefused):
        session.receive(data, 1.0)


@pytest.mark.parametrize(
    ("status", "problem"),
    [("404 Not Found", StreamRefused), ("453 Not Enough Bandwidth", StreamRefused), ("403 Forbidden", WrongPassword)],
)
def test_refusals_are_told_apart(status: str, problem: type[Exception]) -> None:
    session = Session(URI, Login("a", "b"), lambda _: None, 0.0)
    with pytest.raises(problem):
        session.receive(f"RTSP/1.0 {status}\r\nCSeq: 1\r\n\r\n".encode(), 0.0)


def test_a_stream_without_h264_or_h265_is_for_another_reader() -> None:
    description = "v=0\r\nm=video 0 RTP/AVP 26\r\na=control:trackID=0\r\n"
    with pytest.raises(NoUsableStream):
        playing(Server(description=description), [])


@pytest.mark.parametrize(
    ("base", "control", "address"),
    [
        ("rtsp://c/s/", "trackID=0", "rtsp://c/s/trackID=0"),
        ("rtsp://c/s", "trackID=0", "rtsp://c/s/trackID=0"),
        ("rtsp://c/s?x=1", "trackID=0", "rtsp://c/s?x=1/trackID=0"),  # as most cameras mean it
        ("rtsp://c/s", "rtsp://inner/s/t", "rtsp://inner/s/t"),
        ("rtsp://c/s", "*", "rtsp://c/s"),
    ],
)
def test_the_address_of_the_video_follows_rtsp_not_links(base: str, control: str, address: str) -> None:
    found = find_video(f"m=video 0 RTP/AVP 98\r\na=rtpmap:98 H265/90000\r\na=control:{control}\r\n", base)
    assert found is not None
    assert (found.codec, found.control) == ("hevc", address)


def test_timestamps_go_on_where_their_32_bits_end() -> None:
    assembler = Assembler("h264", 90_000)
    times = []
    for number in range(4):
        units = assembler.take(True, 65_534 + number & 0xFFFF, 0xFFFFFF00 + number * 6000 & 0xFFFFFFFF, b"\x41\x9a\x9a", 0.0)
        times += [round(unit.time_s, 4) for unit in units]
    assert times == [0, 0.0667, 0.1333]  # the last one waits for what follows
    assert assembler.lost == 0


def test_a_picture_without_a_marker_ends_when_the_next_begins() -> None:
    assembler = Assembler("h264", 90_000)
    assert not assembler.take(False, 1, 0, b"\x65\x88\x88", 0.0)
    (unit,) = assembler.take(False, 3, 6000, b"\x41\x9a\x9a", 0.1)
    assert unit.is_keyframe
    assert assembler.lost == 1


@pytest.mark.parametrize(
    ("codec", "payload", "key"),
    [
        ("h264", b"\x65\x88\x84", True),
        ("h264", b"\x41\x9a\x00", False),
        ("h264", b"\x67\x64\x00", True),
        ("h264", b"\x7c\x85\x88", True),  # a fragment of an IDR picture
        ("h264", b"\x5c\x41\x9a", False),
        ("h264", b"\x78\x00\x02\x67\x64\x00\x02\x65\x88", True),  # an aggregate
        ("h264", b"\x78\xff\xff\x65", False),  # that ends too soon
        ("hevc", b"\x26\x01\xaf", True),
        ("hevc", b"\x02\x01\xd0", False),
        ("hevc", b"\x62\x01\x93\xaf", True),
        ("hevc", b"\x62\x01\x81\xaf", False),
        ("h264", b"\x65", False),
    ],
)
def test_where_decoding_can_begin_is_seen_in_the_first_bytes(codec: str, payload: bytes, key: bool) -> None:
    assert bool(parts_of(codec, payload) & KEY) is key


def test_fragments_of_h265_are_joined_with_their_head() -> None:
    whole = b"\x26\x01" + bytes(range(200))
    pieces = [b"\x62\x01\x93" + whole[2:100], b"\x62\x01\x13" + whole[100:150], b"\x62\x01\x53" + whole[150:]]
    assert annex_b("hevc", pieces) == START + whole


def test_a_fragment_whose_beginning_was_lost_is_left_out() -> None:
    assert annex_b("h264", [b"\x7c\x05rest", b"\x41\x9a\x9a"]) == START + b"\x41\x9a\x9a"
