"""What a worker's messages leave by: channels, links, journals, limits and style, put together once by its entry point."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from rollcall.channels.channel import Channel
from rollcall.people.links import make_household_link, make_link
from rollcall.prompts.pace import Rate
from rollcall.texts.style import Style

LEASE = timedelta(seconds=15)


@dataclass(frozen=True)
class SendingSetUp:
    """secret, address: of the links. outbox: folder of the workers' journals. budget: most messages a person gets in 24 hours.

    rates: of channels that have a limit, which all workers share. lease: how long a claimed message is its worker's.
    """

    channels: Mapping[str, Channel]
    secret: bytes
    address: str
    outbox: Path
    budget: int
    style: Style = Style()
    rates: Mapping[str, Rate] = field(default_factory=dict)
    lease: timedelta = LEASE

    def link(self, check_in_id: int, nonce: str, withdrawn_at: datetime | None, *, shared: bool) -> str:
        """To the page of a check-in; shared: of all who answer with the same phone. withdrawn_at: when links were, last."""
        make = make_household_link if shared else make_link
        return make(self.secret, self.address, check_in_id, nonce, withdrawn_at)
