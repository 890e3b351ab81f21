"""Which language the command line speaks, and how its help gets to speak it."""

from __future__ import annotations

import copy
import gettext
import os
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import click

from monitor.words import LANGUAGES, N_, TRANSLATIONS, Translate, translator

_Command = TypeVar("_Command", bound=click.Command)
# What click itself says, which the catalogue would otherwise not know of.
OF_CLICK = (
    N_("Usage:"),
    N_("Options"),
    N_("Commands"),
    N_("Show this message and exit."),
    N_("Show the version and exit."),
    N_("default: {default}"),
    N_("required"),
    N_("Error: {message}"),
    N_("Try '{command} {option}' for help."),
    N_("No such command {name!r}."),
    N_("No such option {name!r}."),
    N_("Missing command."),
    N_("Missing option"),
    N_("Missing argument"),
    N_("Invalid value: {message}"),
    N_("Invalid value for {param_hint}: {message}"),
    N_("Choose from:\n\t{choices}"),
    N_("{value!r} is not a valid {number_type}."),
    N_("{name} {filename!r} does not exist."),
    N_("file"),
    N_("directory"),
    N_("path"),
    N_("Repeat for confirmation"),
    N_("Error: The two entered values do not match."),
    N_("Aborted!"),
)


def terminal_language(environment: Mapping[str, str]) -> str:
    """The language of the terminal's locale, English where that is none of ours.

    LC_ALL stands before LC_MESSAGES and LANG; LANGUAGE lists languages by preference and counts only within a locale, as GNU gettext
    has it. Source: https://www.gnu.org/software/gettext/manual/html_node/Locale-Environment-Variables.html
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "C")
    if _base(locale) in ("c", "posix"):
        return "en"
    wanted = (*environment.get("LANGUAGE", "").split(":"), locale)
    return next((language for each in wanted if (language := _base(each)) in LANGUAGES), "en")


def _base(locale: str) -> str:
    """`vi` of `vi_VN.UTF-8`."""
    return re.split(r"[_.@-]", locale)[0].lower()


class Group(click.Group):
    """A group whose commands speak its own language; English until `in_language` gave it another."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.translate: Translate = translator("en")

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command, in the group's language."""
        command = super().get_command(context, name)
        return in_language(command, self.translate) if command else None


def in_language(command: _Command, translate: Translate) -> _Command:
    """A command whose help and questions are in a language, and those of all commands below it. The given one stays as it is."""
    told = copy.copy(command)
    told.help = translate(command.help) if command.help else None
    told.params = [_option_in(each, translate) if isinstance(each, click.Option) else each for each in command.params]
    if isinstance(told, Group):
        told.translate = translate
    return told


def _option_in(option: click.Option, translate: Translate) -> click.Option:
    told = copy.copy(option)
    told.help = translate(option.help) if option.help else None
    told.prompt = translate(option.prompt) if option.prompt else None
    return told


def let_click_speak(language: str) -> None:
    """Let click say its own sentences in a language: it asks gettext, which asks the environment."""
    gettext.bindtextdomain("messages", str(TRANSLATIONS))
    os.environ["LANGUAGE"] = language
