"""Personal files, encrypted at rest: one data key per owner, wrapped by the master key, keys apart from the files.

Destroying an owner's key makes every copy of their files unreadable, copies in backups of the files included.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from monitor.problems import Problem
from monitor.settings import Settings
from monitor.vault.master_keys import GivenKeys, MasterKeys, master_keys
from monitor.vault.stored_file import StoredFile, write_sealed
from monitor.words import N_

_NAME = re.compile(r"[0-9a-f]{32}")
_OWNER = re.compile(r"[a-z]+-[0-9]+")
_NONCE = 12  # bytes; what AES-GCM is defined for (NIST SP 800-38D, 8.2)
_COLUMNS = "columns-0"


def resident_owner(resident_id: int) -> str:
    """The vault's name of a resident, whose key opens their files."""
    return f"resident-{resident_id}"


def letters_owner(resident_id: int) -> str:
    """The vault's name of a resident's letters: they are kept when the photos are deleted, so they have a key of their own."""
    return f"letters-{resident_id}"


def letters_resident(owner: str) -> int | None:
    """The resident whose letters an owner's name stands for; None for another owner."""
    return int(owner.removeprefix("letters-")) if owner.startswith("letters-") else None


def camera_owner(camera_id: int) -> str:
    """The vault's name of a camera."""
    return f"camera-{camera_id}"


def plans_owner(zone_id: int) -> str:
    """The vault's name of a zone's floor plans."""
    return f"plans-{zone_id}"


def reports_owner(year: int) -> str:
    """The vault's name of the reports of a year, which name nobody."""
    return f"reports-{year}"


def resident_of(owner: str) -> int | None:
    """The resident that an owner's name stands for; None for another owner."""
    return int(owner.removeprefix("resident-")) if owner.startswith("resident-") else None


class VaultProblem(Problem):
    """A file that is gone, damaged, or whose key was destroyed."""

    status = 410


class OwnerGone(VaultProblem):
    """The owner's key was destroyed, for good."""


