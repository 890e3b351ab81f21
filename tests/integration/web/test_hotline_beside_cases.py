"""What somebody needs is a ticket, what they feel a case: each of a person's pages shows the other, and the buttons stand on one."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.accounts import Role
from monitor.models.hotline import HotlineTicket
from monitor.models.incidents import Incident
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.answers.care import OutsideRounds, ask_for_care
from rollcall.answers.said import Said
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console


def test_a_case_and_a_person_show_their_tickets_and_a_ticket_its_case(database: Database, vault: Vault, tmp_path: Path) -> None:
    zone, (person,) = add_zone(database)
    with database.write() as session:
        row = session.get_one(Resident, person)
        said = Said(NOW, unwell=True, symptoms=("fever",), help=("food",), note="Sốt và hết gạo")
        ask_for_care(session, OutsideRounds(row.id, zone, row.full_name), said, NOW)
        case = session.scalars(select(Incident.id)).one()
        ticket = session.scalars(select(HotlineTicket)).one()
        assert (ticket.incident_id, ticket.said) == (case, "Sốt và hết gạo")
    app = create_console(Settings(data_folder=tmp_path, secret_key="x" * 32), database, vault, now=lambda: NOW)
    nurse = signed_in(app, database, "nurse", Role.STAFF, [zone], NOW)
    for path in (f"/incidents/{case}", f"/residents/{person}"):
        page = nurse.get(path).text
        assert f'href="/hotline/{ticket.id}"' in page, path
        assert f"/hotline/{ticket.id}/answer" not in page, "its buttons stand on its own page"
    assert f'href="/incidents/{case}"' in nurse.get(f"/hotline/{ticket.id}").text
    app.extensions["live"].close()
