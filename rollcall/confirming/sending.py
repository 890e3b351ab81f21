"""Sends codes within a second or two: somebody stands at the gate and waits. A thread of each worker, with a channel of its own.

Each is claimed by a conditional update, handed over once and noted at once. What a dead worker had claimed is sent again where the
gateway knows a reference again, else noted as uncertain: whoever waits asks for another code.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.alerts.outcomes import after_problem
from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed, changed_values
from monitor.models.control_points import ControlPlace
from monitor.models.people.gate import PhoneConfirmation
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.prompts import PromptState
from monitor.words import N_, translator, words
from rollcall.channels.channel import Channel, ChannelProblem, Message, Outcome, Sent, Uncertain, as_kept
from rollcall.channels.message_length import without_accents
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


@dataclass(frozen=True)
class _Claimed:
    id: int
    zone_id: int | None
    message: Message
    attempts: int


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
        self._database, self._worker, self._channel = database, worker, channel
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
            due = select(PhoneConfirmation.id).where(PhoneConfirmation.next_attempt_at <= now).limit(1)
            if session.scalar(due) is None:
                return 0
        with self._database.write() as session:
            self._settle_dead(session, now)
        while claimed := self._claim():
            done += len(claimed)
            self._hand_over(claimed)
        return done

    def _settle_dead(self, session: Session, now: datetime) -> None:
        dead = update(PhoneConfirmation).where(
            PhoneConfirmation.state == PromptState.LEASED, PhoneConfirmation.next_attempt_at <= now
        )
        if self._channel.idempotent:
            changed(session, dead.values(state=PromptState.QUEUED, leased_by=None, next_attempt_at=now))
        else:
            changed(session, dead.values(state=PromptState.UNCERTAIN, leased_by=None, next_attempt_at=None))

    def _claim(self) -> list[_Claimed]:
        now = self._now()
        queued = (PhoneConfirmation.state == PromptState.QUEUED, PhoneConfirmation.next_attempt_at <= now)
        with self._database.write() as session:
            late = update(PhoneConfirmation).where(*queued, PhoneConfirmation.expires_at <= now)
            changed(session, late.values(state=PromptState.FAILED, next_attempt_at=None, problem=words(TOO_LATE).dump()))
            due = session.scalars(
                select(PhoneConfirmation.id).where(*queued).order_by(PhoneConfirmation.id).limit(AT_ONCE)
            ).all()
            taken = changed_values(
                session,
                update(PhoneConfirmation)
                .where(PhoneConfirmation.id.in_(due), PhoneConfirmation.state == PromptState.QUEUED)
                .values(
                    state=PromptState.LEASED,
                    leased_by=self._worker,
                    next_attempt_at=now + LEASE,
                    attempts=PhoneConfirmation.attempts + 1,
                )
                .returning(PhoneConfirmation.id),
            )
            rows = session.scalars(
                select(PhoneConfirmation).where(PhoneConfirmation.id.in_(taken)).order_by(PhoneConfirmation.id)
            ).all()
            return [_Claimed(row.id, row.zone_id, self._message(session, row), row.attempts) for row in rows]

    def _message(self, session: Session, row: PhoneConfirmation) -> Message:
        if row.about.startswith(CROWDED):
            place = session.get_one(ControlPlace, int(row.about.removeprefix(CROWDED)))
            warning = crowded_text(place.name, place.most_people or 0, row.language, self._style)
            return Message(row.phone, warning, row.reference, language=row.language)
        code = code_of(self._secret, row.nonce, row.phone)
        text = text_of(code, row.language, self._style, typed_by_themselves=row.made_by is None)
        return Message(row.phone, text, row.reference, language=row.language)

    def _hand_over(self, claimed: Sequence[_Claimed]) -> None:
        waiting = {each.message.reference: each for each in claimed}
        unreachable: Outcome = ChannelProblem(N_("The message could not be handed over."), permanent=False)
        try:
            for message, outcome in self._channel.send(iter([each.message for each in claimed])):
                self._note(waiting.pop(message.reference), outcome)
        except ChannelProblem as problem:
            unreachable = problem
        except Exception:
            # A channel promises not to; what it had taken may have left.
            log.exception("the channel for text messages failed")
            unreachable = unreachable if self._channel.idempotent else Uncertain()
        for each in waiting.values():
            self._note(each, unreachable)

    def _note(self, claimed: _Claimed, outcome: Outcome) -> None:
        now = self._now()
        values: dict[str, object] = {"leased_by": None, "next_attempt_at": None}
        if isinstance(outcome, Sent):
            values |= {
                "state": PromptState.SENT,
                "sent_at": now,
                "gateway_reference": as_kept(outcome.gateway_reference),
                "problem": None,
            }
        elif isinstance(outcome, Uncertain):
            values |= {"state": PromptState.UNCERTAIN}
        else:
            following = after_problem(permanent=outcome.permanent, attempts=claimed.attempts, wait=outcome.wait)
            again = following.again_after
            values |= {
                "state": PromptState.FAILED if again is None else PromptState.QUEUED,
                "next_attempt_at": None if again is None else now + again,
                "problem": outcome.words.dump(),
            }
        # A receipt that was quicker knows more.
        mine = (PhoneConfirmation.state == PromptState.LEASED, PhoneConfirmation.leased_by == self._worker)
        with self._database.write() as session:
            changed(session, update(PhoneConfirmation).where(PhoneConfirmation.id == claimed.id, *mine).values(**values))
            if claimed.zone_id is not None:
                announce(session, claimed.zone_id, Topic.PEOPLE, now)
