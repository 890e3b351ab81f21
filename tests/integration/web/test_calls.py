"""The day's calls: one person after the other, each by one caller, and what a call brings follows at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import Role
from monitor.models.incidents import ContactAttempt, Incident, IncidentKind, IncidentState, Urgency
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.words import words
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import minutes, world
from tests.worlds.signed_in import signed_in
from web.console.application import create_console


class Calls:
    """Three people who missed a roll-call, and two nurses with a telephone."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.zone, self.people = world(database, "An", "Bình", "Cúc")
        open_due_rounds(database, minutes(0))
        close_due(database, minutes(25))
        self.at = minutes(30)
        vault = Vault(folder / "vault", bytes(32))
        self.app = create_console(Settings(data_folder=folder, language="en"), database, vault, now=lambda: self.at)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self.chi, self.dao = self.client("chi"), self.client("dao")

    def client(self, name: str, zones: list[int] | None = None) -> FlaskClient:
        return signed_in(self.app, self.database, name, Role.STAFF, zones, self.at, "en")

    def incident(self, name: str, kind: IncidentKind | None = None) -> Incident:
        with self.database.read() as session:
            query = select(Incident).join(Resident, Resident.id == Incident.resident_id).where(Resident.full_name == name)
            query = query if kind is None else query.where(Incident.kind == kind)
            return session.scalars(query.order_by(Incident.id)).first() or pytest.fail(name)

    def next(self, client: FlaskClient, after: int | None = None) -> int | None:
        """Whom somebody is led to; None where nobody is left."""
        address = client.get("/calls/next", query_string={"after": after} if after else {}).location
        return int(address.rsplit("/", 1)[1]) if address != "/calls" else None


@pytest.fixture
def calls(both_databases: Database, tmp_path: Path) -> Iterator[Calls]:
    made = Calls(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_two_callers_never_have_the_same_person_and_the_most_urgent_is_first(calls: Calls) -> None:
    binh = calls.incident("Bình").id
    with calls.database.write() as session:
        session.execute(update(Incident).where(Incident.id != binh).values(urgency=Urgency.ROUTINE))
    mine, theirs = calls.next(calls.chi), calls.next(calls.dao)
    assert mine == binh
    assert theirs not in (None, binh)
    assert "chi is calling right now" in calls.dao.get(f"/calls/{binh}").text
    assert calls.dao.post(f"/calls/{binh}", data={"outcome": "well"}).status_code == 409
    page = calls.chi.get(f"/calls/{binh}").text
    assert 'href="tel:+84' in page
    assert 'lang="vi"' in page, "in the language of whoever is called"
    assert calls.chi.post(f"/calls/{binh}", data={"outcome": "shrug"}).status_code == 422
    assert calls.client("elsewhere", zones=[]).get(f"/calls/{binh}").status_code == 404


def test_one_tap_saves_closes_what_is_settled_and_leads_to_the_next(calls: Calls) -> None:
    first = calls.next(calls.chi)
    assert calls.chi.post(f"/calls/{first}", data={"outcome": "well"}).status_code == 303
    second = calls.next(calls.chi)
    assert second not in (None, first)
    with calls.database.read() as session:
        assert session.get_one(Incident, first).state is IncidentState.RESOLVED
    assert calls.chi.post(f"/calls/{first}", data={"outcome": "well"}).status_code == 409, "once"
    calls.chi.post(f"/calls/{second}", data={"outcome": "needs", "note": "Sữa cho em bé."})
    with calls.database.read() as session:
        case = session.get_one(Incident, second)
        assert case.state is IncidentState.ACKNOWLEDGED
        (wish,) = session.scalars(select(Incident).where(Incident.kind == IncidentKind.WISH))
        assert wish.resident_id == case.resident_id
        assert "Sữa cho em bé." in str(wish.reason)
        assert len(session.scalars(select(ContactAttempt)).all()) == 2


def test_who_was_not_reached_comes_again_later_and_to_whoever_tried(calls: Calls) -> None:
    first = calls.next(calls.chi)
    calls.chi.post(f"/calls/{first}", data={"outcome": "no_answer"})
    assert first not in (calls.next(calls.chi), calls.next(calls.dao))
    calls.at = minutes(52)
    seen, after = [], None
    while (found := calls.next(calls.chi, after)) is not None:
        seen.append(found)
        after = found
    assert first in seen
    page = calls.chi.get("/calls").text
    assert "Nobody answered" in page


def test_somebody_ill_is_not_done_by_being_well_on_the_phone(calls: Calls) -> None:
    an = calls.people[0]
    with calls.database.write() as session:
        open_incident(
            session,
            IncidentKind.UNWELL,
            f"unwell-resident-{an}",
            zone_id=calls.zone,
            resident_id=an,
            reason=words("An feels unwell."),
            now=calls.at,
        )
    case = calls.incident("An").id
    assert calls.next(calls.chi) == case
    assert "feels unwell" in calls.chi.get(f"/calls/{case}").text
    calls.chi.post(f"/calls/{case}", data={"outcome": "well"})
    with calls.database.read() as session:
        assert session.get_one(Incident, case).state is IncidentState.ACKNOWLEDGED
