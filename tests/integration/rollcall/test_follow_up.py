"""What staff do about a miss: tries, what came meanwhile, the ladder, visits, escalation, orders, setting right."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from monitor.accounts.accounts import add_account, sign_in
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.incidents.incidents import escalate_overdue
from monitor.models.accounts import AuditEntry, Role
from monitor.models.cameras.cameras import Camera, Observation, ObservationKind
from monitor.models.incidents import ContactAttempt, Incident, IncidentKind, IncidentState
from monitor.models.people.residents import Exemption, OrderState, Presence, PresenceState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.prompts import Prompt, PromptState
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.channels.channel import Message, Outcome, Receipt, Sent
from rollcall.checkins.checkin import BY_PERSON, NEXT, Step
from rollcall.checkins.steps import take_step
from rollcall.followup.worklists import SOON
from rollcall.prompts.receipts import take_receipts
from rollcall.rounds.closing import close_due
from rollcall.rounds.ladder_steps import climb_due
from rollcall.rounds.opening import open_due_rounds
from rollcall.work import scheduler
from tests.doubles.waiting import wait_until
from tests.worlds.due_round import check_in_of, minutes, world
from tests.worlds.senders import make_sender
from tests.worlds.small_zone import NOW
from web.console.application import create_console
from web.console.messages.log import PAGE

PASSWORD = "đúng là mật khẩu"


class Console:
    """The console over a world, at a time that a test moves, with one client for each account."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.at = NOW
        self.database = database
        vault = Vault(folder / "vault", bytes(32))
        settings = Settings(data_folder=folder, language="en")
        self.app: Flask = create_console(settings, database, vault, now=lambda: self.at)
        self.app.config["WTF_CSRF_ENABLED"] = False  # tokens have tests of their own
        self._clients: dict[str, FlaskClient] = {}

    def client(self, name: str, role: Role = Role.STAFF, zones: Sequence[int] | None = None) -> FlaskClient:
        """A signed-in client, in English."""
        if name not in self._clients:
            with self.database.write() as session:
                add_account(session, name, PASSWORD, role, zones=zones, now=NOW, language="en")
            with self.database.write() as session:
                token = sign_in(session, name, PASSWORD, now=self.at)
            client = self.app.test_client()
            with client.session_transaction() as cookie:
                cookie["token"] = token
            self._clients[name] = client
        return self._clients[name]


@pytest.fixture
def console(database: Database, tmp_path: Path) -> Iterator[Console]:
    console = Console(database, tmp_path)
    yield console
    console.app.extensions["live"].close()


def words_of(page: str) -> str:
    main = page.split('<main id="content"', 1)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def deliver(database: Database, at: datetime) -> None:
    with database.write() as session:
        for reference in session.scalars(select(Prompt.reference).where(Prompt.delivered_at.is_(None))):
            receipt = Receipt(gateway_reference=reference, reference=reference, delivered=True, at=at)
            take_receipts(session, [receipt])


def missed(database: Database, *names: str, **plan: object) -> tuple[int, list[int], list[int]]:
    """A round of 20 minutes that everybody misses; (zone, residents, incidents)."""
    zone, residents = world(database, *names, **plan)
    open_due_rounds(database, NOW)
    deliver(database, minutes(1))
    climb_due(database, minutes(12))
    close_due(database, minutes(25))
    with database.read() as session:
        found = {row.resident_id: row.id for row in session.scalars(select(Incident))}
    return zone, residents, [found[each] for each in residents]


def try_to_reach(client: FlaskClient, incident: int, outcome: str, way: str = "call", note: str = "") -> int:
    form = {"way": way, "outcome": outcome, "note": note}
    return client.post(f"/incidents/{incident}/attempts", data=form).status_code


def incident_of(database: Database, incident: int) -> Incident:
    with database.read() as session:
        return session.get_one(Incident, incident)


