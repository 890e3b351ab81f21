"""Orders extended, shortened, corrected and ended; people who move; on both databases, with what follows for everything around them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from monitor.database.database import Database
from monitor.database.together import read
from monitor.enrolment.orders import OrderDetails
from monitor.incidents import causes
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import AuditEntry
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.faces import FaceTemplate
from monitor.models.people.moves import LikenessCheck
from monitor.models.people.residents import (
    Exemption,
    Media,
    MediaKind,
    OrderChange,
    OrderState,
    Presence,
    PresenceState,
    QuarantineOrder,
    Resident,
)
from monitor.models.places import Room
from monitor.models.service import Change
from monitor.people.order_deeds import Deed
from monitor.presence.keeper import refresh
from monitor.problems import BadInput, Conflict
from monitor.words import words
from rollcall.orders.exemptions import add_exemption, change_exemption, end_exemption
from rollcall.orders.history import history
from rollcall.orders.orders import Asked, Correction, act, give_order
from rollcall.orders.rooms import RoomWished, move_room, swap_rooms
from tests.worlds.small_zone import NOW
from tests.worlds.two_zones import DAY, WHY, TwoZones
from tests.worlds.watched_rooms import add_camera, presence

HOUR = timedelta(hours=1)
FURTHER = OrderDetails(NOW, NOW + 7 * DAY, "Sở Y tế", "F1 lần hai", "7/QĐ")


@pytest.fixture
def zones(both_databases: Database) -> TwoZones:
    return TwoZones(both_databases)


def test_an_extension_keeps_the_end_of_before_with_who_and_why(zones: TwoZones) -> None:
    before = zones.order(zones.an).ends_at
    zones.act(zones.an, Deed.EXTEND, seen=1, ends_at=before + 3 * DAY)
    zones.act(zones.an, Deed.EXTEND, seen=2, ends_at=before + 5 * DAY)
    assert (zones.order(zones.an).ends_at, zones.order(zones.an).version) == (before + 5 * DAY, 3)
    first, second = zones.changes(zones.an)
    assert first.before == {"ends_at": before.isoformat()}
    assert second.before == first.after
    assert {(each.reason, each.account_id, each.zone_id) for each in (first, second)} == {(WHY, zones.account, zones.here)}
    with zones.database.read() as session:
        told = read(session, history(zones.an, "Asia/Ho_Chi_Minh"))
        trail = session.scalars(select(AuditEntry).where(AuditEntry.action == "order-changed")).all()
    assert [each.sentences[0].values["after"] for each in told] == ["10:00 10/12/2026", "10:00 08/12/2026"]
    assert [(each.by, each.reason) for each in told] == [("giamsat", WHY)] * 2
    assert [each.details["deed"] for each in trail] == ["extend", "extend"]


def test_somebody_else_changed_it_meanwhile_and_a_second_click_changes_nothing(zones: TwoZones) -> None:
    end = zones.order(zones.an).ends_at
    zones.act(zones.an, Deed.EXTEND, seen=1, ends_at=end + DAY)
    with pytest.raises(Conflict, match="changed after you opened"):
        zones.act(zones.an, Deed.EXTEND, seen=1, ends_at=end + 2 * DAY)
    zones.act(zones.an, Deed.RELEASE, seen=2)
    with pytest.raises(Conflict, match="already released"):
        zones.act(zones.an, Deed.RELEASE, seen=2)
    assert len(zones.changes(zones.an)) == 2


def test_an_order_that_is_shortened_to_now_asks_no_more_and_keeps_the_bed(zones: TwoZones) -> None:
    zones.act(zones.an, Deed.SHORTEN, ends_at=NOW)
    order = zones.order(zones.an)
    assert (order.state, order.ends_at) == (OrderState.ACTIVE, NOW)
    assert zones.people_in(zones.room("101")) == 1
    zones.act(zones.an, Deed.RELEASE, now=NOW + HOUR)
    assert zones.people_in(zones.room("101")) == 0
    assert (zones.order(zones.an).ended_at, zones.order(zones.an).end_reason) == (NOW + HOUR, WHY)


def test_what_is_written_about_an_order_is_corrected_and_its_days_stay(zones: TwoZones) -> None:
    right = Correction("12/QĐ-UBND", "Ủy ban nhân dân xã", "Điều 49", "F1", NOW.date() - DAY, NOW.date(), None)
    order = zones.order(zones.an)
    zones.do(lambda session: act(session, order.id, Asked(Deed.CORRECT, WHY, 1, correction=right), zones.account, NOW))
    after = zones.order(zones.an)
    assert (after.number, after.written_on, after.ends_at) == ("12/QĐ-UBND", NOW.date(), order.ends_at)
    (change,) = zones.changes(zones.an)
    assert set(change.after) == {"number", "authority", "legal_basis", "ordered_orally_on", "written_on"}
    with zones.database.read() as session:
        details = session.scalars(select(AuditEntry.details)).all()[-1]
    assert "12/QĐ" not in str(details)
    with pytest.raises(BadInput, match="Nothing is other"):
        zones.do(lambda session: act(session, order.id, Asked(Deed.CORRECT, WHY, 2, correction=right), zones.account, NOW))


def test_who_left_is_found_again_only_where_there_is_a_bed(zones: TwoZones) -> None:
    zones.act(zones.an, Deed.LEFT)
    zones.do(lambda session: move_room(session, zones.binh, RoomWished(zones.room("101")), WHY, zones.account, NOW))
    zones.do(lambda session: move_room(session, zones.cuc, RoomWished(zones.room("101")), WHY, zones.account, NOW))
    with pytest.raises(Conflict, match="no free bed"):
        zones.act(zones.an, Deed.FOUND)
    order = zones.order(zones.an)
    found = Asked(Deed.FOUND, WHY, room_id=zones.room("103"))
    zones.do(lambda session: act(session, order.id, found, zones.account, NOW))
    assert zones.resident(zones.an).room_id == zones.room("103")
    assert (zones.order(zones.an).state, zones.order(zones.an).ended_at) == (OrderState.ACTIVE, None)


def test_who_was_released_gets_a_further_order_and_never_two_at_once(zones: TwoZones) -> None:
    with pytest.raises(Conflict, match="Another order"):
        zones.do(lambda session: give_order(session, zones.an, FURTHER, zones.account, NOW))
    zones.act(zones.an, Deed.RELEASE)
    zones.do(lambda session: give_order(session, zones.an, FURTHER, zones.account, NOW))
    with pytest.raises(Conflict, match="Another order"):
        zones.do(lambda session: give_order(session, zones.an, FURTHER, zones.account, NOW))
    first = zones.order(zones.an).id - 1
    with zones.database.read() as session:
        orders = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == zones.an)).all()
    assert {order.state for order in orders} == {OrderState.RELEASED, OrderState.ACTIVE}
    oldest = min(order.id for order in orders)
    assert first >= oldest
    # The release cannot be taken back either, while the further one holds.
    with pytest.raises(Conflict, match="Another order"):
        zones.do(lambda session: act(session, oldest, Asked(Deed.REOPEN, WHY), zones.account, NOW))
    zones.act(zones.an, Deed.DIED)
    with pytest.raises(Conflict, match="having died"):
        zones.do(
            lambda session: give_order(
                session, zones.an, replace(FURTHER, starts_at=NOW + 9 * DAY, ends_at=NOW + 19 * DAY), zones.account, NOW
            )
        )


def test_a_death_ends_an_order_to_come_too(zones: TwoZones) -> None:
    later = OrderDetails(NOW + 20 * DAY, NOW + 27 * DAY, "Sở Y tế", "F1")
    first = zones.order(zones.an).id
    zones.do(lambda session: give_order(session, zones.an, later, zones.account, NOW))
    zones.do(lambda session: act(session, first, Asked(Deed.DIED, WHY), zones.account, NOW))
    assert zones.order(zones.an).state is OrderState.DIED


def test_a_bed_is_given_once_and_a_closed_room_to_nobody(zones: TwoZones) -> None:
    room = zones.room("102")
    zones.do(lambda session: move_room(session, zones.an, RoomWished(room, zones.room("101")), WHY, zones.account, NOW))
    with pytest.raises(Conflict, match="no free bed"):
        zones.do(lambda session: move_room(session, zones.cuc, RoomWished(room), WHY, zones.account, NOW))
    zones.do(lambda session: move_room(session, zones.cuc, RoomWished(room, crowded=True), WHY, zones.account, NOW))
    assert zones.people_in(room) == 3
    with pytest.raises(BadInput, match="already"):
        zones.do(lambda session: move_room(session, zones.cuc, RoomWished(room), WHY, zones.account, NOW))
    with pytest.raises(Conflict, match="changed after"):
        zones.do(
            lambda session: move_room(
                session, zones.an, RoomWished(zones.room("103"), seen=zones.room("101")), WHY, zones.account, NOW
            )
        )
    with zones.database.write() as session:
        session.get_one(Room, zones.room("103")).closed_at = NOW
    with pytest.raises(Conflict, match="was closed"):
        zones.do(lambda session: move_room(session, zones.an, RoomWished(zones.room("103")), WHY, zones.account, NOW))
    zones.act(zones.binh, Deed.RELEASE)
    with pytest.raises(Conflict, match="already released"):
        zones.do(lambda session: move_room(session, zones.binh, RoomWished(zones.room("101")), WHY, zones.account, NOW))


def test_two_swap_full_rooms_without_a_free_bed(both_databases: Database) -> None:
    zones = TwoZones(both_databases, beds=1)
    rooms = zones.room("101"), zones.room("102")
    zones.do(lambda session: swap_rooms(session, zones.an, zones.binh, rooms, WHY, zones.account, NOW))
    assert (zones.resident(zones.an).room_id, zones.resident(zones.binh).room_id) == (rooms[1], rooms[0])
    assert [each.after["room"] for each in (*zones.changes(zones.an), *zones.changes(zones.binh))] == ["102", "101"]
    with pytest.raises(Conflict, match="changed after"):
        zones.do(lambda session: swap_rooms(session, zones.an, zones.binh, rooms, WHY, zones.account, NOW))
    with pytest.raises(BadInput, match="another room"):
        zones.do(lambda session: swap_rooms(session, zones.an, zones.dung, (None, None), WHY, zones.account, NOW))


def test_in_a_new_room_nothing_is_known_until_it_shows_something(zones: TwoZones) -> None:
    long_ago = NOW - 3 * HOUR
    camera = add_camera(zones.database, zones.here, zones.binh, long_ago)
    with zones.database.write() as session:
        session.add(
            Presence(resident_id=zones.an, zone_id=zones.here, state=PresenceState.PRESENT, since=NOW, reason={}, seen_at=NOW)
        )
        media = Media(zone_id=zones.here, resident_id=zones.an, kind=MediaKind.ENROLMENT, name="x", owner="x", taken_at=NOW)
        session.add(media)
        session.flush()
        session.add(
            FaceTemplate(resident_id=zones.an, zone_id=zones.here, media_id=media.id, engine="e", model="m", sealed=b"x")
        )
        empty = causes.room_empty(zones.room("101"), zones.an)
        args = {"zone_id": zones.here, "room_id": zones.room("101"), "resident_id": zones.an, "now": NOW}
        open_incident(session, IncidentKind.ROOM_EMPTY, empty, reason=words("x"), **args)
    zones.do(lambda session: move_room(session, zones.an, RoomWished(zones.room("102")), WHY, zones.account, NOW))
    moved = presence(zones.database, zones.an)
    assert (moved.state, moved.seen_at, "102" in str(moved.reason)) == (PresenceState.UNKNOWN, None, True)
    with zones.database.read() as session:
        incident = session.scalars(select(Incident)).one()
        assert (incident.cause_ended_at, incident.room_id) == (NOW, zones.room("102"))
        assert session.scalars(select(LikenessCheck.resident_id)).all() == [zones.an]
        assert {"people", "camera"} <= set(session.scalars(select(Change.topic)))
    # That the room was shown empty for hours before says nothing of who came now.
    with zones.database.write() as session:
        from monitor.models.cameras.cameras import Camera

        session.get_one(Camera, camera).analysed_at = NOW + timedelta(seconds=20)
    refresh(zones.database, NOW + timedelta(seconds=25), present_for=timedelta(minutes=10))
    assert presence(zones.database, zones.an).state is PresenceState.UNKNOWN
    assert presence(zones.database, zones.binh).state is PresenceState.NOT_SEEN


def test_an_exemption_is_changed_and_ended_early_and_its_times_stay_in_the_trail(zones: TwoZones) -> None:
    times = (NOW - HOUR, NOW + 3 * HOUR)
    zones.do(lambda session: add_exemption(session, zones.an, times, "Xét nghiệm", zones.account, NOW))
    with pytest.raises(Conflict, match="permitted already"):
        zones.do(lambda session: add_exemption(session, zones.an, times, "Xét nghiệm", zones.account, NOW))
    later = (NOW - HOUR, NOW + 5 * HOUR)
    zones.do(lambda session: change_exemption(session, 1, later, "Xét nghiệm", 1, zones.account, NOW))
    with pytest.raises(Conflict, match="changed after"):
        zones.do(lambda session: change_exemption(session, 1, times, "Xét nghiệm", 1, zones.account, NOW))
    zones.do(lambda session: end_exemption(session, 1, "Về sớm", 2, zones.account, NOW + HOUR))
    with zones.database.read() as session:
        row = session.get_one(Exemption, 1)
        assert (row.starts_at, row.ends_at, row.ended_at) == (NOW - HOUR, NOW + HOUR, NOW + HOUR)
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action.like("exemption-%")).order_by(AuditEntry.id))
        assert [(each.action, each.details.get("before", "")[-22:]) for each in entries] == [
            ("exemption-added", ""),
            ("exemption-changed", "2026-11-23T06:00+00:00"),
            ("exemption-ended", "2026-11-23T08:00+00:00"),
        ]
    with pytest.raises(Conflict, match="over already"):
        zones.do(lambda session: end_exemption(session, 1, "Về sớm", 3, zones.account, NOW + HOUR))


def test_one_that_has_not_begun_never_holds_once_it_is_ended(zones: TwoZones) -> None:
    zones.do(lambda session: add_exemption(session, zones.an, (NOW + HOUR, NOW + 2 * HOUR), "x", zones.account, NOW))
    zones.do(lambda session: end_exemption(session, 1, "Không đi", 1, zones.account, NOW))
    with zones.database.read() as session:
        holds = select(func.count()).select_from(Exemption).where(Exemption.starts_at < Exemption.ends_at)
        assert session.scalar(holds) == 0


def test_nothing_is_half_done_where_it_is_refused(zones: TwoZones) -> None:
    with pytest.raises(BadInput, match="1 to 300"):
        zones.do(lambda session: act(session, zones.order(zones.an).id, Asked(Deed.RELEASE, " "), zones.account, NOW))
    with pytest.raises(BadInput, match="before it begins"):
        zones.act(zones.an, Deed.SHORTEN, ends_at=NOW - 9 * DAY)
    with zones.database.read() as session:
        assert session.scalar(select(func.count()).select_from(OrderChange)) == 0
        assert set(session.scalars(select(AuditEntry.action))) == {"account-added"}
        assert session.scalars(select(Resident.version)).all() == [1] * 4