class Vault:
    """Files under `folder`/files, keys under `folder`/keys. Owners are named `resident-17` or `camera-3`."""

    def __init__(self, folder: Path, master: bytes | MasterKeys) -> None:
        """master: the master key, 32 bytes, or where it is had from."""
        self._files = folder / "files"
        self._keys = folder / "keys"
        self._gone = folder / "keys" / "destroyed"
        for each in (self._files, self._keys, self._gone):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._master: MasterKeys = GivenKeys(master) if isinstance(master, bytes) else master

    def seal(self, owner: str, plain: bytes, *, about: str) -> bytes:
        """Encrypt bytes with the owner's key; `about` is bound to the result and must be the same to open it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._key(owner, make=True).encrypt(nonce, plain, f"{owner}/{about}".encode())

    def unseal(self, owner: str, sealed: bytes, *, about: str) -> bytes:
        """What `seal` encrypted. Raises VaultProblem when the key is gone or anything was changed."""
        try:
            return self._key(owner, make=False).decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{owner}/{about}".encode())
        except (InvalidTag, ValueError):
            raise _damaged() from None

    def put(self, owner: str, plain: bytes | Iterator[bytes], *, name: str | None = None) -> str:
        """Store a file and return its name, which tells nothing. It is on disk when this returns; a given name is replaced whole.

        plain: all of it, or its parts as they come; only a part is in memory at once.
        """
        name = name or secrets.token_hex(16)
        whole = self._path(name)
        key = self._key(owner, make=True)
        with _written(whole) as path, path.open("xb") as file:
            write_sealed(file, key, f"{owner}/{name}".encode(), [plain] if isinstance(plain, bytes) else plain)
            file.flush()
            os.fsync(file.fileno())
        return name

    def open(self, owner: str, name: str) -> StoredFile:
        """A stored file, to be read part by part. Raises VaultProblem when it is gone."""
        path = self._path(name)
        key = self._key(owner, make=False)
        try:
            return StoredFile(path, key, f"{owner}/{name}".encode(), _damaged)
        except FileNotFoundError:
            raise VaultProblem(N_("This picture is no longer kept.")) from None

    def get(self, owner: str, name: str) -> bytes:
        """A stored file whole. Raises VaultProblem when it is gone."""
        return b"".join(self.open(owner, name).parts())

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        self._path(name).unlink(missing_ok=True)

    def names_before(self, folder: str, moment: datetime) -> list[str]:
        """Names that begin with two hexadecimal digits (all are met by asking for 00 to ff) and were written before a moment."""
        if not re.fullmatch(r"[0-9a-f]{2}", folder):
            raise ValueError("not a folder of the vault")
        try:
            with os.scandir(self._files / folder) as entries:
                return [each.name for each in entries if _is_older(each, moment.timestamp())]
        except FileNotFoundError:
            return []

    def forget(self, owner: str) -> None:
        """Delete an owner's key: nothing of theirs can be read again, wherever a copy lies."""
        with self.locked():
            self._key_path(owner).unlink(missing_ok=True)
            _sync(self._keys)

    def destroy(self, owner: str) -> None:
        """Forget an owner for ever: no key of theirs is made again or taken from a copy that is put back. Safe to repeat."""
        with self.locked():
            mark = self._gone / self._key_path(owner).name
            mark.touch(mode=0o600)
            _sync(self._gone)
            self._key_path(owner).unlink(missing_ok=True)
            _sync(self._keys)

    def destroyed(self) -> Iterator[str]:
        """All owners that were destroyed, in no order."""
        for each in os.scandir(self._gone):
            yield each.name

    def opens(self, owner: str) -> bool:
        """Whether the key of an owner who has files can be used; of one whose key was destroyed, none is needed."""
        try:
            self._data_key(owner, make=False)
        except OwnerGone:
            return True
        except VaultProblem:
            return False
        return True

    def column_key(self) -> bytes:
        """The key of single values in the database, telephone numbers for example, 32 bytes; made once."""
        return self._data_key(_COLUMNS, make=True)

    def rewrap(self) -> tuple[int, int]:
        """Wrap all keys with the current master key that are not yet. Safe to repeat and while others work.

        Returns how many were wrapped anew and how many could not be opened by any master key.
        """
        done = lost = 0
        for each in sorted(self._keys.iterdir()):
            if not _OWNER.fullmatch(each.name):
                continue
            with self.locked():
                again = self._rewrap(each)
            done, lost = done + (again is True), lost + (again is None)
        return done, lost

    def _rewrap(self, path: Path) -> bool | None:
        """Whether it had to be; None when no master key opens it."""
        owner = path.name
        if (self._gone / owner).exists():
            # Put back from a copy, or its destruction was interrupted.
            path.unlink(missing_ok=True)
            return False
        try:
            wrapped = path.read_bytes()
        except FileNotFoundError:
            return False
        current = self._master.current()
        if _unwrapped(wrapped, owner, current) is not None:
            return False
        for master in self._master.every():
            key = _unwrapped(wrapped, owner, master)
            if key is not None:
                _write_durably(path, _wrapped(key, owner, current))
                return True
        return None

    def _path(self, name: str) -> Path:
        # Every path is checked here and nowhere else.
        if not _NAME.fullmatch(name):
            raise ValueError("not a name of the vault")
        return self._files / name[:2] / name

    def _key_path(self, owner: str) -> Path:
        if not _OWNER.fullmatch(owner):
            raise ValueError("not an owner")
        return self._keys / owner

    def _key(self, owner: str, *, make: bool) -> AESGCM:
        return AESGCM(self._data_key(owner, make=make))

    def _data_key(self, owner: str, *, make: bool) -> bytes:
        path = self._key_path(owner)
        if (self._gone / owner).exists():
            raise OwnerGone(N_("All data of this person was deleted; nothing new can be saved."))
        # Twice: a rotation can end between reading the key and reading the master keys.
        for _attempt in range(2):
            try:
                wrapped = path.read_bytes()
            except FileNotFoundError:
                if not make:
                    raise VaultProblem(N_("This picture is no longer kept.")) from None
                wrapped = self._make_key(owner)
            for master in self._master.every():
                key = _unwrapped(wrapped, owner, master)
                if key is not None:
                    return key
        raise VaultProblem(N_("This master key is not the one the vault was created with."))

    def _make_key(self, owner: str) -> bytes:
        path = self._key_path(owner)
        with self.locked():
            # The lock holds off a rotation: which master key is current is known only under it.
            if (self._gone / owner).exists():
                raise OwnerGone(N_("All data of this person was deleted; nothing new can be saved."))
            if not path.exists():
                _write_durably(path, _wrapped(AESGCM.generate_key(256), owner, self._master.current()))
            return path.read_bytes()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody makes, wraps or destroys a key meanwhile, in any process; reading goes on."""
        # The kernel lets go of it when a process dies.
        with (self._keys / ".lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def open_vault(settings: Settings) -> Vault:
    """The vault in the data folder."""
    return Vault(settings.data_folder / "vault", master_keys(settings))


def _is_older(entry: os.DirEntry[str], moment: float) -> bool:
    try:
        return bool(_NAME.fullmatch(entry.name)) and entry.stat().st_mtime < moment
    except FileNotFoundError:
        return False


def _damaged() -> VaultProblem:
    return VaultProblem(N_("This file cannot be opened: it is damaged, or encrypted with another key."))


def _wrapped(key: bytes, owner: str, master: bytes) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(master).encrypt(nonce, key, owner.encode())


def _unwrapped(wrapped: bytes, owner: str, master: bytes) -> bytes | None:
    try:
        return AESGCM(master).decrypt(wrapped[:_NONCE], wrapped[_NONCE:], owner.encode())
    except (InvalidTag, ValueError):
        return None


def _write_durably(path: Path, content: bytes) -> None:
    """Write a small file whole or not at all, and to the disk."""
    with _written(path) as fresh, fresh.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """A name to write under; what was written there takes its place at the end, and is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    try:
        yield fresh
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
