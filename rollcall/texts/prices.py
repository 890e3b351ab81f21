"""What a message costs, in đồng: pure."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.models.rollcalls.channels import ChannelName
from monitor.settings import Settings


@dataclass(frozen=True)
class Prices:
    """By channel; a text message is paid for by the part, a call by its first minute, all else by the message."""

    by_channel: dict[str, int]

    def of(self, channel: str, parts: int = 1) -> int:
        """A message's price. parts: of a text message."""
        price = self.by_channel.get(channel, 0)
        return price * parts if channel == ChannelName.SMS else price


def prices_of(settings: Settings) -> Prices:
    """As the settings say."""
    return Prices(
        {
            ChannelName.SMS: settings.price_sms_part,
            ChannelName.VOICE: settings.price_voice_minute,
            ChannelName.EMAIL: settings.price_email,
            ChannelName.PUSH: settings.price_push,
            ChannelName.ZALO: settings.price_zalo,
            ChannelName.ZNS: settings.price_zns,
            ChannelName.APPRISE: settings.price_apprise,
        }
    )
