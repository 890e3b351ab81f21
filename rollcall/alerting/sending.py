"""Sends alerts: each claimed by a conditional update, handed over once, noted at once; no slow way or receiver holds up another.

A worker that died between claim and note leaves a lease that runs out. Where the gateway knows a reference again, the message is handed
over again; where not, nobody can know whether it left: it is noted as uncertain, and where somebody may be in danger sent once more.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.orm import Session

from monitor.alerts.outcomes import after_problem, after_uncertain
from monitor.alerts.record import ALARMS
from monitor.changes import Topic, announce
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed, changed_values
from monitor.models.accounts import Account
from monitor.models.alerts import Alert, AlertAddress, AlertDelivery, AlertState, AlertWay, DeliveryAbout
from monitor.models.incidents import Urgency
from monitor.models.places import Zone
from monitor.models.rollcalls.prompts import PromptState
from monitor.models.sealed_columns import Unreadable
from monitor.words import N_, Words, words
from rollcall.alerting.deliveries import after_failure
from rollcall.alerting.texts import Notice, message_of
from rollcall.channels.channel import AddressGone, Channel, ChannelProblem, Message, Outcome, Sent, Uncertain
from rollcall.channels.row_queue import handed_over
from rollcall.channels.smpp import SmppGateway

log = logging.getLogger(__name__)
# Renewed while the message is on its way, so that it ends soon after a death.
LEASE = timedelta(seconds=12)
LOOK_EVERY_SECONDS = 0.5
# What hangs for longer is not waited for: its lease ends, and it is settled as after a death.
RENEWED_FOR = timedelta(seconds=60)
# Messages on their way at once: those whose receivers answer for themselves go one by one, so that none waits for a slow one.
ONE_BY_ONE = {AlertWay.PUSH: 6, AlertWay.EMAIL: 3, AlertWay.APPRISE: 3}
AT_ONCE = 16
NOT_SET_UP = N_("This way is not set up on this service.")
NOT_NEEDED = N_("Someone took it before this left.")
ADDRESS_REMOVED = N_("The address was removed.")
ADDRESS_DAMAGED = N_("The address in our records is damaged and cannot be read. Please enter it again.")
ACCOUNT_CLOSED = N_("The account is closed.")


@dataclass(frozen=True)
class AlertSetUp:
    """channels: by way. address: of the console. plain: text messages leave without accents. lease: how long a claim holds unrenewed."""

    channels: Mapping[str, Channel]
    address: str
    plain: bool = False
    lease: timedelta = LEASE


@dataclass(frozen=True)
class Claimed:
    """One delivery on its way."""

    delivery_id: int
    message: Message
    urgency: Urgency


class AlertSender:
    """One worker's part in telling."""

    def __init__(self, database: Database, worker: str, set_up: AlertSetUp, clock: Callable[[], datetime] = utc_now) -> None:
        """worker: a name that no worker had before."""
        self._database, self._worker, self._set_up, self._now = database, worker, set_up, clock
        self._pools: dict[AlertWay, ThreadPoolExecutor] = {
            way: ThreadPoolExecutor(ONE_BY_ONE.get(way, 1), f"alerts-{way}") for way in AlertWay if way is not AlertWay.PAGE
        }
        self._busy: dict[AlertWay, list[Future[int]]] = {way: [] for way in self._pools}
        self._lock = threading.Lock()
        self._under_way: dict[int, datetime] = {}

    def run(self, stopping: threading.Event) -> None:
        """Look for what is due until the worker stops; whatever the database refuses is tried again."""
        while not stopping.is_set():
            try:
                self.look()
            except Exception:
                # Whatever it was: who is in danger needs this thread.
                log.exception("a look for alerts failed; trying again")
            stopping.wait(LOOK_EVERY_SECONDS)
        self.stop()

    def send_due(self) -> int:
        """Send what is due, to the end; returns how many were claimed."""
        return sum(each.result() for each in self.look())

    def look(self) -> list[Future[int]]:
        """Settle what dead workers left, renew what is under way, and begin to send what is due over ways that have room."""
        now = self._now()
        self._renew(now)
        with self._database.read() as session:
            due = session.execute(
                select(AlertDelivery.way, func.count())
                .where(AlertDelivery.next_attempt_at <= now, AlertDelivery.way != AlertWay.PAGE)
                .group_by(AlertDelivery.way)
            ).all()
        begun: list[Future[int]] = []
        if due:
            settle_dead(self._database, self._set_up.channels, now)
        for way, count in due:
            busy = [each for each in self._busy[way] if not each.done()]
            room = ONE_BY_ONE.get(way, 1) - len(busy)
            more = [self._pools[way].submit(self._send, way) for _ in range(min(room, count))]
            self._busy[way] = busy + more
            begun += more
        self._listen()
        return begun

    def _listen(self) -> None:
        """Take in what a gateway sends by itself over the connection of alerts, between two messages."""
        channel = self._set_up.channels.get(AlertWay.SMS)
        if isinstance(channel, SmppGateway) and all(each.done() for each in self._busy[AlertWay.SMS]):
            self._busy[AlertWay.SMS] = [self._pools[AlertWay.SMS].submit(channel.take_in)]

    def stop(self) -> None:
        """End; what is under way is finished or settled by others."""
        for pool in self._pools.values():
            pool.shutdown(wait=False, cancel_futures=True)
        for way, channel in self._set_up.channels.items():
            if all(each.done() for each in self._busy.get(AlertWay(way), ())):
                channel.close()

    def _renew(self, now: datetime) -> None:
        with self._lock:
            mine = [number for number, since in self._under_way.items() if now - since < RENEWED_FOR]
        if mine:
            with self._database.write() as session:
                changed(
                    session,
                    update(AlertDelivery)
                    .where(AlertDelivery.id.in_(mine), AlertDelivery.state == PromptState.LEASED)
                    .where(AlertDelivery.leased_by == self._worker)
                    .values(next_attempt_at=now + self._set_up.lease),
                )

    def _send(self, way: AlertWay) -> int:
        """Claim, hand over and note until nothing is due over this way; returns how many."""
        done = 0
        try:
            while claimed := self._claim(way, 1 if way in ONE_BY_ONE else AT_ONCE):
                done += len(claimed)
                with self._lock:
                    self._under_way |= dict.fromkeys((each.delivery_id for each in claimed), self._now())
                try:
                    for each, outcome in self._hand_over(way, claimed):
                        self._note(each, outcome, self._now())
                finally:
                    with self._lock:
                        for each in claimed:
                            self._under_way.pop(each.delivery_id, None)
        except Exception:
            log.exception("an alert could not be sent or noted; it is settled when its lease ends")
        return done

    def _claim(self, way: AlertWay, most: int) -> list[Claimed]:
        now = self._now()
        with self._database.write() as session:
            due = (
                select(AlertDelivery.id)
                .outerjoin(Alert, Alert.id == AlertDelivery.alert_id)
                .where(
                    AlertDelivery.next_attempt_at <= now,
                    AlertDelivery.state == PromptState.QUEUED,
                    AlertDelivery.way == way,
                )
                .order_by(case((Alert.urgency == Urgency.DANGER, 0), else_=1), AlertDelivery.id)
                .limit(most)
            )
            taken = changed_values(
                session,
                update(AlertDelivery)
                .where(AlertDelivery.id.in_(list(session.scalars(due))), AlertDelivery.state == PromptState.QUEUED)
                .values(
                    state=PromptState.LEASED,
                    leased_by=self._worker,
                    next_attempt_at=now + self._set_up.lease,
                    attempts=AlertDelivery.attempts + 1,
                )
                .returning(AlertDelivery.id),
            )
            found = [self._read(session, each, now) for each in sorted(taken)]
        return [each for each in found if each is not None] or ([] if not taken else self._claim(way, most))

    def _read(self, session: Session, delivery_id: int, now: datetime) -> Claimed | None:
        """What is to be handed over; None where that makes no sense any more, which is noted."""
        delivery = session.get_one(AlertDelivery, delivery_id, populate_existing=True)
        address = session.get(AlertAddress, delivery.address_id)
        account = session.get_one(Account, delivery.account_id)
        alert = session.get(Alert, delivery.alert_id, populate_existing=True) if delivery.alert_id is not None else None
        why = None
        if delivery.way not in self._set_up.channels:
            why = NOT_SET_UP
        elif address is None:
            why = ADDRESS_REMOVED
        elif isinstance(address.address, Unreadable):
            why = ADDRESS_DAMAGED
        elif not account.active:
            why = ACCOUNT_CLOSED
        elif alert is not None and delivery.about in ALARMS and alert.state is not AlertState.OPEN:
            why = NOT_NEEDED
        if why is not None or address is None:
            _give_up(session, delivery, words(why or ADDRESS_REMOVED), now)
            return None
        notice = Notice(delivery.about)
        if alert is not None:
            zone = session.scalar(select(Zone.name).where(Zone.id == alert.zone_id)) or ""
            notice = Notice(delivery.about, alert.id, alert.kind, alert.urgency, zone, alert.incidents)
        message = message_of(
            notice,
            delivery.way,
            to=address.address,
            reference=delivery.reference,
            language=account.language,
            address=self._set_up.address,
            plain=self._set_up.plain,
        )
        return Claimed(delivery_id, message, notice.urgency)

    def _hand_over(self, way: AlertWay, claimed: Sequence[Claimed]) -> Iterator[tuple[Claimed, Outcome]]:
        """Each with what became of it, whatever the channel does."""
        by_reference = {each.message.reference: each for each in claimed}
        for message, outcome in handed_over(self._set_up.channels[way], [each.message for each in claimed]):
            yield by_reference[message.reference], outcome

    def _note(self, claimed: Claimed, outcome: Outcome, at: datetime) -> None:
        with self._database.write() as session:
            delivery = session.get_one(AlertDelivery, claimed.delivery_id, populate_existing=True, with_for_update=True)
            held = delivery.leased_by == self._worker and delivery.state is PromptState.LEASED
            # Others took us for dead: that it left is worth noting even so. A receipt that was quicker knows more.
            known = delivery.state in (PromptState.DELIVERED, PromptState.FAILED)
            if not held and (known or not isinstance(outcome, Sent)):
                return
            if isinstance(outcome, Sent):
                delivery.state, delivery.next_attempt_at, delivery.problem = PromptState.SENT, None, None
                delivery.sent_at, delivery.gateway_reference, delivery.leased_by = at, outcome.gateway_reference[:128], None
            elif isinstance(outcome, Uncertain):
                _note_uncertain(session, delivery, claimed.urgency, at)
            else:
                self._note_problem(session, delivery, outcome, at)
            announce(session, None, Topic.ALERT, at)

    def _note_problem(self, session: Session, delivery: AlertDelivery, problem: ChannelProblem, at: datetime) -> None:
        following = after_problem(permanent=problem.permanent, attempts=delivery.attempts, wait=problem.wait)
        if following.again_after is not None:
            delivery.state, delivery.leased_by = PromptState.QUEUED, None
            delivery.next_attempt_at, delivery.problem = at + following.again_after, problem.words.dump()
            return
        if isinstance(problem, AddressGone):
            session.execute(delete(AlertAddress).where(AlertAddress.id == delivery.address_id))
        _give_up(session, delivery, problem.words, at)


