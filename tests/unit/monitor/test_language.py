"""Which language the command line speaks."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from monitor.service.cli import settings_path
from monitor.service.language import Group, in_language, terminal_language
from monitor.settings import language_set
from monitor.words import translator


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": ""}, "en"),
        ({"LANG": "C"}, "en"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "POSIX"}, "en"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANG": "vi_VN"}, "vi"),
        ({"LANG": "vi"}, "vi"),
        ({"LANG": "VI_vn@euro"}, "vi"),
        ({"LANG": "fr_FR.UTF-8"}, "en"),
        ({"LANG": "vie_VN"}, "en"),
        ({"LANG": "no such locale"}, "en"),
        # The first of them that is set counts.
        ({"LC_MESSAGES": "vi_VN.UTF-8", "LANG": "en_US.UTF-8"}, "vi"),
        ({"LC_MESSAGES": "", "LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LC_ALL": "en_US.UTF-8", "LC_MESSAGES": "vi_VN", "LANG": "vi_VN"}, "en"),
        ({"LC_ALL": "C", "LANG": "vi_VN.UTF-8"}, "en"),
        ({"LC_TIME": "vi_VN.UTF-8", "LANG": "en_US.UTF-8"}, "en"),
        # Languages by preference, the locale's own last.
        ({"LANGUAGE": "vi:en", "LANG": "en_US.UTF-8"}, "vi"),
        ({"LANGUAGE": "fr:vi", "LANG": "en_US.UTF-8"}, "vi"),
        ({"LANGUAGE": "en_GB:vi", "LANG": "vi_VN.UTF-8"}, "en"),
        ({"LANGUAGE": "fr", "LANG": "vi_VN.UTF-8"}, "vi"),
        ({"LANGUAGE": "", "LANG": "vi_VN.UTF-8"}, "vi"),
        # No locale, no languages.
        ({"LANGUAGE": "vi"}, "en"),
        ({"LANGUAGE": "vi", "LC_ALL": "C"}, "en"),
    ],
)
def test_the_terminal_s_locale_says_which_language(environment: dict[str, str], language: str) -> None:
    assert terminal_language(environment) == language


@pytest.mark.parametrize(
    ("environment", "content", "language"),
    [
        ({}, "", ""),
        ({}, 'language = "vi"', "vi"),
        ({"QUARANTINE_LANGUAGE": "en"}, 'language = "vi"', "en"),
        ({"QUARANTINE_LANGUAGE": ""}, 'language = "vi"', ""),
        ({"QUARANTINE_LANGUAGE": "fr"}, "", ""),
        # What is wrong beside it is told in that language.
        ({}, 'language = "vi"\nprot = 1', "vi"),
        ({}, "language = [1]", ""),
        ({}, "language = ", ""),
    ],
)
def test_a_setting_says_it_before_anything_else_is_read(
    environment: dict[str, str], content: str, language: str, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    assert language_set(environment, file) == language
    assert language_set({**environment, "QUARANTINE_SETTINGS": str(file)}, None) == language


def test_without_a_file_only_the_environment_says_it(tmp_path: Path) -> None:
    assert language_set({}, None) == ""
    assert language_set({}, tmp_path / "none.toml") == ""
    assert language_set({"QUARANTINE_LANGUAGE": "vi"}, None) == "vi"


@pytest.mark.parametrize(
    ("arguments", "path"),
    [
        ([], None),
        (["serve"], None),
        (["--settings", "a.toml", "serve"], Path("a.toml")),
        (["--settings=a.toml", "serve"], Path("a.toml")),
        (["--help", "--settings", "a.toml"], Path("a.toml")),
        (["settings"], None),
    ],
)
def test_the_settings_file_is_found_among_the_arguments(arguments: list[str], path: Path | None) -> None:
    assert settings_path(arguments) == path


@click.group("outer", cls=Group, help="Database schema.")
def outer() -> None: ...


@outer.group("inner", cls=Group, help="Console accounts.")
def inner() -> None: ...


@inner.command("name", help="Create an account.")
@click.option("--zone", help="Name of the zone.", prompt="Password")
def name(zone: str) -> None: ...


def test_a_command_in_a_language_leaves_the_one_it_was_made_of_as_it_is() -> None:
    told = in_language(outer, translator("vi"))
    context = click.Context(told)
    below = told.get_command(context, "inner")
    assert isinstance(below, Group)
    command = below.get_command(context, "name")
    assert command is not None
    option = command.params[0]
    assert isinstance(option, click.Option)
    assert [told.help, below.help, command.help, option.help, option.prompt] == [
        "Cấu trúc cơ sở dữ liệu.",
        "Tài khoản của trang quản lý.",
        "Tạo tài khoản.",
        "Tên khu cách ly.",
        "Mật khẩu",
    ]
    assert (outer.help, inner.help, name.help) == ("Database schema.", "Console accounts.", "Create an account.")
