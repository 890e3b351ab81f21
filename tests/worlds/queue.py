"""Four people who missed a roll-call, and two supervisors who decide about them one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from monitor.accounts.access import Reader
from monitor.database.database import Database
from monitor.models.accounts import Account, Role
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import minutes, world
from tests.worlds.signed_in import signed_in
from web.console.application import create_console

NAMES = ("An", "Bình", "Cúc", "Dũng")


class Queue:
    """Four people who missed a roll-call, and two supervisors."""

    def __init__(self, database: Database, folder: Path, names: tuple[str, ...] = NAMES, **settings: Any) -> None:
        self.database = database
        self.zone, self.people = world(database, *names)
        open_due_rounds(database, minutes(0))
        close_due(database, minutes(25))
        self.at = minutes(30)
        vault = Vault(folder / "vault", bytes(32))
        self.app = create_console(Settings(data_folder=folder, language="en", **settings), database, vault, now=lambda: self.at)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self.chi, self.dao = self.client("chi"), self.client("dao")

    def client(self, name: str, role: Role = Role.SUPERVISOR, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, zones, self.at, "en")

    def incident(self, name: str) -> Incident:
        with self.database.read() as session:
            query = select(Incident).join(Resident, Resident.id == Incident.resident_id).where(Resident.full_name == name)
            return session.scalars(query.order_by(Incident.id)).first() or pytest.fail(name)

    def next(self, client: FlaskClient, after: int | None = None) -> int | None:
        """The case that somebody is led to; None where nothing is left."""
        asked = client.get("/review", query_string={"after": after} if after else {})
        return int(asked.location.rsplit("/", 1)[1]) if asked.status_code == 303 else None

    def decide(self, client: FlaskClient, incident: int, decision: str = "excuse", why: str = "2", **more: str) -> TestResponse:
        form = {"task": "silence", "decision": decision, "why": why, "check_in": "0", **more}
        return client.post(f"/review/{incident}", data=form)

    def states(self) -> dict[str, CheckInState]:
        with self.database.read() as session:
            query = select(Resident.full_name, CheckIn.state).join(Resident, Resident.id == CheckIn.resident_id)
            return {name: state for name, state in session.execute(query.order_by(CheckIn.id))}  # noqa: C416 - rows are no pairs

    def reader(self, name: str) -> Reader:
        """Somebody of staff, as pages see them."""
        with self.database.read() as session:
            account = session.scalars(select(Account).where(Account.username == name)).one()
        return Reader(account.id, account.username, account.role, None, "en")
