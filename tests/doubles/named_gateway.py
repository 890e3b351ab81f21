"""A gateway known by name at a server of a test's own, and a worker that sends over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from monitor.database import Database
from monitor.models import Prompt
from monitor.settings import Settings
from rollcall.channels.setup import make_channels, rates
from rollcall.prompts import Sender
from tests.rounds import SECRET
from tests.vendor_server import VendorServer

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
    options: dict[str, Any] = {"secret": SECRET, "address": "https://p", "budget": 24, "rates": rates(settings), **more}
    return Sender(database, channels, worker=worker, outbox=folder / worker, **options), channels["sms"]


def prompts(database: Database) -> list[Prompt]:
    with database.read() as session:
        return list(session.scalars(select(Prompt).order_by(Prompt.id)))
