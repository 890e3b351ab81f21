"""Which ways to phones are set up, and the objects that go them."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.database import Database
from monitor.settings import Settings
from rollcall.channels import Channel, Receipt
from rollcall.channels.email import Email
from rollcall.channels.http_gateway import HttpGateway
from rollcall.channels.push_keys import private_key
from rollcall.channels.smpp import SmppGateway
from rollcall.inbound import TextStore
from rollcall.keys import KEYS
from rollcall.receipts import take_receipts


def channel_names(settings: Settings) -> frozenset[str]:
    """The channels that a worker with these settings sends over; asked by whoever queues messages, without connecting anywhere."""
    there = {
        "sms": settings.sms_gateway_url or settings.smpp_host,
        "voice": settings.voice_gateway_url,
        "email": settings.smtp_host,
        "push": settings.push_contact,
    }
    return frozenset(name for name, setting in there.items() if setting)


def make_channels(settings: Settings, database: Database) -> dict[str, Channel]:
    """The ways to phones that are set up."""
    channels: dict[str, Channel] = {}
    if settings.sms_gateway_url:
        channels["sms"] = HttpGateway(settings.sms_gateway_url, settings.sms_gateway_token)
    if settings.smpp_host:

        def store(receipts: Sequence[Receipt]) -> None:
            with database.write() as session:
                take_receipts(session, receipts)

        channels["sms"] = SmppGateway(
            settings.smpp_host,
            settings.smpp_port,
            system_id=settings.smpp_system_id,
            password=settings.smpp_password,
            sender=settings.smpp_sender,
            window=settings.smpp_window,
            per_second=settings.smpp_per_second,
            store=store,
            texts=TextStore(database),
        )
    if settings.voice_gateway_url:
        channels["voice"] = HttpGateway(
            settings.voice_gateway_url, settings.voice_gateway_token, name="voice", keys=KEYS if settings.voice_keys else ""
        )
    if settings.smtp_host:
        channels["email"] = Email(
            settings.smtp_host,
            settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password,
            sender=settings.mail_from,
        )
    if settings.push_contact:
        # Loaded only where it is used: it brings a second HTTP library with it.
        from rollcall.channels.push import WebPush

        channels["push"] = WebPush(private_key(settings), settings.push_contact)
    return channels
