"""Chains, curves, what is to be checked and clusters on the console, over real rows on both databases."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as Xml
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.contacts.cases import Cluster, ClusterMember, FoundWhere
from monitor.models.contacts.contacts import ContactState
from monitor.models.legal import Disclosure
from monitor.models.people.residents import QuarantineOrder, Resident
from monitor.models.people.rights import AuditAbout
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.contact_chains import add_case, add_cluster, add_contact, maker
from tests.worlds.small_zone import NOW, add_zone
from web.benchmarks.contact_chains import add_chains, tree_s
from web.benchmarks.statements import signed_in
from web.console.application import create_console

NAMES = ("Nguyễn Thị An", "Trần Văn Bình", "Lê Thị Cúc", "Phạm Minh Dũng")
PASSWORD = "đúng là mật khẩu"


class World:
    """An infected An, who met Bình, who fell ill too and met Cúc and 20 others; Dũng is in another zone."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.zone, people = add_zone(database, "Khu A", NAMES[:3])
        self.other_zone, (self.dung,) = add_zone(database, "Khu B", NAMES[3:])
        self.an, self.binh, self.cuc = people
        with database.write() as session:
            self.first = add_case(session, self.an, self.zone, ill=9, interviewed=True, isolated=NOW - timedelta(days=5))
            self.second = add_case(
                session, self.binh, self.zone, ill=4, entered=NOW - timedelta(hours=30), where=FoundWhere.QUARANTINE
            )
            self.f1 = add_contact(session, self.first, resident_id=self.binh, met=6)
            add_contact(session, self.second, resident_id=self.cuc, met=3)
            for number in range(20):
                add_contact(session, self.second, name=f"=Người {number}", met=3)
            add_contact(session, self.first, name="Không phải", state=ContactState.REFUSED)
            self.elsewhere = add_case(session, self.dung, self.other_zone, ill=2)
            for role in (Role.STAFF, Role.SUPERVISOR):
                add_account(session, role.value, PASSWORD, role, zones=[self.zone], now=NOW, language="en")
        self.cluster = add_cluster(database, self.zone)
        self.other_cluster = add_cluster(database, self.other_zone)


@pytest.fixture
def world(both_databases: Database) -> World:
    return World(both_databases)


@pytest.fixture
def console(world: World, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[Role, FlaskClient]]:
    app = create_console(Settings(data_folder=tmp_path), world.database, vault, now=lambda: NOW)
    app.config["WTF_CSRF_ENABLED"] = False
    yield {role: signed_in(app, world.database, role.value) for role in (Role.STAFF, Role.SUPERVISOR)}
    app.extensions["live"].close()


def text(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_the_chain_is_drawn_without_names_and_without_other_zones(world: World, console: dict[Role, FlaskClient]) -> None:
    page = text(console[Role.STAFF], "/contacts/chain")
    assert "2 cases, 21 contacts, 1 chain" in page
    assert f'data-key="c{world.second}" data-parent="c{world.first}"' in page
    assert ">+21</text>" in page
    assert not any(name in page for name in NAMES)
    assert f"F0 {world.elsewhere}<" not in page
    assert "style=" not in page.split("<main")[1]


def test_a_fold_opens_and_everybody_stands_in_the_table(world: World, console: dict[Role, FlaskClient]) -> None:
    page = text(console[Role.STAFF], f"/contacts/chain?around=c{world.second}")
    assert page.count('<tr id="row-') == 22
    assert f"Back to the source, F0 {world.first}" in page


def test_the_page_of_a_case_leads_to_its_chain(world: World, console: dict[Role, FlaskClient]) -> None:
    boss = console[Role.SUPERVISOR]
    boss.post(f"/cases/{world.first}/why", data={"reason": "Truy vết"})
    (address,) = re.findall(r'href="(/contacts/chain[^"]+)"', boss.get(f"/cases/{world.first}").text)
    page = boss.get(address.replace("&amp;", "&"))
    assert page.status_code == 200
    assert f"F0 {world.first}" in page.text


def test_names_need_a_reason_which_the_people_can_read(world: World, console: dict[Role, FlaskClient]) -> None:
    client = console[Role.STAFF]
    refused = client.post("/contacts/chain/names", data={"around": f"c{world.second}"})
    assert refused.status_code == 422
    assert NAMES[1] not in refused.text
    shown = client.post("/contacts/chain/names", data={"around": f"c{world.second}", "reason": "Gọi các F1"})
    assert NAMES[1] in shown.text
    assert NAMES[2] in shown.text
    assert "=Người 7" in shown.text
    with world.database.read() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "chain-names-seen")).one()
        assert entry.details["reason"] == "Gọi các F1"
        about = session.scalars(select(AuditAbout.resident_id).where(AuditAbout.entry_id == entry.id)).all()
    assert set(about) == {world.binh, world.cuc}


