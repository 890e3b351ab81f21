"""What a message costs, in đồng: pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.settings import Settings
from rollcall.ladder import TEXT, VOICE, ZNS


@dataclass(frozen=True)
class Prices:
    """By channel; a text message is paid for by the part, a call by its first minute, all else by the message."""

    by_channel: dict[str, int]

    def of(self, channel: str, parts: int = 1) -> int:
        """A message's price. parts: of a text message."""
        each = self.by_channel.get(channel, 0)
        return each * parts if channel == TEXT else each


def prices_of(settings: Settings) -> Prices:
    """As the settings say."""
    return Prices(
        {
            TEXT: settings.price_sms_part,
            VOICE: settings.price_voice_minute,
            "email": settings.price_email,
            "push": settings.price_push,
            "zalo": settings.price_zalo,
            ZNS: settings.price_zns,
            "apprise": settings.price_apprise,
        }
    )
