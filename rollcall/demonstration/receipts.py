"""Tells the service what became of each message and what people wrote, again and again until it listens."""

from __future__ import annotations

import logging
import threading
from collections.abc import Set
from datetime import timedelta

import httpx

from monitor.clock import utc_now
from rollcall.demonstration.inbox import Inbox, Message

DELIVERED_AFTER = timedelta(seconds=0.5)
RINGS_FOR = timedelta(seconds=40)
LOOK_EVERY = 0.25  # seconds
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 15.0  # seconds
log = logging.getLogger(__name__)


class ReceiptSender(threading.Thread):
    """A thread that posts receipts and texts; `stop` ends it. address: of the service's hooks."""

    def __init__(self, inbox: Inbox, unreachable: Set[str], address: str, token: str) -> None:
        super().__init__(name="receipts", daemon=True)
        self._inbox, self._unreachable, self._address = inbox, unreachable, address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End within a request's time."""
        self._stopping.set()
        self.join(5)

    def run(self) -> None:
        """Until stopped."""
        pause = LOOK_EVERY
        with httpx.Client(timeout=4, headers=self._headers) as client:
            while not self._stopping.wait(pause):
                pause = LOOK_EVERY if self._tell_due(client) else min(max(2 * pause, FIRST_PAUSE), LONGEST_PAUSE)

    def _tell_due(self, client: httpx.Client) -> bool:
        """Tell what is due; False when the service does not listen, so that the rest is not tried in vain."""
        for message in self._inbox.untold():
            if self._stopping.is_set() or utc_now() < message.received_at + self._told_after(message):
                continue
            if not self._tell(client, message):
                return False
        return True

    def _told_after(self, message: Message) -> timedelta:
        """A call rings for a while, unless the phone is off or somebody has pressed a key."""
        if message.written:
            return timedelta(0)
        ringing = message.call and not message.said and message.to not in self._unreachable
        return RINGS_FOR if ringing else DELIVERED_AFTER

    def _tell(self, client: httpx.Client, message: Message) -> bool:
        failed = message.to in self._unreachable
        path = "sms/receipts"
        delivered, at = "delivered", message.received_at + DELIVERED_AFTER
        if message.call:
            path, delivered = "voice/receipts", "answered" if message.said else "no-answer"
        receipt = {
            "id": message.id,
            "reference": message.reference,
            "status": "failed" if failed else delivered,
            # The same at every try: a receipt that was late does not make the message late.
            "at": at.isoformat(),
            **({"detail": "absent subscriber"} if failed else {}),
        }
        if message.written:
            path = "sms/messages"
            receipt = {"id": message.id, "from": message.to, "text": message.text, "at": message.received_at.isoformat()}
        try:
            answer = client.post(f"{self._address}/{path}", json=receipt)
        except httpx.HTTPError as error:
            log.warning("receipt not taken: %s", type(error).__name__)
            return False
        # Refused for good: trying it again would only hold up the others.
        if answer.is_success or answer.status_code in (400, 422):
            self._inbox.mark_told(message)
            return True
        log.warning("receipt not taken: status %s", answer.status_code)
        return False
