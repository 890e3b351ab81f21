"""The screens of alerts in Debian's Chromium: phone and desk, both languages, by keyboard alone; an alert arrives on an open page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.incidents.incidents import Cause, open_incidents
from monitor.models.accounts import Role
from monitor.models.alerts import Alert, AlertDelivery, AlertState, AlertWay
from monitor.models.incidents import IncidentKind
from monitor.models.rollcalls.prompts import PromptState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import N_, words
from rollcall.alerting.raising import tick_alerts
from rollcall.work.scheduler import rules_of
from tests.doubles.browsing import look_at, serving, sign_in
from tests.doubles.waiting import PATIENCE, wait_until
from tests.worlds.on_duty import DANGER, PASSWORD, add_person, always_on_duty
from tests.worlds.small_zone import add_zone
from tests.worlds.tables import make_tables
from web.console.application import create_console

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE * 1000)
SIZES = {360: (780, "vi", "dark"), 768: (900, "vi", "light"), 1280: (900, "en", "light")}


class Site:
    """A console with a nurse on duty and a supervisor, and alerts that come when a test wants them."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            data_folder=folder,
            web_threads=32,
            sms_gateway_url="http://127.0.0.1:9/",
            smtp_host="127.0.0.1",
            mail_from="a@example.vn",
            push_contact="mailto:it@example.vn",
        )
        self.database = Database(f"sqlite:///{folder}/test.db", bytes(32))
        make_tables(self.database)
        self.zone, _people = add_zone(self.database, residents=("Nguyễn Thị An",))
        add_zone(self.database, "Khu nhà trọ đường Nguyễn Trãi", residents=("Bình",))
        ways = {AlertWay.SMS: "+84900000001", AlertWay.EMAIL: "dieuduong.truc.dem@benhvien.example.vn"}
        self.nurse = add_person(self.database, "dieuduong", self.zone, ways)
        add_person(self.database, "phutrach", self.zone, {}, Role.SUPERVISOR)
        always_on_duty(self.database, self.nurse, self.zone)
        self.app = create_console(self.settings, self.database, Vault(folder / "vault", bytes(32)))

    def danger(self, number: int) -> int:
        """Two incidents that are one alert; returns its number."""
        reason = words(N_("%(name)s feels unwell."), name="Nguyễn Thị An")
        about = [Cause(f"unwell-{number}-{each}", self.zone, reason, judged=DANGER) for each in range(2)]
        now = utc_now()
        with self.database.write() as session:
            open_incidents(session, IncidentKind.UNWELL, about, now=now - timedelta(seconds=5))
        tick_alerts(self.database, now, rules_of(self.settings), self.settings.zone)
        with self.database.read() as session:
            return session.scalars(select(Alert.id).order_by(Alert.id.desc())).first() or 0

    def state(self, alert: int) -> AlertState:
        with self.database.read() as session:
            return session.get_one(Alert, alert).state


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str]]:
    made = Site(tmp_path_factory.mktemp("alerts"))
    with serving(made.app) as address:
        yield made, address
        made.app.extensions["live"].close()
    made.database.dispose()


def enter(browser: Browser, address: str, name: str, width: int) -> Page:
    height, language, scheme = SIZES[width]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    sign_in(page, address, name, PASSWORD, language)
    return page


@pytest.mark.parametrize("width", list(SIZES))
def test_the_screens_fit_and_axe_finds_nothing(browser: Browser, site: tuple[Site, str], width: int) -> None:
    made, address = site
    alert = made.danger(width)
    page = enter(browser, address, "dieuduong", width)
    screens = {"alert": f"/alerts/{alert}", "alert-ways": "/alerts/ways", "alerts": "/alerts", "overview-duty": "/"}
    for name, path in list(screens.items())[: 2 if width == 768 else 4]:
        page.goto(address + path)
        expect(page.locator("#alerts .alert").first).to_be_visible()
        look_at(page, name)
    boss = enter(browser, address, "phutrach", width)
    boss.goto(f"{address}/duty")
    look_at(boss, "duty")
    for each in (page, boss):
        each.context.close()


def unfold(page: Page) -> None:
    """By keyboard, where several alerts are one line."""
    expect(page.locator("#alerts .alert").first).to_be_attached()
    if page.locator("#alerts-fold").is_visible() and page.locator("#alerts-fold[aria-expanded=false]").count():
        tab_to(page, "#alerts-fold")
        page.keyboard.press("Enter")


