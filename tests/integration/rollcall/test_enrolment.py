"""Photos for enrolment: kept or refused with advice, never lost, never counted twice; templates made anew for another model."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFilter
from sqlalchemy import delete, func, select, update

from cameras.watching.faces import FaceLooker
from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.faces.gallery import load_gallery
from monitor.faces.thresholds import set_thresholds
from monitor.models.accounts import Role
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceLikeness, FaceModel, FaceTemplate
from monitor.models.people.residents import Media, MediaKind, OrderState, QuarantineOrder, Resident
from monitor.pictures.pictures import NotAPicture
from monitor.problems import BadInput, NotFound
from monitor.vault.vault import Vault, resident_owner
from monitor.vision.faces.engines import FaceEngine, create_engine, decode, model_of
from monitor.vision.faces.other_models import Thresholds
from monitor.vision.faces.quality import Quality
from monitor.words import Words
from rollcall.faces.enrolment import decide, judge_enrolments
from rollcall.faces.leasing import LEASE
from rollcall.faces.likeness import alike_with, dismiss
from rollcall.faces.new_neighbours import compare_due
from rollcall.faces.offering import MOST, offer_photo, photos_of, remove_photo
from rollcall.faces.renewal import begin_to_use, is_due, renew
from rollcall.faces.renewal_progress import progress
from rollcall.orders.rooms import RoomWished, move_room
from tests.unit.monitor.test_faces import describe
from tests.worlds.small_zone import NOW, add_zone

MAX = 8 * 2**20


def photo(name: str, *, blur: float = 0.0, light: float = 1.0, quality: int = 90) -> bytes:
    content = BytesIO()
    with Image.open(photograph(name)) as opened:
        picture = opened.convert("RGB")
    picture = picture.filter(ImageFilter.GaussianBlur(blur)).point(lambda level: level * light)
    picture.save(content, "JPEG", quality=quality)
    return content.getvalue()


def sface() -> FaceEngine:
    return create_engine("sface")


def judge(database: Database, vault: Vault, *, after: timedelta = timedelta(), worker: str = "w-1") -> int:
    return judge_enrolments(database, vault, sface, lambda: None, worker=worker, now=NOW + after)


def offer(database: Database, vault: Vault, resident: int, content: bytes, **more: object) -> EnrolmentPhoto:
    number = offer_photo(database, vault, resident, content, account_id=None, now=NOW, max_bytes=MAX, **more)  # type: ignore[arg-type]
    judge(database, vault)
    with database.read() as session:
        return session.get_one(EnrolmentPhoto, number)


def said(row: EnrolmentPhoto) -> str:
    return " ".join(Words.load(each).template for each in row.reasons)


def files(folder: Path) -> int:
    return sum(each.is_file() for each in (folder / "vault/files").rglob("*"))


@pytest.fixture
def resident(both_databases: Database) -> int:
    return add_zone(both_databases)[1][0]


def test_a_good_photo_is_kept_and_a_bad_one_leaves_nothing_but_advice(
    both_databases: Database, vault: Vault, resident: int, tmp_path: Path
) -> None:
    database = both_databases
    good = offer(database, vault, resident, photo("astronaut"))
    assert (good.state, said(good)) == (EnrolmentState.KEPT, "This photo is good.")
    assert good.figures is not None
    assert good.figures["width"] > 80
    for content, told in (
        (photo("astronaut", blur=5), "blurred"),
        (photo("astronaut", light=0.2), "Too dark"),
        (photo("hopper"), "not look like the earlier photos"),
    ):
        bad = offer(database, vault, resident, content)
        assert (bad.state, bad.media_id) == (EnrolmentState.REFUSED, None)
        assert told in said(bad)
    with database.read() as session:
        assert session.scalars(select(Media.kind)).all() == [MediaKind.ENROLMENT]
        assert len(load_gallery(session, vault, sface(), [resident])[resident]) == 1
        assert [each.state for each in photos_of(session, resident)] == [EnrolmentState.KEPT, EnrolmentState.REFUSED]
    assert files(tmp_path) == 1


def test_staff_can_insist_but_not_on_a_picture_without_one_face(both_databases: Database, vault: Vault, resident: int) -> None:
    dark = offer(both_databases, vault, resident, photo("astronaut", light=0.25), insisted=True)
    assert dark.state == EnrolmentState.KEPT
    assert "Too dark" in said(dark)
    nobody = BytesIO()
    Image.new("RGB", (640, 480), "white").save(nobody, "JPEG")
    assert offer(both_databases, vault, resident, nobody.getvalue(), insisted=True).state == EnrolmentState.REFUSED


def test_two_who_share_a_room_and_look_alike_bring_a_warning_on_both_records(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    names = ("Nguyễn Thị An", "Nguyễn Thị Ân", "Trần Văn Bình", "Lê Văn Cũ", "Phạm Thị Mai")
    zone, (resident, twin, far, gone, coming) = add_zone(database, residents=names)
    with database.write() as session:
        for each in (twin, gone, coming):
            session.get_one(Resident, each).room_id = session.get_one(Resident, resident).room_id
    offer(database, vault, resident, photo("astronaut"))
    for each in (gone, coming):
        offer(database, vault, each, photo("astronaut"))
    with database.write() as session:
        order = update(QuarantineOrder)
        session.execute(order.where(QuarantineOrder.resident_id == gone).values(state=OrderState.RELEASED))
        # Who moves in tomorrow is not there yet.
        session.execute(order.where(QuarantineOrder.resident_id == coming).values(starts_at=NOW + timedelta(days=1)))
        session.execute(delete(FaceLikeness))
    # Who lives elsewhere is not even compared.
    assert "same room" not in said(offer(database, vault, far, photo("astronaut")))
    alike = offer(database, vault, twin, photo("astronaut"))
    assert alike.state == EnrolmentState.KEPT
    assert "same room" in said(alike)
    offer(database, vault, twin, photo("astronaut", quality=80))

    def told() -> list[list[int]]:
        with database.read() as session:
            return [[other.resident_id for other in alike_with(session, each)] for each in (resident, twin, far, gone, coming)]

    assert told() == [[twin], [resident], [], [], []]
    with database.write() as session:
        (entry,) = alike_with(session, twin)
        assert (entry.zone_id, entry.full_name, entry.room) == (zone, "Nguyễn Thị An", "101")
        with pytest.raises(NotFound):
            dismiss(session, entry.likeness_id, far, 1, NOW)
        account = add_account(session, "nv", "mật khẩu dài", Role.STAFF, zones=None, now=NOW)
        assert dismiss(session, entry.likeness_id, twin, account.id, NOW) == resident
    assert told() == [[]] * 5
    # The same two are not told again.
    offer(database, vault, resident, photo("astronaut", quality=70))
    assert told() == [[]] * 5


def test_who_moves_is_compared_with_those_of_the_new_room_and_no_longer_with_others(
    both_databases: Database, vault: Vault
) -> None:
    database = both_databases
    _zone, (an, binh, cuc) = add_zone(database, residents=("An", "Bình", "Cúc"))
    for each in (an, binh, cuc):
        offer(database, vault, each, photo("astronaut"))
    with database.write() as session:
        assert session.scalar(select(func.count()).select_from(FaceLikeness)) == 0
        account = add_account(session, "giamsat", "mật khẩu dài", Role.SUPERVISOR, zones=None, now=NOW).id
        room = session.get_one(Resident, binh).room_id
        assert room is not None
        move_room(session, an, RoomWished(room), "Cùng gia đình", account, NOW)
    assert compare_due(database, vault, sface, now=NOW) == 1
    assert compare_due(database, vault, sface, now=NOW) == 0
    with database.read() as session:
        assert [[other.resident_id for other in alike_with(session, each)] for each in (an, binh, cuc)] == [[binh], [an], []]


def test_whose_photos_are_removed_is_like_nobody_any_more_and_a_key_that_is_gone_hides_no_other(
    both_databases: Database, vault: Vault
) -> None:
    database = both_databases
    _zone, (first, second, third) = add_zone(database, residents=("An", "Bình", "Cúc"))
    with database.write() as session:
        session.execute(update(Resident).values(room_id=session.get_one(Resident, first).room_id))
    for each in (first, second):
        offer(database, vault, each, photo("astronaut"))
    vault.destroy(resident_owner(first))
    offer(database, vault, third, photo("astronaut"))
    with database.write() as session:
        assert [other.resident_id for other in alike_with(session, third)] == [second]
        remove_photo(session, photos_of(session, second)[0], NOW)
        assert alike_with(session, third) == []


def unit(*numbers: float) -> np.ndarray:
    vector = np.array(numbers, np.float32)
    return vector / np.linalg.norm(vector)


@pytest.mark.parametrize(
    ("others", "found"),
    [
        ({}, ()),
        ({2: [unit(0, 1)]}, ()),
        ({2: [unit(0.39, 1)]}, ()),  # grey, but not accepted
        ({2: [unit(0, 1), unit(1, 0.1)]}, (2,)),
        ({2: [unit(1, 0.5)], 3: [unit(1, 0)]}, (3, 2)),
        ({number: [unit(1, 0)] for number in range(2, 20)}, (19, 18, 17, 16, 15)),
        ({2: []}, ()),
    ],
)
def test_alike_is_for_whom_the_face_would_be_accepted(others: dict[int, list[np.ndarray]], found: tuple[int, ...]) -> None:
    quality = Quality(())
    assert decide(quality, False, unit(1, 0), [], others, Thresholds(accept=0.4, reject=0.3)).alike == found


def test_what_is_no_picture_or_one_too_many_is_refused_at_once(
    both_databases: Database, vault: Vault, resident: int, tmp_path: Path
) -> None:
    database = both_databases
    with pytest.raises(NotAPicture):
        offer(database, vault, resident, b"not a picture")
    for quality in range(90, 90 - MOST, -1):
        assert offer(database, vault, resident, photo("astronaut", quality=quality)).state == EnrolmentState.KEPT
    with pytest.raises(BadInput):
        offer(database, vault, resident, photo("astronaut"))
    assert files(tmp_path) == MOST
    with database.write() as session:
        name = remove_photo(session, photos_of(session, resident)[0], NOW)
    assert name is not None
    vault.remove(name)
    with database.read() as session:
        assert len(load_gallery(session, vault, sface(), [resident])[resident]) == MOST - 1
    assert offer(database, vault, resident, photo("astronaut")).state == EnrolmentState.KEPT


def test_a_photo_whose_worker_died_is_looked_at_by_another_and_once(
    both_databases: Database, vault: Vault, resident: int
) -> None:
    database = both_databases

    class Killed(BaseException):
        """As if the process were gone."""

    def dies() -> FaceEngine:
        raise Killed

    number = offer_photo(database, vault, resident, photo("astronaut"), account_id=None, now=NOW, max_bytes=MAX)
    with pytest.raises(Killed):
        judge_enrolments(database, vault, dies, lambda: None, worker="w-dead", now=NOW)
    assert judge(database, vault) == 0
    assert judge(database, vault, after=LEASE, worker="w-2") == 1
    with database.read() as session:
        row = session.get_one(EnrolmentPhoto, number)
        assert (row.state, row.leased_by) == (EnrolmentState.KEPT, "w-2")
        assert session.scalar(select(func.count()).select_from(FaceTemplate)) == 1


def test_one_that_no_engine_survives_is_refused_in_words(both_databases: Database, vault: Vault, resident: int) -> None:
    database = both_databases

    def fails() -> FaceEngine:
        raise RuntimeError("of a test")

    number = offer_photo(database, vault, resident, photo("astronaut"), account_id=None, now=NOW, max_bytes=MAX)
    for turn in range(4):
        judge_enrolments(database, vault, fails, lambda: None, worker="w", now=NOW + turn * LEASE)
    with database.read() as session:
        row = session.get_one(EnrolmentPhoto, number)
    assert row.state == EnrolmentState.REFUSED
    assert "take another" in said(row)


def test_another_model_gets_its_templates_from_the_photos(
    both_databases: Database, vault: Vault, resident: int, tmp_path: Path
) -> None:
    database = both_databases
    first = model_of("sface")
    begin_to_use(database, [first], NOW)
    assert not is_due(database, *first)
    kept = [offer(database, vault, resident, photo("astronaut", quality=quality)) for quality in (90, 85, 80)]
    assert {each.state for each in kept} == {EnrolmentState.KEPT}

    pair = str(describe(tmp_path))
    second = model_of(pair)
    begin_to_use(database, [second, first], NOW)
    assert is_due(database, *second)
    with database.read() as session:
        shown = progress(session)
        assert [(model.engine, model.first, made, of) for model, made, of in shown] == [
            ("copy", True, 0, 3),
            ("sface", False, 3, 3),
        ]
    engine = create_engine(pair)
    assert engine.model == second[1]
    # Two at a time, as if a worker were stopped in between.
    assert [renew(database, vault, sface(), engine, 2, now=NOW) for _ in range(3)] == [2, 1, 0]
    assert not is_due(database, *second)
    while is_due(database, *first):
        renew(database, vault, sface(), sface(), now=NOW)
    with database.read() as session:
        assert [(made, of) for _model, made, of in progress(session)] == [(3, 3), (3, 3)]
        assert len(load_gallery(session, vault, engine, [resident])[resident]) == 3
    # Back again: those that are there stay, and what nobody uses is not shown.
    begin_to_use(database, [first], NOW)
    while is_due(database, *first):
        renew(database, vault, sface(), sface(), now=NOW)
    with database.read() as session:
        assert [model.engine for model, _made, _of in progress(session)] == ["sface"]
        assert session.scalar(select(func.count()).select_from(FaceTemplate)) == 6
        assert session.scalar(select(func.count()).select_from(FaceModel)) == 2


def test_a_new_first_model_says_anew_whom_it_takes_for_each_other(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    database = both_databases
    _zone, (resident, twin, far) = add_zone(database, residents=("An", "Ân", "Bình"))
    with database.write() as session:
        session.get_one(Resident, twin).room_id = session.get_one(Resident, resident).room_id
    for each in (resident, twin, far):
        offer(database, vault, each, photo("astronaut"))
    with database.write() as session:
        # As if the model before had told them apart.
        session.execute(delete(FaceLikeness))
    pair = str(describe(tmp_path))
    begin_to_use(database, [model_of("sface"), model_of(pair)], NOW)
    engine = create_engine(pair)
    while is_due(database, *model_of(pair)):
        renew(database, vault, sface(), engine, now=NOW)
    with database.read() as session:
        assert alike_with(session, twin) == []
    begin_to_use(database, [model_of(pair)], NOW)
    with database.write() as session:
        session.query(FaceTemplate).filter(FaceTemplate.engine == engine.name).delete()
        session.execute(update(FaceModel).values(renewed_to=0))
    while is_due(database, *model_of(pair)):
        renew(database, vault, engine, engine, now=NOW)
    with database.read() as session:
        assert [[other.resident_id for other in alike_with(session, each)] for each in (resident, twin, far)] == [
            [twin],
            [resident],
            [],
        ]


def test_a_photo_that_cannot_be_opened_is_passed_over(both_databases: Database, vault: Vault, resident: int) -> None:
    database = both_databases
    kept = [offer(database, vault, resident, photo("astronaut", quality=quality)) for quality in (90, 80)]
    with database.write() as session:
        media = session.get_one(Media, kept[0].media_id)
        session.query(FaceTemplate).delete()
    vault.remove(media.name)
    begin_to_use(database, [model_of("sface")], NOW)
    assert renew(database, vault, sface(), sface(), now=NOW) == 2
    with database.read() as session:
        assert session.scalars(select(FaceTemplate.media_id)).all() == [kept[1].media_id]


def test_thresholds_measured_on_site_hold_for_cameras_too(both_databases: Database, vault: Vault, resident: int) -> None:
    database = both_databases
    offer(database, vault, resident, photo("astronaut"))
    with database.read() as session:
        room = session.get_one(Resident, resident).room_id
    seen = decode(photo("astronaut", light=0.7, quality=60))
    shipped = FaceLooker(database, vault, sface()).look(room, seen)
    assert list(shipped.residents) == [resident]
    with database.write() as session:
        set_thresholds(session, sface(), 0.999, 0.5, {}, now=NOW)
    measured = FaceLooker(database, vault, sface()).look(room, seen)
    assert (measured.residents, measured.doubtful) == ({}, 1)
