"""Tables of reporters: what each row says, and why one cannot be used."""

from __future__ import annotations

from datetime import date

import pytest

from monitor.models.reporters import ReporterKind
from monitor.places.units.search import UnitKey
from monitor.problems import BadInput
from monitor.reports.collected.communes import CommuneIndex, Known
from monitor.reports.collected.tables import TableRow, read_table
from monitor.sheets import Line, Sheet
from monitor.words import translator

TODAY, SINCE = date(2026, 12, 1), date(2025, 7, 1)
THANH, THANH2 = Known(UnitKey("25001", SINCE), "Xã Lộc Thạnh"), Known(UnitKey("25002", SINCE), "Xã Lộc Thành")
NGHE = Known(UnitKey("26740", SINCE), "Phường Bến Nghé")
INDEX = CommuneIndex(
    {each.key.code: each for each in (THANH, THANH2, NGHE)},
    {
        " xa loc thanh": (THANH, THANH2),
        " loc thanh": (THANH, THANH2),
        " phuong ben nghe": (NGHE,),
        " ben nghe": (NGHE,),
    },
    {" phuong da kao": ("Phường Bến Nghé",)},
)
HEAD = ("Loại", "Tên đơn vị", "Xã/phường", "Người liên hệ", "Số điện thoại", "Email", "Dân số", "Người dùng điện thoại thông minh", "Ngày số liệu", "Nguồn")  # fmt: skip


def sheet(*rows: tuple[str, ...], head: tuple[str, ...] = HEAD) -> Sheet:
    return Sheet(head, tuple(Line(number, row) for number, row in enumerate(rows, start=2)))


def only(row: tuple[str, ...]) -> TableRow:
    rows, wrong = read_table(sheet(row), INDEX, TODAY)
    assert [each.why for each in wrong] == []
    return rows[0]


def test_a_row_names_a_commune_its_contact_and_its_numbers_with_day_and_source() -> None:
    row = only(("phường", "Bến Nghé", "", "Chị Hoa", "901234567", "hoa@x.vn", "21.000", "15.400", "30/11/2026", "Khảo sát"))
    assert row.reporter.kind is ReporterKind.COMMUNE
    assert (row.reporter.name, row.reporter.unit) == ("Phường Bến Nghé", NGHE.key)
    assert (row.reporter.contact_phone, row.reporter.contact_email) == ("+84901234567", "hoa@x.vn")
    assert row.count is not None
    assert (row.count.numbers, row.count.counted_on, row.count.source) == (
        (21000, 15400, None),
        date(2026, 11, 30),
        "Khảo sát",
    )
    assert TableRow.load(row.dump()) == row


@pytest.mark.parametrize("unit", ["Phường Bến Nghé", "ben nghe", "26740", "Phường Bến Nghé, Thành phố Hồ Chí Minh"])
def test_a_commune_is_found_by_name_without_accents_and_by_code(unit: str) -> None:
    assert only(("xã", "", unit)).reporter.unit == NGHE.key
    assert only(("", "", unit)).reporter.kind is ReporterKind.COMMUNE


def test_an_organisation_needs_no_commune_and_no_numbers() -> None:
    row = only(("Doanh nghiệp", "Công ty Dệt May 1", ""))
    assert (row.reporter.kind, row.reporter.unit, row.count) == (ReporterKind.ENTERPRISE, None, None)
    assert only(("KCN", "Sóng Thần", "Lộc Thạnh")).reporter.unit == THANH.key


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("xã", "Xã Không Có", ""), "no commune, ward or special zone named “Xã Không Có”"),
        (("xã", "loc thanh", ""), "may be one of these: Xã Lộc Thạnh (25001), Xã Lộc Thành (25002)"),
        (("xã", "Phường Đa Kao", ""), "does not exist any more; it became Phường Bến Nghé"),
        (("chợ", "Chợ Lớn", ""), "“chợ” is not a kind of reporter"),
        (("", "Công ty A", ""), "Say what kind of reporter it is"),
        (("công ty", "", ""), "Please enter the name."),
        (("công ty", "A", "", "", "12", ""), "number"),
        (("công ty", "A", "", "", "", "a@b"), "is not an e-mail address"),
        (("công ty", "A", "", "", "", "", "100", "200", "30/11/2026", "Khảo sát"), "more smartphone users than people"),
        (("công ty", "A", "", "", "", "", "", "nhiều", "30/11/2026", "Khảo sát"), "“nhiều” is not a whole number"),
        (("công ty", "A", "", "", "", "", "", "200", "30/11/2026", ""), "Say where the number is from"),
        (("công ty", "A", "", "", "", "", "", "200", "hôm qua", "Khảo sát"), "Write the day like"),
        (("công ty", "A", "", "", "", "", "", "200", "02/12/2026", "Khảo sát"), "still to come"),
    ],
)
def test_a_row_that_cannot_be_used_is_given_back_with_the_reason(row: tuple[str, ...], says: str) -> None:
    rows, wrong = read_table(sheet(row), INDEX, TODAY)
    assert rows == []
    assert [each.number for each in wrong] == [2]
    said = wrong[0].why.say(translator("en"))
    assert says in said
    assert wrong[0].why.say(translator("vi")) != said


def test_the_same_reporter_twice_in_a_file_is_one_and_two_different_rows_of_it_are_told() -> None:
    one, again = ("công ty", "Dệt May", "", "", "", "", "", "200", "30/11/2026", "Khảo sát"), ("công ty", "DỆT MAY", "")
    rows, wrong = read_table(sheet(one, one), INDEX, TODAY)
    assert (len(rows), wrong) == (1, [])
    rows, wrong = read_table(sheet(one, again), INDEX, TODAY)
    assert (len(rows), [each.number for each in wrong]) == (1, [3])


def test_day_and_source_of_the_form_hold_for_rows_that_say_neither() -> None:
    rows, wrong = read_table(
        sheet(("Bến Nghé", "900"), head=("Phường", "Smartphones")), INDEX, TODAY, source="Sở TTTT", counted_on="2026-11-01"
    )
    assert wrong == []
    assert rows[0].count is not None
    assert (rows[0].count.source, rows[0].count.counted_on) == ("Sở TTTT", date(2026, 11, 1))


def test_a_table_without_names_is_refused_as_a_whole() -> None:
    with pytest.raises(BadInput, match="name"):
        read_table(sheet(("x",), head=("Số",)), INDEX, TODAY)