def test_the_first_who_tries_owns_the_case_and_another_sees_whose_it_is_and_may_still_try(
    console: Console, database: Database
) -> None:
    _zone, _residents, (incident,) = missed(database, "An")
    console.at = minutes(30)
    hoa, lan = console.client("hoa"), console.client("lan")
    assert try_to_reach(hoa, incident, "no_answer", note="Chuông reo <mãi>") == 303
    owned = incident_of(database, incident)
    assert (owned.state, owned.acknowledged_at) == (IncidentState.ACKNOWLEDGED, minutes(30))
    assert "You are handling this" in hoa.get(f"/incidents/{incident}").text
    assert "hoa is handling this" in lan.get(f"/incidents/{incident}").text
    console.at = minutes(34)
    assert try_to_reach(lan, incident, "phone_off", way="household") == 303
    assert incident_of(database, incident).acknowledged_by == owned.acknowledged_by
    page = lan.get(f"/incidents/{incident}").text
    assert page.index("The phone is off</span>") < page.index("Nobody answered</span>"), "newest first"
    assert "Chuông reo &lt;mãi&gt;" in page
    with database.read() as session:
        audited = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "contact-attempted")).all()
    assert [each["became_owner"] for each in audited] == [True, False]


def test_of_many_who_try_in_one_instant_one_becomes_the_owner(both_databases: Database, tmp_path: Path) -> None:
    _zone, _residents, (incident,) = missed(both_databases, "An")
    console = Console(both_databases, tmp_path)
    clients = [console.client(f"staff{number}") for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda client: try_to_reach(client, incident, "no_answer"), clients))
    console.app.extensions["live"].close()
    assert statuses == [303] * 4
    with both_databases.read() as session:
        audited = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "contact-attempted")).all()
        assert session.scalar(select(func.count()).select_from(ContactAttempt)) == 4
    assert sorted(each["became_owner"] for each in audited) == [False, False, False, True]


def test_well_offers_to_resolve_with_words_and_a_resolved_case_takes_no_more_tries(
    console: Console, database: Database
) -> None:
    _zone, _residents, (incident,) = missed(database, "An")
    staff = console.client("hoa")
    assert 'id="well"' not in staff.get(f"/incidents/{incident}").text
    assert try_to_reach(staff, incident, "well", note="Ngủ quên") == 303
    page = staff.get(f"/incidents/{incident}").text
    assert 'id="well"' in page
    assert re.search(r"<textarea[^>]*required>Call: Reached: is well\. Ngủ quên</textarea>", page)
    assert staff.post(f"/incidents/{incident}/resolve", data={"text": "Ngủ quên"}).status_code == 303
    page = staff.get(f"/incidents/{incident}").text
    assert 'id="well"' not in page
    assert 'id="attempt"' not in page
    assert try_to_reach(staff, incident, "well") == 409


def test_unwell_asks_for_help_for_the_resident_once(console: Console, database: Database) -> None:
    zone, (resident,), (incident,) = missed(database, "An")
    staff = console.client("hoa", zones=[zone])
    assert try_to_reach(staff, incident, "unwell", note="Sốt 39 độ") == 303
    assert try_to_reach(staff, incident, "unwell", note="Sốt 39 độ") == 303
    with database.read() as session:
        unwell = session.scalars(select(Incident).where(Incident.kind == IncidentKind.UNWELL)).one()
    assert (unwell.resident_id, unwell.zone_id, unwell.cause) == (resident, zone, f"unwell-resident-{resident}")
    assert unwell.room_id is not None
    assert "An told staff about feeling unwell: Sốt 39 độ" in words_of(staff.get(f"/incidents/{unwell.id}").text)


