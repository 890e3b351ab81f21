"""The master key on paper: in groups that people read and type, shown and confirmed, and kept nowhere else by us."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.database.together import Reading, first
from monitor.models.service import SetUpStep, StepMark
from monitor.problems import BadInput
from monitor.setting_up.steps import Step
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

GROUP = 4
ASKED = 2  # groups that are typed back
STEP = Step.RECOVERY_SHEET.value


def groups_of(key: bytes) -> list[str]:
    """A key of 32 bytes as the setting `master_key` takes it, in 16 groups of four hexadecimal digits."""
    digits = key.hex()
    return [digits[start : start + GROUP] for start in range(0, len(digits), GROUP)]


def fingerprint(key: bytes) -> str:
    """Tells keys apart, and tells nothing of them: 16 of a digest's digits, of a key of 256 random bits."""
    return hashlib.sha256(b"recovery sheet\0" + key).hexdigest()[:16]


def choose_groups(count: int = 16) -> list[int]:
    """Which groups are typed back, by their numbers from 1, in their order; never the same ones each time."""
    return sorted(secrets.SystemRandom().sample(range(1, count + 1), ASKED))


def wrong_groups(key: bytes, asked: Sequence[int], typed: Mapping[int, str]) -> list[int]:
    """The numbers of those groups that were not typed as they stand on the sheet; all of them where none was asked for."""
    groups = groups_of(key)
    wanted = [number for number in asked if 1 <= number <= len(groups)]
    if not wanted:
        return list(asked) or [0]
    return [number for number in wanted if "".join(typed.get(number, "").lower().split()) != groups[number - 1]]


def note_shown(session: Session, key: bytes, *, by: int, now: datetime) -> None:
    """The sheet is shown to somebody: an entry of the trail, in the caller's transaction."""
    audit.note(session, Action.RECOVERY_SHEET_SHOWN, at=now, account_id=by, key=fingerprint(key))


def confirm(session: Session, key: bytes, asked: Sequence[int], typed: Mapping[int, str], *, by: int, now: datetime) -> None:
    """Note that the sheet exists, since parts of it were typed back. Raises BadInput."""
    if wrong_groups(key, asked, typed):
        raise BadInput(
            N_("These groups do not match the sheet. Compare each digit with the printed one, or show the sheet again."),
            field="groups",
        )
    session.merge(SetUpStep(name=STEP, mark=StepMark.CONFIRMED, of=fingerprint(key), at=now, account_id=by))
    audit.note(session, Action.RECOVERY_SHEET_CONFIRMED, at=now, account_id=by, key=fingerprint(key))


def is_confirmed(key: bytes) -> Reading[bool]:
    """Whether there is a sheet of this key: after a rotation there is none."""
    step = yield from first(select(SetUpStep).where(SetUpStep.name == STEP))
    return step is not None and step.mark is StepMark.CONFIRMED and step.of == fingerprint(key)
