"""Writes the message of each claimed prompt, and notes in whose words it is, its parts and its price."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import update
from sqlalchemy.orm import Session

from monitor.bulk import one_of
from monitor.models import CheckIn, MessageKind, MessageText, Plan, Prompt, Resident
from monitor.models.rollcalls import REPLIES
from monitor.words import translator
from rollcall.channels import Message
from rollcall.ladder import TEXT, VOICE
from rollcall.message_length import measure, without_accents
from rollcall.message_texts import InForce, Texts, built_in, in_words_of, kind_of
from rollcall.prices import Prices
from rollcall.short_texts import ShortWording
from rollcall.texts import TITLE


def spoken(session: Session, prompt: Prompt, check_in: CheckIn, resident: Resident, plan: Plan, due: str, *, ward: bool) -> str:
    """What a call says that takes keys: own words of the zone or the province, else the built-in ones. due: on the zone's clock.

    ward: somebody answers for the resident.
    """
    kind = kind_of(prompt.kind, prompt.channel, shared=check_in.lead_id is not None, ward=ward)
    own = Texts(session, {check_in.zone_id}, plain=False).of(check_in.zone_id, kind, resident.language)
    short = (
        None
        if own.text_id is not None
        else ShortWording().short_text(session, prompt, check_in, resident, plan, due, ward=ward)
    )
    return short or own.fill({"due": due, "name": resident.full_name}, prompt.channel)


class Wording:
    """Of one claim. A message that was tried before keeps the words it had."""

    def __init__(self, session: Session, zones: Collection[int], prices: Prices, *, plain: bool) -> None:
        """plain: built-in text messages leave without accents."""
        self._session = session
        self._texts = Texts(session, zones, plain=plain)
        self._plain = plain
        self._prices = prices
        self._noted: dict[tuple[int | None, int, int], list[int]] = defaultdict(list)

    def write(
        self,
        prompt: Prompt,
        resident: Resident,
        to: str,
        link: str,
        due: str,
        *,
        shared: bool,
        ward: bool = False,
        short: str | None = None,
    ) -> tuple[Message, int]:
        """The message and its parts. due: on the zone's wall clock; shared: several people answer with this phone.

        ward: somebody answers for the resident. short: what it says to somebody who answers by text or keys, in place of words of which a link is a part.
        """
        # Own words of a call name no link, so they stand; those of a text message would, to somebody who cannot open it.
        # Replies have words of their own, which nobody sets.
        kind = None if prompt.kind in REPLIES else kind_of(prompt.kind, prompt.channel, shared=shared, ward=ward)
        words = None
        if kind is not None and (short is None or prompt.channel == VOICE):
            words = self._words(prompt, kind, resident.language)
        places = {"link": link, "due": due, "name": resident.full_name}
        if short is not None and (words is None or words.text_id is None):
            text_id, says = None, without_accents(short) if self._plain and prompt.channel == TEXT else short
        else:
            assert words is not None
            text_id, says = words.text_id, words.fill(places, prompt.channel)
        parts = measure(says).parts if prompt.channel == TEXT else 1
        self._noted[text_id, parts, self._prices.of(prompt.channel, parts)].append(prompt.id)
        title = translator(resident.language)(TITLE)
        return Message(to, says, prompt.reference, title, link, resident.language, kind.value if kind else "", places), parts

    def note(self) -> None:
        """Note them all, in the claim's transaction: few words and lengths differ within one."""
        for (text_id, parts, cost), ids in self._noted.items():
            self._session.execute(
                update(Prompt)
                .where(one_of(Prompt.id, ids))
                .values(text_id=text_id, parts=parts, cost=cost)
                .execution_options(synchronize_session=False)
            )

    def _words(self, prompt: Prompt, kind: MessageKind, language: str) -> InForce:
        if prompt.attempts > 1 and prompt.parts is not None:
            row = self._session.get(MessageText, prompt.text_id) if prompt.text_id else None
            return in_words_of(row) if row else built_in(kind, language, plain=self._plain)
        return self._texts.of(prompt.zone_id, kind, language)
