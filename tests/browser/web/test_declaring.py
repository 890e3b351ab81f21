"""A declaration at 360 pixels in both languages and in a made-up one; the second in three taps; a form changed, previewed, published."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.declarations.codes import code_in
from monitor.models.accounts import Role
from monitor.models.declarations import Declarant, Declaration, Signs
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import look_at, serving, sign_in
from tests.worlds.made_up_language import CODE, made_up, write_made_up
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console
from web.public.application import create_public

pytestmark = pytest.mark.browser

PASSWORD = "đúng là mật khẩu"
LARGEST_LOAD = 60 * 1024


@dataclass
class World:
    """A province with one zone, its public pages and its console, served."""

    database: Database
    public: str
    console: str


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    database, vault = Database(f"sqlite:///{folder}/t.db", bytes(32)), Vault(folder / "vault", bytes(32))
    upgrade(database)
    load_units(database, NOW)
    add_zone(database)
    with database.write() as session:
        add_account(session, "bs-lan", PASSWORD, Role.SUPERVISOR, zones=None, now=NOW, language="vi")
    settings = Settings(data_folder=folder, web_threads=8, secret_key="x" * 32, public_url="https://khaibao.example.vn")
    console = create_console(settings, database, vault, now=lambda: NOW)
    with serving(create_public(settings, database, vault, now=lambda: NOW)) as public, serving(console) as desk:
        yield World(database, public, desk)
    console.extensions["live"].close()
    database.dispose()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    write_made_up(tmp_path / "translations")
    with _world(tmp_path) as made:
        yield made


def _phone(browser: Browser, language: str, scheme: str = "light") -> BrowserContext:
    return browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme, locale=language)


def _fill_in_who(page: Page, address: str) -> None:
    page.goto(f"{address}/declare")
    page.locator("#full_name").fill("Trần Thị Bình")
    page.locator("#birth").fill("05/09/1980")
    page.locator("#phone").fill("0901234567")
    page.locator("#unit").fill("sai gon")
    page.locator("button[value=next]").click()
    # Typed without accents: where several places have the name, one is asked for.
    choice = page.locator("input[type=radio][name=unit_key]").first
    if choice.count():
        choice.check()
        page.locator("button[value=next]").click()


@pytest.mark.parametrize(("language", "scheme"), [("vi-VN", "light"), ("en-GB", "dark")])
def test_a_declaration_at_360_pixels(browser: Browser, world: World, language: str, scheme: str) -> None:
    context = _phone(browser, language, scheme)
    page = context.new_page()
    loaded: list[int] = []
    page.on("response", lambda answer: loaded.append(answer.request.sizes()["responseBodySize"]))
    name = language[:2]
    page.goto(world.public)
    look_at(page, f"public-home-{name}")
    page.get_by_role("link", name="Khai báo y tế" if name == "vi" else "Declare health", exact=True).click()
    look_at(page, f"public-who-{name}")
    assert sum(loaded) < LARGEST_LOAD
    _fill_in_who(page, world.public)
    # What depends on an answer is there when that is chosen.
    places = page.locator("[name=q-places-place-1]")
    expect(places).to_be_hidden()
    page.locator("[name=q-been][value=yes]").check()
    expect(places).to_be_visible()
    places.fill("Chợ Bến Thành")
    page.locator("[name=q-symptoms][value=breathless]").check()
    look_at(page, f"public-symptoms-{name}")
    page.locator("button[value=next]").click()
    for key in ("met_case", "met_abroad", "met_ill"):
        page.locator(f"[name=q-{key}][value=no]").check()
    look_at(page, f"public-contacts-{name}")
    page.locator("button[value=next]").click()
    expect(page.locator("h1")).to_have_text("Trần Thị Bình")
    expect(page.get_by_role("alert")).to_contain_text("115")
    look_at(page, f"public-person-{name}")
    with world.database.read() as session:
        row, person = session.scalars(select(Declaration)).one(), session.scalars(select(Declarant)).one()
        assert row.signs is Signs.DANGER
    # The code on the screen, as a guard's reader sees it: the key, and nothing else.
    picture = Path(world.database.engine.url.database or "").parent / "code.png"
    page.locator(".qr").first.screenshot(path=picture)
    (read,) = zxingcpp.read_barcodes(Image.open(picture))
    assert read.text.startswith("https://khaibao.example.vn/c#")
    assert code_in(read.text) == person.code
    page.get_by_role("link", name="In mã thành thẻ" if name == "vi" else "Print the code as a card").click()
    look_at(page, f"public-card-{name}")
    # In print it is five centimetres wide.
    assert page.locator(".card.small .qr").bounding_box()["width"] >= 188  # type: ignore[index]
    page.goto(f"{world.public}/c#{person.code}")
    expect(page.locator("main")).not_to_contain_text("Trần")
    look_at(page, f"public-code-{name}")
    context.close()


def test_the_second_declaration_is_one_page_and_three_taps(browser: Browser, world: World) -> None:
    context = _phone(browser, "vi-VN")
    page = context.new_page()
    _fill_in_who(page, world.public)
    page.locator("[name=q-been][value=no]").check()
    page.locator("[name=q-symptoms][value=none]").check()
    page.locator("button[value=next]").click()
    for key in ("met_case", "met_abroad", "met_ill"):
        page.locator(f"[name=q-{key}][value=no]").check()
    page.locator("button[value=next]").click()
    page.goto(f"{world.public}/me")
    page.get_by_role("link", name="Khai lại").click()
    look_at(page, "public-again")
    page.get_by_label("Không, không có điều nào").check()
    page.get_by_role("button", name="Tiếp tục hoặc gửi").click()
    expect(page.locator(".outcome")).to_contain_text("Đã khai.")
    with world.database.read() as session:
        first, second = session.scalars(select(Declaration).order_by(Declaration.id))
        assert first.answers == second.answers
    context.close()


def test_in_a_language_that_was_added_by_a_file(browser: Browser, world: World) -> None:
    context = _phone(browser, "vi-VN")
    page = context.new_page()
    page.goto(world.public)
    page.locator("details.languages summary").click()
    look_at(page, "public-languages")
    page.get_by_role("link", name="Esperanto").click()
    expect(page.locator("h1")).to_have_text(made_up("Health declaration"))
    expect(page.locator("html")).to_have_attribute("lang", CODE)
    _fill_in_who(page, world.public)
    # The national form's questions too.
    legend = page.locator("legend").first
    expect(legend).to_have_text(made_up("In the last 14 days, have you been to another province, country or territory?"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    look_at(page, "public-made-up")
    context.close()


def test_a_form_is_changed_previewed_and_published(browser: Browser, world: World) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 780}, color_scheme="dark")
    page = context.new_page()
    sign_in(page, world.console, "bs-lan", PASSWORD)
    page.goto(f"{world.console}/declarations")
    look_at(page, "declarations")
    page.goto(f"{world.console}/declarations/new")
    look_at(page, "declaration-entered-by-staff")
    page.goto(f"{world.console}/declarations/form/edit")
    look_at(page, "declaration-form")
    page.locator("#question-been").get_by_role("link", name="Sửa").or_(page.locator("#question-been a.button")).first.click()
    page.locator("#vi").fill("Quý vị có ra khỏi tỉnh không?")
    page.locator("#en").fill("Did you leave the province?")
    look_at(page, "declaration-question")
    page.get_by_role("button", name="Lưu vào bản nháp").click()
    page.get_by_role("link", name="Xem trước và ban hành").click()
    expect(page.locator("main")).to_contain_text("Quý vị có ra khỏi tỉnh không?")
    look_at(page, "declaration-preview")
    page.locator("#why").fill("Theo quyết định 12.")
    page.get_by_role("button", name="Ban hành").click()
    expect(page.get_by_role("status").first).to_contain_text("Phiên bản mới áp dụng từ bây giờ")
    phone = _phone(browser, "vi-VN")
    declaring = phone.new_page()
    _fill_in_who(declaring, world.public)
    expect(declaring.locator("legend").first).to_have_text("Quý vị có ra khỏi tỉnh không?")
    phone.close()
    context.close()
