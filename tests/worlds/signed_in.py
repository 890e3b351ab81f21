"""Somebody of staff who is signed in to the console."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask import Flask
from flask.testing import FlaskClient

from monitor.accounts.accounts import add_account, sign_in
from monitor.database.database import Database
from monitor.models.accounts import Role

PASSWORD = "đúng là mật khẩu"


def signed_in(
    app: Flask, database: Database, name: str, role: Role, zones: Collection[int] | None, now: datetime, language: str = "vi"
) -> FlaskClient:
    """A browser of a new account. zones: None for all."""
    with database.write() as session:
        add_account(session, name, PASSWORD, role, zones=zones, now=now, language=language)
    with database.write() as session:
        token = sign_in(session, name, PASSWORD, now=now)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["token"] = token
    return client
