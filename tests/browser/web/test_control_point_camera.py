"""A poster before the camera of Debian's Chromium: read, found genuine without a line, and a family scanned in and out by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import typst
from PIL import Image, ImageFilter
from playwright.sync_api import Browser, expect, sync_playwright

from monitor.control_points.keys import signed_fragment
from monitor.control_points.posters import TEMPLATE, PosterOf, document_of
from monitor.database.database import Database
from monitor.letters.typesetting import FOLDER
from monitor.models.control_points import ControlPoint, Direction, Source
from monitor.models.declarations import Declarant
from monitor.typesetting.process import FONTS
from monitor.vault.vault import Vault
from tests.doubles.browsing import ARGUMENTS, CHROMIUM, look_at, require_chromium
from tests.doubles.ports import free_port
from tests.worlds.control_points import add_declared, add_place, give_checker
from tests.worlds.public_pages import public, scans
from tests.worlds.small_zone import NOW

pytestmark = pytest.mark.browser
WIDE, HIGH = 1280, 720


def printed(address: str) -> Image.Image:
    """The poster as it comes out of a printer, at 100 dots an inch."""
    document = document_of([PosterOf("May Bình Minh", "Cổng chính", "12/3 Phú Cường", address)], "Trạm Y tế", NOW.date())
    compiler = typst.Compiler(FOLDER / TEMPLATE, root=FOLDER, font_paths=[FONTS], ignore_system_fonts=True)
    png = compiler.compile(format="png", ppi=100, sys_inputs={"content": json.dumps(asdict(document), ensure_ascii=False)})
    assert isinstance(png, bytes)
    return Image.open(BytesIO(png)).convert("L")


def film_of(poster: Image.Image, path: Path) -> None:
    """A camera that looks at the poster on a wall: turned by some degrees, not quite sharp, unevenly lit."""
    poster.thumbnail((HIGH, HIGH))
    scene = Image.new("L", (WIDE, HIGH), 150)
    scene.paste(poster.rotate(4, expand=True, fillcolor=150, resample=Image.Resampling.BICUBIC), (330, 0))
    lit = np.asarray(scene.filter(ImageFilter.GaussianBlur(0.6)), dtype=np.float32)
    lit = lit * np.linspace(0.8, 1.05, WIDE, dtype=np.float32) + np.random.default_rng(1).normal(0, 4, lit.shape)
    frame = np.clip(lit, 0, 255).astype(np.uint8).tobytes()
    grey = np.full(WIDE * HIGH // 2, 128, dtype=np.uint8).tobytes()
    path.write_bytes(f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420jpeg\n".encode() + (b"FRAME\n" + frame + grey) * 3)


@contextmanager
def camera_browser(film: Path) -> Iterator[Browser]:
    """Chromium whose camera shows a film."""
    require_chromium()
    camera = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *camera])
        yield running
        running.close()


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_poster_before_the_camera_is_genuine_and_leads_in_and_out_with_one_tap(
    tmp_path: Path, database: Database, vault: Vault, language: str
) -> None:
    place, (gate, *_) = add_place(database)
    link = give_checker(database, place)
    today = datetime.now(UTC)
    mother, child = (add_declared(database, name, made_at=today) for name in ("Trần Thị Bình", "Lê Bé Na"))
    port = free_port()
    with database.write() as session:
        fragment = signed_fragment(session, vault, session.get_one(ControlPoint, gate), NOW)
    film = tmp_path / "poster.y4m"
    film_of(printed(f"http://127.0.0.1:{port}/v#{fragment}"), film)
    foreign: list[str] = []
    with camera_browser(film) as browser, public(tmp_path, database, vault, language, port) as address:
        context = browser.new_context(viewport={"width": 360, "height": 740}, permissions=["camera"], locale=language)
        page = context.new_page()
        page.on(
            "request",
            lambda request: None if request.url.startswith((address, "data:", "blob:")) else foreign.append(request.url),
        )
        page.goto(f"{address}/g/{link}")
        page.click("#camera-open")
        # Read by the camera and checked in the page, where no line is needed.
        expect(page.locator("#verdict")).to_have_attribute("data-sign", "go", timeout=30_000)
        look_at(page, f"guard-poster-{language}")
        page.click("#camera-close")
        # What a phone's own camera opens.
        visitor = context.new_page()
        visitor.goto(f"{address}/v#{fragment}")
        expect(visitor.locator("#nobody")).to_be_visible()
        look_at(visitor, f"visit-nobody-{language}")
        with database.read() as session:
            codes = [session.get_one(Declarant, each).code for each in (child, mother)]
        visitor.locator("details summary").last.click()
        for number, code in enumerate(codes, start=1):
            visitor.fill("#code", code)
            visitor.click("#add")
            expect(visitor.locator("#people label")).to_have_count(number)
        look_at(visitor, f"visit-{language}")
        visitor.click("#in")
        expect(visitor.locator("#done li[data-sign=go]")).to_have_count(2)
        look_at(visitor, f"visit-in-{language}")
        visitor.click("#again")
        visitor.locator("#people input").nth(1).uncheck()
        visitor.click("#out")
        expect(visitor.locator("#done li[data-sign=go]")).to_have_count(1)
        forged = context.new_page()
        forged.goto(f"{address}/v#{fragment.replace(f'.{gate}.', '.9.', 1)}")
        expect(forged.locator("#problem")).to_be_visible()
        look_at(forged, f"visit-forged-{language}")
    assert foreign == []
    assert scans(database) == [
        (mother, Direction.IN, Source.SELF),
        (child, Direction.IN, Source.SELF),
        (mother, Direction.OUT, Source.SELF),
    ]
