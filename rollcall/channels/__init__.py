"""Ways to a phone: one small class each, one error type that says whether trying again makes sense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from monitor.problems import Problem


@dataclass(frozen=True)
class Message:
    """One message. reference: idempotency key, the same for every attempt."""

    to: str
    text: str
    reference: str


@dataclass(frozen=True)
class Sent:
    """What the gateway said. gateway_reference: its own name for the message, under which receipts come."""

    gateway_reference: str


class ChannelProblem(Problem):
    """A message could not be handed over. permanent: trying again makes no sense."""

    status = 502

    def __init__(self, template: str, *, permanent: bool, **values: Any) -> None:
        super().__init__(template, **values)
        self.permanent = permanent


class Channel(Protocol):
    """A way to phones."""

    name: str

    def send(self, message: Message) -> Sent:
        """Hand a message over; raises ChannelProblem. Returning means that the gateway has it."""