def test_a_file_has_everybody_and_names_only_for_who_may_take_them_along(
    world: World, console: dict[Role, FlaskClient]
) -> None:
    staff, supervisor = console[Role.STAFF], console[Role.SUPERVISOR]
    plain = list(csv.reader(io.StringIO(staff.post("/contacts/chain.csv").text.lstrip("\ufeff"))))
    assert len(plain) == 1 + 22
    assert "An" not in str(plain)
    assert staff.post("/contacts/chain.csv", data={"names": "yes", "reason": "Báo cáo"}).status_code == 403
    assert supervisor.post("/contacts/chain.csv", data={"names": "yes"}).status_code == 422
    named = supervisor.post("/contacts/chain.csv", data={"names": "yes", "reason": "Báo cáo Sở Y tế", "recipient": "Sở Y tế"})
    assert "'=Người 3" in named.text
    graph = supervisor.post("/contacts/chain.graphml", data={"names": "yes", "reason": "Báo cáo Sở Y tế"}).data
    nodes = [each for each in Xml.fromstring(graph).iter() if each.tag.endswith("}node")]
    assert len(nodes) == 23
    with world.database.read() as session:
        handed = session.scalars(select(Disclosure).order_by(Disclosure.id)).all()
        assert [(each.recipient, each.people) for each in handed] == [("Sở Y tế", 3), ("", 3)]


def test_the_curve_says_how_many_were_in_quarantine_already(world: World, console: dict[Role, FlaskClient]) -> None:
    page = text(console[Role.STAFF], "/contacts/curve")
    assert "<b>50.0 %</b>" in page
    assert "1 of 2" in page
    rows = list(csv.reader(io.StringIO(text(console[Role.STAFF], "/contacts/curve.csv").lstrip("\ufeff"))))
    day = (NOW - timedelta(days=4)).date().isoformat()
    assert rows[0][2] == "In quarantine"
    assert next(row for row in rows if row[0] == day)[2] == "1"
    assert sum(int(row[-1]) for row in rows[1:]) == 2


def test_what_cannot_be_right_is_told_with_its_number(world: World, console: dict[Role, FlaskClient]) -> None:
    with world.database.write() as session:
        add_contact(session, world.second, resident_id=world.an, met=1, first=NOW - timedelta(days=1))
    page = text(console[Role.STAFF], "/contacts/implausible")
    one, two = f"F0 {world.first}", f"F0 {world.second}"
    assert f"{one} fell ill before {two}, who is noted as the source. Days between: 5." in page
    assert f"{one} was interviewed, but fewer than five contacts are known: 1." in page
    assert f"{two} was not interviewed within 24 hours: 30 hours have passed." in page
    only = text(console[Role.STAFF], "/contacts/implausible?kind=few_contacts")
    assert "fewer than five" in only
    assert "30 hours" not in only


def test_a_circle_of_sources_loses_nobody(world: World, console: dict[Role, FlaskClient]) -> None:
    with world.database.write() as session:
        add_contact(session, world.second, resident_id=world.an, met=1)
    page = text(console[Role.STAFF], "/contacts/chain")
    assert "2 cases, 21 contacts, 1 chain" in page
    assert 'class="link further"' in page


@pytest.mark.parametrize(
    "address",
    [
        "chain?since=gestern",
        "curve?since=2026-12-01&until=2026-01-01",
        "implausible?since=0001-01-01",
        "curve?until=9999-12-31",
    ],
)
def test_days_that_are_none_are_told_and_the_page_stands(console: dict[Role, FlaskClient], address: str) -> None:
    assert 'role="alert"' in text(console[Role.STAFF], f"/contacts/{address}").split("<h1>")[1]


def test_a_person_of_no_chain_and_a_cluster_of_others_are_not_found(world: World, console: dict[Role, FlaskClient]) -> None:
    client = console[Role.STAFF]
    for address in (
        "chain?around=c999",
        f"chain?around=c{world.elsewhere}",
        f"chain?cluster={world.other_cluster}",
        "chain?cluster=x",
    ):
        assert client.get(f"/contacts/{address}").status_code == 404
    assert client.get(f"/contacts/clusters/{world.other_cluster}").status_code == 404


