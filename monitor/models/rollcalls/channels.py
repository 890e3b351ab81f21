"""The ways to a phone by name: plans, messages, addresses and the gateways' tokens are stored with these words."""

from enum import StrEnum


class ChannelName(StrEnum):
    """In the order in which plans offer them."""

    SMS = "sms"
    ZNS = "zns"
    ZALO = "zalo"
    PUSH = "push"
    EMAIL = "email"
    VOICE = "voice"
    APPRISE = "apprise"
