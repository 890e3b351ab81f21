"""Guardians: who answers for a child, over which number, with whose consent; set by staff, agreed to or declined by the guardian."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from monitor.changes import Topic, announce
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.database.together import Reading, asked, first, read
from monitor.incidents import causes
from monitor.incidents.incidents import end_causes, open_incident
from monitor.models.incidents import IncidentKind
from monitor.models.people.guardians import ConsentWay, Guardian, GuardianRelation
from monitor.models.people.residents import Household, Resident
from monitor.people.telephone_numbers import read_number, spellings
from monitor.problems import BadInput, Conflict
from monitor.trail import audit
from monitor.trail.actions import Action
from monitor.words import LANGUAGES, N_, words

# Of the words that a guardian agrees to (templates/residents/guardian.html): another text is another version.
CONSENT_VERSION = "1"
LONGEST_NAME = 120

KIN = aliased(Resident, name="kin")
_KIN_HOME = aliased(Household, name="kin_home")
_Columns = TypeVarTuple("_Columns")


def _if_any(phone: InstrumentedAttribute[str]) -> ColumnElement[Any]:
    """A number; null where there is none. Said to be sealed: the database's function does not know."""
    return func.nullif(phone, "", type_=phone.type)


_THEIR_NUMBER: ColumnElement[Any] = func.coalesce(_if_any(Guardian.phone), _if_any(KIN.phone), _if_any(_KIN_HOME.phone))
NUMBER: ColumnElement[Any] = func.coalesce(_THEIR_NUMBER, _if_any(Resident.phone), Household.phone, "")
"""Where a resident is reached by telephone: the guardian's number, else the own one, else the household's; see `with_guardian`."""
GUARDIAN_NAME: ColumnElement[Any] = func.coalesce(KIN.full_name, Guardian.full_name)
"""Of the guardian in force; null without one."""


def with_guardian(statement: Select[*_Columns]) -> Select[*_Columns]:
    """A statement that has Resident and Household, with the guardian in force beside them, for NUMBER and GUARDIAN_NAME."""
    return (
        statement.outerjoin(Guardian, and_(Guardian.resident_id == Resident.id, Guardian.ended_at.is_(None)))
        .outerjoin(KIN, KIN.id == Guardian.kin_id)
        .outerjoin(_KIN_HOME, _KIN_HOME.id == KIN.household_id)
    )


@dataclass(frozen=True)
class Answerer:
    """The guardian in force of one resident. kin_id: their own row, where they are in quarantine too. phone: empty where none is known."""

    guardian_id: int
    kin_id: int | None
    full_name: str
    relation: GuardianRelation
    phone: str
    consented_at: datetime | None
    consent_way: ConsentWay | None


def guardian_of(session: Session, resident_id: int) -> Answerer | None:
    """Who answers for somebody; None where they answer themselves."""
    return read(session, guardian_asked(resident_id))


def guardian_asked(resident_id: int) -> Reading[Answerer | None]:
    """The same as a reading."""
    return (yield from guardians_of([resident_id])).get(resident_id)


def guardians_of(residents: Collection[int]) -> Reading[dict[int, Answerer]]:
    """Who answers for each of these people; nobody for whom does so themselves."""
    rows = yield from asked(
        select(Guardian, GUARDIAN_NAME.label("name"), func.coalesce(_THEIR_NUMBER, "").label("number"))
        .outerjoin(KIN, KIN.id == Guardian.kin_id)
        .outerjoin(_KIN_HOME, _KIN_HOME.id == KIN.household_id)
        .where(one_of(Guardian.resident_id, residents), Guardian.ended_at.is_(None))
    )
    return {
        one.resident_id: Answerer(one.id, one.kin_id, name, one.relation, number, one.consented_at, one.consent_way)
        for one, name, number in rows
    }


def wards_of(kin_id: int) -> Reading[list[tuple[int, str]]]:
    """For whom a resident answers: number and name of each."""
    rows = yield from asked(
        select(Resident.id, Resident.full_name)
        .join(Guardian, and_(Guardian.resident_id == Resident.id, Guardian.ended_at.is_(None)))
        .where(Guardian.kin_id == kin_id)
        .order_by(Resident.sort_key, Resident.id)
    )
    return [(row.id, row.full_name) for row in rows]


def number_of(session: Session, resident_id: int) -> str:
    """The number that somebody answers with, or that is answered with for them; empty without one."""
    return read(session, number_asked(resident_id))


def number_asked(resident_id: int) -> Reading[str]:
    """The same as a reading."""
    statement = select(NUMBER).select_from(Resident).outerjoin(Household, Household.id == Resident.household_id)
    return (yield from first(with_guardian(statement).where(Resident.id == resident_id))) or ""


def wards_at(session: Session, number: str) -> list[int]:
    """Those for whom somebody answers with this number."""
    numbers = spellings(number)
    of_home = (KIN.phone == "") & _KIN_HOME.phone.in_(numbers)
    theirs = or_(Guardian.phone.in_(numbers), and_(Guardian.phone == "", or_(KIN.phone.in_(numbers), of_home)))
    return list(
        session.scalars(
            select(Guardian.resident_id)
            .outerjoin(KIN, KIN.id == Guardian.kin_id)
            .outerjoin(_KIN_HOME, _KIN_HOME.id == KIN.household_id)
            .where(Guardian.ended_at.is_(None), theirs)
        )
    )


