"""Texts that people wrote: kept before the gateway is told so, then read, each once, by whoever comes first."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.locks import Lock, only_one
from monitor.database.statements import changed
from monitor.models.rollcalls.channels import ChannelName
from monitor.models.rollcalls.gateways import GatewayReading
from monitor.models.rollcalls.inbound import InboundDoubt, InboundMeaning, InboundMessage, InboundPart
from monitor.people.telephone_numbers import international
from monitor.words import N_, words
from rollcall.answers.said import LONGEST_TEXT
from rollcall.channels.deliveries import Delivery, decode
from rollcall.channels.heard import Heard, heard_text
from rollcall.channels.moments import GatewayClock
from rollcall.inbound.gateway_notes import GatewayNotes, forget_notes
from rollcall.inbound.handling import take_text
from rollcall.inbound.written import doubt_of

log = logging.getLogger(__name__)

# A gateway that gives texts no names and was not told that it may forget one sends it again. Told over a line that broke, it may too.
SAME_WITHIN = timedelta(minutes=5)
UNTOLD_WITHIN = timedelta(hours=1)
MOST_ATTEMPTS = 5
# Unknown numbers: enough to see who they are, not enough to fill a disk.
MOST_UNKNOWN_A_DAY = 5
MOST_UNKNOWN = 1000
LONGEST_SAID = 64
PARTS_KEPT = timedelta(days=1)
JOIN_WITHIN = timedelta(minutes=10)
BATCH = 100


@dataclass(frozen=True)
class TextWays:
    """How a gateway writes texts, as its settings say. clock: its times; alphabet: where a text names none."""

    clock: GatewayClock = GatewayClock()
    alphabet: str = "gsm"


@dataclass(frozen=True)
class Arrived:
    """A text. reference: the gateway's own name for it, "" where it has none; said: when it was written, as the gateway wrote it;
    said_at: as that was read, None where it says nothing or cannot be read. incomplete: not all of its parts came.
    """

    sender: str
    text: str
    at: datetime
    reference: str = ""
    said_at: datetime | None = None
    said: str = ""
    incomplete: bool = False


def keep(session: Session, arrived: Sequence[Arrived]) -> list[int]:
    """Keep texts in the caller's write transaction; returns their rows, those of texts that are kept already too.

    When it commits, the gateway may be told. Without a name of the gateway's, the same words from the same number are the same text for
    SAME_WITHIN; where the gateway was not told that we have it, for UNTOLD_WITHIN.
    """
    # Of one text that comes over two lines at once, or in two parts, the second waits here, and then sees the first.
    only_one(session, Lock.KEEPING_TEXTS)
    found: list[int] = []
    for each in arrived:
        sender = international(each.sender)
        # No database takes the character nought.
        said = each.text.replace("\0", "")[:LONGEST_TEXT].encode("utf-8", "replace").decode()
        reference = each.reference or _made_name(session, sender, said, each.at)
        doubt = InboundDoubt.INCOMPLETE if each.incomplete else doubt_of(each.said, each.said_at, each.at)
        row = {
            "channel": ChannelName.SMS,
            "gateway_reference": reference,
            "sender": sender,
            "text": said,
            "received_at": each.at,
            "said_at": min(each.said_at, each.at) if each.said_at and doubt is not InboundDoubt.TIME_IMPOSSIBLE else None,
            "said": each.said[:LONGEST_SAID],
            "doubt": doubt,
            "next_attempt_at": each.at,
        }
        session.execute(insert_new(session, InboundMessage), [row])
        kept = select(InboundMessage.id).where(
            InboundMessage.channel == ChannelName.SMS, InboundMessage.gateway_reference == reference
        )
        found.append(session.scalars(kept).one())
    return found


def _made_name(session: Session, sender: str, said: str, at: datetime) -> str:
    digest = hashlib.sha256(f"{sender}\n{said}".encode()).hexdigest()[:40]
    before = session.execute(
        select(InboundMessage.gateway_reference, InboundMessage.acknowledged, InboundMessage.received_at)
        .where(InboundMessage.sender == sender, InboundMessage.gateway_reference.startswith(f"{digest}."))
        .order_by(InboundMessage.received_at.desc())
        .limit(1)
    ).first()
    if before is not None and at - before.received_at < (SAME_WITHIN if before.acknowledged else UNTOLD_WITHIN):
        return str(before.gateway_reference)
    return f"{digest}.{at.isoformat()}"


def note_acknowledged(session: Session, ids: Sequence[int]) -> None:
    """The gateway was told that it may forget these."""
    changed(session, update(InboundMessage).where(InboundMessage.id.in_(ids)).values(acknowledged=True))


def keep_deliveries(session: Session, deliveries: Sequence[Delivery], at: datetime, ways: TextWays) -> list[int]:
    """Keep texts and parts in the caller's write transaction; returns the rows of the texts that are whole.

    A part that comes again counts once.
    """
    # Of one text that comes over two lines at once, or in two parts, the second waits here, and then sees the first.
    only_one(session, Lock.KEEPING_TEXTS)
    whole: list[Arrived] = []
    for each in deliveries:
        if each.total == 1:
            text = decode(each.content, each.coding, ways.alphabet)
            whole.append(Arrived(each.sender, text, at, said=each.said, said_at=ways.clock.read(each.said)))
            continue
        sender = international(each.sender)
        session.execute(
            insert_new(session, InboundPart),
            [
                {
                    "sender": sender,
                    "reference": each.reference,
                    "total": each.total,
                    "number": each.number,
                    "digest": hashlib.sha256(each.content).hexdigest(),
                    "content": each.content,
                    "coding": each.coding,
                    "said": each.said[:LONGEST_SAID],
                    "said_at": ways.clock.read(each.said),
                    "received_at": at,
                }
            ],
        )
        waiting = list(
            session.scalars(
                select(InboundPart)
                .where(
                    InboundPart.sender == sender,
                    InboundPart.reference == each.reference,
                    InboundPart.total == each.total,
                    InboundPart.joined.is_(False),
                )
                .order_by(InboundPart.number, InboundPart.id)
            )
        )
        if {row.number for row in waiting} in (set(range(1, each.total + 1)), set(range(each.total))):
            whole.append(_join(waiting, at, ways.alphabet))
    return keep(session, whole)


def heard_arrived(arrived: Arrived) -> Heard:
    """How a whole text was read, without its words."""
    doubt = InboundDoubt.INCOMPLETE if arrived.incomplete else doubt_of(arrived.said, arrived.said_at, arrived.at)
    reading = GatewayReading(doubt.value) if doubt else GatewayReading.TEXT
    form = f"id={arrived.reference} characters={len(arrived.text)} time={arrived.said}"
    return heard_text(reading, arrived.sender, form, arrived.said, arrived.said_at)


def heard_delivery(delivery: Delivery, at: datetime, ways: TextWays) -> Heard:
    """How a text or a part was read, without its words."""
    said_at = ways.clock.read(delivery.said)
    doubt = doubt_of(delivery.said, said_at, at)
    reading = GatewayReading(doubt.value) if doubt else GatewayReading.PART if delivery.total > 1 else GatewayReading.TEXT
    form = f"data_coding={delivery.coding} bytes={len(delivery.content)} time={delivery.said}"
    if delivery.total > 1:
        form += f" reference={delivery.reference} part={delivery.number}/{delivery.total}"
    return heard_text(reading, delivery.sender, form, delivery.said, said_at, part=delivery.number, total=delivery.total)


class TextStore:
    """Where an SMPP line puts what people write. Made once by a worker's entry point."""

    def __init__(
        self, database: Database, ways: TextWays | None = None, notes: GatewayNotes | None = None, answer_number: str = ""
    ) -> None:
        """notes: where it is noted what came, for whoever sets the gateway up; answer_number: the one that people write to."""
        self._database = database
        self._ways = ways or TextWays()
        self._notes = notes
        self._answer_number = answer_number

    def keep(self, deliveries: Sequence[Delivery], at: datetime) -> list[int]:
        """When this returns, the gateway may be told that it need not keep them."""
        with self._database.write() as session:
            kept = keep_deliveries(session, deliveries, at, self._ways)
        if self._notes is not None:
            self._notes.note([heard_delivery(each, at, self._ways) for each in deliveries], at)
        return kept

    def told(self, ids: Sequence[int], now: datetime) -> None:
        """The gateway was told. Reads them at once; what fails here the clock's tick does later."""
        try:
            with self._database.write() as session:
                note_acknowledged(session, ids)
            for number in ids:
                take_one(self._database, number, now, self._answer_number)
        except SQLAlchemyError:
            log.exception("texts are kept and could not be read yet")


