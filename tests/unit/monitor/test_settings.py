"""Settings: where they come from, and what is said about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.accounts.factors import needing
from monitor.models.accounts import Role
from monitor.settings import MASK, SettingsProblem, describe, environment_of, load_settings


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('port = 9000\nlanguage = "en"\n')
    settings = load_settings({"QUARANTINE_PORT": "9001"}, file)
    assert (settings.port, settings.language) == (9001, "en")


@pytest.mark.parametrize(
    ("environment", "content", "said"),
    [
        ({"QUARANTINE_PROT": "1"}, "", "Did you mean port?"),
        ({}, "prot = 1", "Did you mean port?"),
        ({}, "zzz = 1", "quarantine settings"),
        ({"QUARANTINE_PORT": "http"}, "", "it must be"),
        ({"QUARANTINE_PORT": "70000"}, "", "from 1 to 65535"),
        ({"QUARANTINE_SECURE_COOKIES": "perhaps"}, "", "true/false"),
        ({"QUARANTINE_LANGUAGE": "fr"}, "", "vi, en"),
        ({"QUARANTINE_TIMEZONE": "Hanoi"}, "", "Asia/Ho_Chi_Minh"),
        ({"QUARANTINE_PORT": "8081"}, "", "port and residents_port are both 8081; choose different"),
        ({"QUARANTINE_PUBLIC_PORT": "8081"}, "", "residents_port and public_port"),
        ({"QUARANTINE_MASTER_KEY": "abc"}, "", "64 hexadecimal"),
        ({"QUARANTINE_ANSWER_KEY": " "}, "", "64 hexadecimal"),
        ({"QUARANTINE_SECOND_FACTOR_ROLES": "supervisor boss"}, "", "staff, supervisor, administrator, auditor"),
        ({"DATABASE_URL": "mysql://x/y"}, "", "SQLite and PostgreSQL"),
        ({}, "port = ", "not valid TOML"),
        ({"QUARANTINE_SECRET_KEY_FILE": "/nowhere/at/all"}, "", "cannot be read"),
    ],
)
def test_a_wrong_key_or_value_is_told_with_what_to_do(
    environment: dict[str, str], content: str, said: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    with pytest.raises(SettingsProblem) as problem:
        load_settings(environment, file)
    assert said in str(problem.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsProblem, match="cannot be read"):
        load_settings({"QUARANTINE_SETTINGS": str(tmp_path / "none.toml")})


def test_secrets_are_masked_and_a_wrong_one_is_not_shown(tmp_path: Path) -> None:
    settings = load_settings({"QUARANTINE_SECRET_KEY": "planted", "DATABASE_URL": "postgresql://u:planted@host/db"})
    shown = "\n".join(value for _, value, _ in describe(settings, str))
    assert "planted" not in shown
    assert MASK in shown
    with pytest.raises(SettingsProblem) as problem:
        load_settings({"QUARANTINE_MASTER_KEY": "planted"})
    assert "planted" not in str(problem.value)


def test_a_secret_from_a_file_and_one_made_once(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")
    settings = load_settings({"QUARANTINE_SECRET_KEY_FILE": str(file), "QUARANTINE_DATA_FOLDER": str(tmp_path / "data")})
    assert settings.secret("secret_key") == b"from the file"
    made = settings.secret("master_key")
    assert len(bytes.fromhex(made.decode())) == 32
    assert settings.secret("master_key") == made
    assert (tmp_path / "data/secrets/master_key").stat().st_mode & 0o077 == 0


def test_children_get_the_same_settings() -> None:
    settings = load_settings(
        {"QUARANTINE_PORT": "9001", "QUARANTINE_SECURE_COOKIES": "yes", "QUARANTINE_PRESENT_FOR_MINUTES": "2.5"}
    )
    assert load_settings(environment_of(settings)) == settings


def test_a_second_factor_is_required_of_all_but_staff_unless_a_setting_says_otherwise() -> None:
    assert needing(load_settings({}).second_factor_roles) == set(Role) - {Role.STAFF}
    assert needing(load_settings({"QUARANTINE_SECOND_FACTOR_ROLES": ""}).second_factor_roles) == set()