@pytest.mark.parametrize(
    ("form", "explained"),
    [
        ({"way": "pigeon", "outcome": "well"}, "how you tried"),
        ({"way": "call"}, "the result"),
        ({"way": "call", "outcome": "well", "note": "x" * 501}, "at most 500"),
    ],
)
def test_a_try_that_cannot_be_used_is_explained_and_not_kept(
    console: Console, database: Database, form: dict[str, str], explained: str
) -> None:
    _zone, _residents, (incident,) = missed(database, "An")
    answer = console.client("hoa").post(f"/incidents/{incident}/attempts", data=form)
    assert (answer.status_code, explained in answer.text) == (422, True)
    assert incident_of(database, incident).state is IncidentState.OPEN
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(ContactAttempt)) == 0


def test_the_incident_shows_what_came_since_and_nothing_from_before(console: Console, database: Database) -> None:
    zone, (resident,), (incident,) = missed(database, "An")
    staff = console.client("hoa")
    assert "Nothing new." in staff.get(f"/incidents/{incident}").text
    with database.write() as session:
        camera = Camera(zone_id=zone, name="Cam 7", address="http://10.0.0.7/onvif/device_service", state_since=NOW)
        session.add(camera)
        session.flush()
        for at in (minutes(5), minutes(31)):
            session.add(
                Observation(
                    zone_id=zone,
                    camera_id=camera.id,
                    kind=ObservationKind.FACE,
                    resident_id=resident,
                    started_at=at,
                    last_at=at,
                )
            )
        session.add(
            Answer(
                check_in_id=check_in_of(database, resident).id,
                resident_id=resident,
                zone_id=zone,
                received_at=minutes(33),
                late=True,
                note="Em vừa thức",
            )
        )
        prompt = session.scalars(select(Prompt).order_by(Prompt.id.desc()).limit(1)).one()
        prompt.delivered_at = minutes(32)
    console.at = minutes(35)
    page = staff.get(f"/incidents/{incident}").text
    shown = words_of(page.split('id="since"')[1].split("</ol>")[0].join(['<main id="content">', ""]))
    assert (
        shown.index("Answered: feels well") < shown.index("Reminder arrived (sms)") < shown.index("Recognised by camera Cam 7")
    )
    assert "Em vừa thức" in shown
    assert shown.count("Cam 7") == 1, "what was before is not shown"


def test_the_ladder_shows_each_step_done_or_to_come(console: Console, database: Database) -> None:
    incident = missed_in_company(database)
    staff = console.client("hoa")
    console.at = minutes(30)

    def ladder() -> str:
        return words_of(
            '<main id="content">' + staff.get(f"/incidents/{incident}").text.split('id="ladder"')[1].split("</ol>")[0]
        )

    shown = ladder()
    steps = ["Message (sms) delivered", "Reminder (sms)", "Message to the household skipped", "The time to answer ended"]
    steps += ["Call by staff to do by", "On the supervisors’ list to come", "Visit to come"]
    places = [shown.index(step) for step in steps]
    assert places == sorted(places)
    try_to_reach(staff, incident, "no_answer")
    assert "Call by staff done" in ladder()
    console.at = minutes(61)
    escalate_overdue(database, console.at)
    assert "On the supervisors’ list done" in ladder()
    assert "Visit due since" in ladder()
    try_to_reach(staff, incident, "well", way="visit")
    assert "by hoa: Reached: is well" in ladder()


def missed_in_company(database: Database) -> int:
    """The incident of one of two in a room, for whom nothing is halved as for who is alone; there is no household to ask."""
    _zone, residents = world(database, "An", "Bình", ladder=[[10, "reminder"], [15, "household"]], visit_after_minutes=60.0)
    with database.write() as session:
        rooms = session.scalars(select(Resident.room_id).order_by(Resident.id)).all()
        session.execute(update(Resident).values(room_id=rooms[0]))
    open_due_rounds(database, NOW)
    deliver(database, minutes(1))
    climb_due(database, minutes(12))
    climb_due(database, minutes(16))
    close_due(database, minutes(25))
    with database.read() as session:
        return session.scalars(select(Incident.id).where(Incident.resident_id == residents[0])).one()


