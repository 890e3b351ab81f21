"""A worker's sending, set up as small as it can be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.database.database import Database
from rollcall.channels.channel import Channel
from rollcall.prompts.sending import Sender
from rollcall.prompts.sending_set_up import SendingSetUp
from tests.worlds.due_round import SECRET


def make_sender(database: Database, channels: Mapping[str, Channel], outbox: Path, worker: str = "w", **set_up: Any) -> Sender:
    """One with links to http://phones and room for 24 messages a day. set_up: what is to be otherwise."""
    values: dict[str, Any] = {"secret": SECRET, "address": "http://phones", "budget": 24, **set_up}
    return Sender(database, worker, SendingSetUp(channels=channels, outbox=outbox, **values))
