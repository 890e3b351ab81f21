"""Who speaks to residents, where they may complain, and that the notice says what the program does."""

from __future__ import annotations

import io
import zipfile
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import update

from monitor.database.database import Database
from monitor.models.people.residents import Resident
from monitor.settings import Settings
from monitor.vault.vault import Vault
from rollcall.rounds.opening import open_due_rounds
from tests.doubles.phones import Phones
from tests.worlds.due_round import SECRET, token_of, world
from tests.worlds.small_zone import NOW
from web.residents.application import create_residents

STATION = {"authority": "Trạm Y tế phường Phú Cường", "authority_in_english": "Phu Cuong Ward Health Station"}


class Own:
    """A resident's pages under settings of a test's own."""

    def __init__(self, database: Database, vault: Vault, folder: Path, **more: str) -> None:
        _, (resident,) = world(database, "Nguyễn Thị An")
        open_due_rounds(database, NOW)
        self.link = f"/a/{token_of(database, resident)}"
        settings = Settings(data_folder=folder, secret_key=SECRET.decode(), **more)  # type: ignore[arg-type]
        self.client = create_residents(settings, database, vault, now=lambda: NOW).test_client()

    def page(self, path: str = "", language: str = "vi") -> str:
        shown = self.client.get(f"{self.link}{path}?lang={language}")
        assert shown.status_code == 200
        return unescape(shown.text)


@pytest.mark.parametrize(
    ("settings", "vietnamese", "english"),
    [(STATION, "Trạm Y tế phường Phú Cường", "Phu Cuong Ward Health Station"), ({}, "Cơ quan y tế", "The health service")],
)
def test_pages_and_the_notice_name_who_speaks(
    database: Database, vault: Vault, tmp_path: Path, settings: dict[str, str], vietnamese: str, english: str
) -> None:
    own = Own(database, vault, tmp_path, **settings)
    for path in ("", "/history", "/data"):
        assert f">{vietnamese}</span>" in own.page(path)
        assert f">{english}</span>" in own.page(path, "en")
    assert f"{vietnamese} lưu trữ và chịu trách nhiệm về dữ liệu này." in own.page("/data")
    assert f"{english} keeps this data and is responsible for it." in own.page("/data", "en")


def test_the_page_of_rights_says_where_to_complain(database: Database, vault: Vault, tmp_path: Path) -> None:
    own = Own(database, vault, tmp_path, **STATION)
    page = own.page("/data")
    assert all(each in page for each in ("khiếu nại, tố cáo, khởi kiện", "yêu cầu bồi thường"))
    assert "cơ quan cấp trên của Trạm Y tế phường Phú Cường, hoặc Ủy ban nhân dân tỉnh" in page
    assert "the authority above Phu Cuong Ward Health Station, or to the People’s Committee" in own.page("/data", "en")


def test_the_province_may_name_its_own_place_for_complaints(database: Database, vault: Vault, tmp_path: Path) -> None:
    own = Own(database, vault, tmp_path, complaints="Thanh tra Sở Y tế, 1 Đường Số Một")
    assert "Nơi nhận khiếu nại: Thanh tra Sở Y tế, 1 Đường Số Một" in own.page("/data")
    assert "Ủy ban nhân dân" not in own.page("/data")


def test_the_notice_says_with_whose_photos_a_face_is_compared(database: Database, vault: Vault, tmp_path: Path) -> None:
    page = Own(database, vault, tmp_path).page("/data", "en")
    assert "compared with your own photos only after you have agreed to it" in page
    assert "also compared with those of the people in your room and household who agreed too" in page
    assert "never with anybody else's" not in page
    assert "unless you refuse" not in page


def test_a_copy_says_who_hands_it_out_and_writes_days_as_people_do(database: Database, vault: Vault, tmp_path: Path) -> None:
    own = Own(database, vault, tmp_path, **STATION)
    fetched = own.client.post(f"{own.link}/data/copy")
    copy = zipfile.ZipFile(io.BytesIO(fetched.data)).read("index.html").decode()
    assert "Nơi cung cấp: Trạm Y tế phường Phú Cường" in copy
    assert f"{NOW:%d/%m/%Y}" in copy
    assert "thg" not in copy


def test_a_call_says_who_calls_and_says_it_again(both_databases: Database, vault: Vault, tmp_path: Path) -> None:
    world(both_databases, "Nguyễn Thị An", channels=[["voice", 3]], ladder=[])
    with both_databases.write() as session:
        session.execute(update(Resident).values(phone="+84900000101"))
    open_due_rounds(both_databases, NOW)
    phones = Phones(both_databases, vault, tmp_path, **STATION)
    try:
        phones.send()
        said = phones.voice.sent[0]
        assert "Đây là cuộc gọi điểm danh của Trạm Y tế phường Phú Cường." in said.text
        assert phones.press(said.reference, "9")["say"] == said.text
    finally:
        phones.stop()
