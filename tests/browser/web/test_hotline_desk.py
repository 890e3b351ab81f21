"""The hotline's desk in a browser: a call by keyboard from the ringing to the unit, and a ticket through refusal, bundle, breach and reopening."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.database.database import Database
from monitor.hotline.calls import CallEvent, CallTold, note_call
from monitor.hotline.desk_words import save
from monitor.hotline.joining import bundle
from monitor.hotline.shifts import begin
from monitor.models.hotline import HotlineTicket, TicketKind, TicketState
from monitor.models.hotline_desk import TextPurpose
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.working_days import Holidays
from rollcall.hotline.alarms import DeskRules, tick_hotline
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.hotline import PASSWORD, Desk, add_desk, come
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
RULES = DeskRules(ZoneInfo("Asia/Ho_Chi_Minh"), Holidays(frozenset(), {}))
SECONDS_A_KEY = 0.2
"""Of somebody who types while they listen: 300 keys a minute."""
GREETING_SECONDS = 4.0
WANTED_SECONDS = 40.0


@dataclass
class Console:
    """A console whose clock the test sets."""

    desk: Desk
    address: str = ""
    now: datetime = field(default=NOW)


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Iterator[Console]:
    there = Console(add_desk(database))
    app = create_console(Settings(data_folder=tmp_path), database, Vault(tmp_path / "vault", bytes(32)), now=lambda: there.now)
    with serving(app) as address:
        there.address = address
        yield there
    app.extensions["live"].close()


def ticket(database: Database) -> HotlineTicket:
    with database.read() as session:
        return session.scalars(select(HotlineTicket).order_by(HotlineTicket.id.desc()).limit(1)).one()


def test_from_the_ringing_to_the_unit_by_keyboard_within_forty_seconds(
    browser: Browser, console: Console, database: Database
) -> None:
    with database.write() as session:
        begin(session, console.desk.operator, "12", console.now)
        number = session.get_one(Resident, console.desk.residents[0]).phone
        titles, texts = ("Chào hỏi", "Greeting"), ("Tổng đài xin nghe.", "Hotline, good morning.")
        save(session, TextPurpose.SCRIPT, kind=None, titles=titles, texts=texts, account_id=console.desk.boss, now=console.now)
        come(session, console.now - timedelta(hours=3), caller=number, kind=TicketKind.MONEY)
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    sign_in(page, console.address, "lan", PASSWORD)
    page.goto(f"{console.address}/hotline/call")
    page.wait_for_load_state()
    begun = time.monotonic()
    with database.write() as session:
        told = CallTold("pbx-1", CallEvent.RINGING, console.now, number, "12")
        note_call(session, told, console.now)
    # The switchboard opens the screen; nobody touches it.
    arrived(page, re.compile("/hotline/call/1$"))
    expect(page.locator("#who-title")).to_be_visible()
    expect(page.locator(".side")).to_contain_text("Nguyễn Thị An")
    expect(page.locator("#earlier-title")).to_be_visible()
    said = "Hết gạo từ hôm qua, hai cháu nhỏ, xin giúp ngay."
    keys = 0

    def press(*names: str) -> None:
        nonlocal keys
        for name in names:
            page.keyboard.press(name)
            keys += 1

    press("2")
    assert page.locator("#kind-2").is_checked()
    expect(page.locator("#said")).to_be_focused()
    # In the words a digit is a digit.
    page.keyboard.type(f"{said} Nhà số 12")
    keys += len(said) + 10
    # A second call takes nothing away from who is typing.
    with database.write() as session:
        note_call(session, CallTold("pbx-2", CallEvent.RINGING, console.now, "0907654321", "12"), console.now)
    expect(page.locator("#next-call")).to_be_visible()
    press("Tab", "Tab")
    expect(page.locator("#place")).to_be_focused()
    page.keyboard.type("Hẻm 12")
    keys += 6
    press("Control+Enter")
    arrived(page, re.compile(r"/hotline/\d+$"))
    machine = time.monotonic() - begun
    made = ticket(database)
    assert (made.state, made.unit_id, made.kind) == (TicketState.HANDED_OVER, console.desk.unit, TicketKind.FOOD)
    assert (made.said, made.resident_id) == (f"{said} Nhà số 12", console.desk.residents[0])
    expect(page.locator(".notice")).to_contain_text(f"{made.code[:4]}-{made.code[4:]}")
    seconds = machine + GREETING_SECONDS + keys * SECONDS_A_KEY
    assert seconds < WANTED_SECONDS, f"{seconds:.1f} s, {machine:.1f} s of them the machine's, {keys} keys"
    look_at(page, "hotline-ticket-vi")
    page.goto(f"{console.address}/hotline/call")
    look_at(page, "hotline-call-vi")
    page.close()


def act(page: Page, button: str) -> None:
    """Press a button by its words, and read what it led to."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).first.click()
    page.wait_for_load_state()


