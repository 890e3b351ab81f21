"""A process that answers check-ins and writes down each answer that it was thanked for: `python -m tests.processes.answerer ADDRESS FOLDER FILE`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.models.rollcalls.rounds import CheckIn
from monitor.problems import Problem
from monitor.vault.vault import Vault
from rollcall.answers.answers import take_on_page
from rollcall.answers.page import open_page
from rollcall.answers.said import Said
from rollcall.checkins.checkin import AWAITED
from rollcall.people.links import make_token
from tests.worlds.due_round import SECRET

PAUSE = 0.02


def main() -> None:
    database, vault = Database(sys.argv[1], bytes(32)), Vault(Path(sys.argv[2]), bytes(32))
    thanked = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    rows: Sequence[Any] = ()
    while True:
        with suppress(SQLAlchemyError), database.read() as session:
            # Every fourth person answers, so that most messages still have somebody to go to.
            waiting = select(CheckIn.id, CheckIn.nonce).where(CheckIn.state.in_(AWAITED), CheckIn.id % 4 == 0).limit(50)
            rows = session.execute(waiting).all()
        for row in rows:
            token = make_token(SECRET, row.id, row.nonce)
            try:
                with database.read() as session:
                    page = open_page(session, SECRET, token, utc_now())
                take_on_page(database, vault, page, Said(made_at=utc_now()), now=utc_now(), max_bytes=1)
            except (Problem, SQLAlchemyError):
                # Not thanked for: the database may stand still for as long as whoever writes to it does.
                continue
            os.write(thanked, f"{row.id}\n".encode())
            time.sleep(PAUSE)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