def test_visits_are_listed_ill_or_alone_first_then_by_time_with_all_that_is_known(console: Console, database: Database) -> None:
    zone, residents, incidents = missed(database, "An", "Bình", "Cúc", "Dũng")
    an, binh, cuc, _dung = residents
    with database.write() as session:
        shared = session.scalars(select(Resident.room_id).where(Resident.id == an)).one()
        session.execute(update(Resident).where(Resident.id.in_([an, binh, cuc])).values(room_id=shared))
        for incident, due in zip(incidents, (100, 90, 80, 120), strict=True):
            session.execute(update(Incident).where(Incident.id == incident).values(visit_due_at=minutes(due)))
        session.add(
            Answer(
                check_in_id=check_in_of(database, an).id,
                resident_id=an,
                zone_id=zone,
                received_at=minutes(40),
                late=True,
                unwell=True,
            )
        )
    staff = console.client("hoa", zones=[zone])
    console.at = minutes(85)
    try_to_reach(staff, incidents[2], "not_there", way="visit")
    page = staff.get("/visits").text
    # An said that she is unwell and Dũng is alone but due in 35 minutes; Cúc's time comes before Bình's.
    assert re.findall(r'id="visit-(\d+)"', page) == [str(incidents[0]), str(incidents[2]), str(incidents[1])]
    shown = words_of(page)
    assert shown.count("ill or alone") == 2  # in the explanation, and at An
    assert "Answered: feels unwell" in shown
    assert "Visit: Not there (hoa" in shown
    assert f"tel:+8490000{zone:02}101" in page
    assert "Outcome, signature" in shown
    assert "23 November 2026" in shown
    assert '<span class="count">3<' in page, "the navigation counts them"
    console.at = minutes(91)
    assert re.findall(r'id="visit-(\d+)"', staff.get("/visits").text)[1] == str(incidents[3]), "alone: before those who are not"
    staff.post(f"/incidents/{incidents[0]}/resolve", data={"text": "Đã thăm"})
    assert f'id="visit-{incidents[0]}"' not in staff.get("/visits").text
    with database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "visits-listed").limit(1)).one()
    assert (entry.zone_id, entry.details["residents"]) == (zone, [an, cuc, binh])


def test_whoever_visits_sees_what_came_since_the_list_was_opened_and_that_is_no_other_view(
    console: Console, database: Database
) -> None:
    zone, (an, _binh), incidents = missed(database, "An", "Bình")
    with database.write() as session:
        first, second = (session.get_one(Incident, each) for each in incidents)
        first.visit_due_at, second.visit_due_at = minutes(30), minutes(200)
        session.add(
            Presence(resident_id=an, zone_id=zone, state=PresenceState.ABSENT, since=minutes(21), reason={"template": "x"})
        )
    staff = console.client("hoa", zones=[zone])
    console.at = minutes(40)
    assert "May have left the zone" in words_of(staff.get("/visits").text)
    incident = words_of(staff.get(f"/incidents/{incidents[0]}").text)
    assert "According to the cameras, out of the room since 10:21." in incident
    assert "A message arrived on the phone at 10:01." in incident
    assert "It is not known whose" not in incident

    def ask_again() -> str:
        return words_of(staff.get("/visits", headers={"X-Fragment": "live"}).text)

    with database.write() as session:
        session.execute(update(Presence).values(state=PresenceState.PRESENT, seen_at=minutes(41)))
        answer = {"check_in_id": check_in_of(database, an).id, "resident_id": an, "zone_id": zone, "late": True}
        session.add(Answer(received_at=minutes(42), note="Em ngủ quên", **answer))
    console.at = minutes(43)
    page = ask_again()
    assert "On site" in page
    assert "Answered: feels well" in page
    assert "Em ngủ quên" in page
    console.at = minutes(190)
    assert "Bình" in ask_again()
    ask_again()
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "visits-listed").order_by(AuditEntry.id)).all()
    # One for the list, one for somebody who came onto it; none for each time that the open page asks.
    assert [len(each.details["residents"]) for each in entries] == [1, 2]


