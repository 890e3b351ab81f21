"""The menu leads each role to what it may open and to nothing else; so does every page, wherever it leads."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from monitor.accounts.access import GRANTS
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.province import Place, seed
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.menu import MENU
from web.console.page_help import HELP
from web.shared.guard import rules

# What leads away from pages: other people's pages one by one are alike, pictures are no pages.
_ALIKE = re.compile(r"(?<=/)\d+(?=/|$)")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, Path, Place]:
    folder = tmp_path_factory.mktemp("menu")
    here, _there = seed(folder)
    database = Database(f"sqlite:///{folder}/seed.db", bytes(32))
    app = create_console(Settings(data_folder=folder), database, Vault(folder / "vault", bytes(32)), now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own in test_console.py
    return app, folder, here


def signed_in(console: tuple[Flask, Path, Place], name: str) -> FlaskClient:
    app, folder, _here = console
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = (folder / name).read_text()
    return client


def menu_in(page: str) -> str:
    found = re.search(r'<nav id="menu".*?</nav>', page, re.DOTALL)
    assert found is not None
    return found[0]


def links(text: str) -> list[str]:
    return [unescape(address) for address in re.findall(r'<a [^>]*?href="(/[^"#]*)', text)]


@pytest.mark.parametrize("role", list(Role))
def test_nobody_is_led_to_a_page_that_refuses(console: tuple[Flask, Path, Place], role: Role) -> None:
    client = signed_in(console, role.value)
    waiting, seen, refused = ["/"], set[str](), []
    while waiting:
        address = waiting.pop()
        kind = _ALIKE.sub("0", urlsplit(address).path)
        if kind in seen:
            continue
        seen.add(kind)
        with client.get(address, headers={"Accept": "text/html"}, buffered=False) as answer:
            if answer.status_code not in (200, 303):
                refused.append((address, answer.status_code))
            elif answer.mimetype == "text/html":
                waiting += links(answer.get_data(as_text=True))
    assert refused == []
    assert len(seen) > 15


@pytest.mark.parametrize("role", list(Role))
def test_five_entries_stand_in_front_and_all_else_that_may_be_opened_behind_one(
    console: tuple[Flask, Path, Place], role: Role
) -> None:
    app, _folder, _here = console
    menu = menu_in(signed_in(console, role.value).get("/").text)
    front, _, behind = menu.partition('<details id="more">')
    with app.test_request_context():
        mine = {app.url_for(entry.endpoint) for entry in MENU if entry.permission in GRANTS[role]}
    assert len(links(front)) == 5
    assert set(links(front)) | set(links(behind)) == mine
    assert len(links(menu)) == len(mine)


def test_whoever_is_led_by_work_finds_the_five_entries_of_it(console: tuple[Flask, Path, Place]) -> None:
    menu = menu_in(signed_in(console, "supervisor").get("/").text)
    assert links(menu.partition("<details")[0]) == ["/", "/people", "/roll-calls", "/cameras", "/messages"]


def test_each_entry_needs_what_its_page_needs_and_belongs_to_the_pages_that_it_names(
    console: tuple[Flask, Path, Place],
) -> None:
    app, _folder, _here = console
    declared = rules(app)
    blueprints = [blueprint for entry in MENU for blueprint in entry.blueprints.split()]
    assert set(blueprints) <= set(app.blueprints)
    assert len(blueprints) == len(set(blueprints))
    for entry in MENU:
        permission = declared[entry.endpoint].permission
        assert permission is not None
        assert {role for role in Role if entry.permission in GRANTS[role]} == {
            role for role in Role if permission in GRANTS[role]
        }
    assert set(HELP) <= set(declared)
    # Each page of the menu says what it is for; the reader's own account and the list of keys say it by themselves.
    assert {entry.endpoint for entry in MENU} - {"own.show", "shortcuts.show"} <= set(HELP)


def test_a_page_says_what_it_is_for(console: tuple[Flask, Path, Place]) -> None:
    client = signed_in(console, "supervisor")
    for address in ("/", "/people", "/roll-calls", "/zones/1", "/zones/1/bracelets"):
        said = "What is this page for?" in client.get(address).text
        assert said == (address != "/zones/1/bracelets")


def test_what_waits_is_counted_on_its_entry_and_on_the_one_that_it_stands_behind(console: tuple[Flask, Path, Place]) -> None:
    menu = menu_in(signed_in(console, "supervisor").get("/").text)
    summary = re.search(r"<summary.*?</summary>", menu, re.DOTALL)
    assert summary is not None
    # Three incidents and a ticket of 1022.
    assert '<span class="count">4<span class="unseen"> waiting</span></span>' in summary[0]
    assert re.search(r'Incidents</span><span class="count">3<span class="unseen"> open', menu)
    # Where it stands in front, nothing is counted twice: behind is the ticket alone.
    staff = menu_in(signed_in(console, "staff").get("/").text)
    assert "Incidents" in staff.partition("<details")[0]
    assert re.findall(r'class="count">(\d+)<span class="unseen"> waiting', staff) == ["1"]


@pytest.mark.parametrize(
    ("address", "entry", "here"), [("/people", "/people", "page"), ("/zones/1", "/people", "true"), ("/duty", "/duty", "page")]
)
def test_the_menu_says_where_one_is(console: tuple[Flask, Path, Place], address: str, entry: str, here: str) -> None:
    menu = menu_in(signed_in(console, "supervisor").get(address).text)
    assert re.findall(r'<a href="([^"]+)"[^>]* aria-current="(\w+)"', menu) == [(entry, here)]
    assert ('<summary aria-current="true">' in menu) == (entry == "/duty")
