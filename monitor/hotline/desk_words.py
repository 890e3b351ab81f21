"""What operators say and send often: answers and scripts in both languages, in versions that are never changed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, or_, select, update
from sqlalchemy.orm import Session

from monitor.database.statements import changed
from monitor.folding import folded
from monitor.models.hotline import TicketKind
from monitor.models.hotline_desk import HotlineText, TextPurpose
from monitor.problems import BadInput, Conflict, NotFound
from monitor.words import N_

LONGEST_TITLE, LONGEST_TEXT = 120, 2000
MOST_FOUND = 30


def find(session: Session, purpose: TextPurpose, *, kind: TicketKind | None = None, typed: str = "") -> list[HotlineText]:
    """Those in use, of a kind and of every kind; each word typed stands somewhere in title or text."""
    return list(session.scalars(found_by(purpose, kind=kind, typed=typed)))


def found_by(purpose: TextPurpose, *, kind: TicketKind | None = None, typed: str = "") -> Select[HotlineText]:
    """The same as a question."""
    query = select(HotlineText).where(HotlineText.purpose == purpose, HotlineText.ended_at.is_(None))
    if kind is not None:
        query = query.where(or_(HotlineText.kind == kind, HotlineText.kind.is_(None)))
    for word in folded(typed).split()[:8]:
        query = query.where(HotlineText.folded.contains(word, autoescape=True))
    return query.order_by(HotlineText.kind, HotlineText.title_vi, HotlineText.id).limit(MOST_FOUND)


def in_use(session: Session, text_id: int) -> HotlineText:
    """One of those in use. Raises NotFound."""
    row = session.get(HotlineText, text_id)
    if row is None or row.ended_at is not None:
        raise NotFound(N_("This text is no longer in use; a newer version may be in the list."))
    return row


def save(
    session: Session,
    purpose: TextPurpose,
    *,
    kind: TicketKind | None,
    titles: tuple[str, str],
    texts: tuple[str, str],
    account_id: int,
    now: datetime,
    instead_of: int | None = None,
) -> HotlineText:
    """Keep an answer or a script, as a new version of another where that is given. titles, texts: Vietnamese, English.

    Raises BadInput, Conflict where somebody changed it meanwhile.
    """
    titles, texts = (titles[0].strip(), titles[1].strip()), (texts[0].strip(), texts[1].strip())
    if not all((*titles, *texts)):
        raise BadInput(N_("Write title and text in both languages."), field="title_vi")
    if max(map(len, titles)) > LONGEST_TITLE or max(map(len, texts)) > LONGEST_TEXT:
        raise BadInput(N_("Please write at most %(count)s signs."), count=LONGEST_TEXT, field="text_vi")
    before = end(session, instead_of, now) if instead_of is not None else None
    row = HotlineText(
        first_id=(before.first_id or before.id) if before else None,
        version=before.version + 1 if before else 1,
        purpose=purpose,
        kind=kind,
        title_vi=titles[0],
        title_en=titles[1],
        text_vi=texts[0],
        text_en=texts[1],
        folded=folded(" ".join((*titles, *texts))),
        made_at=now,
        made_by=account_id,
    )
    session.add(row)
    session.flush()
    return row


def end(session: Session, text_id: int, now: datetime) -> HotlineText:
    """Use it no more; what was sent with it stays as it was sent. Raises Conflict, NotFound."""
    row = in_use(session, text_id)
    ended = update(HotlineText).where(HotlineText.id == text_id, HotlineText.ended_at.is_(None)).values(ended_at=now)
    if not changed(session, ended):
        raise Conflict(N_("Someone else has changed this text meanwhile. Reload the page to see it as it is now."))
    return row
