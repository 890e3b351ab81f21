"""What is about an answer ends by deciding the answer and by nothing else, and each answer that waits is on one list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from monitor.database.database import Database
from monitor.database.migrate import upgrade
from monitor.models.accounts import Role
from monitor.models.incidents import Incident, IncidentKind, IncidentNote, IncidentState
from monitor.models.people.residents import Resident
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import create_engine
from rollcall.answers.history import contest
from rollcall.faces.verification import verify_due
from rollcall.followup.unjudged import SETTLED, ask_about_unjudged
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import answer_by_link, check_in_of, jpeg, minutes, world
from tests.worlds.signed_in import signed_in
from web.console.application import create_console


class Desk:
    """Two residents who answered two roll-calls each with a picture of nobody, and staff who look at that."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.vault = database, Vault(folder / "vault", bytes(32))
        self.zone, (self.an, self.binh) = world(database, "An", "Bình")
        for opened in (0, 180):
            open_due_rounds(database, minutes(opened))
            for resident in (self.an, self.binh):
                answer_by_link(database, self.vault, resident, jpeg(), now=minutes(opened + 1))
            verify_due(
                database,
                self.vault,
                lambda: create_engine("sface"),
                lambda: create_engine("dlib"),
                worker="w-1",
                now=minutes(opened + 2),
            )
        settings = Settings(data_folder=folder, language="en")
        self.app = create_console(settings, database, self.vault, now=lambda: minutes(190))
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self.nurse, self.supervisor = self.client("hoa", Role.STAFF), self.client("chi", Role.SUPERVISOR)

    def client(self, name: str, role: Role) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, None, minutes(190), "en")

    def waiting(self, resident: int) -> list[int]:
        """Their answers that wait, oldest first."""
        with self.database.read() as session:
            query = select(CheckIn.id).where(CheckIn.resident_id == resident, CheckIn.state == CheckInState.IN_REVIEW)
            return list(session.scalars(query.order_by(CheckIn.id)))

    def incidents(self, resident: int, *kinds: IncidentKind) -> list[Incident]:
        with self.database.read() as session:
            query = select(Incident).where(Incident.resident_id == resident, Incident.kind.in_(kinds or list(IncidentKind)))
            return list(session.scalars(query.order_by(Incident.id)))

    def decide(self, client: FlaskClient, check_in: int, decision: str = "accept", **more: str) -> int:
        form = {"decision": decision, "reason": "Đã gọi, đúng người", **more}
        return client.post(f"/check-ins/{check_in}/review", data=form).status_code

    def resolve(self, client: FlaskClient, incident: int) -> int:
        return client.post(f"/incidents/{incident}/resolve", data={"text": "ok"}).status_code

    def listed(self, name: str) -> int:
        """How often somebody stands on the lists of what waits."""
        pages = "".join(self.supervisor.get(f"/incidents?state={state}").text for state in ("open", "acknowledged"))
        return len(re.findall(rf"<li[^>]*>(?:(?!</li>).)*\b{name}\b(?:(?!</li>).)*</li>", pages, re.DOTALL))


