"""The service's hooks on a real socket, a worker that sends, and phones that write and press keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from werkzeug.serving import make_server

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.channels.channel import Message, Outcome, Sent
from rollcall.texts.style import Style
from tests.doubles import patient
from tests.worlds.due_round import SECRET
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

TOKEN, VOICE_TOKEN = "the token of texts", "the token of calls"
AN = "+84900000101"


class Line:
    """A channel that keeps what it is handed."""

    idempotent = True

    def __init__(self, name: str = "sms") -> None:
        self.name = name
        self.sent: list[Message] = []

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for each in messages:
            self.sent.append(each)
            yield each, Sent(f"g-{each.reference}")

    def close(self) -> None:
        pass


class Phones:
    """The service's hooks on a real socket, and a worker that sends."""

    def __init__(self, database: Database, vault: Vault, folder: Path, **more: Any) -> None:
        self.now = NOW
        settings = Settings(
            data_folder=folder,
            secret_key=SECRET.decode(),
            sms_gateway_token=TOKEN,
            voice_gateway_token=VOICE_TOKEN,
            sms_answer_number="8149",
            **more,
        )
        app = create_residents(settings, database, vault, now=lambda: self.now)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self.sms, self.voice = Line(), Line("voice")
        lines = {"sms": self.sms, "voice": self.voice}
        self._sender = make_sender(database, lines, folder / "outbox", style=Style("8149", authority=settings.speaker))
        self._names = 0

    def post(self, path: str, token: str = TOKEN, **more: Any) -> httpx.Response:
        return httpx.post(f"{self.address}/hooks/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=60, **more)

    def write(self, text: str, number: str = AN, name: str = "", **more: Any) -> httpx.Response:
        self._names += 1
        body = {"id": name or f"t-{self._names}", "from": number, "text": text, **more}
        return self.post("sms/messages", json=body).raise_for_status()

    def press(self, reference: str, key: str) -> dict[str, Any]:
        said: dict[str, Any] = (
            self.post("voice/keys", VOICE_TOKEN, json={"id": "call-1", "reference": reference, "key": key})
            .raise_for_status()
            .json()
        )
        return said

    def answer(self, token: str, **form: Any) -> httpx.Response:
        """Answer on the residents' page of a link."""
        return patient.post(f"{self.address}/a/{token}", data=form, headers={"Accept": "text/html"})

    def send(self, at: datetime | None = None) -> list[str]:
        """What leaves by text now."""
        before = len(self.sms.sent)
        self._sender.send_due(at or self.now)
        return [each.text for each in self.sms.sent[before:]]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
