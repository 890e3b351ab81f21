"""Which form holds: what the province published last, or else the national one; drafted, published, and kept for the answers it got."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, case, or_, select
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.declarations.forms import Form, digest_of, dump, load, remarks
from monitor.declarations.national_form import national_form
from monitor.models.declarations import DeclarationForm
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import N_

LONGEST_WHY = 300
MOST_LISTED = 50


_BELIEVED_SECONDS = 2.0


@dataclass(frozen=True)
class Version:
    """A form with the number of its row; 0: the national form, which nobody has answered yet."""

    id: int
    form: Form


def form_in_force(session: Session) -> Form:
    """The form that somebody who begins now fills in."""
    return _in_force(session).form


def _in_force(session: Session) -> Version:
    row = session.connection().execute(_IN_FORCE, {"shipped": _shipped()[1]}).first()
    return Version(0, national_form()) if row is None else Version(row.id, _read(session, row.id, row.digest))


class FormBook:
    """The form in force as it was two seconds ago: hundreds are sent in a second. Safe in threads.

    Whoever sends while a new version is published is read by the one before, and their answers stay with it: an answer keeps its form.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._held: tuple[float, Version] | None = None

    def fresh(self, session: Session) -> Version:
        """As it is now: for a page that is opened."""
        found = _in_force(session)
        with self._lock:
            self._held = (time.monotonic(), found)
        return found

    def lately(self) -> Version:
        """As it was at most two seconds ago: for what is sent."""
        with self._lock:
            held = self._held
        if held is not None and time.monotonic() - held[0] < _BELIEVED_SECONDS:
            return held[1]
        with self._database.read() as session:
            return self.fresh(session)


_NEWEST = (DeclarationForm.published_at.desc(), DeclarationForm.id.desc())
# Made once: each declaration asks. The shipped form comes after all that were published.
_IN_FORCE = (
    select(DeclarationForm.id, DeclarationForm.digest)
    .where(or_(DeclarationForm.published_at.is_not(None), DeclarationForm.digest == bindparam("shipped")))
    .order_by(case((DeclarationForm.published_at.is_(None), 1), else_=0), *_NEWEST)
    .limit(1)
)
_read_forms: dict[tuple[int, str], Form] = {}
"""What was published is never changed: read out of its JSON once by each process. By number and digest, since a process of tests has
several databases."""
_MOST_READ = 100


@lru_cache(1)
def _shipped() -> tuple[dict[str, Any], str]:
    """The national form as it is stored, and its digest."""
    content = dump(national_form())
    return content, digest_of(content)


def _read(session: Session, number: int, digest: str) -> Form:
    known = _read_forms.get((number, digest))
    if known is None:
        known = load(session.get_one(DeclarationForm, number).content)
        if len(_read_forms) >= _MOST_READ:
            _read_forms.clear()
        _read_forms[number, digest] = known
    return known


def version_in_force(session: Session, now: datetime) -> Version:
    """The same, with a row: in the caller's write transaction, since the national form gets its row when it is first answered."""
    content, digest = _shipped()
    asked = {"shipped": digest}
    row = session.connection().execute(_IN_FORCE, asked).first()
    if row is None:
        session.execute(insert_new(session, DeclarationForm).values(digest=digest, content=content, made_at=now, why=""))
        row = session.connection().execute(_IN_FORCE, asked).one()
    return Version(row.id, _read(session, row.id, row.digest))


def form_of(session: Session, form_id: int) -> Form:
    """The version that somebody answered."""
    return load(session.get_one(DeclarationForm, form_id).content)


def listed(session: Session) -> list[DeclarationForm]:
    """Versions that were published, the newest first."""
    published = select(DeclarationForm).where(DeclarationForm.published_at.is_not(None)).order_by(*_NEWEST)
    return list(session.scalars(published.limit(MOST_LISTED)))


def draft(session: Session) -> DeclarationForm | None:
    """What is being changed and is not published yet; one at a time, the same for everybody who may."""
    waiting = (DeclarationForm.published_at.is_(None), DeclarationForm.made_by.is_not(None))
    return session.scalar(select(DeclarationForm).where(*waiting).order_by(DeclarationForm.id.desc()).limit(1))


def keep_draft(session: Session, form: Form, *, by: int, now: datetime) -> DeclarationForm:
    """What somebody changed so far, whatever is still wrong with it, in the caller's write transaction."""
    row = draft(session)
    content = dump(form)
    digest = digest_of(content | {"made_at": now.isoformat()})
    if row is None:
        row = DeclarationForm(digest=digest, content=content, made_at=now, made_by=by)
        session.add(row)
    else:
        row.content, row.digest, row.made_at, row.made_by = content, digest, now, by
    session.flush()
    return row


def drop_draft(session: Session) -> None:
    """Begin anew from what holds."""
    row = draft(session)
    if row is not None:
        session.delete(row)
        session.flush()


def publish(session: Session, seen: str, *, why: str, by: int, now: datetime) -> DeclarationForm:
    """Let the draft hold from now on, in the caller's write transaction; answers to earlier versions keep theirs.

    seen: the digest of the draft that was previewed. Raises Conflict where somebody changed it since, and BadInput.
    """
    row = draft(session)
    if row is None or row.digest != seen:
        raise Conflict(N_("The draft was changed meanwhile. Reload the page to see it as it is now."))
    why = why.strip()
    if not 1 <= len(why) <= LONGEST_WHY:
        raise BadInput(N_("Please say why the form changes, in 1 to %(most)s letters."), field="why", most=LONGEST_WHY)
    found = remarks(load(row.content))
    if found:
        raise BadInput(found[0].words.template, field="form", **found[0].words.values)
    row.published_at, row.published_by, row.why = now, by, why
    session.flush()
    audit.note(session, Action.DECLARATION_FORM_PUBLISHED, at=now, account_id=by, version=row.id, why=why)
    return row
