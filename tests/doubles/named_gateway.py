"""A gateway known by name at a server of a test's own, and a worker that sends over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.rollcalls.prompts import Prompt
from monitor.settings import Settings
from rollcall.prompts.sending import Sender
from rollcall.work.channel_set_up import make_channels, rates
from tests.doubles.vendor_server import VendorServer
from tests.worlds.senders import make_sender

KEY, HIDDEN, BRAND = "the-key", "the-secret", "SoYTe"


def settings_of(gateway: str, server: VendorServer, folder: Path, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "data_folder": folder,
        "residents_url": "https://diemdanh.example.vn",
        "sms_gateway": gateway,
        "sms_key": KEY,
        "sms_secret": HIDDEN,
        "sms_sender": BRAND,
        "sms_base": server.address,
        **more,
    }
    return Settings(**values)


def sending(settings: Settings, database: Database, folder: Path, worker: str = "w", **more: Any) -> tuple[Sender, Any]:
    channels = make_channels(settings, database)
    set_up = {"address": "https://p", "rates": rates(settings), **more}
    return make_sender(database, channels, folder / worker, worker, **set_up), channels["sms"]


def prompts(database: Database) -> list[Prompt]:
    with database.read() as session:
        return list(session.scalars(select(Prompt).order_by(Prompt.id)))
