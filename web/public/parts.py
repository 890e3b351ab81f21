"""What the public pages' views work with: made once by whoever puts the application together, asked for by each view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app
from flask_limiter import Limiter

from monitor.database.database import Database
from monitor.settings import Settings
from monitor.vault.vault import Vault


@dataclass(frozen=True)
class Parts:
    """languages: that are offered, each with its name in itself. secret: of what these pages sign and send codes with."""

    settings: Settings
    database: Database
    vault: Vault
    limiter: Limiter
    languages: Mapping[str, str]
    secret: bytes


def install(app: Flask, parts: Parts) -> None:
    """Give an application its parts."""
    app.extensions["public-parts"] = parts


def parts() -> Parts:
    """The parts of the application whose page is asked for."""
    found: Parts = current_app.extensions["public-parts"]
    return found
