"""What is known of an infected person, on the console in a browser: contacts found, a warning, a code for a log; at three widths."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from monitor.database.database import Database
from tests.doubles.browsing import look_at, serving, sign_in
from tests.integration.web.test_contact_tracing import World, local
from tests.integration.web.test_tracing_console import checked_in, ready
from tests.worlds.signed_in import PASSWORD
from tests.worlds.small_zone import NOW

pytestmark = pytest.mark.browser
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(("width", "language", "scheme"), [(360, "vi", "light"), (768, "en", "dark"), (1280, "vi", "dark")])
def test_what_is_known_fits_and_is_accessible(
    browser: Browser, database: Database, tmp_path: Path, width: int, language: str, scheme: str
) -> None:
    world = World(database, tmp_path)
    case, place = ready(world), checked_in(world)
    form = {"place": str(place), "from_at": local(NOW - 4 * HOUR), "to_at": local(NOW - 2 * HOUR), "why": "Ăn trưa chung"}
    assert world.nurse.post(f"/cases/{case}/known/warnings", data=form).status_code == 303
    page = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme).new_page()  # type: ignore[arg-type]
    with serving(world.app) as address:
        sign_in(page, address, "supervisor", PASSWORD, language)
        page.goto(f"{address}/cases/{case}/known")
        page.locator("main form button.main").first.click()
        expect(page.get_by_role("status").first).to_be_visible()
        look_at(page, f"case-known-{language}")
        page.locator("#contact").locator("xpath=ancestor::form").get_by_role("button").click()
        expect(page.locator("#code-title")).to_be_visible()
        look_at(page, f"case-known-code-{language}")
    world.app.extensions["live"].close()
