"""Control points in Debian's Chromium: a place registered and printed, its poster held before the camera, people scanned in and out, and a
guard's tablet that works without a line and sends everything once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.control_points.keys import signed_fragment
from monitor.control_points.settling import settle
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.control_points import ControlPlace, ControlPoint, Direction, PlaceState, Source
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.people.residents import QuarantineOrder
from monitor.models.places import Zone
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.confirming.codes import code_of
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.control_points import UNIT, add_declared, add_place, give_checker, scan
from tests.worlds.province import PASSWORD
from tests.worlds.public_pages import SECRET, public, scans
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("language", "scheme"), [("vi", "dark"), ("en", "light")])
def test_a_place_is_registered_confirmed_and_run_on_a_phone(
    browser: Browser, tmp_path: Path, database: Database, vault: Vault, language: str, scheme: str
) -> None:
    load_units(database, NOW)
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, locale=language)  # type: ignore[arg-type]
    page = context.new_page()
    with public(tmp_path, database, vault, language) as address:
        page.goto(f"{address}/places/new")
        look_at(page, f"place-new-{language}")
        page.click("form.fields button.main")
        expect(page.locator("#name")).to_have_attribute("aria-invalid", "true")
        look_at(page, f"place-wrong-{language}")
        page.fill("#name", "Công ty TNHH May Bình Minh")
        page.select_option("#kind", "factory")
        page.fill("#unit", "Thủ Dầu Một, Hồ Chí Minh")
        page.fill("#address", "12/3 Phú Cường")
        page.fill("#most_people", "200")
        page.fill("#owner_name", "Trần Văn Chủ")
        page.fill("#owner_phone", "0901 234 567")
        page.click("form.fields button.main")
        page.wait_for_url("**/confirm")
        look_at(page, f"place-confirm-{language}")
        page.click("form[action$='/code'] button")
        with database.read() as session:
            row = session.scalars(select(PhoneConfirmation)).one()
        page.fill("#code", code_of(SECRET.encode(), row.nonce, row.phone))
        page.click("form[action$='/confirm'] button")
        page.wait_for_url("**/o/*")
        look_at(page, f"place-owner-waiting-{language}")
        with database.write() as session:
            session.execute(update(ControlPlace).values(state=PlaceState.APPROVED))
        page.reload()
        page.locator("details", has=page.locator("#point_name")).evaluate("each => each.open = true")
        page.fill("#point_name", "Nhà ăn")
        page.select_option("#point_kind", "canteen")
        page.click("form[action$='/points'] button")
        expect(page.locator(".people li").first).to_be_visible()
        page.locator("details", has=page.locator("#checker_name")).evaluate("each => each.open = true")
        page.fill("#checker_name", "Lê Văn Gác")
        page.fill("#checker_phone", "0901234568")
        page.click("form[action$='/checkers'] button")
        expect(page.locator(".big-code svg")).to_be_visible()
        look_at(page, f"place-owner-{language}")
        pdf = page.request.get(page.url.removesuffix("/checkers") + "/posters.pdf")
        assert (pdf.status, pdf.body()[:5]) == (200, b"%PDF-")
        owner = page.url.removesuffix("/checkers")
        page.goto(f"{owner}/details")
        look_at(page, f"place-change-{language}")
        page.fill("#name", "May Bình Minh 2")
        page.fill("#most_people", "250")
        page.click("form.fields button.main")
        page.wait_for_url(owner)
        expect(page.locator("p.notice").first).to_be_visible()
        look_at(page, f"place-changing-{language}")
        page.locator("a", has_text="NFC").first.click()
        look_at(page, f"place-point-{language}")
    context.close()


@pytest.mark.parametrize(("language", "scheme"), [("vi", "light"), ("en", "dark")])
def test_a_guard_s_tablet_works_without_a_line_and_sends_everything_once(
    browser: Browser, tmp_path: Path, database: Database, vault: Vault, language: str, scheme: str
) -> None:
    place, _points = add_place(database)
    link = give_checker(database, place)
    today = datetime.now(UTC)
    first = add_declared(database, "Nguyễn Văn An", phone="+84912345671", made_at=today)
    second = add_declared(database, "Lê Thị Bé", phone="+84912345672", made_at=today)
    _zone, (resident,) = add_zone(database)
    add_declared(database, "Nguyễn Thị An", phone="+84912345673", resident_id=resident, made_at=today)
    with database.write() as session:
        session.execute(update(QuarantineOrder).values(starts_at=today - timedelta(days=1), ends_at=today + timedelta(days=9)))
    context = browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, locale=language)  # type: ignore[arg-type]
    page = context.new_page()

    def type_in(text: str) -> None:
        page.fill("#text", text)
        page.press("#text", "Enter")

    with public(tmp_path, database, vault, language) as address:
        page.goto(f"{address}/g/{link}")
        page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        page.wait_for_timeout(500)
        type_in("0912345671")
        expect(page.locator("#verdict")).to_have_attribute("data-sign", "go")
        look_at(page, f"guard-go-{language}")
        type_in("0912345673")
        expect(page.locator("#verdict")).to_have_attribute("data-sign", "wait")
        expect(page.locator("#verdict-name")).to_have_text("")
        look_at(page, f"guard-wait-{language}")
        type_in("0999999999")
        expect(page.locator("#declare")).to_be_visible()
        look_at(page, f"guard-ask-{language}")
        context.set_offline(True)
        type_in("0912345672")
        expect(page.locator("#unsent")).to_have_attribute("data-some", "")
        expect(page.locator("#leave-out")).to_be_visible()
        look_at(page, f"guard-offline-{language}")
        # The tablet is started anew, still without a line: the page is there, and what waits too.
        page.reload()
        expect(page.locator("#unsent")).to_have_attribute("data-some", "")
        stored = page.evaluate(
            "new Promise((done) => { const r = indexedDB.open('control-point'); r.onsuccess = () => {"
            " const all = r.result.transaction('scans').objectStore('scans').getAll();"
            " all.onsuccess = () => done(all.result.map((each) => [Object.keys(each).sort().join(),"
            " new TextDecoder('latin1').decode(each.sealed)])); } })"
        )
        assert [each[0] for each in stored] == ["made,sealed"]
        assert "0912345672" not in stored[0][1]
        context.set_offline(False)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(page.locator("#unsent:not([data-some])")).to_be_visible(timeout=20_000)
        page.evaluate("dispatchEvent(new Event('online'))")
        page.goto(f"{address}/g/{link}/paper")
        look_at(page, f"guard-paper-{language}")
        page.goto(f"{address}/g/{link}/declare")
        look_at(page, f"guard-declare-{language}")
    context.close()
    assert scans(database) == [(first, Direction.IN, Source.GUARD), (second, Direction.IN, Source.GUARD)]


def test_who_declares_because_of_a_poster_comes_back_to_it_with_one_tap(
    browser: Browser, tmp_path: Path, database: Database, vault: Vault
) -> None:
    load_units(database, NOW)
    _place, (gate, *_) = add_place(database)
    with database.write() as session:
        fragment = signed_fragment(session, vault, session.get_one(ControlPoint, gate), datetime.now(UTC))
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="vi")
    page = context.new_page()
    with public(tmp_path, database, vault, "vi") as address:
        page.goto(f"{address}/v#{fragment}")
        page.click("#declare")
        page.fill("#full_name", "Trần Thị Bình")
        page.fill("#birth", "05/09/1980")
        page.fill("#unit", "Phường Sài Gòn")
        page.click("button[value=next]")
        page.locator("[name=q-been][value=no]").check()
        page.locator("[name=q-symptoms][value=none]").check()
        page.click("button[value=next]")
        for key in ("met_case", "met_abroad", "met_ill"):
            page.locator(f"[name=q-{key}][value=no]").check()
        page.click("button[value=next]")
        expect(page.locator("#check-in-place")).to_have_text("May Bình Minh, Cổng chính")
        look_at(page, "declared-at-poster-vi")
        page.click("#check-in a")
        expect(page.locator("#people input")).to_be_checked()
        page.click("#in")
        expect(page.locator("#done-people li[data-sign=go]")).to_be_visible()
        # Who declared on another phone is led nowhere: there is no poster in this tab.
        elsewhere = context.new_page()
        elsewhere.goto(f"{address}/me")
        expect(elsewhere.locator("#check-in")).to_be_hidden()
    context.close()
    assert len(scans(database)) == 1


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "vi", "dark"), (768, "en", "light"), (1280, "vi", "light")])
def test_the_unit_decides_and_an_inspector_reads_a_list(
    browser: Browser, tmp_path: Path, database: Database, vault: Vault, width: int, language: str, scheme: str
) -> None:
    load_units(database, NOW)
    zone, _residents = add_zone(database)
    waiting, _points = add_place(database, state=PlaceState.WAITING)
    new = {
        "kind": "market",
        "name": "Chợ Thủ Dầu Một",
        "address": "9 Phú Cường",
        "unit": [UNIT[0], str(UNIT[1])],
        "pin": [10.98, 106.65],
    }
    busy, (gate, *_) = add_place(database, "Chợ Thủ", proposed=new, proposed_at=NOW)
    add_place(database, "May Bình Minh 2", state=PlaceState.WAITING, twin_id=waiting)
    with database.write() as session:
        row = session.get_one(Zone, zone)
        row.unit_code, row.unit_from = UNIT
        add_account(session, "lead", PASSWORD, Role.SUPERVISOR, zones=[zone], now=NOW, language=language)
    at = datetime.now(UTC) - timedelta(minutes=20)
    scan(database, gate, add_declared(database), Direction.IN, at)
    settings = Settings(data_folder=tmp_path)
    settle(database, at, settings.zone)
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, locale=language)  # type: ignore[arg-type]
    page = context.new_page()
    app = create_console(settings, database, vault)
    with serving(app) as address:
        sign_in(page, address, "lead", PASSWORD)
        page.goto(f"{address}/places")
        look_at(page, f"console-places-{language}")
        page.goto(f"{address}/places/{waiting}")
        look_at(page, f"console-place-{language}")
        page.click("button[value=approve]")
        expect(page.locator(".badge.good").first).to_be_visible()
        page.goto(f"{address}/places/{busy}")
        look_at(page, f"console-place-change-{language}")
        page.locator("form[action$='/change'] button[value=approve]").click()
        expect(page.locator("h1")).to_have_text("Chợ Thủ Dầu Một")
        page.goto(f"{address}/places/{busy}/list")
        page.fill("#reason", "Ca bệnh ngày 30/11")
        page.click("form.filters button.main")
        expect(page.locator("tbody tr")).to_have_count(1)
        look_at(page, f"console-place-list-{language}")
        page.goto(f"{address}/places/capture")
        look_at(page, f"console-capture-{language}")
        app.extensions["live"].close()
    context.close()
