"""Answers are taken whole or not at all, once, judged by real face engines, and decided by a person where unclear."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from io import BytesIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import func, select, update

from monitor.accounts.access import Reader
from monitor.accounts.accounts import add_account
from monitor.database.database import Database
from monitor.demonstration.photographs import photograph
from monitor.faces.gallery import enrol
from monitor.faces.thresholds import set_thresholds
from monitor.incidents.incidents import open_incident
from monitor.models.accounts import AuditEntry, Role
from monitor.models.hotline import HotlineTicket, TicketChannel, TicketKind
from monitor.models.incidents import Incident, IncidentKind
from monitor.models.people.residents import Media, OrderState, QuarantineOrder, Resident
from monitor.models.rollcalls.answers import Answer, Review, Verification, VerificationState
from monitor.models.rollcalls.plans import EvidenceLevel, Plan
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.pictures.pictures import NotAPicture, PictureTooLarge
from monitor.problems import BadInput, Conflict, Forbidden, NotFound
from monitor.vault.vault import Vault
from monitor.vision.faces.engines import FaceEngine, create_engine
from monitor.words import words
from rollcall.answers.admission import AlreadyAnswered
from rollcall.answers.answers import AnswerOutcome
from rollcall.answers.page import RoundClosed, open_page
from rollcall.answers.stamps import GRACE
from rollcall.faces.leasing import LEASE, MOST_ATTEMPTS
from rollcall.faces.verification import verify_due
from rollcall.followup.reviews import decide
from rollcall.people.links import LinkForged
from rollcall.rounds.closing import close_due
from rollcall.rounds.opening import open_due_rounds
from tests.worlds.due_round import SECRET, answer_by_link, check_in_of, jpeg, minutes, token_of, world
from tests.worlds.small_zone import NOW

MAX = 8 * 2**20


def selfie(name: str) -> bytes:
    """A phone's picture of a public-domain face, smaller and darker than the enrolled one."""
    content = BytesIO()
    with Image.open(photograph(name)) as image:
        image.convert("RGB").resize((400, 400 * image.height // image.width)).point(lambda level: level * 0.85).save(
            content, "JPEG", quality=80
        )
    return content.getvalue()


def counts(database: Database, tmp_path: Path) -> list[int]:
    with database.read() as session:
        rows = [
            session.scalar(select(func.count()).select_from(table)) or 0 for table in (Answer, Media, Verification, Incident)
        ]
    return [*rows, sum(path.is_file() for path in (tmp_path / "vault/files").rglob("*"))]


def judge_all(database: Database, vault: Vault, now: datetime | None = None) -> int:
    def engine() -> FaceEngine:
        return create_engine("sface")

    return verify_due(database, vault, engine, lambda: create_engine("dlib"), worker="w-1", now=now or minutes(1))


@pytest.fixture
def enrolled(database: Database, vault: Vault) -> int:
    """A resident with an enrolled face and an open round."""
    _, (resident,) = world(database)
    path = photograph("astronaut")
    with database.write() as session:
        picture = np.asarray(cv2.imread(str(path)), np.uint8)
        person = session.get_one(Resident, resident)
        enrol(session, vault, [create_engine("sface"), create_engine("dlib")], person, picture, path.read_bytes(), now=NOW)
    open_due_rounds(database, NOW)
    return resident


def test_an_answer_with_the_own_face_is_verified(database: Database, vault: Vault, enrolled: int) -> None:
    answer_by_link(database, vault, enrolled, selfie("astronaut"))
    assert check_in_of(database, enrolled).state == CheckInState.ANSWERED
    assert judge_all(database, vault) == 1
    done = check_in_of(database, enrolled)
    assert (done.state, done.evidence) == (CheckInState.VERIFIED, EvidenceLevel.FACE)
    assert judge_all(database, vault) == 0


def test_thresholds_measured_on_site_are_taken_with_the_next_answer(database: Database, vault: Vault, enrolled: int) -> None:
    with database.write() as session:
        set_thresholds(session, create_engine("sface"), 0.999, 0.5, {}, now=NOW)
        set_thresholds(session, create_engine("dlib"), 0.999, 0.5, {}, now=NOW)
    answer_by_link(database, vault, enrolled, selfie("astronaut"))
    judge_all(database, vault)
    assert check_in_of(database, enrolled).state == CheckInState.IN_REVIEW


def test_somebody_elses_face_goes_to_a_person_who_alone_can_reject(database: Database, vault: Vault, enrolled: int) -> None:
    answer_by_link(database, vault, enrolled, selfie("hopper"))
    judge_all(database, vault)
    check_in = check_in_of(database, enrolled)
    assert check_in.state == CheckInState.IN_REVIEW
    with database.write() as session:
        assert session.scalars(select(Incident.kind)).all() == [IncidentKind.FACE_DOUBTFUL]
        account = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW).id

    def reader(role: Role, zones: frozenset[int] | None = None) -> Reader:
        return Reader(account, "giamsat", role, zones, "vi")

    with database.write() as session:
        with pytest.raises(Forbidden):
            decide(session, check_in.id, reader(Role.STAFF), True, "looks right", NOW)
        with pytest.raises(NotFound):
            decide(session, check_in.id, reader(Role.SUPERVISOR, frozenset({check_in.zone_id + 1})), True, "looks right", NOW)
        with pytest.raises(BadInput):
            decide(session, check_in.id, reader(Role.SUPERVISOR), False, " ", NOW)
        decide(session, check_in.id, reader(Role.SUPERVISOR), False, "another person", NOW)
        with pytest.raises(Conflict):
            decide(session, check_in.id, reader(Role.SUPERVISOR), True, "too late", NOW)
    assert check_in_of(database, enrolled).state == CheckInState.REJECTED
    with database.read() as session:
        assert session.scalars(select(Review.decision)).all() == [CheckInState.REJECTED]
        assert session.scalars(select(Incident.cause_ended_at)).one() is not None
        assert "check-in-reviewed" in session.scalars(select(AuditEntry.action)).all()


