"""The gate in Debian's Chromium, whose camera shows a card: zxing-wasm reads it, and a person is entered, on a phone and on a tablet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import segno
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.people.gate import GateEntry, PhoneConfirmation
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.places import Room
from monitor.places.units.loading import load_units
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.confirming.codes import code_of
from tests.doubles.browsing import ARGUMENTS, CHROMIUM, fits, picture, require_chromium, serving, sign_in, violations
from tests.worlds.province import PASSWORD
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

pytestmark = pytest.mark.browser
CARD = "079185001234|024567890|Nguyễn Thị Ánh Tuyết|05091985|Nữ|12/3, Phú Cường, Thủ Dầu Một, Bình Dương|22122021"
WIDE, HIGH = 1280, 720
MODULE = 4  # pixels: a card held some 15 cm before a tablet


def _frame() -> np.ndarray:
    """A card in front of a camera: small, turned by some degrees, not quite sharp, unevenly lit."""
    drawn = BytesIO()
    segno.make(CARD, error="m").save(drawn, kind="png", scale=MODULE, border=4)
    code = Image.open(drawn).convert("L")
    card = Image.new("L", (code.width + 260, code.height + 60), 215)
    card.paste(code, (230, 30))
    scene = Image.new("L", (WIDE, HIGH), 70)
    turned = card.rotate(7, expand=True, fillcolor=70, resample=Image.Resampling.BICUBIC)
    scene.paste(turned, (330, 140))
    lit = np.asarray(scene.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float32)
    lit = lit * np.linspace(0.75, 1.05, WIDE, dtype=np.float32) + np.random.default_rng(1).normal(0, 4, lit.shape)
    return np.clip(lit, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def camera_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose camera shows the card."""
    require_chromium()
    film = tmp_path_factory.mktemp("film") / "card.y4m"
    grey = np.full(WIDE * HIGH // 2, 128, dtype=np.uint8).tobytes()
    film.write_bytes(
        f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420jpeg\n".encode() + (b"FRAME\n" + _frame().tobytes() + grey) * 3
    )
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *camera])
        yield running
        running.close()


class Gate:
    """A console with one zone of two rooms, and a nurse."""

    def __init__(self, tmp_path: Path, database: Database, vault: Vault, language: str) -> None:
        self.database = database
        self.zone, _residents = add_zone(database, residents=("Trần Văn Bình", "Lê Thị Cúc"))
        load_units(database, NOW)
        with database.write() as session:
            for room in session.scalars(select(Room)):
                room.beds = 2
            add_account(session, "nurse", PASSWORD, Role.STAFF, zones=[self.zone], now=NOW, language=language)
        # Nothing listens there: the test reads the code where a phone would.
        self.settings = Settings(data_folder=tmp_path, sms_gateway_url="http://127.0.0.1:9/sms")
        self.app = create_console(self.settings, database, vault)

    def code(self) -> str:
        with self.database.read() as session:
            row = session.scalars(select(PhoneConfirmation).order_by(PhoneConfirmation.id.desc())).first()
            assert row is not None
            return code_of(self.settings.secret("secret_key"), row.nonce, row.phone)