def test_visits_of_other_zones_are_not_listed(console: Console, database: Database) -> None:
    zone, _residents, (incident,) = missed(database, "An")
    with database.write() as session:
        session.execute(update(Incident).values(visit_due_at=NOW))
    console.at = NOW - SOON
    assert f'id="visit-{incident}"' in console.client("hoa", zones=[zone]).get("/visits").text
    elsewhere = console.client("lan", zones=[]).get("/visits").text
    assert f'id="visit-{incident}"' not in elsewhere
    assert '<span class="count">' not in elsewhere
    console.at = NOW - SOON - timedelta(seconds=1)
    assert f'id="visit-{incident}"' not in console.client("hoa").get("/visits").text


def test_an_overdue_incident_is_told_to_supervisors_once_whoever_ticks(both_databases: Database) -> None:
    database = both_databases
    _zone, _residents, (incident,) = missed(database, "An")
    deadline = incident_of(database, incident).deadline_at
    assert escalate_overdue(database, deadline - timedelta(seconds=1)) == 0
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: escalate_overdue(database, deadline), range(8))) == 1
    assert escalate_overdue(database, deadline + timedelta(hours=1)) == 0
    assert incident_of(database, incident).escalated_at == deadline


class Short:
    """A process that is to stop as soon as the scheduler did its first work."""

    def __init__(self, done: Callable[[], bool]) -> None:
        self._done = done

    def wait(self, _seconds: float) -> bool:
        wait_until(self._done)
        return False

    def worked(self) -> None:
        """Nobody listens."""


def test_the_scheduler_looks_for_what_is_overdue(database: Database, vault: Vault, tmp_path: Path) -> None:
    _zone, _residents, (incident,) = missed(database, "An")
    long_ago = utc_now() - timedelta(minutes=1)
    with database.write() as session:
        session.execute(update(Incident).values(deadline_at=long_ago))
    short = Short(lambda: incident_of(database, incident).escalated_at is not None)
    scheduler.run(short, database, vault, Settings(data_folder=tmp_path))  # type: ignore[arg-type]
    assert incident_of(database, incident).escalated_at is not None


def test_what_was_resolved_in_time_is_never_escalated(console: Console, database: Database) -> None:
    _zone, _residents, (incident,) = missed(database, "An")
    console.client("hoa").post(f"/incidents/{incident}/resolve", data={"text": "Đã gọi"})
    assert escalate_overdue(database, minutes(600)) == 0


def test_supervisors_see_what_is_overdue_longest_first_and_the_list_says_so_in_words(
    console: Console, database: Database
) -> None:
    _zone, _residents, incidents = missed(database, "An", "Bình")
    with database.write() as session:
        session.execute(update(Incident).where(Incident.id == incidents[1]).values(deadline_at=minutes(26)))
    supervisor = console.client("chi", Role.SUPERVISOR)
    console.at = minutes(80)
    assert "on the supervisors’ list" not in supervisor.get("/").text + supervisor.get("/incidents").text
    assert escalate_overdue(database, minutes(80)) == 2
    for name, address in (("chi", "/"), ("chi", "/incidents"), ("hoa", "/")):
        shown = (supervisor if name == "chi" else console.client(name)).get(address).text
        assert re.findall(r'id="incident-(\d+)"', shown) == [str(incidents[1]), str(incidents[0])]
        assert shown.count("on the supervisors’ list") == 2


class Loud:
    """A channel that notes what it is handed."""

    idempotent = True
    name = "sms"

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, messages: Iterator[Message]) -> Iterator[tuple[Message, Outcome]]:
        for message in messages:
            self.sent.append(message.to)
            yield message, Sent(secrets.token_hex(4))


def send_all(database: Database, folder: Path, now: datetime) -> list[str]:
    channel = Loud()
    sender = make_sender(database, {"sms": channel}, folder / "outbox")
    while sender.send_due(now):
        pass
    sender.stop()
    return channel.sent


