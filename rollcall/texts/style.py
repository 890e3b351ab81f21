"""How a service writes its messages, as its settings say."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.authority import Authority
from monitor.settings import Settings
from rollcall.texts.prices import Prices, prices_of


@dataclass(frozen=True)
class Style:
    """number: that people text to; empty where nobody takes texts in. keys: whether the voice gateway hands over keys.

    plain: built-in text messages leave without accents. authority: who speaks.
    """

    number: str = ""
    keys: bool = True
    plain: bool = False
    prices: Prices = Prices({})
    authority: Authority = Authority()


def style_of(settings: Settings) -> Style:
    """As the settings say."""
    return Style(
        number=settings.sms_answer_number,
        keys=settings.voice_keys,
        plain=settings.sms_without_accents,
        prices=prices_of(settings),
        authority=settings.speaker,
    )
