"""An invitation by mail, where a mail server is set up: at once, since its code is known at this moment only."""

from __future__ import annotations

import secrets
from datetime import datetime

from monitor.models.rollcalls.channels import ChannelName
from monitor.settings import Settings
from monitor.words import N_, words
from monitor.words import translator as translator_of
from rollcall.channels.addresses import read_address
from rollcall.channels.channel import ChannelProblem, Message, Uncertain
from rollcall.channels.email import email_of
from web.shared import written


def mail_address(typed: str) -> str:
    """Where an invitation goes; "" for nowhere. Raises BadInput."""
    return read_address(ChannelName.EMAIL, typed, ()) if typed.strip() else ""


def mail_invitation(settings: Settings, address: str, link: str, language: str, until: datetime) -> None:
    """Hand the mail over. Raises ChannelProblem. The mail names nobody: it leaves the house."""
    translate = translator_of(language)
    end = written.moment(until.astimezone(settings.zone), language)
    text = words(N_("Open this link by %(until)s and choose a password. It works once: %(link)s"), until=end, link=link)
    message = Message(
        address,
        text.say(translate),
        reference=f"invitation-{secrets.token_hex(8)}",
        title=translate(N_("Invitation to the quarantine console")),
        link=link,
        language=language,
    )
    for _message, outcome in email_of(settings).send(iter([message])):
        if isinstance(outcome, ChannelProblem):
            raise outcome
        if isinstance(outcome, Uncertain):
            raise ChannelProblem(N_("The mail server did not confirm the mail; it may not arrive."), permanent=False)