def release(client: FlaskClient, database: Database, resident: int) -> int:
    with database.read() as session:
        order = session.scalars(select(QuarantineOrder.id).where(QuarantineOrder.resident_id == resident)).one()
    return client.post(f"/orders/{order}/release", data={"version": "1", "reason": "Đủ 14 ngày"}).status_code


def let_away(client: FlaskClient, _database: Database, resident: int) -> int:
    # Ten o'clock in Vietnam is NOW.
    form = {"starts": "23/11/2026 09:00", "ends": "2026-11-23T12:00", "reason": "Đi xét nghiệm"}
    return client.post(f"/residents/{resident}/exemptions", data=form).status_code


@pytest.mark.parametrize(
    ("act", "words"),
    [(release, "order was over or paused"), (let_away, "Away with permission: Đi xét nghiệm")],
)
def test_who_is_released_or_away_gets_no_queued_message_is_excused_in_words_and_becomes_no_incident(
    console: Console, database: Database, tmp_path: Path, act: Callable[[FlaskClient, Database, int], int], words: str
) -> None:
    _zone, (an, binh) = world(database, "An", "Bình")
    open_due_rounds(database, NOW)
    supervisor = console.client("chi", Role.SUPERVISOR)
    assert act(supervisor, database, an) == 303
    assert check_in_of(database, an).state is CheckInState.EXCUSED, "at once, not when the window closes"
    with database.read() as session:
        other = session.get_one(Resident, binh).phone
    assert send_all(database, tmp_path, NOW) == [other]
    for minute in (11, 25, 60):
        climb_due(database, minutes(minute))
        close_due(database, minutes(minute))
        send_all(database, tmp_path, minutes(minute))
    with database.read() as session:
        assert set(session.scalars(select(Incident.resident_id))) == {binh}
        assert set(session.scalars(select(Prompt.state).where(Prompt.resident_id == an))) == {PromptState.FAILED}
    page = supervisor.get(f"/residents/{an}").text
    assert words in page
    assert supervisor.get("/audit").status_code == 200


def test_an_order_is_changed_from_what_was_seen_only_and_a_person_may_come_back(console: Console, database: Database) -> None:
    _zone, (an,) = world(database, "An")
    supervisor = console.client("chi", Role.SUPERVISOR)
    assert release(supervisor, database, an) == 303
    assert release(supervisor, database, an) == 409
    form = {"version": "2", "reason": "Nhầm người"}
    assert supervisor.post("/orders/1/reopen", data=form).status_code == 303
    with database.read() as session:
        assert session.get_one(QuarantineOrder, 1).state is OrderState.ACTIVE
        details = session.scalars(select(AuditEntry.details).where(AuditEntry.action == "order-changed")).all()
    assert [(each["before"], each["after"]) for each in details] == [("active", "released"), ("released", "active")]
    assert details[0]["reason"] == "Đủ 14 ngày"


def test_a_release_ends_the_question_after_the_person_and_leaving_without_one_does_not(
    console: Console, database: Database
) -> None:
    _zone, (an, binh), incidents = missed(database, "An", "Bình")
    supervisor = console.client("chi", Role.SUPERVISOR)
    console.at = minutes(30)
    assert release(supervisor, database, an) == 303
    form = {"version": "1", "reason": "Không có trong phòng"}
    assert supervisor.post(f"/orders/{binh}/left", data=form).status_code == 303
    assert incident_of(database, incidents[0]).cause_ended_at == minutes(30)
    assert incident_of(database, incidents[1]).cause_ended_at is None


