"""What is done with a mail to the hotline: a ticket, more of one that is there, or a note. Nothing that a person wrote is left out. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from monitor.hotline.steps import may_reopen
from monitor.models.hotline import TicketState
from rollcall.hotline.mail_reading import Mail


class MailDeed(StrEnum):
    """What follows a mail. NEW: a ticket whose sender is told its code; QUIET: a ticket, and nothing is sent by itself."""

    OURS = "ours"
    """Our own mail came back as it left: it says nothing new."""
    NOTE = "note"
    """A machine says something of a ticket, as that our answer did not arrive."""
    ADD = "add"
    REOPEN = "reopen"
    NEW = "new"
    QUIET = "quiet"


@dataclass(frozen=True)
class About:
    """The ticket that a mail refers to. same_sender: it came from that address. ended_at: see `ended`."""

    ticket_id: int
    same_sender: bool
    state: TicketState
    ended_at: datetime | None = None


@dataclass(frozen=True)
class Seen:
    """What is known beside the mail. ours: its own name is that of a mail we sent. about: the ticket whose mail it answers.

    lately: an open ticket that the same machine made within a day. to_ourselves: its sender's address is ours. thanks: it says no more.
    """

    ours: bool = False
    about: About | None = None
    lately: About | None = None
    to_ourselves: bool = False
    thanks: bool = False


def deed_of(mail: Mail, seen: Seen, now: datetime) -> tuple[MailDeed, int | None]:
    """What to do, and with which ticket."""
    if seen.ours:
        return MailDeed.OURS, None
    about = seen.about
    if mail.automatic:
        # Whoever says it: never an answer by itself, and not a ticket for each of a machine's mails.
        noted = about or seen.lately
        return (MailDeed.NOTE, noted.ticket_id) if noted is not None else (MailDeed.QUIET, None)
    certain = mail.confirmed is not False and bool(mail.sender) and not seen.to_ourselves
    if about is not None and about.same_sender and certain:
        if seen.thanks or about.state not in (TicketState.ANSWERED, TicketState.CLOSED):
            return MailDeed.ADD, about.ticket_id
        if may_reopen(about.ended_at, now):
            return MailDeed.REOPEN, about.ticket_id
    # Of somebody else, or of nobody who can be sure: a matter of its own, even where it names another's ticket.
    return (MailDeed.NEW if certain else MailDeed.QUIET), None