def test_a_picture_without_a_face_goes_to_a_person(database: Database, vault: Vault, enrolled: int) -> None:
    answer_by_link(database, vault, enrolled, jpeg())
    judge_all(database, vault)
    assert check_in_of(database, enrolled).state == CheckInState.IN_REVIEW


def test_many_sends_of_one_answer_leave_one(database: Database, vault: Vault, enrolled: int, tmp_path: Path) -> None:
    before = counts(database, tmp_path)

    def try_once(_: int) -> bool:
        try:
            answer_by_link(database, vault, enrolled, jpeg())
        except AlreadyAnswered:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(try_once, range(12))) == 1
    assert [after - was for after, was in zip(counts(database, tmp_path), before, strict=True)] == [1, 1, 1, 0, 1]


def test_bad_answers_are_told_and_leave_nothing_half_made(
    database: Database, vault: Vault, enrolled: int, tmp_path: Path
) -> None:
    before = counts(database, tmp_path)
    for photo, more, error in [
        (None, {}, BadInput),
        (b"", {}, NotAPicture),
        (b"not a picture", {}, NotAPicture),
        (jpeg()[:-300], {}, NotAPicture),
        (b"\xff" * (MAX + 1), {}, PictureTooLarge),
        (jpeg(), {"symptoms": ("bankruptcy",)}, BadInput),
        (jpeg(), {"help": ("gold",)}, BadInput),
        (jpeg(), {"note": "x" * 1001}, BadInput),
    ]:
        with pytest.raises(error):
            answer_by_link(database, vault, enrolled, photo, **more)  # type: ignore[arg-type]
    assert counts(database, tmp_path) == before
    assert check_in_of(database, enrolled).state == CheckInState.SCHEDULED
    answer_by_link(database, vault, enrolled, jpeg())


def test_a_database_that_fails_at_the_end_leaves_no_picture_behind(
    database: Database, vault: Vault, enrolled: int, tmp_path: Path
) -> None:
    before = counts(database, tmp_path)
    with database.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER full BEFORE INSERT ON verification BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    with pytest.raises(Exception, match="disk full"):
        answer_by_link(database, vault, enrolled, jpeg())
    assert counts(database, tmp_path) == before
    assert check_in_of(database, enrolled).state == CheckInState.SCHEDULED


def test_closed_forged_and_finished_links_say_so(database: Database, vault: Vault, enrolled: int) -> None:
    token = token_of(database, enrolled)
    with database.read() as session:
        assert open_page(session, SECRET, token, minutes(1)).needs_photo
        assert open_page(session, SECRET, token, minutes(1)).state == CheckInState.SCHEDULED
        with pytest.raises(LinkForged):
            open_page(session, SECRET, token + "x", minutes(1))
    close_due(database, minutes(21))
    with database.read() as session:
        page = open_page(session, SECRET, token, minutes(1))
        assert (page.open, page.over(minutes(22)), page.over(minutes(22) + GRACE)) == (True, False, True)
    with database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.RELEASED))
    # Who was released is asked nothing, late or not.
    with pytest.raises(RoundClosed):
        answer_by_link(database, vault, enrolled, jpeg(), now=minutes(22))
    with database.write() as session:
        session.execute(update(QuarantineOrder).values(state=OrderState.ACTIVE))
        session.execute(update(CheckIn).values(state=CheckInState.EXCUSED))
    with pytest.raises(RoundClosed):
        answer_by_link(database, vault, enrolled, jpeg(), now=minutes(22))


