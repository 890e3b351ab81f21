"""A link on which a contact lists whom they met (form 4 of the handbook): made by staff, good for a while and for one sending."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.contacts.deciding import contact_of
from monitor.contacts.exposing import Found, Named, Who, propose
from monitor.contacts.periods import Meeting
from monitor.database.statements import changed
from monitor.folding import folded
from monitor.models.contacts.cases import CaseState, InfectionCase
from monitor.models.contacts.contacts import CaseContact, ContactLink, ContactState, ExposureSource, Proximity
from monitor.problems import BadInput, Conflict, NotFound
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_

GOOD_FOR = timedelta(days=3)
MOST_LISTED = 100
GONE = N_(
    "This link is no longer good: it was used, or its time is over. Ask health staff for a new one, or tell them by telephone."
)


@dataclass(frozen=True)
class Line:
    """One person whom a contact lists. at: from when until when they were together."""

    named: Named
    at: tuple[datetime, datetime]
    proximity: Proximity
    done: str = ""


@dataclass(frozen=True)
class Opened:
    """What a link opens. since, until: the time for which people are asked; until None: until now. Nothing of it says who is ill."""

    link: ContactLink
    contact: CaseContact
    case: InfectionCase
    since: datetime
    until: datetime | None


def make_link(session: Session, contact_id: int, language: str, account_id: int, now: datetime) -> str:
    """A new link for a released contact; those of before are good no more. Returns what stands in it: only a digest is kept."""
    contact, case = contact_of(session, contact_id)
    if contact.state is not ContactState.RELEASED or contact.degree != 1:
        raise BadInput(N_("Only a contact who was released and met the infected person lists their own contacts."))
    if case.state is not CaseState.OPEN:
        raise Conflict(N_("The tracing of this person’s contacts has ended."))
    _withdraw(session, contact.id, now)
    link = secrets.token_urlsafe(16)
    session.add(
        ContactLink(
            key=_digest(link),
            case_id=case.id,
            contact_id=contact.id,
            language=language if language in LANGUAGES else LANGUAGES[0],
            made_at=now,
            made_by=account_id,
            ends_at=now + GOOD_FOR,
        )
    )
    session.flush()
    _note(session, Action.CONTACT_LINK_MADE, contact, case, account_id, now)
    return link


def withdraw_links(session: Session, contact_id: int, account_id: int, now: datetime) -> None:
    """No link of this contact opens anything from now on."""
    contact, case = contact_of(session, contact_id)
    _withdraw(session, contact.id, now)
    _note(session, Action.CONTACT_LINK_WITHDRAWN, contact, case, account_id, now)


def opened(session: Session, link: str, now: datetime) -> Opened:
    """What a link opens. Raises NotFound, with what to do, for one that is used, over, withdrawn or none."""
    row = session.execute(
        select(ContactLink, CaseContact, InfectionCase)
        .join(CaseContact, CaseContact.id == ContactLink.contact_id)
        .join(InfectionCase, InfectionCase.id == CaseContact.case_id)
        .where(ContactLink.key == _digest(link))
    ).first()
    if row is None:
        raise NotFound(GONE)
    found, contact, case = row
    over = found.used_at is not None or found.withdrawn_at is not None or found.ends_at <= now
    if over or case.state is not CaseState.OPEN or contact.first_at is None:
        raise NotFound(GONE)
    return Opened(found, contact, case, contact.first_at, contact.isolated_at)


def take_list(session: Session, link: str, lines: Sequence[Line], now: datetime) -> int:
    """Note whom a contact listed, once; returns how many were new. Raises NotFound, BadInput.

    Who lists themselves or, unknowing, the infected person is passed over: the page must not tell who that is.
    """
    if len(lines) > MOST_LISTED:
        raise BadInput(N_("At most %(most)s people fit here. Tell health staff of the others."), most=MOST_LISTED)
    if not lines:
        raise BadInput(N_("Write at least one name, or press “I met nobody”."), field="name-0")
    page = _used(session, link, now)
    mine = (folded(page.contact.full_name), page.contact.phone)
    found = [
        Found(
            key=f"own-{page.link.id}-{place}",
            who=Who(named=each.named),
            source=ExposureSource.OWN_LIST,
            meeting=_meeting(each, page),
            through_id=page.contact.id,
            words=each.done,
        )
        for place, each in enumerate(lines)
        if (folded(each.named.full_name), each.named.phone) != mine
    ]
    return len(propose(session, page.case, found, now=now))


def check_day(start: datetime, end: datetime, page: Opened, now: datetime) -> None:
    """That a day lies in the time for which people are asked. Raises BadInput. Pure."""
    if end <= page.since or start > now or (page.until is not None and start > page.until):
        raise BadInput(N_("This day lies outside the time that we ask for."), field="day")


def _meeting(line: Line, page: Opened) -> Meeting:
    """On a day that lies wholly in the time asked for they surely met in it, whatever the hour."""
    start, end = line.at
    surely = start >= page.since and (page.until is None or end <= page.until)
    certain = (start, end) if surely else (None, None)
    return Meeting(start, end, certain[0], certain[1], None, line.proximity)


def met_nobody(session: Session, link: str, now: datetime) -> None:
    """A contact says that they met nobody: the link is used."""
    _used(session, link, now)


def _used(session: Session, link: str, now: datetime) -> Opened:
    page = opened(session, link, now)
    mine = (ContactLink.id == page.link.id, ContactLink.used_at.is_(None), ContactLink.withdrawn_at.is_(None))
    if not changed(session, update(ContactLink).where(*mine).values(used_at=now)):
        raise NotFound(GONE)
    return page


def _withdraw(session: Session, contact_id: int, now: datetime) -> None:
    open_ones = (ContactLink.contact_id == contact_id, ContactLink.used_at.is_(None), ContactLink.withdrawn_at.is_(None))
    changed(session, update(ContactLink).where(*open_ones).values(withdrawn_at=now))


def _digest(link: str) -> str:
    return hashlib.sha256(b"contact list/" + link.encode()).hexdigest()


def _note(session: Session, action: Action, contact: CaseContact, case: InfectionCase, account_id: int, now: datetime) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=account_id,
        zone_id=case.zone_id,
        resident_id=contact.resident_id,
        case=case.id,
        contact=contact.id,
    )
