"""The master keys that wrap all other keys: one in use, and during a rotation the one before or the next one beside it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from monitor.settings import Settings, made_once

NAME = "master_key"


class MasterKeys(Protocol):
    """Where a vault has its master keys from; 32 bytes each."""

    def current(self) -> bytes:
        """The one that new keys are wrapped with."""
        ...

    def every(self) -> Sequence[bytes]:
        """All that something may still be wrapped with, the likeliest first."""
        ...


class GivenKeys:
    """Keys that the settings hold. A rotation: the operator sets the new one and names the old one `master_key_before`."""

    def __init__(self, current: bytes, before: bytes | None = None) -> None:
        self._current, self._before = current, before

    def current(self) -> bytes:
        """The one that new keys are wrapped with."""
        return self._current

    def every(self) -> Sequence[bytes]:
        """The current one and the one before."""
        return [self._current] if self._before is None else [self._current, self._before]


class KeptKeys:
    """Keys made by us and kept in files, read anew each time: a rotation needs no restart.

    `master_key` is in use; during a rotation `master_key.before` stands beside it, and for a moment `master_key.next`.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self.next, self.before = folder / f"{NAME}.next", folder / f"{NAME}.before"
        made_once(self._path)

    def current(self) -> bytes:
        """The one that new keys are wrapped with."""
        return bytes.fromhex(self._path.read_text().strip())

    def every(self) -> Sequence[bytes]:
        """The current one and, during a rotation, the one before."""
        found = [self.current()]
        # It is put there before the current one changes, so one of the two is always found.
        with suppress(FileNotFoundError):
            found.append(bytes.fromhex(self.before.read_text().strip()))
        return found

    def switch(self) -> None:
        """Put a new key in use and keep the current one as the one before; an interrupted switch is finished, never begun twice."""
        if self.before.exists() and not self.next.exists():
            return  # it was switched; what is wrapped with the one before is still to be wrapped anew
        made_once(self.next)
        if not self.before.exists():
            self.before.hardlink_to(self._path)
            self._sync()
        self.next.replace(self._path)
        self._sync()

    def drop_before(self) -> None:
        """Destroy the key before: nothing is wrapped with it any more."""
        self.before.unlink(missing_ok=True)
        self._sync()

    def _sync(self) -> None:
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def master_keys(settings: Settings) -> MasterKeys:
    """From the settings, or, where those name none, made once in the data folder."""
    if settings.master_key:
        before = bytes.fromhex(settings.master_key_before) if settings.master_key_before else None
        return GivenKeys(bytes.fromhex(settings.master_key), before)
    return KeptKeys(settings.data_folder / "secrets")
