"""Which channels are set up, as the settings say."""

from __future__ import annotations

from monitor.models.rollcalls.channels import ChannelName
from monitor.settings import Settings


def channel_names(settings: Settings) -> frozenset[ChannelName]:
    """The channels that a worker with these settings sends over; asked by whoever queues messages, without connecting anywhere."""
    there = {
        ChannelName.SMS: settings.sms_gateway_url or settings.smpp_host or settings.sms_gateway,
        ChannelName.VOICE: settings.voice_gateway_url,
        ChannelName.EMAIL: settings.smtp_host,
        ChannelName.PUSH: settings.push_contact,
        ChannelName.ZALO: settings.zalo_app_id,
        ChannelName.ZNS: settings.zalo_app_id and settings.zns_templates,
        ChannelName.APPRISE: settings.apprise_schemes,
    }
    return frozenset(name for name, setting in there.items() if setting)
