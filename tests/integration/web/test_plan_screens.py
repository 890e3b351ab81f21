"""Plans on the console: made, replaced, rehearsed, ended, asked now; what is open is never touched, a rehearsal writes nothing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.every_table import METADATA
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.residents import Exemption, Household, OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.models.rollcalls.plans import EvidenceLevel, Plan, PlanKind, PlanResident
from monitor.models.rollcalls.rounds import CheckIn, RollCall, RollCallState
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, add_plan, minutes, world
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW, add_zone
from web.console.application import create_console

FORM = {
    "name": "Buổi sáng",
    "kind": "times",
    "times": "8:00, 16h00",
    "quiet_from": "21:00",
    "quiet_to": "07:00",
    "window": "50",
    "reminder": "10",
    "voice": "20",
    "household": "35",
    "visit": "110",
    "evidence": "face",
    "evidence_by_text": "code_word",
    "share": "10",
    "channel0": "sms",
    "wait0": "3",
    "whom": "zone",
    "do": "save",
}


def words_of(answer) -> str:  # type: ignore[no-untyped-def]
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


class Planning:
    """The console, a zone with people and a plan, and a supervisor who is signed in."""

    def __init__(self, tmp_path: Path, database: Database, vault: Vault) -> None:
        self.database, self.now = database, NOW
        self.zone, self.residents = world(database, "Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc")
        settings = Settings(
            data_folder=tmp_path,
            secret_key=SECRET.decode(),
            sms_gateway_url="http://127.0.0.1:1/",
            sms_gateway_token="token",
            price_sms_part=300,
        )
        self.app = create_console(settings, database, vault, now=lambda: self.now)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.supervisor = self.signed_in("giamsat", Role.SUPERVISOR)

    def signed_in(self, name: str, role: Role) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, None, self.now, "en")

    def plans(self, *, active: bool = True) -> list[Plan]:
        with self.database.read() as session:
            return list(session.scalars(select(Plan).where(Plan.active == active).order_by(Plan.id)))

    def make(self, **more: object):  # type: ignore[no-untyped-def]
        return self.supervisor.post(f"/zones/{self.zone}/plans", data=FORM | more)

    def everything(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.database.read() as session:
            return {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in METADATA.sorted_tables
            }


@pytest.fixture
def planning(tmp_path: Path, both_databases: Database, vault: Vault) -> Planning:
    return Planning(tmp_path, both_databases, vault)


def test_a_plan_is_made_with_a_small_share_and_replaced_not_changed(planning: Planning) -> None:
    form = planning.supervisor.get(f"/zones/{planning.zone}/plans/new").get_data(as_text=True)
    assert re.search(r'name="share"[^>]*value="10"', form)
    assert planning.make().status_code == 303
    made = planning.plans()[-1]
    assert (made.times, made.share_percent, made.replaces_id) == (["08:00", "16:00"], 10, None)
    assert made.evidence_by_text == EvidenceLevel.CODE_WORD
    assert made.channels == [["sms", 3.0]]
    assert made.ladder == [[10.0, "reminder"], [20.0, "voice"], [35.0, "household"]]
    assert made.next_round_at is not None
    assert made.next_round_at > NOW
    filled = planning.supervisor.get(f"/plans/{made.id}/replace").get_data(as_text=True)
    assert 'value="08:00, 16:00"' in filled
    replaced = planning.supervisor.post(f"/plans/{made.id}/replace", data=FORM | {"times": "09:00", "seed": made.seed})
    assert replaced.status_code == 303
    newest = planning.plans()[-1]
    assert (newest.times, newest.replaces_id, newest.seed) == (["09:00"], made.id, made.seed)
    with planning.database.read() as session:
        old = session.get_one(Plan, made.id)
        assert (old.active, old.next_round_at, old.times) == (False, None, ["08:00", "16:00"])
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert [each for each in actions if each.startswith("plan")] == ["plan-made", "plan-replaced"]
    # Somebody who still has the old page open is told, and makes no third plan.
    late = planning.supervisor.post(f"/plans/{made.id}/replace", data=FORM)
    assert late.status_code == 409
    assert "already ended or replaced" in late.get_data(as_text=True)
    assert planning.plans()[-1].id == newest.id


def test_a_new_plan_begins_with_a_tenth_whatever_was_typed_until_another_supervisor_agrees(planning: Planning) -> None:
    before = len(planning.plans())
    assert planning.make(share="100", whom="people", people=[str(planning.residents[0])]).status_code == 303
    made = planning.plans()[-1]
    assert (made.share_percent, made.share_wanted) == (10, 100)
    mine = words_of(planning.supervisor.get(f"/zones/{planning.zone}/plans"))
    assert "giamsat wants 100 % to be asked. A new schedule begins with a tenth unless another supervisor agrees." in mine
    assert "I agree: ask 100 %" not in mine
    # Nobody agrees to their own, however they send it.
    planning.supervisor.post(f"/plans/{made.id}/share/agree")
    assert "You asked for this yourself. Another supervisor must agree to it." in words_of(
        planning.supervisor.get(f"/zones/{planning.zone}/plans")
    )
    # Nor is it got around by replacing the plan at once, or by the step that asks more.
    planning.supervisor.post(f"/plans/{made.id}/replace", data=FORM | {"share": "80"})
    again = planning.plans()[-1]
    assert (again.share_percent, again.share_wanted) == (10, 80)
    planning.supervisor.post(f"/plans/{again.id}/share", data={"share": "50"})
    third = planning.plans()[-1]
    assert (third.share_percent, third.share_wanted) == (10, 50)
    other = planning.signed_in("truongkhoa", Role.SUPERVISOR)
    assert "I agree: ask 50 %" in words_of(other.get(f"/zones/{planning.zone}/plans"))
    assert other.post(f"/plans/{third.id}/share/agree").status_code == 303
    agreed = planning.plans()[-1]
    assert (agreed.share_percent, agreed.share_wanted, agreed.replaces_id) == (50, None, third.id)
    assert (agreed.next_round_at, agreed.seed, agreed.times) == (third.next_round_at, third.seed, third.times)
    assert len(planning.plans()) == before + 1
    shown = words_of(other.get(f"/zones/{planning.zone}/plans"))
    assert "50 % wanted by giamsat, agreed to by truongkhoa" in shown
    # Whoever comes second is told, and no third plan is made.
    other.post(f"/plans/{third.id}/share/agree")
    assert planning.plans()[-1].id == agreed.id
    with planning.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan-share-agreed")).one()
        assert entry.account_id == agreed.share_agreed_by != agreed.share_wanted_by
        assert entry.details == {
            "plan_id": agreed.id,
            "name": "Buổi sáng",
            "share": 50,
            "wanted_by": agreed.share_wanted_by,
        }


def test_a_plan_whose_round_was_closed_may_ask_more_by_one_supervisor(planning: Planning) -> None:
    assert planning.make(share="100").status_code == 303
    made = planning.plans()[-1]
    with planning.database.write() as session:
        times = {"opens_at": NOW, "closes_at": NOW}
        session.add(RollCall(plan_id=made.id, zone_id=planning.zone, state=RollCallState.CLOSED, **times))
    planning.supervisor.post(f"/plans/{made.id}/share", data={"share": "50"})
    assert (planning.plans()[-1].share_percent, planning.plans()[-1].share_wanted) == (50, None)


def test_two_who_agree_at_once_make_one_plan(planning: Planning) -> None:
    assert planning.make(share="100").status_code == 303
    made = planning.plans()[-1]
    supervisors = [planning.signed_in(f"truongkhoa{number}", Role.SUPERVISOR) for number in range(2)]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda each: each.post(f"/plans/{made.id}/share/agree"), supervisors))
    with planning.database.read() as session:
        assert session.scalar(select(func.count()).where(Plan.replaces_id == made.id)) == 1


def test_an_open_round_is_not_touched_by_ending_its_plan(planning: Planning) -> None:
    open_due_rounds(planning.database, NOW)
    (plan,) = planning.plans()
    assert planning.supervisor.post(f"/plans/{plan.id}/end").status_code == 303
    assert planning.plans() == []
    with planning.database.read() as session:
        (round_,) = session.scalars(select(RollCall)).all()
        assert round_.state == RollCallState.OPEN
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 3
    assert planning.supervisor.post(f"/plans/{plan.id}/end").status_code == 409
    assert open_due_rounds(planning.database, minutes(60 * 24)) == 0


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("times", "8:00, noon", "noon is not a time of day"),
        ("times", "22:00", "is within the quiet hours"),
        ("kind", "sometimes", "Choose one of the options"),
        ("window", "long", "Enter a number here"),
        ("reminder", "70", "Make it earlier"),
        ("visit", "20", "Make it later"),
        ("channel0", "pigeon", "no channel named pigeon"),
        ("whom", "rooms", "Choose at least one room"),
        ("quiet_from", "", "need a beginning and an end"),
    ],
)
def test_a_wrong_field_is_told_beside_it_and_what_was_typed_is_kept(
    planning: Planning, field: str, value: str, told: str
) -> None:
    before = planning.everything()
    answer = planning.make(**{field: value, "name": "Tên đã gõ"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in page
    assert 'value="Tên đã gõ"' in page
    assert 'role="alert"' in page
    assert planning.everything() == before


def test_a_rehearsal_tells_who_would_get_what_and_writes_nothing(planning: Planning) -> None:
    an, binh, cuc = planning.residents
    with planning.database.write() as session:
        household = Household(zone_id=planning.zone, name="Nhà Trần", phone="+84911111111")
        session.add(household)
        session.flush()
        for each in (binh, cuc):
            session.execute(update(Resident).where(Resident.id == each).values(phone="", household_id=household.id))
        session.add(
            Exemption(
                resident_id=an, zone_id=planning.zone, starts_at=NOW, ends_at=NOW + timedelta(days=2), reason="Đi xét nghiệm"
            )
        )
        session.add(
            ContactAddress(resident_id=cuc, zone_id=planning.zone, channel="email", address="cuc@example.vn", created_at=NOW)
        )
    before = planning.everything()
    page = planning.make(do="rehearse", share="100").get_data(as_text=True)
    assert "Nothing was sent or saved" in page
    assert "Đi xét nghiệm" in page
    assert "in the message to Trần Văn Bình" in page
    assert page.count("+84911111111") == 2
    assert "No reference photo" in page
    # One message for the two who share a phone, none for who is away.
    assert re.search("Messages sent at the start</dt><dd>1<", page)
    # With accents and a link it has two parts, at 300 đồng each.
    assert re.search(r"Parts of text messages</dt><dd>2 · \S*600", page)
    assert 'id="dear"' not in page
    assert "takes at most 2 parts here (1 without accents)" in planning.supervisor.get(f"/zones/{planning.zone}/plans").text
    assert planning.everything() == before
    # What was typed goes on to saving.
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
    assert hidden["times"] == "8:00, 16h00"
    few = planning.make(do="rehearse", share="1", seed="a").get_data(as_text=True)
    assert "more are not asked yet" in few
    (plan,) = planning.plans()
    stored = planning.supervisor.get(f"/plans/{plan.id}/rehearsal").get_data(as_text=True)
    assert "Nothing was sent" in stored
    assert planning.everything() == before


def test_everybody_is_asked_now_once_and_never_in_the_night(planning: Planning) -> None:
    assert planning.make(share="100").status_code == 303
    planning.signed_in("truongkhoa", Role.SUPERVISOR).post(f"/plans/{planning.plans()[-1].id}/share/agree")
    plan = planning.plans()[-1]
    ask = f"/plans/{plan.id}/ask"
    assert planning.supervisor.post(ask).status_code == 303
    assert planning.supervisor.post(ask).status_code == 303
    assert "already has an open round" in planning.supervisor.get(f"/zones/{planning.zone}/plans").get_data(as_text=True)
    with planning.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RollCall).where(RollCall.plan_id == plan.id)) == 1
        # Its own next round stays as it was.
        assert session.get_one(Plan, plan.id).next_round_at == plan.next_round_at
    with planning.database.write() as session:
        session.execute(update(RollCall).values(state=RollCallState.CLOSED))
    planning.now = NOW + timedelta(hours=12, minutes=30)  # half past ten in the evening
    # The session of the morning is over by then.
    late = planning.signed_in("trucdem", Role.SUPERVISOR)
    late.post(ask)
    assert "nobody is woken" in late.get(f"/zones/{planning.zone}/plans").get_data(as_text=True)
    with planning.database.read() as session:
        assert session.scalar(select(func.count()).select_from(RollCall).where(RollCall.plan_id == plan.id)) == 1


def test_no_round_is_opened_that_asks_nobody(planning: Planning) -> None:
    def asked() -> str:
        planning.supervisor.post(f"/plans/{planning.plans()[-1].id}/ask")
        return planning.supervisor.get(f"/zones/{planning.zone}/plans").get_data(as_text=True)

    assert planning.make(share="1", seed="a").status_code == 303
    assert "asks 1 per cent of the people under an order" in asked()
    with planning.database.write() as session:
        session.execute(update(Plan).values(share_percent=100))
        session.execute(update(QuarantineOrder).values(state=OrderState.RELEASED))
    assert "none of the people of this schedule is under a quarantine order" in asked()
    with planning.database.read() as session:
        assert session.scalars(select(RollCall)).all() == []
    with planning.database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.ACTIVE))
    assert "The round is open" in asked()


def test_a_plan_for_some_people_asks_only_them_and_a_growing_share_keeps_them(planning: Planning) -> None:
    an, binh, _cuc = planning.residents
    assert planning.make(whom="people", people=[str(an), str(binh)], share="50").status_code == 303
    plan = planning.plans()[-1]
    assert planning.supervisor.post(f"/plans/{plan.id}/share", data={"share": "100"}).status_code == 303
    wanted = planning.plans()[-1]
    assert (wanted.share_percent, wanted.share_wanted, wanted.seed, wanted.replaces_id) == (10, 100, plan.seed, plan.id)
    planning.signed_in("truongkhoa", Role.SUPERVISOR).post(f"/plans/{wanted.id}/share/agree")
    newest = planning.plans()[-1]
    assert (newest.share_percent, newest.seed, newest.replaces_id) == (100, plan.seed, wanted.id)
    with planning.database.read() as session:
        named = session.scalars(select(PlanResident.resident_id).where(PlanResident.plan_id == newest.id)).all()
    assert sorted(named) == [an, binh]
    assert planning.make(whom="people", people=["99999"]).status_code == 422


def test_staff_see_spans_supervisors_and_auditors_the_times_and_the_seed(planning: Planning) -> None:
    assert planning.make(kind="random", spans="8:00-11:00, 14:00-17:00").status_code == 303
    plan = planning.plans()[-1]
    assert plan.kind == PlanKind.RANDOM
    address = f"/zones/{planning.zone}/plans"
    staff = planning.signed_in("nhanvien", Role.STAFF).get(address).get_data(as_text=True)
    assert plan.seed not in staff
    assert "08:00–11:00" in staff
    calendar = staff[staff.index('id="calendar"') : staff.index('id="plans-title"')]
    assert plan.next_round_at is not None
    local = (plan.next_round_at + timedelta(hours=7)).strftime("%H:%M")
    assert f">{local}</time> Buổi sáng" not in calendar
    for client in (planning.supervisor, planning.signed_in("kiemtoan", Role.AUDITOR)):
        shown = client.get(address).get_data(as_text=True)
        assert plan.seed in shown
        assert f">{local}</time> Buổi sáng" in shown


def test_an_impossible_time_zone_is_refused_and_one_that_is_there_holds_up_nobody_else(planning: Planning) -> None:
    settings = f"/zones/{planning.zone}/settings"
    form = {
        "name": "Khu A",
        "address": "Đường 1",
        "timezone": "Asia/Atlantis",
        "latitude": "10,98",
        "kind": "facility",
        "version": "1",
    }
    administrator = planning.signed_in("quantri", Role.ADMINISTRATOR)
    answer = administrator.post(settings, data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Asia/Atlantis" in page
    assert page.count("or leave all three fields empty") == 2
    assert (
        administrator.post(
            settings, data=form | {"timezone": "Asia/Ho_Chi_Minh", "longitude": "106.65", "radius_metres": "300"}
        ).status_code
        == 303
    )
    with planning.database.write() as session:
        zone = session.get_one(Zone, planning.zone)
        assert (zone.latitude, zone.longitude, zone.radius_metres) == (10.98, 106.65, 300)
        zone.timezone = "Asia/Atlantis"
    other, _people = add_zone(planning.database, "Khu B", ("Vũ Đức Long",))
    add_plan(planning.database, other)
    assert open_due_rounds(planning.database, NOW) == 1
    with planning.database.read() as session:
        assert session.scalars(select(RollCall.zone_id)).all() == [other]
    shown = planning.supervisor.get(f"/zones/{planning.zone}/plans")
    assert shown.status_code == 200
    assert "cannot be read" in shown.get_data(as_text=True)


def test_many_rounds_of_a_day_are_one_line_and_all_seven_days_are_told(planning: Planning) -> None:
    assert planning.make(kind="every", every="30", window="25", reminder="", voice="", household="10").status_code == 303
    shown = planning.supervisor.get(f"/zones/{planning.zone}/plans").get_data(as_text=True)
    calendar = shown[shown.index('id="calendar"') : shown.index('id="plans-title"')]
    assert len(re.findall(r"Buổi sáng|rounds</span>", calendar)) >= 12
    # From seven in the morning, when the quiet hours end, to half past eight in the evening.
    assert calendar.count('<b>07:00–20:30</b> <span class="quiet">28 rounds</span>') == 6
