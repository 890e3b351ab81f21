"""What the console's views work with: made once by whoever puts the application together, asked for by each view."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from flask import Flask, current_app

from monitor.accounts.passkeys import RelyingParty
from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.settings import Settings
from monitor.vault.vault import Vault
from web.shared.live import Broadcaster


@dataclass(frozen=True)
class Parts:
    """feed_token: the word that opens the feeds of the processes that watch. live: tells open pages what changed.

    views: how many live views may be open at once, since each holds a thread of the server. needing: the roles that must have a second
    factor. site: the console as passkeys know it; None where they cannot be used.
    """

    settings: Settings
    database: Database
    vault: Vault
    live: Broadcaster
    feed_token: str
    views: threading.BoundedSemaphore
    needing: frozenset[Role]
    site: RelyingParty | None


def install(app: Flask, parts: Parts) -> None:
    """Give an application its parts."""
    app.extensions["parts"] = parts


def parts() -> Parts:
    """The parts of the application whose page is asked for."""
    found: Parts = current_app.extensions["parts"]
    return found