def settle_dead(database: Database, channels: Mapping[str, Channel], now: datetime) -> int:
    """What dead workers had claimed: handed over again where that is harmless, else uncertain; returns how many."""
    expired = (
        AlertDelivery.state == PromptState.LEASED,
        AlertDelivery.next_attempt_at <= now,
        AlertDelivery.way != AlertWay.PAGE,
    )
    with database.read() as session:
        if session.scalar(select(AlertDelivery.id).where(*expired).limit(1)) is None:
            return 0
    with database.write() as session:
        rows = session.scalars(select(AlertDelivery).where(*expired).with_for_update(skip_locked=True)).all()
        for row in rows:
            channel = channels.get(row.way)
            if channel is None or channel.idempotent:
                row.state, row.leased_by, row.next_attempt_at = PromptState.QUEUED, None, now
                continue
            alert = session.get(Alert, row.alert_id) if row.alert_id is not None else None
            _note_uncertain(session, row, alert.urgency if alert is not None else Urgency.SOON, now)
        if rows:
            announce(session, None, Topic.ALERT, now)
        return len(rows)


def _note_uncertain(session: Session, delivery: AlertDelivery, urgency: Urgency, now: datetime) -> None:
    """It may have left: noted so, and for danger sent once more under another reference."""
    delivery.state, delivery.next_attempt_at, delivery.leased_by = PromptState.UNCERTAIN, None, None
    step, _, repeats = delivery.step.partition(".")
    if delivery.about in ALARMS and after_uncertain(urgency, int(repeats or 0)).repeat:
        session.add(
            AlertDelivery(
                alert_id=delivery.alert_id,
                account_id=delivery.account_id,
                way=delivery.way,
                address_id=delivery.address_id,
                about=DeliveryAbout.AGAIN,
                step=f"{step}.{int(repeats or 0) + 1}",
                state=PromptState.QUEUED,
                reference=secrets.token_hex(16),
                made_at=now,
                next_attempt_at=now,
            )
        )


def _give_up(session: Session, delivery: AlertDelivery, why: Words, now: datetime) -> None:
    delivery.state, delivery.next_attempt_at, delivery.leased_by = PromptState.FAILED, None, None
    delivery.problem = why.dump()
    session.flush()
    after_failure(session, delivery, now)
