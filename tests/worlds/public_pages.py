"""The public pages served at an address that they know, for tests in a browser; and the scans that came."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.control_points import Direction, PlaceScan, Source
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.doubles.browsing import serving
from tests.doubles.ports import free_port
from web.public.application import create_public

SECRET = "x" * 32


@contextmanager
def public(tmp_path: Path, database: Database, vault: Vault, language: str = "en", port: int = 0) -> Iterator[str]:
    """The public pages, at an address that they know."""
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    settings = Settings(
        data_folder=tmp_path,
        secret_key=SECRET,
        answer_key="ab" * 32,
        # Nothing listens there: the test reads the code where a phone would.
        sms_gateway_url="http://127.0.0.1:9/sms",
        public_url=address,
        language=language,
    )
    with serving(create_public(settings, database, vault), port=port) as served:
        yield served


def scans(database: Database) -> list[tuple[int, Direction, Source]]:
    with database.read() as session:
        return [
            (row.declarant_id, row.direction, row.source) for row in session.scalars(select(PlaceScan).order_by(PlaceScan.id))
        ]
