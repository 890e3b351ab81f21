"""The command for a second machine: looks at the console's /healthz again and again, and tells people when it is not well."""

from __future__ import annotations

import logging
import secrets
import time

import click

from monitor.service.context import Context
from monitor.service.heartbeat import call_out
from monitor.settings import Settings
from monitor.words import N_, Words, translator

log = logging.getLogger(__name__)
DOWN = N_("The quarantine service does not answer, or says that it is not whole: %(address)s. Alerts may not reach anyone.")
UP = N_("The quarantine service is well again: %(address)s.")


@click.command(
    "watchdog",
    help=N_(
        "Watch a service from a second machine: look at URL, the console’s address, again and again; tell people when three"
        " signs of life are missing, and once more when it is well again."
    ),
)
@click.argument("url")
@click.option(
    "--tell", "addresses", multiple=True, help=N_("Apprise address to tell, can be repeated; none: staff_alert_urls.")
)
@click.option("--mail", "mails", multiple=True, help=N_("E-mail address to tell, can be repeated; uses the smtp settings."))
@click.option(
    "--every", type=click.FloatRange(0.1, 3600), default=20.0, show_default=True, help=N_("Seconds between two looks.")
)
@click.pass_obj
def watchdog_command(context: Context, url: str, addresses: tuple[str, ...], mails: tuple[str, ...], every: float) -> None:
    from rollcall.alerting.watchdog import Seen, after_look, untold

    settings = context.settings
    addresses = addresses or tuple(settings.staff_alert_urls.split())
    if not addresses and not (mails and settings.smtp_host):
        raise click.ClickException(
            context.translate(N_("Nobody would be told. Give --tell, or --mail with the smtp settings, or staff_alert_urls."))
        )
    seen = Seen()
    context.say(N_("Watching %(address)s. Ctrl-C ends it."), address=url)
    while True:
        following = after_look(seen, is_well(url))
        seen = following.seen
        if following.tell:
            template = DOWN if following.tell == "down" else UP
            context.say(template, address=url)
            text = Words(template, {"address": url}).say(translator(settings.first_language))
            try:
                went = tell_people(settings, text, addresses, mails)
            except Exception:
                # Code of many services that others wrote: whatever it does, the watch goes on.
                log.exception("telling failed")
                went = False
            if not went and following.tell == "down":
                context.say(N_("Nobody could be told; trying again."))
                seen = untold(seen)
        time.sleep(every)


def is_well(url: str) -> bool:
    """Whether the console's /healthz says that all parts are well."""
    return call_out(f"{url.rstrip('/')}/healthz")


def tell_people(settings: Settings, text: str, addresses: tuple[str, ...], mails: tuple[str, ...]) -> bool:
    """Tell everybody; whether it reached a server of at least one."""
    from rollcall.channels.apprise_addresses import tell_staff
    from rollcall.channels.channel import ChannelProblem, Message, Sent

    title = translator(settings.first_language)(N_("Quarantine watch"))
    outcomes = tell_staff(" ".join(addresses), title, text) if addresses else []
    if mails and settings.smtp_host:
        from rollcall.channels.email import Email

        channel = Email(
            settings.smtp_host,
            settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=settings.mail_from,
            authority=settings.speaker,
        )
        for mail in mails:
            try:
                outcomes += [outcome for _, outcome in channel.send(iter([Message(mail, text, secrets.token_hex(16), title)]))]
            except ChannelProblem as problem:
                outcomes.append(problem)
    return any(isinstance(each, Sent) for each in outcomes)
