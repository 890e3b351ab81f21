"""Commands about the ways to phones: what is set up, where receipts are to come, and one message to try each."""

from __future__ import annotations

import click

from monitor.service.context import Context
from monitor.service.language import Group
from monitor.words import N_, Words, translator
from rollcall.channels.channel import ChannelProblem, Sent


@click.group("channels", cls=Group, help=N_("Channels to phones: which are set up, and whether they work."))
def channels_command() -> None: ...


@channels_command.command(
    "list", help=N_("List the channels that are set up, their speed limits, and what to enter at the gateway.")
)
@click.pass_obj
def list_command(context: Context) -> None:
    from rollcall.channels.names import channel_names
    from rollcall.texts.lengths import address_too_long, parts_of_built_in
    from rollcall.work.channel_set_up import rates, receipt_address

    settings, say = context.settings, context.translate
    limits = rates(settings)
    for name in sorted(channel_names(settings)):
        rate = limits.get(name)
        limit = Words(N_("at most %(number)s a second"), {"number": rate.per_second}).say(say) if rate else say(N_("no limit"))
        click.echo(f"{name}: {limit}")
    parts = parts_of_built_in(settings.residents_address, settings.speaker)
    context.say(
        N_("A text message with a link takes at most: %(plain)s without accents, %(written)s with them (in parts)."),
        plain=parts.plain,
        written=parts.written,
    )
    dear = address_too_long(settings.residents_address, settings.speaker)
    if dear is not None:
        click.echo(dear.say(say))
    if settings.sms_gateway:
        click.echo(say(N_("Delivery receipts go to:")) + f" {receipt_address(settings, settings.sms_gateway)}")
    if settings.zalo_app_id:
        click.echo(say(N_("Zalo sends its events to:")) + f" {settings.residents_address}/hooks/zalo")


@channels_command.command(
    "try", help=N_("Send one message over CHANNEL (sms, zalo …) to ADDRESS, outside any schedule, and show the result.")
)
@click.argument("channel")
@click.argument("address")
@click.option("--text", default="", help=N_("Text of the message."))
@click.pass_obj
def try_command(context: Context, channel: str, address: str, text: str) -> None:
    from rollcall.channels.names import channel_names
    from rollcall.work.trying import UNCERTAIN, try_channel

    settings, say = context.settings, context.translate
    if channel not in channel_names(settings):
        raise click.ClickException(Words(N_("Channel %(name)s is not set up."), {"name": channel}).say(say))
    outcome = try_channel(settings, context.ready_database(), channel, address, text)
    if isinstance(outcome, Sent):
        click.echo(Words(N_("The gateway accepted it as %(name)s."), {"name": outcome.gateway_reference}).say(say))
    elif isinstance(outcome, ChannelProblem):
        raise click.ClickException(outcome.words.say(say))
    else:
        raise click.ClickException(say(UNCERTAIN))


@channels_command.command(
    "heard", help=N_("Show what gateways sent in the last days, and how it was read; what was not understood comes first.")
)
@click.pass_obj
def heard_command(context: Context) -> None:
    from monitor.clock import utc_now
    from rollcall.inbound.gateway_report import counted, of_nobody, samples

    say = context.translate
    with context.ready_database().read() as session:
        for each in counted(session, utc_now()):
            click.echo(f"{each.gateway} {each.reading} {each.word or '-'} {each.number}")
        strangers = of_nobody(session)
        if strangers:
            sentence = N_("Delivery receipts that name no message of this service: %(number)s")
            click.echo(Words(sentence, {"number": strangers}).say(say))
        for sample in samples(session):
            read = Words.load(sample.read).say(say)
            click.echo(f"{sample.at:%Y-%m-%d %H:%M:%S} {sample.gateway} {sample.number or '-'} {sample.content} -> {read}")


@channels_command.command("tell-staff", help=N_("Send TEXT to staff at every address in the setting staff_alert_urls."))
@click.argument("text")
@click.pass_obj
def tell_staff_command(context: Context, text: str) -> None:
    from rollcall.channels.apprise_addresses import scheme_of, tell_staff

    say = context.translate
    addresses = context.settings.staff_alert_urls
    if not addresses.split():
        raise click.ClickException(say(N_("Setting staff_alert_urls holds no address.")))
    outcomes = tell_staff(addresses, translator(context.settings.first_language)(N_("Quarantine watch")), text)
    for address, outcome in zip(addresses.split(), outcomes, strict=True):
        went = say(N_("sent")) if isinstance(outcome, Sent) else say(N_("could not be sent"))
        click.echo(f"{scheme_of(address)}: {went}")
    if not all(isinstance(each, Sent) for each in outcomes):
        raise click.exceptions.Exit(1)
