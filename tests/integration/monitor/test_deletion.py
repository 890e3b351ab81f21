"""Release means forgotten: by the purge and by hand, whatever dies, and also after a backup was put back."""

from __future__ import annotations

import json
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text, update

from monitor.database.database import Database
from monitor.database.together import read
from monitor.models.accounts import Account, AuditEntry, Role
from monitor.models.every_table import METADATA
from monitor.models.incidents import Incident, IncidentKind, IncidentState
from monitor.models.people.addresses import ContactAddress
from monitor.models.people.faces import EnrolmentPhoto, EnrolmentState, FaceTemplate
from monitor.models.people.residents import Exemption, Media, MediaKind, OrderState, QuarantineOrder, Resident
from monitor.models.people.retention import DeletionCertificate, DeletionScope
from monitor.models.rollcalls.answers import Answer, Verification
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.plans import Plan, PlanKind
from monitor.models.rollcalls.rounds import CheckIn, CheckInState, RollCall
from monitor.personal_data.coming import deletions
from monitor.personal_data.deletion import digest_of, forget
from monitor.personal_data.holds import hold
from monitor.personal_data.periods import Held, end_of_quarantine
from monitor.personal_data.purge import Purge
from monitor.settings import Settings
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, VaultProblem, resident_owner
from monitor.words import words
from tests.worlds.small_zone import NOW, add_zone

PICTURE, TEMPLATE = b"a face" * 500, b"numbers of a face"
DAY = timedelta(days=1)
PLANTED = ("Trần Văn Riêng", "+84911222333", "079085001234", "rieng@example.vn", "ho ra máu", "10.98", "gọi cho vợ")


