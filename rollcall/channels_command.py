"""Commands about the ways to phones: what is set up, where receipts are to come, and one message to try each."""

from __future__ import annotations

import secrets

import click

from monitor.cli import Context
from monitor.words import N_, Words, translator
from rollcall.channels import ChannelProblem, Message, Sent


@click.group("channels")
def channels_command() -> None:
    """Channels to phones: what is set up, and whether it works."""


@channels_command.command("list")
@click.pass_obj
def list_command(context: Context) -> None:
    """Say which channels are set up, how fast they may send, and what to enter at the gateway."""
    from rollcall.channels.setup import channel_names, rates, receipt_address

    settings = context.settings
    say = translator(settings.language)
    limits = rates(settings)
    for name in sorted(channel_names(settings)):
        rate = limits.get(name)
        limit = Words(N_("at most %(number)s a second"), {"number": rate.per_second}).say(say) if rate else say(N_("no limit"))
        click.echo(f"{name}: {limit}")
    if settings.sms_gateway:
        click.echo(say(N_("Receipts of text messages come to:")) + f" {receipt_address(settings, settings.sms_gateway)}")
    if settings.zalo_app_id:
        click.echo(say(N_("Events of Zalo come to:")) + f" {settings.residents_address}/hooks/zalo")


@channels_command.command("try")
@click.argument("channel")
@click.argument("address")
@click.option("--text", default="", help="What the message says.")
@click.pass_obj
def try_command(context: Context, channel: str, address: str, text: str) -> None:
    """Send one message over CHANNEL (sms, zalo …) to ADDRESS, past every plan, and say what came of it."""
    from rollcall.channels.setup import channel_names, make_channels

    settings = context.settings
    say = translator(settings.language)
    if channel not in channel_names(settings):
        raise click.ClickException(Words(N_("The channel %(name)s is not set up."), {"name": channel}).say(say))
    message = Message(
        address, text or say(N_("A test message of the roll-call. You need not do anything.")), secrets.token_hex(16), "Test"
    )
    made = make_channels(settings, context.ready_database())
    try:
        ((_, outcome),) = made[channel].send(iter([message]))
    except ChannelProblem as problem:
        outcome = problem
    finally:
        for each in made.values():
            each.close()
    if isinstance(outcome, Sent):
        click.echo(Words(N_("The gateway has it, as %(name)s."), {"name": outcome.gateway_reference}).say(say))
    elif isinstance(outcome, ChannelProblem):
        raise click.ClickException(outcome.words.say(say))
    else:
        raise click.ClickException(say(N_("Nobody knows whether it went out: no answer came.")))


@channels_command.command("tell-staff")
@click.argument("text")
@click.pass_obj
def tell_staff_command(context: Context, text: str) -> None:
    """Tell staff TEXT over every address of the setting staff_alert_urls."""
    from rollcall.channels.apprise_addresses import scheme_of, tell_staff

    say = translator(context.settings.language)
    addresses = context.settings.staff_alert_urls
    if not addresses.split():
        raise click.ClickException(say(N_("The setting staff_alert_urls names no address.")))
    outcomes = tell_staff(addresses, say(N_("Quarantine watch")), text)
    for address, outcome in zip(addresses.split(), outcomes, strict=True):
        went = say(N_("sent")) if isinstance(outcome, Sent) else say(N_("could not be sent"))
        click.echo(f"{scheme_of(address)}: {went}")
    if not all(isinstance(each, Sent) for each in outcomes):
        raise click.exceptions.Exit(1)
