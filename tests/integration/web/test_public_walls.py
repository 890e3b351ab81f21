"""The public pages stand alone: nothing of the console or the residents' page can be reached there, and every language that is there is offered."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.made_up_language import CODE, write_made_up
from web.console.application import create_console
from web.public.application import create_public
from web.residents.application import create_residents

# Of their own in each application, under the same names.
SHARED = {"/up", "/"}


def _settings(folder: Path) -> Settings:
    return Settings(data_folder=folder, secret_key="x" * 32)


@pytest.fixture
def public(database: Database, tmp_path: Path) -> FlaskClient:
    return create_public(_settings(tmp_path), database, Vault(tmp_path / "vault", bytes(32))).test_client()


def test_no_address_of_the_other_applications_opens_anything_here(
    database: Database, tmp_path: Path, public: FlaskClient
) -> None:
    vault = Vault(tmp_path / "vault", bytes(32))
    own = {each.rule for each in public.application.url_map.iter_rules()}
    walked = 0
    for other in (create_console(_settings(tmp_path), database, vault), create_residents(_settings(tmp_path), database, vault)):
        adapter = other.url_map.bind("localhost")
        for rule in other.url_map.iter_rules():
            if rule.rule in own | SHARED:
                continue
            values: dict[str, object] = dict.fromkeys(rule.arguments, 1) | {"token": "0" * 26, "filename": "console.css"}
            try:
                address = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments})
            except Exception:
                # An argument of a kind of its own: any text stands for it.
                address = "/" + "0" * 26
            for method in (rule.methods or set()) - {"OPTIONS"}:
                answer = public.open(address, method=method)
                assert answer.status_code in (400, 404, 405), (method, address, answer.status_code)
                walked += 1
    assert walked > 200


def test_only_its_own_styles_and_scripts_are_handed_out(public: FlaskClient) -> None:
    page = public.get("/").text
    version = page.partition("/shell/")[2].partition("/")[0]
    assert public.get(f"/shell/{version}/public/public.css").status_code == 200
    for other in ("console.css", "residents/answer.js", "review.js", "../settings.py", "zxing/reader.wasm"):
        assert public.get(f"/shell/{version}/{other}").status_code == 404
    assert public.get("/static/console.css").status_code == 404


def test_each_language_that_has_a_catalogue_is_offered_by_its_own_name(database: Database, tmp_path: Path) -> None:
    write_made_up(tmp_path / "translations")
    (tmp_path / "translations" / "km" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "translations" / "km" / "LC_MESSAGES" / "messages.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Health declaration"\nmsgstr "សេចក្តីប្រកាសសុខភាព"\n'
    )
    # What is no catalogue breaks nothing.
    (tmp_path / "translations" / "xx-nonsense").mkdir()
    (tmp_path / "translations" / "ko" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "translations" / "ko" / "LC_MESSAGES" / "messages.po").write_text('msgid "half\n')
    client = create_public(_settings(tmp_path), database, Vault(tmp_path / "vault", bytes(32))).test_client()
    page = client.get("/").text
    assert "Tiếng Việt" in page
    assert "ខ្មែរ" in page
    assert "한국어" not in page
    assert "សេចក្តីប្រកាសសុខភាព" in client.get("/?lang=km").text
    # It stays chosen; what the catalogue has not is in English.
    page = client.get("/").text
    assert "សេចក្តីប្រកាសសុខភាព" in page
    assert "No account is needed" in page
    assert client.get(f"/?lang={CODE}").status_code == 200
    # A browser's wish, where nobody has chosen.
    other = create_public(_settings(tmp_path), database, Vault(tmp_path / "vault", bytes(32))).test_client()
    assert "សេចក្តី" in other.get("/", headers={"Accept-Language": "km-KH,en;q=0.5"}).text
    assert "No account" in other.get("/", headers={"Accept-Language": "de-AT,en;q=0.5"}).text
