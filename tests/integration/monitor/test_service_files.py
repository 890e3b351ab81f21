"""`quarantine service`: what it writes is what systemd, nginx and Caddy take, and it touches nothing of others."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from monitor.service.cli import root
from tests.processes.proxies import program

# Of ten, where less is better; a service that nothing was said of has 9.6.
MOST_EXPOSED = 2.5


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [each for each in os.environ if each.startswith(("QUARANTINE_", "DATABASE_URL"))]:
        monkeypatch.delenv(name)
    (tmp_path / "etc/secrets").mkdir(parents=True)
    (tmp_path / "etc/settings.toml").write_text(f'data_folder = "{tmp_path}/data"\nlanguage = "en"\nworkers = 2\n')
    monkeypatch.setenv("QUARANTINE_SETTINGS", str(tmp_path / "etc/settings.toml"))
    root.load_rooms()  # type: ignore[attr-defined]
    return tmp_path / "etc"


def quarantine(*arguments: str) -> Result:
    return CliRunner().invoke(root, list(arguments))


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


def test_systemd_finds_nothing_wrong_with_the_units_and_little_exposed(tmp_path: Path, settings: Path) -> None:
    (settings / "secrets/database_url").write_text("postgresql://x@/x")
    done = quarantine("service", "install", "--folder", str(tmp_path / "units"), "--user", "daemon")
    assert done.exit_code == 0, done.output
    assert "systemctl enable --now quarantine.target" in done.output
    analyze = program("systemd-analyze")
    for unit in ("quarantine.target", *(f"quarantine-{kind}@1.service" for kind in ("web", "schedule", "work", "watch"))):
        checked = subprocess.run([analyze, "verify", tmp_path / "units" / unit], capture_output=True, text=True, check=False)
        assert (checked.returncode, [line for line in checked.stderr.splitlines() if "quarantine" in line]) == (0, [])
    for kind in ("web", "watch"):
        unit = tmp_path / "units" / f"quarantine-{kind}@.service"
        command = [analyze, "security", "--no-pager", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", unit]
        exposed = subprocess.run(command, capture_output=True, text=True, check=False)
        assert exposed.returncode == 0, exposed.stdout


def test_printing_writes_nothing(tmp_path: Path) -> None:
    for arguments in (
        ("install", "--folder", str(tmp_path / "units")),
        ("nginx", "--to", str(tmp_path / "n"), "--name", "a.vn", "--residents-name", "b.vn"),
        ("caddy", "--to", str(tmp_path / "c"), "--name", "a.vn", "--residents-name", "b.vn"),
    ):
        done = quarantine("service", *arguments, "--print")
        assert done.exit_code == 0, done.output
        assert "Next:" not in done.output
    assert names(tmp_path) == ["etc"]


def test_units_of_kinds_that_run_here_no_more_go_and_those_of_others_stay(tmp_path: Path) -> None:
    folder = tmp_path / "units"
    quarantine("service", "install", "--folder", str(folder))
    (folder / "quarantine-watch@.service").write_text("[Service]\nExecStart=/bin/true\n")
    done = quarantine("service", "install", "--folder", str(folder), "--only", "work", "--work", "3", "--first-number", "11")
    assert names(folder) == ["quarantine-watch@.service", "quarantine-work@.service", "quarantine.target"]
    assert "quarantine-work@13.service" in done.output
    assert "quarantine-work@13.service" in (folder / "quarantine.target").read_text()


def test_a_heartbeat_has_a_process_where_an_address_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARANTINE_HEARTBEAT_URL", "https://hc.example/secret")
    done = quarantine("service", "install", "--folder", str(tmp_path / "units"), "--print")
    assert "quarantine-heartbeat@1.service" in done.output
    assert "hc.example" not in done.output
    monkeypatch.delenv("QUARANTINE_HEARTBEAT_URL")
    assert quarantine("heartbeat").exit_code == 2


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = quarantine("service", "install", "--folder", str(tmp_path / "file/units"))
    assert done.exit_code == 2
    assert "cannot be written" in done.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "a b", "--residents-name", "b.vn"), "not a server’s name"),
        (("--name", "a.vn;", "--residents-name", "b.vn"), "not a server’s name"),
        (("--name", "a.vn", "--residents-name", "a.vn"), "names of their own, or other ports"),
        (("--name", "a.vn", "--residents-name", "b.vn", "--public-name", "b.vn"), "names of their own"),
        (("--name", "a.vn", "--residents-name", "b.vn", "--public-name", "c;"), "not a server’s name"),
        (("--name", "a.vn", "--residents-name", "b.vn", "--key", "/k"), "give both"),
        (("--name", "a.vn", "--residents-name", "b.vn", "--key", "/k;", "--certificate", "/c"), "cannot be the path"),
    ],
)
def test_what_cannot_be_a_proxys_is_told(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    for kind in ("nginx", "caddy"):
        done = quarantine("service", kind, "--to", str(tmp_path / "f"), *arguments)
        assert done.exit_code == 2
        assert said in done.output
        assert not (tmp_path / "f").exists()


def test_what_the_service_must_know_of_its_proxy_is_said_until_it_does(tmp_path: Path, settings: Path) -> None:
    command = ("service", "caddy", "--to", str(tmp_path / "f"), "--name", "a.vn", "--residents-name", "b.vn")
    wanted = ['console_url = "https://a.vn"', 'residents_url = "https://b.vn"', "secure_cookies = true", "trusted_proxies = "]
    output = quarantine(*command).output
    assert all(each in output for each in wanted)
    lines = [line.strip() for line in output.splitlines() if line.startswith("  ") and " = " in line]
    with (settings / "settings.toml").open("a") as file:
        file.write("\n".join(lines) + "\n")
    assert not any(each in quarantine(*command).output for each in wanted)


def test_the_public_pages_are_offered_outside_where_they_are_named(tmp_path: Path, settings: Path) -> None:
    names = ("--name", "a.vn", "--residents-name", "b.vn")
    for kind in ("nginx", "caddy"):
        path = tmp_path / kind
        quarantine("service", kind, "--to", str(path), *names)
        assert "8083" not in path.read_text()
        output = quarantine("service", kind, "--to", str(path), *names, "--public-name", "khaibao.vn").output
        written = path.read_text()
        assert "khaibao.vn" in written
        assert "127.0.0.1:8083" in written
        assert "$public" not in written
        assert 'public_url = "https://khaibao.vn"' in output
