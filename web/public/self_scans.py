"""Scans that people make with their own phones: judged and kept, all that come at once in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from monitor.control_points.clocks import Said
from monitor.control_points.gate_verdicts import Verdict, Why, verdict_of
from monitor.control_points.people import found, tell_on_duty
from monitor.control_points.scanning import NewScan, Point, insert_scans, rows_of
from monitor.models.control_points import Direction, Source
from monitor.problems import BadInput, Problem
from monitor.words import N_
from web.public.phone import OfPhone, Phone, people_of_phones


@dataclass(frozen=True)
class SelfScan:
    """One tap. places: in the list of who uses the phone. made: the device's name of it."""

    phone: Phone
    point: Point
    places: tuple[int, ...]
    direction: Direction
    made: str
    said: Said


Judged = list[tuple[OfPhone, Verdict]] | Problem
"""Each person with what is told of them; or why nothing was kept."""


def take_scans(session: Session, taps: Sequence[SelfScan]) -> list[Judged]:
    """Judge and keep taps, in the caller's write transaction."""
    there = people_of_phones(session, [(tap.phone, tap.said.received_at) for tap in taps])
    judged: list[Judged] = []
    rows: list[dict[str, object]] = []
    for tap, people in zip(taps, there, strict=True):
        try:
            theirs = _judged(session, tap, people)
            rows += _rows(tap, theirs)
        except Problem as problem:
            # Nothing of this one was written yet: the others go on.
            judged.append(problem)
            continue
        judged.append(theirs)
    insert_scans(session, rows)
    for tap, one in zip(taps, judged, strict=True):
        for each, verdict in () if isinstance(one, Problem) else one:
            if verdict.notify and each.resident_id is not None:
                tell_on_duty(session, {each.resident_id}, tap.point, tap.said.received_at)
    return judged


def _judged(session: Session, tap: SelfScan, people: Sequence[OfPhone]) -> list[tuple[OfPhone, Verdict]]:
    chosen = [people[place] for place in tap.places if 0 <= place < len(people)]
    if not chosen:
        raise BadInput(N_("Choose who goes in or out."))
    judged = []
    for each in chosen:
        residents = {each.resident_id} if each.resident_id is not None else set()
        known = found(session, each.declared, residents, tap.said.received_at)
        judged.append((each, verdict_of(known, leaving=tap.direction is Direction.OUT)))
    return judged


def _rows(tap: SelfScan, judged: Sequence[tuple[OfPhone, Verdict]]) -> list[dict[str, object]]:
    # Who has not declared is not noted as gone in: nobody knows whether they did.
    scans = [
        NewScan(f"{tap.made}-{each.id}"[:40], each.id, tap.direction, tap.said)
        for each, verdict in judged
        if verdict.why is not Why.NOT_DECLARED
    ]
    return rows_of(tap.point, scans, source=Source.SELF)
