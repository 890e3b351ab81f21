"""Which ways to phones are set up, the objects that go them, how fast, and what they cost."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

from monitor.database import Database
from monitor.settings import Settings, SettingsProblem
from monitor.words import N_
from rollcall.channels import Channel, Receipt
from rollcall.channels.email import Email
from rollcall.channels.gateway_files import read_gateway
from rollcall.channels.http_gateway import HttpGateway
from rollcall.channels.named_gateway import NamedGateway
from rollcall.channels.push_keys import private_key
from rollcall.channels.smpp import SmppGateway
from rollcall.channels.zalo import Zalo
from rollcall.channels.zalo_tokens import ZaloTokens
from rollcall.channels.zns import Zns, read_parameters, read_templates
from rollcall.inbound import TextStore
from rollcall.keys import KEYS
from rollcall.pace import Rate
from rollcall.receipts import take_receipts


def channel_names(settings: Settings) -> frozenset[str]:
    """The channels that a worker with these settings sends over; asked by whoever queues messages, without connecting anywhere."""
    there = {
        "sms": settings.sms_gateway_url or settings.smpp_host or settings.sms_gateway,
        "voice": settings.voice_gateway_url,
        "email": settings.smtp_host,
        "push": settings.push_contact,
        "zalo": settings.zalo_app_id,
        "zns": settings.zalo_app_id and settings.zns_templates,
        "apprise": settings.apprise_schemes,
    }
    return frozenset(name for name, setting in there.items() if setting)


def rates(settings: Settings) -> dict[str, Rate]:
    """How fast messages may leave, by channel; those without a limit are not in it."""
    found: dict[str, Rate] = {}
    if settings.smpp_host and settings.smpp_per_second:
        found["sms"] = Rate(settings.smpp_per_second, each_part=True)
    elif settings.sms_per_second:
        found["sms"] = Rate(settings.sms_per_second)
    elif settings.sms_gateway and read_gateway(settings.sms_gateway).per_second:
        found["sms"] = Rate(read_gateway(settings.sms_gateway).per_second)
    if settings.zalo_app_id and settings.zalo_per_second:
        found["zalo"] = Rate(settings.zalo_per_second)
    if settings.zalo_app_id and settings.zns_per_second:
        found["zns"] = Rate(settings.zns_per_second)
    return found


def receipt_token(settings: Settings, name: str) -> str:
    """What the address of a gateway's receipts ends in: gateways cannot be told to send a token of ours in a header."""
    made = hmac.digest(settings.secret("secret_key"), f"receipts of {name}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(made[:16]).rstrip(b"=").decode()


def receipt_address(settings: Settings, name: str) -> str:
    """Where a gateway known by name is to tell what became of messages."""
    return f"{settings.residents_address}/hooks/sms/{name}/{receipt_token(settings, name)}"


def make_channels(settings: Settings, database: Database) -> dict[str, Channel]:
    """The ways to phones that are set up. Raises SettingsProblem."""
    channels: dict[str, Channel] = {}
    if settings.sms_gateway_url:
        channels["sms"] = HttpGateway(settings.sms_gateway_url, settings.sms_gateway_token)
    if settings.sms_gateway:
        channels["sms"] = _named(settings)
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
    if settings.zalo_app_id:
        channels["zalo"] = Zalo(ZaloTokens(database, settings), base=settings.zalo_base)
    if settings.zalo_app_id and settings.zns_templates:
        channels["zns"] = Zns(
            ZaloTokens(database, settings),
            base=settings.zns_base,
            templates=read_templates(settings),
            parameters=read_parameters(settings),
        )
    if settings.apprise_schemes:
        from rollcall.channels.apprise_addresses import AppriseAddresses

        channels["apprise"] = AppriseAddresses(settings.apprise_schemes.split())
    return channels


def _named(settings: Settings) -> NamedGateway:
    known = read_gateway(settings.sms_gateway)
    for name in known.needs:
        if not getattr(settings, name):
            raise SettingsProblem(N_("The gateway %(gateway)s needs the setting %(name)s."), gateway=known.name, name=name)
    return NamedGateway(
        known,
        key=settings.sms_key,
        secret=settings.sms_secret,
        sender=settings.sms_sender,
        callback=receipt_address(settings, settings.sms_gateway),
        base=settings.sms_base,
    )
