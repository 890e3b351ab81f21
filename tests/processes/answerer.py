"""A process that answers check-ins and writes down each answer that it was thanked for: `python -m tests.answering ADDRESS FOLDER FILE`."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from sqlalchemy import select

from monitor.clock import utc_now
from monitor.database import Database
from monitor.models import CheckIn
from monitor.problems import Problem
from monitor.vault import Vault
from rollcall.answers import accept
from rollcall.checkin import AWAITED
from rollcall.links import make_link
from tests.rounds import SECRET

PAUSE = 0.02


def main() -> None:
    database, vault = Database(sys.argv[1], bytes(32)), Vault(Path(sys.argv[2]), bytes(32))
    thanked = os.open(sys.argv[3], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    while True:
        with database.read() as session:
            # Every fourth person answers, so that most messages still have somebody to go to.
            waiting = select(CheckIn.id, CheckIn.nonce).where(CheckIn.state.in_(AWAITED), CheckIn.id % 4 == 0).limit(50)
            rows = session.execute(waiting).all()
        for row in rows:
            token = make_link(SECRET, "", row.id, row.nonce).removeprefix("/a/")
            try:
                accept(
                    database,
                    vault,
                    SECRET,
                    token,
                    photo=None,
                    unwell=False,
                    symptoms=(),
                    help_wanted=(),
                    note="",
                    now=utc_now(),
                    max_bytes=1,
                )
            except Problem:
                continue
            os.write(thanked, f"{row.id}\n".encode())
            time.sleep(PAUSE)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
