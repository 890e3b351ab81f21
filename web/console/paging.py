"""Pages of long lists by key: where the last page ended, as text in the address. Never by counting rows."""

from __future__ import annotations

from datetime import datetime

from monitor.problems import BadInput
from monitor.words import N_


def after_key(at: datetime, number: int, rank: int = 0) -> str:
    """The place behind a row, for an address."""
    return f"{at.isoformat()}~{rank}~{number}"


def read_key(text: str | None) -> tuple[datetime, int, int] | None:
    """(time, rank, number) of what `after_key` wrote; None for the first page. Raises BadInput."""
    if not text:
        return None
    try:
        # In an address, a plus sign that was not escaped arrives as a space.
        at, rank, number = text.replace(" ", "+").split("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return moment, int(rank), int(number)
    except ValueError:
        raise BadInput(N_("This address is incomplete. Go back to the start of the list.")) from None
