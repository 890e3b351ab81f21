"""The pages of orders, rooms and transfers: who sees and may do what, and what is typed wrong is told with what was typed kept."""

from __future__ import annotations

import html
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select

from monitor.database.database import Database
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.moves import PlannedChange, PlannedState, TransferState
from monitor.models.people.residents import Exemption, OrderState, QuarantineOrder, Resident
from monitor.models.places import Zone
from monitor.people.order_deeds import Deed
from monitor.settings import Settings
from monitor.vault.vault import Vault
from tests.worlds.signed_in import signed_in
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import TwoZones
from web.console.application import create_console


class Console(TwoZones):
    """The two zones with a browser of a supervisor of each, and of staff of the first."""

    def __init__(self, folder: Path, database: Database, vault: Vault) -> None:
        super().__init__(database)
        self.app = create_console(Settings(data_folder=folder), database, vault, now=lambda: NOW)
        self.app.config["WTF_CSRF_ENABLED"] = False
        self.here_client = self.client("chi-a", Role.SUPERVISOR, self.here)
        self.there_client = self.client("chi-b", Role.SUPERVISOR, self.there)
        self.staff = self.client("nhan-vien", Role.STAFF, self.here)

    def client(self, name: str, role: Role, zone: int) -> FlaskClient:
        return signed_in(self.app, self.database, name, role, [zone], NOW, "en")

    def post(self, path: str, **form: object) -> tuple[int, str]:
        answer = self.here_client.post(path, data=form)
        return answer.status_code, html.unescape(answer.text)


@pytest.fixture
def console(tmp_path: Path, database: Database, vault: Vault) -> Console:
    return Console(tmp_path, database, vault)


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def test_staff_see_an_orders_life_and_a_supervisor_what_may_be_done(console: Console) -> None:
    page = text(console.staff, f"/residents/{console.an}")
    assert "12 days left" in page
    assert "/orders/" not in page
    page = text(console.here_client, f"/residents/{console.an}")
    for deed in ("extend", "shorten", "hospital", "release", "moved_away", "left", "died", "correct"):
        assert f"/orders/{console.order(console.an).id}/{deed}" in page
    assert f"/residents/{console.an}/transfer" in page
    assert console.staff.get("/orders/1/release").status_code == 403
    assert console.here_client.get("/orders/1/transfer").status_code == 404
    assert console.here_client.get("/orders/1/back").status_code == 409


def test_before_a_release_the_page_says_what_will_follow_and_a_refused_form_keeps_what_was_typed(console: Console) -> None:
    page = text(console.here_client, "/orders/1/release")
    assert "An is asked nothing more from then on" in page
    assert "The bed in room 101 is free from then on." in page
    status, page = console.post("/orders/1/extend", version="1", ends_at="2026-11-01", reason="Kết quả mới")
    assert (status, "Kết quả mới" in page, "would end before it begins" in page) == (422, True, True)
    assert console.post("/orders/1/release", version="1", reason="Hết hạn")[0] == 303
    status, page = console.post("/orders/1/release", version="1", reason="Hết hạn")
    assert (status, "already released" in page, 'name="reason"' in page) == (409, True, False)
    page = text(console.staff, f"/residents/{console.an}")
    assert "Released from quarantine." in page
    assert "“Hết hạn”" in page


def test_a_correction_is_read_by_the_rules_by_which_an_order_is_entered(console: Console) -> None:
    form = {"version": "1", "number": "9/QĐ", "authority": "", "reason": "F1", "why": "Sai số"}
    status, page = console.post("/orders/1/correct", **form)
    assert (status, "which authority" in page) == (422, True)
    assert console.post("/orders/1/correct", **form | {"authority": "Sở Y tế", "written_on": "2026-11-20"})[0] == 303
    assert console.order(console.an).number == "9/QĐ"
    assert "Number of the order: 9/QĐ (before: nothing)." in text(console.staff, f"/residents/{console.an}")


