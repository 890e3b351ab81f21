"""The vault: nothing readable on the disk, nothing readable after the key is gone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from monitor.vault.stored_file import PART
from monitor.vault.vault import Vault, VaultProblem
from tests.doubles.waiting import PATIENCE

SECRET = b"a face that must not be read" * 100


def test_what_was_put_is_got_and_nothing_of_it_is_on_the_disk(vault: Vault, tmp_path: Path) -> None:
    name = vault.put("resident-1", SECRET)
    assert vault.get("resident-1", name) == SECRET
    stored = [path for path in (tmp_path / "vault").rglob("*") if path.is_file() and path.name != ".lock"]
    assert len(stored) == 2
    assert all(SECRET[:20] not in path.read_bytes() for path in stored)
    assert all(path.stat().st_mode & 0o077 == 0 for path in [tmp_path / "vault/files", tmp_path / "vault/keys"])


def test_a_forgotten_owner_cannot_be_read_from_a_copy_of_the_files_either(vault: Vault, tmp_path: Path) -> None:
    name = vault.put("resident-1", SECRET)
    other = vault.put("resident-2", SECRET)
    shutil.copytree(tmp_path / "vault/files", tmp_path / "backup/files")
    vault.forget("resident-1")
    shutil.copytree(tmp_path / "vault/keys", tmp_path / "backup/keys")
    restored = Vault(tmp_path / "backup", bytes(32))
    with pytest.raises(VaultProblem):
        restored.get("resident-1", name)
    assert restored.get("resident-2", other) == SECRET


def test_another_owner_a_changed_byte_and_another_master_key_open_nothing(vault: Vault, tmp_path: Path) -> None:
    name = vault.put("resident-1", SECRET)
    vault.put("resident-2", b"x")
    with pytest.raises(VaultProblem):
        vault.get("resident-2", name)
    with pytest.raises(VaultProblem):
        Vault(tmp_path / "vault", bytes([1]) * 32).get("resident-1", name)
    path = tmp_path / "vault/files" / name[:2] / name
    content = bytearray(path.read_bytes())
    content[50] ^= 1
    path.write_bytes(content)
    with pytest.raises(VaultProblem):
        vault.get("resident-1", name)


def test_a_file_cannot_be_passed_off_as_another(vault: Vault, tmp_path: Path) -> None:
    one, other = vault.put("resident-1", b"one"), vault.put("resident-1", b"other")
    shutil.copy(tmp_path / "vault/files" / one[:2] / one, tmp_path / "vault/files" / other[:2] / other)
    with pytest.raises(VaultProblem):
        vault.get("resident-1", other)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "a" * 31, "A" * 32, "a" * 32 + "/"])
def test_a_name_that_is_no_name_reaches_no_file(vault: Vault, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        vault.get("resident-1", name)


def test_a_long_file_is_kept_and_given_part_by_part_and_no_part_can_be_missing_or_moved(vault: Vault, tmp_path: Path) -> None:
    pieces = [bytes([number]) * 100_000 for number in range(20)]  # eight parts
    name = vault.put("camera-1", iter(pieces))
    stored = vault.open("camera-1", name)
    assert stored.size == 2_000_000
    parts = list(stored.parts())
    assert b"".join(parts) == b"".join(pieces)
    assert max(map(len, parts)) == PART
    path = tmp_path / "vault/files" / name[:2] / name
    whole = path.read_bytes()
    step, head = PART + 16, 11
    moved = whole[:head] + whole[head + step : head + 2 * step] + whole[head : head + step] + whole[head + 2 * step :]
    for changed in (whole[: head + 3 * step], moved, whole + whole[head : head + step], whole[:-1], whole[:5], b""):
        path.write_bytes(changed)
        with pytest.raises(VaultProblem):
            vault.get("camera-1", name)


@pytest.mark.parametrize("size", [0, 1, PART - 1, PART, PART + 1, 2 * PART])
def test_every_length_comes_back(vault: Vault, size: int) -> None:
    name = vault.put("camera-1", b"x" * size)
    with closing(vault.open("camera-1", name)) as stored:
        assert stored.size == size
    assert vault.get("camera-1", name) == b"x" * size


STREAMED = """
import resource, sys
from pathlib import Path
from monitor.vault.vault import Vault
vault, piece = Vault(Path(sys.argv[1]), bytes(32)), bytes(2**20)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
name = vault.put("camera-1", (piece for _ in range(96)))
read = sum(map(len, vault.open("camera-1", name).parts()))
print(read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_a_long_clip_is_sealed_and_opened_in_the_memory_of_some_parts(tmp_path: Path) -> None:
    """In a process of its own, since the highest use of memory is a figure of the process."""
    done = subprocess.run(
        [sys.executable, "-c", STREAMED, str(tmp_path)], capture_output=True, check=True, timeout=3 * PATIENCE
    )
    read, kilobytes = map(int, done.stdout.split())
    assert read == 96 * 2**20
    assert kilobytes < 8 * 1024