@pytest.fixture
def desk(both_databases: Database, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(both_databases, tmp_path)
    yield made
    made.app.extensions["live"].close()


def test_nobody_closes_what_is_about_answers_before_all_are_decided_and_the_last_decision_does(desk: Desk) -> None:
    (incident,) = desk.incidents(desk.an)
    assert incident.kind is IncidentKind.FACE_DOUBTFUL
    first, second = desk.waiting(desk.an)
    for client in (desk.nurse, desk.supervisor):
        assert desk.resolve(client, incident.id) == 409
    assert desk.decide(desk.nurse, first) == 403
    assert desk.decide(desk.supervisor, first, "reject") == 303
    (still,) = desk.incidents(desk.an)
    assert (still.state, still.cause_ended_at) == (IncidentState.OPEN, None), "one more waits"
    assert desk.resolve(desk.supervisor, incident.id) == 409
    assert desk.decide(desk.supervisor, second) == 303
    (over,) = desk.incidents(desk.an)
    assert (over.state, over.resolved_at) == (IncidentState.RESOLVED, minutes(190))
    with desk.database.read() as session:
        assert session.scalars(select(IncidentNote.text)).all() == ["Đã gọi, đúng người"], "the reason is the note"
    (other,) = desk.incidents(desk.binh)
    assert other.state is IncidentState.OPEN, "another person's stays"


def test_the_answers_stand_on_the_incident_with_their_photos_and_whoever_decides_comes_back_to_it(desk: Desk) -> None:
    (incident,) = desk.incidents(desk.an)
    first, second = desk.waiting(desk.an)
    for client, may in ((desk.nurse, False), (desk.supervisor, True)):
        page = client.get(f"/incidents/{incident.id}").text
        assert ('id="resolve"' in page, f"/check-ins/{first}/review" in page, f"/check-ins/{second}/review" in page) == (
            False,
            may,
            may,
        )
        assert "2 answers of this person wait for a decision" in page
        assert ("A supervisor decides on this." in page) is not may
    assert len(re.findall(r'src="/photos/\d+"', desk.supervisor.get(f"/incidents/{incident.id}").text)) == 2
    form = {"decision": "accept", "reason": "Đúng người", "incident": str(incident.id)}
    back = desk.supervisor.post(f"/check-ins/{first}/review", data=form)
    assert back.location == f"/incidents/{incident.id}"
    assert "An answer of this person waits for a decision" in desk.supervisor.get(back.location).text


def test_an_answer_that_stands_on_nobodys_list_is_asked_about_once(desk: Desk) -> None:
    with desk.database.write() as session:
        # Workers judge by the time that it is; here it is that of the roll-call.
        session.execute(update(CheckIn).values(state_since=minutes(182)))
        # As an older version let a nurse's "ok" leave them.
        session.execute(
            update(Incident)
            .where(Incident.resident_id == desk.an)
            .values(state=IncidentState.RESOLVED, resolved_at=minutes(185))
        )
    assert [desk.listed("An"), desk.listed("Bình")] == [0, 1]
    assert ask_about_unjudged(desk.database, minutes(182) + SETTLED) == 0, "who has just put it there may still be asking"
    assert ask_about_unjudged(desk.database, minutes(200)) == 1
    assert ask_about_unjudged(desk.database, minutes(201)) == 0
    assert [desk.listed("An"), desk.listed("Bình")] == [1, 1]
    with desk.database.write() as session:
        session.execute(update(Resident).where(Resident.id == desk.binh).values(deleted_at=minutes(200)))
        session.execute(update(Incident).values(state=IncidentState.RESOLVED))
    assert ask_about_unjudged(desk.database, minutes(202)) == 1, "of who is deleted nothing is left to decide"


def _decided(desk: Desk, decision: str) -> None:
    for check_in in desk.waiting(desk.an):
        desk.decide(desk.supervisor, check_in, decision)


def _disputed(desk: Desk) -> None:
    _decided(desk, "reject")
    with desk.database.write() as session:
        rejected = select(CheckIn.id).where(CheckIn.resident_id == desk.an).order_by(CheckIn.id)
        contest(session, desk.an, session.scalars(rejected).first() or 0, "Tôi ở trong phòng", now=minutes(191))


def _missed(desk: Desk) -> None:
    _decided(desk, "accept")
    open_due_rounds(desk.database, minutes(360))
    close_due(desk.database, minutes(400))
    assert check_in_of(desk.database, desk.an).state in (CheckInState.MISSED, CheckInState.UNREACHED)


@pytest.mark.parametrize(
    ("happen", "lists"),
    [
        (lambda _desk: None, 1),
        (lambda desk: _decided(desk, "accept"), 0),
        (lambda desk: _decided(desk, "reject"), 0),
        (_disputed, 1),
        (_missed, 1),
    ],
    ids=["in review", "accepted", "rejected", "disputed", "missed"],
)
def test_what_waits_for_a_person_is_on_one_list(desk: Desk, happen: Callable[[Desk], None], lists: int) -> None:
    happen(desk)
    assert desk.listed("An") == lists


@pytest.mark.parametrize("decision", ["accept", None])
def test_what_a_resident_disputes_ends_by_deciding_on_it(desk: Desk, decision: str | None) -> None:
    _disputed(desk)
    (dispute,) = desk.incidents(desk.an, IncidentKind.CONTESTED)
    assert desk.resolve(desk.nurse, dispute.id) == 403
    page = desk.supervisor.get(f"/incidents/{dispute.id}").text
    assert f"/check-ins/{dispute.check_in_id}/set-right" in page
    if decision:
        form = {"decision": decision, "reason": "Đã xem lại", "incident": str(dispute.id)}
        answer = desk.supervisor.post(f"/check-ins/{dispute.check_in_id}/set-right", data=form)
        assert answer.location == f"/incidents/{dispute.id}"
    else:
        assert desk.resolve(desk.supervisor, dispute.id) == 303, "it stays as it is"
    (over,) = desk.incidents(desk.an, IncidentKind.CONTESTED)
    assert over.state is IncidentState.RESOLVED
    assert desk.listed("An") == 0


def test_the_index_of_what_waits_is_there_after_an_upgrade(desk: Desk) -> None:
    upgrade(desk.database)
    plan = "EXPLAIN QUERY PLAN" if desk.database.is_sqlite else "EXPLAIN"
    with desk.database.read() as session:
        if not desk.database.is_sqlite:
            session.connection().exec_driver_sql("SET enable_seqscan=off")
        asked = session.connection().exec_driver_sql(
            f"{plan} SELECT id FROM check_in WHERE state = 'in_review' AND resident_id = 1"
        )
        assert "ix_check_in_in_review" in str(asked.all())
