"""What administrators say about their installation: checked, stored, and read again by every process."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.clock import timezone_names
from monitor.database.database import Database
from monitor.database.together import Reading, asked, read
from monitor.models.service import StatedValue
from monitor.problems import BadInput
from monitor.settings import Settings
from monitor.stated import Stated, take
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_

LONGEST_NAME = 120
NAMES = tuple(each.name for each in fields(Stated))
_HOTLINE = re.compile(r"\+?\d(?:[ .]?\d){2,14}")


def load(session: Session) -> Stated:
    """What is stored."""
    return read(session, load_asked())


def load_asked() -> Reading[Stated]:
    """The same as a reading."""
    rows = yield from asked(select(StatedValue.name, StatedValue.value))
    found = {name: value for name, value in rows}  # noqa: C416 - a row is no pair for mypy
    return Stated(**{name: value for name, value in found.items() if name in NAMES})


def refresh(database: Database) -> None:
    """Let what is stored hold in this process."""
    with database.read() as session:
        stored = load(session)
    take(stored)


def fixed(settings: Settings) -> frozenset[str]:
    """What the environment or the settings file says: it holds, whatever is said on screens."""
    return frozenset(name for name in NAMES if getattr(settings, name, ""))


def checked(name: str, typed: str) -> str:
    """A value as it is stored; empty: nothing is said. Raises BadInput, its field the name."""
    value = " ".join(typed.split())
    if not value:
        return ""
    if name in ("authority", "authority_in_english") and not (len(value) <= LONGEST_NAME and value.isprintable()):
        raise BadInput(N_("At most %(most)s letters, and no invisible ones."), field=name, most=LONGEST_NAME)
    if name == "hotline" and not _HOTLINE.fullmatch(value):
        raise BadInput(N_("Enter a telephone number as people dial it, for example 1022 or 0274 3822 123."), field=name)
    if name == "timezone" and value not in timezone_names():
        raise BadInput(N_("There is no time zone named %(value)s; for example Asia/Ho_Chi_Minh."), field=name, value=value[:64])
    if name == "language" and value not in LANGUAGES:
        raise BadInput(N_("Choose one of the options."), field=name)
    return value


def state(session: Session, values: Mapping[str, str], *, by: int | None, now: datetime) -> bool:
    """Store checked values, in the caller's write transaction; returns whether anything changed, which is in the trail then.

    by: None while nobody has an account yet.
    """
    before = {row.name: row for row in session.scalars(select(StatedValue).where(StatedValue.name.in_(list(values))))}
    changed: dict[str, Any] = {
        name: value for name, value in values.items() if value != (before[name].value if name in before else "")
    }
    for name, value in changed.items():
        row = before.get(name)
        if row is None:
            session.add(StatedValue(name=name, value=value, at=now, account_id=by))
        else:
            row.value, row.at, row.account_id = value, now, by
    if changed:
        audit.note(session, Action.INSTALLATION_STATED, at=now, account_id=by, **changed)
    return bool(changed)
