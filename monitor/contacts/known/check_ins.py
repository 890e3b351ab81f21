"""Contacts by check-ins at control points: stays of others that were beside the case's, judged by the rule for matching."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from monitor.contacts.exposing import Found, Who
from monitor.contacts.known.around import Around
from monitor.contacts.matching.candidates import coarse_places, met_by, moment, seconds, stays_of
from monitor.contacts.matching.risk import Infectious, Judged, case_visits
from monitor.contacts.matching.rule import MatchingRule
from monitor.contacts.periods import Meeting
from monitor.database.many_rows import one_of
from monitor.models.contacts.contacts import Certainty, ExposureSource, Proximity
from monitor.models.declarations import Declarant


def check_in_contacts(session: Session, around: Around, rule: MatchingRule | None = None) -> list[Found]:
    """Who checked in where the case was. Behind a code that is too coarse nobody is a certain contact, and `figures` says so."""
    if not around.declarants:
        return []
    rule = rule or MatchingRule()
    visits = stays_of(session, around.declarants, around.since, around.until, around.until)
    infectious = Infectious(around.counted_from, around.symptoms, seconds(around.since), seconds(around.until))
    cases = case_visits(visits, infectious, rule, around.zone)
    if not cases:
        return []
    judged = met_by(session, cases, around.declarants, rule, around.until)
    coarse = coarse_places(session, {each.place for each in judged})
    residents = _residents(session, {each.who for each in judged})
    points = {each.visit.key: each.visit.point for each in cases}
    return [
        _found(around, each, residents.get(each.who), points[each.visits[0]], coarse=each.place in coarse) for each in judged
    ]


def _found(around: Around, each: Judged, resident: int | None, point: int, *, coarse: bool) -> Found:
    start, end = moment(each.start), moment(each.end)
    certain = each.certainty is Certainty.CERTAIN and not coarse
    return Found(
        key=f"check-in/{around.case.id}/{each.who}/{each.place}/{each.day:%Y%m%d}",
        who=Who(resident_id=resident, declarant_id=each.who),
        source=ExposureSource.CHECK_IN,
        meeting=Meeting(
            start,
            end,
            start if certain else None,
            end if certain else None,
            each.sure_minutes if certain else each.minutes,
            Proximity.SAME_ROOM if each.same_point and not coarse else Proximity.SAME_PLACE,
        ),
        surest=Certainty.CERTAIN if certain else Certainty.POSSIBLE,
        control_place_id=each.place,
        point_id=point if each.same_point else None,
        figures={
            "normalised_minutes": round(each.normalised, 1),
            "sure_minutes": each.sure_minutes,
            "minutes": each.minutes,
            "coarse": coarse,
        },
    )


def _residents(session: Session, declarants: Iterable[int]) -> dict[int, int]:
    """Who of them is known for a person under an order."""
    rows = session.execute(
        select(Declarant.id, Declarant.resident_id).where(
            one_of(Declarant.id, list(declarants)), Declarant.resident_id.is_not(None)
        )
    )
    return {row.id: row.resident_id for row in rows}
