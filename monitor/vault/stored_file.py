"""The format of an encrypted file: parts that are sealed each, in their order, the last one marked, so that no part is ever missing.

This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, 2015) over AES-256-GCM: the nonce of a part is a random prefix,
the part's number and whether it is the last. A file can be written and read with one part in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PART = 256 * 1024
"""Bytes of a part before it is sealed."""
_MAGIC = b"QVF1"
_PREFIX, _TAG = 7, 16  # bytes
_HEAD = len(_MAGIC) + _PREFIX


def write_sealed(file: BinaryIO, key: AESGCM, about: bytes, plain: Iterable[bytes]) -> None:
    """Write what comes, in pieces of any length, as a sealed file. about: bound to each part."""
    prefix = os.urandom(_PREFIX)
    file.write(_MAGIC + prefix)
    number, waiting = 0, bytearray()
    for piece in plain:
        waiting += piece
        # A full part is kept back until more is there: it may be the last one.
        while len(waiting) > PART:
            file.write(key.encrypt(_nonce(prefix, number, last=False), bytes(waiting[:PART]), about))
            del waiting[:PART]
            number += 1
    file.write(key.encrypt(_nonce(prefix, number, last=True), bytes(waiting), about))


class StoredFile:
    """A sealed file. size: bytes of its content."""

    def __init__(self, path: Path, key: AESGCM, about: bytes, damaged: Callable[[], Exception]) -> None:
        """damaged: makes what is raised where something was changed, cut off or put in. Raises FileNotFoundError."""
        self._key, self._about, self._damaged = key, about, damaged
        # Held open from now on: a camera's latest picture is replaced while somebody reads it.
        self._file = path.open("rb")
        stored = os.fstat(self._file.fileno()).st_size - _HEAD
        self._parts = max(1, -(-stored // (PART + _TAG)))
        self.size = stored - self._parts * _TAG
        if self.size < 0:
            self._file.close()
            raise damaged()

    def parts(self) -> Iterator[bytes]:
        """The content, part by part; each is known to be whole before it is given out. Once."""
        with self._file as file:
            head = file.read(_HEAD)
            if not head.startswith(_MAGIC):
                raise self._damaged()
            for number in range(self._parts):
                sealed = file.read(PART + _TAG)
                nonce = _nonce(head[len(_MAGIC) :], number, last=number == self._parts - 1)
                try:
                    yield self._key.decrypt(nonce, sealed, self._about)
                except (InvalidTag, ValueError):
                    raise self._damaged() from None

    def close(self) -> None:
        """Let go of a file that is not read to its end."""
        self._file.close()


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
