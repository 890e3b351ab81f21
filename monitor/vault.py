"""Personal files, encrypted at rest: one data key per owner, wrapped by the master key, keys apart from the files.

Deleting an owner's key makes every copy of their files unreadable, copies in backups of the files included.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from monitor.problems import Problem
from monitor.words import N_

_NAME = re.compile(r"[0-9a-f]{32}")
_OWNER = re.compile(r"[a-z]+-[0-9]+")
_NONCE = 12  # bytes; what AES-GCM is defined for (NIST SP 800-38D, 8.2)


def resident_owner(resident_id: int) -> str:
    """The vault's name of a resident, whose key opens their files."""
    return f"resident-{resident_id}"


def camera_owner(camera_id: int) -> str:
    """The vault's name of a camera."""
    return f"camera-{camera_id}"


class VaultProblem(Problem):
    """A file that is gone, damaged, or whose key was destroyed."""

    status = 410


class Vault:
    """Files under `folder`/files, keys under `folder`/keys. Owners are named `resident-17` or `camera-3`."""

    def __init__(self, folder: Path, master_key: bytes) -> None:
        """master_key: 32 bytes."""
        self._files = folder / "files"
        self._keys = folder / "keys"
        for each in (self._files, self._keys):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._master = AESGCM(master_key)

    def seal(self, owner: str, plain: bytes, *, about: str) -> bytes:
        """Encrypt bytes with the owner's key; `about` is bound to the result and must be the same to open it."""
        nonce = os.urandom(_NONCE)
        return nonce + self._key(owner, make=True).encrypt(nonce, plain, f"{owner}/{about}".encode())

    def unseal(self, owner: str, sealed: bytes, *, about: str) -> bytes:
        """What `seal` encrypted. Raises VaultProblem when the key is gone or anything was changed."""
        try:
            return self._key(owner, make=False).decrypt(sealed[:_NONCE], sealed[_NONCE:], f"{owner}/{about}".encode())
        except (InvalidTag, ValueError):
            raise VaultProblem(N_("This file cannot be opened: it is damaged or its key is another one.")) from None

    def put(self, owner: str, plain: bytes, *, name: str | None = None) -> str:
        """Store a file and return its name, which tells nothing. It is on disk when this returns; a given name is replaced whole."""
        name = name or secrets.token_hex(16)
        _write_durably(self._path(name), self.seal(owner, plain, about=name))
        return name

    def get(self, owner: str, name: str) -> bytes:
        """A stored file. Raises VaultProblem when it is gone."""
        try:
            sealed = self._path(name).read_bytes()
        except FileNotFoundError:
            raise VaultProblem(N_("This picture is no longer kept.")) from None
        return self.unseal(owner, sealed, about=name)

    def remove(self, name: str) -> None:
        """Delete a file, if it is there."""
        self._path(name).unlink(missing_ok=True)

    def forget(self, owner: str) -> None:
        """Destroy an owner's key: nothing of theirs can be read again, wherever a copy lies."""
        self._key_path(owner).unlink(missing_ok=True)

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
        path = self._key_path(owner)
        try:
            wrapped = path.read_bytes()
        except FileNotFoundError:
            if not make:
                raise VaultProblem(N_("This picture is no longer kept.")) from None
            nonce = os.urandom(_NONCE)
            _write_durably(path, nonce + self._master.encrypt(nonce, AESGCM.generate_key(256), owner.encode()), once=True)
            wrapped = path.read_bytes()
        try:
            return AESGCM(self._master.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], owner.encode()))
        except InvalidTag:
            raise VaultProblem(N_("The master key is not the one this vault was made with.")) from None


def _write_durably(path: Path, content: bytes, *, once: bool = False) -> None:
    """Write a file whole or not at all, and to the disk. once: keep the one that another process made first."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".{secrets.token_hex(8)}")
    try:
        with fresh.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if once:
            try:
                path.hardlink_to(fresh)
            except FileExistsError:
                return
        else:
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
