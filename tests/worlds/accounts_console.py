"""A console with a clock, and people of staff who sign in to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.accounts.accounts import add_account
from monitor.accounts.factors import needing
from monitor.database.database import Database
from monitor.models.accounts import Account, AuditEntry, Role
from monitor.models.places import Zone, ZoneKind
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.signed_in import PASSWORD, signed_in
from tests.worlds.small_zone import NOW
from web.console.application import create_console

SITE = "https://console.example.vn"


class World:
    """A console with a clock, and whoever signs in to it. `needing` holds as it does where nothing else is set."""

    def __init__(self, database: Database, folder: Path, **settings: Any) -> None:
        self.database, self.now = database, NOW
        vault = Vault(folder / "vault", bytes(32))
        made = Settings(**{"data_folder": folder, "console_url": SITE, "language": "en", "web_threads": 8, **settings})
        self.app: Flask = create_console(made, database, vault, now=lambda: self.now, needing=needing(made.second_factor_roles))
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own in test_console.py
        with database.write() as session:
            zones = [Zone(name=name, kind=ZoneKind.FACILITY) for name in ("Khu A", "Khu B")]
            session.add_all(zones)
            session.flush()
            self.here, self.there = (zone.id for zone in zones)

    def add(self, name: str, role: Role = Role.STAFF, zones: list[int] | None = None) -> int:
        with self.database.write() as session:
            return add_account(session, name, PASSWORD, role, zones=zones, now=NOW, language="en").id

    def in_session(self, name: str, role: Role = Role.STAFF, zones: list[int] | None = None) -> FlaskClient:
        """Somebody who signed in with a password, and has no second factor."""
        return signed_in(self.app, self.database, name, role, zones, self.now, "en")

    def with_factor(self, name: str, role: Role, zones: list[int] | None = None) -> FlaskClient:
        """Somebody who has an authenticator app."""
        client = self.in_session(name, role, zones)
        with self.database.write() as session:
            session.execute(update(Account).where(Account.username == name).values(totp_secret=pyotp.random_base32()))
        return client

    def account(self, name: str) -> Account:
        with self.database.read() as session:
            return session.scalars(select(Account).where(Account.username == name)).one()

    def trail(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def sign_in(client: FlaskClient, name: str, password: str = PASSWORD, **more: str) -> tuple[int, str]:
    """(status, where it leads or what it says)."""
    answer = client.post("/sign-in", data={"username": name, "password": password, **more})
    return answer.status_code, answer.location or answer.text
