"""What systemd, nginx and Caddy are told, and what is asked of an upgrade: pure decisions."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.problems import BadInput
from monitor.service.proxies import Door, Front, caddy_of, nginx_of
from monitor.service.service_command import secrets_in
from monitor.service.units import KINDS, MEMORY, TARGET, Machine, instances_of, units_of
from monitor.service.upgrading import what_is_wrong


def machine(**more: object) -> Machine:
    values: dict[str, object] = {
        "program": Path("/opt/quarantine/venv/bin/quarantine"),
        "user": "quarantine",
        "data": Path("/var/lib/quarantine"),
        "counts": {"web": 1, "schedule": 1, "work": 2, "watch": 1},
        **more,
    }
    return Machine(**values)  # type: ignore[arg-type]


def test_each_kind_of_process_has_a_unit_and_the_target_wants_all_that_run() -> None:
    units = units_of(machine())
    assert set(units) == {f"quarantine-{kind}@.service" for kind in ("web", "schedule", "work", "watch")} | {TARGET}
    wanted = [line.removeprefix("Wants=") for line in units[TARGET].splitlines() if line.startswith("Wants=")]
    assert wanted == instances_of(machine())
    assert wanted[2:4] == ["quarantine-work@1.service", "quarantine-work@2.service"]
    for name, text in units.items():
        if name != TARGET:
            assert f"PartOf={TARGET}" in text
            assert "User=quarantine" in text


def test_another_machine_runs_some_kinds_under_numbers_of_its_own() -> None:
    assert instances_of(machine(counts={"watch": 2}, first=11)) == [
        "quarantine-watch@11.service",
        "quarantine-watch@12.service",
    ]
    assert set(units_of(machine(counts={"watch": 2, "work": 0}))) == {"quarantine-watch@.service", TARGET}


def test_every_kind_has_a_bound_of_memory() -> None:
    assert set(MEMORY) == set(KINDS)


def test_secrets_are_handed_over_as_files_and_stand_in_no_unit() -> None:
    text = units_of(machine(secrets={"database_url": Path("/etc/quarantine/secrets/database_url")}))["quarantine-web@.service"]
    assert "LoadCredential=database_url:/etc/quarantine/secrets/database_url" in text
    assert 'Environment="QUARANTINE_DATABASE_URL_FILE=%d/database_url"' in text


def test_a_percent_sign_in_a_path_is_no_specifier() -> None:
    assert "ReadWritePaths=/srv/100%%/data" in units_of(machine(data=Path("/srv/100%/data")))["quarantine-web@.service"]


@pytest.mark.parametrize(("data", "wanted"), [("/var/lib/q", "yes"), ("/home/an/q", "read-only"), ("/homely/q", "yes")])
def test_a_data_folder_below_a_home_is_not_hidden(data: str, wanted: str) -> None:
    assert f"ProtectHome={wanted}\n" in units_of(machine(data=Path(data)))["quarantine-work@.service"]


def test_a_file_of_secrets_that_is_named_after_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "master_key").write_text("0" * 64)
    (tmp_path / ".swap").write_text("")
    assert secrets_in(tmp_path) == {"master_key": tmp_path / "master_key"}
    assert secrets_in(None) == secrets_in(tmp_path / "none") == {}
    (tmp_path / "masterkey").write_text("")
    with pytest.raises(BadInput, match="masterkey"):
        secrets_in(tmp_path)


FRONT = Front(
    Door("quanly.example.vn", 443, "127.0.0.1:8080"), Door("cachly.example.vn", 8443, "127.0.0.1:8081"), 8, "/c.pem", "/k.pem"
)


@pytest.mark.parametrize("text", [nginx_of(FRONT), caddy_of(FRONT)], ids=["nginx", "caddy"])
def test_proxies_know_names_ports_and_the_largest_upload_and_leave_nothing_to_fill_in(text: str) -> None:
    for each in ("quanly.example.vn", "cachly.example.vn", "8443", "127.0.0.1:8080", "127.0.0.1:8081", "/c.pem", "/k.pem"):
        assert each in text
    assert "10m" in text.lower().replace("10mb", "10m")
    assert "${" not in text
    # Said by the service; said twice, browsers take neither.
    assert "Content-Security-Policy" not in text
    assert "Strict-Transport-Security" not in text


def test_nginx_keeps_no_log_of_addresses_and_no_bodies_on_the_disk() -> None:
    text = nginx_of(FRONT)
    assert text.count("access_log off;") == 4
    assert text.count("client_max_body_size") == text.count("client_body_buffer_size") == 2
    assert text.count("proxy_set_header X-Forwarded-For $remote_addr;") == 2


def test_one_name_with_two_ports_is_led_to_https_once() -> None:
    one = Front(Door("q.vn", 443, "127.0.0.1:1"), Door("q.vn", 8443, "127.0.0.1:2"), 8, "/c", "/k")
    assert nginx_of(one).count("return 301 https://q.vn$request_uri;") == 1


@pytest.mark.parametrize(
    ("after", "revision", "broken", "words"),
    [
        ({"resident": 3, "answer": 5}, "2", None, []),
        ({"resident": 2, "answer": 5}, "2", None, ["The table resident had 3 rows and has 2."]),
        ({"resident": 3}, "2", None, ["The table answer had 5 rows and has 0."]),
        ({"resident": 3, "answer": 5}, "1", None, ["The schema is at 1 and should be at 2."]),
        ({"resident": 3, "answer": 5}, "2", 7, ["The audit trail is broken at entry 7."]),
    ],
)
def test_what_an_upgrade_must_not_leave(after: dict[str, int], revision: str, broken: int | None, words: list[str]) -> None:
    found = what_is_wrong({"resident": 3, "answer": 5}, after, revision, "2", broken)
    assert [each.say(str) for each in found] == words
