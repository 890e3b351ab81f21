"""How far the hotline's mailbox has been read."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from monitor.models.base import Base


class HotlineMailbox(Base):
    """One folder of one mailbox. Nothing is marked there: what was taken in is known here, by numbers that only grow."""

    __tablename__ = "hotline_mailbox"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    """A digest of server, user and folder: another mailbox begins anew."""
    validity: Mapped[int] = mapped_column(BigInteger)
    """UIDVALIDITY, under which the numbers hold."""
    last_uid: Mapped[int] = mapped_column(BigInteger)
    """The mail up to which all were taken in."""
    read_at: Mapped[datetime]
    """When all that was there had last been taken in: mail cannot have been missed before."""
    failing_since: Mapped[datetime | None]
    """Since when it cannot be looked into; None while it can."""
    problem: Mapped[dict[str, Any] | None]
    """Stored Words: why not."""
