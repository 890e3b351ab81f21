"""Passkeys on the console, with a device in software: signing in, as a second factor, and what each wrong answer says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.models.accounts import Passkey, Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.authenticator import Authenticator
from tests.worlds.accounts_console import SITE, World, sign_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Iterator[World]:
    world = World(database, tmp_path)
    yield world
    world.app.extensions["live"].close()


def add_passkey(client: FlaskClient, device: Authenticator) -> tuple[int, str]:
    options = client.post("/account/passkeys/options").json
    assert options is not None
    answer = client.post("/account/passkeys", data={"credential": device.create(options), "name": "Điện thoại"})
    return answer.status_code, answer.text


def use_passkey(client: FlaskClient, device: Authenticator, **more: str) -> tuple[int, str]:
    options = client.post("/sign-in/passkey/options").json
    assert options is not None
    answer = client.post("/sign-in/passkey", data={"credential": device.get(options), **more})
    return answer.status_code, answer.location or answer.text


@pytest.fixture
def device() -> Authenticator:
    return Authenticator(SITE, "console.example.vn")


@pytest.fixture
def enrolled(world: World, device: Authenticator) -> FlaskClient:
    """A browser of somebody with a passkey."""
    client = world.in_session("giamsat", Role.SUPERVISOR)
    assert client.get("/").status_code == 303
    assert add_passkey(client, device)[0] == 303
    assert client.get("/").status_code == 200
    return client


def test_a_passkey_signs_in_alone_and_as_the_second_factor(world: World, enrolled: FlaskClient, device: Authenticator) -> None:
    alone = world.app.test_client()
    assert use_passkey(alone, device, next="/account") == (303, "/account")
    assert alone.get("/").status_code == 200
    after = world.app.test_client()
    assert sign_in(after, "giamsat") == (303, "/sign-in/second")
    device.verifies = False  # the password showed who it is
    assert use_passkey(after, device) == (303, "/")
    assert "password and passkey" in after.get("/account").text
    refused = use_passkey(world.app.test_client(), device)
    assert (refused[0], "PIN, finger or face" in refused[1]) == (401, True)


def test_a_passkey_answer_of_another_site_a_used_or_an_old_challenge_says_what_to_do(
    world: World, enrolled: FlaskClient, device: Authenticator
) -> None:
    client = world.app.test_client()
    device.origin = "https://console.example.vn.evil.example"
    assert "https://console.example.vn.evil.example" in use_passkey(client, device)[1]
    device.origin, device.rp_id = SITE, "evil.example"
    assert use_passkey(client, device)[0] == 401
    device.rp_id = "console.example.vn"
    stranger = use_passkey(client, Authenticator(SITE, "console.example.vn"))
    assert (stranger[0], "belongs to another site, or was removed" in stranger[1]) == (401, True)
    # The same answer with the same cookie once more.
    options = client.post("/sign-in/passkey/options").json
    assert options is not None
    with client.session_transaction() as cookie:
        kept = cookie["challenge"]
    device.counts = False
    device.uses = 99
    answer = device.get(options)
    assert client.post("/sign-in/passkey", data={"credential": answer}).status_code == 303
    thief = world.app.test_client()
    with thief.session_transaction() as cookie:
        cookie["challenge"] = kept
    with world.database.write() as session:
        session.execute(update(Passkey).values(sign_count=0))
    assert thief.post("/sign-in/passkey", data={"credential": answer}).status_code == 401
    # Too late, and without having been asked.
    options = client.post("/sign-in/passkey/options").json
    assert options is not None
    world.now += timedelta(minutes=6)
    device.uses = 150
    late = client.post("/sign-in/passkey", data={"credential": device.get(options)})
    assert (late.status_code, "too late" in late.text) == (401, True)
    assert world.app.test_client().post("/sign-in/passkey", data={"credential": "{}"}).status_code == 422


def test_a_copied_passkey_whose_count_goes_back_is_refused(world: World, enrolled: FlaskClient, device: Authenticator) -> None:
    assert use_passkey(world.app.test_client(), device)[0] == 303
    device.uses = 1
    assert use_passkey(world.app.test_client(), device)[0] == 401


def test_a_passkey_of_another_account_is_no_second_factor_of_this_one(
    world: World, enrolled: FlaskClient, device: Authenticator
) -> None:
    world.with_factor("lan", Role.STAFF)
    client = world.app.test_client()
    assert sign_in(client, "lan") == (303, "/sign-in/second")
    assert use_passkey(client, device)[0] == 401


def test_a_passkey_is_added_for_this_site_only_and_the_last_factor_stays(
    world: World, enrolled: FlaskClient, device: Authenticator
) -> None:
    told = add_passkey(enrolled, Authenticator("https://evil.example", "console.example.vn"))
    assert (told[0], "Open the console there" in told[1]) == (422, True)
    assert add_passkey(enrolled, Authenticator(SITE, "evil.example"))[0] == 422
    assert add_passkey(enrolled, device)[0] == 409
    with world.database.read() as session:
        (kept,) = session.scalars(select(Passkey))
    assert kept.name == "Điện thoại"
    last = enrolled.post(f"/account/passkeys/{kept.id}/remove")
    assert (last.status_code, "Add another one first" in last.text) == (409, True)
    other = world.in_session("lan")
    assert other.post(f"/account/passkeys/{kept.id}/remove").status_code == 404
    assert add_passkey(enrolled, Authenticator(SITE, "console.example.vn"))[0] == 303
    assert enrolled.post(f"/account/passkeys/{kept.id}/remove").status_code == 303


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda answer: answer[:-20],
        lambda answer: json.dumps({**json.loads(answer), "rawId": 7}),
        lambda answer: json.dumps({**json.loads(answer), "id": ["x"]}),
        lambda answer: json.dumps({**json.loads(answer), "type": "other"}),
        lambda answer: re.sub(r'"(authenticatorData|attestationObject)": "[^"]+"', r'"\1": "AAAA"', answer),
        lambda answer: re.sub(r'"(signature|attestationObject)": "[^"]+"', r'"\1": "/w"', answer),
        lambda answer: re.sub(r'"(signature|attestationObject)": "[^"]+"', r'"\1": null', answer),
        lambda answer: re.sub(r'"(authenticatorData|attestationObject)": "([^"]{40})[^"]+"', r'"\1": "\2"', answer),
    ],
)
def test_what_no_browser_sends_is_refused_in_words(
    world: World, enrolled: FlaskClient, device: Authenticator, spoilt: Callable[[str], str]
) -> None:
    client = world.app.test_client()
    options = client.post("/sign-in/passkey/options").json
    assert options is not None
    answer = client.post("/sign-in/passkey", data={"credential": spoilt(device.get(options))})
    assert answer.status_code == 401
    options = enrolled.post("/account/passkeys/options").json
    assert options is not None
    made = Authenticator(SITE, "console.example.vn").create(options)
    assert enrolled.post("/account/passkeys", data={"credential": spoilt(made)}).status_code in (409, 422)


def test_the_site_of_passkeys_is_the_setting_whatever_host_a_request_names(world: World) -> None:
    client = world.app.test_client()
    options = client.post("/sign-in/passkey/options", headers={"Host": "evil.example"}).json
    assert options is not None
    assert options["rpId"] == "console.example.vn"
    page = world.with_factor("quantri", Role.ADMINISTRATOR).post(
        "/accounts", data={"username": "lan", "role": "staff"}, headers={"Host": "evil.example"}
    )
    assert "evil.example" not in page.text


def test_without_a_name_or_https_passkeys_are_not_offered(database: Database, tmp_path: Path) -> None:
    app = create_console(Settings(data_folder=tmp_path), database, Vault(tmp_path / "vault", bytes(32)), now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert "data-passkey" not in client.get("/sign-in").text
    told = client.post("/sign-in/passkey/options", headers={"Accept": "application/json"})
    assert told.status_code == 409
    assert "console_url" in (told.json or {})["problem"]
    app.extensions["live"].close()
