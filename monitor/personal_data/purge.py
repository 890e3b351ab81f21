"""The purge: what has been kept for its time is deleted, each run with a report; and what will be deleted next."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, delete, exists, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from monitor.database.database import Database
from monitor.database.together import read
from monitor.declarations.erasing import erase
from monitor.hotline.erasing import erase_tickets
from monitor.models.cameras.cameras import Camera
from monitor.models.contacts.tracing import ContactLog
from monitor.models.floor_plans import FloorPlan
from monitor.models.incidents import Incident, IncidentMedia, IncidentState
from monitor.models.people.imports import PeopleImport
from monitor.models.people.letters import Letter
from monitor.models.people.residents import Media, MediaKind, Resident
from monitor.models.people.retention import DeletionCertificate, DeletionScope, PurgeReport, RetentionHold
from monitor.models.report_mail import ReportFile
from monitor.models.rollcalls.answers import Answer
from monitor.models.rollcalls.inbound import InboundMessage
from monitor.models.rollcalls.rounds import CheckIn, CheckInState
from monitor.personal_data.coming import OF_PEOPLE, coming
from monitor.personal_data.consent import finish_withdrawals
from monitor.personal_data.contacts import erase_cases
from monitor.personal_data.control_points import purge_scans, purge_worker_lists
from monitor.personal_data.deletion import forget, forget_again, resume
from monitor.personal_data.people_files import purge_doubtful, purge_files, purge_parked
from monitor.personal_data.periods import Kind, rules
from monitor.settings import Settings
from monitor.vault.vault import Vault, letters_resident, resident_of
from monitor.words import N_, words

log = logging.getLogger(__name__)
BATCH = 500
# A file is written before its row: one without a row that is so old belongs to a process that died in between.
ORPHANED_AFTER = timedelta(days=2)
# A day's runs that deleted nothing tell nothing.
EMPTY_REPORTS_FOR = timedelta(days=1)
UNDECIDED = (CheckInState.SCHEDULED, CheckInState.PROMPTED, CheckInState.ANSWERED, CheckInState.IN_REVIEW)

NAMED = (
    Media.name,
    IncidentMedia.name,
    Camera.picture,
    PeopleImport.file,
    Letter.name,
    FloorPlan.picture,
    ReportFile.name,
    ContactLog.file,
)
"""Columns that name files of the vault."""


class Purge:
    """One run after the other; each part goes on when another has failed."""

    def __init__(self, database: Database, vault: Vault, settings: Settings) -> None:
        self._database, self._vault, self._settings = database, vault, settings
        self._kept = {rule.kind: rule.kept for rule in rules(settings)}
        self._warned = timedelta(days=settings.warn_before_deletion_days)

    def run(self, now: datetime) -> PurgeReport:
        """Delete what is due. Safe to run twice and at once; what was interrupted is finished first."""
        with self._database.write() as session:
            session.execute(
                delete(PurgeReport).where(
                    PurgeReport.begun_at < now - EMPTY_REPORTS_FOR, PurgeReport.total == 0, PurgeReport.problems == 0
                )
            )
            report = PurgeReport(begun_at=now)
            session.add(report)
        deleted: Counter[str] = Counter()
        problems = 0
        parts: dict[str, Callable[[datetime], int]] = {
            "resumed": lambda at: resume(self._database, self._vault, at),
            "restored": self._restored,
            "refused": lambda _at: finish_withdrawals(self._database, self._vault),
            Kind.FACES: lambda at: self._people(Kind.FACES, at),
            Kind.PERSONS: lambda at: self._people(Kind.PERSONS, at),
            Kind.UNORDERED: lambda at: self._people(Kind.UNORDERED, at),
            Kind.SELFIES: self._selfies,
            Kind.PLACES: self._places,
            Kind.INCIDENT_MEDIA: self._incident_media,
            Kind.UNKNOWN_TEXTS: self._unknown_texts,
            Kind.FILE_ROWS: lambda at: purge_files(self._database, self._vault, at - self._kept[Kind.FILE_ROWS], at),
            Kind.DOUBTFUL_ROWS: lambda at: purge_doubtful(self._database, at - self._kept[Kind.DOUBTFUL_ROWS], at),
            Kind.PARKED_RESULTS: lambda at: purge_parked(self._database, at - self._kept[Kind.PARKED_RESULTS]),
            Kind.SCANS: lambda at: purge_scans(self._database, at - self._kept[Kind.SCANS]),
            Kind.WORKER_LISTS: lambda at: purge_worker_lists(self._database, at - self._kept[Kind.WORKER_LISTS]),
            Kind.DECLARATIONS: lambda at: erase(self._database, at - self._kept[Kind.DECLARATIONS], at),
            Kind.TICKETS: lambda at: erase_tickets(self._database, at - self._kept[Kind.TICKETS], at),
            Kind.CONTACTS: lambda at: erase_cases(self._database, at - self._kept[Kind.CONTACTS], at),
            "orphans": self._orphans,
        }
        for name, part in parts.items():
            try:
                deleted[str(name)] += part(now)
            except Exception:
                log.exception("the purge of %s failed and is repeated", name)
                problems += 1
        with self._database.write() as session:
            report = session.get_one(PurgeReport, report.id)
            report.finished_at, report.problems = now, problems
            report.deleted = {name: count for name, count in deleted.items() if count}
            report.total = deleted.total()
            report.coming = self._coming(session, now)
        return report

    def _coming(self, session: Session, now: datetime) -> dict[str, int]:
        people = {
            (each.zone_id, each.resident_id)
            for _scope, each in coming(session, self._kept, before=now + self._warned, now=now)
            if each.held_until is None
        }
        return {str(zone_id): count for zone_id, count in Counter(zone_id for zone_id, _ in people).items()}

    def _people(self, kind: Kind, now: datetime) -> int:
        scope, find = OF_PEOPLE[kind]
        with self._database.read() as session:
            found = read(session, find(kept=self._kept[kind], before=now, now=now))
            due = [each for each in found if each.held_until is None]
        reason = words(N_("The retention period is over."))
        for each in due:
            forget(self._database, self._vault, each.resident_id, scope, reason=reason, account_id=None, now=now)
        return len(due)

    def _selfies(self, now: datetime) -> int:
        cutoff = now - self._kept[Kind.SELFIES]
        old = (
            select(Media.id, Media.name)
            .outerjoin(Answer, or_(Answer.media_id == Media.id, Answer.burst_id == Media.id))
            .outerjoin(CheckIn, CheckIn.id == Answer.check_in_id)
            .where(Media.kind.in_((MediaKind.SELFIE, MediaKind.BURST)), Media.taken_at <= cutoff)
            .where(or_(Answer.id.is_(None), _decided(cutoff)), ~_on_hold(Media.resident_id, now))
            .order_by(Media.id)
            .limit(BATCH)
        )
        return self._files(old, Media, detach=True)

    def _incident_media(self, now: datetime) -> int:
        old = (
            select(IncidentMedia.id, IncidentMedia.name)
            .join(Incident, Incident.id == IncidentMedia.incident_id)
            .where(Incident.resolved_at <= now - self._kept[Kind.INCIDENT_MEDIA], ~_on_hold(Incident.resident_id, now))
            .order_by(IncidentMedia.id)
            .limit(BATCH)
        )
        return self._files(old, IncidentMedia, detach=False)

    def _files(self, old: Select[int, str], model: type[Media] | type[IncidentMedia], *, detach: bool) -> int:
        """Files first: a row without its file says that the picture is no longer kept, and is met again by the next run."""
        total = 0
        while True:
            with self._database.read() as session:
                rows = session.execute(old).all()
            if not rows:
                return total
            for row in rows:
                self._vault.remove(row.name)
            ids = [row.id for row in rows]
            with self._database.write() as session:
                if detach:
                    for column in (Answer.media_id, Answer.burst_id):
                        session.execute(update(Answer).where(column.in_(ids)).values({column: None}))
                session.execute(delete(model).where(model.id.in_(ids)))
            total += len(rows)

    def _places(self, now: datetime) -> int:
        cutoff = now - self._kept[Kind.PLACES]
        old = (
            select(Answer.id)
            .join(CheckIn, CheckIn.id == Answer.check_in_id)
            .where(Answer.fix.is_not(None), Answer.received_at <= cutoff)
            .where(_decided(cutoff), ~_on_hold(Answer.resident_id, now))
            .order_by(Answer.id)
            .limit(BATCH)
        )
        total = 0
        while True:
            with self._database.write() as session:
                ids = session.scalars(old).all()
                session.execute(update(Answer).where(Answer.id.in_(ids)).values(fix=None))
            total += len(ids)
            if len(ids) < BATCH:
                return total

    def _unknown_texts(self, now: datetime) -> int:
        with self._database.write() as session:
            gone = session.execute(
                delete(InboundMessage)
                .where(
                    InboundMessage.resident_id.is_(None),
                    InboundMessage.received_at <= now - self._kept[Kind.UNKNOWN_TEXTS],
                    InboundMessage.next_attempt_at.is_(None),
                )
                .returning(InboundMessage.id)
            ).all()
        return len(gone)

    def _restored(self, now: datetime) -> int:
        """After a backup was put back: whose key is destroyed has no photos, and is nobody again where all of them was deleted."""
        destroyed = {number for number in map(resident_of, self._vault.destroyed()) if number is not None}
        with self._database.read() as session:
            certified = select(DeletionCertificate.resident_id).where(DeletionCertificate.scope == DeletionScope.FACES)
            has_media = exists().where(Media.resident_id == DeletionCertificate.resident_id)
            back = session.scalars(certified.where(DeletionCertificate.finished_at.is_not(None), has_media)).all()
            lacking = sorted(destroyed - set(session.scalars(certified)))[:BATCH]
            known = session.scalars(select(Resident.id).where(Resident.id.in_(lacking))).all()
        for resident_id in back:
            forget_again(self._database, self._vault, resident_id)
        reason = words(N_("It was deleted before and came back from a backup."))
        for resident_id in known:
            forget(self._database, self._vault, resident_id, DeletionScope.FACES, reason=reason, account_id=None, now=now)
        return len(back) + len(known) + self._restored_letters()

    def _restored_letters(self) -> int:
        """Letters of people whose letters were deleted; their files, which nobody can read, go as those without a row."""
        gone = {number for number in map(letters_resident, self._vault.destroyed()) if number is not None}
        with self._database.read() as session:
            back = sorted(gone & set(session.scalars(select(Letter.resident_id).distinct())))[:BATCH]
        if back:
            with self._database.write() as session:
                session.execute(delete(Letter).where(Letter.resident_id.in_(back)))
        return len(back)

    def _orphans(self, now: datetime) -> int:
        """Files that no row names: whoever wrote them died before the row was there."""
        total = 0
        newest = now - ORPHANED_AFTER
        for folder in range(256):
            old = self._vault.names_before(f"{folder:02x}", newest)
            for start in range(0, len(old), BATCH):
                names = old[start : start + BATCH]
                with self._database.read() as session:
                    known: set[str | None] = set()
                    for column in NAMED:
                        known.update(session.scalars(select(column).where(column.in_(names))))
                for name in set(names) - known:
                    self._vault.remove(name)
                    total += 1
        return total


def _decided(cutoff: datetime) -> ColumnElement[bool]:
    """The check-in has had its verdict for so long, and nobody is still looking at what it led to."""
    looked_at = exists().where(
        Incident.resident_id == CheckIn.resident_id,
        Incident.check_in_id == CheckIn.id,
        Incident.state != IncidentState.RESOLVED,
    )
    return and_(CheckIn.state.not_in(UNDECIDED), CheckIn.state_since <= cutoff, ~looked_at)


def _on_hold(resident_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None], now: datetime) -> ColumnElement[bool]:
    return exists().where(RetentionHold.resident_id == resident_id, RetentionHold.until > now, RetentionHold.ended_at.is_(None))
