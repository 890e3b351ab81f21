"""Somebody at a screen, who presses, types and chooses as people do, and is counted."""

from __future__ import annotations

import re
from pathlib import Path

import pyotp
from playwright.sync_api import Browser, Locator, Page, expect

from tests.doubles.browsing import arrived


class Hand:
    """One person at one screen; steps: what they pressed, typed and chose; pages: what was loaded."""

    def __init__(self, browser: Browser, width: int, permissions: tuple[str, ...] = ()) -> None:
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="vi-VN", permissions=list(permissions)
        )
        self.context.set_default_timeout(30_000)
        self.password = "đúng là mật khẩu của tôi"
        self.steps, self.pages = 0, 0
        self.context.on("page", lambda page: page.on("load", self._loaded))
        self.page = self.context.new_page()

    def _loaded(self, _page: Page) -> None:
        self.pages += 1

    def open(self, address: str) -> None:
        """An address that was printed, or handed over by somebody."""
        self.steps += 1
        self.page.goto(address)

    def press(self, what: str | Locator) -> None:
        self.steps += 1
        (self.page.locator(what) if isinstance(what, str) else what).first.click()

    def to(self, path: str) -> None:
        """To a page of the menu, which stands in front or behind its last entry."""
        entry = self.page.locator(f"nav a[href='{path}']").first
        if entry.locator("xpath=ancestor::details").count():
            self.press("#more > summary")
        self.press(entry)

    def type(self, selector: str, text: str) -> None:
        self.steps += 1
        self.page.locator(selector).first.fill(text)

    def choose(self, selector: str, text: str) -> None:
        """The one option that begins with a text."""
        self.steps += 1
        option = self.page.locator(f"{selector} option").filter(has_text=text).first
        self.page.select_option(selector, value=option.get_attribute("value"))

    def hand_over(self, selector: str, files: list[Path]) -> None:
        """Files chosen in the browser's own window."""
        self.steps += 1
        self.page.set_input_files(selector, files)

    def sign_in(self, name: str) -> None:
        self.type("#username", name)
        self.type("#password", self.password)
        self.press("main form button.main")

    def set_up_app(self) -> None:
        """An authenticator app as the second factor."""
        self.press("form[action='/account/app'] button")
        key = re.sub(r"[^A-Z2-7]", "", self.page.locator("code.note-text").inner_text())
        self.type("#code", pyotp.TOTP(key).now())
        self.press("form[action='/account/app/confirm'] button")
        expect(self.page.locator("form[action='/account/app/remove']")).to_be_visible()

    def next_step(self, name: str) -> None:
        """To the next step that is left of setting up; over the menu from anywhere."""
        self.to("/set-up")
        self.press("#go-on")
        arrived(self.page, re.compile(f"/set-up/{name}$"))