def test_a_release_at_a_set_time_waits_on_the_page_and_is_called_off_there(console: Console) -> None:
    form = {"version": "1", "reason": "Đủ ngày", "when": "later", "due_at": "2026-11-24T08:00"}
    assert console.post("/orders/1/release", **form, forget="yes")[0] == 422
    assert console.post("/orders/1/release", **form)[0] == 303
    assert console.order(console.an).state is OrderState.ACTIVE
    assert "Call it off" in text(console.here_client, f"/residents/{console.an}")
    assert "Call it off" not in text(console.staff, f"/zones/{console.here}/movements")
    assert console.there_client.post("/planned/1/cancel").status_code == 404
    assert console.post("/planned/1/cancel")[0] == 303
    assert console.planned().state is PlannedState.CANCELLED


def test_a_further_order_is_given_where_none_holds(console: Console) -> None:
    form = {"starts_at": "2026-11-23T10:00", "ends_at": "2026-11-30", "authority": "Sở Y tế", "reason": "F0"}
    path = f"/residents/{console.an}/orders/new"
    status, page = console.post(path, **form)
    assert (status, "Another order of this person" in page, "Sở Y tế" in page) == (409, True, True)
    console.act(console.an, Deed.RELEASE)
    assert console.post(path, **form | {"ends_at": "2026-11-20"})[0] == 422
    assert console.post(path)[0] == 422
    assert console.post(path, **form)[0] == 303
    assert console.order(console.an).reason == "F0"


def test_a_person_is_offered_to_a_zone_that_the_supervisor_does_not_see(console: Console) -> None:
    path = f"/residents/{console.an}/transfer"
    page = text(console.here_client, path)
    assert "Khu B" in page
    assert "Dũng" not in page
    assert console.post(path, to_zone="", reason="x")[0] == 422
    assert console.post(path, to_zone=console.there, reason="Gần nhà", wanted_on="2026-11-20")[0] == 422
    assert console.post(path, to_zone=console.there, reason="Gần nhà", wanted_on="2026-11-25")[0] == 303
    # Both sides see it, the other one with the rooms, and neither the other's records.
    assert "/transfers/1/accept" not in text(console.here_client, "/transfers/1")
    page = text(console.there_client, "/transfers/1")
    assert "/transfers/1/accept" in page
    assert "Gần nhà" in page
    assert console.there_client.get(f"/residents/{console.an}").status_code == 404
    assert "An" in text(console.there_client, f"/zones/{console.there}/movements")
    assert "1 person offered to this zone" in text(console.there_client, f"/zones/{console.there}")
    assert console.post("/transfers/1/accept", room=console.room("102", console.there))[0] == 404
    full = console.there_client.post("/transfers/1/accept", data={"room": console.room("101", console.there)})
    assert (full.status_code, "no free bed" in html.unescape(full.text)) == (409, True)
    done = console.there_client.post("/transfers/1/accept", data={"room": console.room("102", console.there)})
    assert done.status_code == 303
    assert "Moved from Khu A to Khu B." in text(console.there_client, f"/residents/{console.an}")
    assert console.here_client.get(f"/residents/{console.an}").status_code == 404
    assert "Accepted" in text(console.here_client, "/transfers/1")
    with console.database.read() as session:
        seen = session.scalars(select(AuditEntry.zone_id).where(AuditEntry.action == "transfer-seen")).all()
    assert seen == [console.here, console.there, console.here]


def test_a_transfer_is_refused_by_the_one_and_withdrawn_by_the_other_zone(console: Console) -> None:
    for end, client, field in (("refuse", console.there_client, "refusal"), ("withdraw", console.here_client, "withdrawal")):
        console.post(f"/residents/{console.an}/transfer", to_zone=console.there, reason="Gần nhà")
        number = 1 if end == "refuse" else 2
        other = console.here_client if client is console.there_client else console.there_client
        assert other.post(f"/transfers/{number}/{end}", data={field: "x"}).status_code == 404
        assert client.post(f"/transfers/{number}/{end}", data={field: ""}).status_code == 422
        assert client.post(f"/transfers/{number}/{end}", data={field: "Hết giường"}).status_code == 303
        assert "Hết giường" in text(other, f"/transfers/{number}")
    assert [console.transfer(each).state for each in (1, 2)] == [TransferState.REFUSED, TransferState.WITHDRAWN]
    with console.database.write() as session:
        session.get_one(Zone, console.there).closed_at = NOW
    status, page = console.post(f"/residents/{console.an}/transfer", to_zone=console.there, reason="Gần nhà")
    assert (status, "Zone Khu B was closed" in page) == (409, True)


