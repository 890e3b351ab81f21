"""A day's report adds up with the one before, and whoever does not is found by name: planted mistakes, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import delete, select, update

from monitor.database.database import Database
from monitor.models.daily_report import ReportDifference, ReportList, ReportState
from monitor.models.people.merged import MergedRecord
from monitor.models.people.residents import OrderChange, OrderState, QuarantineOrder
from monitor.models.people.retention import DeletionScope
from monitor.models.places import Zone, ZoneKind
from monitor.order_changes import write_change
from monitor.people.order_deeds import Deed
from monitor.personal_data.deletion import forget
from monitor.problems import Conflict
from monitor.reports.definitions import Stock
from monitor.reports.kept import figures_of
from monitor.reports.places import Setting
from monitor.reports.reading import value_of
from monitor.reports.releasing import begin_again, release
from monitor.reports.settling import accept
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.vault.vault import Vault
from monitor.words import words
from tests.worlds.reporting import (
    DAY,
    EAST,
    FIRST,
    HOUR,
    SECOND,
    THIRD,
    WEST,
    WHOLE_NEW,
    WHY,
    SmallProvince,
    cut_off,
)

BETWEEN = cut_off(FIRST) + 3 * HOUR


@pytest.fixture
def province(both_databases: Database) -> SmallProvince:
    return SmallProvince(both_databases)


def test_a_usual_day_adds_up_with_who_came_who_went_and_who_moved(province: SmallProvince) -> None:
    province.report(FIRST)
    em = province.person("Em", "Trại Tây", BETWEEN)
    province.act(province.binh, Deed.RELEASE, BETWEEN)
    province.act(province.an, Deed.HOSPITAL, BETWEEN)
    province.act(province.dung, Deed.RELEASE, BETWEEN)
    report = province.report(SECOND)
    assert province.row(report).unsettled == 0
    assert province.row(report).state is ReportState.FINAL
    stocks = {(setting, stock): province.stock(report, setting, stock) for setting in Setting for stock in Stock}
    assert stocks[Setting.CENTRAL, Stock.NOW] == {WEST: [em]}
    assert stocks[Setting.CENTRAL, Stock.NEW] == {WEST: [em]}
    assert stocks[Setting.CENTRAL, Stock.ENDED] == {WEST: [province.binh]}
    assert stocks[Setting.CENTRAL, Stock.MOVED_OUT] == {WEST: [province.an]}
    assert stocks[Setting.MEDICAL, Stock.MOVED_IN] == {WEST: [province.an]}
    assert stocks[Setting.MEDICAL, Stock.NOW] == {WEST: [province.an]}
    assert stocks[Setting.MEDICAL, Stock.ENDED] == {EAST: [province.dung]}
    assert stocks[Setting.MEDICAL, Stock.EVER] == {WEST: [province.an], EAST: [province.dung]}
    assert stocks[Setting.CENTRAL, Stock.EVER] == {WEST: [province.an, province.binh, em]}
    assert stocks[Setting.HOME, Stock.NOW] == {WEST: [province.cuc]}
    with province.database.read() as session:
        figures = figures_of(session, report)
    assert [value_of(figures, key) for key in ("all.now", "all.new", "all.ended")] == [3, 1, 2]


def test_who_comes_and_goes_between_two_cut_offs_counts_in_both_and_who_comes_back_is_not_new(province: SmallProvince) -> None:
    province.report(FIRST)
    em = province.person("Em", "Trại Tây", BETWEEN)
    province.act(em, Deed.RELEASE, BETWEEN + HOUR)
    province.act(province.an, Deed.HOSPITAL, BETWEEN)
    province.act(province.an, Deed.BACK, BETWEEN + HOUR)
    report = province.report(SECOND)
    assert province.row(report).unsettled == 0
    assert province.stock(report, Setting.CENTRAL, Stock.NEW) == {WEST: [em]}
    assert province.stock(report, Setting.CENTRAL, Stock.ENDED) == {WEST: [em]}
    assert province.stock(report, Setting.CENTRAL, Stock.NOW) == {WEST: [province.an, province.binh]}


def _entered_late(province: SmallProvince) -> int:
    return province.person("Muộn", "Trại Đông", cut_off(FIRST) - DAY, entered_at=BETWEEN)


def _end_moved_back(province: SmallProvince) -> int:
    with province.database.write() as session:
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == province.an)).one()
        write_change(session, order, {"ends_at": cut_off(FIRST) - HOUR}, reason=WHY, account_id=province.account, now=BETWEEN)
    return province.an


def _begins_later(province: SmallProvince) -> int:
    with province.database.write() as session:
        order = session.scalars(select(QuarantineOrder).where(QuarantineOrder.resident_id == province.cuc)).one()
        values = {"starts_at": cut_off(SECOND) + HOUR}
        write_change(session, order, values, reason=WHY, account_id=province.account, now=BETWEEN)
    return province.cuc


def _released_behind_the_back(province: SmallProvince) -> int:
    with province.database.write() as session:
        mine = update(QuarantineOrder).where(QuarantineOrder.resident_id == province.binh)
        session.execute(mine.values(state=OrderState.RELEASED))
    return province.binh


def _carried_over_behind_the_back(province: SmallProvince) -> int:
    with province.database.write() as session:
        mine = update(QuarantineOrder).where(QuarantineOrder.resident_id == province.an)
        session.execute(mine.values(zone_id=province.zones["Trại Đông"]))
    return province.an


def _zone_of_another_kind(province: SmallProvince) -> int:
    with province.database.write() as session:
        zone = session.get_one(Zone, province.zones["Nhà Tây"])
        zone.kind = ZoneKind.FACILITY
        audit.note(session, Action.ZONE_CHANGED, at=BETWEEN, account_id=province.account, zone_id=zone.id)
    return province.cuc


def _order_gone(province: SmallProvince) -> int:
    with province.database.write() as session:
        for model in (OrderChange, QuarantineOrder):
            session.execute(delete(model).where(model.resident_id == province.dung))
    return province.dung


def _counted_twice(province: SmallProvince) -> int:
    with province.database.write() as session:
        for model in (OrderChange, QuarantineOrder):
            session.execute(delete(model).where(model.resident_id == province.binh))
        session.add(
            MergedRecord(gone_id=province.binh, into_id=province.an, merged_at=BETWEEN, merged_by=province.account, reason=WHY)
        )
    return province.binh


def _taken_back(province: SmallProvince) -> int:
    """Released before the report, which was a mistake."""
    province.act(province.released, Deed.REOPEN, BETWEEN)
    return province.released


PLANTED: dict[str, tuple[Callable[[SmallProvince], int], str, str, str]] = {
    "entered late": (_entered_late, "", f"central:{EAST}", "was entered on 17:00 23/11/2026"),
    "end moved back": (_end_moved_back, f"central:{WEST}", "", "The end of the order was moved back"),
    "begins later": (_begins_later, f"home:{WEST}", "", "The beginning of the order was corrected"),
    "released without an entry": (_released_behind_the_back, f"central:{WEST}", "", "no entry says since when"),
    "in another zone without an entry": (
        _carried_over_behind_the_back,
        f"central:{WEST}",
        f"central:{EAST}",
        "names the zone Trại Đông",
    ),
    "zone of another kind": (_zone_of_another_kind, f"home:{WEST}", f"central:{WEST}", "The zone Nhà Tây was changed on 17:00"),
    "no order any more": (_order_gone, f"medical:{EAST}", "", "There is no order any more"),
    "counted twice": (_counted_twice, f"central:{WEST}", "", "became part of record"),
    "end taken back": (_taken_back, "", f"central:{WEST}", "recorded by mistake"),
}


@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found_to_the_person_with_its_reason(province: SmallProvince, mistake: str) -> None:
    province.released = province.person("Giang", "Trại Tây", cut_off(FIRST) - 2 * DAY)
    province.act(province.released, Deed.RELEASE, cut_off(FIRST) - HOUR)
    province.report(FIRST)
    plant, expected, found, why = PLANTED[mistake]
    person = plant(province)
    report = province.report(SECOND, leaves=None)
    named = province.differences(report)
    assert named.keys() == {person}
    assert named[person][:2] == (expected, found)
    assert why in named[person][2]
    assert province.row(report).unsettled == 1


def test_all_planted_mistakes_at_once_are_all_found_and_nobody_else(province: SmallProvince) -> None:
    others = [province.person(f"Đúng {number}", "Nhà Tây", cut_off(FIRST) - 2 * DAY) for number in range(20)]
    province.report(FIRST)
    for number, person in enumerate(others):
        if number % 3:
            province.act(person, Deed.RELEASE if number % 3 == 1 else Deed.HOSPITAL, BETWEEN)
    planted = {plant(province) for plant in (_entered_late, _end_moved_back, _released_behind_the_back, _order_gone)}
    report = province.report(SECOND, leaves=None)
    assert set(province.differences(report)) == planted


def test_a_report_that_does_not_add_up_is_not_final_until_a_person_accepts_each(province: SmallProvince) -> None:
    province.report(FIRST)
    late = _entered_late(province)
    report = province.report(SECOND, leaves=None)
    now = cut_off(SECOND) + HOUR / 2
    with pytest.raises(Conflict, match="do not add up"), province.database.write() as session:
        release(session, report, ReportState.FINAL, now, account_id=province.account)
    with province.database.write() as session:
        assert accept(session, report, [late], WHY, province.account, now) == 1
        assert accept(session, report, [late], WHY, province.account, now) == 0
    assert province.stock(report, Setting.CENTRAL, Stock.CORRECTED_IN) == {EAST: [late]}
    # Counted again, what was accepted stays accepted.
    province.count(report, SECOND)
    assert province.row(report).unsettled == 0
    with province.database.write() as session:
        release(session, report, ReportState.FINAL, now, account_id=province.account)
    with pytest.raises(Conflict, match="released meanwhile"), province.database.write() as session:
        accept(session, report, [late], WHY, province.account, now)
    # The equation holds with its corrections, and the next day begins with who is there.
    third = province.report(THIRD)
    assert province.row(third).state is ReportState.FINAL


def test_what_was_said_of_somebody_who_is_erased_goes_and_that_they_differed_stays(
    province: SmallProvince, vault: Vault
) -> None:
    province.report(FIRST)
    late = _entered_late(province)
    report = province.report(SECOND, leaves=None)
    with province.database.write() as session:
        accept(session, report, [late], WHY, province.account, cut_off(SECOND))
    scope, now = DeletionScope.PERSON, cut_off(THIRD)
    forget(province.database, vault, late, scope, reason=words("x"), account_id=None, now=now)
    with province.database.read() as session:
        row = session.scalars(select(ReportDifference)).one()
    assert (row.resident_id, row.reason["template"], row.accepted_why) == (late, "Deleted.", "")
    assert row.accepted_at is not None


def test_units_that_were_merged_go_on_under_the_new_name_with_the_sum_of_the_old(province: SmallProvince) -> None:
    province.report(FIRST)
    province.merge_units(THIRD)
    report = province.report(SECOND)
    assert set(province.stock(report, Setting.CENTRAL, Stock.NOW)) == {WEST}
    merged = province.report(THIRD)
    assert province.row(merged).unsettled == 0
    assert province.stock(merged, Setting.CENTRAL, Stock.NOW) == {WHOLE_NEW: [province.an, province.binh]}
    assert province.stock(merged, Setting.MEDICAL, Stock.EVER) == {WHOLE_NEW: [province.dung]}
    (note,) = province.row(merged).notes
    assert note["values"] == {"old": "Xã Tây, Xã Đông", "new": "Xã Mới"}


def test_a_list_that_is_the_same_as_yesterday_is_kept_once(province: SmallProvince) -> None:
    province.report(FIRST)
    with province.database.read() as session:
        before = set(session.scalars(select(ReportList.digest)))
    province.report(SECOND)
    with province.database.read() as session:
        assert set(session.scalars(select(ReportList.digest))) == before


def test_a_report_counted_again_after_the_cut_off_still_tells_the_state_at_the_cut_off(province: SmallProvince) -> None:
    province.report(FIRST)
    report = province.report(SECOND, leaves=None)
    first = province.stock(report, Setting.CENTRAL, Stock.NOW)
    province.act(province.an, Deed.HOSPITAL, cut_off(SECOND) + HOUR)
    province.act(province.binh, Deed.RELEASE, cut_off(SECOND) + HOUR)
    province.count(report, SECOND)
    assert province.stock(report, Setting.CENTRAL, Stock.NOW) == first == {WEST: [province.an, province.binh]}
    assert province.row(report).unsettled == 0


def test_no_residents_at_all_is_a_report_of_zeros_that_says_so(both_databases: Database) -> None:
    province = SmallProvince.__new__(SmallProvince)
    province.database = both_databases
    report = province.report(FIRST, leaves=None)
    with both_databases.read() as session:
        figures = figures_of(session, report)
    assert value_of(figures, "all.now") == value_of(figures, "all.ended") == 0
    assert value_of(figures, "checks.share") is None
    assert any("Nobody is or was in quarantine" in each["template"] for each in province.row(report).notes)


def test_a_correction_takes_the_next_number_and_the_place_of_the_one_before(province: SmallProvince) -> None:
    first = province.report(FIRST)
    now = cut_off(FIRST) + HOUR
    with province.database.write() as session:
        again = begin_again(session, first, WHY, now, account_id=province.account).id
    with pytest.raises(Conflict, match="begun already"), province.database.write() as session:
        begin_again(session, first, WHY, now, account_id=province.account)
    province.count(again, FIRST)
    with province.database.write() as session:
        release(session, again, ReportState.FINAL, now, account_id=province.account)
    rows = [province.row(each) for each in (first, again)]
    assert [(each.number, each.year, each.version) for each in rows] == [(1, 2026, 1), (2, 2026, 2)]
    assert rows[1].replaces_id == first
