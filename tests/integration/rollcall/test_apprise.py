"""Messages over Apprise: to a real HTTP server by one of its own services, within bounded time, and only where it is allowed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.database import Database
from monitor.settings import Settings
from rollcall.channels import ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.apprise_addresses import AppriseAddresses, tell_staff
from rollcall.channels.setup import channel_names, make_channels
from tests.vendor_server import Answer, Asked, VendorServer

# Apprise's own modules warn while they are loaded.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def server() -> Iterator[VendorServer]:
    running = VendorServer(lambda _: Answer(200, {}))
    yield running
    running.stop()


def at(server: VendorServer) -> str:
    return server.address.replace("http://", "json://")


def hand_over(address: str, *schemes: str, seconds: float = 10.0) -> Outcome:
    channel = AppriseAddresses(schemes or ("json",), seconds=seconds)
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
    def slow(_: Asked) -> Answer:
        time.sleep(2.0)
        return Answer(200, {})

    server.answer = slow
    began = time.monotonic()
    assert isinstance(hand_over(at(server), seconds=0.5), Uncertain)
    assert time.monotonic() - began < 1.5


def test_staff_are_told_over_every_address(server: VendorServer) -> None:
    outcomes = tell_staff(f"{at(server)}/a {at(server)}/b", "Quá hạn", "Một sự việc đã quá hạn.")
    assert outcomes == [Sent("staff-0"), Sent("staff-1")]
    assert [each.path for each in server.asked] == ["/a", "/b"]
    assert tell_staff("", "x", "y") == []


def test_apprise_is_loaded_with_the_first_message_only(database: Database, tmp_path: Path) -> None:
    settings = Settings(data_folder=tmp_path, apprise_schemes="tgram signal")
    assert channel_names(settings) == {"apprise"}
    made = make_channels(settings, database)
    assert set(made) == {"apprise"}
    made["apprise"].close()
    program = (
        "import sys; from rollcall.channels.setup import make_channels; from rollcall.channels.apprise_addresses import"
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
    assert "sms: at most 3.0 a second" in listed.stdout
    assert "https://d.vn/hooks/sms/twilio/" in listed.stdout
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
