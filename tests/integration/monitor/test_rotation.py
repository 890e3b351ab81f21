"""Another master key: nothing is lost and nothing opens that should not, whatever dies when."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from monitor.vault.master_keys import GivenKeys, KeptKeys
from monitor.vault.rotation import RotationProblem, rotate
from monitor.vault.vault import Vault, VaultProblem
from tests.processes.killing import killed_at_every_step

PICTURE = b"a picture" * 1000
# Each rotation wraps all keys anew.
MADE_MEANWHILE = 60


def world(folder: Path) -> tuple[Vault, KeptKeys, dict[str, str]]:
    keys = KeptKeys(folder / "secrets")
    vault = Vault(folder / "vault", keys)
    return (
        vault,
        keys,
        {owner: vault.put(owner, PICTURE + owner.encode()) for owner in ("resident-1", "resident-2", "camera-3")},
    )


def assert_whole(vault: Vault, names: dict[str, str]) -> None:
    for owner, name in names.items():
        assert vault.get(owner, name) == PICTURE + owner.encode()


def test_a_rotation_leaves_nothing_that_the_old_key_opens_and_running_processes_go_on(tmp_path: Path) -> None:
    vault, keys, names = world(tmp_path)
    old, columns = keys.current(), vault.column_key()
    rotated = rotate(Vault(tmp_path / "vault", KeptKeys(tmp_path / "secrets")), KeptKeys(tmp_path / "secrets"))
    assert (rotated.wrapped, rotated.lost) == (4, 0)
    # This vault was opened before: it must find the new key by itself.
    assert_whole(vault, names)
    assert vault.column_key() == columns
    assert sorted(each.name for each in (tmp_path / "secrets").iterdir()) == ["master_key"]
    with pytest.raises(VaultProblem):
        Vault(tmp_path / "vault", old).get("resident-1", names["resident-1"])


def test_a_rotation_killed_at_any_step_loses_no_file_and_is_finished_by_the_next(tmp_path: Path) -> None:
    vault, keys, names = world(tmp_path)
    first = keys.current()

    def act() -> None:
        own = KeptKeys(tmp_path / "secrets")
        rotate(Vault(tmp_path / "vault", own), own)

    steps = 0
    for steps in killed_at_every_step(act):  # noqa: B007 - the last one is looked at
        assert_whole(Vault(tmp_path / "vault", KeptKeys(tmp_path / "secrets")), names)
        assert vault.put("resident-9", PICTURE)  # somebody new meanwhile
        rotate(vault, keys)
        assert_whole(vault, names)
        assert not keys.before.exists()
        assert not keys.next.exists()
    assert steps > 10
    assert keys.current() != first


def test_pictures_are_read_and_kept_all_the_time_while_the_key_changes(tmp_path: Path) -> None:
    vault, keys, names = world(tmp_path)
    stop, problems, made = threading.Event(), [], []

    def work() -> None:
        own = Vault(tmp_path / "vault", KeptKeys(tmp_path / "secrets"))
        number = 1000
        while not stop.is_set():
            try:
                assert_whole(own, names)
                if len(made) < MADE_MEANWHILE:
                    made.append((f"resident-{number}", own.put(f"resident-{number}", PICTURE)))
                    number += 1
            except Exception as problem:
                problems.append(problem)

    worker = threading.Thread(target=work)
    worker.start()
    for _ in range(40):
        rotate(vault, keys)
    stop.set()
    worker.join()
    assert problems == []
    assert made
    for owner, name in made:
        assert vault.get(owner, name) == PICTURE


def test_keys_from_the_settings_are_rotated_with_the_one_before_and_an_unknown_key_is_told(tmp_path: Path) -> None:
    old, new = os.urandom(32), os.urandom(32)
    vault = Vault(tmp_path, old)
    name = vault.put("resident-1", PICTURE)
    with pytest.raises(RotationProblem):
        rotate(vault, GivenKeys(old))
    both = GivenKeys(new, old)
    assert Vault(tmp_path, both).get("resident-1", name) == PICTURE
    assert rotate(Vault(tmp_path, both), both).wrapped == 1
    assert Vault(tmp_path, new).get("resident-1", name) == PICTURE
    third = GivenKeys(os.urandom(32), os.urandom(32))
    rotated = rotate(Vault(tmp_path, third), third)
    assert (rotated.wrapped, rotated.lost) == (0, 1)
    assert Vault(tmp_path, new).get("resident-1", name) == PICTURE


def test_a_destroyed_owner_stays_so_when_the_key_is_put_back_or_wrapped_anew(tmp_path: Path) -> None:
    vault, keys, names = world(tmp_path)
    kept = (tmp_path / "vault/keys/resident-1").read_bytes()
    vault.destroy("resident-1")
    (tmp_path / "vault/keys/resident-1").write_bytes(kept)  # from a backup of the keys
    for attempt in (lambda: vault.get("resident-1", names["resident-1"]), lambda: vault.put("resident-1", PICTURE)):
        with pytest.raises(VaultProblem):
            attempt()
    rotate(vault, keys)
    assert not (tmp_path / "vault/keys/resident-1").exists()
    assert list(vault.destroyed()) == ["resident-1"]