def _join(parts: Sequence[InboundPart], at: datetime, alphabet: str = "gsm") -> Arrived:
    """The text of parts that are there, a mark where one is missing."""
    by_number = {each.number: each for each in parts}
    codings = {each.coding for each in parts}
    incomplete = len(by_number) < parts[0].total
    if len(codings) == 1 and not incomplete:
        # Joined before it is read: a character may be cut in two.
        joined = decode(b"".join(by_number[number].content for number in sorted(by_number)), codings.pop(), alphabet)
    else:
        numbers = range(parts[0].total) if 0 in by_number else range(1, parts[0].total + 1)
        joined = "".join(
            decode(by_number[n].content, by_number[n].coding, alphabet) if n in by_number else "[…]" for n in numbers
        )
    for each in parts:
        each.joined = True
    name = hashlib.sha256("".join(each.digest for each in parts).encode()).hexdigest()[:24]
    first = min(parts, key=lambda each: each.number)
    reference = f"parts-{first.sender}-{parts[0].id}-{name}"
    return Arrived(first.sender, joined, at, reference, first.said_at, first.said, incomplete=incomplete)


def take_waiting(database: Database, now: datetime, answer_number: str = "") -> int:
    """Read what waits, each text in its own transaction, by whoever comes first; returns how many. answer_number: that people write to."""
    with database.read() as session:
        due = select(InboundMessage.id).where(InboundMessage.next_attempt_at <= now).order_by(InboundMessage.next_attempt_at)
        ids = list(session.scalars(due.limit(BATCH)))
    for number in ids:
        take_one(database, number, now, answer_number)
    return len(ids)