def members(world: World) -> list[tuple[int | None, int | None, int | None]]:
    with world.database.read() as session:
        rows = session.scalars(
            select(ClusterMember).where(ClusterMember.cluster_id == world.cluster).order_by(ClusterMember.id)
        )
        return [(row.case_id, row.control_place_id, row.order_id) for row in rows]


def test_a_cluster_joins_cases_and_orders_once_and_lets_them_go(world: World, console: dict[Role, FlaskClient]) -> None:
    client, here = console[Role.STAFF], f"/contacts/clusters/{world.cluster}"
    with world.database.write() as session:
        for order in session.scalars(select(QuarantineOrder)):
            order.number = "12/QĐ-UBND"
        mine = sorted(session.scalars(select(QuarantineOrder.id).where(QuarantineOrder.zone_id == world.zone)))
    for _twice in range(2):
        client.post(f"{here}/join", data={"part": "case", "typed": f"F0 {world.first}, {world.second}"})
        client.post(f"{here}/join", data={"part": "order", "typed": "12/QĐ-UBND"})
    expected = [(world.first, None, None), (world.second, None, None), *((None, None, each) for each in mine)]
    assert members(world) == expected
    page = text(client, here)
    assert "<b>50.0 %</b>" in page
    assert "2 cases" in text(client, f"/contacts/chain?cluster={world.cluster}")
    client.post(f"{here}/part", data={"part": "case", "number": str(world.second)})
    assert members(world) == [expected[0], *expected[2:]]


@pytest.mark.parametrize(
    ("part", "typed", "told"),
    [
        ("case", "", "Type what to add."),
        ("case", "Bình", "Type numbers of cases"),
        ("case", "1, 99999", "There is no case F0 99999 in your zones. Nothing was added."),
        ("place", "Chợ", "No control point of your units has this name."),
        ("order", "7/QĐ", "No quarantine order in your zones has this number."),
    ],
)
def test_what_cannot_be_added_is_told_and_nothing_is(
    world: World, console: dict[Role, FlaskClient], part: str, typed: str, told: str
) -> None:
    client, here = console[Role.STAFF], f"/contacts/clusters/{world.cluster}"
    answer = client.post(f"{here}/join", data={"part": part, "typed": typed}, follow_redirects=True)
    assert told in answer.text
    assert members(world) == []


def test_a_case_of_another_zone_joins_no_cluster(world: World, console: dict[Role, FlaskClient]) -> None:
    client = console[Role.STAFF]
    client.post(f"/contacts/clusters/{world.cluster}/join", data={"part": "case", "typed": str(world.elsewhere)})
    assert members(world) == []


def test_a_form_sent_twice_makes_one_cluster_and_a_change_over_another_is_refused(
    world: World, console: dict[Role, FlaskClient]
) -> None:
    client = console[Role.STAFF]
    form = {"token": "one", "name": "Ổ dịch chợ", "zone_id": str(world.zone), "disease": "covid-19", "opened_on": "2026-11-20"}
    places = {client.post("/contacts/clusters", data=form).headers["Location"] for _twice in range(2)}
    assert len(places) == 1
    wrong = client.post("/contacts/clusters", data=form | {"token": "two", "opened_on": "2026-12-24"})
    assert wrong.status_code == 422
    assert "The first day must not be in the future." in wrong.text
    assert 'value="Ổ dịch chợ"' in wrong.text
    here = places.pop()
    change = {"name": "Ổ dịch chợ lớn", "opened_on": "2026-11-20", "closed_on": "2026-11-22", "version": "1"}
    assert "Saved." in client.post(here, data=change, follow_redirects=True).text
    assert "Someone changed this cluster" in client.post(here, data=change | {"name": "Khác"}, follow_redirects=True).text
    with world.database.read() as session:
        assert sorted(session.scalars(select(Cluster.name).where(Cluster.token.in_(["one", "two"])))) == ["Ổ dịch chợ lớn"]


def test_whose_name_was_deleted_stays_in_the_chain_without_one(world: World, console: dict[Role, FlaskClient]) -> None:
    with world.database.write() as session:
        session.get_one(Resident, world.binh).full_name = ""
    shown = console[Role.STAFF].post("/contacts/chain/names", data={"reason": "Gọi các F1"})
    assert "not known" in shown.text


def test_the_view_of_the_bench_leaves_nobody_out(world: World, console: dict[Role, FlaskClient]) -> None:
    app = console[Role.STAFF].application
    with world.database.write() as session:
        add_chains(session, 0.01, world.zone, maker(session), NOW)
    assert 0 < tree_s(app, world.database, ZoneInfo("Asia/Ho_Chi_Minh"), NOW) < 1
