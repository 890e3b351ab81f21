"""Letters set by the real typst in its process, kept, withdrawn, replaced and deleted with the person; on both databases."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import unicodedata
from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update

from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.letters import letters as shell
from monitor.letters.codes import code_for, hash_of, new_token
from monitor.letters.content import Given, letter_of
from monitor.letters.delivery import mark_delivered
from monitor.letters.letters import Holds, genuine, make_at_once, make_letters, withdraw
from monitor.letters.typesetting import FOLDER, typeset, typeset_one
from monitor.models.accounts import AuditEntry, Role
from monitor.models.people.letters import Letter, LetterBatch, LetterKind, LetterState
from monitor.models.people.residents import OrderChange, OrderState, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionScope
from monitor.personal_data.deletion import forget
from monitor.personal_data.purge import Purge
from monitor.problems import BadInput, Conflict
from monitor.settings import Settings
from monitor.typesetting import process as typesetting
from monitor.typesetting.process import NotSet
from monitor.vault.vault import Vault, VaultProblem, letters_owner
from monitor.words import words
from rollcall.letters.batches import ask_for_many, orders_for, progress_of
from tests.unit.monitor.test_letters import CASE, CODE, GIVEN, PERSON
from tests.worlds.small_zone import NOW, add_zone

ADDRESS = "https://cachly.example.vn"
# Each vowel with each tone, in words as names have them.
TONES = "Nguyễn Ngọc Bảo Trâm Ấn Ẵng Hữu Nghĩa Đỗ Quỳ Ỵ Ỹ Ợ Ữ Ặ Ẩ"


def letter(**fields: object):  # type: ignore[no-untyped-def]
    case = replace(CASE, person=replace(PERSON, **fields))  # type: ignore[arg-type]
    return letter_of(LetterKind.QUARANTINE, case, GIVEN, code_for(ADDRESS, new_token()))


def text_of(pdf: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return unicodedata.normalize("NFC", "\n".join(pages))


def test_a_letter_is_a_tagged_archive_pdf_whose_text_is_what_was_given_and_never_markup() -> None:
    names = (TONES, "#panic[x] *a* $b$ @c <d> \\ #sys.inputs", "Nguyễn Văn " + "Dài " * 27)
    pdfs = list(typeset([letter(name=name) for name in names]))
    for name, pdf in zip(names, pdfs, strict=True):
        assert pdf is not None
        assert " ".join(name.split()) in " ".join(text_of(pdf).split())
        reader = PdfReader(io.BytesIO(pdf))
        root = reader.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of its own
        assert root["/Lang"] == "vi"
        assert "QUYẾT ĐỊNH" in (reader.metadata.title or "")  # type: ignore[union-attr]
        metadata = root["/Metadata"].get_object().get_data()
        assert b"pdfaid" in metadata
        assert b"pdfuaid" in metadata
        box = reader.pages[0].mediabox
        assert (round(float(box.width)), round(float(box.height))) == (595, 842)
        fonts = {str(font["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()}
        assert all("Tinos" in font for font in fonts), fonts
        assert len(reader.pages) == 1


def test_a_long_letter_has_numbers_from_its_second_page_on_and_english_its_own_page() -> None:
    given = replace(GIVEN, closing=("Câu này dài. " * 40,) * 10, english=True)
    pdf = typeset_one(letter_of(LetterKind.QUARANTINE, CASE, given, replace(CODE, svg=letter().code.svg)))
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    assert len(pages) >= 3
    assert not pages[0].startswith("1")
    assert pages[1].startswith("2")
    assert "English translation" in pages[-1]


def test_what_is_too_large_is_refused_before_anything_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_given: object, **_named: object) -> None:
        raise AssertionError("a process was begun")

    monkeypatch.setattr(subprocess, "Popen", never)
    with pytest.raises(BadInput, match="too long"):
        typeset_one(letter(name="N" * 5_000_000))


def test_a_process_without_enough_memory_or_time_ends_as_a_problem_and_not_as_a_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    line = typesetting.line_of(asdict(letter()))
    starved = subprocess.run(
        [sys.executable, "-m", "monitor.typesetting.process", str(64 << 20), str(FOLDER / "letter.typ")],
        input=line,
        capture_output=True,
        check=False,
    )
    assert starved.returncode != 0
    assert starved.stdout == b""
    monkeypatch.setattr(typesetting, "SECONDS", 0.01)
    monkeypatch.setattr(typesetting, "SECONDS_EACH", 0)
    with pytest.raises(NotSet):
        typeset_one(letter())


def test_what_cannot_be_set_is_none_and_the_next_letter_is_set() -> None:
    broken = replace(letter(), code=replace(CODE, svg="no picture"))
    first, second = typeset([broken, letter()])
    assert first is None
    assert second is not None
    assert second.startswith(b"%PDF")


class World:
    """A zone of so many people with whole orders, and a supervisor."""

    def __init__(self, database: Database, vault: Vault, people: int) -> None:
        self.database, self.vault = database, vault
        self.zone, self.people = add_zone(database, residents=tuple(f"Trần Văn {number}" for number in range(people)))
        with database.write() as session:
            session.execute(update(Resident).values(birth_date=date(1980, 2, 1)))
            session.execute(update(QuarantineOrder).values(number="12/QĐ", legal_basis="Luật Phòng bệnh"))
            self.account = add_account(session, "giamsat", "đúng là mật khẩu", Role.SUPERVISOR, zones=None, now=NOW).id

    def ask(self, kind: LetterKind = LetterKind.QUARANTINE, given: Given = GIVEN) -> int:
        with self.database.write() as session:
            orders = orders_for(session, self.zone, kind, None, NOW)
            return ask_for_many(session, orders, kind, given, account_id=self.account, now=NOW).id

    def make(self) -> None:
        while make_letters(self.database, self.vault, ADDRESS, NOW):
            pass

    def letters(self) -> list[Letter]:
        with self.database.read() as session:
            return list(session.scalars(select(Letter).order_by(Letter.id)))


@pytest.fixture
def world(both_databases: Database, vault: Vault) -> World:
    return World(both_databases, vault, 3)


def test_fifty_letters_are_made_piece_by_piece_and_whoever_lacks_something_is_told_of(
    both_databases: Database, vault: Vault
) -> None:
    world = World(both_databases, vault, 50)
    with both_databases.write() as session:
        session.execute(update(Resident).where(Resident.id == world.people[7]).values(birth_date=None))
    batch = world.ask()
    assert make_letters(both_databases, vault, ADDRESS, NOW) == 20
    with both_databases.read() as session:
        progress = progress_of(session, batch)
    assert (progress.done, progress.whole) == (20, 50)
    world.make()
    letters = world.letters()
    refused = [each for each in letters if each.state is LetterState.REFUSED]
    assert [each.resident_id for each in refused] == [world.people[7]]
    assert "birth" in refused[0].problem[0]["template"]
    made = [each for each in letters if each.state is LetterState.MADE]
    assert len(made) == len({each.code_hash for each in made}) == 49
    pdf = vault.get(letters_owner(made[3].resident_id), made[3].name)
    assert hashlib.sha256(pdf).hexdigest() == made[3].sha256
    assert len(pdf) == made[3].size
    assert "Trần Văn 3" in text_of(pdf)
    with both_databases.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "letters-asked")).all()
    assert [entry.details["letters"] for entry in entries] == [50]


def test_where_the_process_dies_in_between_the_others_are_set_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(said: list[object]):  # type: ignore[no-untyped-def]
        yield from typeset(said[:1])  # type: ignore[arg-type]
        raise NotSet("gone")

    monkeypatch.setattr(shell, "typeset", dies)
    world.ask()
    world.make()
    assert [each.state for each in world.letters()] == [LetterState.MADE] * 3


def test_a_letter_that_whoever_took_it_on_died_of_three_times_is_refused_in_words(world: World) -> None:
    world.ask()
    with world.database.write() as session:
        session.execute(update(Letter).values(attempts=shell.MOST_ATTEMPTS))
    world.make()
    assert {each.state for each in world.letters()} == {LetterState.REFUSED}


def token_of(world: World, at: int, monkeypatch: pytest.MonkeyPatch) -> str:
    """Makes the letters, with a known code on one of them."""
    tokens = [new_token() for _each in range(8)]
    given = iter(tokens)
    monkeypatch.setattr(shell, "new_token", lambda: next(given))
    world.make()
    return tokens[at]


def test_a_code_tells_that_the_letter_holds_was_replaced_or_withdrawn_and_nothing_of_the_person(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ask()
    token = token_of(world, 0, monkeypatch)
    first = world.letters()[0]
    assert first.code_hash == hash_of(token)

    def told():  # type: ignore[no-untyped-def]
        with world.database.read() as session:
            return genuine(session, token)

    assert told().holds is Holds.HOLDS
    assert (told().issuer, told().number, told().sha256) == ("Sở Y tế", "12/QĐ", first.sha256)
    assert set(told().__dict__) == {"issuer", "dated_on", "number", "sha256", "short", "holds"}
    world.ask()
    world.make()
    assert told().holds is Holds.REPLACED
    newer = next(each for each in reversed(world.letters()) if each.order_id == first.order_id)
    with world.database.write() as session:
        withdraw(session, session.get_one(Letter, newer.id), "Sai tên", account_id=world.account, now=NOW)
    assert told().holds is Holds.HOLDS
    with world.database.write() as session:
        withdraw(session, session.get_one(Letter, first.id), "Sai số", account_id=world.account, now=NOW)
    assert told().holds is Holds.WITHDRAWN
    with pytest.raises(Conflict), world.database.write() as session:
        withdraw(session, session.get_one(Letter, first.id), "Sai số", account_id=world.account, now=NOW)
    with world.database.read() as session:
        assert genuine(session, new_token()) is None
        assert genuine(session, "") is None


def test_a_change_of_the_end_and_a_release_are_on_record_and_so_in_the_letters(world: World) -> None:
    with world.database.write() as session:
        order = session.scalars(select(QuarantineOrder).order_by(QuarantineOrder.id)).first()
        assert order is not None
        later = order.ends_at + timedelta(days=7)
        before, after = {"ends_at": order.ends_at.isoformat()}, {"ends_at": later.isoformat()}
        change = OrderChange(
            order_id=order.id,
            resident_id=order.resident_id,
            zone_id=order.zone_id,
            at=NOW,
            account_id=world.account,
            before=before,
            after=after,
            reason="Có ca mới",
        )
        session.add(change)
        order.ends_at = later
    world.ask(LetterKind.CHANGE)
    world.make()
    *others, changed = world.letters()
    assert [each.state for each in others] == [LetterState.REFUSED] * 2
    text = text_of(world.vault.get(letters_owner(changed.resident_id), changed.name))
    assert "Có ca mới" in text
    assert "12/12/2026" in text
    with world.database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.RELEASED, ended_at=NOW))
    world.ask(LetterKind.RELEASE)
    world.make()
    certificate = world.letters()[-1]
    assert "GIẤY XÁC NHẬN" in text_of(world.vault.get(letters_owner(certificate.resident_id), certificate.name))


def test_letters_stay_when_photos_are_deleted_and_go_when_the_person_goes(world: World) -> None:
    world.ask()
    world.make()
    letter = world.letters()[0]
    reason = words("Theo yêu cầu.")

    def delete(scope: DeletionScope) -> None:
        forget(
            world.database, world.vault, letter.resident_id, scope, reason=reason, account_id=None, now=NOW + timedelta(days=90)
        )

    delete(DeletionScope.FACES)
    assert world.vault.get(letters_owner(letter.resident_id), letter.name).startswith(b"%PDF")
    delete(DeletionScope.PERSON)
    with pytest.raises(VaultProblem):
        world.vault.get(letters_owner(letter.resident_id), letter.name)
    assert len(world.letters()) == 2
    # Put back from a backup, and deleted again by the next purge.
    with world.database.write() as session:
        fresh = Letter(
            **{
                name: getattr(letter, name)
                for name in Letter.__table__.columns.keys()  # noqa: SIM118 - names, not columns
            }
        )
        session.add(fresh)
    Purge(world.database, world.vault, Settings(data_folder=world.vault._files.parent)).run(NOW + timedelta(days=91))
    assert letter.id not in {each.id for each in world.letters()}


def test_letters_are_no_orphans_for_the_purge(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.ask()
    world.make()
    from datetime import UTC, datetime

    # Files are as old as their clock says: looked at much later.
    Purge(world.database, world.vault, Settings(data_folder=world.vault._files.parent))._orphans(
        datetime.now(UTC) + timedelta(days=30)
    )
    for letter in world.letters():
        assert world.vault.get(letters_owner(letter.resident_id), letter.name)


def test_the_day_of_delivery_is_kept_with_what_was_before_and_only_for_the_version_on_the_page(world: World) -> None:
    with world.database.write() as session:
        order = session.scalars(select(QuarantineOrder).order_by(QuarantineOrder.id)).first()
        assert order is not None
        mark_delivered(session, order, "22/11/2026", "Asia/Ho_Chi_Minh", seen=1, account_id=world.account, now=NOW)
    with world.database.write() as session:
        order = session.get_one(QuarantineOrder, order.id)
        with pytest.raises(Conflict):
            mark_delivered(session, order, "22/11/2026", "Asia/Ho_Chi_Minh", seen=1, account_id=world.account, now=NOW)
    with world.database.read() as session:
        assert session.get_one(QuarantineOrder, order.id).delivered_on == date(2026, 11, 22)
        assert session.scalars(select(OrderChange.after)).all() == [{"delivered_on": "2026-11-22"}]
        assert session.scalar(select(func.count()).where(AuditEntry.action == "order-delivered")) == 1


def test_one_letter_is_left_to_its_page_and_taken_on_by_a_worker_only_where_that_died(world: World) -> None:
    with world.database.write() as session:
        order = session.scalars(select(QuarantineOrder)).first()
        assert order is not None
        asked = shell.ask_for(session, [order], LetterKind.QUARANTINE, GIVEN, account_id=world.account, now=NOW, at_once=True)
    assert make_letters(world.database, world.vault, ADDRESS, NOW) == 0
    make_at_once(world.database, world.vault, ADDRESS, asked.id, NOW)
    assert [each.state for each in world.letters()] == [LetterState.MADE]
    with world.database.read() as session:
        assert session.scalar(select(func.count()).select_from(LetterBatch)) == 1