def test_symptoms_and_wishes_ask_staff_at_once(database: Database, vault: Vault, enrolled: int) -> None:
    answer_by_link(database, vault, enrolled, jpeg(), symptoms=("fever",), help=("medicine",))
    with database.read() as session:
        kinds = session.scalars(select(Incident.kind).order_by(Incident.id)).all()
        assert kinds == [IncidentKind.UNWELL]
        ticket = session.scalars(select(HotlineTicket)).one()
        assert (ticket.kind, ticket.channel, ticket.resident_id) == (TicketKind.MEDICINE, TicketChannel.ANSWER, enrolled)
        assert ticket.incident_id == session.scalars(select(Incident.id)).one(), "each shows the other"
        assert session.scalars(select(Answer.unwell)).one()


def test_an_answer_that_cannot_be_judged_is_not_lost_but_goes_to_a_person(
    database: Database, vault: Vault, enrolled: int, tmp_path: Path
) -> None:
    answer_by_link(database, vault, enrolled, jpeg())
    with database.read() as session:
        name = session.scalars(select(Media.name).order_by(Media.id.desc()).limit(1)).one()
    (tmp_path / "vault/files" / name[:2] / name).write_bytes(b"damaged" * 20)
    for attempt in range(MOST_ATTEMPTS + 1):
        assert judge_all(database, vault, minutes(1) + attempt * (LEASE * 1.1)) == 1
    assert check_in_of(database, enrolled).state == CheckInState.IN_REVIEW
    with database.read() as session:
        assert session.scalars(select(Verification.state)).one() == VerificationState.DONE
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 1


def test_an_answer_that_the_closing_overtakes_sets_it_right_when_it_is_judged(
    database: Database, tmp_path: Path, enrolled: int
) -> None:
    class SlowDisk(Vault):
        """Storing the picture takes until the round is over."""

        def put(self, owner: str, plain: bytes, *, name: str | None = None) -> str:
            close_due(database, minutes(20))
            return super().put(owner, plain, name=name)

    slow = SlowDisk(tmp_path / "vault", bytes(32))
    assert answer_by_link(database, slow, enrolled, jpeg(), now=minutes(19)) == AnswerOutcome.COMPARED
    assert check_in_of(database, enrolled).state == CheckInState.UNREACHED
    with database.read() as session:
        kept = session.scalars(select(Answer)).one()
        assert (kept.late, kept.in_window) == (True, True)
        assert session.scalars(select(Incident.cause_ended_at)).one() is not None
    assert judge_all(database, slow, minutes(21)) == 1
    assert check_in_of(database, enrolled).state == CheckInState.IN_REVIEW


def test_a_plan_that_asks_for_no_face_judges_none(database: Database, vault: Vault, enrolled: int) -> None:
    with database.write() as session:
        session.execute(update(Plan).values(evidence=EvidenceLevel.ACKNOWLEDGED))
    answer_by_link(database, vault, enrolled, jpeg())
    done = check_in_of(database, enrolled)
    assert (done.state, done.evidence) == (CheckInState.VERIFIED, EvidenceLevel.ACKNOWLEDGED)
    assert judge_all(database, vault) == 0
    with database.read() as session:
        assert session.scalars(select(Answer.media_id)).one() is not None


def test_an_accepted_answer_ends_the_question_after_an_earlier_miss(database: Database, vault: Vault, enrolled: int) -> None:
    answer_by_link(database, vault, enrolled, jpeg())
    judge_all(database, vault)
    check_in = check_in_of(database, enrolled)
    with database.write() as session:
        account = add_account(session, "giamsat", "long enough", Role.SUPERVISOR, zones=None, now=NOW).id
        open_incident(
            session,
            IncidentKind.MISSED,
            f"missed-resident-{enrolled}",
            zone_id=check_in.zone_id,
            reason=words("missed"),
            now=NOW,
        )
        decide(session, check_in.id, Reader(account, "giamsat", Role.SUPERVISOR, None, "vi"), True, "it is her", NOW)
        assert all(session.scalars(select(Incident.cause_ended_at.is_not(None))))
