"""What the public pages' views work with: made once by whoever puts the application together, asked for by each view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, current_app

from monitor.database.database import Database
from monitor.database.grouped import GroupedWrites
from monitor.declarations.taking import Given, Taken
from monitor.declarations.versions import FormBook
from monitor.settings import Settings
from monitor.vault.vault import Vault
from web.public.self_scans import Judged, SelfScan
from web.shared.steady import SteadyStorage


@dataclass(frozen=True)
class Parts:
    """counters: of what is limited. declaring, scans: what comes many times a second. languages: that are offered, each with its name in itself. secret: of what these pages sign and send
    codes with."""

    settings: Settings
    database: Database
    vault: Vault
    counters: SteadyStorage
    forms: FormBook
    declaring: GroupedWrites[tuple[Given, datetime], Taken]
    scans: GroupedWrites[SelfScan, Judged]
    languages: Mapping[str, str]
    secret: bytes


def install(app: Flask, parts: Parts) -> None:
    """Give an application its parts."""
    app.extensions["public-parts"] = parts


def parts() -> Parts:
    """The parts of the application whose page is asked for."""
    found: Parts = current_app.extensions["public-parts"]
    return found
