"""A round that runs while pages are asked for: it opens in every zone, then people answer as fast as they do in earnest.

`python -m web.benchmarks.under_way ADDRESS FOLDER A_SECOND`, until it is ended.
"""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select, update

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault, open_vault
from rollcall.answers.answers import take_on_page
from rollcall.answers.page import open_page
from rollcall.answers.said import Said
from rollcall.people.links import make_token
from rollcall.rounds.opening import open_due_rounds

SECRET = b"of a measurement"
MASTER_KEY = bytes(32)
AT_ONCE = 500


def settings_in(folder: Path) -> Settings:
    """As all processes of the measurement have them."""
    return Settings(data_folder=folder, secret_key=SECRET.decode(), master_key=MASTER_KEY.hex())


def run(database: Database, vault: Vault, a_second: float) -> None:
    """Open the rounds of all plans, and answer."""
    with database.write() as session:
        # Photos are judged elsewhere: what answers cost the console is the same without.
        session.execute(update(Plan).values(next_round_at=utc_now(), evidence=EvidenceLevel.ACKNOWLEDGED))
    open_due_rounds(database, utc_now())
    due, after = time.monotonic(), 0
    while waiting := _waiting(database, after):
        for number, nonce in waiting:
            with database.read() as session:
                page = open_page(session, SECRET, make_token(SECRET, number, nonce), utc_now())
            take_on_page(database, vault, page, Said(made_at=utc_now()), now=utc_now(), max_bytes=2**20)
            due += 1 / a_second
            time.sleep(max(0.0, due - time.monotonic()))
        after = waiting[-1][0]


def _waiting(database: Database, after: int) -> list[tuple[int, str]]:
    """(number, nonce) of check-ins behind one that wait for an answer."""
    awaited, opened = (CheckInState.SCHEDULED, CheckInState.PROMPTED), utc_now() - timedelta(hours=1)
    query = select(CheckIn.id, CheckIn.nonce).where(CheckIn.id > after, CheckIn.state.in_(awaited), CheckIn.opened_at > opened)
    with database.read() as session:
        return [(row.id, row.nonce) for row in session.execute(query.order_by(CheckIn.id).limit(AT_ONCE))]


if __name__ == "__main__":
    address, folder, pace = sys.argv[1:]
    vault = open_vault(settings_in(Path(folder)))
    run(Database(address, vault.column_key()), vault, float(pace))
