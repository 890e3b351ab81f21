"""What the gateway took and what people wrote: on disk before it says so, each reference once, found again after a kill."""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Message:
    """One message. sequence: 1, 2, 3 … in order of arrival; id: the gateway's own name for it; received_at: UTC.

    call: it was read out. written: by the telephone's owner, to the service. said: what the service said to the keys of a call.
    """

    sequence: int
    id: str
    to: str
    text: str
    reference: str
    received_at: datetime
    call: bool = False
    written: bool = False
    said: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the API and the journal."""
        return {**asdict(self), "received_at": self.received_at.isoformat(), "said": list(self.said)}


class ReferenceReused(Exception):
    """One reference for two different messages."""


class Inbox:
    """A journal of JSON lines and what it says, for threads of one process."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._messages: list[Message] = []
        self._by_reference: dict[str, Message] = {}
        self._by_id: dict[str, Message] = {}
        self._said = 0
        self._by_number: dict[str, list[Message]] = defaultdict(list)
        self._untold: dict[str, Message] = {}
        self._read: dict[str, int] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        self._journal = path.open("a+b")
        self._load()

    def _load(self) -> None:
        self._journal.seek(0)
        whole = 0
        for line in self._journal:
            # A line without its end was being written when the process was killed: nobody was told of it.
            if not line.endswith(b"\n"):
                break
            whole += len(line)
            self._apply(json.loads(line))
        self._journal.truncate(whole)

    def _apply(self, entry: dict[str, Any]) -> None:
        kind = entry.pop("kind")
        if kind == "message":
            at, said = datetime.fromisoformat(entry["received_at"]), tuple(entry.get("said", ()))
            message = Message(**{**entry, "received_at": at, "said": said})
            self._messages.append(message)
            self._by_reference[message.reference] = message
            self._by_id[message.id] = message
            self._by_number[message.to].append(message)
            self._untold[message.id] = message
        elif kind == "told":
            self._untold.pop(entry["id"], None)
        elif kind == "said":
            before = self._by_id[entry["id"]]
            self._replace(before, replace(before, said=(*before.said, entry["text"])))
        elif kind == "read":
            self._read[entry["number"]] = entry["count"]

    def _replace(self, before: Message, after: Message) -> None:
        self._by_id[after.id] = self._by_reference[after.reference] = after
        for listed in (self._messages, self._by_number[after.to]):
            listed[listed.index(before)] = after
        if after.id in self._untold:
            self._untold[after.id] = after

    def _append(self, kind: str, entry: dict[str, Any], *, durable: bool = False) -> None:
        self._journal.write(json.dumps({"kind": kind, **entry}).encode() + b"\n")
        self._journal.flush()
        if durable:
            os.fsync(self._journal.fileno())
        self._apply({"kind": kind, **entry})

    def take(self, to: str, text: str, reference: str, now: datetime, *, call: bool = False) -> Message:
        """Keep a message; one whose reference is known is the one that is kept already. Raises ReferenceReused."""
        with self._lock:
            known = self._by_reference.get(reference)
            if known is not None:
                if (known.to, known.text) != (to, text):
                    raise ReferenceReused
                return known
            message = Message(len(self._messages) + 1, secrets.token_hex(8), to, text, reference, now, call)
            self._append("message", message.as_json(), durable=True)
            return message

    def write(self, number: str, text: str, now: datetime) -> Message:
        """Keep a text that a number's owner wrote, until the service has it."""
        with self._lock:
            name = secrets.token_hex(8)
            message = Message(len(self._messages) + 1, name, number, text, f"written-{name}", now, written=True)
            self._append("message", message.as_json(), durable=True)
            return message

    def call_of(self, number: str, name: str) -> Message | None:
        """A call to a number, by the gateway's name for it."""
        with self._lock:
            found = self._by_id.get(name)
        return found if found is not None and found.call and found.to == number else None

    def mark_said(self, call: Message, text: str) -> None:
        """What the service said to a key that was pressed."""
        with self._lock:
            self._said += 1
            self._append("said", {"id": call.id, "text": text})

    def messages(self, number: str | None = None, *, after: int = 0, limit: int = 200) -> list[Message]:
        """The newest `limit` messages, oldest of them first; of one number; whose sequence is above `after`."""
        with self._lock:
            found = self._messages if number is None else self._by_number.get(number, [])
            return [each for each in found[-limit:] if each.sequence > after]

    def count(self, number: str) -> int:
        """How many messages a number has got."""
        with self._lock:
            return len(self._by_number.get(number, ()))

    def numbers(self) -> list[str]:
        """All numbers that got a message."""
        with self._lock:
            return list(self._by_number)

    def unread(self, number: str) -> int:
        """How many messages came since the inbox was last opened."""
        with self._lock:
            return len(self._by_number.get(number, ())) - self._read.get(number, 0)

    def mark_read(self, number: str) -> None:
        """Somebody has opened a number's inbox."""
        with self._lock:
            count = len(self._by_number.get(number, ()))
            if count != self._read.get(number, 0):
                self._append("read", {"number": number, "count": count})

    def untold(self) -> list[Message]:
        """Messages whose receipt the service has not taken yet."""
        with self._lock:
            return list(self._untold.values())

    def mark_told(self, message: Message) -> None:
        """The service has taken the receipt. Told twice is no harm, so this need not be on disk at once."""
        with self._lock:
            self._append("told", {"id": message.id})

    @property
    def version(self) -> int:
        """Grows with each message."""
        with self._lock:
            return len(self._messages) + self._said

    def close(self) -> None:
        """Close the journal."""
        with self._lock:
            self._journal.close()
