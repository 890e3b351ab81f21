"""A worker's judging in a process of its own: answers and photos of a folder, until none waits: `python -m tests.processes.judge FOLDER`.

Prints {"judged": so many, "failed": so many errors, "grown": kilobytes of memory over what the first needed}.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from functools import cache
from pathlib import Path

from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, create_engine
from rollcall.faces.enrolment import judge_enrolments
from rollcall.faces.verification import verify_due


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        sys.stderr.write(f"{record.getMessage()} {record.exc_info and record.exc_info[1]!r}\n")


def main(folder: Path) -> None:
    errors = _Errors()
    logging.getLogger().addHandler(errors)
    database, vault = Database(f"sqlite:///{folder}/test.db", bytes(32)), Vault(folder / "vault", bytes(32))

    @cache
    def engine() -> FaceEngine:
        return create_engine("sface")

    def none() -> None:
        return None

    judged, first = 0, 0
    while done := sum(
        judge(database, vault, engine, none, worker="w", now=utc_now()) for judge in (verify_due, judge_enrolments)
    ):
        judged += done
        first = first or resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first
    sys.stdout.write(json.dumps({"judged": judged, "failed": errors.count, "grown": grown}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