def test_a_room_is_given_or_swapped_and_a_full_one_told_with_the_form(console: Console) -> None:
    path, rooms = f"/residents/{console.an}/room", [console.room(name) for name in ("101", "102", "103")]
    assert console.post(path, room="", seen=rooms[0], reason="x")[0] == 422
    assert console.post(path, swap="yes", other=console.dung, seen=rooms[0], reason="x")[0] == 422
    assert console.post(path, swap="yes", other=console.binh, seen=rooms[0], reason="Gần người nhà")[0] == 303
    assert console.post(path, room=rooms[2], seen=rooms[0], reason="x")[0] == 409
    assert console.post(path, room=rooms[2], seen=rooms[1], reason="x", when="later", due_at="2026-11-24T08:00")[0] == 303
    assert console.post(path, room=rooms[2], seen=rooms[1], reason="Gần nhà vệ sinh")[0] == 303
    status, page = console.post(f"/residents/{console.binh}/room", room=rooms[2], seen=rooms[0], reason="Cùng phòng")
    assert (status, "no free bed" in page, "Cùng phòng" in page) == (409, True, True)


def test_an_absence_is_changed_and_ended_on_its_page(console: Console) -> None:
    form = {"starts": "2026-11-23T11:00", "ends": "2026-11-23T15:00", "reason": "Xét nghiệm"}
    assert console.post(f"/residents/{console.an}/exemptions", **form)[0] == 303
    assert "/exemptions/1" in text(console.here_client, f"/residents/{console.an}")
    assert "Xét nghiệm" in text(console.staff, f"/zones/{console.here}/movements")
    assert 'value="2026-11-23T15:00"' in text(console.here_client, "/exemptions/1")
    assert console.post("/exemptions/1", **form | {"ends": "2026-11-23T10:30"}, version="1")[0] == 422
    assert console.post("/exemptions/1", **form | {"ends": "2026-11-23T16:00"}, version="1")[0] == 303
    assert console.post("/exemptions/1/end", version="1", why="Không đi")[0] == 409
    assert console.post("/exemptions/1/end", version="2", why="Không đi")[0] == 303
    assert "over already" in text(console.here_client, "/exemptions/1")
    with console.database.read() as session:
        assert session.get_one(Exemption, 1).ended_at == NOW


def test_many_are_shown_before_and_done_each_by_itself_also_without_a_script(console: Console) -> None:
    path = f"/zones/{console.here}/many"
    console.act(console.binh, Deed.LEFT)
    page = text(console.here_client, f"{path}?room={console.room('101')}&ends_before=2026-12-31")
    assert f"person-{console.an}" in page
    assert f"person-{console.cuc}" not in page
    assert console.post(path, deed="extend", ends_at="2026-12-20", reason="x")[0] == 422
    assert console.post(path, person=console.an, reason="x")[0] == 422
    form = {"deed": "extend", "ends_at": "2026-12-20", "reason": "Ca mới", "batch": "a" * 24}
    status, page = console.post(path, everybody="yes", **form)
    assert (status, "For 2 people" in page) == (200, True)
    assert f"{console.an}:1:{console.room('101')}" in page
    seen = f"{console.an}:1:{console.room('101')} {console.cuc}:7:0 {console.dung}:1:0"
    status, page = console.post(f"{path}/do", seen=seen, **form)
    assert (status, "Done for 1 person" in page, "Cúc</a>: This was changed after" in page) == (200, True, True)
    answer = console.here_client.post(
        f"{path}/do", data={"seen": f"{console.cuc}:1:0", **form}, headers={"Accept": "application/json"}
    )
    assert answer.json == {"done": 1, "refused": []}
    assert console.post(f"{path}/do", seen="x", **form)[0] == 422
    assert console.there_client.get(path).status_code == 404


