"""Messages to any of the services that Apprise knows, one address each: tgram://…, signal://…, viber://… ."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong

from monitor.words import N_
from rollcall.channels import ChannelProblem, Message, Outcome, Sent, Uncertain

# Apprise's own log would hold texts and addresses of people.
logging.getLogger("apprise").setLevel(logging.CRITICAL)

log = logging.getLogger(__name__)
SECONDS = 20.0
_AT_ONCE = 4


def scheme_of(address: str) -> str:
    """The service that an address names."""
    return address.partition("://")[0].strip().lower() if "://" in address else ""


class AppriseAddresses:
    """Apprise says only whether it went well: what failed is tried again, what took too long is uncertain.

    Its modules are loaded with the first message, not where the channel is made.
    """

    name = "apprise"
    idempotent = False

    def __init__(self, schemes: Collection[str], *, seconds: float = SECONDS) -> None:
        """schemes: the services that may be named; others could reach into our own network or run programs. seconds: for one message."""
        self._schemes = frozenset(each.lower() for each in schemes)
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(_AT_ONCE, "apprise")

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        """Hand messages over one after the other, each within its time."""
        for message in messages:
            yield message, self._hand_over(message)

    def close(self) -> None:
        """Wait for nobody: what hangs ends with its own time-outs."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hand_over(self, message: Message) -> Outcome:
        if scheme_of(message.to) not in self._schemes:
            return ChannelProblem(
                N_("Addresses of the service %(name)s are not allowed here."), permanent=True, name=scheme_of(message.to)
            )
        under_way = self._threads.submit(_notify, message.to, message.title, message.text)
        try:
            went = under_way.result(self._seconds)
        except TookTooLong:
            # What has not begun never will; what has may arrive.
            if under_way.cancel():
                return ChannelProblem(N_("The service took too long."), permanent=False)
            return Uncertain()
        except Exception as error:
            # Code of a hundred services that others wrote: none of it may keep the other messages from leaving.
            log.warning("Apprise failed at a message: %s", type(error).__name__)
            return Uncertain()
        if went is None:
            return ChannelProblem(N_("The address is none that Apprise knows."), permanent=True)
        if not went:
            return ChannelProblem(N_("The service did not take the message."), permanent=False)
        return Sent(message.reference)


def _notify(address: str, title: str, text: str) -> bool | None:
    """Whether it went well; None: the address cannot be read."""
    # Loaded only where it is used: 17 MB of memory and 490 modules where it was measured.
    import apprise

    service = apprise.Apprise.instantiate(address, suppress_exceptions=True)
    if service is None:
        return None
    return bool(service.notify(body=text, title=title))


def tell_staff(addresses: str, title: str, text: str, *, seconds: float = SECONDS) -> list[Outcome]:
    """Tell staff over every address of the setting staff_alert_urls; returns what came of each, in order."""
    urls = addresses.split()
    channel = AppriseAddresses({scheme_of(each) for each in urls}, seconds=seconds)
    try:
        messages = (Message(to, text, f"staff-{number}", title) for number, to in enumerate(urls))
        return [outcome for _, outcome in channel.send(messages)]
    finally:
        channel.close()
