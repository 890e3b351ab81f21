"""Meetings that were found become proposed contacts of a case: judged by the rule of their day, each once, from whatever source.

Nothing here releases or orders anything: a person decides about each contact, see `monitor/contacts/deciding.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from monitor.contacts.periods import Dates, Judged, Meeting, infectious, judge, of_contact, strictest
from monitor.contacts.rules import Rule, in_force, rule_of, written
from monitor.contacts.stored_rules import rules_of
from monitor.database.many_rows import one_of
from monitor.database.statements import changed
from monitor.folding import folded
from monitor.models.contacts.cases import InfectionCase
from monitor.models.contacts.contacts import CaseContact, Certainty, ContactState, Exposure, ExposureSource
from monitor.models.people.residents import BirthPrecision, Resident, Sex
from monitor.models.places import Zone
from monitor.people.births import Birth
from monitor.problems import BadInput, Conflict
from monitor.words import N_, words

MOST_AT_ONCE = 5000
"""Contacts that are found at once: more is a mistake, or a code that is too coarse."""
NOTHING = words("")
THE_CASE = N_("This is the infected person. Name whom they met.")


@dataclass(frozen=True)
class Named:
    """Somebody who is no record yet, as they were named. phone: in one form."""

    full_name: str
    phone: str = ""
    address: str = ""
    document_number: str = ""
    sex: Sex | None = None
    birth: Birth | None = None
    note: str = ""


@dataclass(frozen=True)
class Who:
    """One person: a record, else somebody who declared, else as named. named: also beside a declarant, to call them by."""

    resident_id: int | None = None
    declarant_id: int | None = None
    named: Named | None = None


@dataclass(frozen=True)
class Found:
    """One meeting that was found. key: of what it was found from, at most 80 signs; the same key is the same meeting, and comes once.

    through_id: the contact (F1) whom this person met; None: they met the case. surest: POSSIBLE where the source itself proves no meeting.
    """

    key: str
    who: Who
    source: ExposureSource
    meeting: Meeting
    through_id: int | None = None
    surest: Certainty = Certainty.CERTAIN
    milestone_id: int | None = None
    control_place_id: int | None = None
    point_id: int | None = None
    room_id: int | None = None
    words: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


def propose(
    session: Session, case: InfectionCase, found: Sequence[Found], *, now: datetime, by: int | None = None
) -> list[CaseContact]:
    """Note meetings, in the caller's write transaction; returns the contacts of those that are new, one for each meeting, in their order.

    by: who of staff noted them, None: found by the service. What is known already, and the case itself, are passed over where the
    service found them. Raises BadInput where a person named the case itself, and Conflict for too many at once.
    """
    if len(found) > MOST_AT_ONCE:
        raise Conflict(
            N_("%(count)s contacts at once are too many to look at. Choose a shorter time or a smaller place."),
            count=len(found),
        )
    # Two who write about one case come one after the other.
    session.execute(select(InfectionCase.id).where(InfectionCase.id == case.id).with_for_update())
    known = set(session.scalars(select(Exposure.key).where(one_of(Exposure.key, [each.key for each in found]))))
    people = _People(session, case, by, now)
    judging = _Judging(session, case)
    fresh: list[CaseContact] = []
    for each in found:
        if each.key in known:
            continue
        if people.is_the_case(each.who):
            if by is not None:
                raise BadInput(THE_CASE, field="full_name")
            continue
        known.add(each.key)
        contact = people.contact(each)
        session.add(judging.exposure(each, contact.id, people.by_id, by, now))
        fresh.append(contact)
    session.flush()
    summarise(session, sorted({each.id for each in fresh}))
    return fresh


def judge_again(session: Session, case: InfectionCase, *, through: int | None = None) -> None:
    """Judge the meetings of contacts that nobody has decided about, after a date changed. through: with this F1 only."""
    query = select(CaseContact).where(CaseContact.case_id == case.id)
    contacts = {each.id: each for each in session.scalars(query)}
    open_ones = [each.id for each in contacts.values() if each.state is ContactState.PROPOSED]
    if not open_ones:
        return
    meetings = select(Exposure).where(one_of(Exposure.contact_id, open_ones))
    if through is not None:
        meetings = meetings.where(Exposure.through_id == through)
    judging = _Judging(session, case)
    touched = set()
    for exposure in session.scalars(meetings.order_by(Exposure.id)):
        judging.write(exposure, contacts)
        touched.add(exposure.contact_id)
    session.flush()
    summarise(session, sorted(touched))


def summarise(session: Session, contacts: Sequence[int]) -> None:
    """Write into contacts what follows from all their meetings: the strictest tier, how certain, when first and last."""
    if not contacts:
        return
    meetings: defaultdict[int, list[Exposure]] = defaultdict(list)
    for each in session.scalars(select(Exposure).where(one_of(Exposure.contact_id, contacts)).order_by(Exposure.id)):
        meetings[each.contact_id].append(each)
    for contact_id, those in meetings.items():
        best = strictest([(_rule(each), Judged(each.tier, each.certainty, NOTHING)) for each in those])
        assert best is not None
        counted = [each for each in those if each.tier] or those
        values = {
            "tier": best.tier,
            "certainty": best.certainty,
            "first_at": min(each.possible_from for each in counted),
            "last_at": max(each.possible_to for each in counted),
        }
        contact = session.get_one(CaseContact, contact_id)
        for name, value in values.items():
            setattr(contact, name, value)
    session.flush()


def dates_of(case: InfectionCase) -> Dates:
    """What is known of a stored case."""
    return Dates(
        case.onset_on,
        case.without_signs,
        case.sampled_on,
        case.result_on,
        case.isolated_at,
        case.ended_on,
        case.found_where,
    )


def meeting_of(exposure: Exposure) -> Meeting:
    """A stored meeting as a value."""
    return Meeting(
        exposure.possible_from,
        exposure.possible_to,
        exposure.certain_from,
        exposure.certain_to,
        exposure.minutes,
        exposure.proximity,
    )


class _People:
    """Who is a contact of the case already, and who is added."""

    def __init__(self, session: Session, case: InfectionCase, by: int | None, now: datetime) -> None:
        self._session, self._case, self._by, self._now = session, case, by, now
        self._self = session.get_one(Resident, case.resident_id)
        rows = session.scalars(select(CaseContact).where(CaseContact.case_id == case.id)).all()
        self.by_id = {each.id: each for each in rows}
        living = [each for each in rows if each.state is not ContactState.MERGED]
        self._by_resident = {each.resident_id: each for each in living if each.resident_id is not None}
        self._by_declarant = {each.declarant_id: each for each in living if each.declarant_id is not None}
        self._by_name = {_name_key(each.full_name, each.phone): each for each in living if each.phone}

    def is_the_case(self, who: Who) -> bool:
        if who.resident_id is not None:
            return who.resident_id == self._case.resident_id
        named, mine = who.named, self._self
        if named is None:
            return False
        if named.document_number and named.document_number in (mine.document_number, mine.earlier_number):
            return True
        return bool(named.phone) and named.phone == mine.phone and folded(named.full_name) == mine.name_folded

    def contact(self, found: Found) -> CaseContact:
        who, named = found.who, found.who.named
        contact = self._by_resident.get(who.resident_id) if who.resident_id is not None else None
        if contact is None and who.declarant_id is not None:
            contact = self._by_declarant.get(who.declarant_id)
        if contact is None and named is not None and named.phone:
            contact = self._by_name.get(_name_key(named.full_name, named.phone))
        if contact is not None:
            # Who met the case themselves is an F1, also where they met one before.
            if found.through_id is None and contact.degree > 1:
                contact.degree, contact.through_id = 1, None
            return contact
        contact = CaseContact(
            case_id=self._case.id,
            degree=1 if found.through_id is None else 2,
            through_id=found.through_id,
            resident_id=who.resident_id,
            declarant_id=who.declarant_id,
            certainty=Certainty.POSSIBLE,
            named_at=self._now,
            named_by=self._by,
        )
        if named is not None:
            contact.full_name, contact.phone, contact.address = named.full_name, named.phone, named.address
            contact.document_number, contact.sex, contact.note = named.document_number, named.sex, named.note
            contact.birth_date = named.birth.first if named.birth else None
            contact.birth_precision = named.birth.precision if named.birth else BirthPrecision.DAY
        self._session.add(contact)
        self._session.flush()
        self.by_id[contact.id] = contact
        if who.resident_id is not None:
            self._by_resident[who.resident_id] = contact
        if who.declarant_id is not None:
            self._by_declarant[who.declarant_id] = contact
        if named is not None and named.phone:
            self._by_name[_name_key(named.full_name, named.phone)] = contact
        return contact


class _Judging:
    """The rules and dates by which the meetings of one case are judged."""

    def __init__(self, session: Session, case: InfectionCase) -> None:
        self._case = case
        self._rules = rules_of(session)
        self._zone = ZoneInfo(session.get_one(Zone, case.zone_id).timezone)
        self._dates = dates_of(case)

    def exposure(
        self, found: Found, contact_id: int, contacts: Mapping[int, CaseContact], by: int | None, now: datetime
    ) -> Exposure:
        meeting = found.meeting
        row = Exposure(
            key=found.key,
            case_id=self._case.id,
            contact_id=contact_id,
            through_id=found.through_id,
            source=found.source,
            certain_from=meeting.certain_from if found.surest is Certainty.CERTAIN else None,
            certain_to=meeting.certain_to if found.surest is Certainty.CERTAIN else None,
            possible_from=meeting.possible_from,
            possible_to=meeting.possible_to,
            minutes=meeting.minutes,
            proximity=meeting.proximity,
            milestone_id=found.milestone_id,
            control_place_id=found.control_place_id,
            point_id=found.point_id,
            room_id=found.room_id,
            words=found.words,
            figures=dict(found.figures),
            noted_at=now,
            noted_by=by,
        )
        self.write(row, contacts)
        return row

    def write(self, exposure: Exposure, contacts: Mapping[int, CaseContact]) -> None:
        """Into an exposure: by which rule it is judged, and what that makes of it."""
        day = exposure.possible_from.astimezone(self._zone).date()
        rule = in_force(self._rules, self._case.disease, day)
        degree = 1 if exposure.through_id is None else 2
        if exposure.through_id is None:
            period = infectious(self._dates, rule, self._zone) if rule is not None else None
        else:
            through = contacts.get(exposure.through_id)
            period = of_contact(through.first_at, through.isolated_at) if through is not None else None
        judged = judge(rule, degree, period, meeting_of(exposure), f"{day:%d/%m/%Y}")
        exposure.rule_key = rule.key if rule is not None else ""
        exposure.rule = written(rule) if rule is not None else {}
        exposure.tier, exposure.certainty, exposure.why = judged.tier, judged.certainty, judged.why.dump()


def isolated(session: Session, case: InfectionCase, contact_id: int, at: datetime) -> None:
    """A contact meets nobody since then: what those did with them later is judged anew."""
    changed(session, update(CaseContact).where(CaseContact.id == contact_id).values(isolated_at=at))
    session.expire_all()
    judge_again(session, case, through=contact_id)


def _name_key(name: str, phone: str) -> tuple[str, str]:
    return folded(name), phone


def _rule(exposure: Exposure) -> Rule | None:
    return rule_of(exposure.rule) if exposure.rule else None
