"""Mail to the hotline is fetched and taken in, each once, in the order in which it came: by its place in the mailbox and by its own digest.

A mail and the place up to which we have read are written in one transaction; what breaks off before it is fetched again. What cannot be read
for a fault of ours becomes a ticket that says so, since the next mails do not wait for it and none is left out.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from monitor.database.database import Database, insert_new
from monitor.database.statements import changed
from monitor.hotline.doing import CALLER, reopen
from monitor.hotline.languages import is_thanks, language_of
from monitor.hotline.steps import ended
from monitor.hotline.tickets import Contact, add_words, note, take_in
from monitor.models.hotline import (
    EventKind,
    HotlineEvent,
    HotlineMessage,
    HotlineTicket,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_mail import HotlineMailbox
from monitor.settings import Settings
from monitor.words import N_, Words, translator
from rollcall.hotline.mail_deeds import About, MailDeed, Seen, deed_of
from rollcall.hotline.mail_reading import Mail, read_mail, with_words
from rollcall.hotline.mailbox import BEGINNING, Fetched, Mailbox, MailboxProblem, mailbox_of

_ADDED = (EventKind.ADDED, EventKind.NOTED)
KindOf = Callable[[str], TicketKind]
log = logging.getLogger(__name__)
AT_ONCE = 200
"""Mails of one look; more come with the next one, at once."""
MISSED_WITHIN = timedelta(days=1)
"""Of a mailbox that is new to us, and before a renumbering: so far back mail is looked for."""
MACHINES_WITHIN = timedelta(days=1)
_PAUSES = (timedelta(seconds=15), timedelta(minutes=1), timedelta(minutes=5))
_NO_WORDS = N_("(This mail has no words. %(count)s files hang on it; they are in the mailbox.)")
_CUT = N_("(The mail is longer; all of it is in the mailbox.)")
_UNREADABLE = N_(
    "(This mail could not be read by the service. It lies in the mailbox; it arrived at the time of first contact.)"
)
_UNCONFIRMED = N_("The sender of this mail is not confirmed: call, or ask back, before you tell anything personal.")
_RETURNED = N_("The mail server says that a mail to the caller did not arrive; call instead.")
_FILES = N_("(%(count)s files hang on this mail; they are in the mailbox.)")


class MailIntake:
    """The intake of one mailbox. Two at once do no harm: the place is moved by a conditional update, and a mail is one ticket."""

    def __init__(
        self, database: Database, mailbox: Mailbox, kind_of: KindOf, *, name: str, address: str, checker: str = ""
    ) -> None:
        """kind_of: a first guess from words. name: the mailbox's among ours. address: from which we answer; checker: see `read_mail`."""
        self._database, self._mailbox, self._kind_of, self._name = database, mailbox, kind_of, name
        self._address, self._domain = address, address.rpartition("@")[2]
        self._checker = checker
        self._faults = 0
        self._again_at: datetime | None = None

    def close(self) -> None:
        """Hang up."""
        self._mailbox.close()

    def look(self, now: datetime) -> int:
        """Take in what came; returns how many mails. Where the mailbox cannot be looked into, that is noted, and it is tried again later."""
        if self._again_at is not None and now < self._again_at:
            return 0
        try:
            taken = self._take_all(now)
        except MailboxProblem as problem:
            log.warning("the hotline's mailbox: %s", problem)
            self._again_at = now + _PAUSES[min(self._faults, len(_PAUSES) - 1)]
            self._faults += 1
            self._note_fault(problem.words, now)
            return 0
        self._faults, self._again_at = 0, None
        return taken

    def _take_all(self, now: datetime) -> int:
        validity = self._mailbox.open()
        with self._database.read() as session:
            place = session.get(HotlineMailbox, self._name)
            known = (place.validity, place.last_uid, place.read_at) if place is not None else None
        last = self._mailbox.next - 1
        if known is None or known[0] != validity:
            # Numbers say nothing of what was taken in: each mail's own digest does.
            numbers = self._mailbox.since(((known[2] if known else now) - MISSED_WITHIN).date())
            at = 0
            self._begin(validity, now, new=known is None)
        else:
            at = known[1]
            numbers = self._mailbox.after(at)
        for uid in numbers[:AT_ONCE]:
            fetched = self._mailbox.fetch(uid)
            if fetched is not None:
                at = self._take(fetched, validity, at, now)
        if len(numbers) <= AT_ONCE:
            self._done(validity, at, max(at, last), now)
        return min(len(numbers), AT_ONCE)

    def _begin(self, validity: int, now: datetime, *, new: bool) -> None:
        with self._database.write() as session:
            row = {"name": self._name, "validity": validity, "last_uid": 0, "read_at": now}
            if new:
                session.execute(insert_new(session, HotlineMailbox), [row])
            mine = update(HotlineMailbox).where(HotlineMailbox.name == self._name, HotlineMailbox.validity != validity)
            changed(session, mine.values(validity=validity, last_uid=0))

    def _done(self, validity: int, at: int, last: int, now: datetime) -> None:
        """All that is there was taken in. last: the highest number that has been given, also to mails that are older than we look back."""
        with self._database.write() as session:
            mine = (
                HotlineMailbox.name == self._name,
                HotlineMailbox.validity == validity,
                HotlineMailbox.last_uid <= max(at, last),
            )
            changed(
                session,
                update(HotlineMailbox)
                .where(*mine)
                .values(last_uid=max(at, last), read_at=now, failing_since=None, problem=None),
            )

    def _note_fault(self, problem: Words, now: datetime) -> None:
        try:
            with self._database.write() as session:
                mine = HotlineMailbox.name == self._name
                row = {"name": self._name, "validity": 0, "last_uid": 0, "read_at": now}
                session.execute(insert_new(session, HotlineMailbox), [row])
                changed(session, update(HotlineMailbox).where(mine).values(problem=problem.dump()))
                changed(
                    session,
                    update(HotlineMailbox).where(mine, HotlineMailbox.failing_since.is_(None)).values(failing_since=now),
                )
        except SQLAlchemyError:
            log.exception("a fault of the hotline's mailbox could not be noted")

    def _take(self, fetched: Fetched, validity: int, at: int, now: datetime) -> int:
        """Take in one mail with the place behind it, in one transaction; returns the place. Raises MailboxProblem, SQLAlchemyError."""
        try:
            mail: Mail | None = self._read(fetched)
        except MailboxProblem:
            raise
        except Exception:
            # Whatever it is: its words stay out of the log, and people find it in the mailbox.
            log.exception("a mail of the hotline could not be read")
            mail = None
        with self._database.write() as session:
            if mail is None:
                self._take_unreadable(session, fetched, validity, now)
            else:
                self._take_mail(session, mail, fetched, now)
            moved = update(HotlineMailbox).where(
                HotlineMailbox.name == self._name, HotlineMailbox.validity == validity, HotlineMailbox.last_uid < fetched.uid
            )
            changed(session, moved.values(last_uid=fetched.uid))
        return max(at, fetched.uid)

    def _read(self, fetched: Fetched) -> Mail:
        mail = read_mail(fetched.content, self._domain, self._checker)
        # A mail of 40 MB may have its words behind its pictures.
        if fetched.size > BEGINNING and len(fetched.content) < fetched.size and not mail.words.strip():
            mail = with_words(mail, self._mailbox.words_behind(fetched.uid))
        return mail

    def _take_unreadable(self, session: Session, fetched: Fetched, validity: int, now: datetime) -> None:
        contact = Contact(
            TicketChannel.EMAIL,
            f"{self._name}-{validity}-{fetched.uid}",
            translator("vi")(_UNREADABLE),
            at=fetched.arrived_at,
            wants_answer=False,
            quiet=True,
        )
        take_in(session, contact, now)

    def _take_mail(self, session: Session, mail: Mail, fetched: Fetched, now: datetime) -> None:
        deed, ticket_id = deed_of(mail, self._seen(session, mail, now), now)
        language = language_of(f"{mail.subject} {mail.fresh}")
        if deed is MailDeed.OURS:
            log.info("a mail of our own lies in the hotline's mailbox")
        elif ticket_id is None:
            self._make(session, mail, fetched, now, language, quiet=deed is MailDeed.QUIET)
        elif _is_known(session, ticket_id, mail):
            log.info("a mail of the hotline came once more")
        else:
            ticket = session.get_one(HotlineTicket, ticket_id)
            if deed is MailDeed.NOTE:
                details = {"mail": mail.digest} | ({"says": Words(_RETURNED).dump()} if mail.returned else {})
                note(session, ticket.id, EventKind.NOTED, now, words=_said(mail, mail.fresh, language), details=details)
                return
            said = _said(mail, mail.fresh, language)
            add_words(session, ticket, said, now, details={"mail": mail.digest})
            if deed is MailDeed.REOPEN:
                reopen(session, ticket.id, CALLER, now)

    def _make(self, session: Session, mail: Mail, fetched: Fetched, now: datetime, language: str, *, quiet: bool) -> None:
        # Without a name of its own, the same words may come twice and be meant twice.
        when = "" if mail.message_id or fetched.arrived_at is None else fetched.arrived_at.isoformat()
        contact = Contact(
            TicketChannel.EMAIL,
            f"{mail.digest}{when}",
            _said(mail, mail.words, language),
            kind=self._kind_of(f"{mail.subject}\n{mail.fresh}"),
            at=fetched.arrived_at,
            caller_name=mail.sender_name,
            mail_address="" if mail.sender == self._address else mail.sender,
            mail_id=mail.message_id,
            subject=mail.subject,
            wants_answer=not mail.automatic,
            language=language,
            quiet=quiet,
        )
        ticket = take_in(session, contact, now)
        if quiet and not mail.automatic:
            note(session, ticket.id, EventKind.NOTED, now, details={"says": Words(_UNCONFIRMED).dump()})

    def _seen(self, session: Session, mail: Mail, now: datetime) -> Seen:
        named = select(HotlineMessage.ticket_id, HotlineMessage.reference).where(
            HotlineMessage.reference.in_([*mail.references, mail.own]), HotlineMessage.ticket_id.is_not(None)
        )
        found = session.execute(named).all()
        ours = bool(mail.own) and mail.own in {row.reference for row in found} and mail.sender == self._address
        answered = [row.ticket_id for row in found if row.reference in mail.references]
        about = lately = None
        if answered:
            about = _about(_meant(session, answered[-1]), mail)
        elif mail.automatic and mail.sender:
            query = (
                select(HotlineTicket)
                .where(HotlineTicket.mail_address == mail.sender, HotlineTicket.first_contact_at > now - MACHINES_WITHIN)
                .where(HotlineTicket.state != TicketState.CLOSED, HotlineTicket.wants_answer.is_(False))
                .order_by(HotlineTicket.id.desc())
                .limit(1)
            )
            newest = session.scalars(query).first()
            lately = _about(newest, mail) if newest is not None else None
        return Seen(ours, about, lately, to_ourselves=mail.sender == self._address, thanks=is_thanks(mail.fresh))


