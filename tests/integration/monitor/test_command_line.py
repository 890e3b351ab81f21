"""The command line in the language of whoever types."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from monitor.service.cli import root
from monitor.service.language import Group, in_language
from monitor.words import translator

ENGLISH, VIETNAMESE = "Create an account.", "Tạo tài khoản."


def quarantine(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a command says where nothing else is set."""
    ours = ("QUARANTINE_", "DATABASE_URL", "LC_", "LANG")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [sys.executable, "-m", "monitor", *arguments],
        env={**kept, "QUARANTINE_DATA_FOLDER": str(folder / "data"), **variables},
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("variables", "usage", "help_text", "of_click"),
    [
        ({"LANG": "en_GB.UTF-8"}, "Usage:", ENGLISH, "Show this message"),
        ({"LANG": "C"}, "Usage:", ENGLISH, "Show this message"),
        ({"LANG": "vi_VN.UTF-8"}, "Cách dùng:", VIETNAMESE, "Hiện hướng dẫn này"),
        ({"LANG": "en_GB.UTF-8", "QUARANTINE_LANGUAGE": "vi"}, "Cách dùng:", VIETNAMESE, "Hiện hướng dẫn này"),
        ({"LANG": "vi_VN.UTF-8", "QUARANTINE_LANGUAGE": "en"}, "Usage:", ENGLISH, "Show this message"),
    ],
)
def test_help_is_in_the_language_of_the_terminal_unless_a_setting_says_otherwise(
    variables: dict[str, str], usage: str, help_text: str, of_click: str, tmp_path: Path
) -> None:
    done = quarantine(tmp_path, "user", "--help", **variables)
    assert done.returncode == 0, done.stderr
    assert usage in done.stdout
    assert help_text in done.stdout
    assert of_click in done.stdout


def test_a_settings_file_says_it_too(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('language = "vi"\n')
    assert "Cách dùng:" in quarantine(tmp_path, "--settings", str(file), "--help", LANG="en_GB.UTF-8").stdout
    assert "Cách dùng:" in quarantine(tmp_path, "--help", LANG="C", QUARANTINE_SETTINGS=str(file)).stdout


@pytest.mark.parametrize(
    ("arguments", "variables", "english", "vietnamese"),
    [
        (["settings"], {"QUARANTINE_PRT": "1"}, "there is no setting prt", "không có cài đặt prt"),
        (["nothing"], {}, "No such command 'nothing'", "Không có lệnh 'nothing'"),
        (["audit-verify"], {}, "Run `quarantine db upgrade` first", "Hãy chạy `quarantine db upgrade` trước"),
    ],
)
def test_what_went_wrong_is_told_in_that_language(
    arguments: list[str], variables: dict[str, str], english: str, vietnamese: str, tmp_path: Path
) -> None:
    for language, told in (("en_GB.UTF-8", english), ("vi_VN.UTF-8", vietnamese)):
        done = quarantine(tmp_path, *arguments, LANG=language, **variables)
        assert done.returncode == 2
        assert told in done.stderr


def test_settings_are_described_in_that_language(tmp_path: Path) -> None:
    assert "push_key = (made once in the data folder)    # Signs" in quarantine(tmp_path, "settings", LANG="C").stdout
    told = quarantine(tmp_path, "settings", LANG="vi_VN.UTF-8").stdout
    assert "push_key = (tự tạo một lần trong thư mục dữ liệu)    # Ký" in told
    # Screens keep their own first language.
    assert "language =     # " in told


def every_command(command: click.Command, path: str = "") -> dict[str, click.Command]:
    """A command and all below it, by their words."""
    found = {path: command}
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= every_command(below, f"{path} {name}".strip())
    return found


def test_every_command_and_option_has_its_help_in_vietnamese() -> None:
    root.load_rooms()
    english, vietnamese = every_command(root), every_command(in_language(root, translator("vi")))
    assert "camera probe" in english
    assert "bench verify" in english
    for path, command in english.items():
        told = vietnamese[path]
        assert not isinstance(command, click.Group) or isinstance(command, Group), path
        assert command.help, path
        assert told.help != command.help, path
        for ours, theirs in zip(command.params, told.params, strict=True):
            if isinstance(ours, click.Option) and isinstance(theirs, click.Option) and ours.help and "JSON" not in ours.help:
                assert theirs.help != ours.help, (path, ours.name)
