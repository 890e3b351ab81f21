"""The pictures of an answer, on disk before the answer is; taken away again when it is not taken."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from monitor.pictures.pictures import normalise_upload
from monitor.vault.vault import OwnerGone, Vault, VaultProblem, resident_owner
from rollcall.answers.admission import admit
from rollcall.answers.bursts import normalise_burst
from rollcall.answers.page import AnswerPage
from rollcall.answers.said import Said, check_said
from rollcall.answers.source import Source

log = logging.getLogger(__name__)


@dataclass
class StoredPictures:
    """Names in the vault; None where there is none. refused: to be set when the resident turns out not to agree to a picture.

    lost: a picture came and could not be kept, by a fault of ours.
    """

    selfie: str | None = None
    frames: str | None = None
    refused: bool = False
    lost: bool = False


@contextmanager
def stored_pictures(
    vault: Vault, page: AnswerPage, said: Said, source: Source, *, now: datetime, max_bytes: int
) -> Iterator[StoredPictures]:
    """Put an answer's pictures into the vault, around the transaction that takes it; when that fails, nothing of them is left.

    Of somebody who has not agreed to face matching none is kept: a page that was opened before they refused sends one all the same.
    Where the vault takes none (a key of ours is damaged, the disk is full), the answer is kept without: what was said of illness must
    not be lost by it. Raises what `admit` and `check_said` raise, PictureTooLarge, NotAPicture.
    """
    admit(page, said, source, now)
    check_said(said, source.longest_note)
    stored = StoredPictures()
    try:
        if said.photo is not None and not page.without_face:
            selfie = normalise_upload(said.photo, max_bytes=max_bytes)
            frames = normalise_burst(said.burst) if said.burst and page.moves else None
            _put(vault, page.resident_id, stored, selfie, frames)
        yield stored
    except BaseException:
        _remove(vault, stored)
        raise
    if stored.refused:
        _remove(vault, stored)


def _put(vault: Vault, resident_id: int, stored: StoredPictures, selfie: bytes, frames: bytes | None) -> None:
    owner = resident_owner(resident_id)
    try:
        stored.selfie = vault.put(owner, selfie)
        stored.frames = vault.put(owner, frames) if frames else None
    except OwnerGone:
        raise
    except (VaultProblem, OSError):
        log.exception("the picture of an answer of resident %d could not be kept", resident_id)
        _remove(vault, stored)
        stored.selfie = stored.frames = None
        stored.lost = True


def _remove(vault: Vault, stored: StoredPictures) -> None:
    for name in (stored.selfie, stored.frames):
        if name is not None:
            try:
                vault.remove(name)
            except OSError:
                # Nobody names it: the purge finds it.
                log.warning("a picture of an answer that was not kept could not be removed")
