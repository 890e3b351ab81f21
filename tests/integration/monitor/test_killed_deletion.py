"""A deletion ended by SIGKILL before any of its changes, on both databases: nothing is lost that stays, nothing opens that went."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from monitor.database.database import Database
from monitor.models.cameras.cameras import Camera, CameraState
from monitor.models.incidents import Incident, IncidentMedia, IncidentMediaKind
from monitor.models.people.faces import FaceTemplate
from monitor.models.people.residents import Media, MediaKind
from monitor.models.people.retention import DeletionCertificate, DeletionScope
from monitor.models.rollcalls.answers import Answer
from monitor.personal_data.deletion import forget
from monitor.personal_data.purge import Purge
from monitor.vault.resident_media import add_resident_media
from monitor.vault.vault import Vault, VaultProblem, camera_owner, resident_owner
from monitor.words import words
from tests.integration.monitor.test_deletion import DAY, PICTURE, World
from tests.processes.killing import killed_at_every_step
from tests.worlds.restored_state import Kept
from tests.worlds.small_zone import NOW

CLIP = b"moving pictures" * 40_000  # more than one part


class Everything(World):
    """A resident and a neighbour with head movements besides, and a camera that kept a clip of the incident of each."""

    def __init__(self, database: Database, folder: Path) -> None:
        super().__init__(database, folder)
        with database.write() as session:
            camera = Camera(zone_id=self.zone, name="Cam", address="rtsp://x/", state=CameraState.ONLINE, state_since=NOW)
            session.add(camera)
            session.flush()
            self.camera = camera_owner(camera.id)
            camera.picture = self.vault.put(self.camera, PICTURE)
            for resident, names in self.names.items():
                names.append(self.vault.put(resident_owner(resident), PICTURE))
                burst = add_resident_media(session, self.zone, resident, MediaKind.BURST, names[-1], NOW)
                session.execute(update(Answer).where(Answer.resident_id == resident).values(burst_id=burst.id))
            self.clip = self.vault.put(self.camera, iter([CLIP]))
            incident = session.scalars(select(Incident)).one()
            incident.resolved_at = NOW + 60 * DAY
            session.add(
                IncidentMedia(
                    incident_id=incident.id,
                    zone_id=self.zone,
                    camera_id=camera.id,
                    kind=IncidentMediaKind.CLIP,
                    name=self.clip,
                    at=NOW,
                    seconds=5.0,
                )
            )
            self.latest = camera.picture
        self.kept = Kept(database, folder)

    def again(self) -> tuple[Database, Vault]:
        """As another process has them."""
        return Database(self.database.engine.url.render_as_string(hide_password=False), bytes(32)), Vault(
            self.folder / "vault", bytes(32)
        )

    def files(self) -> set[str]:
        return {path.name for path in (self.folder / "vault/files").rglob("*") if path.is_file()}

    def killed(self, act: Callable[[Database, Vault], object], check: Callable[[Database, Vault], None]) -> int:
        """Run it in processes that are killed at each step, look after each, and begin anew. Returns how many steps there were."""
        steps = 0
        self.database.dispose()
        for steps in killed_at_every_step(lambda: act(*self.again())):  # noqa: B007 - the last one is told
            database, vault = self.again()
            check(database, vault)
            database.dispose()
            self.kept.put_back()
        # The one that came through.
        database, vault = self.again()
        check(database, vault)
        database.dispose()
        return steps

    def assert_others_whole(self, vault: Vault) -> None:
        for name in self.names[self.neighbour]:
            assert vault.get(resident_owner(self.neighbour), name) == PICTURE
        assert vault.get(self.camera, self.latest) == PICTURE
        assert b"".join(vault.open(self.camera, self.clip).parts()) == CLIP

    def opens(self, vault: Vault, resident: int, name: str) -> bool:
        try:
            return vault.get(resident_owner(resident), name) == PICTURE
        except VaultProblem:
            return False


@pytest.fixture
def world(both_databases: Database, tmp_path: Path) -> Everything:
    return Everything(both_databases, tmp_path)


def _forget(world: World) -> Callable[[Database, Vault], object]:
    return lambda database, vault: forget(
        database, vault, world.resident, DeletionScope.PERSON, reason=words("x"), account_id=None, now=NOW
    )


def test_a_release_killed_at_any_step_is_finished_and_nothing_opens_after_its_key_went(world: Everything) -> None:
    def check(database: Database, vault: Vault) -> None:
        gone = not (world.folder / "vault/keys" / resident_owner(world.resident)).exists()
        marked = (world.folder / "vault/keys/destroyed" / resident_owner(world.resident)).exists()
        opened = [world.opens(vault, world.resident, name) for name in world.names[world.resident]]
        with database.read() as session:
            begun = session.scalars(select(DeletionCertificate)).all()
            named = session.scalars(select(Media.name).where(Media.resident_id == world.resident)).all()
        assert not any(opened) if gone or marked else all(opened)
        # Before its beginning is written down nothing is touched, and what is certified as done is done.
        assert begun or all(opened)
        if any(each.finished_at and each.scope is DeletionScope.FACES for each in begun):
            assert gone
            assert named == []
        world.assert_others_whole(vault)
        report = Purge(database, vault, world.settings).run(NOW)
        assert report.problems == 0
        with database.read() as session:
            ended = session.scalars(select(DeletionCertificate)).all()
            left = session.scalar(select(func.count()).select_from(Media).where(Media.resident_id == world.resident))
            templates = session.scalar(
                select(func.count()).select_from(FaceTemplate).where(FaceTemplate.resident_id == world.resident)
            )
        assert all(each.finished_at for each in ended)
        assert len(ended) == len(begun)
        if begun:
            assert (left, templates) == (0, 0)
            assert not any(world.opens(vault, world.resident, name) for name in world.names[world.resident])
            assert not world.files() & set(world.names[world.resident])
        world.assert_others_whole(vault)

    assert world.killed(_forget(world), check) > 8


def test_a_purge_killed_at_any_step_leaves_no_row_without_end_and_is_finished_by_the_next(world: Everything) -> None:
    later = NOW + 4 * DAY

    def purge(database: Database, vault: Vault) -> None:
        assert Purge(database, vault, world.settings).run(later).problems == 0

    def check(database: Database, vault: Vault) -> None:
        with database.read() as session:
            rows = set(session.scalars(select(Media.name)))
        # A file goes before its row: no file is left that nothing names.
        assert world.files() <= rows | {world.clip, world.latest}
        purge(database, vault)
        with database.read() as session:
            rows = set(session.scalars(select(Media.name)))
            pointed = session.scalar(select(func.count()).where(Answer.media_id.is_not(None) | Answer.burst_id.is_not(None)))
        enrolled = {names[0] for names in world.names.values()}
        assert rows == enrolled
        assert pointed == 0
        assert world.files() == enrolled | {world.clip, world.latest}
        for resident, names in world.names.items():
            assert world.opens(vault, resident, names[0])

    assert world.killed(purge, check) > 6


def test_a_backup_from_before_a_release_opens_nothing_on_either_database(world: Everything) -> None:
    database, vault = world.again()
    _forget(world)(database, vault)
    database.dispose()
    # Database and files come back as they were, and the resident's key too; what is known as destroyed does not.
    world.kept.put_back()
    (world.folder / "vault/keys/destroyed").mkdir(exist_ok=True)
    (world.folder / "vault/keys/destroyed" / resident_owner(world.resident)).touch()
    database, vault = world.again()
    assert not any(world.opens(vault, world.resident, name) for name in world.names[world.resident])
    world.assert_others_whole(vault)
    report = Purge(database, vault, world.settings).run(NOW + timedelta(hours=1))
    assert report.deleted == {"restored": 1}
    assert not world.files() & set(world.names[world.resident])
    world.assert_others_whole(vault)
    database.dispose()
