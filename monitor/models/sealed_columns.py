"""Single values of the database that are encrypted: telephone numbers, addresses, numbers of documents, places.

AES-SIV (RFC 5297) is used: its synthetic IV is a keyed digest of the value, so that equal values are stored alike and can be searched,
grouped and kept unique by the database, which learns nothing else. The key is in the vault, wrapped by the master key.

A value that cannot be opened is read as `Unreadable`, and does not stop the others that are read with it: hundreds of rows come by one
statement, and one of them may be damaged.
"""

from __future__ import annotations

import base64
import json
import logging
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from sqlalchemy import Dialect, String, Text, TypeDecorator

from monitor.problems import Problem
from monitor.words import N_

log = logging.getLogger(__name__)


class SealedValueProblem(Problem):
    """A value that was sealed with another key, or changed."""

    status = 503


class Unreadable(str):
    """In place of a value that cannot be opened: empty, so that it is taken for none. stored: what is there, which stays as it is."""

    __slots__ = ("stored",)
    stored: str

    @classmethod
    def of(cls, stored: str) -> Unreadable:
        """In place of this stored value."""
        marker = cls()
        marker.stored = stored
        return marker


class ColumnCipher:
    """Seals values of one database. A value's purpose is bound to it: a place cannot be passed off as a telephone number."""

    def __init__(self, key: bytes) -> None:
        """key: 32 bytes, see `Vault.column_key`."""
        self._siv = AESSIV(HKDFExpand(SHA512(), 64, b"sealed columns").derive(key))

    def seal(self, purpose: str, value: str) -> str:
        """A value as it is stored; an empty one stays empty."""
        if not value:
            return value
        return base64.b64encode(self._siv.encrypt(value.encode(), [purpose.encode()])).decode()

    def unseal(self, purpose: str, stored: str) -> str:
        """What was sealed. Raises SealedValueProblem."""
        if not stored:
            return stored
        try:
            return self._siv.decrypt(base64.b64decode(stored, validate=True), [purpose.encode()]).decode()
        except (InvalidTag, ValueError):
            raise SealedValueProblem(N_("A value in the database cannot be decrypted: the key is wrong.")) from None


def use_cipher(dialect: Dialect, cipher: ColumnCipher) -> None:
    """Let a database's sealed columns be read and written with this key."""
    dialect.column_cipher = cipher  # type: ignore[attr-defined]


def cipher_of(dialect: Dialect) -> ColumnCipher:
    """The key of the database that a statement goes to."""
    cipher: ColumnCipher = dialect.column_cipher  # type: ignore[attr-defined]
    return cipher


class SealedText(TypeDecorator[str]):
    """Text that is encrypted in the database. purpose: values of one purpose can be compared, across tables too."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str, short: int | None = None) -> None:
        """short: characters that a column had before it was sealed; SQLite keeps its declaration, which it does not enforce."""
        super().__init__()
        self.purpose, self.short = purpose, short

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Text, or on SQLite what it was declared as."""
        return String(self.short) if self.short and dialect.name == "sqlite" else Text()

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database: sealed."""
        if isinstance(value, Unreadable):
            return value.stored
        return None if value is None else cipher_of(dialect).seal(self.purpose, value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """From the database: opened, or `Unreadable`."""
        if value is None:
            return None
        try:
            return cipher_of(dialect).unseal(self.purpose, value)
        except SealedValueProblem:
            log.warning("a %s in the database is damaged", self.purpose)
            return Unreadable.of(value)


class SealedJson(TypeDecorator[Any]):
    """A small value of JSON, encrypted."""

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """To the database: sealed."""
        return None if value is None else cipher_of(dialect).seal(self.purpose, json.dumps(value, separators=(",", ":")))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """From the database: opened; None where it is damaged."""
        if value is None:
            return None
        try:
            return json.loads(cipher_of(dialect).unseal(self.purpose, value))
        except (SealedValueProblem, ValueError):
            log.warning("a %s in the database is damaged", self.purpose)
            return None


PHONE, ADDRESS, DOCUMENT, PLACE, TOKEN, RECEIVED = "phone", "address", "document", "place", "token", "received"
CAMERA = "camera"
INSURANCE, TAIL, FILE_ROW = "insurance", "tail", "file-row"
SAID = "said"
