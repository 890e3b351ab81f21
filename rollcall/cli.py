"""Commands that this room adds to `quarantine`: the clock and the worker."""

from __future__ import annotations

import click

from monitor.cli import Context


@click.command("schedule")
@click.option("--number", default=1, help="Tells processes of one kind apart.")
@click.pass_obj
def schedule_command(context: Context, number: int) -> None:
    """Open, remind and close roll-calls; keep presence current."""
    from monitor.process import Process
    from rollcall.scheduler import run

    database = context.ready_database()
    run(Process("schedule", number, database).start(), database, context.vault(), context.settings)


@click.command("work")
@click.option("--number", default=1, help="Tells processes of one kind apart.")
@click.pass_obj
def work_command(context: Context, number: int) -> None:
    """Send prompts and verify answers."""
    from monitor.process import Process
    from rollcall.worker import run

    database = context.ready_database()
    run(Process("work", number, database).start(), database, context.vault(), context.settings)


def commands() -> list[click.Command]:
    """What the root command loads."""
    from rollcall.channels_command import channels_command
    from rollcall.demonstration.command import telephone_command

    return [schedule_command, work_command, telephone_command, channels_command]