@pytest.mark.parametrize(
    ("path", "form", "explained"),
    [
        ("/orders/1/extend", {"version": "1", "ends_at": "31/02/2027", "reason": "x"}, "Write a day"),
        ("/orders/1/extend", {"version": "1", "ends_at": "2026-11-24", "reason": "x"}, "not later than the end"),
        ("/orders/1/shorten", {"version": "1", "ends_at": "2026-11-01T10:00", "reason": "x"}, "end before it begins"),
        ("/orders/1/correct", {"version": "1", "authority": "Sở Y tế", "reason": "F1", "why": "x"}, "Nothing is other"),
        ("/orders/1/died", {"version": "1", "reason": "  "}, "1 to 300"),
        ("/residents/1/exemptions", {"starts": "tomorrow", "ends": "2026-11-23T12:00", "reason": "x"}, "a day and a time"),
        ("/residents/1/exemptions", {"starts": "0001-01-01T00:00", "ends": "2026-11-23T12:00", "reason": "x"}, "a day and"),
        ("/residents/1/exemptions", {"starts": "2026-11-23T12:00Z", "ends": "2026-11-23T13:00Z", "reason": "x"}, "a day and"),
        (
            "/residents/1/exemptions",
            {"starts": "2026-11-23T12:00", "ends": "2026-11-23T12:00", "reason": "x"},
            "after the begin",
        ),
        ("/residents/1/exemptions", {"starts": "2026-11-22T12:00", "ends": "2026-11-22T13:00", "reason": "x"}, "already past"),
        ("/residents/1/exemptions", {"starts": "2026-11-23T12:00", "ends": "2026-11-23T13:00", "reason": ""}, "1 to 300"),
    ],
)
def test_an_order_or_a_time_away_that_cannot_be_used_is_explained_and_changes_nothing(
    console: Console, database: Database, path: str, form: dict[str, str], explained: str
) -> None:
    world(database, "An")
    answer = console.client("chi", Role.SUPERVISOR).post(path, data=form)
    assert (answer.status_code, explained in answer.text) == (422, True)
    with database.read() as session:
        assert session.get_one(QuarantineOrder, 1).state is OrderState.ACTIVE
        assert session.scalar(select(func.count()).select_from(Exemption)) == 0


