"""What gateways sent in the last days and how it was read, as it is shown to whoever sets one up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from monitor.models.rollcalls.gateways import NOT_UNDERSTOOD, GatewayCount, GatewayReading, GatewaySample
from monitor.models.rollcalls.prompts import ParkedReceipt

DAYS = timedelta(days=7)
MOST_SHOWN = 50


@dataclass(frozen=True)
class Counted:
    """How much of one kind a gateway sent. word: its own, where that was not known."""

    gateway: str
    reading: GatewayReading
    word: str
    number: int
    last_at: datetime

    @property
    def understood(self) -> bool:
        """Whether it was read as something that counts."""
        return self.reading not in NOT_UNDERSTOOD


def counted(session: Session, now: datetime, span: timedelta = DAYS) -> list[Counted]:
    """What came in the last days (of UTC), what was not understood first."""
    rows = session.execute(
        select(
            GatewayCount.gateway,
            GatewayCount.reading,
            GatewayCount.word,
            func.sum(GatewayCount.number),
            func.max(GatewayCount.last_at, type_=GatewayCount.last_at.type),
        )
        .where(GatewayCount.day > (now - span).date())
        .group_by(GatewayCount.gateway, GatewayCount.reading, GatewayCount.word)
    )
    found = [Counted(gateway, reading, word, int(number), last_at) for gateway, reading, word, number, last_at in rows]
    return sorted(found, key=lambda each: (each.gateway, each.understood, each.reading, each.word))


def samples(session: Session) -> Sequence[GatewaySample]:
    """The last things that came, the newest first."""
    return session.scalars(select(GatewaySample).order_by(GatewaySample.id.desc()).limit(MOST_SHOWN)).all()


def of_nobody(session: Session) -> int:
    """How many receipts wait that name no message of ours."""
    return session.scalar(select(func.count()).select_from(ParkedReceipt)) or 0
