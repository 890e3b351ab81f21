"""Commands that this room adds to `quarantine`: the clock and the worker."""

from __future__ import annotations

import click

from monitor.service.context import Context
from monitor.words import N_


@click.command("schedule", help=N_("Open and close roll-calls, send reminders, keep presence up to date."))
@click.option("--number", default=1, help=N_("Number that tells processes of one kind apart."))
@click.pass_obj
def schedule_command(context: Context, number: int) -> None:
    from monitor.models.rollcalls.channels import ChannelName
    from monitor.service.process import Process
    from rollcall.channels.names import channel_names
    from rollcall.texts.lengths import address_too_long
    from rollcall.work.scheduler import run

    database, settings = context.acting_database(), context.settings
    dear = address_too_long(settings.residents_address, settings.speaker)
    if dear is not None and ChannelName.SMS in channel_names(settings):
        click.echo(dear.say(context.translate), err=True)
    run(Process("schedule", number, database).start(), database, context.vault(), context.settings)


@click.command("work", help=N_("Send messages and verify answers."))
@click.option("--number", default=1, help=N_("Number that tells processes of one kind apart."))
@click.pass_obj
def work_command(context: Context, number: int) -> None:
    from monitor.service.process import Process
    from rollcall.work.worker import run

    database = context.acting_database()
    run(Process("work", number, database).start(), database, context.vault(), context.settings)


def commands() -> list[click.Command]:
    """What the root command loads."""
    from rollcall.demonstration.command import telephone_command
    from rollcall.demonstration.switchboard import switchboard_command
    from rollcall.demonstration.visitors import visitors_command
    from rollcall.work.channels_command import channels_command
    from rollcall.work.doctor_command import doctor_command
    from rollcall.work.watchdog_command import watchdog_command

    return [
        schedule_command,
        work_command,
        telephone_command,
        switchboard_command,
        visitors_command,
        channels_command,
        doctor_command,
        watchdog_command,
    ]
