"""Accounts as people use them on the console: invited, signed in with a second factor, changed, ended; and what each wrong thing says."""

from __future__ import annotations

import csv
import email
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import cast

import pyotp
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from click.testing import CliRunner
from flask.testing import FlaskClient

from monitor.accounts.invitations import invite_first
from monitor.accounts.sessions import number_of
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.service.cli import root
from monitor.trail.actions import Action
from tests.doubles.ports import free_port
from tests.doubles.waiting import PATIENCE
from tests.worlds.accounts_console import SITE, World, sign_in
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW
from web.shared import live


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    world = World(database, tmp_path)
    yield world
    world.app.extensions["live"].close()


def codes_in(page: str) -> list[str]:
    return re.findall(r"<code>([0-9A-Z]-[0-9A-Z]{5}-[0-9A-Z]{5})</code>", page)


def test_from_an_invitation_to_a_second_factor_by_screens_alone(world: World) -> None:
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    form = {"username": "Giamsat", "role": "supervisor", "zones": [str(world.here)], "language": "en"}
    page = admin.post("/accounts", data=form).text
    (link,) = set(re.findall(rf'href="{SITE}(/invitation/[0-9A-Z-]+)"', page))
    assert "<svg" in page
    # Looking uses nothing up, and each mistake is told.
    phone = world.app.test_client()
    assert "giamsat" in phone.get(link).text
    differing = phone.post(link, data={"password": "mật khẩu của tôi", "again": "mật khẩu của ai"})
    assert (differing.status_code, "The two passwords differ" in differing.text) == (422, True)
    assert phone.post(link, data={"password": "kurz", "again": "kurz"}).status_code == 422
    assert phone.post(link, data={"password": PASSWORD, "again": PASSWORD}).status_code == 303
    again = phone.post(link, data={"password": PASSWORD, "again": PASSWORD})
    assert (again.status_code, "used already" in again.text) == (410, True)
    # After the password, nothing but setting up a factor.
    assert sign_in(phone, "giamsat") == (303, "/")
    for path in ("/", "/incidents", f"/zones/{world.here}", "/live"):
        assert phone.get(path).status_code in (303, 401), path
    assert phone.get("/").location.startswith("/account")
    page = phone.get("/account").text
    assert "Set one up before anything else" in page
    assert "<nav" not in page
    assert phone.post("/account/app").location == "/account/app"
    secret = re.sub("-", "", re.findall(r'<code class="note-text">([A-Z2-7-]+)</code>', phone.get("/account/app").text)[0])
    assert phone.post("/account/app/confirm", data={"code": "000000"}).status_code == 422
    assert phone.post("/account/app/confirm", data={"code": pyotp.TOTP(secret).at(world.now)}).status_code == 303
    assert phone.get("/").status_code == 200
    codes = codes_in(phone.post("/account/recovery-codes").text)
    assert len(codes) == 10
    phone.post("/sign-out")
    # From now on the password alone opens nothing.
    world.now += timedelta(minutes=1)
    status, location = sign_in(phone, "giamsat", next=f"/zones/{world.here}")
    assert (status, location) == (303, f"/sign-in/second?next=/zones/{world.here}")
    assert phone.get("/").status_code == 303
    code = pyotp.TOTP(secret).at(world.now)
    answer = phone.post("/sign-in/second", data={"code": code, "next": f"/zones/{world.here}"})
    assert (answer.status_code, answer.location) == (303, f"/zones/{world.here}")
    # Replayed in another browser: told in words.
    other = world.app.test_client()
    sign_in(other, "giamsat")
    replayed = other.post("/sign-in/second", data={"code": code})
    assert (replayed.status_code, "Wait up to 30 seconds" in replayed.text) == (401, True)
    assert other.post("/sign-in/second", data={"code": codes[2], "with": "recovery"}).status_code == 303
    third = world.app.test_client()
    sign_in(third, "giamsat")
    used = third.post("/sign-in/second", data={"code": codes[2], "with": "recovery"})
    assert (used.status_code, "Enter another one from the list" in used.text) == (401, True)
    steps = [each for each in world.trail() if each not in (Action.SIGNED_IN, Action.SIGN_IN_REFUSED, Action.ACCOUNT_ADDED)]
    assert steps == [
        Action.ACCOUNT_INVITED,
        Action.INVITATION_USED,
        Action.FACTOR_ADDED,
        Action.RECOVERY_CODES_MADE,
        Action.SIGNED_OUT,
    ]


