"""What a gateway sent and how it was read, as it is counted and shown to whoever sets the gateway up. Without what people wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from monitor.models.rollcalls.gateways import GatewayReading
from monitor.words import N_
from rollcall.channels.receipt_states import Decision

LONGEST_SHOWN = 300
SAYS = {
    GatewayReading.DELIVERED: N_("Delivery receipt for message %(name)s: delivered (%(word)s)."),
    GatewayReading.FAILED: N_("Delivery receipt for message %(name)s: not delivered (%(word)s)."),
    GatewayReading.UNDER_WAY: N_("Delivery receipt for message %(name)s: still on its way (%(word)s)."),
    GatewayReading.UNKNOWN_STATE: N_(
        "Delivery receipt for message %(name)s with a status the service does not know (%(word)s). It decides nothing."
    ),
    GatewayReading.UNREADABLE: N_("A delivery receipt that names no message or no status. It decides nothing."),
    GatewayReading.TEXT: N_("A text message; time written: “%(said)s”, read as %(at)s."),
    GatewayReading.PART: N_("Part %(number)s of %(total)s of a text message; time written: “%(said)s”, read as %(at)s."),
    GatewayReading.INCOMPLETE: N_("Part of a text message that does not say which part it is. It counts as no answer."),
    GatewayReading.TIME_UNREADABLE: N_(
        "A text message whose time the service cannot read (“%(said)s”). It counts as no answer; staff read it."
    ),
    GatewayReading.TIME_IMPOSSIBLE: N_(
        "A text message with a time that cannot be right (“%(said)s”, read as %(at)s). It counts as no answer; staff read it."
    ),
}
OF_DECISION = {
    Decision.DELIVERED: GatewayReading.DELIVERED,
    Decision.FAILED: GatewayReading.FAILED,
    Decision.UNDER_WAY: GatewayReading.UNDER_WAY,
    None: GatewayReading.UNKNOWN_STATE,
}


@dataclass(frozen=True)
class Heard:
    """One thing. number: whose telephone, masked; content: as it came; word: a state that nobody knows; values: of its sentence in SAYS."""

    reading: GatewayReading
    number: str = ""
    content: str = ""
    word: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def masked(number: str) -> str:
    """A telephone number of which the last three digits can be read; a name is shown as it is."""
    return re.sub(r"\d(?=(?:\D*\d){3})", "•", number[:32])


def without_digits(content: str) -> str:
    """Something unknown without what may be a telephone number."""
    return re.sub(r"\d", "•", content)[:LONGEST_SHOWN]


def heard_receipt(number: str, content: str, name: str, word: str, decision: Decision | None) -> Heard:
    """A receipt. decision: None where its word of state is not known."""
    reading = OF_DECISION[decision] if name and word else GatewayReading.UNREADABLE
    return Heard(
        reading,
        masked(number),
        content[:LONGEST_SHOWN],
        word[:40] if reading is GatewayReading.UNKNOWN_STATE else "",
        {"name": name[:128], "word": word[:40]},
    )


def heard_no_text(number: str) -> Heard:
    """A receipt, or something else without words, where only texts are to come."""
    return Heard(GatewayReading.UNREADABLE, masked(number), "", "", {"name": "", "word": ""})


def heard_call(name: str, status: str, *, known: bool) -> Heard:
    """What was told of a call that decides nothing. known: whether the word says that it goes on."""
    return heard_receipt("", f"status={status}", name, status, Decision.UNDER_WAY if known else None)


def heard_text(
    reading: GatewayReading, number: str, form: str, said: str, at: datetime | None, *, part: int = 0, total: int = 0
) -> Heard:
    """A text or a part of one. form: what it looked like, without its words; said: its time as it came; at: as that was read."""
    written = f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "—"
    return Heard(reading, masked(number), form, "", {"said": said[:64], "at": written, "number": part, "total": total})
