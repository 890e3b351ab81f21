"""What people write to the hotline by text or on Zalo: a matter becomes a ticket, a code tells its state, and what follows a code goes to its ticket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.accounts.codes import plain
from monitor.hotline.codes import LENGTH, read_code, shown_code
from monitor.hotline.doing import CALLER, rate, reopen
from monitor.hotline.duplicates import Matter, says_more
from monitor.hotline.languages import is_thanks, language_of
from monitor.hotline.messages import Route, send
from monitor.hotline.steps import ended, may_reopen
from monitor.hotline.telling import NO_SUCH, OPEN, text_words, ticket_with
from monitor.hotline.tickets import Contact, add_words, take_in, timezone_of
from monitor.models.hotline import HotlineMessage, HotlineTicket, MessageAbout, TicketChannel
from monitor.models.rollcalls.inbound import InboundMeaning, InboundMessage
from monitor.words import N_, Words, translator, words
from rollcall.inbound.matters import kind_of
from rollcall.inbound.reading import Reading

GOES_ON_WITHIN = timedelta(minutes=30)
"""People write a matter in several texts."""
STATES_AN_HOUR = 6
"""Of one number: whoever asks more often reads what they were told, and nobody makes us text a stranger all day."""
_ADDRESSED = re.compile(r"^\W*1022(?!\d)[\s:.,;/–-]*", re.ASCII)
_CODE_FIRST = re.compile(r"^[0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{4}(?![0-9A-Za-z])")
_NO_MATTER = (InboundMeaning.STOP, InboundMeaning.START, InboundMeaning.QUOTATION)
_BECAME = N_("It became request %(code)s to 1022.")
_GOES_ON = N_("It was added to request %(code)s to 1022.")
_STATE_TOLD = N_("It asked 1022 about request %(code)s; the state was told.")
_REOPENED = N_("It reopened request %(code)s to 1022.")
_RATED = N_("It said how satisfied its sender is with request %(code)s to 1022.")
_NO_CODE = N_("It asked 1022 by a code that no request has.")


@dataclass(frozen=True)
class HotlineText:
    """addressed: it begins with 1022. code: "" where there is none; mistyped: eight signs that are none; rest: what follows."""

    addressed: bool = False
    code: str = ""
    rest: str = ""
    mistyped: str = ""


@dataclass(frozen=True)
class Written:
    """What somebody wrote. sender: a number, or the name of a user of Zalo; reference: the gateway's own name for it; at: when it took it."""

    channel: TicketChannel
    sender: str
    text: str
    reference: str
    at: datetime

    def is_of(self, ticket: HotlineTicket) -> bool:
        """Whether its sender is the one who made a ticket."""
        return self.sender == (ticket.mail_address if self.channel is TicketChannel.ZALO else ticket.caller)


def text_of(row: InboundMessage) -> Written:
    """A text as it is kept."""
    return Written(TicketChannel.TEXT, row.sender, row.text, str(row.gateway_reference), row.said_at or row.received_at)


def read_hotline(text: str) -> HotlineText:
    """What of a text is for the hotline."""
    found = _ADDRESSED.match(text)
    rest = text[found.end() :].strip() if found else text.strip()
    first = _CODE_FIRST.match(rest)
    code = read_code(first[0]) if first else ""
    behind = rest[first.end() :].strip(" \n\t.,:;-") if first and code else rest
    # Eight letters pass for a code once in 32 times: without 1022 before it, only a code alone is one.
    if code and not found and behind:
        code, behind = "", rest
    # "benh vien" is eight signs too; nearly every code has a figure.
    alone = first is not None and not code and first[0] == rest.rstrip(" .") and any(each.isdigit() for each in rest)
    return HotlineText(found is not None, code, behind, rest if found and alone else "")


