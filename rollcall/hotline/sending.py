"""Sends what the hotline says to callers and units, over the channel they came by: each once, tried for hours, and a fault told on the ticket.

A thread of each worker with channels of its own, as alerts have: neither rounds of messages nor a slow gateway keep somebody's answer.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.hotline.codes import shown_code
from monitor.hotline.tickets import note
from monitor.models.hotline import EventKind, HotlineMessage, HotlineTicket, MessageAbout, TicketChannel
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptState
from monitor.models.sealed_columns import Unreadable
from monitor.stated import hotline
from monitor.words import N_, translator, words
from rollcall.channels.channel import Channel, ChannelProblem, Message, Outcome, Receipt
from rollcall.channels.message_length import without_accents
from rollcall.channels.row_queue import Claimed, RowQueue, handed_over, take_row_receipts

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
LOOK_EVERY_SECONDS = 1.0
AT_ONCE = 32
PAUSES = (5, 30, 120, 600, 1800, 3600)
"""Seconds until each further try: a gateway that is down for an hour loses no answer, and who waits longer is called."""
OVER: Mapping[TicketChannel, ChannelName] = {
    TicketChannel.TEXT: ChannelName.SMS,
    TicketChannel.ZALO: ChannelName.ZALO,
    TicketChannel.EMAIL: ChannelName.EMAIL,
}
"""Which of our channels carries what goes back over each of a ticket's."""
NOT_SET_UP = N_("This service has no channel of this kind; call instead.")
DAMAGED = N_("The address in the database is damaged; call instead.")
NOT_ARRIVED = N_("A message to the caller did not arrive; call instead.")
PERHAPS_ARRIVED = N_("It is unknown whether a message to the caller arrived; call where it matters.")
_TITLE = N_("%(number)s: your request %(code)s")
_BY_PEOPLE = (MessageAbout.ANSWER, MessageAbout.REPORTER_LINK)
_TITLES = {
    MessageAbout.REPORTER_REMINDED: N_("Numbers of today are missing"),
    MessageAbout.REPORTER_LINK: N_("Your link for the numbers of each day"),
}
"""Of mail that is about no ticket."""
_OVER = (PromptState.SENT, PromptState.UNCERTAIN, PromptState.FAILED)


class HotlineSender:
    """One worker's part in sending the hotline's messages."""

    def __init__(
        self,
        database: Database,
        worker: str,
        channels: Mapping[str, Channel],
        *,
        plain: bool = False,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """worker: a name that no worker had before. channels: that nobody else uses. plain: text messages leave without accents."""
        self._database, self._channels, self._plain, self._now = database, channels, plain, clock
        self._queue = RowQueue(HotlineMessage, worker, lease=LEASE, at_once=AT_ONCE, pauses=PAUSES)

    def run(self, stopping: threading.Event) -> None:
        """Send what is due until the worker stops; whatever the database refuses is tried again."""
        while not stopping.is_set():
            try:
                if self.send_due():
                    self._hang_up()
            except Exception:
                log.exception("messages of the hotline could not be sent; trying again")
            stopping.wait(LOOK_EVERY_SECONDS)
        self._hang_up()

    def send_due(self) -> int:
        """Settle what dead workers left, then send what is due; returns how many were claimed."""
        now, done = self._now(), 0
        with self._database.read() as session:
            if not self._queue.is_due(session, now):
                return 0
        for way, name in OVER.items():
            channel, mine = self._channels.get(name), HotlineMessage.channel == way
            with self._database.write() as session:
                self._queue.settle_dead(session, now, mine, idempotent=channel is None or channel.idempotent)
            while rows := self._claim(way):
                done += len(rows)
                self._send(channel, rows)
        return done

    def _claim(self, way: TicketChannel) -> list[tuple[HotlineMessage, str]]:
        """Messages that are ours now, each with the code of its ticket."""
        with self._database.write() as session:
            rows = self._queue.claim(session, self._now(), HotlineMessage.channel == way)
            tickets = {row.ticket_id: session.get(HotlineTicket, row.ticket_id) for row in rows if row.ticket_id is not None}
            return [(row, ticket.code if (ticket := tickets.get(row.ticket_id)) else "") for row in rows]

    def _send(self, channel: Channel | None, rows: Sequence[tuple[HotlineMessage, str]]) -> None:
        claimed: dict[str, tuple[Claimed, HotlineMessage]] = {}
        for row, code in rows:
            each = Claimed(row.id, self._message(row, code), row.attempts)
            damaged = isinstance(row.address, Unreadable) or isinstance(row.text, Unreadable)
            if channel is None or damaged:
                self._note(each, row, ChannelProblem(DAMAGED if damaged else NOT_SET_UP, permanent=True))
            else:
                claimed[row.reference] = each, row
        if channel is not None and claimed:
            for message, outcome in handed_over(channel, [each.message for each, _ in claimed.values()]):
                self._note(*claimed[message.reference], outcome)

    def _message(self, row: HotlineMessage, code: str) -> Message:
        say = translator(row.language)
        if code:
            title = say(_TITLE) % {"number": hotline(), "code": shown_code(code)}
        else:
            title = say(_TITLES[row.about]) if row.about in _TITLES else hotline()
        plain = row.channel is TicketChannel.TEXT and self._plain
        return Message(
            row.address,
            without_accents(row.text) if plain else row.text,
            row.reference,
            title=title,
            language=row.language,
            in_reply_to=row.in_reply_to if row.channel is TicketChannel.EMAIL else "",
            by_itself=row.about not in _BY_PEOPLE,
        )

    def _note(self, claimed: Claimed, row: HotlineMessage, outcome: Outcome) -> None:
        now = self._now()
        with self._database.write() as session:
            state = self._queue.note(session, claimed, outcome, now)
            if row.about is MessageAbout.REPORTER_LINK and state in _OVER:
                # Of the link nothing is kept but a digest.
                changed(session, update(HotlineMessage).where(HotlineMessage.id == row.id).values(text=""))
            if state in (PromptState.FAILED, PromptState.UNCERTAIN):
                _tell(session, row, state, now)

    def _hang_up(self) -> None:
        for each in self._channels.values():
            each.close()


def take_hotline_receipts(session: Session, receipts: Sequence[Receipt]) -> list[Receipt]:
    """Note receipts of the hotline's messages, in the caller's write transaction; returns the others, which are about something else."""
    noted, others = take_row_receipts(session, HotlineMessage, receipts)
    for row, receipt in noted:
        if not receipt.delivered:
            _tell(session, row, PromptState.FAILED, receipt.at)
    return others


def _tell(session: Session, row: Any, state: PromptState, now: datetime) -> None:
    """What did not arrive, or perhaps, stands in the ticket's history: somebody calls."""
    if row.ticket_id is None:
        return
    says = words(NOT_ARRIVED if state is PromptState.FAILED else PERHAPS_ARRIVED)
    details = {"message": row.about.value, "state": state.value, "says": says.dump()}
    note(session, row.ticket_id, EventKind.NOTED, now, details=details)
    ticket = session.get(HotlineTicket, row.ticket_id)
    announce(session, ticket.zone_id if ticket is not None else None, Topic.HOTLINE, now)