def _meant(session: Session, ticket_id: int) -> HotlineTicket:
    """The ticket, or the one that it became a part of."""
    ticket = session.get_one(HotlineTicket, ticket_id)
    return ticket if ticket.merged_into_id is None else session.get_one(HotlineTicket, ticket.merged_into_id)


def _about(ticket: HotlineTicket, mail: Mail) -> About:
    same = bool(mail.sender) and mail.sender == ticket.mail_address and ticket.erased_at is None
    return About(ticket.id, same, ticket.state, ended(ticket.answered_at, ticket.closed_at))


def _is_known(session: Session, ticket_id: int, mail: Mail) -> bool:
    """Whether this mail was added to a ticket before: the mailbox was numbered anew, or the mail came over two addresses."""
    noted = select(HotlineEvent.details).where(HotlineEvent.ticket_id == ticket_id, HotlineEvent.kind.in_(_ADDED))
    return any(each.get("mail") == mail.digest for each in session.scalars(noted))


def _said(mail: Mail, words: str, language: str) -> str:
    """Word for word, with what is not there said behind it."""
    say = translator(language)
    if not words.strip():
        return say(_NO_WORDS) % {"count": mail.attachments}
    parts = [words]
    if mail.cut:
        parts.append(say(_CUT))
    if mail.attachments:
        parts.append(say(_FILES) % {"count": mail.attachments})
    return "\n\n".join(parts)


def mail_intake(database: Database, settings: Settings, kind_of: KindOf) -> MailIntake | None:
    """The intake of the mailbox that is set up; None without one."""
    mailbox = mailbox_of(settings)
    if mailbox is None:
        return None
    named = (
        f"{settings.hotline_mail_host}:{settings.hotline_mail_port} {settings.hotline_mail_user} {settings.hotline_mail_folder}"
    )
    name = hashlib.sha256(named.encode()).hexdigest()[:32]
    address = (settings.mail_from or settings.hotline_mail_user).lower()
    return MailIntake(database, mailbox, kind_of, name=name, address=address, checker=settings.hotline_mail_checker)