def take_one(database: Database, number: int, now: datetime, answer_number: str = "") -> None:
    """Read one text. answer_number: that people write to. One that cannot be read for a fault of ours is tried again, and at last shown to staff as it is."""
    try:
        with database.write() as session:
            if _claim(session, number):
                take_text(session, session.get_one(InboundMessage, number), now, answer_number)
                _bound_unknown(session, number, now)
    except Exception:
        # Whatever goes wrong with one text, the others and their gateway do not wait for it. Its words stay out of the log.
        log.exception("text %s could not be read", number)
        _try_again(database, number, now)


def _claim(session: Session, number: int) -> bool:
    waiting = (InboundMessage.id == number, InboundMessage.next_attempt_at.is_not(None))
    return bool(changed(session, update(InboundMessage).where(*waiting).values(next_attempt_at=None)))


def _try_again(database: Database, number: int, now: datetime) -> None:
    with database.write() as session:
        row = session.get_one(InboundMessage, number)
        row.attempts += 1
        row.next_attempt_at = now + row.attempts * timedelta(minutes=1) if row.attempts < MOST_ATTEMPTS else None
        row.meaning = InboundMeaning.UNCLEAR
        row.outcome = words(N_("The service did not understand this text message. Please read it.")).dump()


def _bound_unknown(session: Session, number: int, now: datetime) -> None:
    """Of one unknown number only so many a day are kept."""
    row = session.get_one(InboundMessage, number)
    if row.resident_id is not None:
        return
    session.flush()
    today = select(func.count()).where(
        InboundMessage.sender == row.sender,
        InboundMessage.resident_id.is_(None),
        InboundMessage.received_at > now - timedelta(days=1),
    )
    if (session.scalar(today) or 0) > MOST_UNKNOWN_A_DAY:
        session.delete(row)


def tidy(database: Database, now: datetime) -> None:
    """Hand on texts whose parts never all came, and forget what nobody needs any more; how long texts are kept is the purge's to know."""
    with database.read() as session:
        late = select(InboundPart.sender, InboundPart.reference, InboundPart.total).where(
            InboundPart.joined.is_(False), InboundPart.received_at < now - JOIN_WITHIN
        )
        groups = session.execute(late.distinct()).all()
    for group in groups:
        with database.write() as session:
            parts = list(
                session.scalars(
                    select(InboundPart)
                    .where(
                        InboundPart.sender == group.sender,
                        InboundPart.reference == group.reference,
                        InboundPart.total == group.total,
                        InboundPart.joined.is_(False),
                    )
                    .order_by(InboundPart.number, InboundPart.id)
                )
            )
            if parts:
                keep(session, [_join(parts, now)])
    with database.write() as session:
        forget_notes(session, now)
        session.execute(delete(InboundPart).where(InboundPart.joined, InboundPart.received_at < now - PARTS_KEPT))
        unknown = (InboundMessage.resident_id.is_(None), InboundMessage.next_attempt_at.is_(None))
        newest = select(InboundMessage.id).where(*unknown).order_by(InboundMessage.id.desc()).offset(MOST_UNKNOWN).limit(1)
        last = session.scalar(newest)
        if last is not None:
            session.execute(delete(InboundMessage).where(*unknown, InboundMessage.id <= last))
