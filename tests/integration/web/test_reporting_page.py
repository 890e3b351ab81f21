"""The page on which a reporter enters its numbers: by link, without an account, and nothing that was typed is lost."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from monitor.database.database import Database
from monitor.models.reporters import CollectedEarlier, CollectedEntry, Reporter, ReporterKind
from monitor.reports.collected.entries import keep_entry
from monitor.reports.collected.fields import ship_fields
from monitor.reports.collected.reporters import ReporterDetails, add_reporter, new_link
from monitor.settings import Settings
from monitor.vault.vault import Vault
from web.public.application import create_public

MORNING = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # ten in the morning in Vietnam
TODAY = date(2026, 11, 23)
KEYS = ("helped_to_declare", "at_work", "kept_home", "sent_to_station", "codes_put_up")
GOOD = dict.fromkeys(KEYS, "3")


class Page:
    """The page of one enterprise, with a clock."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.now, self.database = MORNING, database
        with database.write() as session:
            ship_fields(session, MORNING)
            self.reporter = add_reporter(session, ReporterDetails(ReporterKind.ENTERPRISE, "Dệt May <1>", None), MORNING) or 0
            self.link = new_link(session, session.get_one(Reporter, self.reporter), MORNING)
        settings = Settings(data_folder=folder, secret_key="x" * 32, language="vi")
        app = create_public(settings, database, Vault(folder / "vault", bytes(32)), now=lambda: self.now)
        app.config["WTF_CSRF_ENABLED"] = False
        self.client: FlaskClient = app.test_client()

    def get(self, language: str = "vi") -> str:
        answer = self.client.get(f"/r/{self.link}?lang={language}")
        assert answer.status_code == 200
        return unescape(answer.text)

    def send(self, day: date = TODAY, **typed: str) -> tuple[int, str]:
        answer = self.client.post(f"/r/{self.link}", data={"day": day.isoformat(), **typed}, follow_redirects=True)
        return answer.status_code, unescape(answer.text)

    def entries(self) -> dict[date, dict[str, int]]:
        with self.database.read() as session:
            return {row.day: row.numbers for row in session.scalars(select(CollectedEntry))}

    def before(self, **numbers: int) -> None:
        with self.database.write() as session:
            keep_entry(
                session,
                self.reporter,
                TODAY - timedelta(days=1),
                numbers,
                same_confirmed=False,
                account_id=None,
                now=MORNING - timedelta(days=1),
            )


@pytest.fixture
def page(database: Database, tmp_path: Path) -> Page:
    return Page(database, tmp_path)


def value_of(text: str, key: str) -> str:
    found = re.search(rf'<input id="{key}"[^>]*value="([^"]*)"', text)
    assert found is not None
    return found[1]


def test_only_what_concerns_an_enterprise_is_asked_with_yesterdays_numbers_beside_it(page: Page) -> None:
    page.before(at_work=1234, kept_home=5)
    text = page.get()
    assert set(re.findall(r'<input id="(\w+)"', text)) == set(KEYS)
    assert "Hôm qua: 1.234" in text
    assert text.count("Hôm qua: chưa nhập") == 3
    assert "Yesterday: 1,234" in page.get("en")
    # The name is text, whatever it holds.
    assert "<1>" not in page.client.get(f"/r/{page.link}").text


def test_numbers_are_kept_told_in_which_report_they_stand_and_shown_when_one_comes_back(page: Page) -> None:
    status, text = page.send(**GOOD | {"at_work": "1.234"})
    assert status == 200
    assert "Xin cảm ơn. Đã lưu số liệu. Số liệu này có trong báo cáo ngày 23/11/2026, tính đến 14:00." in text
    assert page.entries() == {TODAY: {**dict.fromkeys(KEYS, 3), "at_work": 1234}}
    assert value_of(page.get(), "at_work") == "1234"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("mười", "“mười” không phải số nguyên. Xin chỉ ghi chữ số, ví dụ 12."),
        ("-4", "Số nhỏ hơn 0 không thể đúng. Nếu không có, xin ghi 0."),
        ("999999999", "Số này lớn hơn 500000, mức lớn nhất có thể đúng ở đây. Nếu đúng, xin gọi 1022."),
        ("", "Xin ghi một số; nếu không có, xin ghi 0."),
    ],
)
def test_one_bad_line_is_told_beside_it_and_nothing_that_was_typed_is_lost(page: Page, typed: str, says: str) -> None:
    status, text = page.send(**GOOD | {"at_work": typed, "kept_home": "17"})
    assert status == 422
    assert says in text
    assert re.search(r'<input id="at_work"[^>]*aria-invalid="true"', text)
    assert (value_of(text, "at_work"), value_of(text, "kept_home")) == (typed, "17")
    assert page.entries() == {}


