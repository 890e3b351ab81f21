"""A worker's mailing of reports in a process of its own that kills itself in one phase: `python -m tests.processes.report_mailer URL VAULT PORT AT PHASE`."""

from __future__ import annotations

import os
import signal
import sys
from datetime import datetime
from pathlib import Path

from monitor.authority import Authority
from monitor.database.database import Database
from monitor.models.report_mail import DocumentKind
from monitor.vault.vault import Vault
from rollcall.channels.smtp import SmtpServer
from rollcall.reporting import mailing
from rollcall.reporting.mailing import MailSetUp, ReportMailer
from tests.worlds.mailed_reports import makes
from tests.worlds.report_content import ZONE

PHASES = ("after the claim", "before the end was marked", "when the end was marked", "before the answer was noted")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, folder: str, port: str, at: str, phase: str) -> None:
    """Mail what is due, and die in the phase."""

    class Mortal(ReportMailer):
        def _send(self, claimed: mailing._Claimed) -> None:
            if phase == PHASES[0]:
                _die()
            super()._send(claimed)

        def _mark_end(self, delivery_id: int) -> bool:
            if phase == PHASES[1]:
                _die()
            marked = super()._mark_end(delivery_id)
            if phase == PHASES[2]:
                _die()
            return marked

        def _note(self, claimed: mailing._Claimed, came: mailing.HandedIn, fate: str) -> None:
            if phase == PHASES[3]:
                _die()
            super()._note(claimed, came, fate)

    servers = (SmtpServer("127.0.0.1", int(port), "none"),)
    set_up = MailSetUp(
        servers, "cachly@tinh.example.vn", Authority("Ban chỉ đạo tỉnh"), None, ZONE, "https://console.example.vn"
    )
    database, vault = Database(url, bytes(32)), Vault(Path(folder), bytes(32))
    now = datetime.fromisoformat(at)
    makers = dict.fromkeys(DocumentKind, makes)
    Mortal(database, vault, f"mortal-{os.getpid()}", makers, set_up, clock=lambda: now).work_once()


if __name__ == "__main__":
    main(*sys.argv[1:])