def tab_to(page: Page, selector: str) -> None:
    """Go there as somebody without a mouse does."""
    for _ in range(150):
        if page.evaluate("selector => document.activeElement?.matches(selector) ?? false", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never reaches {selector}")


def test_an_alert_arrives_on_an_open_page_and_is_taken_by_keyboard(browser: Browser, site: tuple[Site, str]) -> None:
    made, address = site
    page = enter(browser, address, "dieuduong", 360)
    page.goto(f"{address}/alerts")
    known = page.locator("#alerts .alert").count()
    alert = made.danger(1)
    box = page.locator(f"#alerts .alert[data-id='{alert}']")
    # By the live stream, without a look at the page again.
    expect(box).to_be_attached()
    assert page.locator("#alerts .alert").count() >= known
    expect(page).to_have_title(re.compile(r"^\("))
    # The next on duty was called too where this machine took a minute for the pages before.
    of_nurse = (AlertDelivery.way == AlertWay.PAGE, AlertDelivery.account_id == made.nurse)
    shown = select(AlertDelivery.state).where(AlertDelivery.alert_id == alert, *of_nurse)
    wait_until(lambda: {*_states(made, shown)} == {PromptState.DELIVERED})
    unfold(page)
    expect(box).to_be_visible()
    tab_to(page, f"#alerts .alert[data-id='{alert}'] button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alerts/{alert}")
    assert made.state(alert) is AlertState.TAKEN
    expect(page.locator("#told li").first).to_contain_text("dieuduong")
    page.context.close()


def _states(made: Site, query: Any) -> list[PromptState]:
    with made.database.read() as session:
        return list(session.scalars(query))


def test_the_week_is_filled_in_and_a_way_is_added_by_keyboard(browser: Browser, site: tuple[Site, str]) -> None:
    _made, address = site
    page = enter(browser, address, "phutrach", 360)
    page.goto(f"{address}/duty")
    before = page.locator("#lines tr").count()
    tab_to(page, "input[name=days][value='0']")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/duty/entries'] button.main")
    page.keyboard.press("Enter")
    expect(page.locator("#lines tr")).to_have_count(before + 1)
    page.goto(f"{address}/alerts/ways")
    tab_to(page, "#address")
    page.keyboard.type("0900 000 009")
    page.keyboard.press("Enter")
    expect(page.locator("#ways")).to_contain_text("+84900000009")
    tab_to(page, "#way-0 button")
    page.keyboard.press("Enter")
    # The open page shows its own test, and the result stands beside it.
    expect(page.locator("#alerts .alert[data-id='0']")).to_be_attached()
    expect(page.locator("#test-0 .badge.good")).to_be_visible()
    page.context.close()


# A browser without Google's push service: what it would hand out.
SUBSCRIBES = """
PushManager.prototype.subscribe = async (wanted) => ({
  endpoint: "https://push.example.org/1",
  keys: {
    p256dh: btoa(String.fromCharCode(...wanted.applicationServerKey)).replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=/g, ""),
    auth: "AAAAAAAAAAAAAAAAAAAAAA",
  },
});
"""


def test_a_notification_is_shown_by_the_phone_which_says_so(whole_browser: Browser, site: tuple[Site, str]) -> None:
    made, address = site
    page = enter(whole_browser, address, "dieuduong", 360)
    page.context.grant_permissions(["notifications"], origin=address)
    page.add_init_script(SUBSCRIBES)
    page.goto(f"{address}/alerts/ways")
    page.fill("#device", "Điện thoại trực")
    page.locator("#push button").click()
    expect(page.locator("#ways")).to_contain_text("Điện thoại trực")
    alert = made.danger(2)
    pushed = select(AlertDelivery).where(AlertDelivery.alert_id == alert, AlertDelivery.way == AlertWay.PUSH)
    with made.database.read() as session:
        delivery = session.scalars(pushed).one()
    message = {"title": "Khẩn cấp", "body": f"Khu A, A{alert}", "link": f"https://console.example/alerts/{alert}"}
    _push(page, address, json.dumps(message | {"reference": delivery.reference}))
    shown = (
        "navigator.serviceWorker.ready.then((worker) => worker.getNotifications())"
        ".then((all) => all.map((each) => [each.title, each.body, each.tag]))"
    )
    wait_until(lambda: page.evaluate(shown) == [["Khẩn cấp", f"Khu A, A{alert}", delivery.reference]])
    wait_until(lambda: _states(made, pushed.with_only_columns(AlertDelivery.state)) == [PromptState.DELIVERED])
    page.context.close()


def _push(page: Page, origin: str, message: str) -> None:
    """Hand a push message to the worker, as a push service would."""
    # What comes before the worker runs is lost, with a push service too until it tries again.
    wait_until(lambda: page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.active.state)") == "activated")
    session = page.context.new_cdp_session(page)
    known: list[str] = []
    session.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(each["registrationId"] for each in event["registrations"]),
    )
    session.send("ServiceWorker.enable")
    wait_until(lambda: page.wait_for_timeout(50) or known)
    session.send("ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": known[0], "data": message})


def test_on_a_phone_several_are_one_line_and_what_is_to_do_is_on_the_first_screen(
    browser: Browser, site: tuple[Site, str]
) -> None:
    made, address = site
    made.danger(11)
    now = utc_now()
    with made.database.write() as session:
        for kind in (IncidentKind.TEST_POSITIVE, IncidentKind.EXIT_CROSSED):
            about = [Cause(f"fold-{kind.value}", made.zone, words(N_("%(name)s feels unwell."), name="An"))]
            open_incidents(session, kind, about, now=now - timedelta(minutes=50))
    tick_alerts(made.database, now, rules_of(made.settings), made.settings.zone)
    page = enter(browser, address, "dieuduong", 360)
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(address)
    fold = page.locator("#alerts-fold")
    expect(fold).to_be_visible()
    expect(fold).to_contain_text(re.compile(r"^\d+ cảnh báo: "))
    expect(page.locator("#alerts .alert").first).to_be_hidden()
    first = page.locator("#incidents .line").first.bounding_box()
    assert first is not None
    assert first["y"] < 600, "the first thing that is to be done is seen without scrolling"
    fold.click()
    expect(page.locator("#alerts .alert").first).to_be_visible()
    expect(fold).to_have_attribute("aria-expanded", "true")
    look_at(page, "alerts-unfolded")
    page.set_viewport_size({"width": 1280, "height": 800})
    expect(fold).to_be_hidden()
    expect(page.locator("#alerts .alert").first).to_be_visible()
    page.context.close()