def test_rooms_for_many_are_asked_in_a_table(console: Console) -> None:
    path = f"/zones/{console.here}/many"
    form = {"deed": "room", "reason": "Sửa phòng", "batch": "a" * 24}
    status, page = console.post(path, person=console.an, **form)
    assert (status, f'name="room-{console.an}"' in page) == (200, True)
    status, page = console.post(path, person=console.an, **form, **{f"room-{console.an}": "103"})
    assert (status, "For 1 person" in page) == (200, True)
    seen = f"{console.an}:1:{console.room('101')}"
    assert "Done for 1 person" in console.post(f"{path}/do", seen=seen, **form, **{f"room-{console.an}": "103"})[1]
    assert console.resident(console.an).room_id == console.room("103")


def test_who_is_entered_without_an_order_stands_on_the_zones_page_with_the_next_step(console: Console) -> None:
    path = f"/zones/{console.here}"
    assert "without a quarantine order" not in text(console.here_client, path)
    with console.database.write() as session:
        session.execute(delete(QuarantineOrder).where(QuarantineOrder.resident_id == console.an))
    page = text(console.here_client, path)
    assert ("1 person without a quarantine order" in page, "awaits an order" in page) == (True, True)
    assert f"/residents/{console.an}/orders/new" in page
    # Entered on 23/11/2026, and kept for 30 days.
    assert "deleted on 23 December 2026" in page
    assert f"/residents/{console.an}/orders/new" not in text(console.staff, path)
    assert "23 December 2026" in text(console.here_client, f"/residents/{console.an}")


def test_nothing_is_planned_or_changed_by_looking(console: Console) -> None:
    for path in ("/orders/1/release", f"/residents/{console.an}/room", f"/residents/{console.an}/transfer"):
        text(console.here_client, path)
    with console.database.read() as session:
        assert session.scalars(select(PlannedChange)).all() == []
        assert set(session.scalars(select(QuarantineOrder.version))) == {1}


def test_many_are_offered_and_taken_in_by_the_other_zone_at_once_or_later(console: Console) -> None:
    path = f"/zones/{console.here}/many"
    form = {"deed": "transfer", "reason": "Khu A đóng cửa", "batch": "a" * 24}
    assert console.post(path, everybody="yes", **form)[0] == 422
    status, page = console.post(path, everybody="yes", to_zone=console.there, **form)
    assert (status, "For 3 people" in page, "to Khu B" in page) == (200, True, True)
    seen = f"{console.an}:1:0 {console.binh}:1:0"
    assert "Done for 2 people" in console.post(f"{path}/do", seen=seen, to_zone=console.there, **form)[1]
    coming = f"/zones/{console.there}/coming"
    assert console.here_client.get(coming).status_code == 404
    assert 'value="102"' in text(console.there_client, coming)
    rooms = {"room-1": "102", "room-2": "101"}
    page = html.unescape(console.there_client.post(coming, data={"transfer": ["1", "2"], **rooms}).text)
    assert ("For 1 person" in page, "Not for 1 person" in page, "no free bed" in page) == (True, True, True)
    assert console.there_client.post(coming, data=rooms).status_code == 422
    done = console.there_client.post(f"{coming}/do", data={"seen": "1 2", "chosen": f"{console.an} {console.binh}", **rooms})
    assert ("Done for 1 person" in done.text, "no free bed" in done.text) == (True, True)
    assert console.resident(console.an).zone_id == console.there
    # The other one is taken in tomorrow, from a page of their own.
    later = {"room": console.room("101", console.there), "crowded": "yes", "when": "later", "due_at": "2026-11-24T09:00"}
    assert console.there_client.post("/transfers/2/accept", data=later).status_code == 303
    for client, zone in ((console.there_client, console.there), (console.here_client, console.here)):
        assert "accepted for" in text(client, f"/zones/{zone}/movements")
    assert console.here_client.post("/transfers/2/call-off").status_code == 303
    assert console.here_client.post("/transfers/2/call-off").status_code == 409
    assert "Call off the set time" not in text(console.there_client, "/transfers/2")