@pytest.mark.parametrize(
    ("role", "named", "asked"),
    [
        (Role.STAFF, None, False),
        (Role.SUPERVISOR, None, True),
        (Role.ADMINISTRATOR, None, True),
        (Role.AUDITOR, None, True),
        (Role.SUPERVISOR, "", False),
        (Role.STAFF, "staff", True),
    ],
)
def test_a_second_factor_is_required_of_the_roles_that_the_setting_names(
    database: Database, tmp_path: Path, role: Role, named: str | None, asked: bool
) -> None:
    world = World(database, tmp_path, **({} if named is None else {"second_factor_roles": named}))
    client = world.in_session("ai", role)
    assert client.get("/").status_code == (303 if asked else 200)
    assert client.get("/account").status_code == 200
    world.app.extensions["live"].close()


def test_an_invitation_that_cannot_be_used_says_what_to_do(world: World) -> None:
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    page = admin.post("/accounts", data={"username": "lan", "role": "staff", "every_zone": "yes"}).text
    code = re.findall(r"/invitation/([0-9A-Z-]+)", page)[0]
    phone = world.app.test_client()
    # Typed by hand, in small letters and without dashes.
    typed = phone.post("/invitation", data={"code": code.lower().replace("-", "")})
    assert "lan" in phone.get(typed.location).text
    for wrong in ("nothing", "-", "AAAA-BBBB"):
        told = phone.get(f"/invitation/{wrong}")
        assert (told.status_code, "ask an administrator for a new one" in told.text) == (410, True)
    world.now += timedelta(hours=24)
    late = phone.get(f"/invitation/{code}")
    assert (late.status_code, "has expired" in late.text) == (410, True)


def test_the_first_administrator_picks_a_name_with_the_code(world: World) -> None:
    with world.database.write() as session:
        handed = invite_first(session, now=NOW)
    assert handed is not None
    phone = world.app.test_client()
    form = {"password": PASSWORD, "again": PASSWORD}
    refused = phone.post(f"/invitation/{handed.code}", data={**form, "username": "x"})
    assert (refused.status_code, "from 2 to 64" in refused.text) == (422, True)
    assert phone.post(f"/invitation/{handed.code}", data={**form, "username": "quantri"}).status_code == 303
    assert sign_in(phone, "quantri") == (303, "/")
    assert phone.get("/").location.startswith("/account")


def test_what_guards_an_account_is_changed_shortly_after_the_password_only(world: World) -> None:
    client = world.in_session("lan")
    world.now += timedelta(minutes=11)
    guarding = (
        "pin",
        "app",
        "app/remove",
        "passkeys",
        "passkeys/options",
        "passkeys/1/remove",
        "recovery-codes",
        "sessions/x/end",
    )
    for path in guarding:
        assert client.post(f"/account/{path}").location == "/account/confirm?next=/account", path
    with client.session_transaction() as cookie:
        before = cookie["token"]
    assert client.post("/account/confirm", data={"password": "wrong"}).status_code == 401
    assert client.post("/account/confirm", data={"password": PASSWORD, "next": "//evil.example"}).location == "/account"
    assert client.post("/account/pin", data={"pin": "491827", "again": "491827"}).status_code == 303
    # The session goes on under a new token, and no longer under the one of before.
    thief = world.app.test_client()
    with thief.session_transaction() as cookie:
        cookie["token"] = before
    assert thief.get("/").status_code == 303
    assert client.get("/").status_code == 200


