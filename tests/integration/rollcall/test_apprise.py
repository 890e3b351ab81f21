"""Messages over Apprise: to a real HTTP server by one of its own services, within bounded time, and only where it is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.calls_out.allowed import read_allowed
from monitor.database.database import Database
from monitor.settings import Settings
from rollcall.channels.apprise_addresses import AppriseAddresses, tell_staff
from rollcall.channels.channel import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.names import channel_names
from rollcall.work.channel_set_up import make_channels
from tests.doubles.vendor_server import Answer, Asked, VendorServer
from tests.doubles.waiting import PATIENCE


@pytest.fixture
def server() -> Iterator[VendorServer]:
    running = VendorServer(lambda _: Answer(200, {}))
    yield running
    running.stop()


def at(server: VendorServer) -> str:
    return server.address.replace("http://", "json://")


def hand_over(address: str, *schemes: str, seconds: float = PATIENCE) -> Outcome:
    channel = AppriseAddresses(schemes or ("json",), read_allowed("127.0.0.1"), seconds=seconds)
    ((_, outcome),) = channel.send(iter([Message(address, "Điểm danh: https://x/a/1", "r1", "Điểm danh")]))
    channel.close()
    return outcome


def test_a_message_arrives_with_its_words(server: VendorServer) -> None:
    assert hand_over(at(server)) == Sent("r1")
    (asked,) = server.asked
    assert (asked.json["title"], asked.json["message"]) == ("Điểm danh", "Điểm danh: https://x/a/1")


def test_a_service_that_refuses_is_tried_again_and_an_address_that_is_none_is_not(server: VendorServer) -> None:
    server.answer = lambda _: Answer(500, {})
    refused = hand_over(at(server))
    assert isinstance(refused, ChannelProblem)
    assert not refused.permanent
    for address, schemes in (
        (at(server), ("tgram",)),
        ("tgram://x", ("tgram",)),
        ("nothing", ("",)),
        ("file:///etc/passwd", ()),
    ):
        problem = hand_over(address, *schemes)
        assert isinstance(problem, ChannelProblem), address
        assert problem.permanent, address
    assert len(server.asked) == 1


def test_a_service_that_hangs_takes_no_longer_than_it_may(server: VendorServer) -> None:
    over = threading.Event()

    def hang(_: Asked) -> Answer:
        over.wait(2 * PATIENCE)
        return Answer(200, {})

    server.answer = hang
    began = time.monotonic()
    assert isinstance(hand_over(at(server), seconds=0.5), Uncertain)
    assert time.monotonic() - began < PATIENCE
    over.set()


def test_staff_are_told_over_every_address(server: VendorServer) -> None:
    outcomes = tell_staff(f"{at(server)}/a {at(server)}/b", "Quá hạn", "Một sự việc đã quá hạn.")
    assert outcomes == [Sent("staff-0"), Sent("staff-1")]
    assert {each.path for each in server.asked} == {"/a", "/b"}
    assert tell_staff("", "x", "y") == []


def test_apprise_is_loaded_with_the_first_message_only(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, apprise_schemes="tgram signal")
    assert channel_names(settings) == {"apprise"}
    made = make_channels(settings, database)
    assert set(made) == {"apprise"}
    made["apprise"].close()
    program = (
        "import sys; from rollcall.work.channel_set_up import make_channels; from rollcall.channels.apprise_addresses import"
        " AppriseAddresses; AppriseAddresses(['tgram']).close(); sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {f"QUARANTINE_{name.upper()}": value for name, value in settings.items()}
    environment |= {"QUARANTINE_DATA_FOLDER": str(folder), "QUARANTINE_LANGUAGE": "en"}
    command = [sys.executable, "-W", "ignore", "-m", "monitor", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_commands_say_what_is_set_up_and_try_it(server: VendorServer, tmp_path: Path) -> None:
    assert run(tmp_path, "db", "upgrade").returncode == 0
    server.answer = lambda _: Answer(201, {"sid": "SM1"})
    twilio = {"sms_gateway": "twilio", "sms_key": "AC1", "sms_secret": "s", "sms_sender": "SoYTe", "sms_base": server.address}
    listed = run(tmp_path, "channels", "list", sms_per_second="3", residents_url="https://d.vn", **twilio)
    assert "sms: at most 3 a second" in listed.stdout
    assert "https://d.vn/hooks/sms/twilio/" in listed.stdout
    assert "at most: 1 without accents, 2 with them (in parts)" in listed.stdout
    dear = run(tmp_path, "channels", "list", residents_url="https://diem-danh.so-y-te.example.gov.vn", **twilio)
    assert "has 40 characters. Text messages with a link now take up to 3 parts, 2 without accents" in dear.stdout
    tried = run(tmp_path, "channels", "try", "sms", "0901234567", **twilio)
    assert (tried.returncode, "SM1" in tried.stdout) == (0, True)
    assert server.asked[0].form["To"] == "+84901234567"
    missing = run(tmp_path, "channels", "try", "zalo", "1", **twilio)
    assert (missing.returncode, "not set up" in missing.stderr) == (1, True)
    server.answer = lambda _: Answer(400, {"code": 21211, "status": 400})
    refused = run(tmp_path, "channels", "try", "sms", "0901234567", **twilio)
    assert (refused.returncode, "21211" in refused.stderr) == (1, True)
    server.answer = lambda _: Answer(200, {})
    told = run(tmp_path, "channels", "tell-staff", "Quá hạn", staff_alert_urls=at(server))
    assert told.stdout == "json: sent\n"


@pytest.mark.parametrize(
    ("kind", "path", "written"),
    [
        ("json", "/", "<b>An & Co</b> *x*"),
        ("mmost", "/3ccdd113474722377935511fc85d3dd4", r"\<b\>An & Co\</b\> \*x\*"),
        ("rocket", "/webhookid/abc/#general", r"\<b\>An & Co\</b\> \*x\*"),
    ],
)
def test_a_name_arrives_as_it_is_written_whatever_markup_a_service_reads(
    server: VendorServer, kind: str, path: str, written: str
) -> None:
    channel = AppriseAddresses([kind], read_allowed("127.0.0.1"), seconds=PATIENCE)
    where = server.address.replace("http://", "webhookid/abc@" if kind == "rocket" else "").removesuffix("/")
    address = f"{kind}://{where}" + ("/#general" if kind == "rocket" else path)
    list(channel.send(iter([Message(address, "<b>An & Co</b> *x* https://d.vn/a/A_b", "r1", "Điểm danh")])))
    channel.close()
    (asked,) = server.asked
    text = asked.json["message" if kind == "json" else "text"]
    assert f"{written} https://d.vn/a/A_b" in text