def set_guardian(
    session: Session,
    resident: Resident,
    *,
    kin: Resident | None,
    full_name: str,
    relation: str,
    phone: str,
    language: str,
    consent: str,
    account_id: int,
    now: datetime,
) -> Guardian:
    """Let somebody answer for a resident from now on, in the caller's write transaction; whoever did before does no longer.

    kin: a resident; then name and telephone are theirs. language: of messages and pages. consent: empty, or how they agreed already.
    Raises BadInput with the form's field.
    """
    try:
        kinship = GuardianRelation(relation)
    except ValueError:
        raise BadInput(N_("Please choose how this person is related."), field="relation") from None
    if consent and consent not in (ConsentWay.PAPER, ConsentWay.SPOKEN):
        raise BadInput(N_("Please choose how the guardian agreed."), field="consent")
    if language not in LANGUAGES:
        raise BadInput(N_("Messages are in Vietnamese or English."), field="language")
    name, number = " ".join(full_name.split()), ""
    if kin is None:
        if not 1 <= len(name) <= LONGEST_NAME:
            raise BadInput(N_("Please enter the name of the person who answers."), field="full_name")
        number = read_number(phone)
    elif kin.id == resident.id:
        raise BadInput(N_("A person cannot answer for themselves here."), field="kin")
    elif guardian_of(session, kin.id) is not None:
        raise BadInput(N_("Someone answers for this person too; choose someone who answers for themselves."), field="kin")
    elif session.scalar(select(Guardian.id).where(Guardian.kin_id == resident.id, Guardian.ended_at.is_(None)).limit(1)):
        raise BadInput(N_("This person answers for someone else."), field="kin")
    _end(session, resident.id, now)
    row = Guardian(
        zone_id=resident.zone_id,
        resident_id=resident.id,
        kin_id=kin.id if kin else None,
        full_name="" if kin else name,
        relation=kinship,
        phone="" if kin else number,
        consented_at=now if consent else None,
        consent_way=ConsentWay(consent) if consent else None,
        consent_version=CONSENT_VERSION if consent else "",
        set_at=now,
        set_by=account_id,
    )
    session.add(row)
    # What is sent for them is read by the guardian.
    resident.language = language
    session.flush()
    end_causes(session, [causes.guardian_needed(resident.id)], now=now)
    announce(session, resident.zone_id, Topic.PEOPLE, now)
    return row


def end_guardian(session: Session, resident: Resident, now: datetime) -> None:
    """They answer themselves again. Raises Conflict where they do already."""
    if not _end(session, resident.id, now):
        raise Conflict(N_("Nobody answers for this person."))
    announce(session, resident.zone_id, Topic.PEOPLE, now)


def agree(session: Session, answerer: Answerer, zone_id: int, resident_id: int, now: datetime) -> None:
    """The guardian agrees on the page, once; in the caller's write transaction."""
    agreed = changed(
        session,
        update(Guardian)
        .where(Guardian.id == answerer.guardian_id, Guardian.ended_at.is_(None), Guardian.consented_at.is_(None))
        .values(consented_at=now, consent_way=ConsentWay.PAGE, consent_version=CONSENT_VERSION),
    )
    if agreed:
        _note(session, Action.GUARDIAN_AGREED, answerer, zone_id, resident_id, now)
        announce(session, zone_id, Topic.PEOPLE, now)


def decline(session: Session, answerer: Answerer, zone_id: int, resident_id: int, now: datetime) -> None:
    """The guardian does not, or no longer, answer for them: messages go to their own telephone, and staff look for somebody else."""
    if not _end(session, resident_id, now, answerer.guardian_id):
        return
    _note(session, Action.GUARDIAN_DECLINED, answerer, zone_id, resident_id, now)
    resident = session.get_one(Resident, resident_id)
    open_incident(
        session,
        IncidentKind.GUARDIAN_NEEDED,
        causes.guardian_needed(resident_id),
        zone_id=zone_id,
        room_id=resident.room_id,
        resident_id=resident_id,
        reason=words(
            N_("%(guardian)s declined to answer for %(name)s. Please find someone else."),
            guardian=answerer.full_name,
            name=resident.full_name,
        ),
        now=now,
    )
    announce(session, zone_id, Topic.PEOPLE, now)


def guardian_gone(session: Session, kin_id: int, *, dead: bool, now: datetime) -> None:
    """A resident who answers for others is in hospital, away or dead: staff are asked to find somebody else for each of them."""
    rows = session.execute(
        select(Guardian, Resident.full_name, Resident.room_id, KIN.full_name.label("guardian"))
        .join(Resident, Resident.id == Guardian.resident_id)
        .join(KIN, KIN.id == Guardian.kin_id)
        .where(Guardian.kin_id == kin_id, Guardian.ended_at.is_(None))
    ).all()
    for row in rows:
        if dead:
            _end(session, row.Guardian.resident_id, now)
        open_incident(
            session,
            IncidentKind.GUARDIAN_NEEDED,
            causes.guardian_needed(row.Guardian.resident_id),
            zone_id=row.Guardian.zone_id,
            room_id=row.room_id,
            resident_id=row.Guardian.resident_id,
            reason=words(
                N_("%(guardian)s, who answers for %(name)s, may no longer be able to. Please find someone else."),
                guardian=row.guardian,
                name=row.full_name,
            ),
            now=now,
        )


def _end(session: Session, resident_id: int, now: datetime, guardian_id: int | None = None) -> bool:
    statement = update(Guardian).where(Guardian.resident_id == resident_id, Guardian.ended_at.is_(None))
    if guardian_id is not None:
        statement = statement.where(Guardian.id == guardian_id)
    return bool(changed(session, statement.values(ended_at=now)))


def _note(session: Session, action: Action, answerer: Answerer, zone_id: int, resident_id: int, now: datetime) -> None:
    audit.note(
        session,
        action,
        at=now,
        account_id=None,
        zone_id=zone_id,
        resident_id=resident_id,
        guardian=answerer.guardian_id,
        version=CONSENT_VERSION,
    )