class Nurse:
    """Counts what is pressed and typed."""

    def __init__(self, page: Page, pictured: str) -> None:
        self.page, self.pictured, self.steps, self.looking = page, pictured, 0, 0.0

    def press(self, selector: str) -> None:
        self.steps += 1
        self.page.click(selector)

    def type(self, selector: str, text: str) -> None:
        self.steps += 1
        self.page.fill(selector, text)

    def look(self, name: str) -> None:
        began = time.monotonic()
        assert fits(self.page), name
        assert violations(self.page) == [], name
        picture(self.page, f"gate-{name}-{self.pictured}")
        self.looking += time.monotonic() - began


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "vi", "dark"), (768, "en", "light")])
def test_a_person_is_entered_by_the_card_before_the_camera(
    camera_browser: Browser, tmp_path: Path, database: Database, vault: Vault, width: int, language: str, scheme: str
) -> None:
    gate = Gate(tmp_path, database, vault, language)
    context = camera_browser.new_context(
        viewport={"width": width, "height": 900}, permissions=["camera"], color_scheme=scheme, locale=language
    )
    page = context.new_page()
    foreign: list[str] = []
    problems: list[str] = []
    with serving(gate.app) as address:
        page.on(
            "request",
            lambda request: None if request.url.startswith((address, "data:", "blob:")) else foreign.append(request.url),
        )
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        sign_in(page, address, "nurse", PASSWORD)
        nurse, began = Nurse(page, language), time.monotonic()
        # The camera was allowed before: nothing is pressed, the card is held before it.
        page.goto(f"{address}/enrol")
        page.wait_for_selector("#person-form")
        read_after = time.monotonic() - began
        assert page.input_value("#full_name") == "Nguyễn Thị Ánh Tuyết"
        assert (page.input_value("#birth"), page.input_value("#sex")) == ("05/09/1985", "female")
        assert page.input_value("#document_number") == "079185001234"
        # The commune on the card is one of before July 2025; today's is chosen for it.
        expect(page.locator("fieldset input[name=unit_key]").first).to_be_checked()
        nurse.look("form")
        nurse.type("#phone", "0901234567")
        nurse.press("details:has(#starts_at) > summary")
        for name, text in (("starts_at", "23/11/2026"), ("ends_at", "07/12/2026"), ("authority", "Sở Y tế")):
            nurse.type(f"#{name}", text)
        nurse.press("#person-form button.main")
        page.wait_for_selector("#step-room")
        nurse.look("steps")
        nurse.press("#step-room button.main")
        nurse.press("#step-phone button.main")
        nurse.type("#code", gate.code())
        nurse.look("code")
        nurse.press(".code-form button.main")
        nurse.press("#way-aloud")
        nurse.press("#agrees-yes")
        nurse.press("#step-notice button.main")
        photos = []
        for shade in (90, 120, 150):
            face = tmp_path / f"{shade}.jpg"
            Image.new("RGB", (640, 640), (shade, shade, shade)).save(face)
            photos.append(face)
        page.set_input_files("#photo", photos)
        nurse.steps += 1
        nurse.press("#step-photos button.main")
        nurse.look("done")
        with context.expect_page() as printed:
            nurse.press("#step-bracelet a.button >> nth=0")
        printed.value.wait_for_selector("ul.bracelets svg")
        printed.value.close()
        nurse.press("#step-bracelet button.main")
        page.wait_for_url(f"{address}/enrol")
        seconds = time.monotonic() - began - nurse.looking
        gate.app.extensions["live"].close()
    sys.stdout.write(
        f"\n{width} px: card read after {read_after:.1f} s; one person in {seconds:.1f} s of the machine's time and"
        f" {nurse.steps} steps\n"
    )
    assert foreign == []
    assert problems == []
    with database.read() as session:
        person = session.scalars(select(Resident).where(Resident.document_number == "079185001234")).one()
        assert person.room_id is not None
        assert person.phone_confirmed_at is not None
        assert person.unit_code == "25747"
        assert person.address == "12/3, Phú Cường, Thủ Dầu Một, Bình Dương"
        assert (
            session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == person.id)).one().authority
            == "Sở Y tế"
        )
        assert session.scalars(select(GateEntry)).one().finished_at is not None
    context.close()


@pytest.mark.parametrize(("language", "scheme"), [("vi", "light"), ("en", "dark")])
def test_what_is_told_and_corrected_fits_each_screen(
    camera_browser: Browser, tmp_path: Path, database: Database, vault: Vault, language: str, scheme: str
) -> None:
    """Where the camera was not allowed: a scanner that types, what is no card, what is wrong, who it may be, and the record with its form."""
    gate = Gate(tmp_path, database, vault, language)
    page = camera_browser.new_page(viewport={"width": 360, "height": 900}, color_scheme=scheme, locale=language)
    page.add_init_script("navigator.permissions.query = async () => ({state: 'prompt'})")

    def look(name: str) -> None:
        assert violations(page) == [], name
        for width in (1280, 768, 360):
            page.set_viewport_size({"width": width, "height": 900})
            assert fits(page), (name, width)
            picture(page, f"gate-{name}-{language}")

    with serving(gate.app) as address:
        sign_in(page, address, "nurse", PASSWORD)
        page.goto(f"{address}/enrol")
        # A scanner types into the field that has the cursor, and ends with Enter, or with a tab.
        page.keyboard.type("00020101021138570010A000000727")
        page.keyboard.press("Enter")
        page.wait_for_selector("main .wrong")
        look("no-card")
        page.keyboard.type(CARD.replace("Nữ", "Nam"))
        page.keyboard.press("Tab")
        page.wait_for_selector("#person-form")
        assert page.input_value("#full_name") == "Nguyễn Thị Ánh Tuyết"
        look("doubts")
        page.fill("#birth", "31/02/1985")
        page.click("details:has(#starts_at) > summary")
        page.fill("#starts_at", "23/11/2026")
        page.select_option("#household", "new")
        page.click("#person-form > .buttons button.main")
        page.wait_for_selector("#birth[aria-invalid]")
        look("wrong")
        page.fill("#birth", "05/09/1985")
        page.fill("#starts_at", "")
        page.fill("#household_name", "Nhà bà Tuyết")
        page.click("details:has(#household_phone) > summary")
        page.fill("#household_phone", "0901234567")
        look("household")
        page.click("#person-form > .buttons button.main")
        page.wait_for_selector("#step-room")
        page.goto(f"{address}/enrol/new")
        # It is told while somebody types; no button was pressed.
        page.fill("#document_number", "079185001234")
        page.wait_for_selector("#alike .match.certain")
        look("alike")
        page.goto(f"{address}/residents/3")
        page.click("#facts-title ~ details > summary")
        look("record")
        page.click("#facts-title ~ p a.button")
        page.wait_for_selector("#person-form")
        look("details")
        gate.app.extensions["live"].close()
    page.close()
