"""The command `quarantine`: its root, and the commands of the shared core. Each room adds its own through an entry point."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

from monitor.problems import Problem
from monitor.service.context import Context
from monitor.service.language import Group, in_language, let_click_speak, terminal_language
from monitor.settings import describe, language_set, load_settings
from monitor.words import N_, translator


class Root(Group):
    """Loads the rooms' commands, and turns problems into sentences instead of tracebacks."""

    def load_rooms(self) -> None:
        """Add what the rooms offer; done once, since `quarantine --help` names them all."""
        for point in sorted(entry_points(group="quarantine.commands"), key=lambda each: each.name):
            for command in point.load()():
                self.add_command(command)

    def invoke(self, context: click.Context) -> Any:
        """Run the command; a Problem ends with its sentence and exit code 2."""
        try:
            return super().invoke(context)
        except Problem as problem:
            click.echo(problem.say(self.translate), err=True)
            context.exit(2)


@click.group(
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=N_("Watch over people in quarantine with safety and dignity: cameras, roll-calls, one console."),
)
@click.version_option(package_name="quarantine", prog_name="quarantine", message="%(prog)s %(version)s")
@click.option("--settings", "path", type=click.Path(path_type=Path), help=N_("A TOML file with settings."))
@click.pass_context
def root(context: click.Context, path: Path | None) -> None:
    assert isinstance(context.command, Root)
    context.obj = Context(load_settings(path=path), context.command.translate)


@root.command("settings", help=N_("Show the settings in effect, with secrets masked."))
@click.pass_obj
def show_settings(context: Context) -> None:
    for name, value, says in describe(context.settings, context.translate):
        click.echo(f"{name} = {value}    # {says}")


@root.group("db", cls=Group, help=N_("Database schema."))
def database_commands() -> None: ...


@database_commands.command("upgrade", help=N_("Upgrade the database to the newest schema."))
@click.pass_obj
def upgrade_database(context: Context) -> None:
    from monitor.clock import utc_now
    from monitor.database.migrate import upgrade
    from monitor.places.units.loading import load_units

    upgrade(context.database)
    load_units(context.database, utc_now())
    context.say(N_("The database is up to date."))


@root.command("audit-verify", help=N_("Check that no entry of the audit trail was changed or removed."))
@click.pass_obj
def verify_audit(context: Context) -> None:
    from monitor.trail.audit import first_broken

    with context.ready_database().read() as session:
        broken = first_broken(session)
    if broken is not None:
        context.say(N_("The audit trail is broken at entry %(entry)s."), entry=broken)
        sys.exit(1)
    context.say(N_("The audit trail is intact."))


def settings_path(arguments: Sequence[str]) -> Path | None:
    """The file that --settings names; None without one."""
    for place, each in enumerate(arguments):
        name, equals, path = each.partition("=")
        if name == "--settings":
            return Path(path if equals else "".join(arguments[place + 1 : place + 2]))
    return None


def main() -> None:
    """The command with its arguments; begun by monitor/__main__.py."""
    # Chosen before the settings are read as a whole, since help and what is wrong with them are told in it too.
    language = language_set(os.environ, settings_path(sys.argv[1:])) or terminal_language(os.environ)
    let_click_speak(language)
    translate = translator(language)
    try:
        root.load_rooms()
        in_language(root, translate)()
    except Problem as problem:
        click.echo(problem.say(translate), err=True)
        sys.exit(2)
