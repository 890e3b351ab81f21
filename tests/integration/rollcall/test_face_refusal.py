"""Face matching refused: nothing of the face is left, no engine looks, no camera, nothing bad follows; and another way that is enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from cameras.watching.faces import FaceLooker
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.faces.gallery import keep_template, load_gallery
from monitor.models.accounts import AuditEntry
from monitor.models.incidents import Incident
from monitor.models.people.faces import EnrolmentPhoto, FaceTemplate
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.people.rights import Consent, ConsentKind, RequestKind, RequestOutcome, RightsRequest
from monitor.models.places import Room, Zone
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckInState
from monitor.personal_data.consent import NOTICE_VERSION, newest
from monitor.personal_data.purge import Purge
from monitor.problems import BadInput, NotFound
from monitor.settings import Settings
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, create_engine, decode
from rollcall.answers.places import Place
from rollcall.faces.enrolment import judge_enrolments
from rollcall.faces.face_consent import agree_to_faces, refuse_faces
from rollcall.faces.offering import offer_photo
from rollcall.faces.verification import verify_due
from rollcall.rounds.opening import open_due_rounds
from tests.processes.killing import killed_at_every_step
from tests.worlds.due_round import answer_by_link, check_in_of, jpeg, minutes, world
from tests.worlds.small_zone import NOW

MAX = 8 * 2**20
FACE = Path(photograph("astronaut")).read_bytes()


def sface() -> FaceEngine:
    return create_engine("sface")


def no_engine() -> FaceEngine:
    raise AssertionError("a face engine was asked for")


def somebody(database: Database, vault: Vault) -> int:
    """With an enrolled photo and a roll-call that asks for a selfie."""
    _, (resident,) = world(database, "Nguyễn Thị An")
    offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)
    assert judge_enrolments(database, vault, sface, lambda: None, worker="w", now=NOW) == 1
    open_due_rounds(database, NOW)
    return resident


@pytest.fixture
def resident(database: Database, vault: Vault) -> int:
    return somebody(database, vault)


def refuse(database: Database, vault: Vault, resident: int, **more: object) -> None:
    refuse_faces(database, vault, resident, language="vi", now=minutes(2), **more)  # type: ignore[arg-type]


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def files(vault: Vault) -> set[str]:
    return {name for folder in range(256) for name in vault.names_before(f"{folder:02x}", NOW + timedelta(days=9999))}


def test_templates_and_enrolled_photos_are_gone_at_once_and_the_word_is_kept(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    resident = somebody(database, vault)
    assert (count(database, FaceTemplate), count(database, EnrolmentPhoto), len(files(vault))) == (1, 1, 1)
    refuse(database, vault, resident, given_by="Mẹ của An")
    assert [count(database, each) for each in (FaceTemplate, EnrolmentPhoto, Media, Incident)] == [0, 0, 0, 0]
    assert files(vault) == set()
    with database.read() as session:
        said = newest(session, resident)[ConsentKind.FACES]
        assert (said.given, said.given_by, said.version, said.at) == (False, "Mẹ của An", NOTICE_VERSION, minutes(2))
        asked = session.scalars(select(RightsRequest)).one()
        assert (asked.kind, asked.outcome, asked.answered_at) == (RequestKind.WITHDRAW, RequestOutcome.DONE, minutes(2))
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "faces-refused")).one()
        assert (entry.resident_id, entry.details) == (resident, {"by": "Mẹ của An"})
    # Whoever refuses twice has refused.
    refuse(database, vault, resident)
    assert (count(database, Consent), count(database, RightsRequest)) == (1, 1)
    with pytest.raises(NotFound):
        refuse(database, vault, 9_999)


def test_no_photo_is_enrolled_any_more_until_they_agree_again(database: Database, vault: Vault, resident: int) -> None:
    refuse(database, vault, resident)
    with pytest.raises(BadInput, match="refused"):
        offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)
    assert files(vault) == set()
    agree_to_faces(database, resident, language="en", now=minutes(3))
    offer_photo(database, vault, resident, FACE, account_id=None, now=minutes(3), max_bytes=MAX)
    assert judge_enrolments(database, vault, sface, lambda: None, worker="w", now=minutes(3)) == 1
    assert count(database, FaceTemplate) == 1
    with database.read() as session:
        assert newest(session, resident)[ConsentKind.FACES].given


def test_a_photo_that_a_worker_looks_at_in_that_moment_leaves_no_template(
    database: Database, vault: Vault, resident: int
) -> None:
    offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)

    def refused_meanwhile() -> FaceEngine:
        refuse(database, vault, resident)
        return sface()

    judge_enrolments(database, vault, refused_meanwhile, lambda: None, worker="w", now=NOW)
    assert (count(database, FaceTemplate), count(database, Media), files(vault)) == (0, 0, set())


def test_templates_that_are_made_anew_for_another_model_pass_over_who_refuses(
    database: Database, vault: Vault, resident: int
) -> None:
    with database.write() as session:
        session.execute(update(Resident).values(refuses_faces=True))
        media = session.scalars(select(Media).where(Media.kind == MediaKind.ENROLMENT)).one()
        engine = sface()
        picture = decode(FACE)
        embedding = engine.embed(picture, engine.detect(picture, 640)[0])
        session.execute(FaceTemplate.__table__.delete())  # type: ignore[attr-defined]
        keep_template(session, vault, media, engine, embedding)
    assert count(database, FaceTemplate) == 0


def test_cameras_stop_looking_for_them_with_the_next_picture(database: Database, vault: Vault, resident: int) -> None:
    picture = decode(FACE)
    with database.read() as session:
        room = session.scalars(select(Room.id)).one()
    looker = FaceLooker(database, vault, sface())
    assert set(looker.look(room, picture).residents) == {resident}
    with database.write() as session:
        # Even before anything is deleted, and within the seconds in which a gallery is remembered.
        session.execute(update(Resident).values(refuses_faces=True))
        assert load_gallery(session, vault, sface(), [resident]) == {}
    seen = looker.look(room, picture)
    assert (seen.residents, seen.strangers, seen.matched) == ({}, 1, False)


def test_an_answer_without_a_picture_is_enough_and_a_picture_that_comes_all_the_same_is_not_kept(
    database: Database, vault: Vault, resident: int
) -> None:
    refuse(database, vault, resident)
    answer_by_link(database, vault, resident, jpeg(), now=minutes(1))
    assert verify_due(database, vault, no_engine, no_engine, worker="w", now=minutes(1)) == 0
    check_in = check_in_of(database, resident)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.CODE_WORD)
    assert "not agreed to face matching" in check_in.reasons[1]["template"]
    assert [count(database, each) for each in (Media, Verification, Incident)] == [0, 0, 0]
    assert files(vault) == set()
    with database.read() as session:
        assert session.scalars(select(Answer)).one().media_id is None


def test_what_comes_with_such_a_picture_is_checked_all_the_same(database: Database, vault: Vault, resident: int) -> None:
    refuse(database, vault, resident)
    with pytest.raises(BadInput) as told:
        answer_by_link(database, vault, resident, jpeg(), symptoms=("broken-heart",), now=minutes(1))
    assert told.value.field == "symptoms"
    assert count(database, Answer) == 0
    assert check_in_of(database, resident).state == CheckInState.SCHEDULED


def test_who_refuses_while_their_picture_is_made_small_leaves_none_and_has_answered(
    both_databases: Database, vault: Vault, tmp_path: Path
) -> None:
    database = both_databases
    resident = somebody(database, vault)

    class RefusedMeanwhile(Vault):
        def put(self, owner: str, plain: bytes | Iterator[bytes], *, name: str | None = None) -> str:
            stored = super().put(owner, plain, name=name)
            refuse(database, vault, resident)
            return stored

    answer_by_link(database, RefusedMeanwhile(tmp_path / "vault", bytes(32)), resident, jpeg(), now=minutes(1))
    assert (check_in_of(database, resident).state, files(vault)) == (CheckInState.VERIFIED, set())
    assert [count(database, each) for each in (Media, Verification, Incident)] == [0, 0, 0]


def test_the_place_counts_where_the_plan_asks_for_it_and_is_not_missed_where_it_was_not_told(
    database: Database, vault: Vault, resident: int
) -> None:
    with database.write() as session:
        session.execute(update(Zone).values(latitude=16.0, longitude=108.0, radius_metres=500.0))
        session.execute(update(Plan).values(place_asked=True, evidence=EvidenceLevel.FACE_AND_LIVENESS))
    refuse(database, vault, resident)
    answer_by_link(database, vault, resident, place=Place(16.001, 108.0, 20.0), now=minutes(1))
    check_in = check_in_of(database, resident)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.PLACE)
    with database.write() as session:
        session.execute(update(Plan).values(next_round_at=minutes(200)))
    open_due_rounds(database, minutes(200))
    answer_by_link(database, vault, resident, place_withheld="denied", now=minutes(201))
    assert check_in_of(database, resident).state == CheckInState.VERIFIED
    assert count(database, Incident) == 0


@pytest.mark.parametrize("waits_for", ["the refusal", "a worker"])
def test_an_answer_that_waits_for_the_engine_is_settled_without_it(
    both_databases: Database, vault: Vault, waits_for: str
) -> None:
    database = both_databases
    resident = somebody(database, vault)
    answer_by_link(database, vault, resident, jpeg(), now=minutes(1))
    if waits_for == "the refusal":
        refuse(database, vault, resident)
    else:
        # The answer and the refusal crossed: neither saw the other.
        with database.write() as session:
            session.execute(update(Resident).values(refuses_faces=True))
    verify_due(database, vault, no_engine, no_engine, worker="w", now=minutes(1))
    assert check_in_of(database, resident).state == CheckInState.VERIFIED
    with database.read() as session:
        row = session.scalars(select(Verification)).one()
        assert (row.state, row.engine, row.similarity) == (VerificationState.DONE, "", None)
    assert count(database, Incident) == 0


def test_a_worker_that_is_comparing_in_that_moment_writes_nothing(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    resident = somebody(database, vault)
    answer_by_link(database, vault, resident, FACE, now=minutes(1))

    def refused_meanwhile() -> FaceEngine:
        refuse(database, vault, resident)
        return sface()

    verify_due(database, vault, refused_meanwhile, lambda: None, worker="w", now=minutes(1))
    with database.read() as session:
        row = session.scalars(select(Verification)).one()
        assert (row.state, row.engine, row.similarity) == (VerificationState.DONE, "", None)
    assert check_in_of(database, resident).evidence == EvidenceLevel.CODE_WORD


def test_a_refusal_that_is_killed_anywhere_happened_or_did_not_and_the_purge_finishes_it(
    database: Database, vault: Vault, tmp_path: Path
) -> None:
    _, (resident,) = world(database, "Nguyễn Thị An")
    offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)
    judge_enrolments(database, vault, sface, lambda: None, worker="w", now=NOW)
    database.dispose()
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def act() -> None:
        own = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
        refuse(own, Vault(tmp_path / "vault", bytes(32)), resident)
        own.dispose()

    steps = happened = 0
    for steps in killed_at_every_step(act):  # noqa: B007 - the last one is looked at
        own = Database(f"sqlite:///{tmp_path}/test.db", bytes(32))
        with own.read() as session:
            refused = session.get_one(Resident, resident).refuses_faces
        assert count(own, Consent) == count(own, RightsRequest) == refused
        # Whatever it had time for: who has refused has no template.
        assert count(own, FaceTemplate) == (not refused)
        Purge(own, vault, Settings(data_folder=tmp_path)).run(minutes(60))
        assert (len(files(vault)), count(own, Media)) == ((0, 0) if refused else (1, 1))
        happened += refused
        own.dispose()
        for path in tmp_path.rglob("*"):
            if path.is_file() and path not in before:
                path.unlink()
        for path, content in before.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    assert steps > 2
    assert happened
