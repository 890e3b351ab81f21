"""Setting up by screens: the first address, each step done, skipped and taken up, what is said there holding everywhere at once."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update

from monitor.accounts.invitations import GOOD_FOR, invite_first
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.residents import Resident
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.plans import Plan, PlanResident
from monitor.models.rollcalls.prompts import PromptKind
from monitor.models.service import ChannelTry, StatedValue
from monitor.setting_up.recovery_sheet import groups_of
from monitor.settings import Settings
from monitor.stated import Stated, stated, take
from monitor.vault.master_keys import KeptKeys, master_keys
from monitor.vault.vault import Vault
from monitor.words import translator
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.built_in import TEXTS
from tests.doubles.vendor_server import Answer, VendorServer
from tests.worlds.accounts_console import World
from tests.worlds.due_round import SECRET, token_of, world
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

CALL = TEXTS[PromptKind.VOICE]


@pytest.fixture(autouse=True)
def nothing_stated() -> Iterator[None]:
    """What one test says holds in this process, and must not in the next one."""
    yield
    take(Stated())


@pytest.fixture
def console(both_databases: Database, tmp_path: Path) -> World:
    return World(both_databases, tmp_path)


def make_room_for_a_world(console: World) -> None:
    """No two zones have one name."""
    with console.database.write() as session:
        session.execute(update(Zone).values(name=Zone.name + " cũ"))


def text(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_the_first_address_leads_to_the_first_account_and_is_dead_afterwards(both_databases: Database, tmp_path: Path) -> None:
    console = World(both_databases, tmp_path, language="")
    with console.database.write() as session:
        handed = invite_first(session, now=console.now)
    assert handed is not None
    browser = console.app.test_client()
    page = browser.get(f"/start/{handed.code}").text
    assert "Hệ thống chưa có quản trị viên." in text(page)
    # Looking uses nothing up.
    assert browser.get(f"/start/{handed.code}").status_code == 200
    chosen = browser.post(f"/start/{handed.code}", data={"language": "en"})
    assert (chosen.status_code, chosen.location) == (303, f"/invitation/{handed.code}")
    assert "Choose a password" in browser.get(chosen.location).text
    form = {"username": "quantri", "password": PASSWORD, "again": PASSWORD}
    made = browser.post(f"/invitation/{handed.code}", data=form)
    assert (made.status_code, made.location) == (303, "/sign-in?next=/set-up")
    assert stated().language == "en"
    for path in (f"/start/{handed.code}", f"/invitation/{handed.code}"):
        dead = console.app.test_client().get(path)
        assert dead.status_code == 410
    with console.database.write() as session:
        assert invite_first(session, now=console.now) is None
    assert "installation-stated" in console.trail()


def test_a_wrong_and_an_expired_code_are_refused_with_what_to_do(console: World) -> None:
    with console.database.write() as session:
        handed = invite_first(session, now=console.now)
    assert handed is not None
    browser = console.app.test_client()
    wrong = browser.get("/start/AAAA-BBBB")
    assert wrong.status_code == 410
    assert "There is no such invitation." in text(wrong.text)
    assert browser.post("/start/AAAA-BBBB", data={"language": "vi"}).status_code == 410
    assert stated().language == ""
    console.now += GOOD_FOR + timedelta(minutes=1)
    late = browser.get(f"/start/{handed.code}")
    assert late.status_code == 410
    assert "Start the service again, or run `quarantine user first`" in text(late.text)


def test_a_new_start_ends_the_address_of_the_one_before(console: World) -> None:
    with console.database.write() as session:
        first = invite_first(session, now=console.now)
    with console.database.write() as session:
        second = invite_first(session, now=console.now)
    assert first is not None
    assert second is not None
    browser = console.app.test_client()
    assert browser.get(f"/start/{first.code}").status_code == 410
    assert browser.get(f"/start/{second.code}").status_code == 200
    # One that an administrator's account was made without is dead too.
    console.add("quantri", Role.ADMINISTRATOR)
    refused = browser.get(f"/start/{second.code}")
    assert refused.status_code == 410
    assert "An administrator exists already." in text(refused.text)


def test_what_is_said_of_the_authority_holds_at_once_in_pages_messages_and_calls(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    console = World(both_databases, tmp_path)
    make_room_for_a_world(console)
    _, (resident,) = world(both_databases, "Nguyễn Thị An")
    open_due_rounds(both_databases, NOW)
    link = token_of(both_databases, resident)
    settings = Settings(data_folder=tmp_path, secret_key=SECRET.decode())
    # Made before anything was said, as processes that run are.
    speaker, residents = (
        settings.speaker,
        create_residents(settings, both_databases, vault, now=lambda: console.now).test_client(),
    )
    call = translator("vi")(CALL)
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    page = text(admin.get("/set-up/authority").text)
    assert "If you skip this, messages come from" in page
    saved = admin.post(
        "/set-up/authority",
        data={
            "authority": "Trạm Y tế phường Phú Cường",
            "authority_in_english": "Phu Cuong Health Station",
            "hotline": "1900 9095",
            "timezone": "Asia/Bangkok",
        },
    )
    assert saved.status_code == 303
    assert speaker.named("vi") == "Trạm Y tế phường Phú Cường"
    assert speaker.named("en") == "Phu Cuong Health Station"
    assert str(settings.zone) == "Asia/Bangkok"
    assert "1022" in call
    assert translator("vi")(CALL) == call.replace("1022", "1900 9095")
    shown = residents.get("/").text
    assert "1900 9095" in shown
    assert 'href="tel:19009095"' in shown
    assert "1022" not in shown
    assert "Trạm Y tế phường Phú Cường" in residents.get(f"/a/{link}").text
    with both_databases.read() as session:
        assert {each.name for each in session.scalars(select(StatedValue)) if each.value} == {
            "authority",
            "authority_in_english",
            "hotline",
            "timezone",
        }


def test_what_the_settings_say_goes_before_what_is_said_on_screen(database: Database, tmp_path: Path) -> None:
    console = World(database, tmp_path, authority="Sở Y tế", hotline="0274 3822 123", timezone="Asia/Ho_Chi_Minh")
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    page = admin.get("/set-up/authority").text
    assert 'name="authority"' not in page
    assert "Sở Y tế" in page
    admin.post("/set-up/authority", data={"authority": "Trạm khác", "hotline": "115", "timezone": "Asia/Tokyo"})
    with database.read() as session:
        assert not session.scalars(select(StatedValue)).all()
    settings = Settings(data_folder=tmp_path, authority="Sở Y tế", timezone="Asia/Ho_Chi_Minh")
    take(Stated(authority="Trạm khác", timezone="Asia/Tokyo", hotline="115"))
    assert settings.speaker.named("vi") == "Sở Y tế"
    assert str(settings.zone) == "Asia/Ho_Chi_Minh"
    assert translator("en")("Call 1022") == "Call 0274 3822 123"


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("hotline", "gọi trạm", "Enter a telephone number as people dial it"),
        ("hotline", "12", "Enter a telephone number as people dial it"),
        ("timezone", "Asia/Saigon2", "There is no time zone named Asia/Saigon2"),
        ("authority", "x" * 121, "At most 120 letters"),
        ("unit", "Phường không có thật", "No commune, ward or province has this name."),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_is_saved(
    database: Database, tmp_path: Path, field: str, typed: str, told: str
) -> None:
    admin = World(database, tmp_path).with_factor("quantri", Role.ADMINISTRATOR)
    form = {"authority": "Trạm Y tế", "hotline": "1022", "timezone": "Asia/Ho_Chi_Minh", field: typed}
    answer = admin.post("/set-up/authority", data=form)
    assert answer.status_code == 422
    assert told in text(answer.text)
    assert f'aria-describedby="{field}-said' in answer.text
    with database.read() as session:
        assert not session.scalars(select(StatedValue)).all()


def test_steps_are_skipped_taken_up_and_done_by_facts(console: World) -> None:
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    listed = text(admin.get("/set-up").text)
    assert "Continue: Your authority" in listed  # language is set here, and this administrator has a second factor
    skipped = admin.post("/set-up/authority/skip")
    assert skipped.location == "/set-up/recovery_sheet"
    assert "Your authority skipped" in text(admin.get("/set-up").text)
    assert "Put back on the list" in admin.get("/set-up/authority").text
    admin.post("/set-up/authority/take-up")
    assert "Your authority to do" in text(admin.get("/set-up").text)
    # Skipped and done since: done.
    admin.post("/set-up/zone/skip")
    with console.database.write() as session:
        session.add(Room(zone_id=console.here, name="101"))
    assert "A zone with its rooms done" in text(admin.get("/set-up").text)
    assert console.trail().count("set-up-step-skipped") == 2
    assert admin.get("/set-up/nothing").status_code == 404


def test_every_step_says_what_it_is_for_and_what_skipping_means(console: World) -> None:
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    steps = (
        "language",
        "administrator",
        "authority",
        "recovery_sheet",
        "zone",
        "channels",
        "mail",
        "cameras",
        "people",
        "plan",
    )
    for step in steps:
        page = admin.get(f"/set-up/{step}", follow_redirects=True)
        assert page.status_code == 200, step
        assert "If you skip this" in text(page.text), step


def test_the_recovery_sheet_is_shown_once_recorded_and_confirmed_by_two_groups(console: World, tmp_path: Path) -> None:
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    key = master_keys(Settings(data_folder=tmp_path)).current()
    groups = groups_of(key)
    before = admin.get("/set-up/recovery_sheet").text
    assert not any(each in before for each in groups[:4])
    sheet = admin.post("/set-up/recovery_sheet")
    assert sheet.headers["Cache-Control"] == "no-store"
    assert re.findall(r"<li><code>([0-9a-f]{4})</code></li>", sheet.text) == groups
    assert "<svg" in sheet.text
    asked = [int(each) for each in re.findall(r'name="group-(\d+)"', sheet.text)]
    assert len(asked) == 2
    refused = admin.post("/set-up/recovery_sheet/confirm", data={f"group-{each}": "zzzz" for each in asked})
    assert refused.status_code == 422
    assert "These groups do not match the sheet." in text(refused.text)
    assert "recovery-sheet-confirmed" not in console.trail()
    right = {f"group-{each}": groups[each - 1].upper() for each in asked}
    assert admin.post("/set-up/recovery_sheet/confirm", data=right).status_code == 303
    assert "Recovery sheet done" in text(admin.get("/set-up").text)
    assert console.trail().count("recovery-sheet-shown") == console.trail().count("recovery-sheet-confirmed") == 1
    # The same answer is not good twice, and another key needs another sheet.
    assert admin.post("/set-up/recovery_sheet/confirm", data=right).status_code == 422
    keys = master_keys(Settings(data_folder=tmp_path))
    assert isinstance(keys, KeptKeys)
    keys.switch()
    assert "Recovery sheet to do" in text(admin.get("/set-up").text)


def test_the_key_is_shown_to_administrators_of_all_zones_who_confirmed_lately(console: World) -> None:
    some = console.with_factor("haikhu", Role.ADMINISTRATOR, [console.here])
    assert some.post("/set-up/recovery_sheet").status_code == 403
    assert some.post("/set-up/authority", data={"authority": "x"}).status_code == 403
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    console.now += timedelta(minutes=20)
    led = admin.post("/set-up/recovery_sheet")
    assert led.status_code == 303
    assert led.location.startswith("/account/confirm")
    assert "recovery-sheet-shown" not in console.trail()


def test_a_channel_is_tried_from_the_page_over_the_way_that_is_shipped(both_databases: Database, tmp_path: Path) -> None:
    server = VendorServer(lambda _asked: Answer(200, {"id": "g-1"}))
    try:
        console = World(both_databases, tmp_path, sms_gateway_url=f"{server.address}/sms")
        admin = console.with_factor("quantri", Role.ADMINISTRATOR)
        assert "Not tested yet." in text(admin.get("/set-up/channels").text)
        assert admin.post("/set-up/channels/test", data={"channel": "sms", "address": "12"}).status_code == 422
        assert admin.post("/set-up/channels/test", data={"channel": "zalo", "address": "12"}).status_code == 422
        assert not server.asked
        sent = admin.post("/set-up/channels/test", data={"channel": "sms", "address": "0912 345 678"})
        assert sent.status_code == 303, text(sent.text)
        assert [each.json["to"] for each in server.asked] == ["+84912345678"]
        # Nobody's telephone is called again and again from here.
        assert admin.post("/set-up/channels/test", data={"channel": "sms", "address": "0912 345 678"}).status_code == 409
        assert len(server.asked) == 1
        assert "Channels to phones done" in text(admin.get("/set-up").text)
        assert console.trail().count("channel-tested") == 1
        # The next one is refused by the gateway: told on the page, and among what is wrong until one is accepted.
        server.answer = lambda _asked: Answer(401, {})
        console.now += timedelta(minutes=1)
        refused = admin.post("/set-up/channels/test", data={"channel": "sms", "address": "0912 345 678"})
        assert refused.status_code == 502
        assert 'role="alert" id="wrong-sms"' in refused.text
        assert "sms: the last test failed." in text(admin.get("/set-up").text)
        with both_databases.read() as session:
            assert session.get_one(ChannelTry, "sms").problem is not None
    finally:
        server.stop()


def test_a_gateway_that_never_answers_holds_the_page_for_a_bounded_time(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()
    monkeypatch.setattr("rollcall.work.trying.SECONDS", 0.3)
    monkeypatch.setattr("rollcall.work.trying.try_channel", lambda *_: over.wait(20))
    console = World(database, tmp_path, sms_gateway_url="http://127.0.0.1:9/sms")
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    began = time.monotonic()
    answer = admin.post("/set-up/channels/test", data={"channel": "sms", "address": "0912 345 678"})
    over.set()
    assert time.monotonic() - began < 10
    assert answer.status_code == 502
    assert "We do not know whether it was sent" in text(answer.text)


def test_a_first_schedule_is_made_from_a_template_and_its_dry_run_names_nobody(console: World) -> None:
    make_room_for_a_world(console)
    world(console.database, "Nguyễn Thị An")
    with console.database.write() as session:
        session.execute(delete(PlanResident))
        session.execute(update(Plan).values(active=False))
        zone = session.scalars(select(Resident.zone_id)).one()
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    assert "Home quarantine: random times within three spans" in text(admin.get("/set-up/plan").text)
    for wrong, status in (({"zone": "9999", "template": "camp"}, 404), ({"zone": str(zone), "template": "none"}, 422)):
        assert admin.post("/set-up/plan", data=wrong).status_code == status
    made = admin.post("/set-up/plan", data={"zone": str(zone), "template": "camp"})
    assert made.status_code == 303
    page = text(admin.get(made.location).text)
    assert "Nothing was sent." in page
    assert "Nguyễn" not in page
    assert "People asked" in page
    # A second one is a supervisor's to make.
    assert admin.post("/set-up/plan", data={"zone": str(zone), "template": "home"}).status_code == 409
    with console.database.read() as session:
        assert [each.times for each in session.scalars(select(Plan).where(Plan.active))] == [["08:00", "13:00", "18:00"]]
    supervisor = console.with_factor("lan", Role.SUPERVISOR)
    form = supervisor.get(f"/zones/{zone}/plans/new?template=home").text
    assert 'value="08:00-11:00, 13:30-16:30, 18:00-20:30"' in form


def test_the_page_of_health_says_what_is_wrong_and_what_to_do(console: World) -> None:
    admin = console.with_factor("quantri", Role.ADMINISTRATOR)
    page = text(admin.get("/set-up", headers={"X-Forwarded-For": "203.0.113.9"}).text)
    for told in (
        "Not running: schedule, watch, work.",
        "No backup is known.",
        "its cookies also travel without encryption.",
        "Requests come through a proxy that the service does not trust",
        "its schema is up to date.",
    ):
        assert told in page, told
    assert "Khu A" not in page
    assert console.with_factor("lan", Role.SUPERVISOR).get("/set-up").status_code == 403