def take_code(session: Session, said: Written, asked: HotlineText, now: datetime) -> Words | None:
    """What came of a text with a code, in the caller's write transaction; None: there is none in it, or it says something else."""
    ticket = ticket_with(session, asked.code) if asked.code else None
    if ticket is None:
        if not asked.mistyped and (not asked.code or not asked.addressed or asked.rest):
            return None
        _tell(session, said, None, asked.code or plain(asked.mistyped)[:LENGTH], now)
        return words(_NO_CODE)
    named = shown_code(asked.code)
    if asked.rest:
        if not said.is_of(ticket):
            # Somebody else's ticket: what they say is a matter of its own.
            return None
        outcome = _say_to(session, ticket, asked.rest, now)
        if outcome is None:
            return None
        _tell(session, said, ticket, asked.code, now)
        return words(outcome, code=named)
    _tell(session, said, ticket, asked.code, now)
    return words(_STATE_TOLD, code=named)


def _say_to(session: Session, ticket: HotlineTicket, rest: str, now: datetime) -> str | None:
    if ticket.state in OPEN:
        add_words(session, ticket, rest, now)
        return _GOES_ON
    if rest in ("1", "2", "3", "4", "5"):
        rate(session, ticket.id, int(rest), now)
        return _RATED
    if is_thanks(rest):
        add_words(session, ticket, rest, now)
        return _GOES_ON
    if may_reopen(ended(ticket.answered_at, ticket.closed_at), now):
        reopen(session, ticket.id, CALLER, now, words=rest[:2000])
        return _REOPENED
    return None


def _tell(session: Session, said: Written, ticket: HotlineTicket | None, code: str, now: datetime) -> None:
    """Text how far a ticket is, to whoever asks by its code: a few times an hour."""
    lately = select(func.count()).select_from(HotlineMessage)
    of_number = (HotlineMessage.address == said.sender, HotlineMessage.about == MessageAbout.STATE)
    if (session.scalar(lately.where(*of_number, HotlineMessage.made_at > now - timedelta(hours=1))) or 0) >= STATES_AN_HOUR:
        return
    if ticket is None:
        language, state = language_of(said.text), words(NO_SUCH, code=shown_code(code))
    else:
        session.refresh(ticket)
        language, state = ticket.language, text_words(ticket, code, timezone_of(session, ticket), now)
    text = state.say(translator(language))
    route = Route(said.channel, said.sender)
    send(
        session,
        f"state-{said.channel}-{said.reference}"[:120],
        ticket.id if ticket else None,
        MessageAbout.STATE,
        route,
        text,
        language,
        now,
    )


def take_matter(
    session: Session, said: Written, reading: Reading, now: datetime, resident_id: int | None = None
) -> Words | None:
    """Make a ticket of a text, or add it to the one that its sender wrote just before; None where it is nothing for the hotline.

    Of somebody unknown every text of a telephone number is: nobody else would read it. resident_id: whose text it is known to be.
    """
    # Networks and shops write from names and short numbers.
    nobody = said.channel is TicketChannel.TEXT and not re.fullmatch(r"\+\d{8,15}", said.sender)
    if nobody or reading.meaning in _NO_MATTER:
        return None
    kind, at = kind_of(said.text, reading), said.at
    before = _newest_of(session, said)
    if before is not None and says_more(
        Matter(0, kind, at, said.sender),
        Matter(before.id, before.kind, before.first_contact_at, said.sender),
        within=GOES_ON_WITHIN,
    ):
        add_words(session, before, said.text, now)
        return words(_GOES_ON, code=shown_code(before.code))
    contact = Contact(
        said.channel,
        said.reference,
        said.text,
        kind,
        at=at,
        caller="" if said.channel is TicketChannel.ZALO else said.sender,
        mail_address=said.sender if said.channel is TicketChannel.ZALO else "",
        language=language_of(said.text),
        resident_id=resident_id,
    )
    ticket = take_in(session, contact, now)
    return words(_BECAME, code=shown_code(ticket.code))


def _newest_of(session: Session, said: Written) -> HotlineTicket | None:
    theirs = HotlineTicket.mail_address if said.channel is TicketChannel.ZALO else HotlineTicket.caller
    written = (
        select(HotlineTicket)
        .where(theirs == said.sender, HotlineTicket.first_contact_at.between(said.at - GOES_ON_WITHIN, said.at))
        .where(HotlineTicket.channel == said.channel, HotlineTicket.state.in_(OPEN), HotlineTicket.merged_into_id.is_(None))
        .order_by(HotlineTicket.id.desc())
        .limit(1)
    )
    return session.scalars(written).first()