def test_many_offers_are_refused_for_one_reason_which_the_other_zone_sees(console: Console) -> None:
    path = f"/zones/{console.here}/many"
    form = {"deed": "transfer", "reason": "Khu A đóng cửa", "to_zone": console.there, "batch": "a" * 24}
    console.post(f"{path}/do", seen=f"{console.an}:1:0 {console.binh}:1:0", **form)
    later = {"room": console.room("101", console.there), "crowded": "yes", "when": "later", "due_at": "2026-11-24T09:00"}
    assert console.there_client.post("/transfers/2/accept", data=later).status_code == 303
    coming, wanted = f"/zones/{console.there}/coming", {"transfer": ["1", "2"], "do": "refuse"}
    without = console.there_client.post(coming, data=wanted)
    assert (without.status_code, "reason in 1 to" in without.text) == (422, True)
    page = html.unescape(console.there_client.post(coming, data=wanted | {"reason": "Khu đã đầy"}).text)
    assert ("Refuse 2 people" in page, "“Khu đã đầy”" in page, "are called off" in page) == (True, True, True)
    # Looking changes nothing, and nobody refuses what is offered to another zone.
    assert "2 people are offered" in text(console.there_client, coming)
    assert console.here_client.post(f"{coming}/refuse", data={"seen": "1 2", "reason": "x"}).status_code == 404
    mine = console.here_client.post(f"/zones/{console.here}/coming/refuse", data={"seen": "1 2", "reason": "x"})
    assert "Done for 0 people" in mine.text
    done = console.there_client.post(f"{coming}/refuse", data={"seen": "1 2", "reason": "Khu đã đầy"})
    assert "Done for 2 people" in done.text
    assert "Nobody is offered" in text(console.there_client, coming)
    assert console.resident(console.an).zone_id == console.here
    for number in (1, 2):
        shown = html.unescape(text(console.here_client, f"/transfers/{number}"))
        assert ("Khu đã đầy" in shown, "Call off the set time" in shown) == (True, False)


def test_two_records_of_one_person_are_found_compared_and_made_one(console: Console) -> None:
    with console.database.write() as session:
        twice = session.get_one(Resident, console.binh)
        twice.full_name, twice.document_number, twice.address = "An", "079085001234", "12 ngõ 3"
    find = f"/residents/{console.an}/merge"
    assert f"{find}/{console.binh}" in text(console.here_client, f"{find}?number=079085001234")
    assert f"{find}/{console.binh}" in text(console.here_client, f"{find}?number=%23{console.binh}")
    assert "No other record of your zones" in text(console.here_client, f"{find}?number={console.dung}")
    for path in (find, f"{find}/{console.dung}", f"/residents/{console.dung}/merge/{console.an}"):
        assert console.staff.get(path).status_code == 403
    assert console.here_client.get(f"{find}/{console.dung}").status_code == 404
    assert "at the same time" in text(console.here_client, f"{find}/{console.binh}")
    console.act(console.binh, Deed.RELEASE)
    page = text(console.here_client, f"{find}/{console.binh}")
    assert ('id="take-document_number"' in page, "12 ngõ 3" in page, "at the same time" in page) == (True, True, False)
    # Countries and languages are words, as on the page of the one who stays.
    for shown in (page, text(console.here_client, f"/residents/{console.an}")):
        assert all(f">{word}</" in shown for word in ("Vietnam", "Vietnamese"))
        assert ">VN<" not in shown
    form = {"version": "1", "other_version": "1", "take": "document_number", "reason": "Cùng một thẻ"}
    assert console.post(f"{find}/{console.binh}", **form)[0] == 422
    assert console.post(f"{find}/{console.binh}", **form | {"other_version": "7"}, sure="yes")[0] == 409
    assert console.post(f"{find}/{console.binh}", **form, sure="yes")[0] == 303
    an = console.resident(console.an)
    assert (an.document_number, an.address) == ("079085001234", "")
    assert [each.resident_id for each in console.changes(console.an)] == [console.an]
    old = console.here_client.get(f"/residents/{console.binh}")
    assert (old.status_code, old.location) == (302, f"/residents/{console.an}")