def test_a_ticket_through_refusal_bundle_breach_and_reopening(browser: Browser, console: Console, database: Database) -> None:
    with database.write() as session:
        first = come(session, console.now, caller="0901234567")
        again = come(session, console.now, caller="0907654321", said="Cả xóm hết gạo.")
        for each in (first, again):
            each.zone_id = console.desk.zone
    first_page = f"{console.address}/hotline/{first.id}"
    lan = browser.new_page(viewport={"width": 360, "height": 740}, color_scheme="dark", locale="en")
    sign_in(lan, console.address, "lan", PASSWORD, "en")
    hoa = browser.new_page(viewport={"width": 768, "height": 1000})
    sign_in(hoa, console.address, "hoa", PASSWORD, "en")
    lan.goto(f"{console.address}/hotline")
    expect(lan.locator("#list .line")).to_have_count(2)
    look_at(lan, "hotline-list-en-dark")
    lan.goto(first_page)
    act(lan, "Take it")
    lan.get_by_label("Unit; the first is the nearest").select_option(str(console.desk.unit))
    act(lan, "Hand over")
    look_at(lan, "hotline-ticket-en-dark")
    # The unit says that it is not theirs.
    hoa.goto(first_page)
    hoa.get_by_text("Not for this unit").click()
    hoa.get_by_label("Why, and for whom it may be").fill("Thuộc phường 6.")
    act(hoa, "Give it back to the desk")
    with database.read() as session:
        refused = session.get_one(HotlineTicket, first.id)
        assert (refused.state, refused.refusals) == (TicketState.NEW, 1)
    lan.reload()
    expect(lan.locator("#history-title + ol")).to_contain_text("Thuộc phường 6.")
    # Another caller of the same event.
    with database.write() as session:
        bundle(session, first.id, again.id, console.desk.by_desk, console.now)
    lan.reload()
    expect(lan.locator("#others-title")).to_be_visible()
    # Nobody answers: at five hours the province is told.
    console.now += timedelta(hours=5, minutes=1)
    tick_hotline(database, console.now, RULES)
    for page, name in ((lan, "lan"), (hoa, "hoa")):
        page.context.clear_cookies()
        sign_in(page, console.address, name, PASSWORD, "en")
    lan.goto(first_page)
    expect(lan.locator("h1 + .badges")).to_contain_text("late by")
    expect(lan.locator("#content")).to_contain_text("Five hours are over: the province was told")
    lan.goto(f"{console.address}/hotline?which=late")
    expect(lan.locator("#list .line")).to_have_count(2)
    lan.goto(first_page)
    lan.get_by_label("Answer, in the caller’s language").fill("Chiều nay xe gạo đến đầu hẻm.")
    act(lan, "Answer")
    with database.read() as session:
        states = set(session.scalars(select(HotlineTicket.state)))
        assert states == {TicketState.ANSWERED}
    lan.get_by_label("Still needed").fill("Xe chưa đến.")
    act(lan, "Open it again")
    with database.read() as session:
        opened = session.get_one(HotlineTicket, first.id)
        assert (opened.state, opened.reopened, opened.due_at) == (TicketState.NEW, 1, first.due_at)
    look_at(lan, "hotline-reopened-en-dark")
    lan.goto(f"{console.address}/hotline/figures")
    look_at(lan, "hotline-figures-en-dark")
    for address, name in (("/hotline/shifts", "shifts"), ("/hotline/figures", "figures"), ("/hotline", "list")):
        hoa.goto(f"{console.address}{address}")
        look_at(hoa, f"hotline-{name}-en")
    hoa.close()
    lan.close()
    thu = browser.new_page(viewport={"width": 360, "height": 740})
    sign_in(thu, console.address, "thu", PASSWORD, "vi")
    for address, name in (
        ("/hotline/units", "units"),
        (f"/hotline/units/{console.desk.unit}", "unit"),
        ("/hotline/calendars/new", "calendar"),
        ("/hotline/texts", "texts"),
        ("/hotline/texts/answer/new", "text"),
    ):
        thu.goto(f"{console.address}{address}")
        look_at(thu, f"hotline-{name}-vi")
    thu.close()