def test_the_password_is_changed_with_the_current_one_and_ends_all_other_sessions(world: World) -> None:
    client, other = world.in_session("lan"), world.app.test_client()
    sign_in(other, "lan")
    new = {"password": "cả nhà cùng đi", "again": "cả nhà cùng đi"}
    assert client.post("/account/password", data=new).status_code == 401
    assert client.post("/account/password", data={**new, "current": PASSWORD, "again": "khác"}).status_code == 422
    assert client.post("/account/password", data={**new, "current": PASSWORD}).status_code == 303
    assert other.get("/").status_code == 303
    assert client.get("/").status_code == 200
    assert sign_in(other, "lan")[0] == 401
    assert sign_in(other, "lan", "cả nhà cùng đi")[0] == 303


@pytest.mark.parametrize("path", ["/accounts/new", "/accounts/{lan}/close", "/accounts/{lan}/reset", "/accounts/{lan}/access"])
def test_administrators_confirm_their_password_before_they_change_accounts(world: World, path: str) -> None:
    lan = world.add("lan")
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    world.now += timedelta(minutes=11)
    path = path.format(lan=lan)
    answer = admin.get(path) if path.endswith("new") else admin.post(path)
    assert answer.status_code == 303
    assert answer.location == f"/account/confirm?next=/accounts/{'new' if path.endswith('new') else lan}"
    assert world.account("lan").active


def test_role_zones_and_the_end_of_an_account_hold_in_its_open_pages_at_once(world: World) -> None:
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    nurse = world.in_session("lan", Role.STAFF, [world.here])
    lan = world.account("lan").id
    assert nurse.get(f"/zones/{world.there}").status_code == 404
    admin.post(f"/accounts/{lan}/access", data={"role": "staff", "zones": [str(world.there)]})
    assert nurse.get(f"/zones/{world.there}").status_code == 200
    assert nurse.get(f"/zones/{world.here}").status_code == 404
    admin.post(f"/accounts/{lan}/access", data={"role": "auditor", "every_zone": "yes"})
    assert nurse.get("/").location.startswith("/account")  # a second factor is needed now
    assert admin.post(f"/accounts/{lan}/close").status_code == 303
    assert nurse.get("/account").location.startswith("/sign-in")
    assert sign_in(world.app.test_client(), "lan")[0] == 401
    assert admin.post(f"/accounts/{lan}/reopen").status_code == 303
    assert sign_in(world.app.test_client(), "lan")[0] == 303


def test_a_stream_that_is_open_asks_again_within_five_seconds() -> None:
    assert live.RECHECK + live.BREATH < 5


def test_the_last_administrator_is_told_why_it_stays(world: World) -> None:
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    own = world.account("quantri").id
    for path, form in (
        ("close", {}),
        ("access", {"role": "staff", "every_zone": "yes"}),
        ("access", {"role": "administrator"}),
    ):
        told = admin.post(f"/accounts/{own}/{path}", data=form)
        assert (told.status_code, "Make another administrator first" in told.text) == (409, True)
    assert world.account("quantri").role is Role.ADMINISTRATOR


def test_an_administrator_of_some_zones_sees_and_gives_no_more_than_those(world: World) -> None:
    everywhere, there = world.add("khap", Role.STAFF, None), world.add("kia", Role.STAFF, [world.there])
    mine = world.add("day", Role.STAFF, [world.here])
    world.add("chinh", Role.ADMINISTRATOR)
    admin = world.with_factor("quantri", Role.ADMINISTRATOR, [world.here])
    page = admin.get("/accounts").text
    assert "day" in page
    assert "khap" not in page
    assert "kia<" not in page
    for account in (everywhere, there, 9_999):
        assert admin.get(f"/accounts/{account}").status_code == 404
        for path in ("access", "close", "reopen", "unlock", "reset", "sessions/end", "sessions/x/end"):
            assert admin.post(f"/accounts/{account}/{path}", data={"role": "staff"}).status_code == 404, path
    for form in ({"every_zone": "yes"}, {"zones": [str(world.there)]}, {"zones": ["9999"]}):
        given = {"role": "administrator", **form}
        assert admin.post(f"/accounts/{mine}/access", data=given).status_code == 403
        assert admin.post("/accounts", data={"username": "moi", **given}).status_code == 403
    assert admin.post("/accounts", data={"username": "moi", "role": "nobody"}).status_code == 422
    assert 'name="every_zone"' not in admin.get("/accounts/new").text
    assert admin.post(f"/accounts/{mine}/access", data={"role": "supervisor", "zones": [str(world.here)]}).status_code == 303


