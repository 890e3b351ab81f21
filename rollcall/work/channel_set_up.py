"""Which ways to phones are set up, the objects that go them, how fast, and what they cost."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from collections.abc import Sequence

from monitor.database.database import Database
from monitor.models.rollcalls.channels import ChannelName
from monitor.settings import Settings, SettingsProblem
from monitor.words import N_
from rollcall.channels.channel import Channel, Receipt
from rollcall.channels.email import email_of
from rollcall.channels.gateway_files import read_gateway
from rollcall.channels.http_gateway import HttpGateway
from rollcall.channels.moments import clock_of
from rollcall.channels.named_gateway import NamedGateway
from rollcall.channels.push_keys import private_key
from rollcall.channels.receipt_names import NameForm
from rollcall.channels.receipt_states import read_words
from rollcall.channels.smpp import SmppGateway
from rollcall.channels.smpp_receipts import ReceiptWays
from rollcall.channels.zalo import Zalo
from rollcall.channels.zalo_tokens import ZaloTokens
from rollcall.channels.zns import Zns, read_parameters, read_templates
from rollcall.hotline.sending import OVER
from rollcall.inbound.call_keys import KEYS
from rollcall.inbound.gateway_notes import GatewayNotes
from rollcall.inbound.keeping import TextStore, TextWays
from rollcall.prompts.pace import Rate
from rollcall.prompts.receipts import take_receipts


def rates(settings: Settings) -> dict[str, Rate]:
    """How fast messages may leave, by channel; those without a limit are not in it."""
    found: dict[str, Rate] = {}
    if settings.smpp_host and settings.smpp_per_second:
        found[ChannelName.SMS] = Rate(settings.smpp_per_second, each_part=True)
    elif settings.sms_per_second:
        found[ChannelName.SMS] = Rate(settings.sms_per_second)
    elif settings.sms_gateway and read_gateway(settings.sms_gateway).per_second:
        found[ChannelName.SMS] = Rate(read_gateway(settings.sms_gateway).per_second)
    if settings.zalo_app_id and settings.zalo_per_second:
        found[ChannelName.ZALO] = Rate(settings.zalo_per_second)
    if settings.zalo_app_id and settings.zns_per_second:
        found[ChannelName.ZNS] = Rate(settings.zns_per_second)
    return found


def text_gateway(settings: Settings) -> str:
    """The name under which it is noted what the gateway for text messages sends; empty without one."""
    return "smpp" if settings.smpp_host else settings.sms_gateway or ("http" if settings.sms_gateway_url else "")


def text_ways(settings: Settings) -> TextWays:
    """How that gateway writes texts."""
    return TextWays(clock_of(settings), settings.smpp_alphabet)


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
        channels[ChannelName.SMS] = HttpGateway(settings.sms_gateway_url, settings.sms_gateway_token)
    if settings.sms_gateway:
        channels[ChannelName.SMS] = _named(settings)
    if settings.smpp_host:
        notes = GatewayNotes(database, text_gateway(settings))

        def store(receipts: Sequence[Receipt]) -> None:
            with database.write() as session:
                take_receipts(session, receipts)

        channels[ChannelName.SMS] = SmppGateway(
            settings.smpp_host,
            settings.smpp_port,
            system_id=settings.smpp_system_id,
            password=settings.smpp_password,
            sender=settings.smpp_sender,
            window=settings.smpp_window,
            per_second=settings.smpp_per_second,
            store=store,
            texts=TextStore(database, text_ways(settings), notes, settings.sms_answer_number),
            ways=ReceiptWays(read_words(settings.sms_receipt_states), NameForm(settings.smpp_receipt_ids)),
            heard=notes.note,
        )
    if settings.voice_gateway_url:
        channels[ChannelName.VOICE] = HttpGateway(
            settings.voice_gateway_url,
            settings.voice_gateway_token,
            name=ChannelName.VOICE,
            keys=KEYS if settings.voice_keys else "",
        )
    if settings.smtp_host:
        channels[ChannelName.EMAIL] = email_of(settings)
    if settings.push_contact:
        # Loaded only where it is used: it brings a second HTTP library with it.
        from rollcall.channels.push import WebPush

        channels[ChannelName.PUSH] = WebPush(private_key(settings), settings.push_contact, settings.allowed)
    if settings.zalo_app_id:
        channels[ChannelName.ZALO] = Zalo(ZaloTokens(database, settings), base=settings.zalo_base)
    if settings.zalo_app_id and settings.zns_templates:
        channels[ChannelName.ZNS] = Zns(
            ZaloTokens(database, settings),
            base=settings.zns_base,
            templates=read_templates(settings),
            parameters=read_parameters(settings),
        )
    if settings.apprise_schemes:
        from rollcall.channels.apprise_addresses import AppriseAddresses

        channels[ChannelName.APPRISE] = AppriseAddresses(settings.apprise_schemes.split(), settings.allowed)
    return channels


def alert_channels(settings: Settings, database: Database) -> dict[str, Channel]:
    """The ways to staff that are set up: objects of their own, so that no gateway that hangs with a message to a resident holds up
    an alert. Raises SettingsProblem.
    """
    of_staff = dataclasses.replace(settings, zalo_app_id="", voice_keys=False, apprise_schemes=settings.staff_apprise_schemes)
    return make_channels(of_staff, database)


def hotline_channels(settings: Settings, database: Database) -> dict[str, Channel]:
    """The ways on which the hotline answers: objects of their own, as of alerts. Raises SettingsProblem."""
    quiet = dataclasses.replace(settings, push_contact="", apprise_schemes="", voice_gateway_url="", zns_templates="")
    return {name: channel for name, channel in make_channels(quiet, database).items() if name in OVER.values()}


def code_channel(settings: Settings, database: Database) -> Channel | None:
    """A way of its own for the codes that confirm telephone numbers; None where no text messages are sent. Raises SettingsProblem."""
    texts_only = dataclasses.replace(
        settings, zalo_app_id="", smtp_host="", push_contact="", apprise_schemes="", voice_gateway_url=""
    )
    return make_channels(texts_only, database).get(ChannelName.SMS)


def _named(settings: Settings) -> NamedGateway:
    known = read_gateway(settings.sms_gateway)
    for name in known.needs:
        if not getattr(settings, name):
            raise SettingsProblem(N_("Gateway %(gateway)s needs the setting %(name)s."), gateway=known.name, name=name)
    return NamedGateway(
        known,
        key=settings.sms_key,
        secret=settings.sms_secret,
        sender=settings.sms_sender,
        callback=receipt_address(settings, settings.sms_gateway),
        base=settings.sms_base,
    )
