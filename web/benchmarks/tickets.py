"""The hotline of a whole province in the bench: units with a calendar, words, and tickets, of which one in twenty waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from monitor.accounts.codes import LETTERS
from monitor.hotline.codes import LENGTH, checked
from monitor.models.hotline import (
    LAW_LIMIT,
    CloseReason,
    EventKind,
    HotlineEvent,
    HotlineTicket,
    TicketChannel,
    TicketKind,
    TicketState,
)
from monitor.models.hotline_desk import HotlineCalendar, HotlineMember, HotlineText, HotlineUnit, TextPurpose
from monitor.models.people.residents import Resident

IN_ALL, WAITING_OF = 100_000, 20
FEWEST, BATCH = 200, 2000
_OFFICE = [[day, *hours] for day in range(5) for hours in ((480, 720), (780, 1020))]


def add_tickets(session: Session, share: float, zones: Sequence[int], staff: Sequence[int], now: datetime) -> None:
    """Fill the hotline. share: of a whole province."""
    calendar = HotlineCalendar(name="Giờ hành chính", segments=_OFFICE)
    session.add(calendar)
    session.flush()
    units = [
        HotlineUnit(
            name=f"Tổ hỗ trợ {zone}",
            zone_id=zone,
            kinds=[kind.value for kind in TicketKind],
            head_id=staff[0],
            calendar_id=calendar.id,
            made_at=now,
        )
        for zone in zones
    ]
    session.add_all(units)
    for kind in TicketKind:
        for purpose in TextPurpose:
            words = {"title_vi": kind.value, "title_en": kind.value, "text_vi": "…", "text_en": "…", "folded": kind.value}
            session.add(HotlineText(purpose=purpose, kind=kind, made_at=now, **words))
    session.flush()
    session.add_all(HotlineMember(unit_id=unit.id, account_id=staff[-1]) for unit in units)
    people = session.execute(select(Resident.id, Resident.zone_id, Resident.phone).order_by(Resident.id).limit(5000)).all()
    rows = (
        ticket_row(number, people[number % len(people)], units[number % len(units)].id, now)
        for number in range(max(FEWEST, int(IN_ALL * share)))
    )
    while some := list(islice(rows, BATCH)):
        session.execute(insert(HotlineTicket), some)
    newest = select(HotlineTicket.id, HotlineTicket.first_contact_at).order_by(HotlineTicket.id.desc()).limit(1000)
    came = [{"ticket_id": row.id, "at": row.first_contact_at, "kind": EventKind.CAME} for row in session.execute(newest)]
    session.execute(insert(HotlineEvent), came)


def code_of(number: int) -> str:
    """A code of its own for each number: among 100,000 drawn at random two are alike in one case of seven."""
    return checked("".join(LETTERS[number >> shift & 31] for shift in range(5 * (LENGTH - 2), -1, -5)))


def ticket_row(number: int, person: Sequence[Any], unit: int, now: datetime) -> dict[str, object]:
    """The first ones are the newest; one in twenty waits, and those are of the last hours."""
    waits = number % WAITING_OF == 0
    since = now - (timedelta(seconds=3 * number / WAITING_OF) if waits else timedelta(minutes=10 * (number % 12_000) + 30))
    resident, zone, phone = person
    answered = None if waits else since + timedelta(minutes=20 + number % 320)
    with_unit = number % 3 > 0
    return {
        "code": code_of(number),
        "source_key": f"bench:{number}",
        "kind": list(TicketKind)[number % len(TicketKind)],
        "channel": list(TicketChannel)[number % len(TicketChannel)],
        "state": (TicketState.HANDED_OVER if with_unit else TicketState.NEW) if waits else TicketState.CLOSED,
        "first_contact_at": since,
        "due_at": since + LAW_LIMIT,
        "noted_at": since,
        "waiting_since": since,
        "caller": phone,
        "said": "Nhà tôi hết gạo từ hôm qua, xin giúp.",
        "zone_id": zone,
        "resident_id": resident,
        "unit_id": unit if with_unit or not waits else None,
        "handed_over_at": since if with_unit else None,
        "answered_at": answered,
        "first_answered_at": answered,
        "answer": "" if waits else "Mai có gạo.",
        "closed_at": answered,
        "first_closed_at": answered,
        "close_reason": None if waits else CloseReason.ANSWERED,
        "reopened": int(number % 40 == 1),
    }
