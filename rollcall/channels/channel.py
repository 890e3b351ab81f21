"""Ways to a phone: one small class each, one error type that says whether trying again makes sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from monitor.models.rollcalls.channels import ChannelName
from monitor.problems import Problem


@dataclass(frozen=True)
class Message:
    """One message. reference: idempotency key, the same for every attempt. title, link: for channels that show them apart.

    kind, places: for channels whose words are templates at the gateway; which message it is, and what is filled in.
    in_reply_to: name of the mail that it answers; by_itself: no person wrote it, so that no machine is to answer it.
    """

    to: str
    text: str
    reference: str
    title: str = ""
    link: str = ""
    language: str = "vi"
    kind: str = ""
    places: Mapping[str, str] = field(default_factory=dict)
    in_reply_to: str = ""
    by_itself: bool = False


@dataclass(frozen=True)
class Sent:
    """The gateway has the message. gateway_reference: its own name for it, under which receipts come."""

    gateway_reference: str


LONGEST_NAME = 128


def as_kept(name: str) -> str:
    """A gateway's name for a message as it fits a line of the journal and a column of the database, whatever a gateway says."""
    return "".join(filter(str.isprintable, name))[:LONGEST_NAME]


@dataclass(frozen=True)
class Uncertain:
    """The message was handed over and no answer came: it may have gone out, and is never repeated word for word."""


class ChannelProblem(Problem):
    """A message could not be handed over. permanent: trying again makes no sense. left: it may be with the gateway all the same.

    wait: seconds for which the gateway asks to be left alone, by this message and all others; then it was no try of the message.
    """

    status = 502

    def __init__(self, template: str, *, permanent: bool, wait: float | None = None, left: bool = False, **values: Any) -> None:
        super().__init__(template, **values)
        self.permanent = permanent
        self.wait = wait
        self.left = left


class AddressGone(ChannelProblem):
    """Nobody is at this address any more: it is forgotten, and an older one of the same person may be tried next time."""

    def __init__(self, template: str, **values: Any) -> None:
        super().__init__(template, permanent=True, **values)


Outcome = Sent | Uncertain | ChannelProblem


@dataclass(frozen=True)
class Receipt:
    """What a gateway says became of a message, under its own name for it. reference: ours, where the gateway sends it back.

    other_names: under which the gateway may have taken the message, where it writes names in one form here and in another there.
    number: to which the message went, as the gateway says; no other name is believed where it is another number.
    """

    gateway_reference: str
    delivered: bool
    at: datetime
    detail: str = ""
    reference: str = ""
    other_names: tuple[str, ...] = ()
    number: str = ""


class Channel(Protocol):
    """A way to phones.

    idempotent: the gateway knows a reference again, so that a message may be handed over a second time when nobody knows whether
    it was; where it does not, such a message is `Uncertain`.
    """

    name: ChannelName
    idempotent: bool

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over and say of each what came of it, in any order.

        A message counts as handed over from the moment it is taken from `messages`; none is taken before there is room for it.
        Raises ChannelProblem when the gateway cannot be reached at all: then nothing that was not yet told of was handed over.
        """

    def close(self) -> None:
        """Hang up."""
