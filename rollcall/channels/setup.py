"""Which ways to phones are set up, and the objects that go them."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.database import Database
from monitor.settings import Settings
from rollcall.channels import Channel, Receipt
from rollcall.channels.http_gateway import HttpGateway
from rollcall.channels.smpp import SmppGateway
from rollcall.receipts import take_receipts


def channel_names(settings: Settings) -> frozenset[str]:
    """The channels that a worker with these settings sends over; asked by whoever queues messages, without connecting anywhere."""
    return frozenset({"sms"} if settings.sms_gateway_url or settings.smpp_host else ())


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
        )
    return channels