def test_locked_accounts_are_unlocked_and_lost_phones_replaced(world: World) -> None:
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    world.with_factor("lan", Role.STAFF)
    lan, phone = world.account("lan").id, world.app.test_client()
    for _ in range(5):
        sign_in(phone, "lan", "wrong")
    assert sign_in(phone, "lan")[0] == 401
    assert admin.post(f"/accounts/{lan}/unlock").status_code == 303
    assert sign_in(phone, "lan") == (303, "/sign-in/second")
    link = re.findall(r"(/invitation/[0-9A-Z-]+)", admin.post(f"/accounts/{lan}/reset", data={"factors": "yes"}).text)[0]
    phone.post(link, data={"password": "cả nhà cùng đi", "again": "cả nhà cùng đi"})
    assert sign_in(phone, "lan", "cả nhà cùng đi") == (303, "/")


def test_sessions_are_seen_and_ended_by_oneself_and_by_administrators(world: World) -> None:
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    world.add("lan")
    lan = world.account("lan").id
    desk, tablet, lost = (world.app.test_client() for _ in range(3))
    for client in (desk, tablet, lost):
        client.post(
            "/sign-in",
            data={"username": "lan", "password": PASSWORD},
            headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/127.0"},
        )
    assert desk.get("/account").text.count("Firefox · Windows") == 3

    def number(client: FlaskClient) -> str:
        with client.session_transaction() as cookie:
            return number_of(cookie["token"])

    assert desk.post(f"/account/sessions/{number(lost)}/end").status_code == 303
    assert lost.get("/").status_code == 303
    assert admin.post(f"/accounts/{lan}/sessions/{number(tablet)}/end").status_code == 303
    assert tablet.get("/").status_code == 303
    assert desk.get("/").status_code == 200
    assert admin.post(f"/accounts/{lan}/sessions/end").status_code == 303
    assert desk.get("/").status_code == 303
    # Of the own account all but this session.
    own = world.account("quantri").id
    assert admin.post(f"/accounts/{own}/sessions/end").status_code == 303
    assert admin.get("/").status_code == 200


def test_a_shared_tablet_asks_for_the_pin_after_a_minute_and_its_own_questions_do_not_count(world: World) -> None:
    world.add("lan")
    tablet = world.app.test_client()
    assert sign_in(tablet, "lan", shared="yes") == (303, "/")
    assert tablet.get("/").location.startswith("/account")
    for pin, again, status in (("123456", "123456", 422), ("491827", "491828", 422), ("491827", "491827", 303)):
        assert tablet.post("/account/pin", data={"pin": pin, "again": again}).status_code == status
    assert 'data-locked-after="60"' in tablet.get("/").text
    world.now += timedelta(seconds=40)
    assert tablet.get("/", headers={"X-Fragment": "live"}).status_code == 200
    world.now += timedelta(seconds=30)
    # What the page asks by itself did not keep it open; a person's touch would have.
    assert tablet.get("/", headers={"X-Fragment": "live"}).status_code == 401
    assert tablet.get("/live").status_code == 401
    locked = tablet.get(f"/zones/{world.here}")
    assert locked.location == f"/locked?next=/zones/{world.here}"
    page = tablet.get(locked.location).text
    assert "lan is signed in" in page
    assert "<nav" not in page
    assert tablet.post("/locked", data={"pin": "000000"}).status_code == 401
    opened = tablet.post("/locked", data={"pin": "491827", "next": f"/zones/{world.here}"})
    assert opened.location == f"/zones/{world.here}"
    world.now += timedelta(seconds=40)
    assert tablet.post("/account/active").status_code == 204
    world.now += timedelta(seconds=40)
    assert tablet.get("/").status_code == 200
    world.now += timedelta(seconds=61)
    for _ in range(4):
        assert tablet.post("/locked", data={"pin": "000000"}).status_code == 401
    ended = tablet.post("/locked", data={"pin": "000000"})
    assert (ended.status_code, 'name="password"' in ended.text) == (401, True)
    assert tablet.get("/").location.startswith("/sign-in")
    # Locked, one may still leave.
    sign_in(tablet, "lan", shared="yes")
    world.now += timedelta(seconds=61)
    assert tablet.post("/sign-out").location == "/sign-in"


