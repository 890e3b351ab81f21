"""What all tests in Debian's Chromium share: its start, an application served on loopback, what axe finds, pictures of pages."""

from __future__ import annotations

import base64
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

WHOLE_CHROMIUM = "/usr/bin/chromium"
# The same engine without windows that nobody sees, at two thirds of the time. It has no notifications and asks nobody for leave
# to use a camera: tests of these take the whole.
SHELL = "/usr/bin/chromium-headless-shell"
CHROMIUM = SHELL if Path(SHELL).exists() else WHOLE_CHROMIUM
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run")
PICTURES = Path(__file__).parents[2] / "pictures"


def require_chromium() -> None:
    """Skip where Chromium is not installed; fail where everything must be."""
    if Path(WHOLE_CHROMIUM).exists():
        return
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing; `make setup-development` installs it")
    pytest.skip("Chromium is not installed: apt-get install chromium")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser without a camera."""
    require_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS])
        yield browser
        browser.close()


@contextmanager
def serving(app: Any, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """An application under threads of its own; its address."""
    server = make_server(host, port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def settle(page: Page) -> None:
    """Wait until the page that a click led to is there: until it is read, it has no document to ask."""
    page.wait_for_load_state()


def arrived(page: Page, address: str | re.Pattern[str]) -> None:
    """The page of this address is there and read: keys pressed while its scripts are still on the way would reach nobody."""
    expect(page).to_have_url(address)
    settle(page)


def sign_in(page: Page, desk: str, name: str, password: str, language: str | None = None) -> None:
    """Sign in to a console, and wait until it is done: whoever goes on before stops the browser's own step.

    language: the one to read in, "vi" or "en"; where none is said, the account's.
    """
    page.goto(f"{desk}/sign-in")
    page.fill("#username", name)
    page.fill("#password", password)
    page.press("#password", "Enter")
    expect(page.locator("form[action='/sign-out']").first).to_be_attached()
    if language is not None and page.locator("html").get_attribute("lang") != language:
        page.locator(f"button[name=language][value={language}]").click()
        expect(page.locator(f"html[lang={language}]")).to_be_attached()
    # Read to its end: a page that is still on its way may stop the next one asked for.
    settle(page)


def texts(these: Locator, number: int) -> list[str]:
    """What so many parts of a page say, as soon as all of them are there."""
    expect(these).to_have_count(number)
    return these.all_inner_texts()


def violations(page: Page) -> list[str]:
    """What axe finds on the page as it is shown now."""
    settle(page)
    found = find_spec("axe_core_python")
    assert found is not None
    assert found.origin is not None
    page.evaluate((Path(found.origin).parent / "axe.min.js").read_text())
    # What axe finds good is not carried here: of a large page that takes longer than the looking.
    found_bad = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then((found) => found.violations)")
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found_bad]


def fits(page: Page) -> bool:
    """Whether nothing sticks out to the side."""
    settle(page)
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def picture(page: Page, name: str) -> None:
    """Keep what the page looks like, under its name and width."""
    settle(page)
    PICTURES.mkdir(exist_ok=True)
    width = page.viewport_size["width"] if page.viewport_size else 0
    # Ends with its page: ended before, it would take a page's virtual authenticator with it.
    devtools = page.context.new_cdp_session(page)
    whole = devtools.send("Page.getLayoutMetrics")["cssContentSize"]
    # As Playwright does, but for speed: packed as small as possible each would take twice as long.
    taken = devtools.send(
        "Page.captureScreenshot",
        {"format": "png", "captureBeyondViewport": True, "optimizeForSpeed": True, "clip": {**whole, "scale": 1}},
    )
    (PICTURES / f"{name}-{width}.png").write_bytes(base64.b64decode(taken["data"]))


def look_at(page: Page, name: str) -> None:
    """Fits, without a violation, and a picture of it."""
    assert fits(page), name
    found = violations(page)
    assert found == [], (name, found)
    picture(page, name)
