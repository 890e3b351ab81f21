"""Phones that answer by themselves, through the same addresses as everybody's."""

from __future__ import annotations

import logging
import random
import re
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageEnhance, ImageOps

from monitor.clock import utc_now
from rollcall.demonstration.configuration import Behaviour, Owner

LOOK_EVERY = 1.0  # seconds
TRY_AGAIN = timedelta(seconds=3)
# A link is never good for longer; what was not answered by then is a question for staff.
GIVE_UP = timedelta(hours=1)
LONG_SIDE = 1280
ANSWERED_BY_TEXT_WITHIN = timedelta(minutes=2)
# "1", or "OK" where several share a phone, with its code word: in a message that says to which number it is to be sent; a thank-you does not.
_ASKED = re.compile(r"(?:(?:(?<=nhắn )|(?<=nhan )|(?<=[Tt]ext ))1|\b(?:CO|OK))\b( \d{4})?(?=.*\b8149\b)")
log = logging.getLogger(__name__)

FORMS: dict[Behaviour, dict[str, str | list[str]]] = {
    Behaviour.ANSWERS: {"unwell": "no"},
    Behaviour.SOMEBODY_ELSE: {"unwell": "no"},
    Behaviour.UNWELL: {"unwell": "yes", "symptoms": ["fever", "cough"], "help": ["medicine"]},
}


@dataclass
class _Open:
    """A link that waits for its answer."""

    owner: Owner
    link: str
    due: datetime
    until: datetime


@dataclass(frozen=True)
class _Text:
    """A text that a phone is about to write."""

    number: str
    words: str
    due: datetime


def well(message: str) -> str | None:
    """What to text back to say that all is well: "1 4821"; None where a message asks for no text."""
    asked = _ASKED.search(message)
    return asked[0] if asked else None


class Phones(threading.Thread):
    """A thread that reads the telephone's messages and answers each link once; `stop` ends it. telephone: its address."""

    def __init__(self, owners: tuple[Owner, ...], telephone: str, *, seed: int | None = None) -> None:
        super().__init__(name="phones", daemon=True)
        self._owners = {each.number: each for each in owners if each.behaviour in FORMS or each.behaviour is Behaviour.BY_TEXT}
        self._telephone = telephone
        self._chance = random.Random(seed)  # noqa: S311 - how a picture is cropped is no secret
        self._seen = 0
        self._known: set[str] = set()
        # Roll-calls, by number.
        self._received: Counter[str] = Counter()
        self._open: list[_Open] = []
        self._texts: list[_Text] = []
        self._stopping = threading.Event()

    def stop(self) -> None:
        """End within a request's time."""
        self._stopping.set()
        self.join(5)

    def run(self) -> None:
        """Until stopped."""
        with httpx.Client(timeout=10, headers={"Accept": "application/json"}, follow_redirects=True) as client:
            while not self._stopping.wait(LOOK_EVERY):
                try:
                    self._read(client)
                    self._answer_due(client)
                except (httpx.HTTPError, ValueError) as error:
                    log.warning("a phone waits: %s", type(error).__name__)

    def _read(self, client: httpx.Client) -> None:
        """Note new links. After a restart old ones come again; each is asked about before it is answered."""
        for message in client.get(f"{self._telephone}/api/messages", params={"after": self._seen}).raise_for_status().json():
            self._seen = max(self._seen, message["sequence"])
            owner, link = self._owners.get(message["to"]), message["link"]
            if owner is not None and owner.behaviour is Behaviour.BY_TEXT:
                self._note_text(owner, message)
                continue
            if owner is None or link is None or link in self._known:
                continue
            self._known.add(link)
            self._received[owner.number] += 1
            if owner.leaves_out and self._received[owner.number] % owner.leaves_out == 0:
                continue
            received = datetime.fromisoformat(message["received_at"])
            self._open.append(_Open(owner, link, received + timedelta(seconds=owner.delay_seconds), received + GIVE_UP))

    def _note_text(self, owner: Owner, message: dict[str, Any]) -> None:
        """Answer as the message asks; what came long before a restart was answered then."""
        said, received = well(message["text"]), datetime.fromisoformat(message["received_at"])
        if said and not message["written"] and not message["call"] and utc_now() - received < ANSWERED_BY_TEXT_WITHIN:
            self._texts.append(_Text(owner.number, said, received + timedelta(seconds=owner.delay_seconds)))

    def _answer_due(self, client: httpx.Client) -> None:
        for text in [each for each in self._texts if utc_now() >= each.due]:
            self._texts.remove(text)
            client.post(f"{self._telephone}/inbox/{text.number}/texts", data={"text": text.words}).raise_for_status()
        for each in list(self._open):
            now = utc_now()
            if self._stopping.is_set() or now < each.due:
                continue
            try:
                done = now >= each.until or self._answer(client, each)
            except httpx.HTTPError as error:
                log.warning("the service does not answer a phone: %s", type(error).__name__)
                done = False
            if done:
                self._open.remove(each)
            else:
                each.due = now + TRY_AGAIN

    def _answer(self, client: httpx.Client, each: _Open) -> bool:
        """Answer a link; returns whether nothing is left to do about it."""
        state = client.get(f"{each.link}/state")
        if state.status_code == 200 and state.json()["state"] not in ("scheduled", "prompted"):
            return True
        if state.status_code == 200:
            client.get(each.link, headers={"Accept": "text/html"})
            files = {"photo": ("selfie.jpg", self._selfie(each.owner.picture), "image/jpeg")} if each.owner.picture else None
            state = client.post(each.link, data=FORMS[each.owner.behaviour], files=files)
        log.info("%s: %s", each.owner.number, state.status_code)
        return state.status_code < 500 and state.status_code != 429

    def _selfie(self, path: Path) -> bytes:
        """The picture as a hand would take it again: a little nearer, a little darker."""
        with Image.open(path) as opened:
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((LONG_SIDE, LONG_SIDE))
        width, height = picture.size
        left, top, right, bottom = (self._chance.uniform(0, 0.04) for _ in range(4))
        picture = picture.crop((int(left * width), int(top * height), int((1 - right) * width), int((1 - bottom) * height)))
        picture = ImageEnhance.Brightness(picture).enhance(self._chance.uniform(0.9, 1.08))
        content = BytesIO()
        picture.save(content, "JPEG", quality=85)
        return content.getvalue()