def test_who_may_do_what_is_read_from_the_program_and_saved_as_a_table(world: World) -> None:
    auditor = world.with_factor("kiemtra", Role.AUDITOR)
    page = auditor.get("/access").text
    assert "Invite people and change accounts" in page
    table = list(csv.reader(io.StringIO(auditor.get("/access.csv").data.decode("utf-8-sig"))))
    head, rows = table[0], {(row[1], row[0]): row for row in table[1:]}
    assert head == ["Address", "Method", "Permission", "Staff", "Supervisor", "Administrator", "Auditor", "In the trail as"]
    there = {each.rule for each in world.app.url_map.iter_rules() if each.endpoint != "static"}
    assert {path for _method, path in rows} == there
    assert rows["POST", "/accounts"][3:] == ["no", "no", "yes", "no", "Invitation to an account made"]
    assert rows["POST", "/sign-in"][2] == "open to all"
    assert world.trail()[-1] == Action.ACCESS_EXPORTED


class Mailbox:
    """Takes mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd asks by this name
        assert isinstance(envelope.content, bytes)
        self.mails.append(cast("EmailMessage", email.message_from_bytes(envelope.content, policy=default)))
        return "250 taken"


def test_an_invitation_is_mailed_where_mail_is_set_up_and_handed_over_where_that_fails(
    database: Database, tmp_path: Path
) -> None:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)
    controller.start()
    mail = {"smtp_host": "127.0.0.1", "smtp_security": "none", "mail_from": "cachly@example.vn"}
    world = World(database, tmp_path, smtp_port=port, **mail)
    admin = world.with_factor("quantri", Role.ADMINISTRATOR)
    form = {"username": "lan", "role": "staff", "mail": "lan@example.vn"}
    assert admin.post("/accounts", data={**form, "mail": "lan at example"}).status_code == 422
    page = admin.post("/accounts", data=form).text
    assert "was sent to lan@example.vn" in page
    (told,) = box.mails
    link = re.findall(rf"{SITE}/invitation/[0-9A-Z-]+", page)[0]
    assert link in told.get_content()
    assert "lan" not in told.get_content().replace(link, "").lower()
    controller.stop()
    lan = world.account("lan").id
    page = admin.post(f"/accounts/{lan}/reset", data={"mail": "lan@example.vn"}).text
    assert "was not sent" in page
    assert "/invitation/" in page
    world.app.extensions["live"].close()


def test_accounts_by_command_where_nobody_can_sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("DATA_FOLDER", str(tmp_path)), ("LANGUAGE", "en"), ("CONSOLE_URL", SITE)):
        monkeypatch.setenv(f"QUARANTINE_{name}", value)
    root.load_rooms()  # type: ignore[attr-defined]

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(root, arguments)
        return done.output.replace("\n", " ") if done.exit_code == 0 else f"{done.exit_code}: {done.output}"

    run("db", "upgrade")
    assert re.search(rf"{SITE}/start/[0-9A-Z-]{{29}}", run("user", "first"))
    assert f"{SITE}/invitation/" in run("user", "invite", "Lan", "--role", "staff")
    assert "is taken" in run("user", "invite", "lan", "--role", "staff")
    assert "no zone named Khu X" in run("user", "invite", "hoa", "--role", "staff", "--zone", "Khu X")
    assert f"{SITE}/invitation/" in run("user", "reset", "lan", "--factors")
    assert "unlocked" in run("user", "unlock", "lan")
    assert "closed" in run("user", "close", "lan")
    assert "Reopen it first" in run("user", "reset", "lan")
    assert "no account named ai" in run("user", "close", "ai")
    run("user", "add", "quantri", "--role", "administrator", "--password", PASSWORD)
    assert "exists already" in run("user", "first")
    assert "last administrator" in run("user", "close", "quantri")
