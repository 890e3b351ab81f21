"""A photo is compared only after that person agreed: nothing that looks for a face does so of somebody who was never asked."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from cameras.watching.faces import FaceLooker
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.faces.gallery import enrol, load_gallery
from monitor.faces.thresholds import know_model
from monitor.models.cameras.cameras import ObservationKind
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceModel, FaceTemplate
from monitor.models.people.residents import Media, OrderState, Presence, PresenceState, QuarantineOrder, Resident
from monitor.models.people.rights import Consent, ConsentKind
from monitor.models.rollcalls.answers import Answer, Verification, VerificationState
from monitor.models.rollcalls.plans import EvidenceLevel
from monitor.models.rollcalls.rounds import CheckInState
from monitor.people.face_agreement import FaceAgreement, agreement
from monitor.personal_data.consent import NOTICE_VERSION, newest
from monitor.presence.keeper import refresh
from monitor.problems import BadInput
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, create_engine, decode
from rollcall.faces.comparing import faces_at_hand
from rollcall.faces.enrolment import judge_enrolments
from rollcall.faces.face_consent import agree_to_faces, refuse_faces
from rollcall.faces.offering import offer_photo
from rollcall.faces.renewal import begin_to_use, is_due, renew
from rollcall.faces.verification import verify_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import answer_by_link, check_in_of, minutes, world
from tests.worlds.small_zone import NOW
from tests.worlds.watched_rooms import add_camera, see

MAX = 8 * 2**20
FACE = Path(photograph("astronaut")).read_bytes()


def sface() -> FaceEngine:
    return create_engine("sface")


def no_engine() -> FaceEngine:
    raise AssertionError("a face engine was asked for")


def never_asked(database: Database, *residents: int) -> None:
    """As everybody is who was entered, and who said nothing before photos were compared of the agreeing only."""
    with database.write() as session:
        session.execute(update(Resident).where(Resident.id.in_(residents)).values(agrees_to_faces=False))


def enrolled(database: Database, vault: Vault, *names: str) -> list[int]:
    """People in one room with a reference photo, who agreed, and a roll-call that asks for a selfie."""
    _, residents = world(database, *(names or ("An",)))
    with database.write() as session:
        session.execute(update(Resident).values(room_id=session.get_one(Resident, residents[0]).room_id))
    for resident in residents:
        offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)
    assert judge_enrolments(database, vault, sface, lambda: None, worker="w", now=NOW) == len(residents)
    open_due_rounds(database, NOW)
    return residents


def count(database: Database, table: type) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize(
    ("agrees", "refuses", "said"),
    [
        (False, False, FaceAgreement.NOT_ASKED),
        (True, False, FaceAgreement.AGREED),
        (False, True, FaceAgreement.REFUSED),
        (True, True, FaceAgreement.REFUSED),
    ],
)
def test_who_said_nothing_has_not_agreed(agrees: bool, refuses: bool, said: FaceAgreement) -> None:
    assert agreement(agrees, refuses) is said


def test_no_gallery_holds_who_was_never_asked_even_where_templates_are_left(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    one, two = enrolled(database, vault, "An", "Bình")
    never_asked(database, two)
    assert count(database, FaceTemplate) == 2
    with database.read() as session:
        assert set(load_gallery(session, vault, sface(), [one, two])) == {one}
        assert faces_at_hand(session, vault, sface(), one, NOW) == {}


def test_an_answer_of_who_was_never_asked_is_enough_without_a_photo_and_a_photo_that_comes_is_not_kept(
    both_databases: Database, vault: Vault
) -> None:
    database = both_databases
    (resident,) = enrolled(database, vault)
    never_asked(database, resident)
    answer_by_link(database, vault, resident, FACE, now=minutes(1))
    assert verify_due(database, vault, no_engine, no_engine, worker="w", now=minutes(1)) == 0
    check_in = check_in_of(database, resident)
    assert (check_in.state, check_in.evidence) == (CheckInState.VERIFIED, EvidenceLevel.CODE_WORD)
    assert check_in.reasons[1]["template"] == "You have not agreed to face matching, so no photo is needed."
    with database.read() as session:
        assert session.scalars(select(Answer.media_id)).all() == [None]


def test_an_answer_that_an_older_version_left_for_the_engine_is_settled_without_it(
    both_databases: Database, vault: Vault
) -> None:
    database = both_databases
    (resident,) = enrolled(database, vault)
    answer_by_link(database, vault, resident, FACE, now=minutes(1))
    never_asked(database, resident)
    verify_due(database, vault, no_engine, no_engine, worker="w", now=minutes(1))
    assert check_in_of(database, resident).state == CheckInState.VERIFIED
    with database.read() as session:
        row = session.scalars(select(Verification)).one()
        assert (row.state, row.similarity) == (VerificationState.DONE, None)


def test_no_photo_of_theirs_is_taken_in_or_looked_at(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    _, (resident,) = world(database, "An")
    offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)
    never_asked(database, resident)
    with pytest.raises(BadInput, match="only kept of people who agreed"):
        offer_photo(database, vault, resident, FACE, account_id=None, now=NOW, max_bytes=MAX)
    with database.write() as session, pytest.raises(BadInput, match="only kept of people who agreed"):
        enrol(session, vault, [sface()], session.get_one(Resident, resident), decode(FACE), FACE, now=NOW)
    # What was offered before waits for their word.
    assert judge_enrolments(database, vault, no_engine, no_engine, worker="w", now=NOW) == 0
    agree_to_faces(database, resident, language="vi", now=minutes(1))
    assert judge_enrolments(database, vault, sface, lambda: None, worker="w", now=minutes(1)) == 1
    with database.read() as session:
        assert session.scalars(select(EnrolmentPhoto.state)).all() == [EnrolmentState.KEPT]


def test_templates_for_another_model_are_made_once_they_agree(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    (resident,) = enrolled(database, vault)
    engine = sface()
    never_asked(database, resident)
    with database.write() as session:
        session.execute(FaceTemplate.__table__.delete())  # type: ignore[attr-defined]
        know_model(session, engine.name, engine.model)
    begin_to_use(database, [(engine.name, engine.model)], NOW)
    while is_due(database, engine.name, engine.model):
        renew(database, vault, engine, engine, now=NOW)
    assert count(database, FaceTemplate) == 0
    agree_to_faces(database, resident, language="vi", now=minutes(1))
    assert is_due(database, engine.name, engine.model)
    renew(database, vault, engine, engine, now=minutes(1))
    assert count(database, FaceTemplate) == 1
    with database.read() as session:
        row = session.scalars(select(FaceModel)).one()
        assert row.renewed_to == row.renew_until


def test_a_camera_compares_no_face_in_a_room_in_which_somebody_has_not_agreed(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    one, two = enrolled(database, vault, "An", "Bình")
    with database.read() as session:
        room = session.get_one(Resident, one).room_id
    picture, looker = decode(FACE), FaceLooker(database, vault, sface())
    assert looker.look(room, picture).matched

    class Looks:
        """Sees faces; that it computes anything of one is an error."""

        name, model, thresholds = looker._engine.name, looker._engine.model, looker._engine.thresholds
        detect = staticmethod(looker._engine.detect)

        def embed(self, *_: object) -> None:
            raise AssertionError("something of a face was computed")

    never_asked(database, two)
    looker._engine = Looks()  # type: ignore[assignment]
    seen = looker.look(room, picture)
    assert (seen.residents, seen.strangers, seen.matched) == ({}, 1, False)
    # Whoever left, and kept the room in their row, is asked no more.
    looker._engine = sface()
    with database.write() as session:
        session.execute(update(QuarantineOrder).where(QuarantineOrder.resident_id == two).values(state=OrderState.RELEASED))
    assert set(looker.look(room, picture).residents) == {one}


def test_nobody_is_called_absent_for_not_having_been_asked(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    zone, (one,) = world(database, "An")
    never_asked(database, one)
    camera = add_camera(database, zone, one, minutes(-300))
    see(database, camera, ObservationKind.PERSON, minutes(-5))
    refresh(database, NOW, present_for=minutes(10) - NOW)
    with database.read() as session:
        assert session.get_one(Presence, one).state == PresenceState.UNKNOWN


def test_the_word_is_kept_with_version_and_time_and_counts_once(both_databases: Database, vault: Vault) -> None:
    database = both_databases
    _, (resident,) = world(database, "An")
    never_asked(database, resident)
    for at in (1, 2):
        agree_to_faces(database, resident, language="vi", given_by="Mẹ", now=minutes(at))
    assert count(database, Consent) == 1
    with database.write() as session:
        said = newest(session, resident)[ConsentKind.FACES]
        assert (said.given, said.version, said.at, said.given_by) == (True, NOTICE_VERSION, minutes(1), "Mẹ")
        said.version = "2020-01"
    # Another notice asks for another word.
    agree_to_faces(database, resident, language="vi", now=minutes(3))
    assert count(database, Consent) == 2
    refuse_faces(database, vault, resident, language="vi", now=minutes(4))
    with database.read() as session:
        row = session.get_one(Resident, resident)
        assert (row.agrees_to_faces, row.refuses_faces) == (False, True)
    assert (count(database, Media), count(database, Consent)) == (0, 3)