def test_the_message_log_shows_each_message_of_two_weeks_once_with_its_state_in_words(
    console: Console, database: Database
) -> None:
    _zone, (an,), _incidents = missed(database, "An")
    with database.write() as session:
        check_in = check_in_of(database, an)
        for number in range(PAGE + 5):
            session.add(
                Prompt(
                    check_in_id=check_in.id,
                    resident_id=an,
                    zone_id=check_in.zone_id,
                    kind="first",
                    channel=f"c{number}",
                    reference=f"r{number}",
                    state=PromptState.UNCERTAIN,
                    created_at=NOW - timedelta(minutes=number // 3),  # some at the same moment
                )
            )
        session.add(
            Prompt(
                check_in_id=check_in.id,
                resident_id=an,
                zone_id=check_in.zone_id,
                kind="first",
                channel="old",
                reference="old",
                created_at=NOW - timedelta(days=15),
            )
        )
    staff = console.client("hoa")
    page = staff.get(f"/residents/{an}/messages").text
    assert "not known whether sent" in page
    assert "Reminder" in page
    seen = re.findall(r'id="prompt-(\d+)"', page)
    following = re.search(r'href="(/residents/\d+/messages\?after=[^"]+)"', page)
    assert following
    page = staff.get(following[1].replace("&amp;", "&")).text
    seen += re.findall(r'id="prompt-(\d+)"', page)
    assert "after=" not in page.split("<main", 1)[1]
    assert len(seen) == len(set(seen)) == PAGE + 5 + 2
    assert staff.get(f"/residents/{an}/messages?after=nonsense").status_code == 422


def set_right(client: FlaskClient, check_in: int, decision: str, reason: str = "Trả lời muộn, đúng người") -> int:
    return client.post(f"/check-ins/{check_in}/set-right", data={"decision": decision, "reason": reason}).status_code


@pytest.mark.parametrize(
    ("before", "decision", "status", "after"),
    [
        (CheckInState.MISSED, "accept", 303, CheckInState.ACCEPTED),
        (CheckInState.MISSED, "excuse", 303, CheckInState.EXCUSED),
        (CheckInState.UNREACHED, "accept", 303, CheckInState.ACCEPTED),
        (CheckInState.UNREACHED, "excuse", 303, CheckInState.EXCUSED),
        (CheckInState.REJECTED, "accept", 303, CheckInState.ACCEPTED),
        (CheckInState.REJECTED, "excuse", 409, CheckInState.REJECTED),
        (CheckInState.VERIFIED, "excuse", 409, CheckInState.VERIFIED),
        (CheckInState.PROMPTED, "accept", 409, CheckInState.PROMPTED),
        (CheckInState.EXCUSED, "accept", 409, CheckInState.EXCUSED),
    ],
)
def test_a_supervisor_sets_a_final_state_right_and_no_tick_can(
    console: Console, database: Database, before: CheckInState, decision: str, status: int, after: CheckInState
) -> None:
    _zone, (an,) = world(database, "An")
    open_due_rounds(database, NOW)
    check_in = check_in_of(database, an).id
    with database.write() as session:
        session.execute(update(CheckIn).values(state=before))
    supervisor = console.client("chi", Role.SUPERVISOR)
    assert set_right(supervisor, check_in, decision, " ") == 422
    assert set_right(supervisor, check_in, "reject") == 422
    assert set_right(supervisor, check_in, decision) == status
    assert check_in_of(database, an).state is after
    if status == 303:
        assert set_right(supervisor, check_in, decision) == 409, "once"
        assert "Trả lời muộn, đúng người" in supervisor.get(f"/residents/{an}").text


@pytest.mark.parametrize("before", sorted(BY_PERSON))
def test_what_only_a_person_may_do_no_other_step_takes(database: Database, before: CheckInState) -> None:
    _zone, (an,) = world(database, "An")
    open_due_rounds(database, NOW)
    with database.write() as session:
        session.execute(update(CheckIn).values(state=before))
    assert not NEXT[before]
    with database.write() as session:
        for state in CheckInState:
            assert not take_step(session, check_in_of(database, an).id, Step(state, ()), now=NOW)


def test_the_question_ends_when_no_miss_that_it_stands_for_is_left(console: Console, database: Database) -> None:
    _zone, (an,), (incident,) = missed(database, "An")
    open_due_rounds(database, minutes(180))
    deliver(database, minutes(181))
    close_due(database, minutes(220))
    with database.read() as session:
        first, second = session.scalars(select(CheckIn.id).order_by(CheckIn.id)).all()
    console.at = minutes(230)
    supervisor = console.client("chi", Role.SUPERVISOR)
    page = supervisor.get(f"/residents/{an}").text
    assert f"/check-ins/{first}/set-right" in page
    assert f"/check-ins/{second}/set-right" in page
    assert "set-right" not in console.client("hoa").get(f"/residents/{an}").text, "only a supervisor"
    assert set_right(supervisor, first, "accept") == 303
    assert incident_of(database, incident).cause_ended_at is None
    assert set_right(supervisor, second, "excuse") == 303
    assert incident_of(database, incident).cause_ended_at == minutes(230)


def test_a_late_answer_has_its_form_beside_it(console: Console, database: Database) -> None:
    zone, (an,), _incidents = missed(database, "An")
    check_in = check_in_of(database, an).id
    with database.write() as session:
        session.add(
            Answer(check_in_id=check_in, resident_id=an, zone_id=zone, received_at=minutes(40), late=True, in_window=True)
        )
    supervisor = console.client("chi", Role.SUPERVISOR)
    console.at = minutes(45)
    page = supervisor.get(f"/residents/{an}").text
    assert f"/check-ins/{check_in}/set-right" in page.split(f'id="late-{check_in}"')[1].split("</section>")[0]
    assert page.count(f"/check-ins/{check_in}/set-right") == 1
