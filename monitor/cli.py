"""The command `quarantine`: its root, and the commands of the shared core. Each room adds its own through an entry point."""

from __future__ import annotations

import gc
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click

from monitor.database import Database
from monitor.problems import Problem
from monitor.settings import Settings, describe, load_settings
from monitor.vault import Vault, open_vault
from monitor.words import N_, Words, translator


class Context:
    """What a command works with, made when first needed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.translate = translator(settings.language)
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The database, not checked."""
        if self._database is None:
            self._database = Database(self.settings.database, self.vault().column_key())
        return self._database

    def ready_database(self) -> Database:
        """The database, with all migrations run; otherwise DatabaseProblem."""
        self.database.require_current()
        return self.database

    def vault(self) -> Vault:
        """The vault in the data folder."""
        return open_vault(self.settings)

    def say(self, template: str, **values: Any) -> None:
        """Print a sentence in the reader's language."""
        click.echo(Words(template, values).say(self.translate))


class Root(click.Group):
    """Loads the rooms' commands, and turns problems into sentences instead of tracebacks."""

    def load_rooms(self) -> None:
        """Add what the rooms offer; done once, since `quarantine --help` names them all."""
        from monitor.bench import bench_commands
        from monitor.demonstration.command import seed_command
        from monitor.demonstration.demo import demo_command
        from monitor.serve import serve_command
        from monitor.vault_command import vault_commands

        for own in (serve_command, demo_command, seed_command, bench_commands, vault_commands):
            self.add_command(own)
        for point in sorted(entry_points(group="quarantine.commands"), key=lambda each: each.name):
            for command in point.load()():
                self.add_command(command)

    def invoke(self, context: click.Context) -> Any:
        """Run the command; a Problem ends with its sentence and exit code 2."""
        try:
            return super().invoke(context)
        except Problem as problem:
            language = context.obj.settings.language if context.obj else os.environ.get("QUARANTINE_LANGUAGE", "vi")
            click.echo(problem.say(translator(language)), err=True)
            context.exit(2)


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--settings", "path", type=click.Path(path_type=Path), help="A TOML file with settings.")
@click.pass_context
def root(context: click.Context, path: Path | None) -> None:
    """Watch over people in quarantine: cameras, roll-calls, one console."""
    context.obj = Context(load_settings(path=path))


@root.command("settings")
@click.pass_obj
def show_settings(context: Context) -> None:
    """Print the effective settings, secrets masked."""
    for name, value, says in describe(context.settings):
        click.echo(f"{name} = {value}    # {says}")


@root.group("db")
def database_commands() -> None:
    """The database's schema."""


@database_commands.command("upgrade")
@click.pass_obj
def upgrade_database(context: Context) -> None:
    """Bring the database to the newest schema."""
    from monitor.migrate import upgrade

    upgrade(context.database)
    context.say(N_("The database is up to date."))


@root.group("user")
def user_commands() -> None:
    """Accounts of the console."""


@user_commands.command("add")
@click.argument("username")
@click.option("--role", type=click.Choice(["staff", "supervisor", "administrator", "auditor"]), required=True)
@click.option("--zone", "zones", multiple=True, help="Name of a zone the account works in; none: every zone.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi")
@click.password_option(help="Asked for when not given.")
@click.pass_obj
def add_user(context: Context, username: str, role: str, zones: tuple[str, ...], language: str, password: str) -> None:
    """Make an account."""
    from sqlalchemy import select

    from monitor.accounts import add_account
    from monitor.clock import utc_now
    from monitor.models import Role, Zone
    from monitor.problems import BadInput

    with context.ready_database().write() as session:
        found = {zone.name: zone.id for zone in session.scalars(select(Zone))}
        for name in zones:
            if name not in found:
                raise BadInput(N_("There is no zone named %(name)s."), name=name)
        ids = [found[name] for name in zones] if zones else None
        add_account(session, username, password, Role(role), zones=ids, now=utc_now(), language=language)
    context.say(N_("Account %(name)s was made."), name=username)


@root.command("audit-verify")
@click.pass_obj
def verify_audit(context: Context) -> None:
    """Check that no entry of the audit trail was changed or removed."""
    from monitor.audit import first_broken

    with context.ready_database().read() as session:
        broken = first_broken(session)
    if broken is not None:
        context.say(N_("The audit trail is broken at entry %(entry)s."), entry=broken)
        sys.exit(1)
    context.say(N_("The audit trail is whole."))


def main() -> None:
    """Entry point of the console script."""
    # Rounds, ticks and pages make thousands of short-lived rows: looking through them for cycles every 700 cost a fifth of the time.
    gc.set_threshold(50_000, 20, 50)
    try:
        root.load_rooms()
        root()
    except Problem as problem:
        click.echo(problem.say(translator(os.environ.get("QUARANTINE_LANGUAGE", "vi"))), err=True)
        sys.exit(2)
