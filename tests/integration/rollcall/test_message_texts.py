"""Words of messages in versions: which hold where, what is checked, that an old message keeps its own; and what messages cost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.messages import MessageKind, MessageText
from monitor.models.rollcalls.prompts import Prompt, PromptKind, PromptState
from monitor.problems import BadInput
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import LANGUAGES
from rollcall.channels.channel import Message, Outcome, Sent
from rollcall.prompts.costs import costs_of
from rollcall.rounds.opening import open_due_rounds
from rollcall.texts.own_words import PLACES, Texts, built_in, check_text, kind_of, save_text
from rollcall.texts.prices import Prices
from rollcall.texts.style import Style
from tests.worlds.due_round import minutes, world
from tests.worlds.province import Place, seed
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console


class Kept:
    """A channel that keeps what it is handed; `refuse` first."""

    idempotent = True

    def __init__(self, name: str = "sms") -> None:
        self.name = name
        self.messages: list[Message] = []
        self.refuse: list[Outcome] = []

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for message in messages:
            self.messages.append(message)
            yield message, self.refuse.pop(0) if self.refuse else Sent(message.reference)

    def close(self) -> None:
        return


def account(database: Database) -> int:
    with database.write() as session:
        row = Account(username="bs.lan", password_hash="x", role=Role.SUPERVISOR, created_at=NOW)
        session.add(row)
        session.flush()
        return row.id


def write(database: Database, by: int, zone: int | None, text: str, **more: Any) -> int:
    options: dict[str, Any] = {"kind": MessageKind.FIRST, "language": "vi", "plain": False, **more}
    kind, language, plain = options["kind"], options["language"], options["plain"]
    with database.write() as session:
        return save_text(session, zone, kind, language, text, plain=plain, account_id=by, now=NOW).id


def send(database: Database, channel: Kept, folder: Path, after: float = 0, **more: Any) -> int:
    return make_sender(database, {channel.name: channel}, folder / "o", **{"address": "https://p.vn", **more}).send_due(
        minutes(after)
    )


def test_a_zones_words_come_before_the_provinces_and_those_before_the_built_in(both_databases: Database) -> None:
    database = both_databases
    here, _ = add_zone(database, "A")
    there, _ = add_zone(database, "B")
    by = account(database)

    def hold(zone: int | None) -> tuple[str, int | None]:
        with database.read() as session:
            words = Texts(session, [here, there], plain=False).of(zone, MessageKind.FIRST, "vi")
        return words.text, words.zone_id

    assert "{link}" in hold(here)[0]
    write(database, by, None, "Tỉnh: {link}")
    write(database, by, here, "Khu A: {link}")
    write(database, by, here, "Khu A, mới: {link}", language="en")
    assert (hold(here), hold(there), hold(None)) == (("Khu A: {link}", here), ("Tỉnh: {link}", None), ("Tỉnh: {link}", None))
    write(database, by, here, "")
    assert hold(here) == ("Tỉnh: {link}", None)
    write(database, by, None, "")
    assert hold(here) == (built_in(MessageKind.FIRST, "vi").text, None)
    with database.read() as session:
        assert len(session.scalars(select(MessageText.id)).all()) == 5, "no version is ever thrown away"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", list(MessageKind))
def test_the_built_in_words_pass_their_own_check(kind: MessageKind, language: str) -> None:
    words = built_in(kind, language)
    assert check_text(kind, words.text) == words.text
    said = words.fill(dict.fromkeys(PLACES, "·"), "sms")
    assert "{" not in said
    assert "%" not in said


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        (MessageKind.FIRST, "Điểm danh ngay", "Without {link}"),
        (MessageKind.FIRST, "{link} {phone}", "{phone}"),
        (MessageKind.FIRST, "{link} {", "brace"),
        (MessageKind.FIRST, "{link} }", "brace"),
        (MessageKind.FIRST, "{{link}}", "brace"),
        (MessageKind.VOICE, "Xin chào {name}, {link}", "read out"),
        (MessageKind.HOUSEHOLD, "{link}" + "a" * 600, "limit is 600"),
    ],
)
def test_a_text_that_could_not_be_used_is_told_with_what_to_do(kind: MessageKind, text: str, said: str) -> None:
    with pytest.raises(BadInput) as problem:
        check_text(kind, text)
    assert said in str(problem.value)


def test_spaces_and_lines_are_made_one_space() -> None:
    assert check_text(MessageKind.FIRST, "  Điểm danh\n\n {link} ") == "Điểm danh {link}"


def test_a_name_with_braces_fills_nothing_in() -> None:
    words = built_in(MessageKind.HOUSEHOLD, "en")
    assert "{link}" in words.fill({"name": "{link}", "due": "1", "link": "https://x"}, "sms")


@pytest.mark.parametrize(
    ("kind", "channel", "shared", "ward", "wanted"),
    [
        (PromptKind.FIRST, "sms", False, False, MessageKind.FIRST),
        (PromptKind.FIRST, "sms", True, False, MessageKind.SHARED_FIRST),
        (PromptKind.FIRST, "voice", True, False, MessageKind.VOICE),
        (PromptKind.REMINDER, "zalo", True, False, MessageKind.SHARED_REMINDER),
        (PromptKind.HOUSEHOLD, "sms", True, False, MessageKind.HOUSEHOLD),
        (PromptKind.FIRST, "sms", False, True, MessageKind.GUARDIAN_FIRST),
        (PromptKind.REMINDER, "zns", False, True, MessageKind.GUARDIAN_REMINDER),
        (PromptKind.FIRST, "voice", False, True, MessageKind.GUARDIAN_VOICE),
        (PromptKind.HOUSEHOLD, "sms", False, True, MessageKind.HOUSEHOLD),
        # Several on one phone are named on their page.
        (PromptKind.FIRST, "sms", True, True, MessageKind.SHARED_FIRST),
    ],
)
def test_which_words_a_prompt_needs(kind: PromptKind, channel: str, shared: bool, ward: bool, wanted: MessageKind) -> None:
    assert kind_of(kind, channel, shared=shared, ward=ward) is wanted


def test_messages_leave_in_the_words_that_hold_with_parts_and_price(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    zone, _ = world(database, "Nguyễn Thị Ánh")
    by = account(database)
    number = write(database, by, zone, "Xin chào {name}, điểm danh trước {due}: {link}", plain=True)
    open_due_rounds(database, NOW)
    channel = Kept()
    assert send(database, channel, tmp_path, style=Style(prices=Prices({"sms": 350}))) == 1
    (message,) = channel.messages
    assert message.text.startswith("Xin chao Nguyen Thi Anh, diem danh truoc 10:20: https://p.vn/")
    with database.read() as session:
        prompt = session.scalars(select(Prompt)).one()
    assert (prompt.text_id, prompt.parts, prompt.cost) == (number, 1, 350)


def test_accents_are_left_out_of_text_messages_only(database: Database, tmp_path: Path) -> None:
    zone, _ = world(database, "An", channels=[["voice", 3]])
    write(database, account(database), zone, "Xin chào {name}", kind=MessageKind.VOICE, plain=True)
    open_due_rounds(database, NOW)
    channel = Kept("voice")
    assert send(database, channel, tmp_path, style=Style(plain=True, prices=Prices({"voice": 700}))) == 1
    assert channel.messages[0].text == "Xin chào An"
    with database.read() as session:
        assert session.scalars(select(Prompt.cost)).one() == 700


def test_the_setting_takes_the_accents_out_of_the_built_in_words(database: Database, tmp_path: Path) -> None:
    world(database)
    open_due_rounds(database, NOW)
    channel = Kept()
    send(database, channel, tmp_path, style=Style(plain=True))
    assert channel.messages[0].text.isascii()


@pytest.mark.parametrize("own", [True, False])
def test_a_message_that_is_tried_again_keeps_its_words(own: bool, database: Database, tmp_path: Path) -> None:
    zone, _ = world(database)
    by = account(database)
    if own:
        write(database, by, zone, "Lời cũ: {link}")
    open_due_rounds(database, NOW)
    from rollcall.channels.channel import ChannelProblem

    channel = Kept()
    channel.refuse = [ChannelProblem("not now", permanent=False)]
    send(database, channel, tmp_path)
    write(database, by, zone, "Lời mới: {link}")
    with database.write() as session:
        session.execute(update(Prompt).values(next_attempt_at=minutes(1)))
    send(database, channel, tmp_path, 1)
    first, second = (each.text for each in channel.messages)
    assert first == second
    assert ("Lời cũ" in first) == own


def test_costs_are_summed_by_the_day_the_message_left_on_the_wall_clock(both_databases: Database, tmp_path: Path) -> None:
    database = both_databases
    zone, _ = world(database, "An", "Bình", "Chi")
    open_due_rounds(database, NOW)
    send(database, Kept(), tmp_path, style=Style(prices=Prices({"sms": 300})))
    zones = [zone]
    evening = NOW.replace(hour=16, minute=59)  # 23:59 in Vietnam
    with database.write() as session:
        one, two, three = session.scalars(select(Prompt).order_by(Prompt.id))
        one.sent_at, two.sent_at, three.sent_at = evening, evening + timedelta(minutes=2), None
        one.cost = two.cost = three.cost = 900
        three.state = PromptState.FAILED
    timezone = ZoneInfo("Asia/Ho_Chi_Minh")
    today = NOW.astimezone(timezone).date()
    with database.read() as session:
        found = costs_of(session, zones, today + timedelta(days=1), 7, timezone)
        none = costs_of(session, [zone + 1], today, 7, timezone)
    assert [(each.messages, each.cost) for each in found.days.values()] == [(1, 900), (1, 900)] + [(0, 0)] * 5
    assert (found.total.messages, found.total.parts, found.total.cost) == (2, 4, 1800)
    assert found.zones["Khu A"].cost == found.plans["Khu A", "Roll-call"].cost == found.channels["sms"].cost == 1800
    assert none.total.messages == 0


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Place, Place]:
    folder = tmp_path_factory.mktemp("texts")
    here, there = seed(folder)
    return folder, here, there


@pytest.fixture
def console(seeded: tuple[Path, Place, Place], tmp_path: Path) -> Iterator[tuple[Flask, Database, Place]]:
    folder, here, _ = seeded
    (tmp_path / "test.db").write_bytes((folder / "seed.db").read_bytes())
    database = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
    settings = Settings(
        data_folder=tmp_path,
        price_sms_part=300,
        language="en",
        zalo_app_id="1",
        apprise_schemes="tgram",
        sms_gateway_url="http://x",
    )
    app = create_console(settings, database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    app.config["TOKENS"] = folder
    yield app, database, here
    app.extensions["live"].close()
    database.dispose()


def client(app: Flask, username: str) -> Any:
    made = app.test_client()
    with made.session_transaction() as cookie:
        cookie["token"] = (app.config["TOKENS"] / username).read_text()
    return made


def test_a_text_is_previewed_with_a_real_resident_and_its_length_and_price(console: tuple[Flask, Database, Place]) -> None:
    app, database, here = console
    path = f"/zones/{here.zone}/texts/first/vi"
    with database.read() as session:
        name = session.get_one(Resident, here.residents[1]).full_name
    form = {"do": "preview", "text": "Chào {name}: {link}", "resident": str(here.residents[1])}
    page = client(app, "supervisor").post(path, data=form)
    assert page.status_code == 200
    assert f"Chào {name}: http" in page.text
    assert "₫" in page.text
    with database.read() as session:
        assert session.scalars(select(MessageText)).all() == []
    # An administrator sees nobody's name.
    other = client(app, "administrator").post(path, data=form)
    assert other.status_code == 200
    assert name not in other.text
    wrong = client(app, "supervisor").post(path, data={"do": "save", "text": "Không có chỗ nào"})
    assert wrong.status_code == 422
    assert "Không có chỗ nào" in wrong.text, "what was written is not lost"


def test_a_text_is_changed_and_taken_back(console: tuple[Flask, Database, Place]) -> None:
    app, _database, here = console
    browser = client(app, "supervisor")
    path = f"/zones/{here.zone}/texts/first/vi"
    assert browser.post(path, data={"do": "save", "text": "Khu này: {link}", "without_accents": "on"}).status_code == 303
    listed = browser.get(f"/zones/{here.zone}/texts").text
    assert "Khu này: {link}" in listed
    # Whoever saves is told what it costs at its longest; without accents is what was chosen.
    assert "With the longest name it takes 1 part as a text message (1 without accents)." in listed
    assert browser.post(path, data={"do": "save", "text": f"Khu này: {{link}} {'đ' * 100}"}).status_code == 303
    assert (
        "With the longest name it takes 3 parts as a text message (1 without accents)."
        in browser.get(f"/zones/{here.zone}/texts").text
    )
    assert browser.post(path, data={"do": "back"}).status_code == 303
    assert "Khu này: {link}" not in browser.get(f"/zones/{here.zone}/texts").text
    assert "Khu này: {link}" in browser.get(path).text, "the version is still to be read"
    assert browser.post(path, data={"do": "save", "text": " "}).status_code == 422
    assert browser.get(f"/zones/{here.zone}/texts/first/fr").status_code == 404
    assert browser.get(f"/zones/{here.zone}/texts/none/vi").status_code == 404


def test_only_who_works_everywhere_changes_the_words_of_the_province(console: tuple[Flask, Database, Place]) -> None:
    app, _database, _here = console
    browser = client(app, "supervisor")
    assert browser.get("/messages/texts").status_code == 200
    assert browser.post("/messages/texts/first/vi", data={"do": "preview", "text": "{link}"}).status_code == 200
    assert browser.post("/messages/texts/first/vi", data={"do": "save", "text": "{link}"}).status_code == 404


def test_costs_stand_on_their_page_and_in_the_residents_log(console: tuple[Flask, Database, Place]) -> None:
    app, database, here = console
    with database.write() as session:
        session.execute(update(Prompt).where(Prompt.resident_id == here.residents[0]).values(sent_at=NOW, parts=2, cost=12345))
    browser = client(app, "supervisor")
    shown = browser.get("/messages/costs").text
    assert "24,690" in shown or "24.690" in shown
    log = browser.get(f"/residents/{here.residents[0]}/messages").text
    assert "12,345" in log or "12.345" in log


@pytest.mark.parametrize(
    ("channel", "address", "status"),
    [
        ("email", "an@example.vn", 303),
        ("email", "an@@example", 422),
        ("email", "a@b.vn, c@d.vn", 422),
        ("zalo", "1234567890123456", 303),
        ("zalo", "+84901234567", 422),
        ("apprise", "tgram://123:abc/456", 303),
        ("apprise", "json://127.0.0.1:8080/", 422),
        ("apprise", "", 422),
        ("push", "{}", 422),
    ],
)
def test_addresses_are_checked_and_their_secrets_not_shown(
    console: tuple[Flask, Database, Place], channel: str, address: str, status: int
) -> None:
    app, _database, here = console
    browser = client(app, "supervisor")
    path = f"/residents/{here.residents[0]}/addresses"
    assert browser.post(path, data={"channel": channel, "address": address}).status_code == status
    page = browser.get(path).text
    assert "DK " in page
    assert "abc" not in page
    if status == 303 and channel != "apprise":
        assert address in page