def test_yesterdays_numbers_again_are_kept_once_somebody_said_that_they_are_right(page: Page) -> None:
    page.before(**dict.fromkeys(KEYS, 3))
    status, text = page.send(**GOOD)
    assert status == 422
    assert "Các số này giống hệt ngày hôm trước." in text
    assert TODAY not in page.entries()
    assert page.send(**GOOD, same="yes")[0] == 200
    with page.database.read() as session:
        assert session.scalar(select(CollectedEntry.same_confirmed).where(CollectedEntry.day == TODAY)) is True
    # Other numbers need no tick.
    assert page.send(**GOOD | {"at_work": "4"})[0] == 200


def test_the_newer_numbers_hold_what_stood_there_is_kept_and_late_ones_are_told_where_they_stand(page: Page) -> None:
    page.send(**GOOD)
    page.now = MORNING + timedelta(hours=4, minutes=20)
    status, text = page.send(**GOOD | {"at_work": "9"})
    assert status == 200
    assert "Báo cáo ngày 23/11/2026 tính số liệu nhập trước 14:00. Số liệu này đến sau: sẽ có trong bản tiếp theo" in text
    with page.database.read() as session:
        assert [row.numbers["at_work"] for row in session.scalars(select(CollectedEarlier))] == [3]
    assert page.entries()[TODAY]["at_work"] == 9


def test_a_page_of_before_midnight_still_counts_for_its_day_and_one_of_long_ago_loses_nothing(page: Page) -> None:
    page.now = datetime(2026, 11, 23, 17, 5, tzinfo=UTC)  # five past midnight
    assert page.send(**GOOD)[0] == 200
    assert list(page.entries()) == [TODAY]
    page.now += timedelta(days=2)
    status, text = page.send(**GOOD | {"at_work": "77"})
    assert status == 409
    assert "Trang vừa gửi là của ngày khác." in text
    assert value_of(text, "at_work") == "77"
    assert list(page.entries()) == [TODAY]


@pytest.mark.parametrize("day", ["", "hôm qua", "2030-01-01", "0001-01-01", "2026-11-24"])
def test_no_other_day_can_be_entered_for(page: Page, day: str) -> None:
    answer = page.client.post(f"/r/{page.link}", data={"day": day, **GOOD})
    assert answer.status_code == 409
    assert page.entries() == {}


def test_a_link_that_is_replaced_opens_nothing_and_says_whom_to_ask(page: Page) -> None:
    with page.database.write() as session:
        new_link(session, session.get_one(Reporter, page.reporter), MORNING)
    for answer in (page.client.get(f"/r/{page.link}"), page.client.post(f"/r/{page.link}", data=GOOD)):
        assert answer.status_code == 404
        assert "Xin đề nghị trung tâm y tế địa phương" in answer.text
    assert page.entries() == {}


def test_who_tries_links_one_after_the_other_is_stopped(page: Page) -> None:
    codes = [page.client.get(f"/r/{number:022}").status_code for number in range(61)]
    assert codes == [404] * 60 + [429]


def test_what_no_column_holds_and_what_is_too_long_is_only_told(page: Page) -> None:
    for odd in ("\0", "\ud800", "9" * 5000, "1" * 39):
        status, _text = page.send(**GOOD | {"at_work": odd.encode(errors="replace").decode()})
        assert status == 422
    assert page.entries() == {}
