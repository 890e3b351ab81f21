"""Texts that people wrote: kept before the gateway is told so, then read, each once, by whoever comes first."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.database import Database, insert_new
from monitor.models import InboundMeaning, InboundMessage, InboundPart
from monitor.words import N_, words
from rollcall.channels.deliveries import Delivery, decode
from rollcall.numbers import international
from rollcall.reading import LONGEST
from rollcall.taking import take_text

log = logging.getLogger(__name__)

SMS, VOICE = "sms", "voice"
# A gateway that gives texts no names and was not told that it may forget one sends it again. Told over a line that broke, it may too.
SAME_WITHIN = timedelta(minutes=5)
UNTOLD_WITHIN = timedelta(hours=1)
MOST_ATTEMPTS = 5
# Unknown numbers: enough to see who they are, not enough to fill a disk.
MOST_UNKNOWN_A_DAY = 5
MOST_UNKNOWN = 1000
UNKNOWN_KEPT = timedelta(days=30)
PARTS_KEPT = timedelta(days=1)
JOIN_WITHIN = timedelta(minutes=10)
_KEEPING = 20210704
BATCH = 100


@dataclass(frozen=True)
class Arrived:
    """A text. reference: the gateway's own name for it, "" where it has none; said_at: when it was written, None where unknown."""

    sender: str
    text: str
    at: datetime
    reference: str = ""
    said_at: datetime | None = None


def keep(session: Session, arrived: Sequence[Arrived]) -> list[int]:
    """Keep texts in the caller's write transaction; returns their rows, those of texts that are kept already too.

    When it commits, the gateway may be told. Without a name of the gateway's, the same words from the same number are the same text for
    SAME_WITHIN; where the gateway was not told that we have it, for UNTOLD_WITHIN.
    """
    _one_keeps_at_a_time(session)
    found: list[int] = []
    for each in arrived:
        sender = international(each.sender)
        # No database takes the character nought.
        said = each.text.replace("\0", "")[:LONGEST].encode("utf-8", "replace").decode()
        reference = each.reference or _made_name(session, sender, said, each.at)
        row = {
            "channel": SMS,
            "gateway_reference": reference,
            "sender": sender,
            "text": said,
            "received_at": each.at,
            "said_at": min(each.said_at, each.at) if each.said_at else None,
            "next_attempt_at": each.at,
        }
        session.execute(insert_new(session, InboundMessage), [row])
        kept = select(InboundMessage.id).where(InboundMessage.channel == SMS, InboundMessage.gateway_reference == reference)
        found.append(session.scalars(kept).one())
    return found


def _one_keeps_at_a_time(session: Session) -> None:
    """Of one text that comes over two lines at once, or in two parts, the second waits here, and then sees the first."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _KEEPING})


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
    session.execute(
        update(InboundMessage)
        .where(InboundMessage.id.in_(ids))
        .values(acknowledged=True)
        .execution_options(synchronize_session=False)
    )


def keep_deliveries(session: Session, deliveries: Sequence[Delivery], at: datetime) -> list[int]:
    """Keep what came over SMPP in the caller's write transaction; returns the rows of the texts that are whole.

    A part that comes again counts once.
    """
    _one_keeps_at_a_time(session)
    whole: list[Arrived] = []
    for each in deliveries:
        if each.total == 1:
            whole.append(Arrived(each.sender, decode(each.content, each.coding), at))
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
        if {row.number for row in waiting} == set(range(1, each.total + 1)):
            whole.append(_join(waiting, at))
    return keep(session, whole)


class TextStore:
    """Where an SMPP line puts what people write. Made once by a worker's entry point."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, deliveries: Sequence[Delivery], at: datetime) -> list[int]:
        """When this returns, the gateway may be told that it need not keep them."""
        with self._database.write() as session:
            return keep_deliveries(session, deliveries, at)

    def told(self, ids: Sequence[int], now: datetime) -> None:
        """The gateway was told. Reads them at once; what fails here the clock's tick does later."""
        try:
            with self._database.write() as session:
                note_acknowledged(session, ids)
            for number in ids:
                take_one(self._database, number, now)
        except SQLAlchemyError:
            log.exception("texts are kept and could not be read yet")


def _join(parts: Sequence[InboundPart], at: datetime) -> Arrived:
    """The text of parts that are there, a mark where one is missing."""
    by_number = {each.number: each for each in parts}
    codings = {each.coding for each in parts}
    if len(codings) == 1 and len(by_number) == parts[0].total:
        # Joined before it is read: a character may be cut in two.
        joined = decode(b"".join(by_number[number].content for number in sorted(by_number)), codings.pop())
    else:
        numbers = range(1, parts[0].total + 1)
        joined = "".join(decode(by_number[n].content, by_number[n].coding) if n in by_number else "[…]" for n in numbers)
    for each in parts:
        each.joined = True
    name = hashlib.sha256("".join(each.digest for each in parts).encode()).hexdigest()[:24]
    return Arrived(parts[0].sender, joined, at, f"parts-{parts[0].sender}-{parts[0].id}-{name}")


def take_waiting(database: Database, now: datetime) -> int:
    """Read what waits, each text in its own transaction, by whoever comes first; returns how many."""
    with database.read() as session:
        due = select(InboundMessage.id).where(InboundMessage.next_attempt_at <= now).order_by(InboundMessage.next_attempt_at)
        ids = list(session.scalars(due.limit(BATCH)))
    for number in ids:
        take_one(database, number, now)
    return len(ids)


def take_one(database: Database, number: int, now: datetime) -> None:
    """Read one text. One that cannot be read for a fault of ours is tried again, and at last shown to staff as it is."""
    try:
        with database.write() as session:
            if _claim(session, number):
                take_text(session, session.get_one(InboundMessage, number), now)
                _bound_unknown(session, number, now)
    except Exception:
        # Whatever goes wrong with one text, the others and their gateway do not wait for it. Its words stay out of the log.
        log.exception("text %s could not be read", number)
        _try_again(database, number, now)


def _claim(session: Session, number: int) -> bool:
    claimed = session.execute(
        update(InboundMessage)
        .where(InboundMessage.id == number, InboundMessage.next_attempt_at.is_not(None))
        .values(next_attempt_at=None)
        .execution_options(synchronize_session=False)
    )
    assert isinstance(claimed, CursorResult)
    return bool(claimed.rowcount)


def _try_again(database: Database, number: int, now: datetime) -> None:
    with database.write() as session:
        row = session.get_one(InboundMessage, number)
        row.attempts += 1
        row.next_attempt_at = now + row.attempts * timedelta(minutes=1) if row.attempts < MOST_ATTEMPTS else None
        row.meaning = InboundMeaning.UNCLEAR
        row.outcome = words(N_("The service could not read this text. Please read it yourself.")).dump()


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
    """Hand on texts whose parts never all came, and forget what nobody needs any more."""
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
        session.execute(delete(InboundPart).where(InboundPart.joined, InboundPart.received_at < now - PARTS_KEPT))
        unknown = (InboundMessage.resident_id.is_(None), InboundMessage.next_attempt_at.is_(None))
        session.execute(delete(InboundMessage).where(*unknown, InboundMessage.received_at < now - UNKNOWN_KEPT))
        newest = select(InboundMessage.id).where(*unknown).order_by(InboundMessage.id.desc()).offset(MOST_UNKNOWN).limit(1)
        last = session.scalar(newest)
        if last is not None:
            session.execute(delete(InboundMessage).where(*unknown, InboundMessage.id <= last))
