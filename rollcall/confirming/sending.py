"""Sends codes within a second or two: somebody stands at the gate and waits. A thread of each worker, with a channel of its own.

Each is claimed by a conditional update, handed over once and noted at once. What a dead worker had claimed is sent again where the
gateway knows a reference again, else noted as uncertain: whoever waits asks for another code.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed
from monitor.models.control_points import ControlPlace
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import N_, translator, words
from rollcall.channels.channel import Channel, Message, Outcome
from rollcall.channels.message_length import without_accents
from rollcall.channels.row_queue import Claimed, RowQueue, handed_over
from rollcall.confirming.asking import CROWDED
from rollcall.confirming.codes import LASTS, code_of
from rollcall.texts.built_in import fitting
from rollcall.texts.style import Style

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=30)
LOOK_EVERY_SECONDS = 0.5
AT_ONCE = 16
LONGEST_PLACE = 40
TOO_LATE = N_("The code was no longer good when it could be sent.")


def text_of(code: str, language: str, style: Style, *, typed_by_themselves: bool = False) -> str:
    """What the message says: the code first, where a locked phone shows it. typed_by_themselves: on a public page, with no staff before them."""
    translate = translator(language)
    filled = fitting({"service": style.authority.named(language)}, language, ChannelName.SMS)
    said = N_(
        "%(code)s is the code of %(service)s for your telephone number. Tell it to the staff before you. Good for %(minutes)s minutes."
    )
    typed = N_(
        "%(code)s is the code of %(service)s for your telephone number. Type it on the page, tell it nobody. Good for %(minutes)s minutes."
    )
    sentence = words(
        typed if typed_by_themselves else said,
        code=code,
        minutes=int(LASTS.total_seconds() // 60),
        **filled,
    )
    text = sentence.say(translate)
    return without_accents(text) if style.plain or language == "en" else text


def crowded_text(place: str, most: int, language: str, style: Style) -> str:
    """What owner and guards of a place are told: no name, no number of people, which is another one when they read it."""
    named = place if len(place) <= LONGEST_PLACE else f"{place[: LONGEST_PLACE - 1]}…"
    sentence = words(
        N_("%(place)s: more people are inside than the limit of %(most)s. Let nobody in until some have left."),
        place=named,
        most=most,
    )
    text = sentence.say(translator(language))
    return without_accents(text) if style.plain or language == "en" else text


class CodeSender:
    """One worker's part in sending codes."""

    def __init__(
        self,
        database: Database,
        worker: str,
        channel: Channel,
        secret: bytes,
        style: Style,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """worker: a name that no worker had before. channel: that nobody else uses. secret: of `code_of`."""
        self._database, self._channel = database, channel
        self._queue = RowQueue(PhoneConfirmation, worker, lease=LEASE, at_once=AT_ONCE)
        self._secret, self._style, self._now = secret, style, clock

    def run(self, stopping: threading.Event) -> None:
        """Send what is due until the worker stops; whatever the database refuses is tried again."""
        while not stopping.is_set():
            try:
                # Gateways count connections: this one lasts for as long as there are codes.
                if self.send_due():
                    self._channel.close()
            except Exception:
                # Whatever it was: others wait for their codes.
                log.exception("codes could not be sent; trying again")
            stopping.wait(LOOK_EVERY_SECONDS)
        self._channel.close()

    def send_due(self) -> int:
        """Settle what dead workers left, then send what is due; returns how many were claimed."""
        now, done = self._now(), 0
        with self._database.read() as session:
            if not self._queue.is_due(session, now):
                return 0
        with self._database.write() as session:
            self._queue.settle_dead(session, now, idempotent=self._channel.idempotent)
        while claimed := self._claim():
            done += len(claimed)
            by_reference = {row.reference: (each, row.zone_id) for each, row in claimed}
            for message, outcome in handed_over(self._channel, [each.message for each, _ in claimed]):
                self._note(*by_reference[message.reference], outcome)
        return done

    def _claim(self) -> list[tuple[Claimed, PhoneConfirmation]]:
        now = self._now()
        queued = (PhoneConfirmation.state == PromptState.QUEUED, PhoneConfirmation.next_attempt_at <= now)
        with self._database.write() as session:
            late = update(PhoneConfirmation).where(*queued, PhoneConfirmation.expires_at <= now)
            changed(session, late.values(state=PromptState.FAILED, next_attempt_at=None, problem=words(TOO_LATE).dump()))
            return [
                (Claimed(row.id, self._message(session, row), row.attempts), row) for row in self._queue.claim(session, now)
            ]

    def _message(self, session: Session, row: PhoneConfirmation) -> Message:
        if row.about.startswith(CROWDED):
            place = session.get_one(ControlPlace, int(row.about.removeprefix(CROWDED)))
            warning = crowded_text(place.name, place.most_people or 0, row.language, self._style)
            return Message(row.phone, warning, row.reference, language=row.language)
        code = code_of(self._secret, row.nonce, row.phone)
        text = text_of(code, row.language, self._style, typed_by_themselves=row.made_by is None)
        return Message(row.phone, text, row.reference, language=row.language)

    def _note(self, claimed: Claimed, zone_id: int | None, outcome: Outcome) -> None:
        now = self._now()
        with self._database.write() as session:
            self._queue.note(session, claimed, outcome, now)
            if zone_id is not None:
                announce(session, zone_id, Topic.PEOPLE, now)