class World:
    """A resident of whom everything there can be is kept, and a neighbour."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.vault = Vault(folder / "vault", bytes(32))
        self.settings = Settings(data_folder=folder)
        self.zone, (self.resident, self.neighbour) = add_zone(database, residents=(PLANTED[0], "Nguyễn Thị Bình"))
        self.names = {each: self._fill(each) for each in (self.resident, self.neighbour)}

    def _fill(self, resident: int) -> list[str]:
        own = resident == self.resident
        names = [self.vault.put(resident_owner(resident), PICTURE) for _ in range(2)]
        sealed = self.vault.seal(resident_owner(resident), TEMPLATE, about="template")
        with self.database.write() as session:
            person = session.get_one(Resident, resident)
            enrolled = add_resident_media(session, self.zone, resident, MediaKind.ENROLMENT, names[0], NOW)
            selfie = add_resident_media(session, self.zone, resident, MediaKind.SELFIE, names[1], NOW)
            session.add_all(
                [
                    EnrolmentPhoto(
                        resident_id=resident,
                        zone_id=self.zone,
                        media_id=enrolled.id,
                        state=EnrolmentState.KEPT,
                        offered_at=NOW,
                    ),
                    FaceTemplate(
                        resident_id=resident, zone_id=self.zone, media_id=enrolled.id, engine="e", model="m", sealed=sealed
                    ),
                ]
            )
            plan = Plan(zone_id=self.zone, name="x", kind=PlanKind.EVERY, every_minutes=60.0, next_round_at=NOW)
            session.add(plan)
            session.flush()
            round_ = RollCall(plan_id=plan.id, zone_id=self.zone, opens_at=NOW, closes_at=NOW)
            session.add(round_)
            session.flush()
            check_in = CheckIn(
                roll_call_id=round_.id,
                resident_id=resident,
                zone_id=self.zone,
                state=CheckInState.VERIFIED,
                opened_at=NOW,
                nonce=f"n{resident}",
                state_since=NOW,
            )
            session.add(check_in)
            session.flush()
            answer = Answer(
                check_in_id=check_in.id,
                resident_id=resident,
                zone_id=self.zone,
                received_at=NOW,
                media_id=selfie.id,
                note=PLANTED[4] if own else "",
                fix=[10.98, 106.65, 12.0],
            )
            session.add(answer)
            session.flush()
            session.add(
                Verification(
                    answer_id=answer.id, check_in_id=check_in.id, resident_id=resident, zone_id=self.zone, judged_at=NOW
                )
            )
            if own:
                person.phone, person.document_number = PLANTED[1], PLANTED[2]
                session.add_all(
                    [
                        ContactAddress(
                            resident_id=resident, zone_id=self.zone, channel="email", address=PLANTED[3], created_at=NOW
                        ),
                        InboundMessage(
                            channel="sms",
                            gateway_reference="g1",
                            sender=PLANTED[1],
                            text=PLANTED[4],
                            received_at=NOW,
                            resident_id=resident,
                            zone_id=self.zone,
                        ),
                        Exemption(resident_id=resident, zone_id=self.zone, starts_at=NOW, ends_at=NOW + DAY, reason=PLANTED[6]),
                        Incident(
                            zone_id=self.zone,
                            kind=IncidentKind.MISSED,
                            cause="x",
                            state=IncidentState.RESOLVED,
                            resident_id=resident,
                            reason=words("%(name)s", name=PLANTED[0]).dump(),
                            opened_at=NOW,
                            deadline_at=NOW,
                            last_occurred_at=NOW,
                        ),
                    ]
                )
        return names

    def release(self, resident: int, at: datetime = NOW) -> None:
        with self.database.write() as session:
            session.execute(
                update(QuarantineOrder)
                .where(QuarantineOrder.resident_id == resident)
                .values(state=OrderState.RELEASED, ended_at=at)
            )

    def purge(self, now: datetime) -> dict[str, int]:
        report = Purge(self.database, self.vault, self.settings).run(now)
        assert not report.problems
        return dict(report.deleted)

    def count(self, model: type, resident: int) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(model).where(model.resident_id == resident)) or 0

    def everything(self) -> str:
        """All that stands in the database, as text, with sealed columns opened."""
        with self.database.read() as session:
            return "\n".join(
                str(tuple(row)) for table in METADATA.sorted_tables for row in session.execute(select(table)).all()
            )


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> World:
    return World(both_databases, tmp_path)


@pytest.fixture
def embedded(database: Database, tmp_path: Path) -> World:
    """On SQLite only, whose file can be copied and opened by forked processes."""
    return World(database, tmp_path)


def test_nothing_goes_before_its_time_and_all_goes_at_it(world: World) -> None:
    world.release(world.resident)
    assert world.purge(NOW + timedelta(hours=71)) == {}
    assert world.purge(NOW + timedelta(hours=73)) == {"selfies": 2, "places": 2}
    assert world.count(FaceTemplate, world.resident) == 1
    assert world.purge(NOW + 14 * DAY - timedelta(hours=1)) == {}
    assert all(each in world.everything() for each in PLANTED if each != "10.98")
    assert world.purge(NOW + 14 * DAY) == {"faces": 1, "persons": 1}
    left = world.everything()
    assert [each for each in PLANTED if each in left] == []
    assert "Nguyễn Thị Bình" in left
    assert [world.count(each, world.resident) for each in (Media, FaceTemplate, EnrolmentPhoto, ContactAddress)] == [0] * 4
    assert [world.count(each, world.neighbour) for each in (Media, FaceTemplate, EnrolmentPhoto)] == [1] * 3
    assert world.purge(NOW + 15 * DAY) == {}


def test_a_certificate_says_what_went_and_the_audit_trail_holds_its_check_sum(world: World) -> None:
    world.release(world.resident)
    world.purge(NOW + 14 * DAY)
    with world.database.read() as session:
        faces, person = session.scalars(select(DeletionCertificate).order_by(DeletionCertificate.id)).all()
        digests = [
            entry.details["digest"] for entry in session.scalars(select(AuditEntry).where(AuditEntry.action == "data-deleted"))
        ]
    assert (faces.scope, person.scope) == (DeletionScope.FACES, DeletionScope.PERSON)
    assert faces.content["deleted"] == {"photos": 2, "templates": 1}
    assert person.content["deleted"]["answers"] == 1
    assert digests == [digest_of(each, each.finished_at or NOW) for each in (faces, person)] == [faces.digest, person.digest]


def test_a_backup_from_before_the_release_opens_nothing_and_is_forgotten_anew(embedded: World, tmp_path: Path) -> None:
    """Of the database and of the files; copies of the keys are kept for days only, and a destroyed one is not taken back."""
    embedded.database.dispose()
    shutil.copytree(tmp_path / "vault/files", tmp_path / "backup/files")
    shutil.copy(tmp_path / "vault/keys" / resident_owner(embedded.resident), tmp_path / "backup/key")
    shutil.copy(tmp_path / "test.db", tmp_path / "backup/test.db")
    forget(
        embedded.database,
        embedded.vault,
        embedded.resident,
        DeletionScope.FACES,
        reason=words("x"),
        account_id=None,
        now=NOW + DAY,
    )
    embedded.database.dispose()
    for left in tmp_path.glob("test.db*"):
        left.unlink()
    shutil.rmtree(tmp_path / "vault/files")
    shutil.copytree(tmp_path / "backup/files", tmp_path / "vault/files")
    shutil.copy(tmp_path / "backup/test.db", tmp_path / "test.db")
    shutil.copy(tmp_path / "backup/key", tmp_path / "vault/keys" / resident_owner(embedded.resident))

    restored = Vault(tmp_path / "vault", bytes(32))
    with embedded.database.read() as session:
        media = session.scalars(select(Media).where(Media.resident_id == embedded.resident)).all()
        sealed = session.scalar(select(FaceTemplate.sealed).where(FaceTemplate.resident_id == embedded.resident))
    assert len(media) == 2
    assert sealed
    for each in media:
        with pytest.raises(VaultProblem):
            restored.get(each.owner, each.name)
    with pytest.raises(VaultProblem):
        restored.unseal(resident_owner(embedded.resident), sealed, about="template")
    assert restored.get(resident_owner(embedded.neighbour), embedded.names[embedded.neighbour][0]) == PICTURE
    assert embedded.purge(NOW + DAY) == {"restored": 1}
    assert embedded.count(Media, embedded.resident) == 0
    assert not (
        tmp_path / "vault/files" / embedded.names[embedded.resident][0][:2] / embedded.names[embedded.resident][0]
    ).exists()


def test_a_hold_keeps_everything_until_its_end(world: World) -> None:
    world.release(world.resident)
    with world.database.write() as session:
        account = Account(username="gs", password_hash="x", role=Role.SUPERVISOR, created_at=NOW)
        session.add(account)
        session.flush()
        hold(
            session,
            session.get_one(Resident, world.resident),
            (NOW + 20 * DAY).date().isoformat(),
            "Khiếu nại.",
            "Asia/Ho_Chi_Minh",
            account.id,
            NOW,
        )
    assert world.purge(NOW + 16 * DAY) == {"selfies": 1, "places": 1}  # the neighbour's
    with world.database.read() as session:
        (due,) = [
            each
            for each in read(session, deletions(DeletionScope.FACES, 14 * DAY, before=NOW + 16 * DAY, now=NOW + 16 * DAY))
            if each.resident_id == world.resident
        ]
    assert due.held_until is not None
    assert world.purge(NOW + 22 * DAY) == {"faces": 1, "persons": 1}


def test_a_selfie_that_somebody_still_looks_at_stays(world: World) -> None:
    with world.database.write() as session:
        session.execute(update(CheckIn).where(CheckIn.resident_id == world.resident).values(state=CheckInState.IN_REVIEW))
        check_in = session.scalar(select(CheckIn.id).where(CheckIn.resident_id == world.neighbour))
        session.add(
            Incident(
                zone_id=world.zone,
                kind=IncidentKind.FACE_DOUBTFUL,
                cause="y",
                resident_id=world.neighbour,
                check_in_id=check_in,
                reason={},
                opened_at=NOW,
                deadline_at=NOW,
                last_occurred_at=NOW,
            )
        )
    assert world.purge(NOW + 4 * DAY) == {}
    with world.database.write() as session:
        session.execute(update(Incident).where(Incident.cause == "y").values(state=IncidentState.RESOLVED, resolved_at=NOW))
    assert world.purge(NOW + 4 * DAY) == {"selfies": 1, "places": 1}


def test_files_without_a_row_go_after_two_days_and_others_stay(world: World) -> None:
    orphan = world.vault.put(resident_owner(world.resident), PICTURE)
    now = datetime.now(UTC)
    assert world.vault.get(resident_owner(world.resident), orphan)
    old = time.time() - 3 * 86400
    for path in (world.folder / "vault/files").rglob("*"):
        if path.is_file():
            os.utime(path, (old, old))
    with world.database.write() as session:  # not their turn yet
        session.execute(update(Media).values(taken_at=now))
    assert world.purge(now)["orphans"] == 1
    with pytest.raises(VaultProblem):
        world.vault.get(resident_owner(world.resident), orphan)
    for resident, names in world.names.items():
        for name in names:
            assert world.vault.get(resident_owner(resident), name) == PICTURE


def test_nothing_of_a_number_or_a_place_is_readable_in_the_database_file_and_both_are_found_exactly(world: World) -> None:
    with world.database.read() as session:
        stored = [
            json.dumps([str(each) for each in row])
            for query in (
                "SELECT phone, document_number FROM resident",
                "SELECT fix FROM answer",
                "SELECT address FROM contact_address",
                "SELECT sender FROM inbound_message",
            )
            for row in session.execute(text(query))
        ]
        assert session.scalars(select(Resident.id).where(Resident.phone == PLANTED[1])).all() == [world.resident]
        assert session.scalars(select(Resident.id).where(Resident.document_number == PLANTED[2])).all() == [world.resident]
        assert session.scalars(select(Answer.fix)).all() == [[10.98, 106.65, 12.0]] * 2
    assert not any(planted in line for line in stored for planted in (*PLANTED, "106.65", "+84"))


@pytest.mark.parametrize(
    ("orders", "end"),
    [
        ([], None),
        ([Held(OrderState.ACTIVE, NOW, None)], NOW),
        ([Held(OrderState.RELEASED, NOW, NOW - DAY)], NOW - DAY),
        ([Held(OrderState.RELEASED, NOW, NOW + DAY)], NOW),
        ([Held(OrderState.RELEASED, NOW, None)], NOW),
        ([Held(OrderState.LEFT, NOW, NOW - DAY)], NOW),
        ([Held(OrderState.HOSPITALISED, NOW, NOW - DAY)], NOW),
        ([Held(OrderState.DIED, NOW, NOW - DAY)], NOW - DAY),
        ([Held(OrderState.TRANSFERRED, NOW, NOW - DAY), Held(OrderState.ACTIVE, NOW + DAY, None)], NOW + DAY),
    ],
)
def test_when_a_quarantine_ended(orders: list[Held], end: datetime | None) -> None:
    assert end_of_quarantine(orders) == end


def test_the_database_agrees_with_the_rule_on_when_a_quarantine_ended(world: World) -> None:
    orders = [Held(state, NOW + 3 * DAY, ended) for state in OrderState for ended in (None, NOW + DAY, NOW + 5 * DAY)]
    with world.database.write() as session:
        ids = []
        for number, order in enumerate(orders):
            session.execute(insert(Resident).values(zone_id=world.zone, full_name=f"Người {number}", created_at=NOW))
            resident = session.scalar(select(func.max(Resident.id)))
            ids.append(resident)
            session.add(
                QuarantineOrder(
                    resident_id=resident,
                    zone_id=world.zone,
                    starts_at=NOW,
                    ends_at=order.ends_at,
                    authority="x",
                    reason="",
                    state=order.state,
                    ended_at=order.ended_at,
                )
            )
    with world.database.read() as session:
        found = read(session, deletions(DeletionScope.FACES, DAY, before=NOW + 100 * DAY, now=NOW))
    at = {each.resident_id: each.at for each in found}
    assert [at[each] - DAY for each in ids] == [end_of_quarantine([order]) for order in orders]
