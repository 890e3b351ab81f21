"""Mails documents: each to each address once, over two servers in turn, and whoever dies when: nothing twice by itself, nothing lost.

1. Claim: a mail that is due becomes this worker's, by a conditional update; a claim ends after LEASE.
2. Write all of it but the dot that ends it. Who dies up to here has sent nothing: it is claimed again.
3. Mark that its end comes; where the claim is somebody else's by now, hang up instead.
4. Write the dot, and read the answer. Who dies from 3 on leaves it uncertain, which a person settles.
5. Note the answer, and what follows (`mail_decisions.after_try`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Update, select, update
from sqlalchemy.orm import Session

from monitor.authority import Authority
from monitor.clock import utc_now
from monitor.database.database import Database
from monitor.database.statements import changed, changed_values
from monitor.models.report_mail import (
    DeliveryState,
    DocumentKind,
    DocumentState,
    ReportDelivery,
    ReportDocument,
    ReportFile,
    ReportTry,
)
from monitor.problems import Problem
from monitor.reports.deliveries import settle
from monitor.settings import Settings
from monitor.vault.vault import Vault, reports_owner
from rollcall.channels.cutting import cut_after
from rollcall.channels.smtp import Fate, HandedIn, SmtpServer, SmtpUnusable, connected, hand_in
from rollcall.reporting.documents import Maker, Sending, make_documents
from rollcall.reporting.mail import Attachment, Letter, Signer, mail_of, signer_of
from rollcall.reporting.mail_alarms import FAILED, NOT_ACCEPTED, UNCERTAIN, alarm_of
from rollcall.reporting.mail_decisions import Following, after_try, server_for
from rollcall.reporting.mail_texts import file_name, letter_text, subject_of

log = logging.getLogger(__name__)
SECONDS = 60.0
"""For one mail, whatever its size; a server that is silent for longer is hung up on."""
LEASE = timedelta(seconds=120)
LOOK_EVERY_SECONDS = 1.0
AT_ONCE = 4
"""Mails on their way at once: one that hangs keeps no other."""
DIED, NOT_REACHED = "died", "unreachable"


@dataclass(frozen=True)
class MailSetUp:
    """servers: the first, and a second where there is one; empty: mail is not set up. console: its address, for links in mails."""

    servers: Sequence[SmtpServer]
    sender: str
    authority: Authority
    signer: Signer | None
    timezone: ZoneInfo
    console: str
    seconds: float = SECONDS


def mail_set_up(settings: Settings) -> MailSetUp:
    """As the settings say."""
    first = SmtpServer(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, settings.smtp_password
    )
    second = SmtpServer(
        settings.smtp2_host, settings.smtp2_port, settings.smtp2_security, settings.smtp2_user, settings.smtp2_password
    )
    return MailSetUp(
        tuple(each for each in (first, second) if each.host),
        settings.mail_from,
        settings.speaker,
        signer_of(settings),
        settings.zone,
        settings.console_address,
    )


def sending_of(settings: Settings) -> Sending:
    """The same for the clock that begins documents."""
    domain = settings.mail_from.rpartition("@")[2] if settings.smtp_host else ""
    return Sending(settings.zone, domain, settings.first_language)


@dataclass(frozen=True)
class _Claimed:
    """A mail that is ours now. attempts: this one included; refused_by: before it."""

    id: int
    attempts: int
    server: int
    refused_by: tuple[int, ...]
    made_at: datetime
    letter: Letter


class ReportMailer:
    """One worker's part in making and mailing documents."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        worker: str,
        makers: Mapping[DocumentKind, Maker],
        set_up: MailSetUp,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """worker: a name that no worker had before."""
        self._database, self._vault, self._worker, self._makers = database, vault, worker, makers
        self._set_up, self._now = set_up, clock

    def run(self, stopping: threading.Event) -> None:
        """Make and mail what is due until the worker stops; whatever the database refuses is tried again."""
        while not stopping.is_set():
            try:
                self.work_once()
            except Exception:
                log.exception("reports could not be made or mailed; trying again")
            stopping.wait(LOOK_EVERY_SECONDS)

    def work_once(self) -> int:
        """Make what waits, settle what dead workers left, mail what is due; returns how many mails were tried."""
        make_documents(self._database, self._vault, self._makers, self._now(), self._set_up.timezone)
        if not self._set_up.servers:
            return 0
        self._settle_dead()
        tried = 0
        while claimed := self._claim():
            tried += len(claimed)
            with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="report-mail") as pool:
                list(pool.map(self._send, claimed))
        return tried

    def _settle_dead(self) -> None:
        now = self._now()
        dead = (ReportDelivery.state == DeliveryState.SENDING, ReportDelivery.next_at <= now)
        with self._database.read() as session:
            if session.scalar(select(ReportDelivery.id).where(*dead).limit(1)) is None:
                return
        with self._database.write() as session:
            surely_not = update(ReportDelivery).where(*dead, ReportDelivery.ending.is_(False))
            freed = surely_not.values(state=DeliveryState.WAITING, leased_by=None, next_at=now)
            for each in changed_values(session, freed.returning(ReportDelivery.id)):
                session.add(ReportTry(delivery_id=each, at=now, server=0, fate=DIED))
            # Who claimed it stands in it still: if they live and hear the answer after all, it is noted.
            perhaps = update(ReportDelivery).where(*dead, ReportDelivery.ending.is_(True))
            unclear = perhaps.values(state=DeliveryState.UNCERTAIN, next_at=None, alarm_at=None, alarmed=True)
            for each in changed_values(session, unclear.returning(ReportDelivery.id)):
                session.add(ReportTry(delivery_id=each, at=now, server=0, fate=DIED))
                delivery = session.get_one(ReportDelivery, each, populate_existing=True)
                alarm_of(session, delivery, UNCERTAIN, now, self._set_up.timezone)

    def _claim(self) -> list[_Claimed]:
        now = self._now()
        due = (ReportDelivery.state == DeliveryState.WAITING, ReportDelivery.next_at <= now)
        ready = select(ReportDelivery.id).join(ReportDocument, ReportDocument.id == ReportDelivery.document_id)
        # The box that must have it before copies.
        ready = ready.where(*due, ReportDocument.state == DocumentState.MADE)
        ready = ready.order_by(ReportDelivery.copy, ReportDelivery.next_at, ReportDelivery.id).limit(AT_ONCE)
        with self._database.read() as session:
            if session.scalar(ready.limit(1)) is None:
                return []
        claimed: list[_Claimed] = []
        with self._database.write() as session:
            for row in session.scalars(select(ReportDelivery).where(ReportDelivery.id.in_(session.scalars(ready).all()))).all():
                server = server_for(row.attempts, len(self._set_up.servers), row.refused_by)
                values = {
                    "state": DeliveryState.SENDING,
                    "leased_by": self._worker,
                    "next_at": now + LEASE,
                    "attempts": ReportDelivery.attempts + 1,
                    "server": server,
                    "ending": False,
                }
                if changed(session, update(ReportDelivery).where(ReportDelivery.id == row.id, *due).values(**values)):
                    letter = self._letter(session, row)
                    refused = tuple(row.refused_by)
                    claimed.append(_Claimed(row.id, row.attempts + 1, server, refused, row.made_at, letter))
        return claimed

    def _letter(self, session: Session, row: ReportDelivery) -> Letter:
        document = session.get_one(ReportDocument, row.document_id)
        wanted = {*row.forms}
        files = [
            each
            for each in session.scalars(select(ReportFile).where(ReportFile.document_id == document.id).order_by(ReportFile.id))
            if each.form.value in wanted and each.language == row.language
        ]
        attachments = []
        for each in files:
            # A file that the vault does not open any more is not mailed; the mail's text says where it is to be found.
            with suppress(Problem):
                content = self._vault.get(reports_owner(document.day.year), each.name)
                attachments.append(Attachment(file_name(document, each.form, each.language), content))
        return Letter(
            row.address,
            subject_of(session, document, row.language),
            letter_text(session, document, files, row.language, self._set_up.console),
            row.language,
            row.message_id,
            row.made_at,
            attachments,
        )

    def _send(self, claimed: _Claimed) -> None:
        came, reached = self._hand_over(claimed)
        fate = came.fate.value if reached else NOT_REACHED
        try:
            self._note(claimed, came, fate)
        except Exception:
            # The claim ends by itself, and what is known by then is settled as for a worker that died.
            log.exception("what became of a report's mail could not be noted")

    def _hand_over(self, claimed: _Claimed) -> tuple[HandedIn, bool]:
        """What came of it, and whether the server was reached."""
        set_up = self._set_up
        try:
            mail = mail_of(claimed.letter, set_up.sender, set_up.authority, set_up.signer)
            connection = connected(set_up.servers[claimed.server - 1], min(set_up.seconds, 10.0))
        except SmtpUnusable as error:
            return HandedIn(Fate.BROKEN, error.code, error.said or error.why), False
        except Exception as error:
            log.exception("a report's mail could not be written")
            return HandedIn(Fate.BROKEN, said=type(error).__name__), False
        try:
            with cut_after(connection, set_up.seconds):
                return hand_in(
                    connection, set_up.sender, claimed.letter.to, mail, before_end=lambda: self._mark_end(claimed.id)
                ), True
        finally:
            connection.say_goodbye()

    def _mark_end(self, delivery_id: int) -> bool:
        """Whether it is still ours, noted before its last byte."""
        with self._database.write() as session:
            return bool(changed(session, self._mine(delivery_id, DeliveryState.SENDING).values(ending=True)))

    def _mine(self, delivery_id: int, *states: DeliveryState) -> Update:
        return update(ReportDelivery).where(
            ReportDelivery.id == delivery_id, ReportDelivery.state.in_(states), ReportDelivery.leased_by == self._worker
        )

    def _note(self, claimed: _Claimed, came: HandedIn, fate: str) -> None:
        now, set_up = self._now(), self._set_up
        following = after_try(
            came, claimed.attempts, claimed.server, len(set_up.servers), claimed.refused_by, now - claimed.made_at
        )
        refused = sorted({*claimed.refused_by, claimed.server}) if came.permanent else list(claimed.refused_by)
        with self._database.write() as session:
            values = {
                "state": following.state,
                "next_at": None if following.wait is None else now + following.wait,
                "leased_by": None,
                "ending": False,
                "refused_by": refused,
                "answer": f"{came.code} {came.said}".strip() if came.code else came.said,
            }
            if following.state is DeliveryState.ACCEPTED:
                values |= {"settled_at": now, "alarm_at": None}
            if following.tell:
                values |= {"alarm_at": None, "alarmed": True}
            session.add(
                ReportTry(delivery_id=claimed.id, at=now, server=claimed.server, fate=fate, code=came.code, said=came.said)
            )
            if changed(session, self._mine(claimed.id, DeliveryState.SENDING, DeliveryState.UNCERTAIN).values(**values)):
                self._tell(session, claimed.id, following, now)

    def _tell(self, session: Session, delivery_id: int, following: Following, now: datetime) -> None:
        delivery = session.get_one(ReportDelivery, delivery_id, populate_existing=True)
        if following.tell:
            template = UNCERTAIN if following.state is DeliveryState.UNCERTAIN else FAILED
            alarm_of(session, delivery, template, now, self._set_up.timezone)
        elif following.state is DeliveryState.ACCEPTED:
            settle(session, delivery.document_id, now)
        elif delivery.alarmed:
            # Whoever was told sees what the server says by now.
            alarm_of(session, delivery, NOT_ACCEPTED, now, self._set_up.timezone)
