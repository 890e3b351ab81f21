"""`quarantine backup`, `quarantine upgrade` and `quarantine restore`: copies, a new version, and the way back."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.problems import Conflict
from monitor.service.context import Context
from monitor.service.units import TARGET
from monitor.words import N_

if TYPE_CHECKING:
    from monitor.database.database import Database
    from monitor.service.backups import Backup

PROGRAM = "quarantine"


@contextmanager
def _alone(context: Context) -> Iterator[Database]:
    """The database, while no process of the service uses it. Raises AlreadyRunning or Conflict."""
    from monitor.clock import utc_now
    from monitor.service.parent import only_one
    from monitor.service.upgrading import require_stopped

    database = context.database
    try:
        with only_one(context.settings.data_folder):
            require_stopped(database, utc_now)
            yield database
    finally:
        database.dispose()


@click.command("backup", help=N_("Copy the database into the data folder’s backups; others may go on working."))
@click.pass_obj
def backup_command(context: Context) -> None:
    _back_up(context)


@click.command(
    "upgrade",
    help=N_("Bring the database to this version: a backup first, then the changes, then a check. The service must be stopped."),
)
@click.option("--no-backup", is_flag=True, help=N_("Make no backup: there is one already, made in another way."))
@click.pass_obj
def upgrade_command(context: Context, no_backup: bool) -> None:
    from monitor.clock import utc_now
    from monitor.database.migrate import outstanding, upgrade
    from monitor.places.units.loading import load_units
    from monitor.service.backups import can_back_up
    from monitor.service.upgrading import counts_of, verify

    with _alone(context) as database:
        steps = outstanding(database)
        before = counts_of(database)
        made = None
        if before and not no_backup:
            if not can_back_up(database):
                raise Conflict(
                    N_(
                        "pg_dump is missing, so no backup can be made: apt-get install postgresql-client. With a backup made in "
                        "another way, add --no-backup."
                    )
                )
            made = _back_up(context)
        done = 0

        def applied(revision: str, brings: str) -> None:
            nonlocal done
            done += 1
            click.echo(f"  {done}/{len(steps)}  {revision}  {brings}")

        context.say(N_("%(count)s changes of the schema to make."), count=len(steps))
        try:
            upgrade(database, applied=applied)
            load_units(database, utc_now())
        except Exception:
            context.say(N_("The upgrade failed; all of it was taken back, and the database is as it was."))
            raise
        wrong = verify(database, before)
    if wrong:
        for each in wrong:
            click.echo(each.say(context.translate), err=True)
        _say_way_back(context, made)
        sys.exit(1)
    context.say(N_("Checked: schema %(revision)s, rows of %(count)s tables, audit trail."), revision=_head(), count=len(before))
    context.say(N_("The database is up to date."))
    if steps and before:
        _say_way_back(context, made)
    context.say(N_("Next:"))
    click.echo(f"  systemctl start {TARGET}")


@click.command("restore", help=N_("Put a backup in the place of the database. The service must be stopped."))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.pass_obj
def restore_command(context: Context, folder: Path) -> None:
    from monitor.service.backups import put_back, read_backup

    with _alone(context) as database:
        made = read_backup(folder)
        put_back(database, made, folder)
    context.say(N_("Restored: the database of %(at)s, schema %(revision)s."), at=made.at, revision=made.revision)
    context.say(
        N_(
            "Anything entered since then is not in it. People deleted since then are in it again until the next purge, within an "
            "hour; their pictures stay unreadable."
        )
    )


def _back_up(context: Context) -> Backup:
    from monitor.clock import utc_now
    from monitor.service.backups import back_up

    made = back_up(context.database, context.settings.data_folder.resolve(), version=version(PROGRAM), now=utc_now())
    context.say(N_("Backup: %(folder)s (%(size)d kB)"), folder=made.folder, size=made.size // 1024 + 1)
    return made


def _head() -> str | None:
    from monitor.database.revisions import newest_revision

    return newest_revision()


def _say_way_back(context: Context, made: Backup | None) -> None:
    if made is None:
        context.say(N_("To go back, restore your own backup and install the version that ran before."))
        return
    context.say(N_("To go back: these commands, then install the version that ran before and start it."))
    click.echo(f"  systemctl stop {TARGET}\n  quarantine restore {made.folder}")
