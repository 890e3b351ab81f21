"""The chain of infection in Debian's Chromium: by keyboard, without a script, at three widths, in both languages and colour schemes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.database.database import Database
from monitor.models.contacts.cases import ClusterMember, FoundWhere
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import arrived, look_at, serving, sign_in
from tests.worlds.contact_chains import add_case, add_contact, maker
from tests.worlds.province import PASSWORD, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console

pytestmark = pytest.mark.browser
WIDTHS = {360: 640, 768: 1024, 1280: 900}


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A console with a chain of five cases in three generations, 37 contacts and a source that fell ill too late; its keys by name."""
    folder = tmp_path_factory.mktemp("console")
    here, _there = seed(folder)
    database = Database(f"sqlite:///{folder}/seed.db", bytes(32))
    with database.write() as session:
        kinds = list(FoundWhere)
        ill = [12, 7, 6, 2, 9]
        cases = [
            add_case(
                session,
                resident,
                here.zone,
                ill=ill[place],
                entered=NOW - timedelta(days=1, hours=place * 5),
                where=kinds[place % len(kinds)],
                interviewed=place < 2,
            )
            for place, resident in enumerate(here.residents[:5])
        ]
        for source, target in [(0, 1), (0, 2), (1, 3), (2, 3), (2, 4)]:
            add_contact(session, cases[source], resident_id=here.residents[target], met=ill[target] + 2)
        for _ in range(37):
            add_contact(session, cases[1], name="Người cùng xưởng", met=6)
        add_contact(session, cases[2], name="Hàng xóm", met=5)
        for case in cases:
            session.add(ClusterMember(cluster_id=here.cluster, case_id=case, added_at=NOW, added_by=maker(session)))
    app = create_console(Settings(data_folder=folder), database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    keys = {name: f"c{case}" for name, case in zip(("first", "second", "third", "fourth", "fifth"), cases, strict=True)}
    with serving(app) as address:
        yield address, keys | {"cluster": str(here.cluster)}
        app.extensions["live"].close()
    database.dispose()


def resize(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.dataset.key"))


def test_the_chain_is_walked_and_unfolded_by_keyboard(console: tuple[str, dict[str, str]], browser: Browser) -> None:
    address, keys = console
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    sign_in(page, address, "supervisor", PASSWORD, "en")
    page.goto(f"{address}/contacts/chain")
    page.locator("#chain .node").first.focus()
    assert focused(page) == keys["first"]
    page.keyboard.press("ArrowRight")
    following = focused(page)
    assert following in (keys["second"], keys["third"])
    page.keyboard.press("ArrowLeft")
    assert focused(page) == keys["first"]
    page.keyboard.press("End")
    page.keyboard.press("Home")
    assert focused(page) == keys["first"]
    # One stop for Tab.
    expect(page.locator("#chain .node[tabindex='0']")).to_have_count(1)
    fold = page.locator(".node.fold")
    expect(fold).to_have_attribute("aria-label", "37 more people: show them")
    for _ in range(20):
        if focused(page).startswith("fold-"):
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    arrived(page, re.compile(f"around={keys['second']}"))
    expect(page.locator("#chain .node")).to_have_count(38)
    page.get_by_label("Why you need names").fill("Calling contacts")
    page.get_by_role("button", name="Show names").click()
    expect(page.locator("td", has_text="Người cùng xưởng").first).to_be_visible()
    page.close()


def test_without_a_script_each_person_is_a_link(console: tuple[str, dict[str, str]], browser: Browser) -> None:
    address, keys = console
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, address, "staff", PASSWORD, "en")
    page.goto(f"{address}/contacts/chain")
    page.locator(".node.fold").click()
    arrived(page, re.compile(f"around={keys['second']}"))
    expect(page.get_by_role("link", name=f"Back to the source, F0 {keys['first'][1:]}")).to_be_visible()
    context.close()


@pytest.mark.parametrize(("language", "scheme"), [("vi", "light"), ("en", "dark")])
def test_pages_of_chains_fit_and_are_accessible(
    console: tuple[str, dict[str, str]], browser: Browser, language: str, scheme: str
) -> None:
    address, keys = console
    page = browser.new_page(viewport={"width": 1280, "height": 900}, color_scheme=scheme)
    sign_in(page, address, "supervisor", PASSWORD, language)
    paths = {
        "chain": "/contacts/chain",
        "curve": "/contacts/curve?since=2026-11-01",
        "implausible": "/contacts/implausible",
        "clusters": "/contacts/clusters",
        "cluster": f"/contacts/clusters/{keys['cluster']}",
        "cluster-new": "/contacts/clusters/new",
    }
    for name, path in paths.items():
        page.goto(address + path)
        for width in WIDTHS:
            resize(page, width)
            look_at(page, f"contacts-{name}-{language}")
    page.close()
